"""What a hostile or unlucky cluster, zone or stream could do to the engine, and does not."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.app import kinds_of
from dnsguard.core.desk import Desk
from dnsguard.core.dispute import Disputes
from dnsguard.core.drafting import Drafting
from dnsguard.core.gate import Gate
from dnsguard.core.intake import Intake
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.names import canonical
from dnsguard.core.plan import Plan
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.annotations import ttl_of
from dnsguard.core.resolve.gateway_api import FEW, Resolver
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.spread import Touched
from dnsguard.lab.objects import EDGE, UNBOUND, gateway, namespace, route
from dnsguard.lab.strict import ServerError
from dnsguard.lab.world import World
from dnsguard.model.changes import Write
from dnsguard.model.events import Deleted, Listed, Unreadable, Upserted
from dnsguard.model.facts import Reason
from dnsguard.model.objects import ParentRef, Ref, View
from dnsguard.model.settings import Duration, Flap, Guard, Ownership, Settings, ZoneEntry
from dnsguard.route53.escapes import escape, unescape

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
GATEWAY = Ref("Gateway", "edge", "public")
WRITE = "ChangeResourceRecordSets"
OTHER = ParentRef(name="other", namespace="edge")


def ref(name: str) -> Ref:
    return Ref("HTTPRoute", "team", name)


def begun(*views: View, settings: Settings = SETTINGS, sets: tuple[dict[str, Any], ...] = (), seconds: float = 10.0) -> World:
    world = World(settings)
    for record in sets:
        world.change("CREATE", record)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *views)
    world.sync()
    world.run(seconds)
    return world


def a(name: str, value: str = "192.0.2.1") -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value}]}


def ours(name: str, resource: str) -> dict[str, Any]:
    value = f'"heritage=external-dns,external-dns/owner=me,external-dns/resource={resource}"'
    return {"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}]}


def reasons(world: World) -> dict[str, Reason]:
    return {verdict.name.partition(".")[0]: verdict.reason for verdict in world.standing}


# What is claimed is not deleted


def test_what_a_faulty_list_put_in_doubt_is_not_deleted_by_the_next_one_that_is_less_faulty():
    world = begun(*(route(name, [f"{name}.example.com"]) for name in "abcd"))
    world.relist("HTTPRoute", map(ref, "abc"))
    world.relist("HTTPRoute", map(ref, "ab"))
    world.run(1000)
    assert len(world.values()) == 4
    assert reasons(world) == {"a": Reason.DOUBTFUL, "b": Reason.DOUBTFUL}
    world.drop(ref("a"))
    world.relist("HTTPRoute")
    world.run(1000)
    assert (len(world.values()), reasons(world)) == (3, {})


def test_doubt_outlives_a_change_of_the_gateway():
    world = begun(*(route(name, [f"{name}.example.com"]) for name in "abcd"))
    world.relist("HTTPRoute", map(ref, "abc"))
    world.put(gateway(["192.0.2.2"]))
    world.run(10)
    assert reasons(world) == dict.fromkeys("abc", Reason.DOUBTFUL)
    assert all(values == ["192.0.2.2"] for values in world.values().values())


@pytest.mark.parametrize("orphans", ["park", "delete"])
def test_a_gateway_that_was_never_understood_is_proof_of_nothing(orphans):
    world = World(replace(SETTINGS, guard=Guard(orphans=orphans)))
    world.change("CREATE", a("www.example.com"))
    world.change("CREATE", ours("a-www.example.com", "httproute/team/www"))
    world.put(namespace("team"), route("www", ["www.example.com"]))
    world.tell(Unreadable(GATEWAY, "spec.listeners: expected array"))
    world.tell(Listed("Gateway", frozenset({GATEWAY})))
    for kind in ("HTTPRoute", "Namespace"):
        world.relist(kind)
    world.run(1000)
    assert (list(world.values()), reasons(world)) == (["www.example.com A"], {"www": Reason.DOUBTFUL})
    world.put(gateway(["192.0.2.1"]))
    world.run(10)
    assert (list(world.values()), reasons(world), world.strict.calls[WRITE]) == (["www.example.com A"], {}, 2)


@pytest.mark.parametrize("how", ["deleted", "not listed", "understood"])
def test_what_was_left_to_an_object_that_is_not_understood_is_told_anew_when_that_ends(how):
    world = World(SETTINGS)
    world.change("CREATE", a("www.example.com"))
    world.change("CREATE", ours("a-www.example.com", "httproute/team/www"))
    world.put(namespace("team"), gateway(["192.0.2.1"]))
    world.tell(Unreadable(ref("www"), "it is odd"))
    world.tell(Listed("HTTPRoute", frozenset({ref("www")})))
    for kind in ("Gateway", "Namespace"):
        world.relist(kind)
    world.run(10)
    assert reasons(world) == {"www": Reason.DOUBTFUL}
    match how:
        case "deleted":
            world.tell(Deleted(ref("www")))
        case "not listed":
            world.relist("HTTPRoute")
        case _:
            world.put(route("www", []))
    world.run(10)
    assert reasons(world) == {"www": Reason.ORPHAN}


def test_the_title_of_a_name_that_is_delegated_is_left_to_the_zone_below():
    delegation = {"Name": "sub.example.com", "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns.example.net"}]}
    world = begun(sets=(delegation, ours("a-sub.example.com", "httproute/team/sub")), seconds=1000)
    assert [record["Name"] for record in world.records()] == ["a-sub.example.com.", "sub.example.com."]


@pytest.mark.parametrize("wish", ["gone", "another value"])
def test_what_is_ours_by_a_txt_of_an_old_form_is_left_when_somebody_took_that_over_unseen(wish):
    world = begun(route("www", ["www.example.com"]), sets=(a("www.example.com"), ours("www.example.com", "httproute/team/www")))
    taken = ours("www.example.com", "httproute/team/www")
    taken["ResourceRecords"] = [{"Value": taken["ResourceRecords"][0]["Value"].replace("owner=me", "owner=other")}]
    if wish == "gone":
        world.drop(ref("www"))
        world.run(10)
    world.change("UPSERT", taken)
    if wish != "gone":
        world.put(gateway(["192.0.2.2"]))
    world.run(1000)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}
    assert taken in [{key: record[key] for key in taken} | {"Name": "www.example.com"} for record in world.records()]


# Nobody is forgotten


@pytest.mark.parametrize("first", ["a", "cname"])
def test_a_group_that_another_was_in_the_way_of_is_published_when_that_goes(first):
    address, host = route("address", ["foo.example.com"]), route("host", ["a-foo.example.com"], parents=(OTHER,))
    early, late = (address, host) if first == "a" else (host, address)
    world = begun(gateway(["lb.example.net"], name="other"), early)
    world.put(late)
    world.run(10)
    assert set(reasons(world).values()) == {Reason.IMPOSSIBLE}
    world.drop(early.ref)
    world.run(1000)
    assert list(world.values()) == [f"{late.spec.hostnames[0]} {'CNAME' if first == 'a' else 'A'}"]
    assert reasons(world) == {}


def test_a_gateway_that_changes_faster_than_its_routes_are_resolved_reaches_all_of_them():
    resolver = Resolver(GatewayRules())
    told: dict[Ref, int] = {}

    def resolve(view, views):
        told[view.ref] = told.get(view.ref, 0) + 1
        return resolver.resolve(view, views)

    intake = Intake(Gate(Projection(GatewayRules())), resolve, Inventory(None), kinds_of(SETTINGS), Disputes(Flap()))
    views = [gateway(["192.0.2.1"]), *(route(f"r{number}", [f"r{number}.example.com"]) for number in range(100))]
    for view in views:
        intake.observe(Upserted(view, "1"), 0.0)
    for kind in kinds_of(SETTINGS):
        intake.observe(Listed(kind, frozenset(view.ref for view in views if view.ref.kind == kind)), 0.0)
    intake.work(1000)
    told.clear()
    for number in range(20):
        intake.observe(Upserted(gateway([f"192.0.2.{number + 2}"]), "1"), 1.0)
        intake.work(10)
    assert set(told.values()) == {2}


def test_a_zone_is_planned_while_routes_are_still_being_resolved():
    world = begun(*(route(f"r{number}", [f"r{number}.example.com"]) for number in range(200)), seconds=60)
    lane = next(iter(world.engine._survey.lanes.values()))
    lane.unplanned.add(["r1.example.com"])
    world.put(gateway(["192.0.2.2"]))
    world.engine.take(world.now)
    assert not lane.unplanned


def test_an_edit_met_once_is_not_held_against_a_later_edit():
    world = begun(route("www", ["www.example.com"]))
    world.change("UPSERT", a("www.example.com", "198.51.100.1"))
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    assert reasons(world) == {"www": Reason.EDITED}
    world.put(gateway(["192.0.2.3"]))
    world.run(20)
    (lane,) = world.engine._survey.lanes.values()
    assert (world.values(), reasons(world), lane.fought) == ({"www.example.com A": ["192.0.2.3"]}, {}, {})


# Nothing grows for ever


def test_what_came_and_went_leaves_nothing_behind():
    world = begun(settings=replace(SETTINGS, guard=Guard(deletes=UNBOUND)))
    for number in range(20):
        world.put(route("preview", [f"p{number}.example.com", f"p{number}.example.net"]))
        world.run(5)
        world.drop(ref("preview"))
        world.run(5)
    world.run(1000)
    assert (world.values(), world.standing) == ({}, {})
    inventory, desk = world.engine._inventory, world.engine._desk
    (lane,) = world.engine._survey.lanes.values()
    alarms, breaker = desk._alarms, lane.breaker
    left = (inventory._ended, inventory._enders, alarms._heap, alarms._armed, desk._homeless, lane.states, lane.graces, lane.fought)
    assert not any((breaker._waiting, breaker._approved, breaker._owned))
    assert not any(left)


def test_proof_is_kept_until_the_record_is_gone():
    world = begun(route("www", ["www.example.com"]))
    world.strict.faults.inject(ServerError(503), WRITE, count=10**6)
    world.drop(ref("www"))
    world.run(3600)
    assert list(world.values()) == ["www.example.com A"]
    world.strict.faults.clear()
    world.run(600)
    assert (world.values(), world.standing) == ({}, {})


def test_a_status_that_flaps_under_a_long_hold_sets_one_alarm_per_group():
    guard = Guard(status_loss=Duration(36000), deletes=UNBOUND)
    world = begun(*(route(name, [f"{name}.example.com"]) for name in "abc"), settings=replace(SETTINGS, guard=guard))
    for number in range(50):
        world.put(gateway(["192.0.2.1"] if number % 2 else []))
        world.run(1)
    assert len(world.engine._desk._alarms._heap) == 3
    world.put(gateway([]))
    world.run(36000 + 299)
    assert len(world.values()) == 3
    world.run(10)
    assert world.values() == {}


def test_what_changes_while_no_zone_can_be_found_is_remembered_once_a_name():
    world = World(SETTINGS)
    world.strict.faults.inject(ServerError(503), count=10**6)
    world.put(gateway(["192.0.2.1"]), namespace("team"))
    world.sync()
    for number in range(50):
        world.put(route("www", [f"www{number % 2}.example.com"]))
        world.run(1)
    assert len(world.engine._desk._early) == 2
    world.strict.faults.clear()
    world.run(600)
    assert list(world.values()) == ["www1.example.com A"]


def test_gateways_that_came_and_went_are_not_remembered():
    resolver = Resolver(GatewayRules())
    for number in range(10 * FEW):
        public = gateway(["192.0.2.1"], name=f"g{number}")
        asking = route("www", ["www.example.com"], parents=(ParentRef(name=f"g{number}", namespace="edge"),))
        assert resolver.resolve(asking, {public.ref: public}).contributions
    assert len(resolver._parents) <= FEW


# Nothing takes for ever


def test_a_ttl_of_a_quarter_million_digits_is_refused_at_once():
    assert ttl_of("1" * 250_000 + "x") is None


class Counting(Drafting):
    """Counts the plans it draws."""

    drawn = 0

    def plan(self, lane: Lane, others: Mapping[str, Lane], name: str, now: float) -> Plan:
        self.drawn += 1
        return super().plan(lane, others, name, now)


def test_a_name_that_many_routes_ask_for_is_planned_once_for_what_touches_it_together():
    world = begun(route("www", ["www.example.com"]))
    survey, inventory = world.engine._survey, world.engine._inventory
    drafting = Counting(SETTINGS, inventory, survey.zones, lambda *_: False)
    desk = Desk(SETTINGS, survey, inventory, drafting, Random(0), dry=False)
    world.put(gateway(["192.0.2.2"]))
    desk.touch([Touched(world.now, f"route {number}", {"www.example.com": True}, 300) for number in range(300)], world.now)
    assert drafting.drawn == 1


# Odd names


@pytest.mark.parametrize(
    "odd", [r"x\y.example.net", r"x\134y.example.net", r"x\056y.example.net", 'q"q.example.net', r"a\057b.example.net"]
)
def test_an_odd_target_has_the_canonical_form_in_which_route53_shows_it(odd):
    assert unescape(escape(canonical(odd))) == canonical(odd)
    world = begun(gateway([], name="other", annotations={"target": odd}), route("odd", ["odd.example.com"], parents=(OTHER,)))
    assert len(world.values()) == 1
    before = world.strict.calls[WRITE]
    world.restart()
    world.sync()
    world.run(100)
    assert (world.strict.calls[WRITE], world.standing) == (before, {})


def test_foreign_sets_of_every_kind_are_left_alone_whoever_wants_their_names():
    foreign = [
        a(r"a\057b.example.com"),
        a(r"x\056y.example.com"),
        a(r"x\134y.example.com"),
        a("*.example.com"),
        a("noval.example.com"),
        {"Name": "a-noval.example.com", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"heritage=external-dns"'}]},
        {"Name": r"\377.example.com", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": r"t\377.example.net"}]},
        {"Name": "c.example.com", "Type": "CAA", "TTL": 300, "ResourceRecords": [{"Value": '0 issue "ca.example.net"'}]},
        {"Name": "big.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": f'"{n}{"x" * 250}"'} for n in range(50)]},
        {"Name": "esc.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": r'"\377\000\""'}]},
        {**a("w.example.com"), "SetIdentifier": "it's, [one]", "Weight": 1},
        {**a("geo.example.com"), "SetIdentifier": "all", "GeoLocation": {"CountryCode": "*"}},
        {**a("cidr.example.com"), "SetIdentifier": "all", "CidrRoutingConfig": {"CollectionId": "c" * 36, "LocationName": "*"}},
    ]
    names = ["*.example.com", *(f"{name}.example.com" for name in ("noval", "c", "big", "esc", "w", "geo", "cidr"))]
    weighted = {"set-identifier": "it's, [one]", "aws-weight": "5"}
    world = World(SETTINGS)
    for record in foreign:
        world.change("CREATE", record)
    before = world.records()
    world.put(gateway(["192.0.2.7"]), namespace("team"))
    world.put(*(route(f"r{number}", [name]) for number, name in enumerate(names)))
    world.put(*(route(f"s{number}", [name], annotations=weighted) for number, name in enumerate(names)))
    world.sync()
    world.run(3600)
    assert all(record in world.records() for record in before)
    world.drop(*[each for each in world.objects if each.kind == "HTTPRoute"])
    world.run(3600)
    assert world.records() == before
    deletions = [job for _, job in world.jobs if isinstance(job.call, Write)]
    assert len(deletions) < 40


def test_a_zone_with_nine_thousand_foreign_sets_is_read_and_told_of_in_small_steps():
    world = World(SETTINGS)
    zone = world.zones["example.com"]
    for first in range(0, 9000, 1000):
        changes = [{"Action": "CREATE", "ResourceRecordSet": a(f"n{number}.example.com")} for number in range(first, first + 1000)]
        world.strict.call(WRITE, {"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}, 0.0)
    world.put(gateway(["192.0.2.9"]), namespace("team"), route("www", ["www.example.com", "n5.example.com"], parents=(EDGE,)))
    world.sync()
    world.run(120)
    assert (len(world.values()), reasons(world), world.strict.calls[WRITE]) == (9001, {"n5": Reason.FOREIGN}, 10)
    (lane,) = world.engine._survey.lanes.values()
    assert len(lane.states) == 1


def test_what_came_into_doubt_before_it_was_resolved_is_told():
    routes = [route(f"r{number}", [f"r{number}.example.com"]) for number in range(5)]
    world = World(SETTINGS)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *routes)
    world.sync()
    world.run(5)
    world.restart()
    world.sync()
    world.relist("HTTPRoute", [view.ref for view in routes[:3]])
    world.run(1000)
    assert len(world.values()) == 5
    assert {(verdict.name, verdict.reason) for verdict in world.standing} == {
        (f"r{number}.example.com", Reason.DOUBTFUL) for number in range(3)
    }
