"""Which record sets may stand beside each other.

Rules:
1. A set lies in its zone, at a label boundary (text 7).
2. A CNAME stands alone at its name and never at the apex (texts 4 to 6); CNAME and SOA have one value.
3. SOA stands at the apex only (text 22). An NS set has no wildcard name.
4. The sets of one name and type are one simple set, or sets of one routing policy with an identifier each (texts 9, 10); at
   most 100 of them.
5. Weighted sets with a TTL have the same TTL (text 11); one latency set per region (text 12), one geolocation set per
   location, one failover set per role.
6. A multivalue set is no alias; a failover alias evaluates its target's health.
"""

from collections.abc import Collection, Iterator

from dnsguard.lab.strict.names import within
from dnsguard.lab.strict.rdata import SINGLETONS
from dnsguard.lab.strict.rrset import POLICIES, RRSet

GROUP = 100
_ONE_SOA = "A HostedZone must contain exactly one SOA record."
_UNIQUE = {"Region": ("Region Name", "region"), "GeoLocation": ("Location", "location"), "Failover": ("Role", "role")}


def foreign(zone: str, name: str) -> str:
    """Return the message for a printed *name* that does not lie in the zone of printed name *zone*, else ""."""
    return "" if within(name, zone) else f"RRSet with DNS name {name} is not permitted in zone {zone}"


def placement(zone: str, rrset: RRSet) -> Iterator[str]:
    """Yield why *rrset* cannot be in the zone of printed name *zone*, whatever else is there (rules 1 to 3 and 6)."""
    where = f"type {rrset.type} with DNS name {rrset.name}"
    if text := foreign(zone, rrset.name):
        yield text
    elif rrset.type == "CNAME" and rrset.name == zone:
        yield f"RRSet of {where} is not permitted at apex in zone {zone}"
    elif rrset.type == "SOA" and rrset.name != zone:
        yield _ONE_SOA
    if rrset.type in SINGLETONS and len(rrset.values) > 1:
        yield f"RRSet of {where} may contain only one value."
    if rrset.type == "NS" and rrset.name.startswith("\\052."):
        yield f"RRSet of {where} is not permitted as a wildcard."
    if rrset.alias is not None:
        if rrset.policy == "MultiValueAnswer":
            yield f"RRSet of {where} cannot be an alias as it is a multivalue answer RRSet."
        if rrset.policy == "Failover" and not rrset.alias.evaluate:
            yield f"RRSet of {where} must evaluate the health of its alias target as it is a failover RRSet."


def neighbours(zone: str, rrset: RRSet, others: Collection[RRSet]) -> Iterator[str]:
    """Yield why *rrset* cannot stand beside the *others* of its name (rules 2, 4 and 5)."""
    if not others:
        return
    types = {other.type for other in others}
    if rrset.type == "CNAME" and types != {"CNAME"}:
        yield (
            f"RRSet of type CNAME with DNS name {rrset.name} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {zone}"
        )
    elif rrset.type != "CNAME" and "CNAME" in types:
        # Two spaces before CNAME, as in most captured answers.
        yield (
            f"RRSet of type {rrset.type} with DNS name {rrset.name} is not permitted because a conflicting RRSet of "
            f"type  CNAME with the same DNS name already exists in zone {zone}"
        )
    yield from _group(rrset, [other for other in others if other.type == rrset.type])


def _group(rrset: RRSet, group: list[RRSet]) -> Iterator[str]:
    if not group:
        return
    start = f"RRSet with DNS name {rrset.name}, type {rrset.type}"
    if not rrset.set_id:
        yield f"{start} cannot be created as other RRSets exist with the same name and type."
        return
    start += f", SetIdentifier {rrset.set_id}"
    if any(other.policy != rrset.policy for other in group):
        kind = POLICIES[rrset.policy]
        yield f"{start} cannot be created as a non-{kind} set exists with the same name and type."
        return
    if len(group) >= GROUP:
        yield f"{start} cannot be created as there are {GROUP} RRSets with the same name and type."
    yield from _unequal(rrset, start, group)


def _unequal(rrset: RRSet, start: str, group: list[RRSet]) -> Iterator[str]:
    if rrset.policy == "Weight" and any(_ttls_differ(rrset, other) for other in group):
        yield (
            f"RRSet with DNS name {rrset.name} and type {rrset.type}, SetIdentifier {rrset.set_id} cannot be created "
            "as weighted sets must contain the same TTL."
        )
    if rrset.policy in _UNIQUE and any(other.detail == rrset.detail for other in group):
        label, word = _UNIQUE[rrset.policy]
        yield (
            f"{start}, and {label}={rrset.detail} cannot be created because a {POLICIES[rrset.policy]} RRSet "
            f"with the same name, type and {word} already exists."
        )


def _ttls_differ(rrset: RRSet, other: RRSet) -> bool:
    return rrset.ttl is not None and other.ttl is not None and rrset.ttl != other.ttl
