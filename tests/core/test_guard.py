"""The guard at work in a world: what is parked, frozen, damped, kept from bad targets, verified and followed."""

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.core.breaker import checksum_of
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.changes import Delete, Write
from dnsguard.model.facts import Called, Contested, Propagated, Reason, Settled, Thawed, Tripped, Untripped, Verified, Withheld
from dnsguard.model.objects import Ref, View
from dnsguard.model.orders import Approve, Freeze, Repair, Thaw
from dnsguard.model.settings import Deletes, Drift, Duration, Flap, Guard, Ownership, Settings, Targets, ZoneEntry

WRITE, LIST = "ChangeResourceRecordSets", "ListResourceRecordSets"
SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
GRACE = 300.0


def hosts(count: int) -> list[str]:
    return [f"n{number}.example.com" for number in range(count)]


def ref(name: str) -> Ref:
    return Ref("HTTPRoute", "team", name)


def begun(*views: View, settings: Settings = SETTINGS, count: int = 0) -> World:
    world = World(settings)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{number}", [host]) for number, host in enumerate(hosts(count))), *views)
    world.sync()
    world.run(10)
    return world


def guarded(**guard: Any) -> Settings:
    return replace(SETTINGS, guard=Guard(**guard))


def reasons(world: World) -> dict[str, Reason]:
    return {verdict.name.partition(".")[0]: verdict.reason for verdict in world.standing}


def told(world: World, kind: type) -> list[Any]:
    return [fact for _, fact in world.facts if isinstance(fact, kind)]


def order(world: World, given: Any) -> tuple[bool, str]:
    reply = world.order(given)
    return reply.done, reply.text


def deleted(world: World) -> int:
    calls = [job.call for _, job in world.jobs]
    return sum(isinstance(change, Delete) for call in calls if isinstance(call, Write) for change in call.changes)


# The breaker


def test_a_mass_deletion_is_told_within_the_grace_and_nothing_of_it_leaves():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(1)
    (tripped,) = told(world, Tripped)
    assert (tripped.name, tripped.names, tripped.limit, tripped.owned) == ("example.com", 5, 4, 40)
    world.run(GRACE * 20)
    assert len(world.values()) == 40
    assert set(reasons(world).values()) == {Reason.PARKED}
    assert len(told(world, Tripped)) == 1


def test_creations_and_edits_go_on_while_deletions_are_parked():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(GRACE + 5)
    world.put(route("new", ["new.example.com"]), route("n30", ["n30.example.com"], annotations={"ttl": "60"}))
    world.run(5)
    assert "new.example.com A" in world.values()
    assert [record["TTL"] for record in world.records() if record["Name"] == "n30.example.com."] == [60]


def test_a_batch_of_deletions_within_the_limit_is_not_counted_twice():
    world = begun(count=100)
    world.drop(*(ref(f"n{number}") for number in range(6)))
    world.run(GRACE + 60)
    assert (len(world.values()), told(world, Tripped)) == (94, [])


def test_a_route_that_takes_back_one_name_and_gives_up_another_trips_nothing():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(4)))
    world.run(GRACE / 2)
    world.put(route("n9", ["n3.example.com"]))
    world.run(1)
    assert told(world, Tripped) == []


def test_names_that_are_claimed_again_release_the_rest_after_a_new_grace():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(GRACE + 5)
    for number in range(18):
        world.put(route(f"n{number}", [f"n{number}.example.com"]))
    world.run(GRACE - 5)
    assert len(world.values()) == 40
    assert [fact.name for fact in told(world, Untripped)] == ["example.com"]
    world.run(10)
    assert len(world.values()) == 38


def test_an_approval_by_checksum_lets_exactly_the_parked_names_go():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(GRACE + 5)
    names = sorted(hosts(20))
    assert order(world, Approve("example.com", checksum_of(names))) == (True, "20 deletions in example.com are approved")
    world.run(5)
    assert len(world.values()) == 20


def test_an_approval_for_names_that_have_changed_is_declined():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(5)
    looked_at = checksum_of(sorted(hosts(20)))
    world.drop(ref("n20"))
    world.run(5)
    done, text = order(world, Approve("example.com", looked_at))
    assert not done
    assert "are others now: 21" in text
    world.run(GRACE + 60)
    assert len(world.values()) == 40


def test_an_approval_before_the_grace_is_over_does_not_shorten_it():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(5)
    assert order(world, Approve("example.com", most=400))[0]
    world.run(GRACE - 10)
    assert len(world.values()) == 40
    world.run(10)
    assert len(world.values()) == 20


def test_an_approval_for_fewer_names_than_are_parked_is_declined():
    world = begun(count=40)
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(5)
    assert order(world, Approve("example.com", most=19)) == (
        False,
        "20 names are parked in example.com, more than the 19 that are approved",
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Approve("example.com", "abc"), "nothing is parked in example.com"),
        (Approve("example.com", most=5), "nothing is parked in example.com"),
        (Approve("example.com"), "an approval needs the checksum"),
        (Approve("example.org", "abc"), "no zone in use is called 'example.org'; there are example.com"),
        (Approve("example.com", most=5, until=1.0), "lies in the past"),
        (Freeze(until=1.0), "lies in the past"),
        (Freeze(pattern="a.*.b"), "has a * elsewhere"),
        (Freeze(zone="nowhere"), "no zone in use"),
        (Thaw(), "everything is not frozen"),
        (Repair("www.example.com"), "nobody is known to have changed or deleted"),
        (Repair("..."), "empty label"),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_declined_with_a_sentence(given, said):
    world = begun(count=3)
    done, text = order(world, given)
    assert not done
    assert said in text


def test_without_a_grace_the_breaker_still_comes_first():
    world = begun(count=40, settings=guarded(delete_grace=Duration(0.0)))
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(60)
    assert len(world.values()) == 40


def test_orphans_that_may_go_are_parked_when_they_are_many():
    world = begun(count=40)
    for number in range(20):
        del world.objects[ref(f"n{number}")]
    world.settings = guarded(orphans="delete")
    world.restart()
    world.sync()
    world.run(GRACE + 60)
    assert len(world.values()) == 40
    assert {verdict.reason for verdict in world.standing} == {Reason.PARKED}


def test_a_policy_that_never_deletes_trips_nothing():
    world = begun(count=40, settings=replace(SETTINGS, policy="upsert-only"))
    world.drop(*(ref(f"n{number}") for number in range(20)))
    world.run(GRACE + 60)
    assert told(world, Tripped) == []


def test_preview_environments_come_and_go_as_they_like():
    settings = guarded(deletes=Deletes(exempt=("*.preview.example.com",)))
    previews = [route(f"p{number}", [f"p{number}.preview.example.com"]) for number in range(30)]
    world = begun(*previews, count=5, settings=settings)
    world.drop(*(view.ref for view in previews))
    world.run(GRACE + 5)
    assert len(world.values()) == 5


# Freeze


def test_what_is_frozen_is_planned_and_shown_and_nothing_of_it_is_written_until_it_ends():
    world = begun(count=3)
    assert order(world, Freeze(pattern="n1.example.com", until=world.now + 600, reason="move", by="ann"))[0]
    world.put(gateway(["192.0.2.9"]))
    world.run(60)
    assert world.values() == {
        "n0.example.com A": ["192.0.2.9"],
        "n1.example.com A": ["192.0.2.1"],
        "n2.example.com A": ["192.0.2.9"],
    }
    (verdict,) = world.standing
    assert (verdict.reason, verdict.text) == (Reason.FROZEN, "frozen by ann: move")
    assert verdict.until is not None
    world.run(541)
    assert world.values()["n1.example.com A"] == ["192.0.2.9"]
    assert (reasons(world), len(told(world, Thawed))) == ({}, 1)


def test_a_frozen_zone_is_written_again_when_somebody_thaws_it():
    world = begun(count=3)
    zone = world.zones["example.com"]
    assert order(world, Freeze(zone="example.com")) == (True, f"zone {zone} is frozen: nothing of it is written")
    world.put(gateway(["192.0.2.9"]))
    world.run(3600)
    assert set(map(tuple, world.values().values())) == {("192.0.2.1",)}
    assert order(world, Thaw(pattern="n1.example.com")) == (False, f"n1.example.com is not frozen; frozen: zone {zone}")
    assert order(world, Thaw(zone=zone))[0]
    world.run(5)
    assert set(map(tuple, world.values().values())) == {("192.0.2.9",)}


def test_a_deletion_is_called_back_by_a_freeze_and_a_new_claim():
    world = begun(count=10)
    world.drop(ref("n1"))
    world.run(GRACE - 10)
    order(world, Freeze())
    world.run(600)
    world.put(route("n1", ["n1.example.com"]))
    order(world, Thaw())
    world.run(600)
    assert (len(world.values()), deleted(world)) == (10, 0)


# Disputes


def test_a_contested_gateway_costs_no_write_and_is_named_once():
    world = begun(count=50)
    writes = world.strict.calls[WRITE]
    for number in range(400):
        world.put(gateway(["192.0.2.2" if number % 2 == 0 else "192.0.2.1"]))
        world.run(0.01 if number % 2 == 0 else 0.19)
    assert world.strict.calls[WRITE] == writes
    assert [fact.ref for fact in told(world, Contested)] == [Ref("Gateway", "edge", "public")]
    world.run(601)
    assert [fact.why for fact in told(world, Settled)] == ["it has been calm"]


def test_an_edit_of_a_route_is_carried_out_at_once_during_a_dispute():
    world = begun(count=5)
    for number in range(40):
        world.put(gateway(["192.0.2.2" if number % 2 == 0 else "192.0.2.1"]))
        world.run(0.01 if number % 2 == 0 else 0.19)
    world.put(route("n1", ["n1.example.com", "n1b.example.com"]))
    world.run(1)
    assert world.values()["n1b.example.com A"] == ["192.0.2.1"]


def test_the_last_word_is_published_when_a_dispute_is_over():
    world = begun(count=5, settings=guarded(flap=Flap(window=Duration(60.0))))
    for number in range(41):
        world.put(gateway(["192.0.2.2" if number % 2 == 0 else "192.0.2.1"]))
        world.run(0.01 if number % 2 == 0 else 0.19)
    assert set(map(tuple, world.values().values())) == {("192.0.2.1",)}
    world.run(70)
    assert set(map(tuple, world.values().values())) == {("192.0.2.2",)}


def test_the_end_of_a_dispute_over_a_gateway_that_is_deleted_is_told_at_once():
    world = begun(count=1)
    for number in range(8):
        world.put(gateway(["192.0.2.2" if number % 2 == 0 else "192.0.2.1"]))
        world.run(1)
    world.drop(Ref("Gateway", "edge", "public"))
    assert [fact.why for fact in told(world, Settled)] == ["it was deleted"]


WEIGHTED = {"set-identifier": "x", "aws-weight": "5"}


def test_a_name_that_gets_another_set_identifier_while_no_status_publishes_it_keeps_its_record():
    world = begun(count=1)
    world.put(gateway([]), route("n0", ["n0.example.com"], annotations=WEIGHTED))
    world.run(GRACE * 2)
    assert world.values() == {"n0.example.com A": ["192.0.2.1"]}
    assert reasons(world) == {"n0": Reason.HELD}
    world.put(gateway(["192.0.2.7"]))
    world.run(5)
    assert {record.get("SetIdentifier") for record in world.records()} == {"x"}
    assert (world.values(), world.standing) == ({"n0.example.com A": ["192.0.2.7"]}, {})
    world.put(gateway([]), route("n0", ["n0.example.com"]))
    world.run(GRACE * 2)
    world.drop(ref("n0"))
    world.run(GRACE + 5)
    assert world.values() == {}


# Targets


@pytest.mark.parametrize("target", ["127.0.0.1", "169.254.0.1", "0.0.0.0", "web.shop.svc.cluster.local", "10.0.0.1", "100.64.1.1"])
def test_a_public_target_stays_where_a_bad_one_is_to_come(target):
    world = begun(count=3)
    world.put(gateway([target]))
    world.run(60)
    assert set(map(tuple, world.values().values())) == {("192.0.2.1",)}
    assert set(reasons(world).values()) == {Reason.TARGET}
    world.put(gateway(["192.0.2.7"]))
    world.run(5)
    assert (set(map(tuple, world.values().values())), world.standing) == ({("192.0.2.7",)}, {})


@pytest.mark.parametrize("target", ["::1", "fe80::1", "fd00::1", "lb.internal"])
def test_a_public_address_does_not_give_way_to_a_bad_one_of_the_other_family(target):
    world = begun(count=3)
    world.put(gateway([target]))
    world.run(GRACE * 2)
    assert set(map(tuple, world.values().values())) == {("192.0.2.1",)}
    assert set(reasons(world).values()) == {Reason.TARGET}
    world.put(gateway(["192.0.2.1", "fd00::1"]))
    world.run(5)
    assert (len(world.values()), world.standing) == (6, {})


def test_a_public_target_stays_where_a_bad_one_is_to_come_under_another_set_identifier():
    world = begun(count=1)
    world.put(gateway(["127.0.0.1"]), route("n0", ["n0.example.com"], annotations=WEIGHTED))
    world.run(GRACE * 2)
    assert world.values() == {"n0.example.com A": ["192.0.2.1"]}
    assert {verdict.reason for verdict in world.standing} == {Reason.TARGET, Reason.HELD}
    world.put(gateway(["192.0.2.7"]))
    world.run(5)
    assert (world.values(), world.standing) == ({"n0.example.com A": ["192.0.2.7"]}, {})


def test_a_private_target_comes_where_the_config_allows_it():
    world = begun(count=3, settings=guarded(targets=Targets(private_in_public_zone="allow")))
    world.put(gateway(["10.0.0.1"]))
    world.run(5)
    assert set(map(tuple, world.values().values())) == {("10.0.0.1",)}


def test_what_is_sent_after_a_grace_or_a_freeze_is_for_those_whom_it_is_about():
    world = begun(count=2)
    order(world, Freeze("", "n1.example.com", reason="wait"))
    world.put(route("n1", ["n1.example.com"], annotations={"ttl": "60"}))
    world.drop(ref("n0"))
    world.run(5)
    order(world, Thaw("", "n1.example.com"))
    world.run(GRACE)
    causes = {carried.name: carried.causes for fact in told(world, Called) for carried in fact.carried}
    assert causes == {f"n{number}.example.com": (f"HTTPRoute team/n{number}",) for number in range(2)}


@pytest.mark.parametrize("orphans", ["park", "delete"])
def test_a_zone_that_is_read_before_the_lists_came_alarms_nobody(orphans):
    world = begun(count=40, settings=guarded(orphans=orphans))
    world.restart()
    before = len(world.facts)
    world.run(10)
    world.sync()
    world.run(10)
    assert not [fact for _, fact in world.facts[before:] if isinstance(fact, (Tripped, Withheld))]
    assert len(world.values()) == 40


# Drift


def drifting(**drift: Any) -> World:
    return begun(count=3, settings=replace(SETTINGS, drift=Drift(period=Duration(600.0), **drift)))


def a(name: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value} for value in values]}


def test_a_zone_is_read_again_and_what_is_missing_is_put_back():
    world = drifting()
    world.change("DELETE", a("n1.example.com", "192.0.2.1"))
    world.run(700)
    assert len(world.values()) == 3
    assert [(fact.missing, fact.edited) for fact in told(world, Verified)] == [(1, 0)]


def test_a_missing_record_is_reported_where_the_config_says_so_and_put_back_on_order():
    world = drifting(missing="report")
    world.change("DELETE", a("n1.example.com", "192.0.2.1"))
    world.run(700)
    assert reasons(world) == {"n1": Reason.MISSING}
    assert order(world, Repair("n1.example.com")) == (True, "n1.example.com is put back as it is wanted")
    world.run(5)
    assert (len(world.values()), world.standing) == (3, {})


def test_an_edited_record_is_reported_and_put_back_on_order():
    world = drifting()
    world.change("UPSERT", a("n1.example.com", "198.51.100.1"))
    world.run(700)
    assert reasons(world) == {"n1": Reason.EDITED}
    assert [(fact.missing, fact.edited) for fact in told(world, Verified)] == [(0, 1)]
    order(world, Repair("n1.example.com"))
    world.run(5)
    assert (world.values()["n1.example.com A"], world.standing) == (["192.0.2.1"], {})


def test_what_somebody_else_puts_where_a_record_is_missing_is_an_edit():
    world = drifting(missing="report")
    world.change("DELETE", a("n1.example.com", "192.0.2.1"))
    world.run(700)
    world.change("CREATE", a("n1.example.com", "198.51.100.1"))
    world.run(700)
    assert reasons(world) == {"n1": Reason.EDITED}
    assert world.values()["n1.example.com A"] == ["198.51.100.1"]
    order(world, Repair("n1.example.com"))
    world.run(5)
    assert (world.values()["n1.example.com A"], world.standing) == (["192.0.2.1"], {})


def test_a_repair_that_became_needless_does_not_count_for_a_later_edit():
    world = begun(count=2, settings=replace(SETTINGS, drift=Drift(period=Duration(60.0))))
    world.change("UPSERT", a("n1.example.com", "198.51.100.1"))
    world.run(100)
    order(world, Freeze("", "n1.example.com", reason="wait"))
    order(world, Repair("n1.example.com"))
    world.run(1)
    world.change("UPSERT", a("n1.example.com", "192.0.2.1"))
    world.run(100)
    order(world, Thaw("", "n1.example.com"))
    world.change("UPSERT", a("n1.example.com", "198.51.100.2"))
    world.run(100)
    assert reasons(world) == {"n1": Reason.EDITED}
    assert world.values()["n1.example.com A"] == ["198.51.100.2"]


def test_a_wish_that_changes_is_carried_out_although_its_record_was_deleted():
    world = drifting(missing="report")
    world.change("DELETE", a("n1.example.com", "192.0.2.1"))
    world.run(700)
    world.put(route("n1", ["n1.example.com"], annotations={"ttl": "60"}))
    world.run(5)
    assert (len(world.values()), world.standing) == (3, {})


def test_a_record_that_is_taken_away_again_and_again_is_put_back_more_and_more_rarely():
    world = drifting()
    times = []
    for _ in range(1000):
        if "n1.example.com A" in world.values():
            times.append(world.now)
            world.change("DELETE", a("n1.example.com", "192.0.2.1"))
        world.run(60)
    assert len(times) < 60000 / 900
    assert any(isinstance(fact, Withheld) and fact.verdict.reason is Reason.QUARANTINED for _, fact in world.facts)


def test_a_verification_takes_only_tokens_that_nobody_wants():
    world = begun(count=700, settings=replace(SETTINGS, drift=Drift(period=Duration(600.0))))
    before = world.strict.calls[LIST]
    world.run(700)
    pages = [at for at, job in world.jobs if type(job.call).__name__ == "ListRecords"][before:]
    assert len(pages) == 5
    assert all(later - earlier >= 0.4 for earlier, later in pairwise(pages))


def test_never_means_that_no_zone_is_read_again():
    world = begun(count=3, settings=replace(SETTINGS, drift=Drift(period="never")))
    reads = world.strict.calls[LIST]
    world.run(86400)
    assert world.strict.calls[LIST] == reads


# Propagation


def test_a_sample_of_the_batches_is_followed_until_it_is_everywhere():
    world = begun(count=3)
    for number in range(120):
        world.put(gateway([f"192.0.2.{number + 2}"]))
        world.run(10)
    found = told(world, Propagated)
    assert all(fact.insync for fact in found)
    assert 3 <= len(found) <= 5
    assert world.strict.calls["GetChange"] <= 5 * len(found)
