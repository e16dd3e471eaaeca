"""Targets: the addresses and host names that a record answers with.

Rules:
- The text alone decides what a target is: an IPv4 address, another IP address, or else a host name. A Gateway's
  `status.addresses[].type` is not read.
- IPv4 addresses stay as they are, IPv6 addresses are written in their shortest form (RFC 5952), host names canonically.
- A target that is none of these is left out and named: Route53 would refuse the whole record set for it.
- Targets are sorted and unique.
"""

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv6Address

from dnsguard.core.addresses import shortest
from dnsguard.core.names import canonical
from dnsguard.core.resolve.hostnames import is_ipv4


def target_of(text: str) -> str:
    """Return the canonical form of a target; one trailing dot is ignored.

    Raises ValueError with one sentence if *text* is neither an address nor a host name.
    """
    text = text.removesuffix(".")
    if not text:
        raise ValueError("a target is empty")
    if is_ipv4(text):
        return text
    if ":" in text:
        return _ipv6(text)
    if text.rpartition(".")[2].isdigit():
        # No top-level domain is numeric (RFC 3696, section 2): this was meant to be an address.
        raise ValueError(f"the target {text!r} is not an IPv4 address")
    try:
        return canonical(text)
    except ValueError as error:
        raise ValueError(f"the target {text!r} is neither an address nor a host name: {error}") from error


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise ValueError(f"the target {text!r} is not an IPv6 address") from error
    if address.scope_id:
        raise ValueError(f"the target {text!r} is an address of one link only")
    return shortest(address)


def targets_of(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the targets among *texts* in canonical form, and one sentence for each text that is none."""
    found: set[str] = set()
    problems: list[str] = []
    for text in texts:
        try:
            found.add(target_of(text))
        except ValueError as error:
            problems.append(str(error))
    return tuple(sorted(found)), tuple(problems)
