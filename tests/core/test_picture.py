"""The status says what stands, since when, and what waits longest; looking changes nothing."""

from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.core.breaker import checksum_of
from dnsguard.core.picture import FIRST, OLDEST
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Busy, Dropped, Policies, Throttle
from dnsguard.lab.world import START, World
from dnsguard.model.events import SourceLost, Unreadable
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Debounce, Duration, Flap, Guard, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
WRITE = "ChangeResourceRecordSets"
PUBLIC = Ref("Gateway", "edge", "public")


def ref(name: str) -> Ref:
    return Ref("HTTPRoute", "team", name)


def begun(count: int = 3, settings: Settings = SETTINGS, zones: tuple[str, ...] = ("example.com",)) -> World:
    world = World(settings, zones)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{n}", [f"n{n}.example.com"]) for n in range(count)))
    world.sync()
    world.run(10)
    return world


def status(world: World) -> Any:
    return world.engine.status(world.now)


def zone(world: World) -> Any:
    (only,) = status(world).zones
    return only


def reasons(world: World) -> dict[Reason, int]:
    return {each.reason: each.count for each in status(world).verdicts}


def test_before_anything_is_known_nothing_is_said_to_be():
    world = World(SETTINGS)
    found = status(world)
    assert (found.ready, found.zones, found.verdicts, found.levels.due) == (False, (), (), None)
    assert [(source.kind, source.listed, source.objects) for source in found.sources] == [
        ("HTTPRoute", False, 0),
        ("Gateway", False, 0),
        ("Namespace", False, 0),
    ]


def test_a_quiet_service_says_what_it_holds():
    found = status(begun())
    assert (found.mode, found.policy, found.owner, found.ready) == ("controller", "sync", "me", True)
    assert [(source.kind, source.objects) for source in found.sources] == [("HTTPRoute", 3), ("Gateway", 1), ("Namespace", 1)]
    (zone,) = found.zones
    assert (zone.name, zone.visibility, zone.read, zone.record_sets, zone.owned_names) == ("example.com", "public", True, 8, 3)
    assert (zone.dirty, zone.due_since, zone.sent_at, zone.in_doubt, zone.backoff_until) == (0, None, None, False, None)
    assert (found.verdicts, found.freezes, found.levels.orphans) == ((), (), 0)
    assert found.levels.read_age == pytest.approx(10, abs=1)


def test_objects_are_counted_as_they_come_and_go():
    world = begun()
    world.drop(ref("n1"))
    world.put(route("n0", ["other.example.com"]), route("new", ["new.example.com"]))
    assert [source.objects for source in status(world).sources] == [3, 1, 1]


def test_a_kind_that_is_lost_is_named_with_why_until_it_is_listed_again():
    world = begun()
    world.tell(SourceLost("Gateway", "403"))
    world.run(5)
    world.tell(SourceLost("Gateway", "404"))
    gateways = status(world).sources[1]
    assert (gateways.listed, gateways.lost_since, gateways.trouble) == (True, world.now - 5, "403")
    world.relist("Gateway")
    assert status(world).sources[1].lost_since is None


def test_what_waits_to_be_sent_is_counted_and_due_since_its_moment():
    settings = replace(SETTINGS, debounce=Debounce(quiet=Duration(1.0), longest=Duration(5.0)))
    world = begun(settings=settings)
    world.strict.faults.inject(Busy(), WRITE)
    touched = world.now
    world.put(gateway(["192.0.2.2"]))
    assert (zone(world).dirty, zone(world).due_since) == (3, None)
    world.run(4)
    found = zone(world)
    assert (found.dirty, found.due_since) == (3, touched + 1)
    assert status(world).levels.due == pytest.approx(3)
    assert found.backoff_until is None or found.backoff_until > world.now
    world.strict.faults.clear()
    world.run(60)
    assert (zone(world).dirty, status(world).levels.due) == (0, None)


def test_a_write_under_way_and_one_in_doubt_are_told_with_their_moment():
    world = begun()
    world.strict.faults.inject(Dropped(), WRITE, count=1)
    world.put(gateway(["192.0.2.2"]))
    world.run(0.21)
    left = zone(world).sent_at
    assert left == pytest.approx(world.now, abs=0.05)
    world.run(5.5)
    assert (zone(world).in_doubt, zone(world).sent_at) == (True, left)
    world.run(10)
    assert (zone(world).in_doubt, zone(world).sent_at) == (False, None)


def test_what_is_kept_apart_while_a_culprit_is_searched_is_due_as_well():
    world = begun(12)
    world.strict.policies = Policies({"Statement": {"Effect": "Allow", "Action": ["route53:List*", "route53:Get*"], "Resource": "*"}})
    touched = world.now
    world.put(gateway(["192.0.2.2"]))
    world.run(120)
    found = zone(world)
    assert 0 < found.searched <= found.dirty <= 12
    assert (found.denied > 0, found.due_since) == (True, pytest.approx(touched, abs=2))
    assert status(world).levels.due == pytest.approx(120, abs=2)
    world.strict.policies = None
    world.run(7200)
    assert (zone(world).searched, zone(world).due_since, zone(world).denied) == (0, None, 0)


def test_a_tripped_breaker_says_how_many_wait_and_for_what_to_approve():
    world = begun(40)
    world.drop(*(ref(f"n{n}") for n in range(20)))
    world.run(1)
    tripped = zone(world).breaker
    names = sorted(f"n{n}.example.com" for n in range(20))
    assert (tripped.names, tripped.limit, tripped.owned, tripped.parked) == (20, 4, 40, 20)
    assert tripped.tripped_since == pytest.approx(world.now - 1, abs=1)
    assert tripped.checksum == checksum_of(names)
    assert len(tripped.first) == FIRST
    assert set(tripped.first) <= set(names)
    (parked,) = world.engine.picture.parked(world.now, 100)
    assert (parked.name, parked.names) == ("example.com", tuple(names))
    assert world.engine.picture.parked(world.now, 100, "Zother") == ()
    world.run(60)
    assert status(world).levels.parked == pytest.approx(60, abs=2)


def test_nothing_is_parked_while_the_breaker_is_calm():
    world = begun(40)
    world.drop(ref("n1"))
    world.run(1)
    calm = zone(world).breaker
    assert (calm.names, calm.tripped_since, calm.parked, calm.checksum, calm.first) == (1, None, 0, "", ())
    assert world.engine.picture.parked(world.now, 100) == ()


def test_verdicts_are_counted_by_reason_and_the_oldest_are_shown():
    world = begun(10)
    for n in range(8):
        world.put(route(f"n{n}", [f"n{n}.example.com"], accepted=False))
        world.run(10)
    (held,) = status(world).verdicts
    assert (held.reason, held.count) == (Reason.HELD, 8)
    assert [verdict.name for verdict in held.oldest] == [f"n{n}.example.com" for n in range(OLDEST)]
    first = held.oldest[0]
    assert (first.zone, first.objects, first.until) == (zone(world).id, ("HTTPRoute team/n0",), None)
    assert (first.since, first.age) == (world.now - 80, pytest.approx(80))
    assert first.way_out.startswith("it moves again")
    assert status(world).levels.held == pytest.approx(80)


def test_verdicts_are_found_by_reason_zone_and_name():
    world = begun(3)
    world.put(route("n0", ["n0.example.com"], accepted=False), route("far", ["www.example.net"]))
    world.run(5)
    pages = world.engine.picture.verdicts
    here = zone(world).id
    assert [verdict.name for verdict in pages(world.now, 9).verdicts] == ["n0.example.com", "www.example.net"]
    assert [verdict.name for verdict in pages(world.now, 9, Reason.NO_ZONE).verdicts] == ["www.example.net"]
    assert [verdict.name for verdict in pages(world.now, 9, None, here).verdicts] == ["n0.example.com"]
    assert [verdict.name for verdict in pages(world.now, 9, None, None, "www.example.net").verdicts] == ["www.example.net"]
    assert pages(world.now, 9, Reason.HELD, None, "www.example.net").total == 0
    assert (pages(world.now, 1).total, len(pages(world.now, 1).verdicts)) == (2, 1)


def test_a_verdict_that_ended_is_not_shown_any_more():
    world = begun(3)
    world.put(route("n0", ["n0.example.com"], accepted=False), route("far", ["www.example.net"]))
    world.run(5)
    world.put(route("n0", ["n0.example.com"]), route("far", ["far.example.com"]))
    world.run(5)
    assert (reasons(world), world.engine.picture.verdicts(world.now, 9).total) == ({}, 0)


def test_what_is_said_of_a_zone_goes_with_it():
    world = begun(3, zones=("example.com", "sub.example.com"))
    world.put(route("sub", ["x.sub.example.com"]))
    world.run(10)
    world.put(route("sub", ["x.sub.example.com"], accepted=False))
    world.run(10)
    assert reasons(world) == {Reason.HELD: 1}
    sub = world.zones["sub.example.com"]
    for record in world.records("sub.example.com"):
        world.change("DELETE", record, "sub.example.com")
    world.strict.call("DeleteHostedZone", {"Id": sub}, world.now)
    world.run(3700)
    assert {verdict.zone for verdict in world.engine.picture.verdicts(world.now, 99).verdicts} <= {world.zones["example.com"]}
    assert len(status(world).zones) == 1


def test_what_the_status_says_is_what_was_told():
    world = begun(12)
    world.put(*(route(f"n{n}", [f"n{n}.example.com"], accepted=False) for n in range(4)), route("far", ["www.example.net"]))
    world.drop(ref("n5"))
    world.change("UPSERT", {"Name": "n6.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.9"}]})
    world.run(2000)
    world.put(*(route(f"n{n}", [f"n{n}.example.com"]) for n in range(2)))
    world.run(20)
    told = {(verdict.zone, verdict.name, verdict.reason, verdict.text) for verdict in world.standing}
    shown = world.engine.picture.verdicts(world.now, 99).verdicts
    assert {(verdict.zone, verdict.name, verdict.reason, verdict.text) for verdict in shown} == told
    assert len(told) >= 4


def test_freezes_contested_and_unreadable_objects_are_listed():
    world = begun(settings=replace(SETTINGS, guard=Guard(flap=Flap(turns=2))))
    for n in range(7):
        world.put(gateway([f"192.0.2.{n % 2 + 1}"]))
        world.run(1)
    world.order(Freeze(pattern="n1.example.com", reason="move", by="ann"))
    world.tell(Unreadable(ref("n2"), "spec.hostnames is a number"))
    found = status(world)
    (contested,) = found.contested
    assert (contested.object, found.contested_total) == ("Gateway edge/public", 1)
    assert {side.value for side in contested.sides} == {("192.0.2.1",), ("192.0.2.2",)}
    assert contested.until > world.now
    assert [(freeze.pattern, freeze.by) for freeze in found.freezes] == [("n1.example.com", "ann")]
    assert (found.unreadable, found.unreadable_total) == ((("HTTPRoute team/n2", "spec.hostnames is a number"),), 1)


def test_objects_that_a_list_lacks_are_counted_as_doubtful():
    world = begun(6)
    world.relist("HTTPRoute", [ref(f"n{n}") for n in range(5)])
    world.run(5)
    assert (status(world).doubtful, reasons(world)) == (5, {Reason.DOUBTFUL: 5})


def test_a_throttle_shows_in_the_budget():
    world = begun()
    (budget,) = status(world).budgets
    assert {bucket.name for bucket in budget.buckets} > {"requests", "changes", WRITE}
    assert (budget.account, budget.throttles, budget.throttled_at) == ("", 0, None)
    assert all(bucket.factor == 1 and bucket.tokens <= bucket.burst for bucket in budget.buckets)
    world.strict.faults.inject(Throttle(), WRITE, count=1)
    world.put(gateway(["192.0.2.2"]))
    world.run(1)
    (budget,) = status(world).budgets
    assert (budget.throttles, START < budget.throttled_at <= world.now) == (1, True)
    assert min(bucket.factor for bucket in budget.buckets) < 1


def history(*, look: bool) -> tuple[list[Any], list[Any]]:
    world = begun(30, zones=("example.com", "sub.example.com"))
    faults = [Throttle(), Busy(), Dropped()]
    for n in range(60):
        if n % 7 == 0:
            world.strict.faults.inject(faults[n % 3], WRITE, count=1)
        world.put(gateway([f"192.0.2.{n % 5 + 1}"]), route(f"n{n % 9}", [f"m{n % 4}.example.com"], accepted=n % 3 > 0))
        if n % 11 == 0:
            world.drop(*(ref(f"n{m}") for m in range(n, n + 4)))
        for _ in range(5):
            world.run(1.7)
            if look:
                world.engine.status(world.now)
                world.engine.picture.verdicts(world.now, 10)
                world.engine.picture.parked(world.now, 10)
    return world.jobs, world.facts


def test_looking_changes_nothing():
    assert history(look=True) == history(look=False)
