"""An inquiry never goes over its budget, and makes a call again that was throttled or met a busy zone."""

from random import Random

import pytest

from dnsguard.core.inspection import Inspection
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Busy, StrictRoute53, Throttle
from dnsguard.model.access import State
from dnsguard.model.settings import BudgetSettings, Ownership, Settings, ZoneEntry
from dnsguard.modes.inquiry import TRIES, Inquiry


class Jumping:
    """A clock that stands still until somebody waits."""

    def __init__(self):
        self.moment = 1000.0

    def now(self):
        return self.moment

    async def wait(self, event, until):
        assert until > self.moment
        self.moment = until


class Asked:
    """An inspection of the zones of *strict*, with the calls and findings that it made."""

    def __init__(self, strict, *entries, share=1.0):
        self.clock, self.strict = Jumping(), strict
        self.findings, self.progress = [], []
        budget = BudgetSettings(profile="legacy-5", share=share)
        zones = entries or (ZoneEntry(),)
        settings = Settings(zones=zones, ownership=Ownership(owner="lab"), policy="sync", budget=budget)
        port = Simulation(strict)

        async def carry_out(job):
            return port.carry_out(job.call, self.clock.now())[0]

        self.inspection = Inspection(settings, Random(1), self.findings.append)
        self.inquiry = Inquiry(carry_out, budget, 2, self.clock, Random(1))

    async def done(self):
        await self.inquiry.run(self.inspection, lambda asked, total: self.progress.append((asked, total)))
        return self

    def states(self):
        return {finding.state for finding in self.findings}


def account(zones=1, **settings):
    strict = StrictRoute53("legacy-5", **settings)
    for number in range(zones):
        strict.create_zone(f"zone-{number:03}.example.com")
    return strict


@pytest.mark.parametrize("share", [1.0, 0.5])
async def test_many_zones_are_asked_for_without_a_throttle_and_within_the_share(share):
    asked = await Asked(account(60), share=share).done()
    assert asked.states() == {State.GRANTED}
    assert "Throttling" not in {call.outcome for call in asked.strict.log}
    moments = [call.now for call in asked.strict.log]
    assert len(moments) == 1 + 60 * 2
    burst, rate = max(1.0, 5 * share), 5 * share
    for first, moment in enumerate(moments):
        for last in range(first, len(moments)):
            assert last - first + 1 <= burst + (moments[last] - moment) * rate + 1e-6


async def test_it_tells_how_far_it_is():
    asked = await Asked(account(2)).done()
    assert asked.progress == [(1, 0), (2, 5), (3, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("fault", [Throttle(), Busy()])
async def test_a_call_is_made_again_a_few_times_and_then_not_found_out(fault):
    strict = account()
    strict.faults.inject(fault, "ChangeResourceRecordSets", count=TRIES - 1)
    asked = await Asked(strict).done()
    assert asked.states() == {State.GRANTED}
    assert strict.calls["ChangeResourceRecordSets"] == TRIES
    strict.faults.inject(fault, "ChangeResourceRecordSets", count=TRIES)
    asked = await Asked(strict).done()
    assert asked.findings[-1].state is State.UNKNOWN
    assert strict.calls["ChangeResourceRecordSets"] == 2 * TRIES


async def test_a_throttle_slows_it_down():
    strict = account()
    strict.faults.inject(Throttle(), "ListResourceRecordSets", count=2)
    await Asked(strict).done()
    first, second, third = (call.now for call in strict.log if call.operation == "ListResourceRecordSets")
    assert 1 / 5 <= second - first < third - second
