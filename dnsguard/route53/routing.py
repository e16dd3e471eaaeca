"""Routing policies, between the members of a ResourceRecordSet and the model.

Rules kept here (Route53 API reference, ResourceRecordSet):

- A policy is one member: Weight, Region, Failover, GeoLocation, GeoProximityLocation or MultiValueAnswer.
- Every other member, several policies at once, and a policy with parts unknown here, is kept whole as Opaque.
- A bias of 0 is the default and is not written.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from dnsguard.model.records import Failover, Geolocation, Geoproximity, Latency, Multivalue, Opaque, Routing, Weighted

_BASE = frozenset({"Name", "Type", "SetIdentifier", "TTL", "ResourceRecords", "AliasTarget", "HealthCheckId"})
_GEO_LOCATION = frozenset({"ContinentCode", "CountryCode", "SubdivisionCode"})
_GEO_PROXIMITY = frozenset({"AWSRegion", "LocalZoneGroup", "Coordinates", "Bias"})
_COORDINATES = frozenset({"Latitude", "Longitude"})


def routing_of(wire: Mapping[str, Any]) -> Routing | None:
    """Return the routing of a ResourceRecordSet; None for a simple one."""
    rest = {member: detail for member, detail in wire.items() if member not in _BASE}
    if not rest:
        return None
    known = _known(*next(iter(rest.items()))) if len(rest) == 1 else None
    return known or Opaque(msgspec.json.encode(rest, order="deterministic").decode())


def members_of(routing: Routing | None) -> dict[str, Any]:  # noqa: PLR0911 -- one per policy
    """Return the members that stand for *routing* in a ResourceRecordSet."""
    match routing:
        case None:
            return {}
        case Weighted(weight):
            return {"Weight": weight}
        case Latency(region):
            return {"Region": region}
        case Failover(role):
            return {"Failover": role}
        case Geolocation(continent, country, subdivision):
            parts = {"ContinentCode": continent, "CountryCode": country, "SubdivisionCode": subdivision}
            return {"GeoLocation": {part: code for part, code in parts.items() if code}}
        case Geoproximity():
            return {"GeoProximityLocation": _location(routing)}
        case Multivalue():
            return {"MultiValueAnswer": True}
        case Opaque(text):
            return msgspec.json.decode(text, type=dict[str, Any])


def _known(member: str, detail: Any) -> Routing | None:  # noqa: PLR0911 -- one per policy
    match member:
        case "Weight":
            return Weighted(detail)
        case "Region":
            return Latency(detail)
        case "Failover":
            return Failover(detail)
        case "GeoLocation" if detail.keys() <= _GEO_LOCATION:
            codes = (detail.get(part, "") for part in ("ContinentCode", "CountryCode", "SubdivisionCode"))
            return Geolocation(*codes)
        case "GeoProximityLocation" if detail.keys() <= _GEO_PROXIMITY:
            return _geoproximity(detail)
        case "MultiValueAnswer" if detail is True:
            return Multivalue()
        case _:
            return None


def _geoproximity(detail: Mapping[str, Any]) -> Routing | None:
    where = detail.get("Coordinates")
    if where is not None and where.keys() != _COORDINATES:
        return None
    coordinates = None if where is None else (where["Latitude"], where["Longitude"])
    return Geoproximity(detail.get("AWSRegion", ""), coordinates, detail.get("LocalZoneGroup", ""), detail.get("Bias", 0))


def _location(routing: Geoproximity) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if routing.region:
        location["AWSRegion"] = routing.region
    if routing.local_zone_group:
        location["LocalZoneGroup"] = routing.local_zone_group
    if routing.coordinates is not None:
        location["Coordinates"] = dict(zip(("Latitude", "Longitude"), routing.coordinates, strict=True))
    if routing.bias:
        location["Bias"] = routing.bias
    return location
