"""The driver calls the engine when something happened or is due, and tells everyone what came of it."""

import asyncio
from random import Random

import pytest

from dnsguard.app import build_engine, kinds_of
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Busy, ServerError, StrictRoute53
from dnsguard.model.events import Listed, Upserted
from dnsguard.model.facts import Answered, Called, Ordered, Synced, Withheld
from dnsguard.model.orders import Freeze, Thaw
from dnsguard.model.settings import Drift, Ownership, Settings, ZoneEntry
from dnsguard.modes.clock import SteadyClock
from dnsguard.modes.controller import control
from dnsguard.modes.driver import Driver

SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync", drift=Drift(period="never")
)
OBJECTS = (gateway(["192.0.2.1"]), route("app", ["app.example.com"]), namespace("team"), namespace("edge"))


class Wire:
    """One engine under a driver, an account in process, and sources that list once."""

    def __init__(self, listeners=1):
        self.clock = SteadyClock(100.0)
        self.strict = StrictRoute53()
        self.zone = self.strict.create_zone("example.com")
        self.engine = build_engine(SETTINGS, Random(0), self.clock.now())
        self.heard = [[] for _ in range(listeners)]
        self.resting = asyncio.Event()
        self.written = asyncio.Event()
        self.withheld = asyncio.Event()
        self._port = Simulation(self.strict, 0.0)
        tells = [lambda fact, now, heard=heard: heard.append((now, fact)) for heard in self.heard]
        tells.append(lambda fact, _: self.withheld.set() if isinstance(fact, Withheld) else None)
        self.driver = Driver(self.engine, self._carry_out, self.clock, tells, self.resting)

    async def _carry_out(self, job):
        await asyncio.sleep(0)
        outcome = self._port.carry_out(job.call, self.clock.now())[0]
        if self.names():
            self.written.set()
        return outcome

    async def run(self):
        """Be a source: list everything, and then watch in silence."""
        for kind in kinds_of(SETTINGS):
            found = [view for view in OBJECTS if view.ref.kind == kind]
            for view in found:
                self.driver.observe(Upserted(view, "1"))
            self.driver.observe(Listed(kind, frozenset(view.ref for view in found)))
        await asyncio.Event().wait()

    def names(self):
        return {record["Name"] for record in self.strict.records(self.zone) if record["Type"] == "A"}


async def test_it_works_until_it_is_at_rest_and_everyone_hears_everything():
    wire = Wire(listeners=2)
    await asyncio.wait_for(control(wire.driver, [wire], wire.resting), 20)
    assert wire.names() == {"app.example.com."}
    assert wire.engine.idle()
    first, second = wire.heard
    assert first == second
    moments = [at for at, _ in first]
    assert moments == sorted(moments)
    facts = [fact for _, fact in first]
    assert sum(isinstance(fact, Called) for fact in facts) == sum(isinstance(fact, Answered) for fact in facts) == 3
    assert any(isinstance(fact, Synced) for fact in facts)


@pytest.mark.parametrize("fault", [Busy(), ServerError(503)], ids=lambda fault: type(fault).__name__)
async def test_what_keeps_failing_is_rest_too_for_a_run_that_happens_once(fault):
    wire = Wire()
    wire.strict.faults.inject(fault, "ChangeResourceRecordSets")
    await asyncio.wait_for(control(wire.driver, [wire], wire.resting), 20)
    assert not wire.engine.idle()
    assert not wire.names()


async def test_without_an_end_it_tries_again_until_it_is_done():
    wire = Wire()
    wire.strict.faults.inject(Busy(), "ChangeResourceRecordSets", count=2)
    task = asyncio.create_task(control(wire.driver, [wire]))
    await asyncio.wait_for(wire.written.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert wire.strict.calls["ChangeResourceRecordSets"] == 3


async def test_an_order_is_carried_out_told_and_wakes_the_driver():
    wire = Wire()
    assert wire.driver.order(Freeze(reason="not yet")).done
    task = asyncio.create_task(control(wire.driver, [wire]))
    await asyncio.wait_for(wire.withheld.wait(), 20)
    assert not wire.names()
    # Nothing else would wake it: what is frozen waits for a word.
    assert wire.driver.order(Thaw()).done
    await asyncio.wait_for(wire.written.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(fact.order) for _, fact in wire.heard[0] if isinstance(fact, Ordered)] == [Freeze, Thaw]


async def test_a_source_that_breaks_ends_everything():
    class Broken:
        async def run(self):
            raise RuntimeError("broken")

    wire = Wire()
    with pytest.raises(ExceptionGroup) as ended:
        await asyncio.wait_for(control(wire.driver, [wire, Broken()]), 20)
    assert ended.group_contains(RuntimeError, match="^broken$")
