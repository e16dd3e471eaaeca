"""Turns: values that go back and forth, and values that were lost, object by object.

Rules kept here:

- A turn is a change back to a value that stood before. One may be a correction; `CONTESTED` of one object are a contest.
- What was never there cannot be lost, and what goes with its object is not lost.
- Memory is bounded: of each aspect the last `REMEMBERED` values are known, so what only ever grows never turns.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from dnsguard.core.diagnosis.aspects import Aspect
from dnsguard.core.diagnosis.writers import Writer
from dnsguard.model.objects import Ref

CONTESTED = 3
"""Turns that make a contest: A, B, A, B, A. Two more writes than a person needs who thinks better of it."""
REMEMBERED = 8


class Stand:
    """One value: how often it was written, for how many seconds it stood, and who wrote it."""

    __slots__ = ("seconds", "times", "writers")

    def __init__(self) -> None:
        self.times = 0
        self.seconds = 0.0
        self.writers: Counter[Writer] = Counter()


class Course:
    """One aspect of one object over time."""

    __slots__ = ("losses", "lost_at", "seconds_lost", "since", "stands", "turns", "value")

    def __init__(self, aspect: Aspect, now: float) -> None:
        self.value = aspect.value
        self.since = now
        self.stands: dict[tuple[str, ...], Stand] = {aspect.value: Stand()}
        self.turns = 0
        # What is not there at the beginning was not lost before our eyes.
        self.lost_at: float | None = None
        self.losses: Counter[Writer] = Counter()
        self.seconds_lost: list[float] = []

    def change(self, aspect: Aspect, writer: Writer, now: float, *, was_lost: bool) -> bool:
        """Take in another value, the one before counting as lost if *was_lost*; return whether it stood before."""
        self._stood(now)
        known = self.stands.pop(aspect.value, None)
        self.turns += known is not None
        self.stands[aspect.value] = stand = known or Stand()
        stand.times += 1
        stand.writers[writer] += 1
        if len(self.stands) > REMEMBERED:
            del self.stands[next(iter(self.stands))]
        self.value, self.since = aspect.value, now
        if aspect.lost and not was_lost:
            self.lost_at = now
            self.losses[writer] += 1
        elif not aspect.lost and self.lost_at is not None:
            self.seconds_lost.append(now - self.lost_at)
            self.lost_at = None
        return known is not None

    def end(self, now: float) -> None:
        """Count the time up to *now*."""
        self._stood(now)
        self.since = now

    def _stood(self, now: float) -> None:
        stand = self.stands.get(self.value)
        if stand is not None:
            stand.seconds += now - self.since


class Courses:
    """The aspects of all objects; those that never change cost one entry each."""

    def __init__(self) -> None:
        self._now: dict[Ref, dict[str, Aspect]] = {}
        self._since: dict[Ref, float] = {}
        self.moved: dict[tuple[Ref, str], Course] = {}

    def follow(self, ref: Ref, found: Iterable[Aspect], writer: Writer | None, now: float) -> bool:
        """Take in the aspects of an object as they are now; return whether one of them turned back.

        Without a *writer* the object is seen for the first time, or anew.
        """
        known = self._now.get(ref)
        # An aspect of which nothing is said stays as it was.
        fresh = {**(known or {}), **{aspect.field: aspect for aspect in found}}
        self._now[ref] = fresh
        self._since.setdefault(ref, now)
        if known is None or writer is None:
            return False
        turned = False
        for field, aspect in fresh.items():
            before = known.get(field)
            if before is None or before.value == aspect.value:
                continue
            course = self.moved.get((ref, field))
            if course is None:
                course = self.moved[ref, field] = Course(before, self._since[ref])
            turned = course.change(aspect, writer, now, was_lost=before.lost) or turned
        return turned

    def forget(self, ref: Ref) -> None:
        """Forget an object that is gone: it has lost nothing, and what was contested of it is history."""
        for field in self._now.pop(ref, {}):
            course = self.moved.get((ref, field))
            if course is not None:
                course.lost_at = None

    def finished(self, now: float) -> Iterator[tuple[Ref, str, Course]]:
        """Yield every aspect that changed, counted up to *now*, in order."""
        for (ref, field), course in sorted(self.moved.items()):
            course.end(now)
            yield ref, field, course
