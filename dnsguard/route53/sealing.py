"""Sealing: ownership texts under AES-256-GCM, as external-dns's --txt-encrypt-enabled writes and reads them.

Rules kept here (external-dns, `endpoint/crypto`; RFC 1951, RFC 1952):

- A sealed text is base64 of a nonce of 12 octets, the gzip of the text as AES-256-GCM encrypts it without associated data,
  and a tag of 16 octets.
- The nonce is a keyed hash of the gzip, under a key that is derived from the AES key: nothing is drawn, so the same text is
  always sealed alike, and the engine stays a function of its inputs. Two different gzips have the same nonce only if
  BLAKE2b's 96 bits collide, so a nonce is used again with the very same octets alone. That gives the same sealed text, which
  tells that two texts are equal, and nothing else that a drawn nonce would hide.
- The hash is over the gzip and not the text, because it is what GCM encrypts: another zlib compresses the same text otherwise.
- What is no base64, bears another key's tag, or is no gzip of UTF-8 cannot be opened.
"""

import struct
import zlib
from base64 import b64decode, b64encode
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = 32
NONCE = 12
"""Octets."""

_GZIP = bytes.fromhex("1f8b08000000000002ff")
"""Deflate, no flags, no time, best compression, unknown system."""
_RAW, _WRAPPED = -15, 31
"""zlib's window bits for deflate alone, and within gzip."""
_PURPOSE = b"dnsguard nonce"


class AesSeal:
    """Opens and makes sealed texts with one *key* of 32 octets; ValueError if it has another length."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError(f"a key of AES-256 has {KEY} octets, not {len(key)}")
        self._cipher = AESGCM(key)
        self._nonces = blake2b(key=key, person=_PURPOSE).digest()

    def seal(self, text: str) -> str:
        """Return *text* sealed."""
        packed = _packed(text.encode())
        nonce = blake2b(packed, key=self._nonces, digest_size=NONCE).digest()
        return b64encode(nonce + self._cipher.encrypt(nonce, packed, None)).decode()

    def unseal(self, sealed: str) -> str | None:
        """Return the text of a sealed one, None if this key does not open it."""
        try:
            octets = b64decode(sealed, validate=True)
            return zlib.decompress(self._cipher.decrypt(octets[:NONCE], octets[NONCE:], None), _WRAPPED).decode()
        except (ValueError, InvalidTag, zlib.error):
            return None


def _packed(octets: bytes) -> bytes:
    return _GZIP + zlib.compress(octets, 9, _RAW) + struct.pack("<II", zlib.crc32(octets), len(octets))
