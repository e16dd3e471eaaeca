"""The screen says of every event what the engine's own gates say, and passes over only what they would say again."""

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.app import kinds_of
from dnsguard.core.diagnosis.screen import Screen
from dnsguard.core.dispute import Disputes
from dnsguard.core.gate import Gate
from dnsguard.core.intake import Intake
from dnsguard.core.inventory import Inventory
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.model.events import Deleted, Listed, Unreadable, Upserted
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Flap, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync")
KINDS = kinds_of(SETTINGS)
A, B = "203.0.113.10", "203.0.113.20"


def parts(resolved=None):
    rules = compile_rules(SETTINGS.sources, SETTINGS.zones)
    projection = Projection(rules)
    inventory, gate = Inventory(None), Gate(projection)
    resolver = Resolver(rules)

    def resolve(view, views):
        if resolved is not None:
            resolved.append(view.ref)
        return resolver.resolve(view, views)

    return projection, gate, Intake(gate, resolve, inventory, KINDS, Disputes(Flap(turns=0))), inventory


def new_screen(resolved=None):
    projection, gate, intake, inventory = parts(resolved)
    screen = Screen(Gate(projection), gate, intake)
    for kind in KINDS:
        screen.judge(Listed(kind, frozenset()), 0.0)
    return screen, inventory


class Plain:
    """The gates alone, every event carried to all of its routes."""

    def __init__(self):
        _, _, self.intake, self.inventory = parts()
        for kind in KINDS:
            self.judge(Listed(kind, frozenset()), 0.0)

    def judge(self, event, now):
        facts, touched = self.intake.observe(event, now)
        while self.intake.busy:
            more, names = self.intake.work(64)
            facts, touched = [*facts, *more], [*touched, *names]
        names = {name for touch in touched for name in touch.names}
        seen = [fact.gate for fact in facts if hasattr(fact, "gate")]
        return None if names else (seen or [Stop.SAME_WISH])[0], len(names)


def put(screen, *views):
    return [screen.judge(Upserted(view, "1"), 1.0) for view in views]


def test_what_changes_no_view_stops_at_gate_1_and_what_changes_no_wish_at_gate_2():
    screen, _ = new_screen()
    put(screen, gateway([A]), route("a", ["a.example.com"]))
    (same,) = put(screen, route("a", ["a.example.com"]))
    (wish,) = put(screen, route("a", ["a.example.com", "nonsense name"]))
    (real,) = put(screen, route("a", ["b.example.com"]))
    assert (same.stopped, wish.stopped, real.stopped) == (Stop.SAME_VIEW, Stop.SAME_WISH, None)
    assert (real.names, real.ended) == (2, True)


def test_a_status_that_changes_a_wish_ends_no_claim():
    screen, _ = new_screen()
    put(screen, gateway([A]), route("a", ["a.example.com"]))
    (lost,) = put(screen, route("a", ["a.example.com"], accepted=False))
    (turned,) = put(screen, gateway([B]))
    assert (lost.stopped, lost.names, lost.ended) == (None, 1, False)
    assert turned.stopped is Stop.SAME_WISH


def test_what_cannot_be_read_changes_nothing():
    screen, inventory = new_screen()
    put(screen, gateway([A]), route("a", ["a.example.com"]))
    assert screen.judge(Unreadable(Ref("HTTPRoute", "team", "a"), "why"), 1.0).stopped is Stop.SAME_VIEW
    assert "a.example.com" in inventory.names()


def test_a_parent_that_turns_is_resolved_once_for_each_step():
    resolved = []
    screen, _ = new_screen(resolved)
    put(screen, gateway([A]), *(route(f"r{number}", [f"r{number}.example.com"]) for number in range(20)))
    before, first = screen.effort, len(resolved)
    steps = [put(screen, gateway([(B, A)[number % 2]]))[0] for number in range(200)]
    assert {step.names for step in steps} == {20}
    assert screen.effort == before + 200 * 20
    assert len(resolved) == first + 2 * 20


def test_what_was_passed_over_is_made_up_for():
    screen, inventory = new_screen()
    put(screen, gateway([A]), route("a", ["a.example.com"]))
    for address in (B, A, B, A, B):
        put(screen, gateway([address]))
    screen.catch_up()
    (wish,) = inventory.demand("a.example.com", "", 0, 1.0).wishes
    assert wish.contribution.targets == (B,)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("gateway"), st.sampled_from([(A,), (B,), (A, B), ()])),
        st.tuples(st.just("gateway"), st.sampled_from([(A,), (B,)])),
        st.tuples(st.just("route"), st.sampled_from("ab"), st.sampled_from([("x",), ("y",), ("x", "y")]), st.booleans()),
        st.tuples(st.just("namespace"), st.booleans()),
        st.tuples(st.just("drop"), st.sampled_from("ab")),
        st.tuples(st.just("drop gateway")),
        st.tuples(st.just("relist"), st.booleans()),
    ),
    max_size=30,
)


def event_of(step):
    match step:
        case ("gateway", addresses):
            return Upserted(gateway(addresses), "1")
        case ("route", name, hosts, accepted):
            return Upserted(route(name, [f"{host}.example.com" for host in hosts], accepted=accepted), "1")
        case ("namespace", labelled):
            return Upserted(namespace("team", {"a": "b"} if labelled else {}), "1")
        case ("drop", name):
            return Deleted(Ref("HTTPRoute", "team", name))
        case ("drop gateway",):
            return Deleted(Ref("Gateway", "edge", "public"))
        case ("relist", there):
            return Listed("Gateway", frozenset({Ref("Gateway", "edge", "public")} if there else ()))


@given(EVENTS)
def test_the_screen_says_what_the_gates_say(steps):
    screen, inventory = new_screen()
    plain = Plain()
    for moment, step in enumerate(steps):
        event = event_of(step)
        found, expected = screen.judge(event, float(moment)), plain.judge(event, float(moment))
        if not isinstance(event, Listed | Deleted):
            assert (found.stopped, found.names) == expected
        assert (found.names > 0) == (expected[1] > 0)
    screen.catch_up()
    for name in ("x.example.com", "y.example.com"):
        assert inventory.demand(name, "", 0, 99.0).wishes == plain.inventory.demand(name, "", 0, 99.0).wishes
