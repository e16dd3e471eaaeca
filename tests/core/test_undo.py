"""Going back in time: what an undo does, what it leaves alone and names, and what stays so until it is released."""

import pytest
from msgspec import structs

from dnsguard.core.explain import step_of
from dnsguard.core.ledger import keys_of
from dnsguard.core.undo import Refused
from dnsguard.core.wayback import concerned, ways_of
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.past import history_of
from dnsguard.lab.strict import Busy, Dropped, ServerError, Throttle
from dnsguard.lab.world import World
from dnsguard.model.changes import Create, Delete, Upsert, Write
from dnsguard.model.facts import Reason
from dnsguard.model.orders import Freeze, Thaw
from dnsguard.model.past import Deed, Past
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Bucket, BudgetSettings, Drift, Duration, Guard, Ownership, Settings, State, ZoneEntry
from dnsguard.store.history import read_all, read_batch, read_later, read_since

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(deletes=UNBOUND))
LOOSE = Settings(
    zones=(ZoneEntry(),),
    ownership=Ownership(owner="me"),
    policy="sync",
    budget=BudgetSettings(share=1.0, requests=Bucket(5.0, 50.0), actions=Bucket(5.0, 50.0), changes=Bucket(1000.0, 1000.0)),
)


class House:
    """A world whose history is written down, and that can be asked to go back."""

    def __init__(self, *views, settings=SETTINGS, hosts=3, **more):
        self.world = World(settings, **more)
        self.zone = self.world.zones["example.com"]
        self.hosts = [f"n{number}.example.com" for number in range(hosts)]
        self.world.put(gateway(["192.0.2.1"]), namespace("team"), *(views or map(self.route, range(hosts))))
        self.world.sync()
        self.world.run(10.0)

    def route(self, number, **more):
        return route(f"r{number}", [self.hosts[number]], **more)

    def history(self):
        return history_of(self.world.facts)

    def batches(self):
        with self.history() as base:
            return list(dict.fromkeys(past.batch for past in read_all(base)))

    def ask(self, batch=None, since=None, by="ann"):
        """Look freshly, and return the order that would go back."""
        with self.history() as base:
            past = read_batch(base, batch) if batch else read_since(base, self.zone, since)
            later = read_later(base, batch) if batch else ()
        undoing, names = self.world.engine.undoing, concerned(past)
        undoing.look(self.zone, names)
        self.world.run(5.0)
        assert undoing.seen(self.zone, names)
        course = undoing.course(self.zone, ways_of(past, later), "undo" if batch else "restore", batch or "then", by, self.world.now)
        while course.work(2, self.world.now):
            pass
        order = course.order("")
        return course.order(order.plan.checksum)

    def undo(self, batch=None, since=None):
        order = self.ask(batch, since)
        reply = self.world.order(order)
        assert reply.done, reply.text
        self.world.run(10.0)
        return order.plan

    def edit(self, name, value, kind="A"):
        self.world.change("UPSERT", {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]})

    def standing(self, name):
        return {verdict.reason for verdict in self.world.standing if verdict.name == name}

    def left(self, plan):
        return {left.name: left.why for left in plan.left}


def test_a_changed_value_is_turned_back_and_stays_so_whatever_objects_ask():
    house = House()
    before = house.world.records()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    plan = house.undo(house.batches()[-1])
    assert house.world.records() == before
    assert [back.name for back in plan.back] == house.hosts
    assert plan.left == ()
    house.world.put(gateway(["192.0.2.3"]))
    house.world.run(3600.0)
    assert house.world.records() == before
    assert house.standing("n0.example.com") == {Reason.UNDONE}


def middle(house, batch):
    """Return the names of a batch, in its order, and the one in the middle of it, edited by somebody else."""
    with house.history() as base:
        names = [past.name for past in read_batch(base, batch)]
    edited = names[len(names) // 2]
    house.edit(edited, "198.51.100.9")
    return names, edited


def test_of_a_batch_of_250_creations_all_go_but_the_one_that_somebody_else_edited():
    house = House(settings=LOOSE)
    house.world.run(10.0)
    before = house.world.values()
    house.world.put(*(route(f"more{number}", [f"more{number}.example.com"]) for number in range(250)))
    house.world.run(60.0)
    batch = house.batches()[-1]
    names, edited = middle(house, batch)
    assert len(names) == 250
    plan = house.undo(batch)
    assert sorted(back.name for back in plan.back) == sorted(set(names) - {edited})
    (left,) = plan.left
    assert (left.name, left.why) == (edited, "edited")
    assert "somebody else changed it since; A 198.51.100.9 (TTL 60) stands there" in left.text
    assert house.world.values() == before | {f"{edited} A": ["198.51.100.9"]}
    assert house.standing(edited) == {Reason.EDITED}


def test_of_a_batch_of_changed_values_all_come_back_but_the_one_that_somebody_else_edited():
    house = House(hosts=250, settings=LOOSE)
    before = house.world.records()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(60.0)
    batch = house.batches()[-2]
    names, edited = middle(house, batch)
    # Four change elements of each: both values of the record set and of its TXT.
    assert len(names) * 4 >= 500
    plan = house.undo(batch)
    assert sorted(back.name for back in plan.back) == sorted(set(names) - {edited})
    assert house.left(plan) == {edited: "edited"}
    mine = {f"{name}." for name in names if name != edited} | {f"a-{name}." for name in names}
    after = house.world.records()
    assert [record for record in after if record["Name"] in mine] == [record for record in before if record["Name"] in mine]
    assert house.world.values()[f"{edited} A"] == ["198.51.100.9"]
    others = [values for name, values in house.world.values().items() if name.partition(" ")[0] not in names]
    assert others == [["192.0.2.2"]] * (250 - len(names))


@pytest.mark.parametrize("journal", [False, True])
def test_what_was_undone_stays_so_over_a_restart_with_a_journal_and_counts_again_when_it_is_released(journal):
    house = House()
    before = house.world.values()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    batch = house.batches()[-1]
    house.undo(batch)
    if journal:
        house.world.restart(remembering=True)
        house.world.sync()
        house.world.run(60.0)
    assert house.world.values() == before
    (undone,) = house.world.engine.status(house.world.now).undone
    assert (undone.kind, undone.what, undone.by, undone.names, undone.first) == ("undo", batch, "ann", 3, tuple(house.hosts))
    reply = house.world.order(Thaw(undone=batch))
    assert (reply.done, reply.text) == (True, "3 names are released: what objects ask for counts again")
    house.world.run(10.0)
    assert [*house.world.values().values()] == [["192.0.2.2"]] * 3
    assert not house.world.engine.status(house.world.now).undone
    house.world.restart(remembering=True)
    house.world.sync()
    house.world.run(60.0)
    assert not house.world.standing


def test_a_created_record_set_goes_at_once_with_its_text_and_is_not_parked():
    house = House(hosts=0, settings=Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync"))
    house.hosts = [f"n{number}.example.com" for number in range(40)]
    house.world.put(*map(house.route, range(40)))
    house.world.run(10.0)
    plan = house.undo(house.batches()[-1])
    assert len(plan.back) == 40
    assert house.world.records() == []
    assert {verdict.reason for verdict in house.world.standing} == {Reason.UNDONE}
    assert house.world.order(Thaw(pattern="n3.example.com")).text == "1 name is released: what objects ask for counts again"
    house.world.run(10.0)
    assert list(house.world.values()) == ["n3.example.com A"]


def test_a_deleted_record_set_comes_back_with_its_text_and_goes_again_after_a_grace_when_it_is_released():
    house = House()
    before = house.world.records()
    house.world.drop(route("r0", []).ref)
    house.world.run(600.0)
    assert "n0.example.com A" not in house.world.values()
    house.undo(house.batches()[-1])
    assert house.world.records() == before
    house.world.run(3600.0)
    assert house.world.records() == before
    assert house.standing("n0.example.com") == {Reason.UNDONE}
    house.world.order(Thaw(undone=house.world.engine.status(house.world.now).undone[0].what))
    house.world.run(290.0)
    assert house.standing("n0.example.com") == {Reason.GRACE}
    assert house.world.records() == before
    house.world.run(30.0)
    assert "n0.example.com A" not in house.world.values()
    assert not house.world.standing


def test_a_change_of_type_is_turned_back_whole():
    house = House()
    before = house.world.records()
    house.world.put(gateway(["lb.example.net"]))
    house.world.run(10.0)
    assert "n0.example.com CNAME" in house.world.values()
    house.undo(house.batches()[-1])
    assert house.world.records() == before


def test_a_zone_is_restored_to_a_moment_over_several_batches():
    house = House()
    house.world.run(10.0)
    moment, before = house.world.now, house.world.records()
    house.world.put(gateway(["192.0.2.2"]), route("new", ["new.example.com"]))
    house.world.run(10.0)
    house.world.put(gateway(["192.0.2.3"]))
    house.world.drop(route("r1", []).ref)
    house.world.run(600.0)
    assert len(house.batches()) >= 4
    plan = house.undo(since=moment)
    assert house.world.records() == before
    assert [back.name for back in plan.back] == [*house.hosts, "new.example.com"]
    house.world.order(Thaw(undone="then"))
    house.world.run(600.0)
    assert house.world.values() == {f"{name}.example.com A": ["192.0.2.3"] for name in ("n0", "n2", "new")}


def test_an_undo_can_be_undone():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    after = house.world.records()
    house.undo(house.batches()[-1])
    assert house.world.records() != after
    house.undo(house.batches()[-1])
    assert house.world.records() == after
    assert {undone.what for undone in house.world.engine.status(house.world.now).undone} == {house.batches()[-2]}


def test_the_history_says_who_asked_for_it():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    batch = house.batches()[-1]
    house.undo(batch)
    with house.history() as base:
        assert {past.deed.causes for past in read_batch(base, house.batches()[-1])} == {(f"undo of {batch} by ann",)}


# What is left alone


def test_what_is_left_alone_is_named_with_the_reason():
    house = House(hosts=6, settings=structs.replace(SETTINGS, drift=Drift(missing="report")))
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    batch = house.batches()[-1]
    house.world.put(house.route(0, annotations={"ttl": "77"}))
    house.world.run(10.0)
    house.edit("n1.example.com", "198.51.100.1")
    house.world.change("DELETE", next(r for r in house.world.records() if (r["Name"], r["Type"]) == ("n2.example.com.", "A")))
    text = {"Value": '"heritage=external-dns,external-dns/owner=other,external-dns/resource=x/y/z"'}
    house.world.change("UPSERT", {"Name": "a-n3.example.com", "Type": "TXT", "TTL": 300, "ResourceRecords": [text]})
    house.world.order(Freeze(pattern="n4.example.com", reason="a move", by="eve"))
    order = house.ask(batch)
    assert house.left(order.plan) == {
        "n0.example.com": "changed-again",
        "n1.example.com": "edited",
        "n2.example.com": "edited",
        "n3.example.com": "foreign",
        "n4.example.com": "frozen",
    }
    texts = {left.name: left.text for left in order.plan.left}
    assert texts["n0.example.com"] == f"batch {house.batches()[-1]} changed it again; A 192.0.2.2 (TTL 77) stands there"
    assert texts["n2.example.com"] == "somebody else changed it since; nothing stands there"
    assert texts["n3.example.com"] == "owned by 'other': it is left alone; A 192.0.2.2 (TTL 300) stands there"
    assert texts["n4.example.com"] == "frozen by eve: a move; A 192.0.2.2 (TTL 300) stands there"
    assert [back.name for back in order.plan.back] == ["n5.example.com"]


def test_what_is_as_it_was_already_is_left_alone():
    house = House(hosts=1)
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    batch = house.batches()[-1]
    house.world.put(gateway(["192.0.2.1"]))
    house.world.run(10.0)
    plan = house.ask(batch).plan
    assert (house.left(plan), plan.back, plan.checksum) == ({"n0.example.com": "already"}, (), "")


def test_an_edit_between_the_look_and_the_call_survives_and_is_told():
    house = House(hosts=2)
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    order = house.ask(house.batches()[-1])
    house.edit("n0.example.com", "198.51.100.1")
    assert house.world.order(order).done
    house.world.run(60.0)
    assert house.world.values() == {"n0.example.com A": ["198.51.100.1"], "n1.example.com A": ["192.0.2.1"]}
    (said,) = [verdict.text for verdict in house.world.standing if verdict.name == "n0.example.com" and verdict.reason is Reason.UNDONE]
    assert "somebody else changed n0.example.com meanwhile: A 198.51.100.1 (TTL 60) stands there" in said


def test_apex_ns_and_soa_are_never_turned_back():
    house = House(hosts=1)
    zone = house.world.strict.records(house.zone)
    for kind in ("NS", "SOA"):
        record = RecordSet("example.com", kind, "", 900, ("ns.example.net",))
        for changes in ((Create(record),), (Delete(Stored(record)),)):
            past = [Past(1.0, house.zone, "example.com", "1-1", Deed(changes), "accepted", "")]
            course = house.world.engine.undoing.course(house.zone, ways_of(past), "undo", "1-1", "ann", house.world.now)
            while course.work(9, house.world.now):
                pass
            plan = course.order("").plan
            assert plan.back == ()
            assert [left.why for left in plan.left] == ["not-managed"]
    assert house.world.strict.records(house.zone) == zone


# What is declined


def test_a_plan_that_is_another_now_is_declined():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    order = house.ask(house.batches()[-1])
    house.edit("n1.example.com", "198.51.100.1")
    later = house.ask(house.batches()[-1])
    assert later.plan.checksum != order.plan.checksum
    course = type(order)(later.plan, later.turns, order.plan.checksum, "ann")
    reply = house.world.order(course)
    assert (reply.done, "it would do something else now" in reply.text) == (False, True)
    house.world.run(60.0)
    assert {tuple(values) for name, values in house.world.values().items() if "n1" not in name} == {("192.0.2.2",)}


@pytest.mark.parametrize("freeze", [Freeze(reason="a move", by="eve"), Freeze(zone="example.com", reason="a move", by="eve")])
def test_a_frozen_zone_is_not_turned_back(freeze):
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    order = house.ask(house.batches()[-1])
    house.world.order(freeze)
    reply = house.world.order(order)
    assert reply.done is False
    assert reply.text == "example.com is frozen by eve: a move; nothing of it is written, so nothing can be turned back"
    house.world.order(Thaw(freeze.zone, freeze.pattern))
    house.world.run(60.0)
    assert [*house.world.values().values()] == [["192.0.2.2"]] * 3


def test_a_freeze_that_comes_after_the_order_keeps_it_waiting():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    order = house.ask(house.batches()[-1])
    assert house.world.order(order).done
    house.world.order(Freeze(reason="a move", by="eve"))
    house.world.run(60.0)
    assert [*house.world.values().values()] == [["192.0.2.2"]] * 3
    house.world.order(Thaw())
    house.world.run(60.0)
    assert [*house.world.values().values()] == [["192.0.2.1"]] * 3


def test_an_undo_that_was_ordered_before_a_restart_is_done_after_it():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    assert house.world.order(house.ask(house.batches()[-1])).done
    house.world.keep()
    house.world.restart(remembering=True)
    house.world.sync()
    house.world.run(60.0)
    assert [*house.world.values().values()] == [["192.0.2.1"]] * 3
    assert house.standing("n0.example.com") == {Reason.UNDONE}


def test_thaw_says_what_there_is_to_release():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    batch = house.batches()[-1]
    house.undo(batch)
    assert house.world.order(Thaw(undone="nonsense")).text == f"nothing of everything is undone by nonsense; undone: {batch}"
    assert house.world.order(Thaw()).text == "everything is not frozen"
    assert house.world.order(Thaw(pattern="n9.example.com")).text == "n9.example.com is not frozen"
    assert house.world.order(Thaw("example.com", "*.example.com")).text.startswith("3 names are released")


# Whatever comes in between


@pytest.mark.parametrize("fault", [Throttle(), Busy(), ServerError(500), ServerError(500, applied=True), Dropped(), Dropped(applied=True)])
def test_an_undo_survives_whatever_becomes_of_its_call(fault):
    house = House()
    before = house.world.records()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    order = house.ask(house.batches()[-1])
    house.world.strict.faults.inject(fault, "ChangeResourceRecordSets", count=2)
    assert house.world.order(order).done
    house.world.run(120.0)
    assert house.world.records() == before
    assert house.standing("n0.example.com") == {Reason.UNDONE}


def test_a_restart_that_reads_the_zone_first_keeps_what_was_undone():
    house = House(settings=structs.replace(SETTINGS, state=State(fresh=Duration(1.0))))
    before = house.world.records()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    house.undo(house.batches()[-1])
    house.world.now += 10.0
    house.world.restart(remembering=True)
    house.world.sync()
    house.world.run(60.0)
    assert house.world.records() == before
    assert house.standing("n0.example.com") == {Reason.UNDONE}


def test_a_zone_of_which_not_everything_was_kept_keeps_what_was_undone():
    house = House()
    before = house.world.records()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    house.undo(house.batches()[-1])
    del house.world.kept["zone", house.zone]
    for _ in range(2):
        house.world.restart(remembering=True)
        house.world.sync()
        house.world.run(60.0)
        assert house.world.records() == before
        assert house.standing("n0.example.com") == {Reason.UNDONE}


def test_an_edit_after_the_undo_is_left_and_told():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    house.undo(house.batches()[-1])
    house.edit("n0.example.com", "198.51.100.1")
    house.world.run(4000.0)
    assert house.world.values()["n0.example.com A"] == ["198.51.100.1"]
    assert Reason.UNDONE in house.standing("n0.example.com")


def test_a_name_that_is_asked_for_as_it_stands_again_is_still_undone():
    house = House()
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    house.undo(house.batches()[-1])
    house.world.put(gateway(["192.0.2.1"]))
    house.world.run(60.0)
    assert house.standing("n0.example.com") == {Reason.UNDONE}


# Policies


def test_under_upsert_only_a_value_comes_back_by_upsert_and_a_creation_is_left():
    house = House(settings=structs.replace(SETTINGS, policy="upsert-only"))
    created = house.batches()[-1]
    assert house.left(house.ask(created).plan) == dict.fromkeys(house.hosts, "policy")
    house.world.put(gateway(["192.0.2.2"]))
    house.world.run(10.0)
    house.undo(house.batches()[-1])
    assert [*house.world.values().values()] == [["192.0.2.1"]] * 3
    written = [change for _, job in house.world.jobs if isinstance(job.call, Write) for change in job.call.changes]
    assert {type(change) for change in written[-6:]} == {Upsert}


def test_under_shadow_nothing_is_turned_back():
    world = World(structs.replace(SETTINGS, policy="shadow"))
    world.sync()
    world.run(10.0)
    with pytest.raises(Refused, match="nothing is written under the policy shadow"):
        world.engine.undoing.lane(world.zones["example.com"], world.now)


def test_a_zone_that_is_not_in_use_is_not_turned_back():
    with pytest.raises(Refused, match="zone Z0 is not in use any more"):
        House().world.engine.undoing.lane("Z0", 0.0)


def test_weighted_sets_of_one_name_are_turned_back_one_by_one():
    weighted = [
        route(f"w{number}", ["w.example.com"], annotations={"set-identifier": f"s{number}", "aws-weight": "10"}) for number in range(2)
    ]
    house = House(*weighted)
    before = house.world.records()
    house.world.put(route("w1", ["w.example.com"], annotations={"set-identifier": "s1", "aws-weight": "20"}))
    house.world.run(10.0)
    plan = house.undo(house.batches()[-1])
    assert house.world.records() == before
    (said,) = [step_of(change) for back in plan.back for change in back.changes if change.after.type == "A"]
    assert (said.before, said.after) == ("A 192.0.2.1 (TTL 300, weight 20)", "A 192.0.2.1 (TTL 300, weight 10)")
    assert {key[2] for back in plan.back for change in back.changes for key in keys_of(change)} == {"s1"}
