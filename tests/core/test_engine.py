"""The engine from end to end under virtual time: a cluster, a zone, and what is sent between them."""

from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.lab.objects import EDGE, gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Busy, Dropped, Throttle
from dnsguard.lab.world import World
from dnsguard.model.changes import Call, ListRecords, Outcome, Refusal, Refused, Why, Write
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable
from dnsguard.model.facts import (
    Absorbed,
    Alert,
    Cleared,
    Misunderstood,
    Reason,
    SourceFailed,
    SourceListed,
    Stopped,
    Synced,
    Withheld,
    ZoneRead,
)
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.objects import Ref, View
from dnsguard.model.settings import (
    Drift,
    Duration,
    GatewaySource,
    Guard,
    Ownership,
    Records,
    Settings,
    Sources,
    ZoneEntry,
)

WRITE = "ChangeResourceRecordSets"
SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
CLUSTER = (gateway(["192.0.2.1"]), namespace("team"), route("www", ["www.example.com"]))
WWW = Ref("HTTPRoute", "team", "www")
GATEWAY = Ref("Gateway", "edge", "public")
GRACE = 300.0


def begun(*more: View, settings: Settings = SETTINGS, zones: tuple[str, ...] = ("example.com",), seconds: float = 5.0) -> World:
    world = World(settings, zones)
    world.put(*CLUSTER, *more)
    world.sync()
    world.run(seconds)
    return world


def reasons(world: World) -> set[Reason]:
    return {verdict.reason for verdict in world.standing}


def writes(world: World) -> int:
    return world.strict.calls[WRITE]


def a(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value}], **more}


def text(name: str, owner: str = "me", resource: str = "httproute/team/gone") -> dict[str, Any]:
    value = f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}"'
    return {"Name": name, "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}]}


def actions(world: World) -> list[tuple[str, str]]:
    """Return what the last write changed, by class and type."""
    last = [job.call for _, job in world.jobs if isinstance(job.call, Write)][-1]
    return [(type(change).__name__, (change.before.value if hasattr(change, "before") else change.after).type) for change in last.changes]


# Beginning


def test_a_cluster_is_published_in_one_write_with_its_ownership():
    world = begun()
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}
    assert [record["Name"] for record in world.records()] == ["a-www.example.com.", "www.example.com."]
    assert writes(world) == 1
    assert world.engine.idle()
    assert not world.engine.failing()


def test_nothing_is_written_before_every_kind_was_listed():
    world = World(SETTINGS)
    world.put(*CLUSTER)
    for kind in ("HTTPRoute", "Gateway"):
        world.relist(kind)
    world.run(100)
    assert (writes(world), world.engine.idle()) == (0, False)
    world.relist("Namespace")
    world.run(5)
    assert writes(world) == 1


def test_a_source_that_fails_is_proof_of_nothing():
    world = World(SETTINGS)
    world.put(*CLUSTER)
    world.relist("Gateway")
    world.relist("Namespace")
    world.tell(SourceLost("HTTPRoute", "403"))
    world.run(1000)
    assert writes(world) == 0
    assert any(isinstance(fact, SourceFailed) for _, fact in world.facts)


def test_a_source_that_is_lost_later_deletes_nothing():
    world = begun()
    world.tell(SourceLost("HTTPRoute", "404"))
    world.run(1000)
    assert writes(world) == 1


def test_what_was_there_before_is_read_and_costs_nothing():
    world = begun()
    world.restart()
    world.sync()
    world.run(5)
    assert writes(world) == 1
    read = [fact for _, fact in world.facts if isinstance(fact, ZoneRead)]
    assert (read[-1].ours, read[-1].others) == (2, ())


def test_the_reading_of_a_zone_tells_the_other_owners():
    world = World(SETTINGS)
    world.change("CREATE", text("a-x.example.com", owner="them"))
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    assert [fact.others for _, fact in world.facts if isinstance(fact, ZoneRead)] == [(("them", 1),)]


def test_facts_tell_the_listings():
    world = begun()
    facts = [fact for _, fact in world.facts]
    assert SourceListed("HTTPRoute", 1) in facts
    assert any(isinstance(fact, Synced) and fact.objects == 3 for fact in facts)


# Events that say nothing


def test_a_frame_that_says_nothing_new_stops_at_the_gate():
    world = begun()
    world.facts.clear()
    world.put(CLUSTER[2], replace(CLUSTER[2], uid="another"))
    assert [fact for _, fact in world.facts] == [Stopped(WWW, Stop.SAME_VIEW)] * 2


def test_a_frame_that_asks_for_the_same_stops_at_the_second_gate():
    world = begun()
    world.facts.clear()
    world.put(route("www", ["www.example.com", "www.example.com"]))
    assert [fact for _, fact in world.facts] == [Stopped(WWW, Stop.SAME_WISH)]
    world.drop(Ref("HTTPRoute", "team", "never-seen"))
    world.put(route("none", []))
    assert not [fact for _, fact in world.facts if isinstance(fact, Absorbed)]


def test_a_delete_of_what_was_never_seen_stops_at_the_gate():
    world = begun()
    world.facts.clear()
    world.tell(Deleted(Ref("HTTPRoute", "team", "never")))
    assert [fact for _, fact in world.facts] == [Stopped(Ref("HTTPRoute", "team", "never"), Stop.SAME_VIEW)]


# Status


def test_another_address_moves_the_record_at_once():
    world = begun()
    world.put(gateway(["192.0.2.2"]))
    world.run(1)
    assert world.values() == {"www.example.com A": ["192.0.2.2"]}
    assert actions(world) == [("Replace", "A"), ("Replace", "TXT")]


@pytest.mark.parametrize("lost", [gateway([]), route("www", ["www.example.com"], accepted=False)])
def test_a_lost_status_is_held_for_ever(lost):
    world = begun()
    world.put(lost)
    world.run(100_000)
    assert (world.values(), reasons(world), writes(world)) == ({"www.example.com A": ["192.0.2.1"]}, {Reason.HELD}, 1)
    world.put(*CLUSTER)
    world.run(5)
    assert (reasons(world), writes(world)) == (set(), 1)


def test_a_hold_with_a_duration_ends_in_a_grace_and_then_in_a_deletion():
    world = begun(settings=replace(SETTINGS, guard=Guard(status_loss=Duration(60))))
    world.put(gateway([]))
    world.run(59)
    assert reasons(world) == {Reason.HELD}
    world.run(2)
    assert reasons(world) == {Reason.GRACE}
    world.run(GRACE - 5)
    assert world.values() != {}
    world.run(10)
    assert (world.values(), world.records(), reasons(world)) == ({}, [], set())


def test_a_hold_that_ended_moves_again_when_the_status_returns():
    world = begun(settings=replace(SETTINGS, guard=Guard(status_loss=Duration(60))))
    world.put(gateway([]))
    world.run(100)
    world.put(gateway(["192.0.2.1"]))
    world.run(1000)
    assert (writes(world), reasons(world)) == (1, set())


def test_a_held_record_goes_when_its_claim_ends():
    world = begun()
    world.put(gateway([]))
    world.run(10)
    world.put(route("www", ["new.example.com"], accepted=False))
    world.run(GRACE + 5)
    assert world.values() == {}


def test_an_ipv6_address_that_left_goes_after_the_grace():
    world = begun()
    world.put(gateway(["192.0.2.1", "2001:db8::1"]))
    world.run(5)
    world.put(gateway(["192.0.2.1"]))
    world.run(GRACE - 10)
    assert set(world.values()) == {"www.example.com A", "www.example.com AAAA"}
    world.run(20)
    assert set(world.values()) == {"www.example.com A"}
    assert actions(world) == [("Delete", "AAAA"), ("Delete", "TXT")]


def test_an_ipv6_address_that_comes_back_within_the_grace_costs_nothing():
    world = begun()
    world.put(gateway(["192.0.2.1", "2001:db8::1"]))
    world.run(5)
    before = writes(world)
    world.put(gateway(["192.0.2.1"]))
    world.run(100)
    world.put(gateway(["192.0.2.1", "2001:db8::1"]))
    world.run(1000)
    assert (writes(world), reasons(world)) == (before, set())


# Specs


@pytest.mark.parametrize("end", ["deleted", "renamed", "parent", "unlisted", "gateway", "parentless"])
def test_a_claim_that_ended_is_proof_and_the_record_goes_after_the_grace(end):
    world = begun(gateway(["192.0.2.9"], name="other"))
    match end:
        case "deleted":
            world.drop(WWW)
        case "renamed":
            world.put(route("www", []))
        case "parent":
            listener = replace(CLUSTER[0].spec.listeners[0], hostname="*.example.net")
            world.put(replace(CLUSTER[0], spec=replace(CLUSTER[0].spec, listeners=(listener,))))
        case "unlisted":
            del world.objects[WWW]
            world.relist("HTTPRoute")
        case "gateway":
            world.drop(GATEWAY)
        case "parentless":
            world.put(route("www", ["www.example.com"], parents=()))
    world.run(GRACE - 1)
    assert world.values() != {}
    assert reasons(world) == {Reason.GRACE}
    world.run(5)
    assert world.records() == []


def test_a_claim_that_is_called_back_within_the_grace_costs_nothing():
    world = begun()
    world.drop(WWW)
    world.run(GRACE - 10)
    world.put(CLUSTER[2])
    world.run(1000)
    assert (world.values(), writes(world), reasons(world)) == ({"www.example.com A": ["192.0.2.1"]}, 1, set())


def test_another_object_that_claims_the_name_calls_the_deletion_back():
    world = begun()
    world.drop(WWW)
    world.run(10)
    world.put(route("else", ["www.example.com"], accepted=False))
    world.run(1000)
    assert (writes(world), reasons(world)) == (1, {Reason.HELD})


def test_a_rename_creates_at_once_and_deletes_after_the_grace():
    world = begun()
    world.put(route("www", ["new.example.com"]))
    world.run(1)
    assert set(world.values()) == {"new.example.com A", "www.example.com A"}
    world.run(GRACE)
    assert set(world.values()) == {"new.example.com A"}


def test_a_change_to_a_cname_goes_in_one_write_without_grace():
    world = begun()
    world.put(gateway(["lb.example.net"]))
    world.run(1)
    assert world.values() == {"www.example.com CNAME": ["lb.example.net"]}
    assert actions(world) == [("Delete", "A"), ("Delete", "TXT"), ("Create", "CNAME"), ("Create", "TXT")]
    world.put(gateway(["192.0.2.1"]))
    world.run(1)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}


def test_a_change_to_an_alias_swaps_the_a_and_adds_the_aaaa():
    world = begun()
    world.put(gateway(["x.us-east-1.elb.amazonaws.com"]))
    world.run(1)
    assert set(world.values()) == {"www.example.com A", "www.example.com AAAA"}
    assert {record["Name"] for record in world.records() if record["Type"] == "TXT"} == {"a-www.example.com.", "aaaa-www.example.com."}


def test_simple_to_weighted_and_back_each_take_one_write_and_no_grace():
    world = begun()
    weighted = {"set-identifier": "blue", "aws-weight": "5"}
    world.put(route("www", ["www.example.com"], annotations=weighted))
    world.run(1)
    assert {record.get("SetIdentifier") for record in world.records()} == {"blue"}
    assert writes(world) == 2
    world.put(CLUSTER[2])
    world.run(1)
    assert {record.get("SetIdentifier") for record in world.records()} == {None}
    assert (writes(world), world.standing) == (3, {})


def test_two_sets_that_change_their_routing_policy_at_once_take_one_write():
    blue, green = {"set-identifier": "blue"}, {"set-identifier": "green"}
    world = begun(*(route(each["set-identifier"], ["x.example.com"], annotations={**each, "aws-weight": "1"}) for each in (blue, green)))
    before = writes(world)
    world.put(route("blue", ["x.example.com"], annotations={**blue, "aws-region": "eu-west-1"}))
    world.put(route("green", ["x.example.com"], annotations={**green, "aws-region": "eu-west-2"}))
    world.run(5)
    assert {record.get("Region") for record in world.records() if record["Name"] == "x.example.com."} == {"eu-west-1", "eu-west-2"}
    assert (writes(world) - before, world.standing) == (1, {})


def test_a_ttl_of_an_annotation_is_written():
    world = begun()
    world.put(route("www", ["www.example.com"], annotations={"ttl": "60"}))
    world.run(1)
    assert {record["TTL"] for record in world.records() if record["Type"] == "A"} == {60}


def test_two_objects_that_want_one_name_are_united():
    world = begun(gateway(["192.0.2.9"], name="other"), route("else", ["www.example.com"], parents=[replace(EDGE, name="other")]))
    assert world.values() == {"www.example.com A": ["192.0.2.1", "192.0.2.9"]}


def test_of_two_ttl_the_older_object_wins_and_the_other_is_named():
    world = begun(route("else", ["www.example.com"], annotations={"ttl": "60"}, created="2030-01-01T00:00:00Z"))
    assert reasons(world) == {Reason.CONFLICT}
    assert {record["TTL"] for record in world.records()} == {300}
    world.put(route("else", ["www.example.com"], annotations={"ttl": "60"}, created="2020-01-01T00:00:00Z"))
    world.run(1)
    assert {record["TTL"] for record in world.records() if record["Type"] == "A"} == {60}


def test_a_wish_that_can_be_no_record_is_named():
    world = begun(route("bad", ["bad.example.com"], annotations={"set-identifier": "x"}))
    assert reasons(world) == {Reason.INVALID}
    assert set(world.values()) == {"www.example.com A"}


# Lists and objects that are not to be trusted


def many() -> tuple[View, ...]:
    return tuple(route(f"r{place}", [f"r{place}.example.com"]) for place in range(5))


def test_a_list_that_lacks_more_than_half_proves_nothing():
    world = begun(*many())
    before = writes(world)
    world.relist("HTTPRoute", [WWW, *(view.ref for view in many()[:3])])
    world.run(10_000)
    assert (writes(world), reasons(world)) == (before, {Reason.DOUBTFUL})
    world.relist("HTTPRoute", [WWW, *(view.ref for view in many()[:3])])
    world.run(1)
    world.put(*many(), CLUSTER[2])
    world.run(1)
    assert (writes(world), reasons(world)) == (before, set())


def test_a_frame_ends_the_doubt_about_an_object():
    world = begun(*many())
    world.relist("HTTPRoute", [WWW, *(view.ref for view in many()[:3])])
    world.drop(WWW)
    world.run(GRACE + 5)
    assert "www.example.com A" not in world.values()
    assert len(world.values()) == 5


def test_a_list_that_lacks_half_or_less_is_proof():
    world = begun(*many())
    world.relist("HTTPRoute", [view.ref for view in many()[:3]])
    world.run(GRACE + 5)
    assert len(world.values()) == 3


def test_an_unreadable_object_stays_in_force():
    world = begun()
    for _ in range(2):
        world.tell(Unreadable(WWW, "spec.hostnames: expected array"))
    world.relist("HTTPRoute")
    world.run(1000)
    assert writes(world) == 1
    told = [fact for _, fact in world.facts if isinstance(fact, Misunderstood)]
    assert told == [Misunderstood(WWW, "spec.hostnames: expected array")]
    world.put(route("www", ["new.example.com"]))
    world.run(GRACE + 5)
    assert set(world.values()) == {"new.example.com A"}


def test_what_an_object_owns_that_is_unreadable_at_the_start_is_doubtful():
    world = begun()
    world.restart()
    view = world.objects.pop(WWW)
    world.tell(Unreadable(WWW, "spec: broken"))
    world.objects[WWW] = view
    world.tell(Listed("HTTPRoute", frozenset({WWW})))
    del world.objects[WWW]
    for kind in ("Gateway", "Namespace"):
        world.relist(kind)
    world.run(1000)
    assert (writes(world), reasons(world)) == (1, {Reason.DOUBTFUL})
    world.tell(Listed("HTTPRoute", frozenset()))
    world.run(1000)
    assert writes(world) == 1


def test_problems_of_an_object_are_said_once():
    world = begun()
    for ttl in ("nonsense", "nonsense", "nonsense"):
        world.put(route("www", ["www.example.com"], annotations={"ttl": ttl}, namespace="team"))
    assert len([fact for _, fact in world.facts if isinstance(fact, Misunderstood)]) == 1


# Orphans, others


@pytest.mark.parametrize(("orphans", "left", "told"), [("park", True, {Reason.ORPHAN}), ("keep", True, set()), ("delete", False, set())])
def test_what_ended_while_nobody_looked_is_an_orphan(orphans, left, told):
    world = begun(settings=replace(SETTINGS, guard=Guard(orphans=orphans)))
    world.restart()
    del world.objects[WWW]
    world.sync()
    world.run(GRACE + 10)
    assert (bool(world.values()), reasons(world)) == (left, told)


def test_records_of_another_source_are_left():
    world = World(SETTINGS)
    world.change("CREATE", a("old.example.com", "192.0.2.1"))
    world.change("CREATE", text("a-old.example.com", resource="ingress/team/old"))
    world.put(*CLUSTER)
    world.sync()
    world.run(1000)
    assert ("old.example.com A" in world.values(), reasons(world)) == (True, {Reason.OTHER_SOURCE})


@pytest.mark.parametrize(
    ("orphans", "left", "told"), [("park", True, {Reason.ORPHAN}), ("keep", True, set()), ("delete", False, {Reason.GRACE})]
)
def test_a_leftover_txt_of_ours_is_an_orphan(orphans, left, told):
    world = begun()
    world.change("CREATE", text("a-old.example.com"))
    world.settings = replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE), orphans=orphans))
    world.restart()
    world.sync()
    world.run(100)
    assert reasons(world) == told
    world.run(GRACE)
    assert ("a-old.example.com." in {record["Name"] for record in world.records()}) == left


@pytest.mark.parametrize(("orphans", "told"), [("park", {Reason.ORPHAN}), ("keep", set()), ("delete", {Reason.ORPHAN})])
def test_leftover_txt_are_told_and_stay_where_more_of_them_than_of_record_sets_are_ours(orphans, told):
    world = World(replace(SETTINGS, guard=Guard(orphans=orphans)))
    world.change("CREATE", text("a-old.example.com"))
    world.put(*CLUSTER)
    world.sync()
    world.run(1000)
    assert "a-old.example.com." in {record["Name"] for record in world.records()}
    assert reasons(world) == told


def test_a_foreign_record_is_said_once_with_its_owner():
    world = World(SETTINGS)
    world.change("CREATE", a("www.example.com", "198.51.100.9"))
    world.change("CREATE", text("a-www.example.com", owner="them"))
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    for address in ("192.0.2.2", "192.0.2.2", "192.0.2.3"):
        world.put(gateway([address]))
        world.run(100)
    told = [fact.verdict for _, fact in world.facts if isinstance(fact, Withheld)]
    assert [verdict.reason for verdict in told] == [Reason.FOREIGN]
    assert "'them'" in told[0].text
    assert not [job for _, job in world.jobs if isinstance(job.call, Write)]


def test_a_foreign_verdict_ends_with_its_cause():
    world = World(SETTINGS)
    world.change("CREATE", a("www.example.com", "198.51.100.9"))
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    world.drop(WWW)
    world.run(1)
    assert world.standing == {}
    assert any(isinstance(fact, Cleared) for _, fact in world.facts)


# Edits by others


def edited(settings: Settings = SETTINGS) -> World:
    world = begun(settings=settings)
    world.change("UPSERT", a("www.example.com", "198.51.100.9"))
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    return world


def test_an_edit_is_noticed_by_the_refusal_and_left():
    world = edited()
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["198.51.100.9"]}, {Reason.EDITED})


def test_an_edit_ends_with_another_wish():
    world = edited()
    world.put(gateway(["192.0.2.3"]))
    world.run(5)
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["192.0.2.3"]}, set())


def test_an_edit_that_ended_is_forgotten():
    world = edited()
    for address in ("192.0.2.3", "192.0.2.4"):
        world.put(gateway([address]))
        world.run(5)
    world.change("UPSERT", a("www.example.com", "198.51.100.9"))
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    assert reasons(world) == {Reason.EDITED}


def test_repair_undoes_an_edit():
    world = edited(replace(SETTINGS, drift=Drift(modified="repair")))
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["192.0.2.2"]}, set())


def test_a_record_that_somebody_deleted_is_created_again_when_it_is_noticed():
    world = begun()
    world.change("DELETE", a("www.example.com", "192.0.2.1"))
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    assert world.values() == {"www.example.com A": ["192.0.2.2"]}


def test_a_name_whose_txt_another_owner_took_is_left():
    world = begun()
    world.change("UPSERT", text("a-www.example.com", owner="them"))
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["192.0.2.1"]}, {Reason.FOREIGN})


# Policies


def test_shadow_writes_nothing_and_says_what_it_would():
    world = begun(settings=replace(SETTINGS, policy="shadow"))
    assert (writes(world), reasons(world)) == (0, {Reason.SHADOW})
    assert "create 2" in next(iter(world.standing)).text
    assert [(zone.name, name, len(units)) for zone, name, units in world.engine.planned()] == [("example.com", "www.example.com", 1)]


def test_upsert_only_overwrites_and_never_deletes():
    world = begun(settings=replace(SETTINGS, policy="upsert-only"))
    world.put(gateway(["192.0.2.2"]))
    world.run(5)
    assert actions(world) == [("Upsert", "A"), ("Upsert", "TXT")]
    world.put(gateway(["lb.example.net"]))
    world.run(5)
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["192.0.2.2"]}, {Reason.POLICY})
    world.put(gateway(["192.0.2.2"]))
    world.drop(WWW)
    world.run(1000)
    assert (world.values(), reasons(world)) == ({"www.example.com A": ["192.0.2.2"]}, {Reason.POLICY})


def test_create_only_creates_and_leaves_the_rest():
    world = begun(settings=replace(SETTINGS, policy="create-only"))
    world.put(gateway(["192.0.2.2"]), route("new", ["new.example.com"]))
    world.run(5)
    assert world.values() == {"www.example.com A": ["192.0.2.1"], "new.example.com A": ["192.0.2.2"]}
    assert reasons(world) == {Reason.POLICY}


def test_writes_upsert_under_sync():
    world = begun(settings=replace(SETTINGS, writes="upsert"))
    world.put(gateway(["192.0.2.2"]))
    world.run(5)
    assert actions(world) == [("Upsert", "A"), ("Upsert", "TXT")]
    world.drop(WWW)
    world.run(GRACE + 5)
    assert world.records() == []


# Zones


def test_a_name_goes_to_the_longest_zone():
    world = begun(route("deep", ["x.sub.example.com"]), zones=("example.com", "sub.example.com"))
    assert set(world.values()) == {"www.example.com A"}
    assert set(world.values("sub.example.com")) == {"x.sub.example.com A"}


def test_a_name_goes_to_all_private_zones_too():
    world = World(SETTINGS)
    world.zones["private"] = world.strict.create_zone("example.com", private=True)
    world.zones["inner"] = world.strict.create_zone("www.example.com", private=True)
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    for zone in ("example.com", "private"):
        assert "www.example.com A" in {f"{record['Name'].rstrip('.')} {record['Type']}" for record in world.records(zone)}
    # The inner zone's apex has no place for a TXT.
    assert reasons(world) == {Reason.UNOWNABLE}


def test_a_name_that_no_zone_holds_is_said_until_one_does_or_nobody_asks():
    world = begun(route("else", ["www.example.org"]))
    assert reasons(world) == {Reason.NO_ZONE}
    world.zones["example.org"] = world.strict.create_zone("example.org")
    world.run(3700)
    assert (reasons(world), set(world.values("example.org"))) == (set(), {"www.example.org A"})
    world.put(route("more", ["www.example.net"]))
    world.drop(Ref("HTTPRoute", "team", "more"))
    assert reasons(world) == set()


def test_a_new_longer_zone_takes_the_name_and_occludes_the_old_record():
    world = begun(route("deep", ["x.sub.example.com"]))
    world.zones["sub.example.com"] = world.strict.create_zone("sub.example.com")
    world.run(3700)
    assert "x.sub.example.com A" in world.values("sub.example.com")
    assert "x.sub.example.com A" in world.values()
    assert reasons(world) == {Reason.OCCLUDED}
    world.drop(Ref("HTTPRoute", "team", "deep"))
    world.run(1000)
    assert "x.sub.example.com A" in world.values()


def test_no_zone_at_all_is_an_alert():
    world = begun(zones=())
    assert [fact.key for _, fact in world.facts if isinstance(fact, Alert)] == ["no-zones"]


def test_excluded_domains_keep_names_out():
    settings = replace(SETTINGS, zones=(ZoneEntry(exclude_domains=("dev.example.com",)),))
    world = begun(route("dev", ["x.dev.example.com"]), settings=settings)
    assert (set(world.values()), reasons(world)) == ({"www.example.com A"}, {Reason.NO_ZONE})


def two_sides(**changes: Any) -> Settings:
    entries = (
        ZoneEntry(type="public", gateway_label_filter="side=outer"),
        ZoneEntry(type="private", gateway_label_filter="side in (outer,inner)"),
    )
    return replace(SETTINGS, zones=entries, **changes)


def test_what_comes_through_a_gateway_goes_to_the_zones_that_choose_its_labels():
    settings = two_sides()
    world = World(settings)
    world.zones["private"] = world.strict.create_zone("example.com", private=True)
    inner = replace(gateway(["10.0.0.1"], name="inner"), labels={"side": "inner"})
    outer = replace(gateway(["192.0.2.1"]), labels={"side": "outer"})
    parents = [replace(EDGE, name="inner")]
    world.put(
        outer,
        inner,
        namespace("team"),
        route("www", ["www.example.com"]),
        route("in", ["in.example.com", "www.example.com"], parents=parents),
    )
    world.sync()
    world.run(5)

    def there(zone: str) -> dict[str, list[str]]:
        return {
            record["Name"]: [each["Value"] for each in record["ResourceRecords"]] for record in world.records(zone) if record["Type"] == "A"
        }

    assert there("example.com") == {"www.example.com.": ["192.0.2.1"]}
    assert there("private") == {"www.example.com.": ["10.0.0.1", "192.0.2.1"], "in.example.com.": ["10.0.0.1"]}
    world.put(replace(inner, labels={}))
    world.run(GRACE + 10)
    assert there("private") == {"www.example.com.": ["192.0.2.1"], "in.example.com.": ["10.0.0.1"]}
    assert reasons(world) == {Reason.OCCLUDED, Reason.NO_ZONE}


def test_the_annotation_of_one_zone_keeps_a_wish_out_of_the_others():
    world = World(SETTINGS)
    world.zones["private"] = world.strict.create_zone("example.com", private=True)
    world.put(gateway(["192.0.2.1"]), namespace("team"))
    world.put(route("www", ["www.example.com"], annotations={"aws-hosted-zone-id": world.zones["private"]}))
    world.sync()
    world.run(5)
    assert (world.values(), len(world.records("private"))) == ({}, 4)
    world.put(route("www", ["www.example.com"], annotations={"aws-hosted-zone-id": world.zones["example.com"]}))
    world.run(GRACE + 10)
    assert (set(world.values()), len(world.records("private"))) == ({"www.example.com A"}, 2)


# Names that cannot be owned, sources and types


def test_the_apex_is_unownable_without_a_prefix_and_created_with_one():
    apex = route("apex", ["example.com"])
    assert reasons(begun(apex)) == {Reason.UNOWNABLE}
    world = begun(apex, settings=replace(SETTINGS, ownership=Ownership(owner="me", prefix="%{record_type}._o.")))
    assert "example.com A" in world.values()


def test_a_label_filter_and_listener_sets_are_regarded():
    settings = replace(SETTINGS, sources=Sources(label_filter="app=web", gateway=GatewaySource(listener_sets=True)))
    world = begun(replace(route("web", ["web.example.com"]), labels={"app": "web"}), settings=settings)
    assert set(world.values()) == {"web.example.com A"}


def test_types_that_are_not_managed_are_not_written():
    world = begun(settings=replace(SETTINGS, records=Records(managed_types=("AAAA",))))
    assert world.values() == {}


# Trouble with Route53, as far as the engine deals with it


def test_a_throttle_slows_all_calls_and_the_write_arrives():
    world = World(SETTINGS)
    world.put(*CLUSTER)
    world.strict.faults.inject(Throttle(), count=3)
    world.sync()
    world.run(60)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}


@pytest.mark.parametrize("fault", [Throttle(), Busy(), Dropped(), Dropped(applied=True)])
@pytest.mark.parametrize("operation", [WRITE, "ListResourceRecordSets", "ListHostedZones"])
def test_a_fault_of_any_call_is_survived(fault, operation):
    world = World(SETTINGS)
    world.put(*CLUSTER)
    world.strict.faults.inject(fault, operation, count=2)
    world.sync()
    world.run(300)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}
    assert not world.engine.failing()


def test_a_zone_that_may_not_be_read_is_an_alert_and_tried_again():
    world = World(SETTINGS)
    denied = Refused((Refusal(Why.DENIED, "not authorized"),))
    world.port = Denying(world, denied)
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    assert [fact.key.partition(" ")[0] for _, fact in world.facts if isinstance(fact, Alert)] == ["unreadable-zone"]
    assert world.engine.failing()
    world.run(100)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}


class Denying:
    """A Route53 that refuses the first reading of a zone."""

    def __init__(self, world: World, answer: Outcome) -> None:
        self._simulation = Simulation(world.strict)
        self._answers = [answer]

    def carry_out(self, call: Call, now: float) -> tuple[Outcome, float]:
        if isinstance(call, ListRecords) and self._answers:
            return self._answers.pop(), 0.05
        return self._simulation.carry_out(call, now)


def test_a_zone_of_several_pages_is_read_whole():
    world = World(SETTINGS)
    for place in range(400):
        world.change("CREATE", a(f"x{place}.example.com", "198.51.100.9"))
    world.put(*CLUSTER)
    world.sync()
    world.run(5)
    assert [fact.sets for _, fact in world.facts if isinstance(fact, ZoneRead)] == [402]
    assert "www.example.com A" in world.values()


def test_an_object_that_goes_before_the_first_lists_ended_never_was():
    world = World(SETTINGS)
    world.put(*CLUSTER)
    world.drop(WWW)
    world.sync()
    world.run(5)
    assert world.values() == {}


def test_a_change_made_while_a_write_is_in_flight_is_planned_after_it():
    world = begun()
    world.put(gateway(["192.0.2.2"]))
    world.run(0.21)
    assert writes(world) == 2
    world.put(gateway(["192.0.2.3"]))
    world.run(5)
    assert world.values() == {"www.example.com A": ["192.0.2.3"]}


def test_a_value_that_comes_back_before_it_is_due_costs_nothing():
    world = begun()
    world.put(gateway(["192.0.2.2"]))
    world.put(gateway(["192.0.2.1"]))
    world.run(10)
    assert writes(world) == 1


def test_status_that_flaps_does_not_put_off_what_is_due():
    world = begun()
    for turn in range(60):
        world.put(gateway([f"192.0.2.{turn + 2}"]))
        world.run(0.1)
    assert writes(world) > 10


def test_the_engine_asks_to_be_woken_only_for_a_reason():
    world = begun()
    assert world.engine.busy_until() is None
    assert world.engine.wake_at() is not None
    world.drop(WWW)
    assert world.engine.busy_until() == world.now + GRACE


def test_a_kind_that_vanishes_takes_its_objects_along_without_proof():
    world = begun()
    world.drop(WWW)
    world.run(20)
    assert reasons(world) == {Reason.GRACE}
    world.tell(SourceLost("HTTPRoute", "404"))
    world.run(4000)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}
    assert reasons(world) == {Reason.DOUBTFUL}
    world.put(CLUSTER[2])
    world.run(1)
    assert (reasons(world), writes(world)) == (set(), 1)


def test_a_gateway_that_vanishes_with_its_kind_is_in_force_again():
    world = begun()
    world.drop(GATEWAY)
    world.run(1)
    world.tell(SourceLost("Gateway", "404"))
    world.run(4000)
    assert world.values() == {"www.example.com A": ["192.0.2.1"]}
    assert writes(world) == 1


def test_what_was_deleted_long_before_its_kind_vanished_is_gone():
    world = begun()
    world.drop(WWW)
    world.run(130)
    world.tell(SourceLost("HTTPRoute", "404"))
    world.run(400)
    assert world.values() == {}


def test_shadow_looks_again_whether_somebody_else_did_it():
    world = begun(settings=replace(SETTINGS, policy="shadow", drift=Drift(period="never")))
    assert reasons(world) == {Reason.SHADOW}
    world.change("CREATE", a("www.example.com", "192.0.2.1"))
    world.change("CREATE", text("a-www.example.com", resource="httproute/team/www"))
    world.run(60)
    assert (reasons(world), writes(world)) == (set(), 2)
    reads = world.strict.calls["ListResourceRecordSets"]
    world.run(3600)
    assert world.strict.calls["ListResourceRecordSets"] == reads


def test_what_somebody_else_writes_as_it_is_wanted_is_no_edit():
    world = begun(settings=replace(SETTINGS, policy="shadow", drift=Drift(period="never")))
    world.change("CREATE", a("www.example.com", "192.0.2.1"))
    world.change("CREATE", text("a-www.example.com", resource="httproute/team/www"))
    for address in ("192.0.2.2", "192.0.2.3", "192.0.2.4"):
        world.run(60)
        assert reasons(world) == set()
        world.put(gateway([address]))
        world.run(1)
        assert reasons(world) == {Reason.SHADOW}
        world.change("UPSERT", a("www.example.com", address))


def test_shadow_looks_more_and_more_rarely():
    world = begun(settings=replace(SETTINGS, policy="shadow"))
    world.run(4 * 3600)
    assert reasons(world) == {Reason.SHADOW}
    assert 10 < world.strict.calls["ListResourceRecordSets"] < 50
