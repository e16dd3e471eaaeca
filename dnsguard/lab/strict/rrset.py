"""One resource record set as it stands in a zone: what was sent, as Route53 prints it, and what makes it the same set."""

import copy
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dnsguard.lab.strict.names import NameProblem, printed
from dnsguard.lab.strict.rdata import ValueProblem, identity

Params = Mapping[str, Any]
Key = tuple[str, str]
"""Type and set identifier: what tells the sets of one name apart."""

POLICIES = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "geolocation",
    "MultiValueAnswer": "multivalue answer",
    "CidrRoutingConfig": "CIDR",
    "GeoProximityLocation": "geoproximity",
}
"""Routing policies: the member that names each in a request, and the word for it in messages."""


class Target(Struct, frozen=True, gc=False):
    """An alias target: bare zone id, printed name, EvaluateTargetHealth."""

    zone_id: str
    name: str
    evaluate: bool


class RRSet(Struct, frozen=True, gc=False):
    """A record set; *policy* is the routing member or "", *detail* its value, *same* what DELETE and no-ops compare."""

    name: str
    type: str
    set_id: str
    ttl: int | None
    values: tuple[str, ...]
    alias: Target | None
    policy: str
    detail: Any
    health_check: str
    traffic_policy: str
    same: tuple[object, ...]

    @property
    def key(self) -> Key:
        """What tells it from the other sets of its name."""
        return self.type, self.set_id

    def shown(self) -> dict[str, Any]:
        """Return it as a boto3 ResourceRecordSet; the caller may keep and change it."""
        found: dict[str, Any] = {"Name": self.name, "Type": self.type}
        if self.set_id:
            found["SetIdentifier"] = self.set_id
        if self.policy:
            found[self.policy] = copy.deepcopy(self.detail)
        if self.ttl is not None:
            found["TTL"] = self.ttl
        if self.values:
            found["ResourceRecords"] = [{"Value": value} for value in self.values]
        if self.alias is not None:
            found["AliasTarget"] = {
                "HostedZoneId": self.alias.zone_id,
                "DNSName": self.alias.name,
                "EvaluateTargetHealth": self.alias.evaluate,
            }
        if self.health_check:
            found["HealthCheckId"] = self.health_check
        if self.traffic_policy:
            found["TrafficPolicyInstanceId"] = self.traffic_policy
        return found


def policies(raw: Params) -> list[str]:
    """Return the routing members that *raw* carries; `MultiValueAnswer: false` is none."""
    return [member for member in POLICIES if raw.get(member) is not None and raw[member] is not False]


def read(raw: Params, problems: list[str]) -> RRSet | None:
    """Return the set that *raw*, a structurally sound ResourceRecordSet, describes.

    Appends every problem of its names and values to *problems*; None if there was any.
    """
    before = len(problems)
    name = _name(raw["Name"], problems)
    alias = _target(raw["AliasTarget"], problems) if raw.get("AliasTarget") else None
    values = tuple(record["Value"] for record in raw.get("ResourceRecords") or ())
    parsed = _identities(raw["Type"], values, problems)
    if len(problems) > before:
        return None
    policy = next(iter(policies(raw)), "") if raw.get("SetIdentifier") else ""
    detail = copy.deepcopy(raw[policy]) if policy else None
    ttl = raw.get("TTL")
    health_check = raw.get("HealthCheckId") or ""
    traffic_policy = raw.get("TrafficPolicyInstanceId") or ""
    return RRSet(
        name=name,
        type=raw["Type"],
        set_id=raw.get("SetIdentifier") or "",
        ttl=ttl,
        values=values,
        alias=alias,
        policy=policy,
        detail=detail,
        health_check=health_check,
        traffic_policy=traffic_policy,
        same=(ttl, parsed, alias, policy, detail, health_check, traffic_policy),
    )


def _name(name: str, problems: list[str]) -> str:
    try:
        return printed(name)
    except NameProblem as problem:
        problems.append(str(problem))
        return ""


def _target(raw: Params, problems: list[str]) -> Target:
    zone_id = raw["HostedZoneId"].removeprefix("/hostedzone/")
    return Target(zone_id, _name(raw["DNSName"], problems), bool(raw["EvaluateTargetHealth"]))


def _identities(record_type: str, values: tuple[str, ...], problems: list[str]) -> frozenset[object]:
    found: set[object] = set()
    for value in values:
        try:
            parsed = identity(record_type, value)
        except ValueProblem as problem:
            problems.append(str(problem))
            continue
        if parsed in found:
            problems.append(f"Duplicate Resource Record: '{value}'")
        found.add(parsed)
    return frozenset(found)
