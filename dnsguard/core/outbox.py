"""The outbox: notices gathered into letters, each of them one Event or one more count of it, paced and bounded.

Rules kept here:

- What is told of one object for one reason within `GATHER` seconds is one letter, with the first names and how many there are.
  What ended before it was gathered is not told.
- A letter that says what an earlier one said counts that one up instead: a series, brought up to date at most once in `SPACING`
  seconds. A series is forgotten when nothing was added to it for `SERIES` seconds (an Event lives for an hour by default).
- Letters leave at a pace, of one object and in all: what is over an object's pace is dropped, what is over that of all waits in a
  line, where a warning goes before what is none. The line is bounded, and what waited for too long is dropped.
- Nothing here grows beyond its bounds, whatever the number of objects.
"""

from collections import OrderedDict, deque
from heapq import heappop, heappush
from typing import NamedTuple

from dnsguard.core.budget import TokenBucket
from dnsguard.model.notices import NOTE, Letter, Notice
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Bucket

GATHER = 1.0
"""Seconds for which notices of one object and reason are gathered."""
SPACING = 60.0
"""Seconds between two updates of one series."""
SERIES = 1800.0
"""Seconds without a repetition after which a series is forgotten."""
STALE = 600.0
"""Seconds after which a letter that could not be sent is dropped."""
LINE = 1000
"""Letters that wait at most."""
REMEMBERED = 5000
"""Topics, objects and series that are remembered, each."""
SHOWN = 3
"""Names that a note shows."""
OF_ALL = Bucket(rate=5.0, burst=50.0)
"""Letters per second, of all objects."""
OF_ONE = Bucket(rate=1 / 60, burst=10.0)
"""Letters per second, of one object."""

Topic = tuple[Ref, str]


class Gathered:
    """What was told of one object for one reason since *at*: the first notice, and the texts by subject."""

    __slots__ = ("at", "first", "texts")

    def __init__(self, first: Notice, at: float) -> None:
        self.first = first
        self.at = at
        self.texts: dict[str, str] = {}


class Series:
    """An Event that was written, or is in line: its *name* ("": not yet), how often it happened, when last, and when it was sent."""

    __slots__ = ("count", "first", "in_line", "last", "name", "note", "notice", "sent", "to_update")

    def __init__(self, notice: Notice, note: str, at: float) -> None:
        self.notice = notice
        self.note = note
        self.first = self.last = self.sent = at
        self.count = 1
        self.name = ""
        self.in_line = self.to_update = False

    def letter(self) -> Letter:
        """Return what is to be written now."""
        said = self.notice
        count, last = (self.count, self.last) if self.name else (1, self.first)
        return Letter(said.ref, said.reason, said.action, self.note, said.warning, said.uid, self.first, last, count, self.name)


class Done(NamedTuple):
    """How many Events were created and counted up, and how many letters dropped."""

    created: int = 0
    repeated: int = 0
    dropped: int = 0


class Outbox:
    """Letters on their way; begins at *now*."""

    def __init__(self, now: float) -> None:
        self._gathering: OrderedDict[Topic, Gathered] = OrderedDict()
        self._series: OrderedDict[tuple[Topic, str], Series] = OrderedDict()
        self._updates: list[tuple[float, int, Series]] = []
        self._line: tuple[deque[Series], deque[Series]] = deque(), deque()
        self._paces: OrderedDict[Ref, TokenBucket] = OrderedDict()
        self._pace = TokenBucket(OF_ALL, 1.0, now)
        self._numbers = 0
        self._done = Done()

    # What comes in

    def put(self, notice: Notice, now: float) -> None:
        """Gather a notice."""
        topic = notice.ref, notice.reason
        gathered = self._gathering.get(topic)
        if gathered is None:
            if len(self._gathering) >= REMEMBERED:
                self._dropped()
                return
            gathered = self._gathering[topic] = Gathered(notice, now)
        gathered.texts.setdefault(notice.subject, notice.text)

    def withdraw(self, notice: Notice) -> None:
        """Take a notice back that was not told yet: what it says has ended."""
        topic = notice.ref, notice.reason
        gathered = self._gathering.get(topic)
        if gathered is not None and gathered.texts.pop(notice.subject, None) is not None and not gathered.texts:
            del self._gathering[topic]

    # What goes out

    def wake_at(self, now: float) -> float | None:
        """Return the next moment at which `take` could return a letter; None if only a notice could."""
        moments = [next(iter(self._gathering.values())).at + GATHER] if self._gathering else []
        moments += [self._updates[0][0]] if self._updates else []
        moments += [self._pace.ready_at(1, now)] if any(self._line) else []
        return min(moments, default=None)

    def take(self, now: float) -> Letter | None:
        """Return the letter to send now, of which `sent`, `vanished`, `back` or `failed` has to tell what became."""
        while self._gathering and (gathered := next(iter(self._gathering.values()))).at + GATHER <= now:
            self._gathering.popitem(last=False)
            self._close(gathered, now)
        while self._updates and self._updates[0][0] <= now:
            _, _, series = heappop(self._updates)
            series.to_update = False
            if self._remembered(series):
                self._queue(series)
        while (series_ := self._next(now)) is not None:
            series_.in_line = False
            if series_.last >= now - STALE:
                self._pace.spend(1, now)
                return series_.letter()
            self._forget(series_)
        return None

    def sent(self, letter: Letter, name: str, now: float) -> None:
        """Note that *letter* was written, as the Event called *name*."""
        done = self._done
        self._done = done._replace(repeated=done.repeated + 1) if letter.name else done._replace(created=done.created + 1)
        series = self._find(letter)
        if series is not None:
            series.name, series.sent = name, now
            if series.count > letter.count:
                self._update(series)

    def vanished(self, letter: Letter) -> None:
        """Note that the Event to be counted up is no longer there: it is made anew."""
        series = self._find(letter)
        if series is None:
            self._dropped()
            return
        series.name, series.first, series.count = "", series.last, 1
        self._queue(series, first=True)

    def back(self, letter: Letter) -> None:
        """Take back a letter that could not be sent now."""
        series = self._find(letter)
        if series is None:
            self._dropped()
        elif not series.in_line:
            self._queue(series, first=True)

    def failed(self, letter: Letter) -> None:
        """Note that *letter* will never be written."""
        series = self._find(letter)
        if series is None:
            self._dropped()
        else:
            self._forget(series)

    def done(self) -> Done:
        """Return what became of letters since the last call."""
        done, self._done = self._done, Done()
        return done

    # Within

    def _close(self, gathered: Gathered, now: float) -> None:
        """Make a letter of what was gathered, or count up the one that says the same."""
        notice = gathered.first
        note = note_of(gathered.texts)
        key = (notice.ref, notice.reason), note
        series = self._series.get(key)
        if series is not None and series.last >= gathered.at - SERIES:
            series.count += 1
            series.last = gathered.at
            self._series.move_to_end(key)
            if series.name and not series.in_line:
                self._update(series)
            return
        pace = self._pace_of(notice.ref, now)
        if pace.ready_at(1, now) > now:
            self._dropped()
            return
        pace.spend(1, now)
        series = self._series[key] = Series(notice, note, gathered.at)
        self._series.move_to_end(key)
        while len(self._series) > REMEMBERED:
            self._series.popitem(last=False)
        self._queue(series)

    def _update(self, series: Series) -> None:
        if not series.to_update:
            series.to_update = True
            self._numbers += 1
            heappush(self._updates, (series.sent + SPACING, self._numbers, series))

    def _queue(self, series: Series, *, first: bool = False) -> None:
        warnings, others = self._line
        if len(warnings) + len(others) >= LINE:
            if not (series.notice.warning and others):
                self._forget(series)
                return
            self._forget(others.popleft())
        line = warnings if series.notice.warning else others
        series.in_line = True
        (line.appendleft if first else line.append)(series)

    def _next(self, now: float) -> Series | None:
        if not any(self._line) or self._pace.ready_at(1, now) > now:
            return None
        warnings, others = self._line
        return (warnings or others).popleft()

    def _pace_of(self, ref: Ref, now: float) -> TokenBucket:
        pace = self._paces.get(ref)
        if pace is None:
            pace = self._paces[ref] = TokenBucket(OF_ONE, 1.0, now)
            if len(self._paces) > REMEMBERED:
                self._paces.popitem(last=False)
        self._paces.move_to_end(ref)
        return pace

    def _find(self, letter: Letter) -> Series | None:
        return self._series.get(((letter.ref, letter.reason), letter.note))

    def _forget(self, series: Series) -> None:
        """Drop a letter, and with it its series: should it happen again, it is told as if for the first time."""
        series.in_line = False
        if self._remembered(series):
            del self._series[_key(series)]
        self._dropped()

    def _remembered(self, series: Series) -> bool:
        return self._series.get(_key(series)) is series

    def _dropped(self) -> None:
        self._done = self._done._replace(dropped=self._done.dropped + 1)


def _key(series: Series) -> tuple[Topic, str]:
    return (series.notice.ref, series.notice.reason), series.note


def note_of(texts: dict[str, str]) -> str:
    """Return in at most `NOTE` bytes what was told of each subject."""
    subjects = list(texts)
    text = texts[subjects[0]]
    if len(subjects) == 1:
        return _cut(f"{subjects[0]}: {text}" if subjects[0] else text)
    same = len(set(texts.values())) == 1
    names = ", ".join(subjects[:SHOWN] if same else subjects[1:SHOWN])
    more = f" and {len(subjects) - SHOWN} more" if len(subjects) > SHOWN else ""
    return _cut(f"{names}{more}: {text}" if same else f"{subjects[0]}: {text}; likewise {names}{more}")


def _cut(text: str) -> str:
    data = text.encode("utf-8", "replace")
    return data.decode() if len(data) <= NOTE else data[: NOTE - 3].decode("utf-8", "ignore") + "..."
