"""Whatever a zone holds and whoever asks for what: only managed types and our own TXT are ever planned or sent.

So the NS and SOA sets of an apex cannot be touched, nor a delegation, nor the MX, CAA or TXT of other people.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.ownership import Registry
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.changes import Create, Write
from dnsguard.model.settings import Drift, Duration, Guard, Ownership, Records, Settings, ZoneEntry

ZONE = "example.com"
NAMES = [ZONE, f"www.{ZONE}", f"*.{ZONE}", f"sub.{ZONE}", f"deep.sub.{ZONE}", f"a-www.{ZONE}", f"ns-{ZONE.replace('.', '-')}.{ZONE}"]
OURS = '"heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/team/{}"'
THEIRS = '"heritage=external-dns,external-dns/owner=them,external-dns/resource=httproute/team/r0"'
VALUES = {
    "A": ["198.51.100.1"],
    "AAAA": ["2001:db8::9"],
    "CNAME": ["elsewhere.example.net"],
    "NS": ["ns1.example.net", "ns2.example.net"],
    "MX": ["10 mail.example.net"],
    "CAA": ['0 issue "ca.example.net"'],
    "SRV": ["1 1 443 srv.example.net"],
    "TXT": [OURS.format("r0"), OURS.format("gone"), THEIRS, '"v=spf1 -all"'],
}
ADDRESSES = [(), ("192.0.2.1",), ("192.0.2.1", "2001:db8::1"), ("lb.example.net",), ("x.us-east-1.elb.amazonaws.com",)]

how = st.builds(
    lambda policy, types, prefix, drift, orphans: Settings(
        zones=(ZoneEntry(),),
        ownership=Ownership(owner="me", prefix=prefix),
        policy=policy,
        records=Records(managed_types=types),
        guard=Guard(status_loss=Duration(1.0), delete_grace=Duration(5.0), orphans=orphans),
        drift=Drift(modified=drift),
    ),
    st.sampled_from(["sync", "sync", "sync", "sync", "upsert-only", "create-only", "shadow"]),
    st.sampled_from([("A", "AAAA", "CNAME"), ("A",), ("CNAME",)]),
    st.sampled_from(["", "", "", "own.", "%{record_type}-own-", "ns-"]),
    st.sampled_from(["report", "repair"]),
    st.sampled_from(["delete", "park"]),
)
held = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(VALUES)), st.sampled_from([True, True, False])), min_size=2, max_size=8
)
"""Name, type, and whether a TXT of ours says that it is ours."""
asked = st.lists(st.tuples(st.integers(0, 2), st.lists(st.sampled_from(NAMES), max_size=3, unique=True)), max_size=4)


def put(world, name, kind, which):
    """Put what somebody else keeps there into the zone, if it can stand there."""
    values = VALUES[kind] if kind == "NS" else [VALUES[kind][which % len(VALUES[kind])]]
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
    if (name, kind) != (ZONE, "NS"):
        world.strict.load(world.zones[ZONE], [record])


def untouchable(world):
    return [record for record in world.strict.records(world.zones[ZONE]) if not touchable(world.settings, record)]


def touchable(how, record):
    if record["Type"] == "TXT":
        return any("owner=me" in value["Value"] for value in record["ResourceRecords"])
    return record["Type"] in how.records.managed_types


def is_ours(record):
    label = Registry(Ownership(owner="me")).read_label(record)
    return label is not None and label.owner == "me"


def judge(how, changes):
    for change in changes:
        records = [] if isinstance(change, Create) else [change.before.value]
        records += [change.after] if hasattr(change, "after") else []
        for record in records:
            assert record.type in how.records.managed_types or (record.type == "TXT" and is_ours(record)), change


@settings(max_examples=300, deadline=None)
@given(how, held, asked, st.lists(st.tuples(st.sampled_from(ADDRESSES), st.booleans()), max_size=4), st.integers(0, 3))
def test_only_managed_types_and_our_txt_are_ever_planned_or_sent(how, held, asked, turns, which):
    def witness(job, now):
        if isinstance(job.call, Write):
            judge(how, job.call.changes)

    world = World(how, witness=witness)
    for place, (name, kind, titled) in enumerate(held):
        put(world, name, kind, which + place)
        if titled:
            put(world, f"{kind.lower()}-{name}", "TXT", place % 2)
    before = untouchable(world)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"r{number}", hosts) for number, hosts in asked))
    world.sync()
    for addresses, gone in [*turns, ((), True)]:
        world.run(3.0)
        judge(how, [change for _, _, units in world.engine.planned() for unit in units for change in unit])
        world.put(gateway(addresses))
        if gone and asked:
            world.drop(route(f"r{asked[0][0]}", []).ref)
        world.run(20.0)
    assert untouchable(world) == before
    assert {record["Type"] for record in world.strict.records(world.zones[ZONE]) if record["Name"] == f"{ZONE}."} >= {"NS", "SOA"}
