"""Orders in ConfigMaps last while they stand there, approve once, and leave other people's orders alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.breaker import checksum_of
from dnsguard.core.inbox import CALM, Inbox
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import START, World
from dnsguard.model.facts import Misunderstood, Ordered, Reason, Tripped, Untripped, ZonesFound
from dnsguard.model.objects import Ref, SheetView
from dnsguard.model.orders import Approve, Freeze, Reply, Thaw
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
GRACE = 300.0
SHEET, OTHER = Ref("ConfigMap", "dnsguard", "orders"), Ref("ConfigMap", "dnsguard", "others")
ZONES = ZonesFound((("Z1", "example.com", "public"), ("Z2", "example.org", "public"), ("Z3", "example.org", "private")))
LATER = "2099-01-01T00:00:00Z"
MOMENT = 4070908800.0
CHECKSUM = "0a1b2c3d"


def view(ref=SHEET, **named):
    annotations = {f"dnsguard.io/{key.replace('_', '-')}": value for key, value in named.items()}
    return SheetView(ref, "u", annotations, dict.fromkeys(annotations, "ann"))


class Desk:
    """An inbox, and someone who carries out what it says (or not)."""

    def __init__(self, *, known=True):
        self.now = START
        self.inbox = Inbox()
        self.said = []
        if known:
            self.inbox.hear(ZONES, self.now)

    def put(self, ref=SHEET, **named):
        self.inbox.put(view(ref, **named), self.now)
        return self.take()

    def take(self, *, done=True):
        orders = self.inbox.take(self.now)
        for order in orders:
            self.inbox.answered(order, Reply(done, "so"))
        self.said += [fact.text for fact in self.inbox.facts()]
        return orders


def name(ref):
    return f"{ref.namespace}/{ref.name}"


def freeze(zone="", pattern="", until=None, reason="", ref=SHEET):
    return Freeze(zone, pattern, until, reason, "ann", name(ref))


def thaw(zone="", pattern="", ref=SHEET):
    return Thaw(zone, pattern, sheet=name(ref))


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("all", [freeze()]),
        ("Z1", [freeze("Z1")]),
        ("example.com", [freeze("Z1")]),
        ("example.org", [freeze("Z2"), freeze("Z3")]),
        ("www.example.com", [freeze(pattern="www.example.com")]),
        ("*.example.com", [freeze(pattern="*.example.com")]),
        ("*", [freeze(pattern="*")]),
        ("www.example.com, Z2", [freeze(pattern="www.example.com"), freeze("Z2")]),
        ("Z9", []),
        ("true", []),
    ],
)
def test_what_stands_there_is_frozen_and_thawed_when_it_goes(text, orders):
    desk = Desk()
    assert desk.put(freeze=text) == orders
    assert desk.take() == []
    assert desk.put() == [Thaw(order.zone, order.pattern, sheet=name(SHEET)) for order in orders]
    assert desk.take() == []


@pytest.mark.parametrize("item", ["Z9", "true"])
def test_what_is_neither_a_zone_nor_a_host_is_said_once(item):
    desk = Desk()
    desk.put(freeze=f"{item}, www.example.com")
    desk.take()
    assert desk.said == [
        f"dnsguard.io/freeze has '{item.lower() if item == 'true' else item}', which is neither all, nor a zone in use, nor a host name"
    ]


@pytest.mark.parametrize("way", ["deleted", "not listed"])
def test_a_configmap_that_goes_thaws_what_it_froze(way):
    desk = Desk()
    desk.put(freeze="all")
    desk.put(OTHER, freeze="all")
    desk.inbox.drop(SHEET) if way == "deleted" else desk.inbox.listed(frozenset({OTHER}))
    assert desk.take() == [thaw()]


def test_a_freeze_of_before_the_start_is_taken_back_only_when_all_sheets_are_known_and_none_says_so():
    kept, gone = freeze(), freeze("Z1", ref=OTHER)
    inbox = Inbox([kept, gone, Freeze("Z2", reason="by a person")])
    inbox.hear(ZONES, START)
    assert inbox.take(START) == []
    inbox.put(view(freeze="all"), START)
    assert inbox.take(START) == []
    inbox.listed(frozenset({SHEET}))
    assert inbox.take(START) == [thaw("Z1", ref=OTHER)]
    assert inbox.take(START) == []


def test_an_end_and_a_reason_are_part_of_the_freeze_and_a_change_of_them_is_given_anew():
    desk = Desk()
    assert desk.put(freeze="all", freeze_until=LATER, freeze_reason="move") == [freeze(until=MOMENT, reason="move")]
    assert desk.put(freeze="all", freeze_reason="move") == [freeze(reason="move")]


def test_a_freeze_that_ended_by_itself_is_not_given_again_nor_taken_back():
    desk = Desk()
    desk.put(freeze="all", freeze_until="1970-01-12T13:46:50Z")
    desk.now = START + 10
    assert desk.take() == []
    assert desk.put() == []
    assert desk.said == []


def test_an_end_in_the_past_is_said_once_and_freezes_nothing():
    desk = Desk()
    assert desk.put(freeze="all", freeze_until="1970-01-01T00:00:00Z") == []
    assert desk.put(freeze="all", freeze_until="1970-01-01T00:00:00Z") == []
    assert desk.said == ["dnsguard.io/freeze-until is '1970-01-01T00:00:00Z', which lies in the past: nothing is frozen by it"]


def test_nothing_is_given_before_the_zones_are_known_and_complaints_are_told_at_once():
    desk = Desk(known=False)
    assert desk.put(freeze="example.com", approve="nonsense") == []
    assert len(desk.said) == 1
    desk.inbox.hear(ZONES, desk.now)
    assert desk.take() == [freeze("Z1")]
    assert len(desk.said) == 1


def test_a_name_that_becomes_a_zone_is_frozen_as_one_without_a_gap():
    desk = Desk()
    assert desk.put(freeze="new.example") == [freeze(pattern="new.example")]
    desk.inbox.hear(ZonesFound((*ZONES.zones, ("Z4", "new.example", "public"))), desk.now)
    assert desk.take() == [freeze("Z4"), thaw(pattern="new.example")]


# Approvals


def test_an_approval_by_checksum_waits_until_deletions_are_parked_and_is_given_once():
    desk = Desk()
    assert desk.put(approve=f"example.com {CHECKSUM}") == []
    desk.inbox.hear(Tripped("Z1", "example.com", 5, 4, 40), desk.now)
    assert desk.take() == []
    assert desk.inbox.wake_at() == START + CALM
    desk.now += CALM
    assert desk.take() == [Approve("example.com", CHECKSUM, by="ann", sheet=name(SHEET))]
    desk.inbox.hear(Untripped("Z1", "example.com", "it was approved"), desk.now)
    desk.inbox.hear(Tripped("Z1", "example.com", 5, 4, 40), desk.now)
    desk.now += CALM
    assert desk.take() == []


def test_one_that_came_to_nothing_is_given_again_only_when_deletions_are_parked_anew():
    desk = Desk()
    desk.inbox.hear(Tripped("Z1", "example.com", 5, 4, 40), desk.now)
    desk.now += CALM
    desk.inbox.put(view(approve=f"Z1 {CHECKSUM}"), desk.now)
    assert len(desk.take(done=False)) == 1
    assert desk.take() == []
    assert desk.put(approve=f"Z1 {CHECKSUM}") == []
    desk.inbox.hear(Untripped("Z1", "example.com", "claimed again"), desk.now)
    assert desk.take() == []
    desk.inbox.hear(Tripped("Z1", "example.com", 5, 4, 40), desk.now)
    desk.now += CALM
    assert len(desk.take()) == 1


def test_one_for_another_zone_waits_on():
    desk = Desk()
    desk.inbox.hear(Tripped("Z1", "example.com", 5, 4, 40), desk.now)
    desk.now += CALM
    assert desk.put(approve=f"example.org {CHECKSUM}") == []


@pytest.mark.parametrize("done", [True, False])
def test_one_for_so_many_names_is_given_at_once_and_never_again_for_the_same_words(done):
    desk = Desk()
    text = f"example.com max=400 until={LATER}"
    desk.inbox.put(view(approve=text), desk.now)
    assert desk.take(done=done) == [Approve("example.com", "", 400, MOMENT, "ann", name(SHEET))]
    for named in ({"approve": f" {text} "}, {}, {"approve": f"example.com until={LATER} max=0400"}):
        assert desk.put(**named) == []
    desk.inbox.listed(frozenset())
    desk.take()
    assert desk.put(approve=text) == []
    assert len(desk.put(approve=text.replace("400", "401"))) == 1


def test_one_whose_moment_is_over_is_said_once_and_not_given():
    desk = Desk()
    text = "example.com max=400 until=1970-01-01T00:00:00Z"
    assert (desk.put(approve=text), desk.put(approve=text)) == ([], [])
    assert desk.said == ["dnsguard.io/approve lets 400 names of example.com go until a moment that lies in the past: none goes by it"]


def test_one_for_a_zone_that_is_not_in_use_is_said_and_given_when_it_comes():
    desk = Desk()
    assert desk.put(approve=f"new.example max=4 until={LATER}") == []
    assert desk.said == [
        "no zone in use is called 'new.example'; there are example.com (Z1), example.org (Z2), example.org (Z3)",
    ]
    desk.inbox.hear(ZonesFound((("Z4", "new.example", "public"),)), desk.now)
    assert len(desk.take()) == 1


SHEETS = st.dictionaries(
    st.sampled_from([SHEET, OTHER]),
    st.fixed_dictionaries({}, optional={"freeze": st.sampled_from(["all", "example.com", "a.example.com", "Z2, all", "bad..name"])}),
)


@given(st.lists(SHEETS, max_size=8))
def test_whatever_the_sheets_go_through_what_is_frozen_is_what_stands_there(states):
    desk, frozen = Desk(), set()
    for state in states:
        for ref, named in state.items():
            desk.inbox.put(view(ref, **named), desk.now)
        desk.inbox.listed(frozenset(state))
        for order in desk.take():
            cover = (order.sheet, order.zone, order.pattern)
            (frozen.add if isinstance(order, Freeze) else frozen.remove)(cover)
        fresh = Desk()
        wanted = {(order.sheet, order.zone, order.pattern) for ref, named in state.items() for order in fresh.put(ref, **named)}
        assert frozen == wanted


# In a world


class Office(World):
    """A world with an inbox for ConfigMaps."""

    def __init__(self, settings=SETTINGS, **named):
        self.inbox = Inbox()
        self.noted = 0
        super().__init__(settings, **named)

    def post(self, ref=SHEET, **named):
        self.inbox.put(view(ref, **named), self.now)
        self.work()

    def work(self):
        for at, fact in self.facts[self.noted :]:
            self.inbox.hear(fact, at)
        self.noted = len(self.facts)
        for order in self.inbox.take(self.now):
            self.inbox.answered(order, self.order(order))

    def go_on(self, seconds):
        for _ in range(int(seconds)):
            self.run(1.0)
            self.work()

    def orders(self):
        return [(type(fact.order).__name__, fact.reply.done) for _, fact in self.facts if isinstance(fact, Ordered)]


def begun(count=40):
    world = Office()
    names = [f"n{number}" for number in range(count)]
    world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(name, [f"{name}.example.com"]) for name in names))
    world.sync()
    world.go_on(10)
    return world


def addresses(world):
    return {values[0] for values in world.values().values()}


@pytest.mark.parametrize(("text", "moved"), [("all", 0), ("example.com", 0), ("n1.example.com", 39), ("*.example.com", 0)])
def test_nothing_that_a_configmap_freezes_is_written_until_it_no_longer_says_so(text, moved):
    world = begun()
    world.post(freeze=text, freeze_reason="move")
    world.put(gateway(["192.0.2.9"]))
    world.go_on(60)
    assert list(world.values().values()).count(["192.0.2.9"]) == moved
    (said,) = {verdict.text for verdict in world.standing}
    assert said == "frozen by ann in ConfigMap dnsguard/orders: move"
    world.post()
    world.go_on(10)
    assert (addresses(world), world.standing) == ({"192.0.2.9"}, {})


def test_orders_by_http_and_by_configmap_do_not_end_one_another():
    world = begun()
    world.order(Freeze())
    world.post(freeze="all")
    world.post()
    world.put(gateway(["192.0.2.9"]))
    world.go_on(10)
    assert addresses(world) == {"192.0.2.1"}
    world.post(freeze="all")
    reply = world.order(Thaw())
    assert (reply.done, reply.text) == (
        True,
        "everything is no longer frozen; ConfigMap dnsguard/orders still freezes it: take the annotation away there",
    )
    world.go_on(10)
    assert addresses(world) == {"192.0.2.1"}
    reply = world.order(Thaw())
    assert not reply.done
    assert "ConfigMap dnsguard/orders still freezes it" in reply.text
    world.post()
    world.go_on(10)
    assert addresses(world) == {"192.0.2.9"}


def test_what_a_configmap_froze_of_a_zone_that_is_no_longer_in_use_can_be_taken_back():
    world = begun(1)
    sheet = name(SHEET)
    assert world.order(Freeze(zone="Z9", sheet=sheet)).done
    assert world.order(Thaw(zone="Z9", sheet=sheet)).done


def test_two_configmaps_freeze_each_for_itself():
    world = begun()
    world.post(freeze="all")
    world.post(OTHER, freeze="all", freeze_until="1970-01-12T13:48:00Z")
    world.post()
    world.put(gateway(["192.0.2.9"]))
    world.go_on(30)
    assert addresses(world) == {"192.0.2.1"}
    world.go_on(90)
    assert addresses(world) == {"192.0.2.9"}


def test_a_checksum_in_a_configmap_lets_exactly_the_parked_names_go_once():
    world = begun()
    gone = [f"n{number}" for number in range(20)]
    world.drop(*(Ref("HTTPRoute", "team", name) for name in gone))
    world.go_on(10)
    world.post(approve=f"example.com {checksum_of(sorted(f'{name}.example.com' for name in gone))}")
    world.go_on(GRACE)
    assert len(world.values()) == 20
    assert world.orders() == [("Approve", True)]


def test_a_checksum_in_a_configmap_lets_go_what_was_parked_before_a_restart():
    world = begun()
    gone = [f"n{number}" for number in range(20)]
    world.drop(*(Ref("HTTPRoute", "team", name) for name in gone))
    world.go_on(10)
    world.restart(remembering=True)
    world.inbox, world.noted = Inbox(), len(world.facts)
    world.post(approve=f"example.com {checksum_of(f'{name}.example.com' for name in gone)}")
    world.sync()
    world.go_on(GRACE)
    assert len(world.values()) == 20
    assert world.orders() == [("Approve", True)]


def test_a_wrong_checksum_approves_nothing_and_is_declined_once():
    world = begun()
    world.drop(*(Ref("HTTPRoute", "team", f"n{number}") for number in range(20)))
    world.post(approve="example.com 00000000")
    world.go_on(GRACE + 10)
    assert len(world.values()) == 40
    assert world.orders() == [("Approve", False)]
    assert {verdict.reason for verdict in world.standing} == {Reason.PARKED}


def test_a_number_in_a_configmap_is_not_granted_again_by_the_same_words():
    world = begun()
    text = f"example.com max=10 until={LATER}"
    world.post(approve=text)
    for first in (0, 10):
        world.drop(*(Ref("HTTPRoute", "team", f"n{number}") for number in range(first, first + 10)))
        world.post()
        world.post(approve=text)
        world.go_on(GRACE + 10)
    assert len(world.values()) == 30
    assert world.orders() == [("Approve", True)]


def test_what_cannot_be_understood_is_a_fact_about_the_configmap():
    inbox = Inbox()
    inbox.put(view(freeze="a..b"), START)
    inbox.take(START)
    (fact,) = inbox.facts()
    assert isinstance(fact, Misunderstood)
    assert fact.ref == SHEET
