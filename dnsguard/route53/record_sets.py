"""Record sets, between boto3's ResourceRecordSet and the canonical form.

Rules kept here:

- A set that would be written otherwise than Route53 shows it keeps what Route53 showed: a DELETE needs exactly that (Route53
  API reference, Change).
- An alias has neither TTL nor values; its target is written with the trailing dot, as Route53 shows it.
- An empty list of values is none: Route53 refuses it when it is sent back.
"""

from typing import Any

import msgspec

from dnsguard.model.records import Alias, RecordSet, Stored
from dnsguard.route53.escapes import escape, unescape
from dnsguard.route53.rdata import canonical_value, wire_value
from dnsguard.route53.routing import members_of, routing_of

_ZONE_PREFIX = "/hostedzone/"
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def to_wire(record: Stored | RecordSet) -> dict[str, Any]:
    """Return the ResourceRecordSet to send; ValueError if a name in it cannot be written."""
    if isinstance(record, RecordSet):
        return _written(record)
    return _written(record.value) if record.raw is None else _decode(record.raw)


def from_wire(wire: dict[str, Any]) -> Stored:
    """Return the set that a ResourceRecordSet of a listing shows."""
    shown = {member: detail for member, detail in wire.items() if member != "ResourceRecords" or detail}
    value = _canonical(shown)
    return Stored(value) if _is_written_as(value, shown) else Stored(value, _encode(shown))


def _is_written_as(record: RecordSet, wire: dict[str, Any]) -> bool:
    try:
        return _written(record) == wire
    except ValueError:
        return False


def _written(record: RecordSet) -> dict[str, Any]:
    wire: dict[str, Any] = {"Name": escape(record.name), "Type": record.type}
    if record.set_id:
        wire["SetIdentifier"] = record.set_id
    wire |= members_of(record.routing)
    if record.ttl is not None:
        wire["TTL"] = record.ttl
    if record.values:
        wire["ResourceRecords"] = [{"Value": wire_value(record.type, value)} for value in record.values]
    if record.alias is not None:
        wire["AliasTarget"] = {
            "HostedZoneId": record.alias.zone_id,
            "DNSName": escape(record.alias.name),
            "EvaluateTargetHealth": record.alias.evaluate_health,
        }
    if record.health_check:
        wire["HealthCheckId"] = record.health_check
    return wire


def _canonical(wire: dict[str, Any]) -> RecordSet:
    kind = wire["Type"]
    target = wire.get("AliasTarget")
    return RecordSet(
        name=unescape(wire["Name"]),
        type=kind,
        set_id=wire.get("SetIdentifier", ""),
        ttl=wire.get("TTL") if target is None else None,
        values=tuple(sorted(canonical_value(kind, record["Value"]) for record in wire.get("ResourceRecords", ()))),
        alias=None if target is None else _alias(target),
        routing=routing_of(wire),
        health_check=wire.get("HealthCheckId", ""),
    )


def _alias(target: dict[str, Any]) -> Alias:
    zone_id = target["HostedZoneId"].removeprefix(_ZONE_PREFIX)
    return Alias(zone_id, unescape(target["DNSName"]), target["EvaluateTargetHealth"])
