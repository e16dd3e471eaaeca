"""Signs: what was counted becomes evidence, if it is too much for a person's edits and a controller's answers to them.

Rules kept here:

- A sign of churn needs `MANY` updates, and a quarter of what its writer wrote of that kind. Edits, and the status writes that
  follow a new generation, are no sign at all.
- A storm is `STORM` updates a second of one object. A controller that has many objects to write does less to each.
- All routes are refused together where at least `FEW` are, and half of those that the stream knows.
"""

from collections.abc import Iterable, Iterator, Mapping

from dnsguard.core.diagnosis.aspects import ADDRESSES, CONDITIONS, MESSAGES, PARENTS, REFUSED
from dnsguard.core.diagnosis.words import counted, times
from dnsguard.model.findings import Contest, Evidence, Loss, Rivalry, Sign, Writing

MANY = 10
SHARE = 0.25
STORM = 2.0
FEW = 4

_TURNS = {PARENTS: Sign.PARENTS_TURN, CONDITIONS: Sign.CONDITIONS_TURN, REFUSED: Sign.CONDITIONS_TURN, MESSAGES: Sign.MESSAGES_TURN}

Names = Mapping[str, tuple[str, ...]]
"""All names that a writer goes by, by the way it is shown."""


def of_writing(writing: Writing, characters: Mapping[Sign, int], names: Names, seconds: float) -> Iterator[Evidence]:
    """Yield the signs in what one writer did to one kind within *seconds*; *characters* are its useless updates by what they move."""
    for sign, count in sorted(characters.items(), key=lambda found: (-found[1], found[0].value)):
        if count >= MANY and count >= SHARE * writing.updates:
            text = f"{sign.value} in {count:,} of {writing.updates:,} {writing.kind} updates"
            yield _evidence(sign, writing.kind, (writing.writer,), names, text)
    if writing.busiest_per_second >= STORM and writing.busiest_per_second * seconds >= 2 * MANY:
        text = f"{writing.busiest} is written {writing.busiest_per_second:.1f} times a second"
        yield _evidence(Sign.STORM, writing.kind, (writing.writer,), names, text)


def of_contest(contest: Contest, names: Names) -> Iterator[Evidence]:
    """Yield the sign of a contest."""
    sign = _TURNS.get(contest.field)
    if contest.field == ADDRESSES and sum(bool(side.value) for side in contest.sides) > 1:
        sign = Sign.ADDRESSES_TURN
    if sign is not None:
        objects = counted(contest.objects, contest.kind, contest.examples)
        text = f"{contest.field} of {objects} went back and forth {times(contest.turns)}"
        yield _evidence(sign, contest.kind, contest.writers, names, text)


def of_rivalry(rivalry: Rivalry, names: Names) -> Iterator[Evidence]:
    """Yield the sign of a rivalry."""
    objects = counted(rivalry.objects, rivalry.kind, rivalry.examples)
    text = f"{' and '.join(rivalry.writers)} took turns {times(rivalry.turns)} on {objects}"
    yield _evidence(Sign.RIVALS, rivalry.kind, rivalry.writers, names, text)


def of_loss(loss: Loss, names: Names, known: int) -> Iterator[Evidence]:
    """Yield the sign of a loss; *known* is how many objects of the kind the stream has."""
    sign = {ADDRESSES: Sign.ADDRESSES_LOST, PARENTS: Sign.PARENTS_LOST}.get(loss.field)
    if loss.field == REFUSED and loss.objects >= FEW and 2 * loss.objects >= known:
        sign = Sign.ALL_REFUSED
    if sign is not None:
        text = f"{loss.field} of {counted(loss.objects, loss.kind, loss.examples)} was lost {times(loss.times)}"
        yield _evidence(sign, loss.kind, (loss.writer,), names, text)


def _evidence(sign: Sign, kind: str, writers: Iterable[str], names: Names, text: str) -> Evidence:
    writers = tuple(writers)
    return Evidence(sign, kind, writers, tuple(names.get(writer, ()) for writer in writers), text)
