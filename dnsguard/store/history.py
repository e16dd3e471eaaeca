"""The history: which changes left, who wanted them, what became of them.

Rules kept here:

- A batch is noted with the entries that are written before it leaves, so what a crash cut off shows as `sent`.
- What was throttled or never reached Route53 had no effect and leaves no trace.
- How long a change took to all name servers is known of the sample that is followed.
"""

import sqlite3
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from dnsguard.model.changes import Accepted, Busy, Change, ChangeInfo, Outcome, Refused, Throttled, Unavailable, Uncertain, Write
from dnsguard.model.facts import Answered, Called, Fact, Propagated

SENT = "sent"
"""The outcome that is not known yet."""


class Deed(Struct, frozen=True):
    """The changes of one name in a batch, and what caused them."""

    changes: tuple[Change, ...]
    causes: tuple[str, ...] = ()


class Past(Struct, frozen=True):
    """A deed as it stands in the history: *at* in seconds since the epoch, *seconds* of the call, *insync* to all name servers."""

    at: float
    zone: str
    name: str
    batch: str
    deed: Deed
    outcome: str
    change: str
    seconds: float | None = None
    insync: float | None = None


Statement = tuple[str, tuple[object, ...]]

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Deed).decode
_INSERT = "INSERT INTO history (at, zone, name, batch, data, outcome, change) VALUES (?, ?, ?, ?, ?, ?, '')"
_COLUMNS = "at, zone, name, batch, data, outcome, change, seconds, insync"


class Chronicle:
    """Turns facts into rows; `tell` is a listener. *begun* tells the batches of one run from another's."""

    def __init__(self, begun: float) -> None:
        self._run = f"{int(begun * 1000):x}"
        self._statements: list[Statement] = []

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        match fact:
            case Called(job, Write(zone), carried):
                for group in carried:
                    data = _ENCODE(Deed(group.changes, group.causes))
                    self._statements.append((_INSERT, (now, zone, group.name, self._batch(job), data, SENT)))
            case Answered(job, Write(), outcome, seconds):
                self._answered(self._batch(job), outcome, seconds)
            case Propagated(_, change, seconds, insync) if insync:
                self._statements.append(("UPDATE history SET insync = ? WHERE change = ?", (seconds, change)))
            case _:
                pass

    def take(self) -> list[Statement]:
        """Return what is to be written since the last call."""
        taken, self._statements = self._statements, []
        return taken

    def _batch(self, job: int) -> str:
        return f"{self._run}-{job}"

    def _answered(self, batch: str, outcome: Outcome, seconds: float) -> None:
        match outcome:
            case Throttled() | Busy() | Unavailable():
                self._statements.append(("DELETE FROM history WHERE batch = ?", (batch,)))
                return
            case Accepted(result):
                said, change = "accepted", result.id if isinstance(result, ChangeInfo) else ""
            case Refused(refusals):
                said, change = f"refused: {refusals[0].text}", ""
            case Uncertain(text):
                said, change = f"uncertain: {text}", ""
        self._statements.append(("UPDATE history SET outcome = ?, change = ?, seconds = ? WHERE batch = ?", (said, change, seconds, batch)))


def read_history(base: sqlite3.Connection, name: str = "", most: int = 100) -> Iterator[Past]:
    """Yield the last *most* deeds, of *name* alone if it is not empty, the newest first."""
    where = "WHERE name = ?" if name else ""
    rows = base.execute(f"SELECT {_COLUMNS} FROM history {where} ORDER BY id DESC LIMIT ?", (*([name] if name else []), most))  # noqa: S608 -- no input
    for at, zone, host, batch, data, outcome, change, seconds, insync in rows:
        yield Past(at, zone, host, batch, _DECODE(data), outcome, change, seconds, insync)
