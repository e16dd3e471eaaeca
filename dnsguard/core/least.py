"""The least number of writes that the true changes of a stream need.

Every group that is sent gives an interval in which it may leave: from the moment it became dirty to the moment it is due
(a deletion: from the end of its grace to `longest` after it). The least number of instants that meets every interval, with
Route53's limits per instant and zone, is found greedily: always send at the earliest due time all that is open then.
"""

from collections.abc import Iterable

from msgspec import Struct

from dnsguard.core.batch import fits
from dnsguard.core.weights import NOTHING, Weight


class Interval(Struct, frozen=True):
    """A group of *zone* that may leave at any moment from *opens* to *due* (seconds)."""

    zone: str
    opens: float
    due: float
    weight: Weight
    name: str = ""


def least_calls(intervals: Iterable[Interval]) -> int:
    """Return the least number of calls that carries every interval's group in its time."""
    by_zone: dict[str, list[Interval]] = {}
    for interval in intervals:
        by_zone.setdefault(interval.zone, []).append(interval)
    return sum(_calls(in_order(found)) for found in by_zone.values())


def in_order(intervals: Iterable[Interval]) -> list[Interval]:
    """Return *intervals* in the order in which calls are made for them."""
    return sorted(intervals, key=lambda interval: (interval.due, interval.opens, interval.weight))


def after_one_call(left: list[Interval]) -> list[Interval]:
    """Return which of the intervals of one zone, given and returned in order, are left after a call when the first is due."""
    instant = left[0].due
    total = NOTHING
    later = []
    for interval in left:
        more = total.plus(interval.weight)
        if interval.opens <= instant and (fits(more) or not total.changes):
            total = more
        else:
            later.append(interval)
    return later


def _calls(left: list[Interval]) -> int:
    calls = 0
    while left:
        left = after_one_call(left)
        calls += 1
    return calls
