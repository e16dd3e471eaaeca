"""Events arrive on the objects over real HTTP; an API server that refuses or is away costs nothing but them."""

import asyncio
from contextlib import asynccontextmanager, suppress
from random import Random

import aiohttp
import pytest

from dnsguard.kubernetes.client import ApiServer
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer
from dnsguard.model.facts import AidFailed, AidRecovered, Cleared, Notified, Reason, Verdict, Withheld
from dnsguard.model.objects import Ref
from dnsguard.modes.announcer import Announcer
from dnsguard.modes.clock import SteadyClock

ROUTE = Ref("HTTPRoute", "team-0", "app-0")
ROLE = "config/kustomize/rbac.yaml"


def withheld(name="www.example.com", reason=Reason.FOREIGN, ref=ROUTE):
    return Withheld(Verdict("Z1", name, "A", "", reason, "owned by 'x': it is left alone", "give it up"), (ref,))


class Stage:
    """An announcer on a clock that runs fast, before a tape server."""

    def __init__(self, cluster, announcer, clock, facts):
        self.cluster = cluster
        self.announcer = announcer
        self.clock = clock
        self.facts = facts

    def happen(self, *facts):
        for fact in facts:
            self.announcer.tell(fact, self.clock.now())

    async def until(self, so):
        async with asyncio.timeout(20):
            while not so():  # noqa: ASYNC110 -- what is awaited has no event of its own
                await asyncio.sleep(0.002)

    async def many(self, number):
        await self.until(lambda: len(self.events) >= number)
        return self.events

    @property
    def events(self):
        return list(self.cluster.events.kept.values())

    def of(self, kind):
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def done(self):
        found = self.of(Notified)
        return tuple(sum(getattr(each, key) for each in found) for key in ("created", "repeated", "dropped"))


@asynccontextmanager
async def announcing(speed=100.0):
    clock, facts = SteadyClock(speed), []
    async with TapeServer(tape_of("few", PROFILES["real-edits"].lines(Scale(routes=3)))) as cluster, aiohttp.ClientSession() as session:
        announcer = Announcer(ApiServer(session, cluster.url), lambda _: (), facts.extend, clock, Random(1), "dnsguard-0")
        stage = Stage(cluster, announcer, clock, facts)
        task = asyncio.create_task(announcer.run())
        try:
            yield stage
        finally:
            assert not task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_verdict_becomes_an_event_with_the_uid_of_its_object():
    async with announcing() as stage:
        stage.happen(withheld())
        (event,) = await stage.many(1)
        regarding = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "namespace": "team-0", "name": "app-0"}
        assert event["regarding"] == {**regarding, "uid": "uid-team-0-app-0"}
        assert (event["reason"], event["type"], event["reportingInstance"]) == ("Foreign", "Warning", "dnsguard-0")
        assert event["note"] == "A www.example.com: owned by 'x': it is left alone (give it up)"
        await stage.until(lambda: stage.done() == (1, 0, 0))


async def test_what_is_about_an_object_that_is_gone_is_told_without_a_uid():
    async with announcing() as stage:
        stage.happen(withheld(ref=Ref("HTTPRoute", "team-0", "gone")))
        (event,) = await stage.many(1)
        assert "uid" not in event["regarding"]


async def test_many_names_are_one_event_and_repetitions_count_it_up():
    async with announcing() as stage:
        stage.happen(*(withheld(f"n{number}.example.com") for number in range(40)))
        (event,) = await stage.many(1)
        assert event["note"].startswith("A n0.example.com, A n1.example.com, A n2.example.com and 37 more: owned by")
        stage.happen(*(withheld(f"n{number}.example.com") for number in range(40)))
        await stage.until(lambda: "series" in stage.events[0])
        assert (len(stage.events), stage.events[0]["series"]["count"]) == (1, 2)


async def test_what_ended_at_once_is_not_told():
    async with announcing() as stage:
        gone, stays = withheld("a.example.com"), withheld("b.example.com")
        stage.happen(gone, stays, Cleared(gone.verdict, gone.refs))
        (event,) = await stage.many(1)
        assert event["note"].startswith("A b.example.com: ")


async def test_a_permission_that_is_missing_is_said_once_and_found_when_it_comes():
    async with announcing(speed=3000.0) as stage:
        stage.cluster.refuse(403, "/events", times=float("inf"))
        for number in range(5):
            stage.happen(withheld(f"n{number}.example.com", ref=Ref("HTTPRoute", f"team-{number % 2}", "app-0")))
            await stage.until(lambda number=number: stage.done()[2] >= number + 1)
        (failed,) = stage.of(AidFailed)
        path = "/apis/events.k8s.io/v1/namespaces/team-0/events"
        begins = f"No permission to create events.events.k8s.io ({ROLE} grants it): POST {path} was answered with 403"
        assert failed.text.startswith(begins)
        assert not stage.events
        stage.cluster.forgive()
        for place in ("team-0", "team-1"):
            while not stage.cluster.events.about("HTTPRoute", place, "app-0"):
                assert not stage.of(AidRecovered)
                stage.happen(withheld(f"{stage.clock.now()}.example.com", ref=Ref("HTTPRoute", place, "app-0")))
                await asyncio.sleep(0.05)
        await stage.until(lambda: stage.of(AidRecovered))


async def test_a_permission_that_is_missing_for_a_moment_costs_nothing():
    async with announcing() as stage:
        stage.cluster.refuse(403, "/events", times=1)
        stage.happen(withheld())
        await stage.many(1)
        await stage.until(lambda: stage.done() == (1, 0, 0))
        assert stage.of(AidFailed) == stage.of(AidRecovered) == []


async def test_a_namespace_without_the_permission_does_not_hold_up_the_others():
    async with announcing() as stage:
        stage.cluster.refuse(403, "/team-0/events", times=float("inf"))
        stage.happen(*(withheld(ref=Ref("HTTPRoute", "team-0", f"app-{number}")) for number in range(20)))
        stage.happen(withheld(ref=Ref("HTTPRoute", "team-1", "app-1")))
        (event,) = await stage.many(1)
        assert event["metadata"]["namespace"] == "team-1"
        await stage.until(lambda: stage.done() == (1, 0, 20))
        assert stage.cluster.events.asked <= 5
        assert len(stage.of(AidFailed)) == 1


async def test_a_server_that_is_away_or_busy_is_waited_for():
    async with announcing() as stage:
        stage.cluster.refuse(503, "/events", times=2)
        stage.cluster.refuse(429, "/events", times=1, retry_after=20)
        stage.cluster.refuse(500, "/app-0", times=1)
        began = stage.clock.now()
        stage.happen(withheld())
        await stage.many(1)
        assert stage.clock.now() - began >= 20
        await stage.until(lambda: stage.done() == (1, 0, 0))
        assert stage.of(AidFailed) == []


@pytest.mark.parametrize("status", [400, 404, 409, 410, 422])
async def test_what_the_server_does_not_take_is_dropped_and_the_rest_goes_on(status):
    async with announcing() as stage:
        stage.cluster.refuse(status, "/events", times=1)
        stage.happen(withheld(), withheld(reason=Reason.EDITED))
        await stage.many(1)
        await stage.until(lambda: stage.done() == (1, 0, 1))
        assert stage.of(AidFailed) == []


async def test_an_event_that_expired_is_made_anew_when_it_happens_again():
    async with announcing(speed=1000.0) as stage:
        stage.happen(withheld())
        await stage.many(1)
        stage.cluster.events.kept.clear()
        await stage.until(lambda: stage.done()[0] == 1)
        stage.happen(withheld())
        (event,) = await stage.many(1)
        assert "series" not in event
        await stage.until(lambda: stage.done() == (2, 0, 0))


async def test_a_server_that_never_answers_holds_nobody_up_and_nothing_piles_up():
    async with announcing(speed=10000.0) as stage:
        await stage.cluster.close()
        for number in range(5000):
            stage.happen(withheld(f"n{number}.example.com", ref=Ref("HTTPRoute", "team", f"app-{number}")))
        await stage.until(lambda: stage.done()[2] == 5000)
        await stage.cluster.listen()
