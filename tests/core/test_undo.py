"""Going back in time: what an undo does, what it leaves alone and names, and what stays so until it is released."""

import sqlite3
from contextlib import closing

import pytest

from dnsguard.core.ledger import key_of
from dnsguard.core.wayback import concerned, ways_of
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.facts import Reason
from dnsguard.model.orders import Freeze, Thaw
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry
from dnsguard.store import layout
from dnsguard.store.history import Chronicle, read_all, read_batch, read_later, read_since

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(deletes=UNBOUND))


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
        """Return the history up to now as a base, as the journal has it."""
        base = sqlite3.connect(":memory:")
        layout.migrate(base, 0)
        chronicle = Chronicle(1.0)
        for at, fact in self.world.facts:
            chronicle.tell(fact, at)
        for text, values in chronicle.take():
            base.execute(text, values)
        return closing(base)

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
