"""The tally of a run: what came in, what was stopped where, what went out and when. Filled from facts alone.

Rules kept here:

- A change is one record set that is not an ownership TXT; it counts once Route53 accepted it.
- Latency is that of a group that is not a mere deletion: from the event that made it dirty to the call that carried it.
  `later_waits` are those that became dirty after the zones were read: without the first fill.
"""

from collections import Counter
from math import ceil
from typing import Any

from msgspec import Struct

from dnsguard.core.least import Interval
from dnsguard.core.ledger import record_of
from dnsguard.core.weights import NOTHING, weigh
from dnsguard.model.changes import ACTIONS, Accepted, Change, Create, Delete, Throttled, Write
from dnsguard.model.facts import Absorbed, Alert, Answered, Called, Carried, Fact, Misunderstood, Stopped, Synced, Withheld, ZoneRead


class Counts(Struct, frozen=True):
    """Record sets that were created, replaced and deleted."""

    created: int = 0
    replaced: int = 0
    deleted: int = 0


class Tally:
    """Counts facts; `tell` is a listener."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self.frames = 0
        self.stopped: Counter[str] = Counter()
        self.absorbed = 0
        self.withheld: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.refused = 0
        self.empty_writes = 0
        self.changes: Counter[str] = Counter()
        self.waits: list[float] = []
        self.later_waits: list[float] = []
        self.deletion_waits: list[float] = []
        self.intervals: list[Interval] = []
        self.misunderstood: list[str] = []
        self.alerts: list[str] = []
        self.synced = False
        self._read_at: float | None = None

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        match fact:
            case Stopped(_, gate):
                self.stopped[gate.value] += 1
            case Absorbed():
                # Before that, events are what the first lists hold.
                self.absorbed += self.synced
            case Synced():
                self.synced = True
            case ZoneRead():
                self._read_at = now
            case Withheld(verdict):
                self.withheld[verdict.reason.value] += 1
            case Misunderstood(ref, text):
                self.misunderstood.append(f"{ref}: {text}")
            case Alert(_, text):
                self.alerts.append(text)
            case Called(_, call, carried):
                self.calls[ACTIONS[type(call)]] += 1
                self.empty_writes += isinstance(call, Write) and all(map(is_txt, call.changes))
                for group in carried:
                    self._left(call.zone if isinstance(call, Write) else "", group, now)
            case Answered(_, call, outcome):
                self._answered(call, outcome)

    def counts(self) -> Counts:
        """Return the changes that Route53 accepted."""
        return Counts(self.changes["created"], self.changes["replaced"], self.changes["deleted"])

    def _answered(self, call: object, outcome: object) -> None:
        if isinstance(outcome, Throttled):
            self.throttled += 1
        elif not isinstance(outcome, Accepted):
            self.refused += 1
        elif isinstance(call, Write):
            self.changes.update(kind_of(change) for change in call.changes if not is_txt(change))

    def _left(self, zone: str, group: Carried, now: float) -> None:
        deletion = all(isinstance(change, Delete) for change in group.changes if not is_txt(change))
        (self.deletion_waits if deletion else self.waits).append(now - group.first)
        if not deletion and self._read_at is not None and group.first > self._read_at:
            self.later_waits.append(now - group.first)
        weight = NOTHING
        for change in group.changes:
            weight = weight.plus(weigh(change))
        due = group.first + self._longest if deletion else group.due
        self.intervals.append(Interval(zone, group.first, due, weight))


def is_txt(change: Change) -> bool:
    """Return whether *change* concerns an ownership TXT."""
    return record_of(change).type == "TXT"


def kind_of(change: Change) -> str:
    """Return whether *change* means a record set created, replaced or deleted."""
    if isinstance(change, Create):
        return "created"
    return "deleted" if isinstance(change, Delete) else "replaced"


def percentiles(seconds: list[float]) -> dict[str, Any]:
    """Return the median, the 99th percentile and the maximum of *seconds*, rounded to milliseconds; None where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": None, "p99": None, "max": None}
    return {
        "p50": round(ordered[ceil(len(ordered) * 0.5) - 1], 3),
        "p99": round(ordered[ceil(len(ordered) * 0.99) - 1], 3),
        "max": round(ordered[-1], 3),
    }
