"""Which groups of a zone are dirty, and when they may go.

Rules kept here (a *group* is all rows of one name):

- A group that became dirty at `first` and was last touched at `last` is due at min(first + longest, last + quiet).
- Due groups go in order of (how many groups their cause dirtied, due, name), so that a change of ten groups does not wait
  behind one of ten thousand; but up to a hundred groups of each batch that are older than first + 2 x longest go before all
  others, oldest first: nothing starves, and the rest of a change of a hundred thousand does not shut out a small one.
- No operation costs more than the groups it hands out: heaps with lazy removal, and a bounded number of groups
  becomes due per call.
"""

import enum
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any

from dnsguard.model.settings import Debounce

PROMOTED_AT_ONCE = 2000
"""Groups that become due per call: about 2 ms of heap work."""

NEVER = float("-inf")
AGED_FIRST = 100
"""Groups of a batch that go first because of their age: less than half of what a batch carries."""

CAUSES = 3
"""Causes kept per group, the first ones: what reports tell."""


class Answer(enum.Enum):
    """What becomes of a group that is offered for a batch."""

    TAKE = 1
    SKIP = 2
    STOP = 3


class Entry:
    """One dirty group: its name, when it became dirty and was last touched (seconds), and the size of its cause."""

    __slots__ = ("alive", "cause", "causes", "due", "first", "last", "name", "ready")

    def __init__(self, name: str, now: float, cause: int) -> None:
        self.name = name
        self.first = now
        self.last = now
        self.due = NEVER
        self.cause = cause
        self.causes: tuple[str, ...] = ()
        self.ready = False
        self.alive = True


class Pending:
    """The dirty groups of one zone."""

    def __init__(self, debounce: Debounce) -> None:
        self._quiet = float(debounce.quiet)
        self._longest = float(debounce.longest)
        self._entries: dict[str, Entry] = {}
        self._order = count()
        self._waiting: list[tuple[float, str, int, Entry]] = []
        self._ready: list[tuple[int, float, str, int, Entry]] = []
        self._aging: list[tuple[float, str, int, Entry]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def entry(self, name: str) -> Entry | None:
        """Return the entry of a dirty group."""
        return self._entries.get(name)

    def touch(self, name: str, now: float, cause: int, *, calm: bool = False) -> Entry:
        """Note that a group is dirty; a *calm* touch does not put off one that already was."""
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = Entry(name, now, cause)
        else:
            entry.first = min(entry.first, now)
            if not calm:
                entry.last = max(entry.last, now)
            if cause < entry.cause:
                entry.cause = cause
                if entry.ready:
                    heappush(self._ready, (cause, entry.due, name, next(self._order), entry))
            if entry.ready:
                return entry
        due = min(entry.first + self._longest, entry.last + self._quiet)
        if due != entry.due:
            entry.due = due
            heappush(self._waiting, (due, name, next(self._order), entry))
        return entry

    def resume(self, entry: Entry, *, due: float | None = None, apart: bool = False) -> None:
        """Take back a group whose batch came to nothing, as it was, or due at *due*; one that is *apart* is not offered."""
        known = self._entries.get(entry.name)
        if known is not None:
            entry.last, entry.cause = known.last, min(entry.cause, known.cause)
            entry.causes = tuple(dict.fromkeys((*entry.causes, *known.causes)))[:CAUSES]
            known.alive = False
        back = Entry(entry.name, entry.first, entry.cause)
        back.last, back.causes = entry.last, entry.causes
        back.due = entry.due if due is None else min(due, entry.due)
        self._entries[entry.name] = back
        if not apart:
            heappush(self._waiting, (back.due, back.name, next(self._order), back))

    def clean(self, name: str) -> None:
        """Note that nothing is to be done for a group."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            entry.alive = False

    def promote(self, now: float) -> bool:
        """Make ready what has become due; return whether more could be."""
        waiting = self._waiting
        for _ in range(PROMOTED_AT_ONCE):
            if not waiting or waiting[0][0] > now:
                return False
            due, name, _, entry = heappop(waiting)
            if entry.alive and not entry.ready and entry.due == due:
                entry.ready = True
                heappush(self._ready, (entry.cause, due, name, next(self._order), entry))
                heappush(self._aging, (entry.first, name, next(self._order), entry))
        return True

    def next_due(self) -> float | None:
        """Return when the next group is due; it may lie in the past."""
        while self._ready and not self._ready[0][-1].alive:
            heappop(self._ready)
        return self._ready[0][1] if self._ready else self.next_unready()

    def next_unready(self) -> float | None:
        """Return when the next group is due of those that were not made ready yet."""
        while self._waiting and self._stale(self._waiting[0], self._waiting):
            heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def due_since(self, now: float) -> float | None:
        """Return since when the group that became dirty first is due, of those that are due at *now*; None if none is."""
        while self._aging and not self._aging[0][-1].alive:
            heappop(self._aging)
        moments = [self._aging[0][-1].due] if self._aging else []
        unready = self.next_unready()
        if unready is not None and unready <= now:
            moments.append(unready)
        return min(moments, default=None)

    def cut(self, now: float, accept: Callable[[Entry], Answer], *, early: bool) -> None:
        """Offer the groups to *accept*, in order, until it says STOP: those that are due and, if *early*, then the others.

        What is TAKEN is no longer dirty; what is SKIPPED stays as it was.
        """
        offered: set[str] = set()
        if self._offer(self._aging, accept, offered, upto=now - 2 * self._longest, most=AGED_FIRST):
            return
        if self._offer(self._ready, accept, offered):
            return
        if early:
            self._offer(self._waiting, accept, offered)

    def _offer(
        self, heap: list[Any], accept: Callable[[Entry], Answer], offered: set[str], upto: float | None = None, most: int | None = None
    ) -> bool:
        skipped = []
        stopped = False
        while (
            heap and not stopped and (most is None or len(offered) < most) and (upto is None or heap[0][0] <= upto or not heap[0][-1].alive)
        ):
            item = heappop(heap)
            entry: Entry = item[-1]
            if self._stale(item, heap):
                continue
            answer = Answer.SKIP if entry.name in offered else accept(entry)
            offered.add(entry.name)
            stopped = answer is Answer.STOP
            if answer is Answer.TAKE:
                self.clean(entry.name)
            else:
                skipped.append(item)
        for item in skipped:
            heappush(heap, item)
        return stopped

    def _stale(self, item: Any, heap: list[Any]) -> bool:
        entry: Entry = item[-1]
        if heap is self._waiting:
            return not entry.alive or entry.ready or entry.due != item[0]
        return not entry.alive
