"""Values of record sets, between the wire and the canonical form.

Rules kept here (Route53 developer guide, "Supported DNS record types"; boto3 issue 3579):

- CNAME, NS and PTR are a host name, MX ends in one after its preference, SRV after priority, weight and port. Case and
  trailing dot of a host name do not count to Route53; it is written without the dot, as external-dns writes it.
- The root alone, as in the null MX of RFC 7505, stays a dot.
- AAAA is written in its shortest form (RFC 5952), an IPv4-mapped address in hexadecimal whatever Python writes.
- A TXT is its text. A value that does not follow the rules of its type stays as it stands on the wire.
"""

from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from dnsguard.core.addresses import shortest
from dnsguard.route53.escapes import escape, unescape
from dnsguard.route53.txt import quote, unquote

_HOST_AFTER = {"CNAME": 0, "NS": 0, "PTR": 0, "MX": 1, "SRV": 3}
_TEXTS = frozenset({"TXT", "SPF"})


def canonical_value(record_type: str, wire: str) -> str:
    """Return the canonical form of a value as Route53 shows it."""
    try:
        if record_type in _HOST_AFTER:
            return _with_host(record_type, wire, _host)
        if record_type in _TEXTS:
            return unquote(wire)
        if record_type == "A":
            return str(IPv4Address(wire))
        if record_type == "AAAA":
            return _shortest(IPv6Address(wire))
    except ValueError:
        return wire
    return wire


def wire_value(record_type: str, value: str) -> str:
    """Return a canonical value as it is written; ValueError if a host name in it cannot be."""
    if record_type in _HOST_AFTER:
        return _with_host(record_type, value, _wire_host)
    return quote(value) if record_type in _TEXTS else value


def _with_host(record_type: str, value: str, convert: Callable[[str], str]) -> str:
    numbers = _HOST_AFTER[record_type]
    if not numbers:
        return convert(value)
    parts = value.split()
    if len(parts) != numbers + 1 or not all(part.isascii() and part.isdigit() for part in parts[:numbers]):
        return value
    return " ".join([*(str(int(part)) for part in parts[:numbers]), convert(parts[-1])])


def _host(wire: str) -> str:
    return unescape(wire) or "."


def _wire_host(host: str) -> str:
    return "." if host == "." else escape(host).removesuffix(".")


def _shortest(address: IPv6Address) -> str:
    if address.scope_id is not None:
        raise AddressValueError(f"{address} has a scope")
    return shortest(address)
