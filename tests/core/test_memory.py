"""What survives a restart, and what a restart may conclude from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.breaker import checksum_of
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.strict import Dropped
from dnsguard.lab.world import World
from dnsguard.model.changes import ListRecords, Write
from dnsguard.model.entries import EndedKept, FlightKept, NameKept, ObjectKept, OriginKept, ZoneKept
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.facts import Alert, Reason, Remembered, Tripped, Withheld
from dnsguard.model.objects import ParentRef, Ref
from dnsguard.model.orders import Approve, Freeze, Reply, Thaw
from dnsguard.model.settings import Deletes, Duration, Guard, Ownership, Settings, Sources, State, ZoneEntry

WRITE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
GRACE = 300.0
SETTINGS = Settings(
    zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(delete_grace=Duration(GRACE), deletes=UNBOUND)
)
ROUTES = [route(f"r{number}", [f"n{number}.example.com"]) for number in range(5)]
REFS = [view.ref for view in ROUTES]
NAMES = [f"n{number}.example.com A" for number in range(5)]
PUBLIC = Ref("Gateway", "edge", "public")


def begun(settings=SETTINGS):
    world = World(settings)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *ROUTES)
    world.sync()
    world.run(5.0)
    assert sorted(world.values()) == NAMES
    return world


def again(world, seconds=5.0, missing=()):
    """Come back remembering; return the calls that were made since."""
    world.restart(remembering=True)
    for kind in ("Gateway", "Namespace"):
        world.relist(kind)
    world.relist("HTTPRoute", missing)
    for ref in missing:
        world.objects.pop(ref, None)
    world.run(seconds)
    return [job.call for _, job in world.jobs[world.begun :]]


def standing(world, name="n0.example.com"):
    return {verdict.reason for verdict in world.standing if verdict.name == name}


def kept(world, kind):
    return [entry for entry in world.kept.values() if isinstance(entry, kind)]


def test_a_warm_restart_lists_no_zone_and_writes_nothing():
    world = begun()
    calls = again(world)
    assert not [call for call in calls if isinstance(call, (Write, ListRecords))]
    assert world.engine.idle()


def test_a_cold_restart_lists_the_zone():
    world = begun()
    world.kept.clear()
    assert [call for call in again(world) if isinstance(call, ListRecords)]


def test_what_was_asked_for_before_the_restart_is_sent_after_it_once():
    world = begun()
    world.put(route("new", ["new.example.com"]))
    world.keep()
    assert [type(call) for call in again(world) if isinstance(call, (Write, ListRecords))] == [Write]
    assert "new.example.com A" in world.values()
    assert not [call for call in again(world) if isinstance(call, (Write, ListRecords))]


@pytest.mark.parametrize("applied", [True, False])
def test_a_batch_whose_fate_is_unknown_is_told_by_one_read(applied):
    world = begun()
    world.strict.faults.inject(Dropped(applied=applied), WRITE, count=1)
    world.put(route("new", ["new.example.com"]))
    world.run(0.21)
    assert [flight.parts[0].name for flight in kept(world, FlightKept)] == ["new.example.com"]
    calls = again(world, 20.0)
    reads = [call for call in calls if isinstance(call, ListRecords)]
    assert [call.limit for call in reads] == [1]
    assert len([call for call in calls if isinstance(call, Write)]) == (not applied)
    assert "new.example.com A" in world.values()
    assert not kept(world, FlightKept)


def test_no_write_leaves_before_a_batch_in_doubt_can_no_longer_take_effect():
    world = begun()
    world.strict.faults.inject(Dropped(), WRITE, count=1)
    world.put(route("new", ["new.example.com"]))
    world.run(0.21)
    assert not [call for call in again(world, 5.0) if isinstance(call, (Write, ListRecords))]


def test_a_claim_that_ended_while_nobody_looked_is_proof_and_has_its_grace():
    world = begun()
    again(world, missing=[REFS[0]])
    assert standing(world) == {Reason.GRACE}
    world.run(GRACE - 10)
    assert NAMES[0] in world.values()
    world.run(20)
    assert NAMES[0] not in world.values()


def test_a_grace_counts_the_time_in_which_nobody_was_there():
    world = begun()
    world.drop(REFS[0])
    world.run(10)
    world.now += GRACE
    calls = again(world)
    assert [type(call) for call in calls if isinstance(call, (Write, ListRecords))] == [Write]
    assert NAMES[0] not in world.values()


def test_names_whose_routes_were_moved_while_nobody_looked_trip_no_breaker():
    world = begun(replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE))))
    world.put(*(route(f"x{number}", []) for number in range(6)))
    world.run(5)
    for ref in REFS:
        del world.objects[ref]
    moved = [route(view.ref.name, view.spec.hostnames, namespace="other") for view in ROUTES]
    world.restart(remembering=True)
    world.put(namespace("other"), *moved)
    before = len(world.facts)
    world.run(2)
    world.sync()
    world.run(5)
    assert not [fact for _, fact in world.facts[before:] if isinstance(fact, (Tripped, Withheld))]
    assert sorted(world.values()) == NAMES


def test_a_running_grace_goes_on_and_is_called_back_by_a_claim():
    world = begun()
    world.drop(REFS[0])
    world.run(10)
    again(world)
    assert standing(world) == {Reason.GRACE}
    world.put(ROUTES[0])
    world.run(GRACE * 2)
    assert NAMES[0] in world.values()


def test_what_is_deleted_between_the_first_lists_is_gone():
    world = begun()
    world.restart(remembering=True)
    world.relist("HTTPRoute")
    world.drop(REFS[0])
    world.relist("Gateway")
    world.relist("Namespace")
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES[1:]


def test_a_list_that_lacks_more_than_half_of_what_was_seen_proves_nothing():
    world = begun()
    again(world, missing=REFS[:3])
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES
    assert standing(world) == {Reason.DOUBTFUL}
    # What is in doubt stays so over another restart, although that list lacks nothing else.
    again(world, GRACE * 3)
    assert sorted(world.values()) == NAMES
    world.tell(Deleted(REFS[0]))
    world.run(GRACE * 2)
    assert NAMES[0] not in world.values()


def test_a_parent_that_is_gone_with_most_of_its_kind_takes_no_claims_along():
    world = World(SETTINGS)
    others = [gateway(["192.0.2.1"], f"g{number}") for number in range(3)]
    world.put(gateway(["192.0.2.1"]), *others, namespace("team"), *ROUTES)
    world.sync()
    world.run(5)
    for ref in [ref for ref in world.objects if ref.kind == "Gateway"]:
        del world.objects[ref]
    again(world)
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES


def test_parents_in_doubt_are_so_over_a_restart_although_that_list_lacks_fewer():
    world = World(SETTINGS)
    parents = [gateway(["192.0.2.1"], f"g{number}") for number in range(4)]
    apart = [
        route(f"r{number}", [f"n{number}.example.com"], parents=(ParentRef(name=f"g{number}", namespace="edge"),)) for number in range(4)
    ]
    world.put(*parents, namespace("team"), *apart)
    world.sync()
    world.run(5)
    world.relist("Gateway", [view.ref for view in parents[:3]])
    world.run(5)
    for view in parents[:2]:
        del world.objects[view.ref]
    again(world, GRACE * 3)
    assert sorted(world.values()) == NAMES[:4]
    assert standing(world) == {Reason.DOUBTFUL}
    again(world, GRACE * 3)
    assert sorted(world.values()) == NAMES[:4]
    world.put(*parents)
    world.run(5)
    assert not world.standing


def test_parents_of_a_kind_that_vanished_are_in_doubt_over_a_restart():
    world = begun()
    world.drop(Ref("Gateway", "edge", "public"))
    world.tell(SourceLost("Gateway", "404"))
    world.run(5)
    again(world, GRACE * 3)
    assert sorted(world.values()) == NAMES
    assert standing(world) == {Reason.DOUBTFUL}


def test_a_parent_that_cannot_be_understood_after_a_restart_takes_no_claims_along():
    world = begun()
    # The TXT still names the route that was there first.
    world.put(route("late", ["n0.example.com"], created="2026-02-01T00:00:00Z"))
    world.drop(REFS[0])
    world.run(GRACE * 2)
    parent = world.objects.pop(Ref("Gateway", "edge", "public"))
    world.restart(remembering=True)
    world.tell(Unreadable(parent.ref, "spec.listeners: expected array"))
    world.tell(Listed("Gateway", frozenset({parent.ref})))
    for kind in ("HTTPRoute", "Namespace"):
        world.relist(kind)
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES
    assert standing(world) == {Reason.DOUBTFUL}
    world.put(parent)
    world.run(5)
    assert not world.standing


def test_a_parent_that_is_gone_alone_is_proof():
    world = begun()
    del world.objects[PUBLIC]
    again(world)
    world.run(GRACE * 2)
    assert not world.values()


def in_doubt():
    """Return a world that lost its Gateway with the whole kind, and whose restart lists the kind without it."""
    world = begun()
    world.drop(PUBLIC)
    world.tell(SourceLost("Gateway", "404 page not found"))
    world.run(5.0)
    again(world)
    return world


def test_a_parent_that_was_in_doubt_stays_so_over_every_restart():
    world = in_doubt()
    for _ in range(2):
        world.run(GRACE * 3)
        assert sorted(world.values()) == NAMES
        assert standing(world) == {Reason.DOUBTFUL}
        again(world)


def test_a_frame_that_names_a_parent_in_doubt_is_proof_only_if_it_was_seen_again():
    world = in_doubt()
    world.tell(Deleted(PUBLIC))
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES
    world.put(gateway(["192.0.2.1"]))
    world.drop(PUBLIC)
    world.run(GRACE * 2)
    assert not world.values()


def test_a_parent_in_doubt_that_is_seen_again_ends_all_doubts():
    world = in_doubt()
    world.put(route("r0", ["other.example.com"]), gateway(["192.0.2.1"]))
    world.run(GRACE * 2)
    assert sorted(world.values()) == [*NAMES[1:], "other.example.com A"]
    assert not world.standing


def test_what_is_only_remembered_counts_when_a_list_lacks_it():
    world = begun()
    again(world, missing=REFS[:3])
    world.relist("HTTPRoute", REFS)
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES


def test_what_is_only_remembered_and_cannot_be_understood_is_gone_when_a_list_lacks_it():
    world = begun()
    hidden = world.objects.pop(REFS[0])
    world.restart(remembering=True)
    for kind in ("Gateway", "Namespace"):
        world.relist(kind)
    world.tell(Unreadable(hidden.ref, "spec.hostnames: expected array, got string"))
    world.tell(Listed("HTTPRoute", frozenset(REFS)))
    for ref in REFS[1:]:
        world.tell(Upserted(world.objects[ref], "1"))
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES
    world.relist("HTTPRoute")
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES[1:]


def test_a_frame_just_before_its_kind_is_lost_proves_nothing_of_what_is_only_remembered():
    world = begun()
    again(world, missing=REFS[:3])
    world.tell(Deleted(REFS[0]))
    world.tell(SourceLost("HTTPRoute", "404 page not found"))
    world.run(GRACE * 2)
    assert sorted(world.values()) == NAMES


def test_what_another_config_no_longer_sees_is_no_proof_and_stays_so():
    world = begun()
    world.settings = replace(SETTINGS, sources=Sources(namespaces=("other",)))
    for _ in range(2):
        again(world, missing=REFS)
        world.run(GRACE * 3)
        assert sorted(world.values()) == NAMES
        assert standing(world) == {Reason.DOUBTFUL}


def test_a_route_that_another_config_reads_differently_keeps_its_record():
    world = begun()
    world.settings = replace(SETTINGS, sources=Sources(label_filter="app=web"))
    again(world)
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES
    assert standing(world) == {Reason.DOUBTFUL}


def test_zone_entries_in_another_order_lose_nothing():
    world = World(replace(SETTINGS, zones=(ZoneEntry(domains=("example.com",)), ZoneEntry(domains=("example.org",)))))
    world.put(gateway(["192.0.2.1"]), namespace("team"), *ROUTES)
    world.sync()
    world.run(5)
    world.settings = replace(world.settings, zones=world.settings.zones[::-1])
    assert not [call for call in again(world) if isinstance(call, Write)]
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES
    assert not world.standing


def test_a_journal_of_another_cluster_proves_nothing():
    world = World(SETTINGS)
    world.put(gateway(["192.0.2.1"]), replace(namespace("team"), uid="one"), ROUTES[0])
    world.sync()
    world.run(5)
    world.objects.clear()
    world.put(gateway(["192.0.2.1"]), replace(namespace("team"), uid="two"), ROUTES[1])
    again(world)
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES[:2]
    assert standing(world) == {Reason.ORPHAN}
    assert [fact for _, fact in world.facts if isinstance(fact, Alert) and fact.key == "journal cluster"]
    assert {entry.ref for entry in kept(world, ObjectKept)} == set(world.objects)


def test_nothing_is_written_that_was_planned_for_another_cluster_before_the_lists():
    world = World(SETTINGS)
    world.put(gateway(["192.0.2.1"]), replace(namespace("team"), uid="one"), *ROUTES[:2])
    world.sync()
    world.run(5)
    world.drop(REFS[0])
    world.run(10)
    world.put(route("new", ["new.example.com"]))
    world.keep()
    world.now += GRACE
    world.restart(remembering=True)
    # The zone is planned while the lists are on their way.
    world.run(5)
    world.objects.clear()
    world.put(gateway(["192.0.2.1"]), replace(namespace("team"), uid="two"))
    world.sync()
    world.run(GRACE * 3)
    assert sorted(world.values()) == NAMES[:2]
    assert standing(world) == standing(world, "n1.example.com") == {Reason.ORPHAN}


@pytest.mark.parametrize("days", [-8, 8])
def test_a_zone_that_was_read_long_ago_is_read_before_anything_is_written(days):
    world = begun()
    world.drop(REFS[0])
    world.run(10)
    record = {"Name": "n0.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.9"}]}
    world.change("UPSERT", record)
    for place, entry in list(world.kept.items()):
        if isinstance(entry, ZoneKept):
            world.kept[place] = replace(entry, read_at=entry.read_at - days * 86400.0)
    world.put(route("new", ["new.example.com"]))
    calls = [type(call) for call in again(world) if isinstance(call, (Write, ListRecords))]
    assert calls == [ListRecords, Write]
    assert [fact.fresh for _, fact in world.facts if isinstance(fact, Remembered)] == [False]


def test_how_long_a_reading_counts_is_a_setting():
    world = begun(replace(SETTINGS, state=State(fresh=Duration(60.0))))
    world.now += 61.0
    assert [call for call in again(world) if isinstance(call, ListRecords)]


def test_an_edit_before_the_restart_is_known_as_one_after_it():
    world = begun(replace(SETTINGS, state=State(fresh=Duration(1.0))))
    world.change("UPSERT", {"Name": "n0.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.9"}]})
    world.now += 10
    again(world)
    assert standing(world) == {Reason.EDITED}
    assert world.values()[NAMES[0]] == ["198.51.100.9"]
    # And stays known without another reading.
    world.settings = SETTINGS
    assert not [call for call in again(world) if isinstance(call, Write)]
    assert standing(world) == {Reason.EDITED}


def test_a_hold_survives_with_its_last_value():
    world = begun(replace(SETTINGS, guard=replace(SETTINGS.guard, status_loss=Duration(1000.0))))
    world.put(gateway([]))
    world.run(400)
    again(world)
    assert standing(world) == {Reason.HELD}
    world.run(500)
    assert NAMES[0] in world.values()
    world.run(101 + GRACE)
    assert NAMES[0] not in world.values()


def test_what_a_person_said_survives():
    world = begun()
    assert world.order(Freeze("example.com", "n0.example.com", reason="hands off")).done
    world.keep()
    world.put(gateway(["192.0.2.2"]))
    again(world)
    assert standing(world) == {Reason.FROZEN}
    assert world.values()[NAMES[0]] == ["192.0.2.1"]
    assert world.values()[NAMES[1]] == ["192.0.2.2"]


def test_a_freeze_of_a_zone_that_is_not_in_use_any_more_can_be_ended():
    world = begun()
    assert world.order(Freeze("example.com", reason="hands off")).done
    world.keep()
    zone = world.zones["example.com"]
    world.settings = replace(SETTINGS, zones=(ZoneEntry(domains=("example.org",)),))
    again(world)
    assert [freeze.zone for freeze in world.engine.status(world.now).freezes] == [zone]
    assert world.order(Thaw(zone)) == Reply(done=True, text=f"zone {zone} is no longer frozen")


def test_a_tripped_breaker_stays_so_and_an_approval_counts():
    world = begun(replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE))))
    world.drop(*REFS[:4])
    world.run(10)
    again(world)
    world.run(GRACE * 2)
    assert standing(world) == {Reason.PARKED}
    assert sorted(world.values()) == NAMES
    assert world.order(Approve("example.com", most=4)).done
    world.run(0.0)
    again(world, GRACE)
    assert sorted(world.values()) == NAMES[4:]


@pytest.mark.parametrize("fresh", [1.0, 86400.0])
def test_what_was_deleted_just_before_a_restart_is_not_waited_for_after_it(fresh):
    world = begun(replace(SETTINGS, state=State(fresh=Duration(fresh))))
    world.drop(REFS[0])
    world.run(10)
    # Accepted and kept, but killed before the name was planned again, as happens in a batch of hundreds.
    for record in [record for record in world.records() if "n0." in record["Name"]]:
        world.change("DELETE", record)
    for place, entry in [(place, entry) for place, entry in world.kept.items() if isinstance(entry, NameKept)]:
        if entry.name == "n0.example.com":
            world.kept[place] = replace(entry, sets=(), deleted_at=world.now)
        elif entry.name == "a-n0.example.com":
            del world.kept[place]
    again(world)
    assert [entry.name for entry in kept(world, NameKept) if entry.doomed or entry.graces] == []
    assert kept(world, EndedKept) == []


def test_the_checksum_of_what_is_parked_is_the_same_after_a_restart():
    world = begun(replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE))))
    world.drop(*REFS[:4])
    world.run(10)
    again(world)
    assert not world.order(Approve("example.com", "00000000")).done
    assert world.order(Approve("example.com", checksum_of(name.removesuffix(" A") for name in NAMES[:4]))).done
    world.run(GRACE)
    assert sorted(world.values()) == NAMES[4:]


def test_what_is_exempt_after_a_restart_is_parked_no_longer():
    world = begun(replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE))))
    world.drop(*REFS[:4])
    world.run(10)
    world.settings = replace(SETTINGS, guard=Guard(delete_grace=Duration(GRACE), deletes=Deletes(exempt=("*.example.com",))))
    again(world, GRACE)
    assert sorted(world.values()) == NAMES[4:]
    assert [zone.breaker.tripped_since for zone in world.engine.status(world.now).zones] == [None]


def test_what_was_deleted_counts_against_the_limit_after_a_restart():
    world = begun(replace(SETTINGS, guard=Guard(delete_grace=Duration(0.0))))
    world.drop(*REFS[:3])
    world.run(10)
    assert sorted(world.values()) == NAMES[3:]
    again(world, missing=[REFS[3]])
    assert standing(world, "n3.example.com") == {Reason.PARKED}


def test_what_route53_refused_is_not_tried_again_before_its_time():
    world = begun()
    world.put(route("bad", [f"{'x' * 63}.{'y' * 63}.{'z' * 63}.{'w' * 40}.example.com"]))
    world.run(5)
    assert not [call for call in again(world) if isinstance(call, Write)]


def test_the_budget_is_not_refilled_by_a_restart():
    world = begun()
    for number in range(10):
        world.put(route(f"m{number}", [f"m{number}.example.com"]))
        again(world, 0.0)
    first = world.jobs[0][0]
    assert len(world.jobs) <= 2.5 + 2.5 * (world.now - first) + 1e-6


@pytest.mark.parametrize("foreign", [0, 64, 65])
def test_a_zone_without_anything_of_ours_is_ready_again(foreign):
    world = World(SETTINGS)
    for number in range(foreign):
        world.change("CREATE", {"Name": f"x{number}.example.com", "Type": "MX", "TTL": 1, "ResourceRecords": [{"Value": "1 a.b"}]})
    world.put(gateway(["192.0.2.1"]), namespace("team"))
    world.sync()
    world.run(5)
    assert not [call for call in again(world) if isinstance(call, ListRecords)]
    world.put(ROUTES[0])
    world.run(5)
    assert NAMES[0] in world.values()


def test_a_zone_of_which_not_all_was_kept_is_listed():
    world = begun()
    place = next(place for place, entry in world.kept.items() if isinstance(entry, ZoneKept))
    del world.kept[place]
    assert [call for call in again(world) if isinstance(call, ListRecords)]
    assert sorted(world.values()) == NAMES


def test_a_zone_is_told_as_kept_after_all_that_it_holds():
    world = World(SETTINGS)
    world.put(gateway(["192.0.2.1"]), namespace("team"))
    for number in range(700):
        world.change("CREATE", {"Name": f"x{number}.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": '"x"'}]})
    world.sync()
    told = []
    keep = world._write_down
    world._write_down = lambda entry: (told.append(entry), keep(entry))
    world.run(20)
    places = [place for place, entry in enumerate(told) if isinstance(entry, ZoneKept)]
    assert len([entry for entry in told[: places[0]] if isinstance(entry, NameKept)]) >= 700


def test_the_origin_changes_only_when_the_comparison_is_kept():
    world = begun()
    (before,) = kept(world, OriginKept)
    world.settings = replace(SETTINGS, sources=Sources(label_filter="app=web"))
    world.restart(remembering=True)
    world.run(5)
    assert kept(world, OriginKept) == [before]
    world.sync()
    world.run(5)
    assert kept(world, OriginKept) != [before]


def test_everything_can_be_handed_over_again():
    world = begun()
    world.drop(REFS[0])
    world.run(5)
    before = {place: entry for place, entry in world.kept.items() if place[0] != "levels"}
    world.kept.clear()
    world.engine.rewrite()
    world.run(5)
    assert {place: entry for place, entry in world.kept.items() if place[0] != "levels"} == before


@given(st.lists(st.integers(0, 4), max_size=6), st.floats(0, 400))
def test_a_restart_that_nothing_happened_in_changes_nothing(dropped, seconds):
    world = begun()
    for number in dropped:
        world.drop(REFS[number])
    world.run(seconds)
    before = world.values()
    end = world.now
    again(world, 0.0)
    assert world.values() == before
    world.run(GRACE * 2)
    assert world.now == end + GRACE * 2
    assert sorted(world.values()) == sorted(set(NAMES) - {NAMES[number] for number in dropped})
