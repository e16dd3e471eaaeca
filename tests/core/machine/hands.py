"""What happens at Route53: other people's hands in the zones, and calls that go wrong."""

from typing import Any

from hypothesis import note
from hypothesis import strategies as st

from dnsguard.lab.objects import route
from dnsguard.lab.strict import ApiError, Busy, Curtailed, Dropped, Latency, Policies, Refusal, Reworded, ServerError, Throttle
from tests.core.machine.plain import group_of, key
from tests.core.machine.scenery import CHILD, NAMES, PARENT, ROUTES, TWIN, holding
from tests.core.machine.stage import Stage, act

WRITE, LIST = "ChangeResourceRecordSets", "ListResourceRecordSets"
FAULTS = [
    Throttle(),
    Busy(),
    ServerError(503),
    ServerError(500),
    ServerError(500, applied=True),
    Dropped(),
    Dropped(applied=True),
    Latency(3.0),
    Latency(20.0),
]
REFUSALS = [
    Refusal(),
    Refusal(403, "AccessDenied", "User: lab is not authorized to perform: route53:ChangeResourceRecordSets"),
    Refusal(400, "InvalidInput", "Something is wrong"),
]
OTHERS = '"heritage=external-dns,external-dns/owner=other,external-dns/resource=httproute/x/y"'
places = st.sampled_from([PARENT, PARENT, CHILD, TWIN])


def _a(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}


def _mark(name: str, kind: str) -> dict[str, Any]:
    """Return another owner's TXT."""
    return {"Name": f"{kind}-{name}", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": OTHERS}]}


def _denying(name: str) -> Policies:
    """Return policies that allow everything but to write one name."""
    condition = {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": [name.replace("*", "\\052")]}}
    return Policies({
        "Statement": [
            {"Effect": "Allow", "Action": "route53:*", "Resource": "*"},
            {"Effect": "Deny", "Action": f"route53:{WRITE}", "Resource": "*", "Condition": condition},
        ]
    })  # fmt: skip


class Hands(Stage):
    """Rules of Route53's side."""

    def meddle(self, zone: str, action: str, record: dict[str, Any]) -> bool:
        """Change a zone as somebody else does; say whether Route53 took it."""
        self.catch_up()
        if zone not in self.world.zones or not holding(key(record)[0], zone):
            return False
        self.judge.owned(zone, self.sets(zone), self.world.now)
        try:
            self.world.change(action, record, zone)
        except ApiError as error:
            note(str(error))
            return False
        self.judge.meddled[zone, group_of(*key(record))] = self.world.now
        return True

    @act(zone=places, name=st.sampled_from(NAMES), value=st.sampled_from(["198.51.100.9", "198.51.100.8"]))
    def somebody_writes_a_value(self, zone: str, name: str, value: str) -> None:
        if self.meddle(zone, "UPSERT", _a(name, value)):
            self.judge.edited(zone, name, value)

    @act(zone=places, name=st.sampled_from(NAMES), kind=st.sampled_from(["a", "aaaa"]))
    def somebody_takes_over(self, zone: str, name: str, kind: str) -> None:
        """Another owner's TXT takes the place of ours."""
        self.meddle(zone, "UPSERT", _mark(name, kind))

    @act(zone=places, name=st.sampled_from(NAMES))
    def somebody_moves_in(self, zone: str, name: str) -> None:
        """A record set of another owner, with its TXT."""
        if self.meddle(zone, "CREATE", _a(name, "198.51.100.9")):
            self.meddle(zone, "UPSERT", _mark(name, "a"))

    @act(zone=places, name=st.sampled_from(NAMES), kind=st.sampled_from(["MX", "TXT", "CNAME"]))
    def somebody_adds_something(self, zone: str, name: str, kind: str) -> None:
        value = {"MX": "10 mail.example.net", "TXT": '"v=spf1 -all"', "CNAME": "elsewhere.example.net"}[kind]
        self.meddle(zone, "CREATE", {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]})

    @act(zone=places, data=st.data())
    def somebody_deletes(self, zone: str, data: st.DataObject) -> None:
        found = [record for record in self.world.records(zone) if record["Type"] != "NS"] if zone in self.world.zones else []
        if found:
            self.meddle(zone, "DELETE", data.draw(st.sampled_from(found), label="deleted by somebody else"))

    @act(zone=places, count=st.integers(2, 6))
    def somebody_deletes_many(self, zone: str, count: int) -> None:
        found = [record for record in self.world.records(zone) if record["Type"] == "A"] if zone in self.world.zones else []
        for record in found[:count]:
            self.meddle(zone, "DELETE", record)

    # Calls that go wrong

    @act(fault=st.sampled_from(FAULTS), count=st.integers(1, 3), operation=st.sampled_from([WRITE, WRITE, LIST, None]), data=st.data())
    def fault(self, fault: Any, count: int, operation: str | None, data: st.DataObject) -> None:
        self.world.strict.faults.inject(fault, operation, count=count)
        self.something_is_to_be_written(data)

    @act(refusal=st.sampled_from(REFUSALS), count=st.integers(1, 4), data=st.data())
    def refusal(self, refusal: Refusal, count: int, data: st.DataObject) -> None:
        self.world.strict.faults.inject(refusal, WRITE, count=count)
        self.something_is_to_be_written(data)

    def something_is_to_be_written(self, data: st.DataObject) -> None:
        """A fault is of no use while nothing is sent."""
        ref, names = data.draw(st.sampled_from(ROUTES)), data.draw(st.sampled_from([NAMES[:2], NAMES[2:5], NAMES[6:9]]))
        known = self.routes().get(ref)
        again = known is not None and list(known.spec.hostnames or ()) == names
        self.put(route(ref.name, names, annotations={"ttl": "90" if again else "120"}))

    @act(wording=st.sampled_from([Reworded("Something that nobody has heard of"), Curtailed(1)]), count=st.integers(1, 4))
    def wording(self, wording: Reworded | Curtailed, count: int) -> None:
        """What is refused anyway is refused in words that nobody can read, or that name one culprit of several."""
        self.world.strict.faults.inject(wording, WRITE, count=count)

    @act(name=st.sampled_from([*NAMES, *(f"a-{name}" for name in NAMES[:4])]))
    def name_is_denied(self, name: str) -> None:
        self.world.strict.policies = _denying(name)

    @act()
    def nothing_is_denied(self) -> None:
        self.world.strict.policies = None

    @act(limit=st.sampled_from([8, 16, 10_000]))
    def quota(self, limit: int) -> None:
        self.world.strict.zone_limit = limit

    # Time

    @act(seconds=st.sampled_from([0.2, 10.0, 150.0, 1900.0]))
    def wait(self, seconds: float) -> None:
        self.run_for(seconds)
