"""Fingerprints: 16 bytes that tell two views apart.

Rules kept here:

- BLAKE2b over the view's canonical encoding (deterministic MessagePack), which begins with the number of the views' schema.
- Equal views have equal fingerprints in every process of one release; across releases nothing is compared.
"""

from hashlib import blake2b

import msgspec

from dnsguard.model.objects import View

SCHEMA = b"\x01"
"""Changes whenever a field of a view, or its meaning, does."""

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def fingerprint(view: View) -> bytes:
    """Return the fingerprint of *view*."""
    return blake2b(SCHEMA + _encode(view), digest_size=16).digest()
