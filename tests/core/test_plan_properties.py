"""Whatever stands at a name and whatever is asked of it: a plan can be carried out, touches nothing foreign, and is enough."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.feasible import obstacle
from dnsguard.core.group import Group, Memory, Row
from dnsguard.core.inventory import Demand
from dnsguard.core.ledger import Key, Ledger
from dnsguard.core.ownership import Registry
from dnsguard.core.plan import Plan, Planner
from dnsguard.core.shape import Wanted
from dnsguard.core.standing import Scope, Standing
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.changes import Accepted, Change, Create, Delete, Write
from dnsguard.model.records import Latency, RecordSet, Weighted, Zone
from dnsguard.model.settings import Drift, Duration, Guard, Ownership, Settings, ZoneEntry

NAME = "www.example.com"
SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(delete_grace=Duration(300)))
VALUES = {"A": ("192.0.2.1", "192.0.2.2"), "AAAA": ("2001:db8::1", "2001:db8::2"), "CNAME": ("x.example.net", "y.example.net")}
ROUNDS = 4
"""What goes may leave a TXT without its set behind, and that may make room again; more rounds than these are no end."""
REGIONS = {"blue": "eu-west-1", "green": "eu-west-2"}


def record(kind: str, set_id: str, policy: str, which: int) -> RecordSet:
    routing = None if not set_id else Weighted(which) if policy == "weighted" else Latency(REGIONS[set_id])
    return RecordSet(NAME, kind, set_id, 300, (VALUES[kind][which],), None, routing)


records = st.builds(
    record,
    st.sampled_from(["A", "AAAA", "CNAME"]),
    st.sampled_from(["", "blue", "green"]),
    st.sampled_from(["weighted", "latency"]),
    st.integers(0, 1),
)
owners = st.sampled_from(["me", "me", "me", "them", ""])


@st.composite
def zones(draw) -> list[RecordSet]:
    """Return sets that can stand together: managed ones with somebody's TXT or none, TXT alone, and an MX."""
    found: list[RecordSet] = []

    def add(new: RecordSet) -> bool:
        if obstacle(new, [each for each in found if each.name == new.name], "example.com") is not None:
            return False
        found.append(new)
        return True

    if draw(st.integers(0, 5)) == 0:
        add(RecordSet(NAME, "MX", "", 60, ("10 mail.example.com",)))
    for new in draw(st.lists(records, max_size=4)):
        if draw(st.integers(0, 4)) == 0 or add(new):
            owner = draw(owners)
            if owner:
                text = Registry(replace(SETTINGS.ownership, owner=owner)).txt_set(new, "httproute/team/old")
                assert text is not None
                add(text)
    return found


@st.composite
def rows(draw, zone: list[RecordSet]) -> tuple[Row, ...]:
    """Return rows of which each wants one address set, both, a name or nothing, with claims to match."""
    found = []
    for set_id in ("", *REGIONS):
        policy = draw(st.sampled_from(["weighted", "latency"]))
        kinds = draw(st.sampled_from([(), (), ("A",), ("AAAA",), ("A", "AAAA"), ("CNAME",)]))
        wanted = tuple(Wanted(record(kind, set_id, policy, draw(st.integers(0, 1))), "httproute/team/new") for kind in kinds)
        nothing = st.sampled_from([Demand(), Demand(ended=True), Demand(claimed=True, held=True)])
        demand = Demand(claimed=True, silent=draw(st.booleans())) if kinds else draw(nothing)
        if wanted or any(each.set_id == set_id for each in zone):
            found.append(Row(set_id, wanted, demand))
    return tuple(found)


def plan(ledger: Ledger, asked: tuple[Row, ...], memory: Memory, how: Settings) -> Plan:
    standing = Standing(
        Registry(how.ownership), frozenset(VALUES), Zone("Z1", "example.com", private=False, entry=0), ledger, lambda name: ()
    )
    group = Group(Zone("Z1", "example.com", private=False, entry=0), NAME, ledger.at(NAME), asked)
    return Planner(how, Scope(how, lambda *_: False)).plan(group, standing, memory, 1000.0)


def sent(found: Plan) -> tuple[Change, ...]:
    return tuple(change for unit in found.units for change in unit)


def rows_of(records: list[RecordSet]) -> set[str]:
    """Return the set identifiers of the managed sets of the name."""
    return {each.set_id for each in records if each.name == NAME and each.type in VALUES}


def is_ours(zone: list[RecordSet], one: RecordSet) -> bool:
    """Say whether a set is ours, by the plainest reading there is."""
    names = {f"{one.type.lower()}-{NAME}"} if one.type != "TXT" else {one.name}
    texts = [each for each in zone if each.type == "TXT" and each.set_id == one.set_id and each.name in names]
    return any((label := Registry(SETTINGS.ownership).read_label(text)) is not None and label.owner == "me" for text in texts)


@settings(max_examples=300)
@given(st.data())
def test_a_plan_can_be_carried_out_touches_nothing_foreign_and_is_enough(data):
    zone = data.draw(zones(), label="zone")
    asked = data.draw(rows(zone), label="asked")
    policy = data.draw(st.sampled_from(["sync", "sync", "upsert-only", "create-only"]), label="policy")
    how = replace(SETTINGS, policy=policy, drift=Drift(modified=data.draw(st.sampled_from(["report", "repair"]))))
    over = data.draw(st.sets(st.sampled_from(["", "A", "AAAA", "CNAME", "TXT"])), label="graces that are over")
    graces: dict[Key, float] = {(NAME, kind, row.set_id): 0.0 for kind in over for row in asked}

    strict = StrictRoute53()
    zone_id = strict.create_zone("example.com")
    simulation = Simulation(strict)
    if zone:
        assert isinstance(simulation.carry_out(Write(zone_id, tuple(map(Create, zone))), 0.0)[0], Accepted)
    ledger = Ledger()
    ledger.move(map(Create, zone))
    claimed = {row.set_id for row in asked if row.demand.claimed}
    for _ in range(ROUNDS):
        found = plan(ledger, asked, Memory(graces, {}, {}), how)
        changes = sent(found)
        if not changes:
            break
        before = [held.value for name in ledger for held in ledger.at(name)]
        outcome: Any = simulation.carry_out(Write(zone_id, changes), 100.0)[0]
        assert isinstance(outcome, Accepted), (changes, outcome)
        ledger.move(changes)
        for change in changes:
            assert isinstance(change, Create) or is_ours(before, change.before.value), change
            assert policy == "sync" or not isinstance(change, Delete)
        lost = rows_of(before) - rows_of([held.value for held in ledger.at(NAME)])
        assert not lost & claimed, "a row that a spec claims lost its last record set"
    else:
        raise AssertionError("it never ends")
    there = {held.value for held in ledger.at(NAME)}
    missing = {wanted.record.set_id for row in asked for wanted in row.wanted if wanted.record not in there}
    assert missing <= {verdict.set_id for verdict in found.verdicts}, "something is missing, and nothing says why"
