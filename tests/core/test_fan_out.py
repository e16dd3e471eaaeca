"""A change of one Gateway under thousands of routes is worked off in slices, and nothing leaves half resolved."""

from collections import Counter
from random import Random

import pytest

from dnsguard.app import build_engine, kinds_of
from dnsguard.core.engine import SLICE, Engine
from dnsguard.core.gate import Gate
from dnsguard.core.pending import AGED_FIRST
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.changes import Job, ListRecords, Outcome, Write
from dnsguard.model.events import Deleted, Listed, Upserted
from dnsguard.model.facts import Absorbed, Fact, Stopped
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.objects import Ref, RouteView, View
from dnsguard.model.settings import Bucket, BudgetSettings, Ownership, Settings, ZoneEntry

ENDLESS = Bucket(rate=1e9, burst=1e9)
SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),),
    ownership=Ownership(owner="lab"),
    policy="sync",
    budget=BudgetSettings(share=1.0, requests=ENDLESS, actions=ENDLESS, changes=ENDLESS),
)
PUBLIC = Ref("Gateway", "edge", "public")


class Bench:
    """An engine whose every door can be opened by hand; counts the routes that are resolved."""

    def __init__(self, routes: int) -> None:
        rules = compile_rules(SETTINGS.sources, SETTINGS.zones)
        resolver = Resolver(rules)
        self.resolved: Counter[Ref] = Counter()

        def resolve(view: RouteView, views):
            self.resolved[view.ref] += 1
            return resolver.resolve(view, views)

        self.routes = routes
        self.engine = Engine(SETTINGS, Gate(Projection(rules)), resolve, kinds_of(SETTINGS), Random(0), 0.0)
        self.strict = StrictRoute53(zone_limit=20_000)
        self.zone = self.strict.create_zone("example.com")
        self.simulation = Simulation(self.strict)
        self.facts: list[Fact] = []
        self.now = 0.0
        objects: list[View] = [gateway(["192.0.2.1"]), namespace("team"), *(a_route(place) for place in range(routes))]
        for view in objects:
            self.tell(view)
        for kind in kinds_of(SETTINGS):
            self.facts += self.engine.observe(Listed(kind, frozenset(view.ref for view in objects if view.ref.kind == kind)), self.now)
        self.rest()

    def tell(self, view: View) -> None:
        self.facts += self.engine.observe(Upserted(view, "1"), self.now)

    def take(self) -> list[Job]:
        jobs = self.engine.take(self.now)
        self.facts += self.engine.facts()
        return jobs

    def answer(self, job: Job) -> None:
        outcome: Outcome = self.simulation.carry_out(job.call, self.now)[0]
        self.facts += self.engine.settle(job, outcome, self.now)

    def rest(self) -> None:
        """Let everything that is under way come to its end."""
        while (wake := self.engine.busy_until()) is not None and wake < self.now + 60:
            self.now = max(self.now, wake)
            for job in self.take():
                self.answer(job)

    def answers(self) -> Counter[str]:
        """Return how many names have each address."""
        return Counter(record["ResourceRecords"][0]["Value"] for record in self.strict.records(self.zone) if record["Type"] == "A")


def a_route(place: int, **changes: object) -> RouteView:
    return route(f"r{place:05}", [f"r{place}.example.com"], **changes)  # type: ignore[arg-type]


def begun(routes: int) -> Bench:
    bench = Bench(routes)
    bench.resolved.clear()
    bench.facts.clear()
    return bench


@pytest.fixture
def bench() -> Bench:
    return begun(700)


def test_every_take_resolves_one_slice_of_five_thousand_routes_and_writes_nothing_while_a_contributor_is_queued():
    bench = begun(5000)
    bench.tell(gateway(["192.0.2.2"]))
    assert not bench.resolved
    takes = 0
    while sum(bench.resolved.values()) < bench.routes:
        before = sum(bench.resolved.values())
        assert bench.engine.wake_at() == bench.now
        jobs = bench.take()
        assert 0 < sum(bench.resolved.values()) - before <= SLICE
        assert not jobs
        takes += 1
    assert takes == -(-bench.routes // SLICE)
    assert set(bench.resolved.values()) == {1}
    assert Absorbed(PUBLIC, bench.routes, bench.routes) in bench.facts
    bench.rest()
    assert bench.answers() == {"192.0.2.2": bench.routes}


def test_a_name_with_a_queued_contributor_is_not_written_although_it_is_due():
    # The two share a name, and a slice holds the first of them alone.
    bench = Bench(SLICE * 2)
    bench.tell(route("r00000b", ["r0.example.com"]))
    bench.rest()
    bench.tell(gateway(["192.0.2.2"]))
    bench.take()
    first = [name for name, count in bench.resolved.items() if count > 1]
    assert len(first) == SLICE
    bench.now += 10
    bench.tell(a_route(0, annotations={"ttl": "60"}))
    bench.now += 10
    shared = {"r0.example.com"}
    for _ in range(2):
        jobs = bench.take()
        queued = bench.engine.wake_at() == bench.now
        for job in jobs:
            assert isinstance(job.call, Write)
            names = {change.after.name for change in job.call.changes}
            assert not queued or not names & shared
            bench.answer(job)
    bench.rest()
    assert bench.answers() == {"192.0.2.2": bench.routes}


def test_a_later_event_on_the_same_object_supersedes_what_is_left(bench):
    bench.tell(gateway(["192.0.2.2"]))
    for _ in range(10):
        bench.take()
    bench.tell(gateway(["192.0.2.3"]))
    bench.rest()
    assert sum(bench.resolved.values()) == bench.routes + 10 * SLICE
    assert bench.answers() == {"192.0.2.3": bench.routes}
    assert [fact for fact in bench.facts if isinstance(fact, Absorbed)] == [Absorbed(PUBLIC, bench.routes, bench.routes)]


def test_a_change_back_within_the_fan_out_costs_no_write(bench):
    writes = bench.strict.calls["ChangeResourceRecordSets"]
    bench.tell(gateway(["192.0.2.2"]))
    for _ in range(3):
        bench.take()
    bench.tell(gateway(["192.0.2.1"]))
    bench.rest()
    assert bench.strict.calls["ChangeResourceRecordSets"] == writes
    assert bench.answers() == {"192.0.2.1": bench.routes}


def test_a_small_change_made_meanwhile_leaves_in_the_next_batch(bench):
    bench.tell(gateway(["192.0.2.2"]))
    while sum(bench.resolved.values()) < bench.routes:
        bench.take()
    bench.now += 1.0
    (first,) = bench.take()
    assert len(first.call.changes) < bench.routes
    bench.tell(route("new", ["new.example.com"]))
    bench.now += 0.3
    assert bench.take() == []
    bench.answer(first)
    (second,) = bench.take()
    assert "new.example.com" in {change.after.name for change in second.call.changes}
    bench.answer(second)
    bench.rest()
    assert bench.answers() == {"192.0.2.2": bench.routes + 1}


def test_a_hundred_of_what_is_too_old_go_before_a_small_change_and_the_rest_after_it(bench):
    bench.tell(gateway(["192.0.2.2"]))
    while sum(bench.resolved.values()) < bench.routes:
        bench.take()
    bench.now += 5.0
    (first,) = bench.take()
    bench.tell(route("new", ["new.example.com"]))
    bench.now += 0.3
    bench.answer(first)
    (second,) = bench.take()
    names = [change.after.name for change in second.call.changes if change.after.type == "A"]
    assert names.index("new.example.com") == AGED_FIRST


def test_a_small_change_goes_before_the_rest_of_a_fan_out_that_is_still_being_resolved(bench):
    bench.tell(gateway(["192.0.2.2"]))
    bench.take()
    bench.tell(route("new", ["new.example.com"]))
    bench.now += 3.0
    names: list[str] = []
    while not names:
        for job in bench.take():
            names = [change.after.name for change in job.call.changes]
    assert names[0] == "new.example.com"


def test_a_route_deleted_while_it_is_queued_is_not_resolved(bench):
    bench.tell(gateway(["192.0.2.2"]))
    gone = a_route(bench.routes - 1).ref
    bench.facts += bench.engine.observe(Deleted(gone), bench.now)
    bench.rest()
    assert gone not in bench.resolved


def test_a_route_that_was_resolved_by_its_own_event_is_not_resolved_again(bench):
    bench.tell(gateway(["192.0.2.2"]))
    last = a_route(bench.routes - 1, annotations={"ttl": "60"})
    bench.tell(last)
    bench.rest()
    assert bench.resolved[last.ref] == 1


def test_few_dependents_are_resolved_within_the_event():
    bench = Bench(5)
    bench.resolved.clear()
    bench.tell(gateway(["192.0.2.2"]))
    assert sum(bench.resolved.values()) == 5


def test_a_change_that_nobody_reads_is_stopped(bench):
    bench.tell(gateway(["192.0.2.2"], name="unread"))
    assert bench.facts == [Stopped(Ref("Gateway", "edge", "unread"), Stop.SAME_WISH)]
    assert not bench.resolved


def test_two_fan_outs_are_worked_off_one_after_the_other(bench):
    bench.tell(gateway(["192.0.2.2"]))
    bench.tell(namespace("team", {"label": "x"}))
    bench.rest()
    assert set(bench.resolved.values()) == {1}
    assert bench.answers() == {"192.0.2.2": bench.routes}


def test_work_per_event_does_not_grow_with_the_number_of_objects(bench):
    bench.tell(a_route(7, annotations={"ttl": "60"}))
    bench.rest()
    assert dict(bench.resolved) == {a_route(7).ref: 1}


def test_the_initial_resolution_is_worked_off_in_slices_and_nothing_is_written_before_its_end():
    engine = build_engine(SETTINGS, Random(0), 0.0)
    strict = StrictRoute53()
    strict.create_zone("example.com")
    simulation = Simulation(strict)
    views = [gateway(["192.0.2.1"]), namespace("team"), *(a_route(place) for place in range(SLICE * 3))]
    for view in views:
        engine.observe(Upserted(view, "1"), 0.0)
    for kind in kinds_of(SETTINGS):
        engine.observe(Listed(kind, frozenset(view.ref for view in views if view.ref.kind == kind)), 0.0)
    calls = []
    for _ in range(3):
        for job in engine.take(0.0):
            calls.append(type(job.call))
            engine.settle(job, simulation.carry_out(job.call, 0.0)[0], 0.0)
    assert Write not in calls
    assert ListRecords in calls
