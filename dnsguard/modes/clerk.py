"""The clerk: gives the engine the orders that stand in ConfigMaps.

Rules kept here:

- The ConfigMaps are no source: what cannot be read of them is said once, and stops nothing. A freeze that was read stays in force.
- Who is about to begin waits a moment for them, so that a freeze that stands there already counts from the start: it is given at
  the moment at which the zones are told.
"""

import asyncio
from collections.abc import Callable, Iterable

from dnsguard.core.inbox import Inbox
from dnsguard.kubernetes.reflector import Recovered, Trouble
from dnsguard.model.events import Deleted, Listed, SheetEvent, SourceLost, Unreadable, Upserted
from dnsguard.model.facts import AidFailed, AidRecovered, Fact, Misunderstood, ZonesFound
from dnsguard.model.orders import Freeze, Order, Reply
from dnsguard.modes.controller import Source
from dnsguard.modes.driver import Clock

AID = "orders"
HEAD_START = 5.0
"""Seconds for which those who begin wait for the sheets."""


class Clerk:
    """Hands orders to *order*; *tell* hears what there is to say beside; *standing*: the freezes in force at the start."""

    def __init__(
        self, order: Callable[[Order], Reply], tell: Callable[[Iterable[Fact]], None], clock: Clock, standing: Iterable[Freeze] = ()
    ) -> None:
        self._order = order
        self._tell = tell
        self._clock = clock
        self._inbox = Inbox(standing)
        self._came = asyncio.Event()
        self._looked = asyncio.Event()
        self._failed = False

    def observe(self, event: SheetEvent) -> None:
        """Take in what the stream tells of the sheets."""
        match event:
            case Upserted(view):
                self._inbox.put(view, self._clock.now())
            case Deleted(ref):
                self._inbox.drop(ref)
            case Unreadable(ref, why):
                self._tell([Misunderstood(ref, why)])
            case Listed(_, refs):
                self._inbox.listed(refs)
                self._looked.set()
                if self._failed:
                    self._failed = False
                    self._tell([AidRecovered(AID)])
            case SourceLost(_, why):
                self._failed = True
                self._tell([AidFailed(AID, why)])
        self._came.set()

    def trouble(self, _: Trouble | Recovered) -> None:
        """Take in that the sheets cannot be read at the moment: whoever waits for them need not."""
        self._looked.set()

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        if self._inbox.hear(fact, now):
            if isinstance(fact, ZonesFound):
                # What a journal remembers of a zone is not read first: the next round may write to it.
                self._give()
            self._came.set()

    async def run(self) -> None:
        """Give orders until cancelled."""
        while True:
            self._came.clear()
            self._give()
            await self._clock.wait(self._came, self._inbox.wake_at())

    def _give(self) -> None:
        for order in self._inbox.take(self._clock.now()):
            self._inbox.answered(order, self._order(order))
        self._tell(self._inbox.facts())

    async def looked(self) -> None:
        """Wait until the sheets were looked at, but no longer than `HEAD_START` seconds."""
        await self._clock.wait(self._looked, self._clock.now() + HEAD_START)


class After:
    """A source that begins when *clerk* has looked at the sheets."""

    def __init__(self, clerk: Clerk, source: Source) -> None:
        self._clerk = clerk
        self._source = source

    async def run(self) -> None:
        """Wait, then work until cancelled."""
        await self._clerk.looked()
        await self._source.run()
