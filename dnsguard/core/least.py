"""The least number of writes that the true changes of a stream need.

Every group that is sent gives an interval in which it may leave: from the moment it became dirty to the moment it is due
(a deletion: from the end of its grace to `longest` after it). The least number of instants that meets every interval, with
Route53's limits per instant and zone, is found greedily: always send at the earliest due time all that is open then.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from msgspec import Struct

from dnsguard.core.batch import fits
from dnsguard.core.weights import NOTHING, Weight

MISSES = 100
"""So many intervals that do not fit end a call: with a hundred thousand of them each call would look at all."""

What = TypeVar("What")


class Interval(Struct, frozen=True):
    """A group of *zone* that may leave at any moment from *opens* to *due* (seconds)."""

    zone: str
    opens: float
    due: float
    weight: Weight


class Calls(Generic[What]):
    """The intervals of one zone, each with *what* is to leave in it, out of which calls are made."""

    def __init__(self) -> None:
        self._order = count()
        self._heap: list[tuple[float, float, Weight, int, What]] = []
        self._dropped: set[int] = set()

    def add(self, interval: Interval, what: What) -> int:
        """Take in an interval; return a ticket for `drop`."""
        ticket = next(self._order)
        heappush(self._heap, (interval.due, interval.opens, interval.weight, ticket, what))
        return ticket

    def drop(self, ticket: int) -> None:
        """Forget an interval that is not in a call yet."""
        self._dropped.add(ticket)

    def next_due(self) -> float | None:
        """Return when the next call has to leave."""
        while self._heap and self._heap[0][3] in self._dropped:
            self._dropped.remove(heappop(self._heap)[3])
        return self._heap[0][0] if self._heap else None

    def call(self) -> list[What]:
        """Return what leaves with the call that is made when the first interval ends."""
        instant = self.next_due()
        total = NOTHING
        taken: list[What] = []
        missed: list[tuple[float, float, Weight, int, What]] = []
        while instant is not None and self._heap and len(missed) < MISSES:
            item = heappop(self._heap)
            _, opens, weight, ticket, what = item
            if ticket in self._dropped:
                self._dropped.remove(ticket)
                continue
            more = total.plus(weight)
            if opens <= instant and (fits(more) or not taken):
                total = more
                taken.append(what)
            else:
                missed.append(item)
        for item in missed:
            heappush(self._heap, item)
        return taken


def least_calls(intervals: Iterable[Interval]) -> int:
    """Return the least number of calls that carries every interval's group in its time."""
    by_zone: dict[str, Calls[None]] = {}
    for interval in intervals:
        by_zone.setdefault(interval.zone, Calls()).add(interval, None)
    made = 0
    for calls in by_zone.values():
        while calls.next_due() is not None:
            calls.call()
            made += 1
    return made
