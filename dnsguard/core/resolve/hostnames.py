"""Hostnames of routes and listeners, and where the two meet.

Rules, as external-dns keeps them for every Gateway API route:
- A hostname is a DNS name by RFC 1123 (letters, digits and inner hyphens, labels of 1 to 63 characters), after at most
  one leading `*.`; an underscore is illegal, an IP address is no hostname. One trailing dot is tolerated, and compared.
- The empty hostname stands for any; two empty ones name nothing.
- `*.` stands for one or more labels: `*.e.net` meets `a.e.net` and `a.b.e.net`, never `e.net`. Of two that meet, the
  more specific one is the name; of two wildcards the longer one.
- Not from external-dns: more than 253 characters are no name, because no zone can hold it (RFC 1035, 2.3.4).
"""

import re
from ipaddress import AddressValueError, IPv4Address

from dnsguard.core.names import LONGEST_NAME

_LABEL = r"[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\.?")


def host_of(text: str) -> str | None:
    """Return the hostname in lower case; None if *text* is neither empty nor a hostname."""
    if not text:
        return text
    if not _HOST.fullmatch(text) or len(text.removesuffix(".")) > LONGEST_NAME or is_ipv4(text):
        return None
    return text.lower()


def is_ipv4(text: str) -> bool:
    """Tell whether *text* is an IPv4 address in dotted decimals without leading zeros."""
    if text[-1:] not in "0123456789":
        return False
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def intersection(one: str, other: str) -> str:
    """Return the more specific of two hostnames that meet, "" if they do not; both as `host_of` returned them."""
    if one == other or not other:
        return one
    if not one:
        return other
    if len(one) < len(other) or (len(one) == len(other) and one.startswith("*.")):
        wide, narrow = one, other
    else:
        wide, narrow = other, one
    return narrow if wide.startswith("*.") and narrow.endswith(wide[1:]) else ""
