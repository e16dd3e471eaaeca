"""The clerk hands on what stands in ConfigMaps, and those who begin wait for it, but not for long."""

import asyncio
from contextlib import asynccontextmanager, suppress

from dnsguard.kubernetes.reflector import Trouble
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.facts import AidFailed, AidRecovered, Misunderstood, ZonesFound
from dnsguard.model.objects import Ref, SheetView
from dnsguard.model.orders import Freeze, Reply, Thaw
from dnsguard.modes.clerk import HEAD_START, After, Clerk
from dnsguard.modes.clock import SteadyClock

SHEET = Ref("ConfigMap", "dnsguard", "orders")
EVERYTHING = Upserted(SheetView(SHEET, "u", {"dnsguard.io/freeze": "all"}, {}), "1")
ZONES = ZonesFound((("Z1", "example.com", "public"),))


class Office:
    """A clerk at work, and what it said and ordered; *speed* of its clock."""

    def __init__(self, speed=1.0):
        self.orders, self.facts = [], []
        self.clock = SteadyClock(speed)
        self.clerk = Clerk(self.order, self.facts.extend, self.clock)
        self.begun = asyncio.Event()

    def order(self, order):
        self.orders.append(order)
        return Reply(done=True, text="so")

    async def run(self):
        """Be a source that waits for the clerk."""
        self.begun.set()
        await asyncio.Event().wait()

    async def until(self, so):
        async with asyncio.timeout(20):
            while not so():  # noqa: ASYNC110 -- what is awaited has no event of its own
                await asyncio.sleep(0.002)


@asynccontextmanager
async def working(speed=1.0):
    office = Office(speed)
    tasks = [asyncio.create_task(office.clerk.run()), asyncio.create_task(After(office.clerk, office).run())]
    try:
        yield office
    finally:
        for task in tasks:
            assert not task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_orders_are_given_as_sheets_come_and_go():
    async with working() as office:
        office.clerk.tell(ZONES, 0.0)
        office.clerk.observe(EVERYTHING)
        await office.until(lambda: office.orders == [Freeze(sheet="dnsguard/orders")])
        office.clerk.observe(Deleted(SHEET))
        await office.until(lambda: office.orders[1:] == [Thaw(sheet="dnsguard/orders")])


def test_a_freeze_is_in_force_before_anybody_can_write_to_the_zones_that_were_found():
    office = Office()
    office.clerk.observe(EVERYTHING)
    office.clerk.observe(Listed("ConfigMap", frozenset({SHEET})))
    assert office.orders == []
    office.clerk.tell(ZONES, 0.0)
    assert office.orders == [Freeze(sheet="dnsguard/orders")]


async def test_orders_wait_for_the_zones():
    async with working() as office:
        office.clerk.observe(EVERYTHING)
        office.clerk.observe(Listed("ConfigMap", frozenset({SHEET})))
        await asyncio.sleep(0.02)
        assert office.orders == []
        office.clerk.tell(ZONES, 0.0)
        await office.until(lambda: office.orders)


async def test_who_begins_waits_for_the_first_list():
    async with working() as office:
        await asyncio.sleep(0.05)
        assert not office.begun.is_set()
        office.clerk.observe(Listed("ConfigMap", frozenset()))
        await asyncio.wait_for(office.begun.wait(), 20)


async def test_who_begins_waits_neither_for_a_server_in_trouble_nor_for_ever():
    async with working() as office:
        office.clerk.trouble(Trouble("ConfigMap", "503", 1.0))
        await asyncio.wait_for(office.begun.wait(), 20)
    async with working(speed=100.0) as office:
        began = office.clock.now()
        await asyncio.wait_for(office.begun.wait(), 20)
        assert office.clock.now() - began >= HEAD_START / 2


async def test_a_source_that_is_lost_is_an_aid_that_failed_and_what_it_said_stays_in_force():
    async with working() as office:
        office.clerk.tell(ZONES, 0.0)
        office.clerk.observe(EVERYTHING)
        office.clerk.observe(SourceLost("ConfigMap", "403"))
        office.clerk.observe(Listed("ConfigMap", frozenset({SHEET})))
        office.clerk.observe(Listed("ConfigMap", frozenset({SHEET})))
        await office.until(lambda: office.orders)
        assert office.facts == [AidFailed("orders", "403"), AidRecovered("orders")]
        assert office.orders == [Freeze(sheet="dnsguard/orders")]


async def test_a_sheet_that_cannot_be_read_is_said_and_stays_in_force():
    async with working() as office:
        office.clerk.tell(ZONES, 0.0)
        office.clerk.observe(EVERYTHING)
        await office.until(lambda: office.orders)
        office.clerk.observe(Unreadable(SHEET, "it is broken"))
        await asyncio.sleep(0.02)
        assert office.facts == [Misunderstood(SHEET, "it is broken")]
        assert len(office.orders) == 1
