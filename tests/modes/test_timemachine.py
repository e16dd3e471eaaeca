"""The time machine answers each question about the past with an order, or with one sentence."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from dnsguard.core.undo import Refused
from dnsguard.errors import ServiceUnavailable
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.strict import ServerError
from dnsguard.lab.world import World
from dnsguard.model.changes import ListRecords
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry
from dnsguard.modes.timemachine import TimeMachine
from dnsguard.store.database import Database
from dnsguard.store.history import Chronicle, read_all

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(deletes=UNBOUND))
HOSTS = [f"n{number}.example.com" for number in range(40)]


class Still:
    """In the place of a driver: time passes only while somebody waits."""

    def __init__(self, world):
        self.world = world
        self.now = lambda: world.now

    def wake(self):
        pass

    async def until(self, condition, patience):
        end = self.world.now + patience
        while not condition() and self.world.now < end:
            self.world.run(min(0.5, end - self.world.now))
        return condition()


class Past:
    """A world with a journal of what it did, and a machine to go back."""

    def __init__(self, path):
        self.world = World(SETTINGS, ("example.com", "example.org"))
        self.world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"r{n}", [host]) for n, host in enumerate(HOSTS)))
        self.world.sync()
        self.world.run(10.0)
        self.path = path
        self.database = Database(path, "me", 1 << 24)
        self.database.open()
        self.chronicle = Chronicle(1.0)
        self.told = 0
        self.machine = self.make()
        self.note()

    def make(self, file="", *, blind=False):
        still = Still(self.world)
        return TimeMachine(self.world.engine, still, still, self.path if file == "" else file, blind=blind)

    def note(self):
        for at, fact in self.world.facts[self.told :]:
            self.chronicle.tell(fact, at)
        self.told = len(self.world.facts)
        self.database.write((), self.chronicle.take())

    def live(self, address, seconds=10.0):
        self.world.put(gateway([address]))
        self.world.run(seconds)
        self.note()

    def batches(self):
        with closing(sqlite3.connect(self.path)) as base:
            return list(dict.fromkeys(past.batch for past in read_all(base)))

    def undo(self, batch, **how):
        return asyncio.run(self.machine.undo(batch, "ann", **how))

    def restore(self, zone, to, **how):
        return asyncio.run(self.machine.restore(zone, to, "ann", **how))

    def reads(self):
        return sum(isinstance(job.call, ListRecords) for _, job in self.world.jobs)


@pytest.fixture
def past(tmp_path):
    made = Past(tmp_path / "journal.sqlite")
    with closing(made.database):
        yield made


def test_a_batch_is_undone_by_its_name_or_its_change_id(past):
    past.live("192.0.2.2")
    (batch,) = past.batches()[1:]
    order = past.undo(batch)
    assert [back.name for back in order.plan.back] == sorted(HOSTS)
    with closing(sqlite3.connect(past.path)) as base:
        change = next(each.change for each in read_all(base) if each.batch == batch)
    again = past.undo(f"/change/{change}")
    assert (again.plan.what, again.plan.checksum) == (batch, order.plan.checksum)


def test_a_zone_is_restored_to_so_long_ago_or_to_a_moment(past):
    past.live("192.0.2.2", seconds=100.0)
    order = past.restore("example.com", "1m40s")
    assert [back.name for back in order.plan.back] == sorted(HOSTS)
    assert past.restore("example.com", order.plan.what).plan == order.plan
    assert past.restore(past.world.zones["example.com"], "5s").plan.back == ()


def test_what_is_looked_at_is_read_and_what_is_done_only_where_writes_are_blind(past):
    past.live("192.0.2.2")
    (batch,) = past.batches()[1:]
    reads = past.reads()
    past.undo(batch)
    assert past.reads() > reads
    reads = past.reads()
    past.undo(batch, again=True)
    assert past.reads() == reads
    past.machine = past.make(blind=True)
    past.undo(batch, again=True)
    assert past.reads() > reads


def test_an_edit_that_nobody_has_read_yet_is_seen(past):
    past.live("192.0.2.2")
    past.world.change("UPSERT", {"Name": HOSTS[7], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]})
    (left,) = past.undo(past.batches()[1]).plan.left
    assert (left.name, left.why) == (HOSTS[7], "edited")


def test_after_a_start_that_remembers_the_names_are_read_all_the_same(past):
    past.live("192.0.2.2")
    past.world.restart(remembering=True)
    past.world.sync()
    past.machine = past.make()
    for ask in (lambda: past.undo(past.batches()[1]), lambda: past.restore("example.com", "1s")):
        with pytest.raises(Refused, match="the hosted zones were not found yet"):
            ask()
    past.world.run(1.0)
    past.world.change("UPSERT", {"Name": HOSTS[7], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]})
    (left,) = past.undo(past.batches()[1]).plan.left
    assert (left.name, left.why) == (HOSTS[7], "edited")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda past: past.undo("nonsense"), "no batch is called 'nonsense' in the history; dnsguard history has their names"),
        (lambda past: past.undo(""), "no batch is called '' in the history"),
        (lambda past: past.undo("1-1"), "batch 1-1 is forgotten: the history begins at 1970-01-12T13:46:40"),
        (lambda past: past.restore("nowhere", "1s"), "no zone in use is called 'nowhere'"),
        (lambda past: past.restore("example.com", "soon"), "'soon' is not a moment such as"),
        (lambda past: past.restore("example.com", "2999-01-01T00:00:00Z"), "lies in the future"),
        (lambda past: past.restore("example.com", "1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z lies before 1970-01-12T13:46:40"),
    ],
)
def test_a_question_without_an_answer_is_one_sentence_and_nothing_is_called(past, ask, said):
    calls = len(past.world.jobs)
    with pytest.raises(ValueError, match=r".") as refused:
        ask(past)
    assert str(refused.value).startswith(said) or said in str(refused.value)
    assert len(past.world.jobs) == calls


def test_several_zones_of_one_name_have_to_be_told_apart(past):
    past.world.strict.create_zone("example.com", private=True)
    past.world.run(2 * 3600.0)
    with pytest.raises(ValueError, match=r"several zones are called example.com: name one by its id: Z"):
        past.restore("example.com", "1s")


def test_without_a_journal_nothing_is_known(past):
    past.machine = past.make(file=None)
    with pytest.raises(ValueError, match=r"the service keeps no journal \(state.path is empty\)"):
        past.undo("1-1")


def test_an_empty_history_is_said(past, tmp_path):
    empty = Database(tmp_path / "empty.sqlite", "me", 1 << 24)
    empty.open()
    empty.close()
    past.machine = past.make(file=empty.path)
    with pytest.raises(ValueError, match="the history is empty"):
        past.restore("example.com", "1s")
    with pytest.raises(ValueError, match="no batch is called '1-1'"):
        past.undo("1-1")


def test_a_journal_that_cannot_be_read_is_said(past, tmp_path):
    past.machine = past.make(file=tmp_path / "none.sqlite")
    with pytest.raises(ServiceUnavailable, match="cannot be read"):
        past.undo("1-1")


def test_a_batch_that_route53_refused_changed_nothing(past):
    with closing(sqlite3.connect(past.path)) as base:
        base.execute("UPDATE history SET outcome = 'refused: no'")
        base.commit()
    with pytest.raises(ValueError, match=r"Route53 refused batch .*, so it changed nothing"):
        past.undo(past.batches()[0])


def test_a_batch_that_is_still_on_its_way_is_not_undone(past):
    past.live("192.0.2.2", seconds=0.22)
    batch = past.batches()[-1]
    assert past.world.engine.undoing.busy(past.world.zones["example.com"])
    with pytest.raises(Refused, match=f"batch {batch} is still on its way"):
        past.undo(batch)
    past.world.run(10.0)
    assert past.undo(batch).plan.back


def test_a_frozen_zone_is_not_even_read(past):
    past.live("192.0.2.2")
    past.world.order(Freeze(reason="a move", by="eve"))
    reads = past.reads()
    with pytest.raises(Refused, match="frozen by eve: a move"):
        past.undo(past.batches()[1])
    past.world.run(10.0)
    assert past.reads() == reads


def test_a_zone_that_cannot_be_read_in_time_is_said(past):
    past.live("192.0.2.2")
    past.world.strict.faults.inject(ServerError(503), "ListResourceRecordSets", count=10_000)
    with pytest.raises(ServiceUnavailable, match=r"example.com could not be read within 5m: nothing was changed"):
        past.undo(past.batches()[1])
