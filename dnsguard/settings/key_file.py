"""The key file: the AES key of encrypted ownership TXT, in the forms in which external-dns takes --txt-encrypt-aes-key.

Rules kept here:

- 32 bytes are the key as they stand, whatever they look like; anything else has to be base64 of 32 bytes.
- A line end behind either is an editor's, and not part of it.
- What the file holds is never said, only how much.
"""

from base64 import b64decode
from pathlib import Path

BYTES = 32
LONGEST = 64
"""Bytes that are read: base64 of a key is 44."""
ENDS = (b"", b"\n", b"\r\n")
ALLOWED = f"a file that holds {BYTES} bytes, or base64 of {BYTES} bytes"


def read_key(path: str) -> bytes:
    """Return the key in the file *path*; raises ValueError that says what is wrong, to stand behind the name of the setting."""
    try:
        with Path(path).open("rb") as file:
            held = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ValueError(f"is {path!r}, which cannot be read: {why}") from error
    texts = [held.removesuffix(end) for end in ENDS]
    key = next((text for text in texts if len(text) == BYTES), None) or _decoded(texts[-1].removesuffix(b"\n"))
    if len(key) != BYTES:
        size = f"more than {LONGEST}" if len(held) > LONGEST else str(len(held))
        found = f", as base64 {len(key)}" if key else ""
        raise ValueError(f"is {path!r}, which holds {size} bytes{found}; allowed is {ALLOWED}")
    return key


def _decoded(text: bytes) -> bytes:
    """Return what *text* is base64 of; nothing if it is none."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
