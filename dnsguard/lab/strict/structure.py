"""What is refused as InvalidInput before any record set is looked at: the first fault found, alone.

Rules:
1. A set has an alias target, or a TTL and values, or a traffic policy instance: exactly one of the three.
2. A set identifier and exactly one routing policy, or neither.
3. Numbers, lengths and enumerations are those of the API model (botocore, service-2.json of route53).
"""

from typing import Any

from dnsguard.lab.strict.errors import ApiError, invalid_request, invalid_xml
from dnsguard.lab.strict.rrset import Params, policies

_ACTIONS = ("CREATE", "DELETE", "UPSERT")
_TYPES = (
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB",
    "HTTPS",
)  # fmt: skip
_FAILOVER = ("PRIMARY", "SECONDARY")
_RANGES = {"TTL": (0, 2**31 - 1), "Weight": (0, 255)}
_LENGTHS = {"Name": (0, 1024), "SetIdentifier": (1, 128), "HealthCheckId": (0, 64)}
_VALUE_LIMIT = 4000
_ALIAS_MEMBERS = ("HostedZoneId", "DNSName", "EvaluateTargetHealth")


def check_batch(changes: Any) -> None:
    """Raise ApiError unless *changes* is the Changes of a well-formed ChangeBatch."""
    if not changes:
        raise _incomplete("Changes")
    for change in changes:
        _enumeration(change.get("Action"), _ACTIONS)
        raw = change.get("ResourceRecordSet")
        if raw is None:
            raise _incomplete("Change")
        check_set(change["Action"], raw)


def check_set(action: str, raw: Params) -> None:
    """Raise ApiError unless *raw* is a well-formed ResourceRecordSet."""
    _check_facets(raw)
    _check_body(action, raw)
    _check_routing(action, raw)


def _incomplete(element: str) -> ApiError:
    return invalid_xml("complex-type.2.4.b", f"The content of element '{element}' is not complete.")


def _enumeration(value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        text = f"Value '{value}' is not facet-valid with respect to enumeration '[{', '.join(allowed)}]'."
        raise invalid_xml("enumeration-valid", f"{text} It must be a value from the enumeration.")


def _check_facets(raw: Params) -> None:
    if raw.get("Name") is None:
        raise _incomplete("ResourceRecordSet")
    _enumeration(raw.get("Type"), _TYPES)
    if raw.get("Failover") is not None:
        _enumeration(raw["Failover"], _FAILOVER)
    for member, (least, most) in _RANGES.items():
        _check_range(member, raw.get(member), least, most)
    for member, (least, most) in _LENGTHS.items():
        _check_length(member, raw.get(member), least, most)
    for record in raw.get("ResourceRecords") or ():
        if record.get("Value") is None:
            raise _incomplete("ResourceRecord")
        _check_length("RData", record["Value"], 0, _VALUE_LIMIT)


def _check_range(member: str, value: int | None, least: int, most: int) -> None:
    if value is None or least <= value <= most:
        return
    facet, limit = ("minInclusive", least) if value < least else ("maxInclusive", most)
    text = f"Value '{value}' is not facet-valid with respect to {facet} '{limit}' for type '{member}'."
    raise invalid_xml(f"{facet}-valid", text)


def _check_length(member: str, value: str | None, least: int, most: int) -> None:
    if value is None or least <= len(value) <= most:
        return
    facet, limit = ("minLength", least) if len(value) < least else ("maxLength", most)
    text = f"Value '{value}' with length = '{len(value)}' is not facet-valid with respect to {facet} '{limit}'"
    raise invalid_xml(f"{facet}-valid", f"{text} for type '{member}'.")


def _check_body(action: str, raw: Params) -> None:
    alias, records = raw.get("AliasTarget"), raw.get("ResourceRecords")
    if alias is not None and any(alias.get(member) is None for member in _ALIAS_MEMBERS):
        raise _incomplete("AliasTarget")
    if records is not None and not records:
        raise _incomplete("ResourceRecords")
    plain = raw.get("TTL") is not None, records is not None
    bodies = [alias is not None, any(plain), raw.get("TrafficPolicyInstanceId") is not None]
    if sum(bodies) == 1 and (not any(plain) or all(plain)):
        return
    found = "more than one" if sum(bodies) > 1 else "none"
    choice = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
    raise invalid_request(f"Expected exactly one of {choice}, but found {found} in Change with {_where(action, raw)}")


def _check_routing(action: str, raw: Params) -> None:
    members = policies(raw)
    set_id = raw.get("SetIdentifier") is not None
    if members and not set_id:
        raise invalid_request(f"Missing field 'SetIdentifier' in Change with {_where(action, raw)}")
    if set_id == (len(members) == 1):
        return
    found = "more than one" if members else "none"
    choice = "[Weight, Region, Failover, GeoLocation, or MultiValueAnswer]"
    raise invalid_request(f"Expected exactly one of {choice}, but found {found} in Change with {_where(action, raw)}")


def _where(action: str, raw: Params) -> str:
    set_id = raw.get("SetIdentifier") or "null"
    return f"[Action={action}, Name={raw['Name']}, Type={raw['Type']}, SetIdentifier={set_id}]"
