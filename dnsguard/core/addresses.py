"""IPv6 addresses as Route53 writes them."""

from ipaddress import IPv6Address


def shortest(address: IPv6Address) -> str:
    """Return the shortest form (RFC 5952), with an IPv4-mapped address in hexadecimals alone."""
    mapped = address.ipv4_mapped
    # Route53 documents AAAA values as colon-separated hexadecimals; str() writes a dotted tail from Python 3.13 on.
    return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}" if mapped else str(address)
