"""Record sets as external-dns's endpoints, and what it asks as requests.

Rules kept here (external-dns, `provider/aws/aws.go`, Records and newChange):

- An alias is told as an address with the property `alias`, a TTL of 300 s and whether it evaluates the health of its target; a
  CNAME says that it is none. A routing policy is told by its properties, where there is a set identifier.
- Values are told as they stand on the wire. Host names lose their trailing dot, but in SRV, where external-dns asks for it.
- Types that external-dns does not know in Route53 are not told, and not taken: it would ask for them for ever.
- What cannot be understood becomes a request with a problem, so that it spoils nothing that comes with it.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from dnsguard.core.adjustment import ALIAS_TTL, BIAS, properties_of
from dnsguard.core.names import canonical
from dnsguard.model.endpoints import Endpoint
from dnsguard.model.records import Failover, Geolocation, Geoproximity, Latency, Multivalue, Routing, Stored, Weighted
from dnsguard.model.requests import Request
from dnsguard.model.webhook import ALIAS, HEALTH, OWNED_RECORD, HookChanges, HookEndpoint, Property
from dnsguard.route53.rdata import canonical_value, wire_value
from dnsguard.route53.record_sets import to_wire

TYPES = frozenset({"A", "AAAA", "CNAME", "DNAME", "SRV", "TXT", "NS", "MX", "NAPTR"})
LONGEST_TTL = 2**31 - 1

_DOTTED = frozenset({"TXT", "NAPTR", "SRV"})
_ADDRESSES = {"A": IPv4Address, "AAAA": IPv6Address}


def told(held: Stored) -> HookEndpoint | None:
    """Return what external-dns is told of a record set, None if that is nothing."""
    record = held.value
    if record.type not in TYPES:
        return None
    properties = [*_policy(record.routing)] if record.set_id else []
    if record.health_check:
        properties.append(Property("aws/health-check-id", record.health_check))
    if record.alias is not None:
        health = "true" if record.alias.evaluate_health else "false"
        properties += [Property(HEALTH, health), Property(ALIAS, "true")]
        return HookEndpoint(record.name, (record.alias.name,), record.type, record.set_id, ALIAS_TTL, None, tuple(properties))
    if record.type == "CNAME":
        properties.append(Property(ALIAS, "false"))
    return HookEndpoint(record.name, _targets(held), record.type, record.set_id, record.ttl or 0, None, tuple(properties))


def requests_of(changes: HookChanges) -> Iterator[Request]:
    """Yield what *changes* ask, deletions first: what is deleted and created at once is wanted."""
    for endpoint in changes.delete or ():
        yield _request(endpoint, gone=True)
    kept = {_identity(endpoint) for endpoint in changes.update_new or ()}
    for endpoint in changes.update_old or ():
        if _identity(endpoint) not in kept:
            yield _request(endpoint, gone=True)
    for endpoint in (*(changes.create or ()), *(changes.update_new or ())):
        yield _request(endpoint, gone=False)


def _identity(endpoint: HookEndpoint) -> tuple[str, str, str]:
    return endpoint.name.lower().removesuffix("."), endpoint.type, endpoint.set_id


def _request(endpoint: HookEndpoint, *, gone: bool) -> Request:
    properties = properties_of(endpoint)
    name, targets, problem = endpoint.name.lower().removesuffix("."), tuple[str, ...](), ""
    group = name
    try:
        name = group = canonical(endpoint.name)
        group = canonical((endpoint.labels or {}).get(OWNED_RECORD) or name)
        targets = () if gone else _wanted(endpoint, alias=properties.get(ALIAS) == "true")
    except ValueError as error:
        problem = str(error)
    ttl = endpoint.ttl if endpoint.ttl > 0 else None
    found = Endpoint(name, endpoint.type, targets, endpoint.set_id, ttl, tuple(sorted(properties.items())))
    return Request(group, found, gone, problem)


def _wanted(endpoint: HookEndpoint, *, alias: bool) -> tuple[str, ...]:
    """Return the canonical targets; ValueError if they cannot be those of a record set."""
    targets = endpoint.targets or ()
    kind = endpoint.type
    if kind not in TYPES:
        raise ValueError(f"{kind!r} is no type that external-dns knows in Route53: {', '.join(sorted(TYPES))}")
    if not targets:
        raise ValueError(f"the {kind} has no target")
    if endpoint.ttl > LONGEST_TTL:
        raise ValueError(f"the TTL is {endpoint.ttl}, allowed is up to {LONGEST_TTL}")
    if kind in _ADDRESSES and alias:
        return (canonical(targets[0]),)
    if kind == "CNAME" and len(targets) > 1:
        raise ValueError(f"a CNAME has one target, and this has {len(targets)}")
    if kind in _ADDRESSES:
        for target in targets:
            _ADDRESSES[kind](target)
    return tuple(sorted({canonical_value(kind, target) for target in targets}))


def _targets(held: Stored) -> tuple[str, ...]:
    record = held.value
    if held.raw is None and record.type in _ADDRESSES:
        return record.values
    if held.raw is None:
        values = tuple(wire_value(record.type, value) for value in record.values)
    else:
        values = tuple(each["Value"] for each in to_wire(held).get("ResourceRecords", ()))
    if record.type == "SRV":
        return tuple(f"{value.removesuffix('.')}." for value in values)
    return values if record.type in _DOTTED else tuple(value.removesuffix(".") for value in values)


def _policy(routing: Routing | None) -> Iterator[Property]:
    match routing:
        case Weighted(weight):
            yield Property("aws/weight", str(weight))
        case Latency(region):
            yield Property("aws/region", region)
        case Failover(role):
            yield Property("aws/failover", role)
        case Multivalue():
            yield Property("aws/multi-value-answer")
        case Geolocation():
            yield from _location(routing)
        case Geoproximity():
            yield from _proximity(routing)
        case _:
            pass


def _location(routing: Geolocation) -> Iterator[Property]:
    if routing.continent:
        yield Property("aws/geolocation-continent-code", routing.continent)
        return
    if routing.country:
        yield Property("aws/geolocation-country-code", routing.country)
    if routing.subdivision:
        yield Property("aws/geolocation-subdivision-code", routing.subdivision)


def _proximity(routing: Geoproximity) -> Iterator[Property]:
    if routing.region:
        yield Property("aws/geoproximity-region", routing.region)
    yield Property(BIAS, str(routing.bias))
    if routing.coordinates is not None:
        yield Property("aws/geoproximity-coordinates", ",".join(routing.coordinates))
    if routing.local_zone_group:
        yield Property("aws/geoproximity-local-zone-group", routing.local_zone_group)
