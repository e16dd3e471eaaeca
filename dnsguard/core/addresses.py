"""Addresses: IPv6 as Route53 writes it, and which hosts are this machine."""

from ipaddress import IPv6Address, ip_address


def shortest(address: IPv6Address) -> str:
    """Return the shortest form (RFC 5952), with an IPv4-mapped address in hexadecimals alone."""
    mapped = address.ipv4_mapped
    # Route53 documents AAAA values as colon-separated hexadecimals; str() writes a dotted tail from Python 3.13 on.
    return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}" if mapped else str(address)


def host_in(text: str) -> str:
    """Return the host of `host`, `host:port` or `[host]:port`, without its brackets."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if text.count(":") == 1 else text


def is_loopback(host: str) -> bool:
    """Return whether *host* means this machine alone: `localhost` (RFC 6761 6.3), 127.0.0.0/8 or ::1."""
    name = host.lower().removesuffix(".")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
