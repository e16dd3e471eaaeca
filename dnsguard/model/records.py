"""Record sets as Route53 knows them, in canonical form.

Canonical means: names and host-name values in lower case, IDNA A-labels, without the trailing dot and with every octal
escape decoded ("*" is "*"); targets sorted; TXT values decoded to their text, without quotes, segments joined; an alias
target with the bare id of its zone. What is equal here is equal to Route53, whatever the spelling on the wire.
"""

from msgspec import Struct


class Weighted(Struct, frozen=True, gc=False, tag=True):
    """Weighted routing; *weight* 0 to 255."""

    weight: int


class Latency(Struct, frozen=True, gc=False, tag=True):
    """Latency routing by AWS region."""

    region: str


class Failover(Struct, frozen=True, gc=False, tag=True):
    """Failover routing; *role* is PRIMARY or SECONDARY."""

    role: str


class Geolocation(Struct, frozen=True, gc=False, tag=True):
    """Geolocation routing; country "*" is the default location; "" where a part is absent."""

    continent: str = ""
    country: str = ""
    subdivision: str = ""


class Geoproximity(Struct, frozen=True, gc=False, tag=True):
    """Geoproximity routing; exactly one of region, coordinates (latitude, longitude) and local zone group; bias -99 to 99."""

    region: str = ""
    coordinates: tuple[str, str] | None = None
    local_zone_group: str = ""
    bias: int = 0


class Multivalue(Struct, frozen=True, gc=False, tag=True):
    """Multivalue answer routing."""


class Opaque(Struct, frozen=True, gc=False, tag=True):
    """A routing policy or record shape that dnsguard does not model (CIDR, traffic policy): *text* is its canonical JSON."""

    text: str


Routing = Weighted | Latency | Failover | Geolocation | Geoproximity | Multivalue | Opaque


class Alias(Struct, frozen=True, gc=False):
    """An alias target: the bare id of the hosted zone that *name* lies in, or of the AWS service."""

    zone_id: str
    name: str
    evaluate_health: bool


class RecordSet(Struct, frozen=True, gc=False):
    """One ResourceRecordSet in canonical form; either *ttl* (seconds) and *values*, or *alias*."""

    name: str
    type: str
    set_id: str = ""
    ttl: int | None = None
    values: tuple[str, ...] = ()
    alias: Alias | None = None
    routing: Routing | None = None
    health_check: str = ""


class Stored(Struct, frozen=True, gc=False):
    """A record set that stands in a zone.

    *raw* is the JSON of the ResourceRecordSet exactly as Route53 returned it where that is not what the canonical form
    would be written as (escapes, order, fields that are not modelled): a DELETE needs exactly that. None elsewhere.
    """

    value: RecordSet
    raw: bytes | None = None


class Zone(Struct, frozen=True, gc=False):
    """A hosted zone in use: bare id, canonical name, visibility, and the index of the zone entry of the config it belongs to.

    A zone that two entries match belongs to the first of them.
    """

    id: str
    name: str
    private: bool
    entry: int
