"""The time machine: what the history tells of the past, looked at freshly, becomes an order that goes back.

Rules kept here:

- What the history tells is read from the journal's file, beside whoever writes it.
- The names concerned are read from Route53 before it is told what going back would do. When it is done they are read again only
  where a write overwrites blindly: elsewhere Route53 itself compares.
- A batch that is still on its way, or whose fate is not known yet, is not undone.
- To restore a zone to a moment is to turn back what left in that millisecond or later: the moment of a batch goes back to before it.
- A question that has no answer is a ValueError with one sentence.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from dnsguard.core.durations import howlong
from dnsguard.core.engine import Engine
from dnsguard.core.moments import moment, spelled
from dnsguard.core.undo import Refused, Ways
from dnsguard.core.wayback import concerned, ways_of
from dnsguard.errors import ServiceUnavailable
from dnsguard.model.orders import Undo
from dnsguard.model.undo import Kind
from dnsguard.modes.driver import Clock, Driver
from dnsguard.store.database import look_into
from dnsguard.store.history import batch_of, before, oldest, read_batch, read_later, read_since

PATIENCE = 300.0
"""Seconds within which the names concerned have to be read."""
AT_ONCE = 32
"""Names looked at per turn of the loop: about 5 ms of work."""

Answer = TypeVar("Answer")


class Found(Struct, frozen=True):
    """What the history tells: the zone, the way back of its record sets, every name concerned, and whether all is surely done."""

    zone: str
    what: str
    ways: Ways
    names: frozenset[str]
    sure: bool


class TimeMachine:
    """Makes orders that go back, for *engine*, which *driver* runs; *file* is the journal's, None: there is none.

    *blind*: writes overwrite what stands without naming it.
    """

    def __init__(self, engine: Engine, driver: Driver, clock: Clock, file: Path | None, *, blind: bool) -> None:
        self._engine = engine
        self._driver = driver
        self._now = clock.now
        self._file = file
        self._blind = blind

    async def undo(self, batch: str, by: str, *, again: bool = False) -> Undo:
        """Return the order that undoes a batch, by its name or its change id; *again*: it was looked at before.

        Raises ValueError, Refused or ServiceUnavailable with one sentence.
        """
        found = await self._ask(lambda base: _batch(base, batch))
        if not found.sure and self._engine.undoing.busy(found.zone):
            raise Refused(f"batch {found.what} is still on its way: ask again when it was answered")
        return await self._order(found, "undo", by, again=again)

    async def restore(self, zone: str, to: str, by: str, *, again: bool = False) -> Undo:
        """Return the order that restores a zone, by bare id or name, to a moment; as `undo`."""
        at = moment(spelled(moment(to, self._now())), self._now())
        self._engine.undoing.begin()
        named = self._engine.picture.zones_called(zone)
        if len(named) != 1:
            several = f"several zones are called {zone}: name one by its id: {', '.join(named)}"
            raise ValueError(several if named else f"no zone in use is called {zone!r}")
        return await self._order(await self._ask(lambda base: _since(base, named[0], at)), "restore", by, again=again)

    async def _order(self, found: Found, kind: Kind, by: str, *, again: bool) -> Undo:
        undoing = self._engine.undoing
        lane = undoing.lane(found.zone, self._now())
        read = True
        if not again or self._blind:
            read = await self._driver.until(lambda: undoing.look(found.zone, found.names), PATIENCE)
            self._driver.wake()
        if not read or not await self._driver.until(lambda: undoing.seen(found.zone, found.names), PATIENCE):
            raise ServiceUnavailable(f"{lane.zone.name} could not be read within {howlong(PATIENCE)}: nothing was changed")
        course = undoing.course(found.zone, found.ways, kind, found.what, by, self._now())
        more = True
        while more:
            more = course.work(AT_ONCE, self._now())
            await asyncio.sleep(0)
        return course.order("")

    async def _ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        if self._file is None:
            raise ValueError("the service keeps no journal (state.path is empty), so it does not know what it did")
        return await asyncio.to_thread(_answer, self._file, question)


def _answer(file: Path, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
    try:
        with look_into(file) as base:
            return question(base)
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise ServiceUnavailable(f"the journal {file} cannot be read: {error}") from error


def _batch(base: sqlite3.Connection, text: str) -> Found:
    batch = batch_of(base, text)
    if batch is None:
        first = oldest(base)
        if first is not None and before(text, first[1]):
            raise ValueError(f"batch {text} is forgotten: the history begins at {spelled(first[0])} (state.max_size cuts it short)")
        raise ValueError(f"no batch is called {text!r} in the history; dnsguard history has their names")
    past = read_batch(base, batch)
    if all(deed.refused for deed in past):
        raise ValueError(f"Route53 refused batch {batch}, so it changed nothing")
    names = frozenset(concerned(past))
    return Found(past[0].zone, batch, ways_of(past, read_later(base, batch)), names, all(deed.sure for deed in past))


def _since(base: sqlite3.Connection, zone: str, at: float) -> Found:
    first = oldest(base)
    if first is None:
        raise ValueError("the history is empty: nothing was changed yet")
    # To the millisecond, as moments are told.
    if spelled(at) < spelled(first[0]):
        raise ValueError(f"{spelled(at)} lies before {spelled(first[0])}, where the history begins")
    past = read_since(base, zone, at)
    return Found(zone, spelled(at), ways_of(past), frozenset(concerned(past)), sure=True)
