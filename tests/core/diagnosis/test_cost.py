"""The cost is external-dns's own arithmetic, over the loops that it would have made."""

import pytest

from dnsguard.core.diagnosis.cost import Load, Needs, affordable, cost, most_writes, needs
from dnsguard.core.diagnosis.loops import Loops
from dnsguard.core.inventory import Inventory
from dnsguard.core.resolve.gateway_api import resolve
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.lab.objects import gateway, route
from dnsguard.model.objects import Ref
from dnsguard.model.settings import BudgetSettings, Ownership, Settings, ZoneEntry

HOUR = 3600.0
REF = Ref("Gateway", "edge", "public")
A, B = gateway(["203.0.113.10"]), gateway(["203.0.113.20"])


def settings(*domains):
    return Settings(zones=tuple(ZoneEntry(domains=(domain,)) for domain in domains), ownership=Ownership(owner="lab"), policy="sync")


ONE_ZONE = settings("example.com")


def loops(*events, eager=True, end=HOUR):
    """Run (seconds, before, after), or seconds alone for what changes nothing."""
    found = Loops(eager=eager)
    for event in events:
        at, *change = event if isinstance(event, tuple) else (event,)
        found.event(at)
        if change:
            found.change(REF, *change)
    found.end(end)
    return found


def bills(found, wanted, config=ONE_ZONE, *, seconds=HOUR, writes=0, at_most=False):
    load = Load(seconds, found, loops(eager=False, end=seconds), loops(end=seconds), writes, at_most)
    return {bill.program: bill for bill in cost(load, wanted, config).bills}


@pytest.mark.parametrize(
    ("events", "eager", "count"),
    [
        ([], True, 60),
        ([], False, 60),
        ([float(second) for second in range(3600)], True, 720),
        ([float(second) for second in range(3600)], False, 60),
        ([100.0, 101.0, 102.0], True, 60.25),
    ],
    ids=["quiet", "quiet, patient", "churn", "churn, patient", "three events"],
)
def test_loops_come_once_a_minute_and_at_most_every_five_seconds(events, eager, count):
    assert loops(*events, eager=eager).count == pytest.approx(count, rel=0.01)


def test_a_loop_sees_what_stands_at_its_moment():
    assert loops((1.0, A, B), end=60.0).changed == 1
    assert loops((1.0, A, B), (30.0, B, A), end=60.0).changed == 2
    assert loops((1.0, A, B), (2.0, B, A), end=60.0).changed == 0.5
    assert loops(1.0, 2.0, end=60.0).changed == 0


def test_a_stream_that_is_shorter_than_a_loop_counts_its_part():
    assert loops(end=15.0).count == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("sets", "zones", "calls"),
    [((400,), 1, 4), ((4000,), 1, 16), ((0,), 1, 3), ((400,) * 10, 10, 22), ((4000, 4000, 4000, 4000, 4000), 5, 72)],
)
def test_an_untuned_loop_lists_the_zones_twice_and_every_record(sets, zones, calls):
    config = settings(*(f"z{number}.example.com" for number in range(zones)))
    found = bills(loops(*(float(second) for second in range(3600))), Needs(1, sets), config)["external-dns with --events"]
    assert found.reads == pytest.approx(720 * calls, rel=0.01)
    assert found.writes == 0


def test_tuned_it_reads_nothing_while_its_caches_last():
    churn = loops(*(float(second) for second in range(3600)))
    assert bills(churn, Needs(1, (2000,)))["external-dns with --events, tuned"].reads == pytest.approx(6 * 7 + 1, rel=0.01)


def test_tuned_a_change_costs_one_full_listing():
    changes = loops(*((600.0 * number, (A, B)[number % 2], (B, A)[number % 2]) for number in range(6)))
    tuned = bills(changes, Needs(1, (2000,)))["external-dns with --events, tuned"]
    assert tuned.reads == pytest.approx((6 + 6) * 7 + 1, rel=0.01)
    assert tuned.writes == pytest.approx(6)


def test_the_cost_of_the_recorded_duo_is_what_was_measured():
    # 188 s of churn with 9 loops that change something: 72 + 63 reads untuned, 20 tuned (docs/guides/comparison.md).
    events = [(20.0 * number, (A, B)[number % 2], (B, A)[number % 2]) if number else 0.5 for number in range(10)]
    churn = sorted([*(float(second) for second in range(188)), *events], key=lambda event: event[0] if isinstance(event, tuple) else event)
    found = bills(loops(*churn, end=188.0), Needs(200, (400,)), seconds=188.0)
    spent = found["external-dns with --events"].reads * 188 / HOUR
    assert 135 * 0.9 < spent < 135 * 1.2
    assert found["external-dns with --events, tuned"].reads * 188 / HOUR == pytest.approx(20, abs=2)


def test_noise_is_what_an_undisturbed_one_would_not_spend():
    seconds = [float(second) for second in range(3600)]
    load = Load(HOUR, loops(*seconds), loops(eager=False), loops(), 0, at_most=False)
    found = cost(load, Needs(1, (400,)), ONE_ZONE)
    assert found.noise == pytest.approx((720 - 60) * 4, rel=0.01)
    assert "its writes are those that the engine made of this stream" in found.assumptions


def test_a_bound_is_said_to_be_one():
    found = cost(Load(60.0, loops(end=60.0), loops(end=60.0), loops(end=60.0), 7, at_most=True), Needs(1, (2,)), ONE_ZONE)
    assert (found.bills[-1].program, found.bills[-1].writes, found.bills[-1].at_most) == ("dnsguard", 420.0, True)
    assert any("bounded" in assumption for assumption in found.assumptions)


@pytest.mark.parametrize(
    ("targets", "sets"),
    [
        (["203.0.113.10"], 2),
        (["203.0.113.10", "2001:db8::1"], 4),
        (["lb.example.net"], 2),
        (["web-1.eu-west-1.elb.amazonaws.com"], 4),
        ([], 0),
    ],
    ids=["address", "both families", "name", "AWS load balancer", "nothing"],
)
def test_a_name_needs_two_or_four_record_sets(targets, sets):
    inventory = Inventory(None)
    view, parent = route("a", ["a.example.com", "b.example.com"]), gateway(targets)
    rules = compile_rules(ONE_ZONE.sources, ONE_ZONE.zones)
    inventory.absorb(view.ref, view.created, resolve(view, {parent.ref: parent}, rules), 0.0)
    assert needs(inventory, ONE_ZONE, 0.0) == Needs(2, (2 * sets,))
    assert needs(inventory, settings("elsewhere.org"), 0.0) == Needs(0, (0,), outside=2)
    assert needs(inventory, Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="lab"), policy="sync"), 0.0).sets == (2 * sets,)
    assert needs(inventory, settings("example.com", "b.example.com"), 0.0) == Needs(2, (sets, sets))


def test_writes_are_bounded_by_names_and_by_the_budget():
    assert [most_writes(names, ended=ended) for names, ended in ((0, True), (1, False), (1, True), (1000, False), (1001, True))] == [
        0,
        1,
        2,
        8,
        18,
    ]
    assert affordable(BudgetSettings(), 60.0) == 153
    assert affordable(BudgetSettings(profile="cbt-10", share=1.0), 10.0) == 150
