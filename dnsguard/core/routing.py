"""Routing policies, from external-dns's provider properties.

Rules kept here (external-dns, `provider/aws/aws.go`; Route53 API reference, ResourceRecordSet):

- A policy needs a set identifier, a set identifier needs exactly one policy; without a set identifier the properties of
  policies count for nothing.
- A weight or bias that is no number is 0. A weight lies in 0 to 255, a bias in -99 to 99.
- Geolocation is a continent, or a country with or without a subdivision. Geoproximity is exactly one of region,
  coordinates and local zone group.
"""

from collections.abc import Callable, Mapping

from dnsguard.model.records import Failover, Geolocation, Geoproximity, Latency, Multivalue, Routing, Weighted

Properties = Mapping[str, str]


def routing_of(set_id: str, properties: Properties) -> Routing | None:
    """Return the routing policy that *properties* ask for, None for a simple record set.

    Raises ValueError with one sentence if they ask for none that can be.
    """
    if not set_id:
        return None
    found = [(name, make) for name, (keys, make) in _POLICIES.items() if any(key in properties for key in keys)]
    if not found:
        raise ValueError(f"the set identifier {set_id!r} needs a routing policy (aws-weight, aws-region, ...)")
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise ValueError(f"the set identifier {set_id!r} has more than one routing policy: {names}")
    return found[0][1](properties)


def _weighted(properties: Properties) -> Routing:
    weight = _number(properties["aws/weight"])
    if not 0 <= weight <= 255:
        raise ValueError(f"aws-weight is {weight}, allowed is 0 to 255")
    return Weighted(weight)


def _latency(properties: Properties) -> Routing:
    return Latency(properties["aws/region"])


def _failover(properties: Properties) -> Routing:
    role = properties["aws/failover"].upper()
    if role not in {"PRIMARY", "SECONDARY"}:
        raise ValueError(f"aws-failover is {properties['aws/failover']!r}, allowed is PRIMARY or SECONDARY")
    return Failover(role)


def _multivalue(_: Properties) -> Routing:
    return Multivalue()


def _geolocation(properties: Properties) -> Routing:
    continent = properties.get("aws/geolocation-continent-code", "")
    if continent:
        return Geolocation(continent=continent)
    country = properties.get("aws/geolocation-country-code", "")
    if not country:
        raise ValueError("a geolocation needs a continent code or a country code")
    return Geolocation(country=country, subdivision=properties.get("aws/geolocation-subdivision-code", ""))


def _geoproximity(properties: Properties) -> Routing:
    region = properties.get("aws/geoproximity-region", "")
    group = properties.get("aws/geoproximity-local-zone-group", "")
    coordinates = _coordinates(properties.get("aws/geoproximity-coordinates", ""))
    if sum((bool(region), bool(group), coordinates is not None)) != 1:
        raise ValueError("a geoproximity needs exactly one of region, coordinates (latitude,longitude) and local zone group")
    bias = _number(properties.get("aws/geoproximity-bias", "0"))
    if not -99 <= bias <= 99:
        raise ValueError(f"aws-geoproximity-bias is {bias}, allowed is -99 to 99")
    return Geoproximity(region, coordinates, group, bias)


def _coordinates(text: str) -> tuple[str, str] | None:
    parts = [part.strip() for part in text.split(",")]
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return None
    return (parts[0], parts[1]) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


_POLICIES: dict[str, tuple[tuple[str, ...], Callable[[Properties], Routing]]] = {
    "weighted": (("aws/weight",), _weighted),
    "latency": (("aws/region",), _latency),
    "failover": (("aws/failover",), _failover),
    "multivalue": (("aws/multi-value-answer",), _multivalue),
    "geolocation": (
        ("aws/geolocation-continent-code", "aws/geolocation-country-code", "aws/geolocation-subdivision-code"),
        _geolocation,
    ),
    "geoproximity": (
        ("aws/geoproximity-region", "aws/geoproximity-coordinates", "aws/geoproximity-local-zone-group"),
        _geoproximity,
    ),
}
