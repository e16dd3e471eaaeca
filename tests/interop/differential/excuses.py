"""Which rows of docs/differences.md excuse a difference between the two zones, and when.

Rules kept here:
- A row excuses one name of one state, judged by the state's objects and by the very record sets that differ there.
- Where several objects have to ask for a name, they are found by hostnames alone, so rather too many than too few.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

from tests.interop.differential.states import BALANCERS, CLOUDFRONT, DATED, PREFIX, State, ref

PAGE = Path(__file__).parents[3] / "docs" / "differences.md"
RESOURCE = "external-dns/resource=httproute/"
Records = dict[tuple[str, str, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """The record sets of one name, ownership TXT included, in which the two zones differ."""

    state: State
    name: str
    theirs: Records
    ours: Records

    def askers(self) -> list[dict[str, Any]]:
        """Return the routes whose hostnames, or the listeners' where they have none, may ask for the name."""
        return [route for route in self.state.routes if self._asks(route)]

    def notes(self, key: str) -> set[str | None]:
        """Return the values that those routes have of an annotation, None for those without."""
        return {route["metadata"]["annotations"].get(PREFIX + key) for route in self.askers()}

    def only_here(self) -> bool:
        """Tell whether external-dns has nothing of the name, and dnsguard has."""
        return not self.theirs and bool(self.ours)

    def only_there(self) -> bool:
        """Tell whether dnsguard has nothing of the name, and external-dns has."""
        return bool(self.theirs) and not self.ours

    def same_but(self, *keys: str) -> bool:
        """Tell whether both have the same record sets, which differ in *keys* alone."""
        return self.theirs.keys() == self.ours.keys() and all(
            _without(self.theirs[key], keys) == _without(self.ours[key], keys) for key in self.ours
        )

    def _asks(self, route: dict[str, Any]) -> bool:
        hosts = set(route["spec"].get("hostnames", ()))
        notes = route["metadata"]["annotations"]
        for prefix in (PREFIX, DATED):
            hosts |= {host.strip().lower() for host in notes.get(f"{prefix}hostname", "").split(",")}
        return self.name in hosts or self.name in self.state.listener_hosts


def _without(record: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}


def _resources(records: Records) -> set[str]:
    return {value.partition(RESOURCE)[2].rstrip('"') for record in records.values() for value in record["values"] if RESOURCE in value}


def _targets(records: Records) -> set[str]:
    found = set()
    for (_, kind, _), record in records.items():
        if kind == "CNAME":
            found |= {value.rstrip(".") for value in record["values"]}
        elif "AliasTarget" in record:
            found.add(record["AliasTarget"]["DNSName"].rstrip("."))
    return found


def _published(state: State) -> set[str]:
    """Return what the state's Gateways may publish, whatever their annotation `target` puts out of force."""
    found = {each["value"] for gateway in state.gateways for each in gateway["status"].get("addresses", ())}
    for gateway in state.gateways:
        found |= {text.strip().rstrip(".") for text in gateway["metadata"]["annotations"].get(f"{PREFIX}target", "").split(",")}
    return found - {""}


def _names(state: State) -> set[str]:
    return {value for value in _published(state) if not value[-1].isdigit() and ":" not in value}


def _mixed(state: State) -> bool:
    return bool(_names(state)) and _names(state) != _published(state)


def _random_order(found: Difference) -> bool:
    texts = all(kind == "TXT" for _, kind, _ in (*found.theirs, *found.ours))
    asking = {ref(route) for route in found.askers()}
    return texts and found.same_but("values") and len(asking) > 1 and _resources(found.theirs) | _resources(found.ours) <= asking


def _texts(found: Difference) -> Difference:
    """Return the ownership TXT that both sides have, and that differ."""
    both = {key for key in found.theirs.keys() & found.ours.keys() if key[1] == "TXT"}
    return replace(found, theirs={key: found.theirs[key] for key in both}, ours={key: found.ours[key] for key in both})


def _others(found: Difference) -> Difference:
    texts = _texts(found).ours.keys()
    theirs, ours = ({key: record for key, record in side.items() if key not in texts} for side in (found.theirs, found.ours))
    return replace(found, theirs=theirs, ours=ours)


def _several_names(found: Difference) -> bool:
    return found.only_here() and len(_names(found.state)) > 1 and len(_targets(found.ours)) == 1


def _two_names(found: Difference) -> bool:
    targets = _targets(found.theirs), _targets(found.ours)
    return (
        len(found.askers()) > 1
        and found.theirs.keys() == found.ours.keys()
        and all(len(each) == 1 for each in targets)
        and targets[0] != targets[1]
    )


def _two_ttls(found: Difference) -> bool:
    return len(found.askers()) > 1 and len(found.notes("ttl")) > 1 and bool(found.theirs) and bool(found.ours)


def _addresses_first(found: Difference) -> bool:
    return _mixed(found.state) and not _targets(found.ours) and (bool(_targets(found.theirs)) or found.only_here())


def _beside_other_types(found: Difference) -> bool:
    identifiers = found.notes("set-identifier") - {None}
    return _mixed(found.state) and found.only_here() and len(found.askers()) > 1 and bool(identifiers)


def _as_they_stand(found: Difference) -> bool:
    return (found.state.oddity == "bad target" and found.only_here()) or _spelled(found.theirs) == found.ours


def _spelled(records: Records) -> Records:
    return {
        key: record | {"values": frozenset(str(IPv6Address(value)) for value in record["values"])} if key[1] == "AAAA" else record
        for key, record in records.items()
    }


def _alias_of_addresses(found: Difference) -> bool:
    return found.only_here() and "true" in found.notes("alias") and not _targets(found.ours)


def _policy_alone(found: Difference) -> bool:
    plain = all(not set_id for _, _, set_id in found.ours)
    return found.only_here() and plain and bool(found.notes("aws-weight") - {None}) and None in found.notes("set-identifier")


def _lower_case(found: Difference) -> bool:
    return found.only_here() and "primary" in found.notes("aws-failover")


def _cloudfront(found: Difference) -> bool:
    return _targets(found.ours) == {CLOUDFRONT} and found.only_here()


def _unnamed_section(found: Difference) -> bool:
    return found.state.oddity == "section that no parentRef names" and bool(found.theirs)


def _empty_host(found: Difference) -> bool:
    # What a routed name of a listener meets there, Route53 may refuse.
    return found.state.oddity == "empty host name" and found.name in found.state.listener_hosts


def _capitals(found: Difference) -> bool:
    return bool(found.theirs) and {target.lower() for target in _targets(found.theirs)} == _targets(found.ours) <= set(BALANCERS)


def _another_controller(found: Difference) -> bool:
    return found.state.oddity == "Gateway of another controller" and bool(found.theirs)


def _dated(found: Difference) -> bool:
    return any(key.startswith(DATED) for route in found.askers() for key in route["metadata"]["annotations"])


EXCUSES: dict[str, Callable[[Difference], bool]] = {
    "Objects, parents and merged endpoints come in random order.": _random_order,
    "Several host names as addresses, of one parent or of several, make one CNAME with several values": _several_names,
    "Two objects with different CNAME targets": _two_names,
    "Different TTL for one name: the plan picks one.": _two_ttls,
    "Addresses and CNAME at one name: the CNAME is dropped, but only after AWS host names were turned into alias records": _addresses_first,
    "A CNAME at the apex, or beside other types, is sent and refused.": _beside_other_types,
    "Targets are sent as they stand.": _as_they_stand,
    '`alias: "true"` on addresses asks for an alias to an IP address, which Route53 refuses.': _alias_of_addresses,
    "A routing policy without a set identifier is sent, and Route53 refuses it.": _policy_alone,
    "A set identifier without a routing policy, or with several, is sent, and Route53 refuses it.": _lower_case,
    "`EvaluateTargetHealth` as configured, for CloudFront too.": _cloudfront,
    "A status that names a section which no parentRef names publishes that section's names.": _unnamed_section,
    "An empty element of the `hostname` annotation stands for the listener's host name.": _empty_host,
    "The table of AWS host names is compared case-sensitively.": _capitals,
    "One annotation prefix.": _dated,
    "A Gateway's `controller` annotation does not count (up to v0.22.0).": _another_controller,
}
"""When a row of the page excuses a difference, by how the row begins."""


def excuses(found: Difference) -> list[str]:
    """Return how the rows begin that excuse *found*, none if something of it is not excused.

    Whose name stands in a TXT is judged apart from everything else.
    """
    rows = []
    for part in (_texts(found), _others(found)):
        if part.theirs or part.ours:
            row = next((row for row, excuses in EXCUSES.items() if excuses(part)), "")
            if not row:
                return []
            rows.append(row)
    return list(dict.fromkeys(rows))
