"""Going back holds what it shows, whatever happened before: random histories, foreign hands included."""

from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from dnsguard.core.ledger import key_of
from dnsguard.core.wayback import concerned, ways_of
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.past import history_of
from dnsguard.lab.strict import ApiError
from dnsguard.lab.world import World
from dnsguard.model.changes import Create, Delete
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Thaw
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry
from dnsguard.store.history import read_all, read_batch, read_later, read_since

CONFIG = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="lab"), policy="sync", guard=Guard(deletes=UNBOUND))
NAMES = [f"{name}.example.com" for name in ("a", "b", "*.w", "a.b")]
ROUTES = ["r1", "r2", "r3"]
ADDRESSES = [("192.0.2.1",), ("192.0.2.2",), ("192.0.2.1", "2001:db8::1"), ("lb.example.net",), ("x.us-east-1.elb.amazonaws.com",), ()]
OTHERS = ["198.51.100.9", "198.51.100.8"]
QUIET = 2000.0
"""Longer than a grace, a repair and the first quarantines."""

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("address"), st.sampled_from(ADDRESSES)),
        st.tuples(
            st.just("route"),
            st.sampled_from(ROUTES),
            st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
            st.sampled_from([{}, {"ttl": "60"}, {"set-identifier": "x", "aws-weight": "10"}]),
        ),
        st.tuples(st.just("drop"), st.sampled_from(ROUTES)),
        st.tuples(st.just("edit"), st.sampled_from(NAMES), st.sampled_from(OTHERS)),
        st.tuples(st.just("take"), st.sampled_from(NAMES)),
        st.tuples(st.just("delete"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 5.0, 400.0])),
        st.tuples(st.just("restart")),
    ),
    max_size=12,
)


class Life:
    """A world that lives through steps; the same steps make the same world."""

    def __init__(self, steps):
        self.world = World(CONFIG)
        self.zone = self.world.zones["example.com"]
        self.world.put(gateway(["192.0.2.1"]), namespace("team"), route("r1", NAMES[:1]), route("r2", NAMES[1:3]))
        self.world.sync()
        self.world.run(5.0)
        for step in steps:
            self.live(*step)
            self.world.run(1.0)
        self.world.run(QUIET)
        self.look(self.names())
        self.world.run(QUIET)

    def live(self, what, *how):
        world = self.world
        match what:
            case "address":
                world.put(gateway(how[0]))
            case "route":
                world.put(route(how[0], how[1], annotations=how[2]))
            case "drop":
                world.drop(Ref("HTTPRoute", "team", how[0]))
            case "edit":
                self.meddle("UPSERT", {"Name": how[0], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": how[1]}]})
            case "take":
                text = '"heritage=external-dns,external-dns/owner=other,external-dns/resource=httproute/x/y"'
                self.meddle("UPSERT", {"Name": f"a-{how[0]}", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": text}]})
            case "delete":
                found = [record for record in world.records() if record["Type"] not in {"NS", "SOA"}]
                if found:
                    self.meddle("DELETE", found[how[0] % len(found)])
            case "wait":
                world.run(how[0])
            case "restart":
                world.restart(remembering=True)
                world.sync()

    def meddle(self, action, record):
        try:
            self.world.change(action, record)
        except ApiError as error:
            event(f"Route53 refused somebody else: {error.code}")

    def names(self):
        return {name for zone_name in NAMES for name in (zone_name, *(f"{kind}-{zone_name}" for kind in ("a", "aaaa", "cname")))}

    def look(self, names):
        self.world.engine.undoing.look(self.zone, names)
        self.world.run(10.0)

    def ask(self, number, *, restore):
        """Return the order to undo a batch, or to restore the zone to just before it."""
        with history_of(self.world.facts) as base:
            every = list(read_all(base))
            if not every:
                return None
            chosen = every[number % len(every)]
            past = read_since(base, self.zone, chosen.at) if restore else read_batch(base, chosen.batch)
            later = () if restore else read_later(base, chosen.batch)
        ways = ways_of(past, later)
        self.look(concerned(past))
        course = self.world.engine.undoing.course(self.zone, ways, "restore" if restore else "undo", "it", "ann", self.world.now)
        while course.work(1, self.world.now):
            pass
        order = course.order("")
        told = {(back.name, len(back.changes)) for back in order.plan.back}
        assert len(told) == len(order.plan.back)
        # Whatever was changed is either turned back or named.
        for name, keys in ways.items():
            moved = {key for back in order.plan.back if back.name == name for key in moving(back.changes)}
            left = {(each.name, each.type, each.set_id) for each in order.plan.left if each.name == name}
            assert set(keys) <= moved | left
            assert not left & moved
        return course.order(order.plan.checksum)

    def sets(self):
        return {
            (record["Name"].rstrip(".").replace("\\052", "*"), record["Type"], record.get("SetIdentifier", "")): record
            for record in self.world.records()
        }

    def unpublished(self, name):
        """Return whether somebody asks for a name that nobody ever published."""
        asking = self.world.engine.explain(name, self.world.now).asking
        return bool(asking) and all(each.targets is None for each in asking)

    def answers(self, without):
        """Return the record sets but those *without* some names, and of ownership texts only the owner: the object makes no change."""
        spared = without | {f"{kind}-{name}" for kind in ("a", "aaaa", "cname") for name in without}
        return {
            key: record["ResourceRecords"][0]["Value"].partition(",external-dns/resource")[0] if key[1] == "TXT" else record
            for key, record in self.sets().items()
            if key[0] not in spared
        }


BOTH = ("address", ("192.0.2.1", "2001:db8::1"))


def moving(changes):
    """Return the keys of the record sets that *changes* concern, each with whether one stands there afterwards."""
    found = {}
    for change in changes:
        if not isinstance(change, Create):
            found[key_of(change.before.value)] = False
        if not isinstance(change, Delete):
            found[key_of(change.after)] = True
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(STEPS, st.integers(0, 200), st.booleans(), st.booleans())
@example([BOTH, ("take", "a.example.com"), ("delete", 3)], 0, False, False)
@example([BOTH, ("delete", 7), ("route", "r2", ["b.example.com"], {"set-identifier": "x", "aws-weight": "10"})], 0, False, False)
def test_going_back_touches_what_it_named_alone_and_release_leads_to_what_is_wished(steps, number, restore, restarted):
    life, twin = Life(steps), Life(steps)
    assert life.sets() == twin.sets()
    order = life.ask(number, restore=restore)
    if order is None or not order.plan.back:
        return
    before = life.sets()
    assert life.world.order(order).done
    if restarted:
        life.world.keep()
        life.world.restart(remembering=True)
        life.world.sync()
    life.world.run(60.0)
    after = life.sets()
    event("turned something back")
    named = {key: stays for back in order.plan.back for key, stays in moving(back.changes).items()}
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert touched <= named.keys()
    assert {key: key in after for key in named} == named
    assert not {kind for _, kind, _ in named} & {"NS", "SOA"}
    # It stays so.
    life.world.run(QUIET)
    assert life.sets() == after
    undone = {verdict.name for verdict in life.world.standing if verdict.reason is Reason.UNDONE}
    assert undone == {back.name for back in order.plan.back}
    # And what is wished counts again when it is released.
    assert life.world.order(Thaw(undone="it")).done
    life.world.run(QUIET)
    twin.world.run(life.world.now - twin.world.now)
    # What is withheld for another reason has one: beside what somebody else took, nothing is created again. And of what is claimed and
    # was never published there is no value to go back to.
    excused = {verdict.name for verdict in life.world.standing if verdict.reason is not Reason.HELD}
    excused |= {name for name in NAMES if life.unpublished(name)}
    assert life.answers(excused) == twin.answers(excused)
