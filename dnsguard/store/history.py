"""The history: which changes left, who wanted them, what became of them.

Rules kept here:

- A batch is noted with the entries that are written before it leaves, so what a crash cut off shows as `sent`.
- What was throttled or never reached Route53 had no effect and leaves no trace.
- How long a change took to all name servers is known of the sample that is followed.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dnsguard.model.changes import Accepted, Busy, ChangeInfo, Outcome, Refused, Throttled, Unavailable, Uncertain, Write
from dnsguard.model.facts import Answered, Called, Fact, Propagated
from dnsguard.model.past import SENT, Deed, Past

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
    yield from _read(base, f"{where} ORDER BY id DESC LIMIT ?", (*([name] if name else []), most))


def read_all(base: sqlite3.Connection) -> Iterator[Past]:
    """Yield every deed, the oldest first."""
    yield from _read(base, "ORDER BY id", ())


def batch_of(base: sqlite3.Connection, text: str) -> str | None:
    """Return the batch that *text* names, by its own name or by its change id; None if there is none."""
    change = text.removeprefix("/change/")
    found = base.execute("SELECT batch FROM history WHERE batch = ? OR (change = ? AND change != '') LIMIT 1", (text, change)).fetchone()
    return None if found is None else str(found[0])


def read_batch(base: sqlite3.Connection, batch: str) -> list[Past]:
    """Return the deeds of a batch."""
    return list(_read(base, "WHERE batch = ? ORDER BY id", (batch,)))


def read_later(base: sqlite3.Connection, batch: str) -> list[Past]:
    """Return what was done after a batch to the names that it changed, the oldest first."""
    names = "name IN (SELECT name FROM history WHERE batch = :batch)"
    zone = "zone = (SELECT zone FROM history WHERE batch = :batch LIMIT 1)"
    later = "id > (SELECT max(id) FROM history WHERE batch = :batch)"
    return list(_read(base, f"WHERE {names} AND {zone} AND {later} ORDER BY id", {"batch": batch}))


def read_since(base: sqlite3.Connection, zone: str, moment: float) -> list[Past]:
    """Return what left for a zone (bare id) at *moment* or after, the oldest first."""
    return list(_read(base, "WHERE zone = ? AND at >= ? ORDER BY id", (zone, moment)))


def oldest(base: sqlite3.Connection) -> tuple[float, str] | None:
    """Return when the oldest batch of the history left, and which it is; None if there is none."""
    found = base.execute("SELECT at, batch FROM history ORDER BY id LIMIT 1").fetchone()
    return None if found is None else (found[0], found[1])


def before(batch: str, other: str) -> bool:
    """Return whether a batch was made before another, by their names; False also where one of them is no name of a batch."""
    try:
        one, two = (tuple(int(part, base) for part, base in zip(text.split("-"), (16, 10), strict=True)) for text in (batch, other))
    except ValueError:
        return False
    return one < two


def _read(base: sqlite3.Connection, which: str, values: Sequence[object] | Mapping[str, object]) -> Iterator[Past]:
    rows = base.execute(f"SELECT {_COLUMNS} FROM history {which}", values)  # noqa: S608 -- no input
    for at, zone, name, batch, data, outcome, change, seconds, insync in rows:
        yield Past(at, zone, name, batch, _DECODE(data), outcome, change, seconds, insync)
