"""Likeness: which known bugs the evidence of a stream looks like.

Rules kept here:

- A stream looks like a bug if it shows one of its signs, on one of its kinds, by a writer with one of its names. It never is
  one: a stream does not tell a version. Several bugs may look alike, and then all are named.
- What was seen of a writer whom no known bug explains is said to be unknown.
"""

import re
from collections.abc import Iterable, Iterator

from dnsguard.core.diagnosis.known import PICTURES, Picture
from dnsguard.model.findings import Evidence, Suspicion


def suspicions(evidence: Iterable[Evidence]) -> Iterator[Suspicion]:
    """Yield the bugs that some of *evidence* looks like, in the order of the table."""
    evidence = tuple(evidence)
    for picture in PICTURES:
        fitting = [each for each in evidence if fits(picture, each)]
        if fitting:
            yield Suspicion(
                picture.bug,
                tuple(dict.fromkeys(each.kind for each in fitting)),
                tuple(dict.fromkeys(writer for each in fitting for writer in each.writers)),
                tuple(dict.fromkeys(each.text for each in fitting)),
            )


def unexplained(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """Yield what was seen of writers that no known bug looks like."""
    evidence = tuple(evidence)
    explained = {(each.kind, writer) for each in evidence if _explained(each) for writer in each.writers}
    for each in evidence:
        if not any((each.kind, writer) in explained for writer in each.writers):
            yield each


def fits(picture: Picture, evidence: Evidence) -> bool:
    """Return whether *evidence* is part of *picture*."""
    return (
        evidence.sign in picture.signs
        and evidence.kind in picture.kinds
        and (all if picture.everyone else any)(_is(picture, names) for names in evidence.names)
    )


def _is(picture: Picture, names: Iterable[str]) -> bool:
    return any(re.search(picture.who, name, re.IGNORECASE) for name in names)


def _explained(evidence: Evidence) -> bool:
    return any(fits(picture, evidence) for picture in PICTURES)
