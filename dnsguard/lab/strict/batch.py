"""A change batch: atomic, ordered, and answered with all its faults at once.

Rules:
1. Structure first (InvalidInput), then the limits, then the record sets; every message of a stage is collected.
2. One set (name, type, identifier) appears once, or as a DELETE followed by a CREATE (text 8 otherwise).
3. The changes are applied in order to a working state; each sees what those before it left. An alias finds no target that
   is UPSERTed after it (octodns-route53, issue 366).
4. CREATE needs absence (text 1); DELETE needs presence (text 2) and the current values (text 3).
5. After the last change the apex has its SOA and NS sets (texts 22, 23), and the zone is not too full (text 15).
6. Nothing of a refused batch stays. A set that is written as it already is keeps its old spelling.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dnsguard.lab.strict import aliases, conflicts
from dnsguard.lab.strict.errors import ApiError, BatchRefused
from dnsguard.lab.strict.limits import exceeded
from dnsguard.lab.strict.rrset import Key, Params, RRSet, read
from dnsguard.lab.strict.structure import check_batch
from dnsguard.lab.strict.zone import Sets, Zone


class Change(NamedTuple):
    """One change, read."""

    action: str
    rrset: RRSet


@dataclass(slots=True)
class _Working:
    """The zone with the changes so far: the sets of the names that were touched, and the zone for the rest.

    *awaited* are the names and keys of the UPSERTs to come.
    """

    zone: Zone
    awaited: set[tuple[str, Key]]
    names: dict[str, dict[Key, RRSet]] = field(default_factory=dict)

    def at(self, name: str) -> Sets:
        found = self.names.get(name)
        return self.zone.at(name) if found is None else found

    def touch(self, name: str) -> dict[Key, RRSet]:
        if name not in self.names:
            self.names[name] = dict(self.zone.at(name))
        return self.names[name]

    def settled(self, name: str) -> list[RRSet]:
        return [one for key, one in self.at(name).items() if (name, key) not in self.awaited]

    def growth(self) -> int:
        return sum(len(sets) - len(self.zone.at(name)) for name, sets in self.names.items())


def perform(zone: Zone, raw: Sequence[Params], *, limit: int, health_checks: Container[str]) -> None:
    """Apply the changes *raw* to *zone*, which holds at most *limit* sets; ApiError if they are refused."""
    check_batch(raw)
    messages = exceeded(raw)
    if messages:
        raise BatchRefused(messages)
    changes = _read(raw, messages)
    _check_health_checks(changes, health_checks)
    applicable = _unrepeated(changes, messages)
    working = _Working(zone, {(rrset.name, rrset.key) for action, rrset in applicable if action == "UPSERT"})
    for change in applicable:
        messages += _applied(working, change)
    messages += _unfit(working, limit)
    if messages:
        raise BatchRefused(messages)
    zone.commit(working.names)


def _read(raw: Sequence[Params], messages: list[str]) -> list[Change]:
    found = ((change["Action"], read(change["ResourceRecordSet"], messages)) for change in raw)
    return [Change(action, rrset) for action, rrset in found if rrset is not None]


def _check_health_checks(changes: Sequence[Change], known: Container[str]) -> None:
    for action, rrset in changes:
        if action != "DELETE" and rrset.health_check and rrset.health_check not in known:
            raise ApiError(404, "NoSuchHealthCheck", f"The specified health check does not exist: {rrset.health_check}")


def _unrepeated(changes: Sequence[Change], messages: list[str]) -> list[Change]:
    seen: dict[tuple[str, Key], str] = {}
    found = []
    for change in changes:
        one = (change.rrset.name, change.rrset.key)
        if one not in seen or (seen[one], change.action) == ("DELETE", "CREATE"):
            found.append(change)
        else:
            what = f"{change.rrset.type} {change.rrset.name}"
            messages.append(f"The request contains an invalid set of changes for a resource record set '{what}'")
        seen[one] = change.action if one not in seen else "both"
    return found


def _named(rrset: RRSet) -> str:
    identifier = f", set-identifier='{rrset.set_id}'" if rrset.set_id else ""
    return f"resource record set [name='{rrset.name}', type='{rrset.type}'{identifier}]"


def _applied(working: _Working, change: Change) -> list[str]:
    match change.action:
        case "DELETE":
            return _deleted(working, change.rrset)
        case "UPSERT":
            return _upserted(working, change.rrset)
        case _:
            return _created(working, change.rrset)


def _upserted(working: _Working, rrset: RRSet) -> list[str]:
    working.awaited.discard((rrset.name, rrset.key))
    sets = working.touch(rrset.name)
    before = sets.pop(rrset.key, None)
    faults = _created(working, rrset)
    if faults and before is not None:
        sets[rrset.key] = before
    return faults


def _deleted(working: _Working, rrset: RRSet) -> list[str]:
    found = working.at(rrset.name).get(rrset.key)
    if found is None:
        absent = f"Tried to delete {_named(rrset)} but it was not found"
        return [conflicts.foreign(working.zone.name, rrset.name) or absent]
    if found.same != rrset.same:
        return [f"Tried to delete {_named(rrset)} but the values provided do not match the current values"]
    del working.touch(rrset.name)[rrset.key]
    return []


def _created(working: _Working, rrset: RRSet) -> list[str]:
    zone = working.zone
    others = working.at(rrset.name)
    if rrset.key in others:
        return [f"Tried to create {_named(rrset)} but it already exists"]
    faults = [*conflicts.placement(zone.name, rrset), *conflicts.neighbours(zone.name, rrset, others.values())]
    if rrset.alias is not None:
        faults += aliases.outside(zone.id, rrset, private=zone.private)
        if rrset.alias.zone_id == zone.id:
            faults += aliases.inside(zone.name, rrset, working.settled(rrset.alias.name))
    if not faults:
        working.touch(rrset.name)[rrset.key] = rrset
    return faults


def _unfit(working: _Working, limit: int) -> list[str]:
    zone = working.zone
    messages = []
    if zone.name in working.names:
        apex = {kind for kind, _ in working.at(zone.name)}
        if "SOA" not in apex:
            messages.append("A HostedZone must contain exactly one SOA record.")
        if "NS" not in apex:
            messages.append("A HostedZone must contain at least one NS record for the zone itself.")
    if (growth := working.growth()) > 0 and zone.count + growth > limit:
        messages.append(f"Exceeded limit MAX_RRSETS_BY_ZONE for zone: {zone.id}")
    return messages
