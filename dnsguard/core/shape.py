"""From endpoints to record sets: what external-dns's AWS provider makes of them.

Rules kept here (external-dns, `provider/aws/aws.go`; Route53 developer guide, "Choosing between alias and non-alias records"):

- A CNAME becomes alias records of type A and AAAA if it asks for that, or if its target is an AWS service's and
  `records.prefer_cname` is off. An alias has no TTL; its zone is that of the property `aws/target-hosted-zone`, else the
  service's, else the zone it lies in, and then its target must lie there too.
- Addresses are never aliases, whatever an annotation says.
- Route53 does not evaluate the health of CloudFront; elsewhere the property decides, else the configured default.
- Without a TTL of its own a record set has the configured one.
- A multivalue answer is no alias, and a failover alias evaluates its target's health (API reference, ResourceRecordSet).
- Types that are not managed are not made.
- The property `aws/hosted-zone-id` keeps a wish out of all zones but one.
"""

from collections.abc import Iterable

from msgspec import Struct

from dnsguard.core.alias import CLOUDFRONT, service_zone
from dnsguard.core.desired import Wish
from dnsguard.core.names import lies_in
from dnsguard.core.routing import routing_of
from dnsguard.model.endpoints import Endpoint
from dnsguard.model.records import Alias, Failover, Multivalue, RecordSet, Routing, Zone
from dnsguard.model.settings import Records


class Wanted(Struct, frozen=True):
    """A record set that is to be, with the `resource` label for its ownership TXT."""

    record: RecordSet
    resource: str = ""


def in_zone(wishes: Iterable[Wish], zone: str) -> tuple[Wish, ...]:
    """Return those of *wishes* that are not kept out of the zone with that bare id."""
    return tuple(wish for wish in wishes if dict(wish.contribution.properties).get("aws/hosted-zone-id", zone) == zone)


class Shape:
    """The shape that one configuration gives to record sets."""

    def __init__(self, records: Records) -> None:
        self._types = frozenset(records.managed_types)
        self._ttl = records.default_ttl
        self._prefer_cname = records.prefer_cname
        self._health = records.evaluate_target_health

    def record_sets(self, endpoint: Endpoint, zone: Zone) -> tuple[Wanted, ...]:
        """Return the record sets that *endpoint* becomes in *zone*.

        Raises ValueError with one sentence if it can become none.
        """
        properties = dict(endpoint.properties)
        routing = routing_of(endpoint.set_id, properties)
        check = properties.get("aws/health-check-id", "")
        kinds: tuple[str, ...] = (endpoint.type,)
        alias = None
        if endpoint.type == "CNAME" and self._is_alias(endpoint, properties):
            kinds = ("A", "AAAA")
            alias = _allowed(self._alias(endpoint.targets[0], properties, zone), routing)
        return tuple(
            Wanted(self._record(endpoint, kind, alias, routing, check), endpoint.resource) for kind in kinds if kind in self._types
        )

    def exactly(self, endpoint: Endpoint, zone: Zone) -> RecordSet:
        """Return the one record set that *endpoint* says, as somebody else shaped it: an alias is an address with that property.

        Raises ValueError with one sentence if it cannot be.
        """
        properties = dict(endpoint.properties)
        routing = routing_of(endpoint.set_id, properties)
        alias = None
        if endpoint.type in {"A", "AAAA"} and properties.get("alias") == "true":
            alias = _allowed(self._alias(endpoint.targets[0], properties, zone), routing)
        return self._record(endpoint, endpoint.type, alias, routing, properties.get("aws/health-check-id", ""))

    def _record(self, endpoint: Endpoint, kind: str, alias: Alias | None, routing: Routing | None, check: str) -> RecordSet:
        if alias is not None:
            return RecordSet(endpoint.name, kind, endpoint.set_id, None, (), alias, routing, check)
        ttl = self._ttl if endpoint.ttl is None else endpoint.ttl
        return RecordSet(endpoint.name, kind, endpoint.set_id, ttl, endpoint.targets, None, routing, check)

    def _is_alias(self, endpoint: Endpoint, properties: dict[str, str]) -> bool:
        if properties.get("alias") == "true":
            return True
        return not self._prefer_cname and service_zone(endpoint.targets[0]) != ""

    def _alias(self, target: str, properties: dict[str, str], zone: Zone) -> Alias:
        of = properties.get("aws/target-hosted-zone") or service_zone(target)
        if not of:
            if not lies_in(target, zone.name):
                raise ValueError(
                    f"the alias target {target} lies neither in the zone {zone.name} nor with a known AWS service"
                    " (the annotation aws-target-hosted-zone can name its zone)"
                )
            of = zone.id
        wanted = properties.get("aws/evaluate-target-health", "")
        health = wanted == "true" if wanted in {"true", "false"} else self._health
        return Alias(of, target, health and of != CLOUDFRONT)


def _allowed(alias: Alias, routing: Routing | None) -> Alias:
    match routing:
        case Multivalue():
            raise ValueError(f"a multivalue answer cannot be an alias, and {alias.name} would be one (aws-multi-value-answer)")
        case Failover() if not alias.evaluate_health:
            raise ValueError(f"a failover alias has to evaluate the health of its target {alias.name} (aws-evaluate-target-health)")
    return alias
