r"""Names on Route53's wire: a trailing dot, and octal escapes for every octet but a-z, 0-9, `-` and `_`.

Rules kept here (Route53 developer guide, "DNS domain name format"):

- An answer writes every octet but a-z, 0-9, `-`, `_` and the separating dots as `\ooo`, and ends in a dot; `*` is `\052`.
- A request may leave the dot out and write printable ASCII raw; upper and lower case are the same.
- The canonical form has the octet itself, octets beyond ASCII as U+0080 to U+00FF. A dot inside a label and a backslash
  stay escaped, for else two names would become one.
"""

import re
import string

from dnsguard.core.names import unescaped

_PLAIN = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?")
_SPECIAL = re.compile(r"\\(?:056|134)|[^a-z0-9_.-]")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def escape(name: str) -> str:
    """Return the wire form of a canonical name; ValueError if it holds a character that is no octet."""
    if _PLAIN.fullmatch(name):
        return f"{name}."
    return _SPECIAL.sub(_octal, name) + "."


def unescape(wire: str) -> str:
    """Return the canonical name of any wire form."""
    if not _PLAIN.fullmatch(wire):
        wire = unescaped(wire).translate(_LOWER)
    return wire.removesuffix(".")


def _octal(found: re.Match[str]) -> str:
    special = found[0]
    if len(special) > 1:
        return special
    if special > "\xff":
        raise ValueError(f"{found.string!r} holds {special!r}, which no name on the wire can hold")
    return f"\\{ord(special):03o}"
