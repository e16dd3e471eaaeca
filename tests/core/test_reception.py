"""What external-dns asks is carried out, told as accepted, called back, held, parked, and remembered when it was refused."""

import pytest

from dnsguard.core.reception import REFUSED
from dnsguard.core.telling import tell
from dnsguard.core.wayback import concerned, ways_of
from dnsguard.lab.asker import Asker
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.past import history_of
from dnsguard.lab.world import World
from dnsguard.model.changes import ListRecords, Write
from dnsguard.model.events import Deleted, SourceLost, Unreadable
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Approve, Freeze, Repair, Thaw
from dnsguard.model.settings import Deletes, Drift, Duration, Guard, Ownership, Settings, Webhook, ZoneEntry
from dnsguard.model.webhook import HookChanges, HookEndpoint, Property
from dnsguard.store.history import read_all, read_batch

GRACE = 300.0
OPEN = Deletes(share=1.0, cap=0)


def config(**said):
    guard = said.pop("guard", Guard(delete_grace=Duration(GRACE), deletes=OPEN))
    fixed = {"zones": (ZoneEntry(domains=("example.com",)),), "ownership": Ownership(owner="lab"), "policy": "sync"}
    return Settings(**{**fixed, "guard": guard, "drift": Drift(period="never"), **said})


class Loop:
    """External-dns in a world: *wanted* by name; `loop` is one pass of it."""

    def __init__(self, settings=None, *, watched=False, zones=("example.com",)):
        self.world = World(settings or config(), zones, asked=watched)
        self.asker = Asker()
        self.wanted = {}
        if not watched:
            self.world.run(5)

    def want(self, name, *targets, kind="A", ttl=60):
        self.wanted[name, kind] = HookEndpoint(f"{name}.example.com", targets, kind, "", ttl)

    def drop(self, name, kind="A"):
        self.wanted.pop((name, kind), None)

    def loop(self, seconds=5.0):
        changes = self.asker.plan(self.world.told(), self.wanted.values())
        asked = changes.create or changes.update_new or changes.delete
        if asked:
            self.world.ask(changes)
        self.world.run(seconds)
        return bool(asked)

    @property
    def writes(self):
        return self.world.strict.calls["ChangeResourceRecordSets"]

    def poison(self, action="CREATE"):
        """Have Route53 refuse the name, for a reason that no read of it was needed for."""
        other = {"Name": "poison.example.com.", "Type": "CNAME", "TTL": 5, "ResourceRecords": [{"Value": "x.example.net"}]}
        self.world.change(action, other)

    def heal(self):
        self.poison("DELETE")

    def reasons(self):
        return {each.reason for each in self.world.reception.unapplied(self.world.now, 100).requests}


@pytest.fixture
def loop():
    made = Loop()
    made.want("a", "192.0.2.1")
    made.want("b", "192.0.2.1", "192.0.2.2")
    made.want("c", "lb.example.net", kind="CNAME")
    made.loop()
    return made


def test_what_is_asked_is_written_in_one_batch_with_its_txt_and_asked_once(loop):
    assert loop.writes == 1
    assert loop.world.values() == {
        "a.example.com A": ["192.0.2.1"],
        "b.example.com A": ["192.0.2.1", "192.0.2.2"],
        "c.example.com CNAME": ["lb.example.net"],
    }
    assert len(loop.world.records()) == 6
    assert not loop.loop()
    assert loop.writes == 1
    assert len(loop.world.reception) == 0


def test_records_are_told_without_a_call_and_before_anything_was_written(loop):
    reads = sum(isinstance(job.call, ListRecords) for _, job in loop.world.jobs)
    loop.want("d", "192.0.2.1")
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    assert not loop.loop(0.0)
    assert "d.example.com A" not in loop.world.values()
    assert sum(isinstance(job.call, ListRecords) for _, job in loop.world.jobs) == reads


def test_a_name_and_its_txt_are_in_one_batch_however_small_batches_are(loop):
    for number in range(700):
        loop.want(f"n{number}", "192.0.2.1")
    loop.loop(60)
    for _, job in loop.world.jobs:
        if isinstance(job.call, Write):
            names = {change.after.name for change in job.call.changes}
            assert {f"a-{name}" for name in names if name.startswith("n")} <= names


def test_an_update_is_swapped_against_what_stands_with_its_txt_as_proof(loop):
    loop.want("a", "192.0.2.9")
    loop.loop()
    write = [job.call for _, job in loop.world.jobs if isinstance(job.call, Write)][-1]
    assert [(change.before.value.type, change.after.type) for change in write.changes] == [("A", "A"), ("TXT", "TXT")]
    assert loop.world.values()["a.example.com A"] == ["192.0.2.9"]


def test_a_deletion_waits_out_its_grace_and_is_told_as_done(loop):
    loop.drop("a")
    assert loop.loop()
    assert not loop.loop()
    loop.world.run(GRACE - 20)
    assert "a.example.com A" in loop.world.values()
    assert loop.reasons() == {"grace"}
    loop.world.run(40)
    assert "a.example.com A" not in loop.world.values()
    assert len(loop.world.records()) == 4
    assert not loop.loop()


def test_a_deletion_that_is_called_back_within_the_grace_costs_nothing(loop):
    before, writes = loop.world.records(), loop.writes
    for _ in range(5):
        loop.drop("a")
        assert loop.loop(100)
        loop.want("a", "192.0.2.1")
        assert loop.loop(100)
    loop.world.run(2 * GRACE)
    assert loop.world.records() == before
    assert loop.writes == writes
    assert len(loop.world.reception) == 0


def test_a_change_of_type_goes_at_once_in_one_batch(loop):
    loop.drop("a")
    loop.want("a", "lb.example.net", kind="CNAME")
    loop.loop()
    assert loop.world.values()["a.example.com CNAME"] == ["lb.example.net"]
    assert "a.example.com A" not in loop.world.values()
    assert len(loop.world.records()) == 6
    loop.world.run(2 * GRACE)
    assert not loop.loop()
    assert loop.writes == 2


def test_a_type_that_goes_while_others_stay_waits_out_the_grace():
    loop = Loop()
    loop.want("a", "192.0.2.1")
    loop.want("a", "2001:db8::1", kind="AAAA")
    loop.loop()
    loop.drop("a", "AAAA")
    loop.want("a", "192.0.2.2")
    loop.loop()
    assert loop.world.values() == {"a.example.com A": ["192.0.2.2"], "a.example.com AAAA": ["2001:db8::1"]}
    loop.world.run(GRACE + 10)
    assert loop.world.values() == {"a.example.com A": ["192.0.2.2"]}
    assert not loop.loop()


def test_a_refused_name_is_told_as_it_stands_and_not_sent_again_until_its_back_off_is_over(loop):
    loop.want("poison", "192.0.2.1")
    loop.want("good", "192.0.2.1")
    loop.poison()
    loop.loop()
    assert "good.example.com A" in loop.world.values()
    writes = loop.writes
    asked = 0
    for _ in range(12):
        asked += loop.loop(2.0)
    assert asked == 12
    assert loop.writes - writes <= 1
    assert loop.reasons() == {"quarantined"}
    refused = loop.world.reception.unapplied(loop.world.now, 10).requests
    assert {each.group for each in refused} == {"poison.example.com"}
    assert all(not each.told and each.text for each in refused)
    loop.heal()
    for _ in range(40):
        loop.loop(60)
    assert "poison.example.com A" in loop.world.values()
    assert len(loop.world.reception) == 0


def test_a_refused_request_lapses_when_nobody_asks_for_it_any_more(loop):
    loop.want("poison", "192.0.2.1")
    loop.poison()
    loop.loop()
    loop.drop("poison")
    for _ in range(3):
        assert not loop.loop(1.0)
    assert len(loop.world.reception) == 0
    loop.heal()
    loop.world.run(7200)
    assert "poison.example.com A" not in loop.world.values()


def test_looking_at_the_records_between_two_loops_does_not_end_a_back_off(loop):
    loop.want("poison", "192.0.2.1")
    loop.poison()
    loop.loop()
    writes = loop.writes
    for _ in range(10):
        loop.world.told()
        loop.world.told()
        loop.world.run(0.5)
        loop.world.told()
        loop.loop(0.5)
    assert loop.writes - writes <= 1


def test_what_somebody_else_took_meanwhile_is_told_and_not_overwritten(loop):
    theirs = '"heritage=external-dns,external-dns/owner=other,external-dns/resource=x/y/z"'
    text = {"Name": "a-a.example.com.", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": theirs}]}
    loop.world.change("UPSERT", text)
    loop.want("a", "192.0.2.9")
    loop.loop(30)
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    assert theirs in {target for each in loop.world.told() for target in each.targets}
    for _ in range(3):
        assert not loop.loop()
    assert len(loop.world.reception) == 0


def test_a_record_that_somebody_else_made_is_not_overwritten_by_a_creation(loop):
    loop.world.change("CREATE", {"Name": "d.example.com.", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "198.51.100.1"}]})
    loop.want("d", "192.0.2.1")
    loop.loop(60)
    assert loop.world.values()["d.example.com A"] == ["198.51.100.1"]
    assert not loop.loop()


def test_an_edit_that_external_dns_was_told_of_is_its_to_undo():
    loop = Loop(config(drift=Drift(period=Duration(60.0))))
    loop.want("a", "192.0.2.1")
    loop.loop()
    loop.world.change("UPSERT", {"Name": "a.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]})
    loop.world.run(200)
    assert loop.loop()
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]


def test_a_wish_that_changes_while_it_is_on_its_way_ends_as_it_was_asked_last(loop):
    loop.want("a", "192.0.2.7")
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    loop.world.run(0.22)
    assert loop.world.engine.status(loop.world.now).zones[0].sent_at is not None
    loop.want("a", "192.0.2.1")
    loop.loop()
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    assert not loop.loop()


def test_many_deletions_trip_the_breaker_and_are_told_as_done():
    loop = Loop(config(guard=Guard(delete_grace=Duration(GRACE), deletes=Deletes(share=0.1, always=3))))
    for number in range(20):
        loop.want(f"n{number}", "192.0.2.1")
    loop.loop()
    loop.wanted.clear()
    assert loop.loop()
    assert not loop.loop()
    loop.world.run(10 * GRACE)
    assert len(loop.world.values()) == 20
    assert loop.reasons() == {"parked"}
    [parked] = loop.world.engine.status(loop.world.now).zones
    assert loop.world.order(Approve("example.com", parked.breaker.checksum)).done
    loop.world.run(10)
    assert loop.world.values() == {}


def test_nothing_is_written_of_what_is_frozen_and_it_is_told_as_done(loop):
    loop.world.order(Freeze("example.com", "", None, "exam", "me"))
    loop.want("a", "192.0.2.9")
    assert loop.loop(60)
    assert not loop.loop(60)
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    assert loop.reasons() == {"frozen"}
    loop.world.order(Thaw("example.com", ""))
    loop.world.run(5)
    assert loop.world.values()["a.example.com A"] == ["192.0.2.9"]


def test_a_repair_is_external_dns_own_affair(loop):
    assert not loop.world.order(Repair("a.example.com")).done


def test_the_history_says_that_a_deletion_was_made_for_external_dns(loop):
    loop.drop("a")
    loop.loop(GRACE + 10)
    with history_of(loop.world.facts) as base:
        *_, last = read_all(base)
    assert (last.name, last.deed.causes) == ("a.example.com", ("external-dns",))


def undo(world):
    """Turn the last batch back."""
    undoing, zone = world.engine.undoing, world.zones["example.com"]
    with history_of(world.facts) as base:
        *_, batch = [past.batch for past in read_all(base)]
        past = read_batch(base, batch)
    undoing.look(zone, concerned(past))
    world.run(5)
    course = undoing.course(zone, ways_of(past), "undo", batch, "ann", world.now)
    while course.work(5, world.now):
        pass
    assert world.order(course.order(course.order("").plan.checksum)).done
    world.run(5)


def test_what_a_person_turned_back_stays_so_until_it_is_released_and_is_told_as_external_dns_asks(loop):
    loop.want("a", "192.0.2.9")
    loop.want("d", "192.0.2.4")
    loop.loop()
    undo(loop.world)
    assert loop.loop()
    assert not any(loop.loop(GRACE) for _ in range(3))
    assert (loop.world.values()["a.example.com A"], loop.reasons()) == (["192.0.2.1"], {"undone"})
    assert "d.example.com A" not in loop.world.values()
    loop.drop("a")
    loop.loop(2 * GRACE)
    assert loop.world.order(Thaw("", "*.example.com")).done
    loop.world.run(10)
    assert "d.example.com A" in loop.world.values()
    assert (loop.world.values()["a.example.com A"], loop.reasons()) == (["192.0.2.1"], {"grace"})
    loop.world.run(GRACE)
    assert "a.example.com A" not in loop.world.values()
    assert len(loop.world.reception) == 0


@pytest.mark.parametrize("target", ["::1", "fd00::1"])
def test_a_public_address_does_not_give_way_to_a_bad_one_of_the_other_family(loop, target):
    loop.drop("a")
    loop.want("a", target, kind="AAAA")
    loop.loop(2 * GRACE)
    assert "a.example.com AAAA" not in loop.world.values()
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    assert loop.reasons() == {"target"}
    loop.want("a", "192.0.2.1")
    for _ in range(3):
        loop.loop()
    assert loop.world.values()["a.example.com AAAA"] == [target]
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    assert len(loop.world.reception) == 0


def weighted(target):
    return HookEndpoint("a.example.com", (target,), "A", "x", 60, None, (Property("aws/weight", "5"),))


@pytest.mark.parametrize("target", ["10.0.0.1", "not-an-address"])
def test_a_name_that_gets_another_set_identifier_keeps_its_record_until_another_takes_its_place(loop, target):
    loop.drop("a")
    loop.wanted["a", "x"] = weighted(target)
    loop.loop(2 * GRACE)
    assert loop.world.values()["a.example.com A"] == ["192.0.2.1"]
    loop.wanted["a", "x"] = weighted("192.0.2.7")
    loop.loop()
    assert loop.world.values()["a.example.com A"] == ["192.0.2.7"]
    assert len(loop.world.records()) == 6
    assert len(loop.world.reception) == 0


def test_under_shadow_nothing_is_written_and_the_zone_is_told_as_it_stands():
    loop = Loop(config(policy="shadow"))
    loop.want("a", "192.0.2.1")
    assert all(loop.loop(60) for _ in range(4))
    assert loop.writes == 0
    assert loop.reasons() == {"shadow"}
    loop.drop("a")
    loop.loop(60)
    loop.loop(60)
    loop.loop(60)
    assert len(loop.world.reception) == 0


def test_a_request_that_means_nothing_is_named_and_spoils_nothing(loop):
    loop.want("bad", "not-an-address")
    loop.want("good", "192.0.2.1")
    loop.loop()
    assert "good.example.com A" in loop.world.values()
    [bad, _] = loop.world.reception.unapplied(loop.world.now, 10).requests
    assert (bad.reason, bad.group, bad.told) == ("invalid", "bad.example.com", False)
    loop.drop("bad")
    loop.loop()
    loop.loop()
    loop.loop()
    assert len(loop.world.reception) == 0


@pytest.mark.parametrize("kind", ["NS", "SOA"])
def test_the_ns_and_the_soa_of_a_zone_are_never_touched(loop, kind):
    zone = loop.world.strict.records(loop.world.zones["example.com"])
    loop.world.ask(HookChanges(delete=(HookEndpoint("example.com", ("x",), kind),)))
    loop.world.ask(HookChanges(update_new=(HookEndpoint("example.com", ("ns.evil.example",), kind),)))
    loop.world.run(2 * GRACE)
    assert loop.world.strict.records(loop.world.zones["example.com"]) == zone


def test_a_name_in_no_zone_is_neither_taken_nor_told(loop):
    loop.wanted["out", "A"] = HookEndpoint("www.example.org", ("192.0.2.1",), "A")
    loop.loop()
    assert len(loop.world.reception) == 0


def test_what_was_asked_survives_a_restart_and_is_carried_out_once(loop):
    loop.want("d", "192.0.2.1")
    loop.drop("a")
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    loop.world.restart(remembering=True)
    loop.world.run(5)
    assert "d.example.com A" in loop.world.values()
    assert not loop.loop()
    loop.world.run(GRACE + 10)
    assert "a.example.com A" not in loop.world.values()
    assert loop.writes == 3


def test_what_was_refused_before_a_restart_is_not_sent_before_its_back_off_is_over(loop):
    loop.want("poison", "192.0.2.1")
    loop.poison()
    for _ in range(8):
        loop.loop(60)
    writes = loop.writes
    loop.world.restart(remembering=True)
    loop.loop(10)
    assert loop.writes == writes


def test_without_a_journal_external_dns_asks_again_and_nothing_is_lost(loop):
    loop.want("d", "192.0.2.1")
    loop.drop("a")
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    loop.world.restart()
    loop.world.run(5)
    assert loop.loop()
    loop.world.run(GRACE + 10)
    assert "d.example.com A" in loop.world.values()
    assert "a.example.com A" not in loop.world.values()


# With the cluster in view


@pytest.fixture
def watched():
    made = Loop(watched=True)
    made.world.put(gateway(["192.0.2.1"]), namespace("team"), route("r", ["a.example.com", "b.example.com"]))
    made.world.sync()
    made.world.run(5)
    made.want("a", "192.0.2.1")
    made.want("b", "192.0.2.1")
    made.loop()
    return made


def test_a_claimed_name_is_held_for_ever_and_comes_back_for_nothing(watched):
    before, writes = watched.world.records(), watched.writes
    watched.world.put(gateway([]))
    watched.wanted.clear()
    assert watched.loop()
    assert not watched.loop()
    watched.world.run(20 * GRACE)
    assert watched.reasons() == {"held"}
    watched.world.put(gateway(["192.0.2.1"]))
    watched.want("a", "192.0.2.1")
    watched.want("b", "192.0.2.1")
    assert watched.loop()
    assert watched.world.records() == before
    assert watched.writes == writes
    assert len(watched.world.reception) == 0


def test_a_name_whose_claim_ends_goes_after_the_grace(watched):
    watched.wanted.clear()
    watched.loop(2 * GRACE)
    assert len(watched.world.values()) == 2
    watched.world.drop(Ref("HTTPRoute", "team", "r"))
    watched.world.run(GRACE - 10)
    assert len(watched.world.values()) == 2
    watched.world.run(20)
    assert watched.world.values() == {}


def test_a_name_that_is_claimed_under_another_set_identifier_is_held(watched):
    watched.world.put(gateway([]), route("r", ["a.example.com", "b.example.com"], annotations={"set-identifier": "x", "aws-weight": "5"}))
    watched.wanted.clear()
    watched.loop(2 * GRACE)
    assert len(watched.world.values()) == 2
    assert watched.reasons() == {"held"}
    watched.world.drop(Ref("HTTPRoute", "team", "r"))
    watched.world.run(GRACE + 10)
    assert watched.world.values() == {}


def test_a_claimed_name_changes_its_type_and_its_value_at_once(watched):
    watched.drop("a")
    watched.want("a", "lb.example.net", kind="CNAME")
    watched.want("b", "192.0.2.9")
    watched.loop()
    assert watched.world.values() == {"a.example.com CNAME": ["lb.example.net"], "b.example.com A": ["192.0.2.9"]}


def test_a_name_that_no_spec_claims_goes_after_the_grace(watched):
    watched.want("service", "192.0.2.1")
    watched.loop()
    watched.drop("service")
    watched.loop(GRACE + 10)
    assert "service.example.com A" not in watched.world.values()


def test_a_claim_that_vanished_without_proof_holds(watched):
    watched.world.put(*(route(f"r{n}", [f"n{n}.example.com"]) for n in range(4)))
    watched.world.relist("HTTPRoute", [Ref("HTTPRoute", "team", name) for name in ("r", "r0", "r1", "r2", "r3")])
    watched.wanted.clear()
    watched.loop(5 * GRACE)
    assert len(watched.world.values()) == 2
    assert watched.reasons() == {"doubtful"}


def test_nothing_is_told_or_taken_before_the_cluster_was_listed():
    loop = Loop(watched=True)
    loop.world.run(5)
    assert loop.world.reception.reasons() == ["the cluster has not been listed yet"]
    loop.world.sync()
    loop.world.run(5)
    assert loop.world.reception.reasons() == []


def test_kinds_out_of_reach_are_not_waited_for_under_auto_and_are_under_always():
    for watch, reasons in (("auto", []), ("always", ["the cluster has not been listed yet"])):
        loop = Loop(config(webhook=Webhook(watch=watch)), watched=True)
        for kind in ("HTTPRoute", "Gateway"):
            loop.world.tell(SourceLost(kind, "404"))
        loop.world.relist("Namespace")
        loop.world.run(5)
        assert loop.world.reception.reasons() == reasons


def test_claims_that_come_late_hold_what_waits_to_be_deleted():
    loop = Loop(watched=True)
    for kind in ("HTTPRoute", "Gateway", "Namespace"):
        loop.world.tell(SourceLost(kind, "403"))
    loop.world.run(5)
    loop.want("a", "192.0.2.1")
    loop.loop()
    loop.drop("a")
    loop.loop(GRACE - 20)
    loop.world.put(gateway([]), namespace("team"), route("r", ["a.example.com"]))
    loop.world.sync()
    loop.world.run(5 * GRACE)
    assert loop.world.values() == {"a.example.com A": ["192.0.2.1"]}
    assert loop.reasons() == {"held"}


def test_every_reason_is_either_told_as_refused_or_ends():
    assert Reason.HELD not in REFUSED
    assert {Reason.QUARANTINED, Reason.INVALID} <= REFUSED


def test_the_txt_of_an_apex_lies_in_the_zone_above_and_survives_a_restart():
    loop = Loop(config(zones=(ZoneEntry(),)), zones=("example.com", "sub.example.com"))
    loop.wanted["sub.example.com", "A"] = HookEndpoint("sub.example.com", ("192.0.2.1",), "A", "", 60)
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    loop.world.restart(remembering=True)
    loop.world.run(10)
    assert loop.world.values("sub.example.com") == {"sub.example.com A": ["192.0.2.1"]}
    assert [record["Name"] for record in loop.world.records() if record["Type"] == "TXT"] == ["a-sub.example.com."]
    assert not loop.loop()


def test_an_explanation_says_whose_word_counts(loop, watched):
    def told(each, name):
        return tell(each.world.engine.explain(f"{name}.example.com", each.world.now))

    assert told(loop, "a")[0] == "a.example.com: A 192.0.2.1 (TTL 60), as external-dns left it"
    assert "No spec is seen to claim it, external-dns alone keeps it." in told(loop, "a")
    assert told(watched, "a")[0].endswith("as external-dns left it")
    watched.wanted.clear()
    watched.loop()
    assert any("external-dns asks to delete it, and a spec still claims it: it stays" in sentence for sentence in told(watched, "a"))


def test_what_an_object_that_cannot_be_understood_owns_by_its_txt_is_kept(watched):
    watched.want("lone", "192.0.2.1")
    watched.loop()
    watched.drop("lone")
    # The TXT of the stand-in name this object.
    watched.world.tell(Unreadable(Ref("HTTPRoute", "team", "any"), "spec.hostnames: expected array"))
    watched.loop(5 * GRACE)
    assert "lone.example.com A" in watched.world.values()
    assert watched.reasons() == {"doubtful"}
    watched.world.drop(Ref("HTTPRoute", "team", "any"))
    watched.world.tell(Deleted(Ref("HTTPRoute", "team", "any")))
    watched.world.run(GRACE + 10)
    assert "lone.example.com A" not in watched.world.values()


def test_a_change_that_means_nothing_leaves_what_is_told_as_it_stands_from_the_first_moment(loop):
    loop.want("a", "not-an-address")
    loop.world.ask(loop.asker.plan(loop.world.told(), loop.wanted.values()))
    assert ("192.0.2.1",) in {each.targets for each in loop.world.told() if each.name == "a.example.com"}
