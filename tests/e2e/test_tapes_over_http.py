"""A recorded stream over real HTTP into a strict Route53 ends in the tape's truth, whatever happens on the way."""

import asyncio

import pytest

from dnsguard.lab.strict import Busy, Dropped, ServerError, Throttle

WRITE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"


def kubernetes_lists(stage):
    return [path for path in stage.cluster.requests if "watch=" not in path]


async def test_the_zone_ends_with_the_truth_of_the_tape(stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.start()
        await house.settled()
        assert house.records() == truth("traefik-3.1.0-solo")
        assert len(house.calls(LIST)) == 1
        assert len(house.calls("ListHostedZones")) == 1
        assert {call.outcome for call in house.strict.log} == {"accepted"}


async def test_lost_statuses_cost_one_write_and_delete_nothing(stage, truth):
    async with stage("traefik-3.1.0-status-loss", speed=120.0) as house:
        house.start()
        await house.settled()
        assert house.records() == truth("traefik-3.1.0-status-loss")
        assert len(house.calls(WRITE)) == 1
        assert house.tally.changes["deleted"] == 0


async def worry(cluster, trouble):
    """Make *trouble* again and again while the tape plays."""
    while not cluster.done:
        await asyncio.sleep(0.1)
        trouble()


TROUBLES = {
    "connections drop": lambda cluster: cluster.drop_connections(),
    "watches end": lambda cluster: cluster.end_watches(),
    "versions expire": lambda cluster: (cluster.expire(), cluster.end_watches()),
    "the server is unavailable": lambda cluster: (cluster.refuse(503, times=1), cluster.end_watches()),
    "lists are refused": lambda cluster: (cluster.expire(), cluster.refuse(500, times=1, watching=False), cluster.end_watches()),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_the_zone_ends_with_the_truth_although(trouble, stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.start()
        await house.until(lambda: house.cluster.watches == 3)
        await asyncio.wait_for(worry(house.cluster, lambda: trouble(house.cluster)), 30)
        house.cluster.forgive()
        await house.settled()
        assert house.records() == truth("traefik-3.1.0-solo")
        # A name that came and went while nothing could be read was never made, so it is not deleted either.
        assert house.tally.changes["deleted"] <= 8


async def test_versions_that_expire_in_the_stream_make_one_list_each_and_no_zone_is_read_again(stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.cluster.expire_in_stream = True
        house.start()
        await house.until(lambda: house.cluster.watches == 3 and house.cluster.position() > 20)
        before = len(kubernetes_lists(house))
        house.cluster.expire()
        house.cluster.end_watches()
        await house.settled()
        assert len(kubernetes_lists(house)) - before <= 2 * 3
        assert house.records() == truth("traefik-3.1.0-solo")
        assert len(house.calls(LIST)) == 1


async def test_a_stream_that_stands_still_for_a_while_changes_nothing(stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.start()
        await house.until(lambda: house.cluster.position() > 20)
        house.cluster.pause()
        await house.until(lambda: house.engine.idle() and house.engine.busy_until() is None)
        calls = [call for call in house.strict.log if call.operation != "GetChange"]
        await asyncio.sleep(0.3)
        assert [call for call in house.strict.log if call.operation != "GetChange"] == calls
        house.cluster.resume()
        await house.settled()
        assert house.records() == truth("traefik-3.1.0-solo")


FAULTS = {
    "throttled": Throttle(),
    "busy": Busy(),
    "unavailable": ServerError(503),
    "failed without effect": ServerError(500),
    "failed after all": ServerError(500, applied=True),
    "dropped before": Dropped(applied=False),
    "dropped after": Dropped(applied=True),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_the_zone_ends_with_the_truth_although_writes_were(fault, stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        for skip in (0, 2, 3):
            house.strict.faults.inject(fault, WRITE, count=1, skip=skip)
        house.start()
        await house.settled()
        assert house.records() == truth("traefik-3.1.0-solo")
        assert house.tally.changes["deleted"] <= 8
        assert len(house.calls(WRITE, "")) > len(house.calls(WRITE))


@pytest.mark.parametrize("fault", [Throttle(), ServerError(503), Dropped()], ids=lambda fault: type(fault).__name__)
async def test_the_zone_ends_with_the_truth_although_reads_failed(fault, stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.strict.faults.inject(fault, "ListHostedZones", count=1)
        house.strict.faults.inject(fault, LIST, count=2)
        house.start()
        await house.settled()
        assert house.records().items() >= truth("traefik-3.1.0-solo").items()
        assert len(house.calls(LIST)) == 1


@pytest.mark.parametrize("moment", [0.0, 0.5, 12.0, 30.0, 45.0])
async def test_a_controller_that_is_replaced_leaves_the_truth_and_deletes_nothing_wrongly(moment, stage, truth):
    right = truth("traefik-3.1.0-solo")
    async with stage("traefik-3.1.0-solo") as house:
        house.start()
        await house.until(lambda: house.cluster.position() >= moment)
        await house.stop()
        house.start()
        await house.settled()
        ends = house.records()
        assert ends.items() >= right.items()
        # What ended while nobody watched is an orphan: it stays, and is said.
        orphans = {name for name, _ in ends.keys() - right.keys() if not name.startswith("a-")}
        assert orphans <= {fact.verdict.name for fact in house.facts if getattr(fact, "verdict", None)}
        assert len(house.calls(LIST)) <= 2
        assert len(house.calls("ListHostedZones")) <= 2
        assert len(kubernetes_lists(house)) <= 2 * 3


async def test_a_controller_that_is_replaced_with_a_write_under_way_makes_it_once(stage, truth):
    async with stage("traefik-3.1.0-solo") as house:
        house.strict.faults.inject(Dropped(applied=True), WRITE, count=1)
        house.start()
        await house.until(lambda: house.calls(WRITE, "dropped after"))
        await house.stop()
        house.start()
        await house.settled()
        assert house.records().items() >= truth("traefik-3.1.0-solo").items()
        assert house.tally.refused <= 1
