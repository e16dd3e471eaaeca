"""The tally of the proxy: frames by client, resource, writer, and what became of them and why.

Rules kept here:
- Clients and writers are named by others, so that there are at most so many of each; the rest counts as `other`.
- A writer is who made a MODIFIED; the other frames are of nobody.
- Every frame is counted once: those replaced and those passed add up to those seen.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from dnsguard.core.sieve.gate import Why

OTHER, UNKNOWN, NOBODY = "other", "unknown", "-"
MOST = 50
"""Names of each sort that are told apart."""


_OF_NOBODY = frozenset({"added", "deleted", "bookmark", "error", "unread"})


class Line(NamedTuple):
    """The frames of one writer that one client got of one resource."""

    client: str
    resource: str
    writer: str
    seen: int
    replaced: int
    passed: dict[Why, int]


class Tally:
    """Counts frames."""

    def __init__(self) -> None:
        self.frames: Counter[tuple[str, str, str, Why]] = Counter()
        self._clients: set[str] = set()
        self._writers: set[str] = set()

    def client(self, name: str) -> str:
        """Return the name under which a client counts."""
        return _known(self._clients, name)

    def count(self, client: str, resource: str, manager: str, why: Why) -> None:
        """Count one frame of *manager* ("": nobody says)."""
        writer = NOBODY if why in _OF_NOBODY else _known(self._writers, manager or UNKNOWN)
        self.frames[client, resource, writer, why] += 1

    def lines(self) -> Iterator[Line]:
        """Iterate over the counts, those with most frames first."""
        groups: dict[tuple[str, str, str], Counter[Why]] = {}
        for (client, resource, writer, why), number in self.frames.items():
            groups.setdefault((client, resource, writer), Counter())[why] += number
        for names, counts in sorted(groups.items(), key=lambda group: (-group[1].total(), group[0])):
            passed: dict[Why, int] = {why: number for why, number in counts.most_common() if why != "same"}
            yield Line(*names, counts.total(), counts["same"], passed)


def _known(names: set[str], name: str) -> str:
    if name in names or len(names) < MOST:
        names.add(name)
        return name
    return OTHER
