r"""Domain names in canonical form: lower case, IDNA A-labels, without the trailing dot, octal escapes decoded.

Rules kept here:

- Labels have 1 to 63 octets, a name at most 255 with its length octets and the root (RFC 1035 2.3.4), so 253 as text.
- Labels with characters beyond ASCII become A-labels (RFC 5891); what is ASCII is kept as it is, underscores included.
- The ideographic, fullwidth and halfwidth full stops separate labels as the dot does (UTS #46, 4.5).
- `*` is a wildcard only as the whole first label; elsewhere it is a character like others.
- Route53 writes every octet but a-z, 0-9, `-` and `_` as `\ooo`, three octal digits; the canonical form has the octet. A dot
  inside a label and a backslash stay escaped, for else two names would become one.
"""

import re

import idna

LONGEST_LABEL = 63
LONGEST_NAME = 253
"""Characters of a name without the trailing dot: 255 octets on the wire less the first length and the root."""

_PLAIN = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_ESCAPE = re.compile(r"\\([0-3][0-7]{2})|\\")
_KEPT = {".": "\\056", "\\": "\\134"}
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_UNSPOKEN = re.compile(r"[\x00-\x20\x7f]")


def canonical(name: str) -> str:
    """Return the canonical form of *name*.

    Raises ValueError with one sentence if it is no domain name.
    """
    if _PLAIN.fullmatch(name) and len(name) <= LONGEST_NAME:
        return name
    text = unescaped(name).lower().translate(_DOTS).removesuffix(".")
    if not text:
        raise ValueError("a name is empty")
    if _UNSPOKEN.search(text):
        raise ValueError(f"{name!r} holds a space or a control character")
    text = ".".join(_label(label, name) for label in text.split("."))
    if len(text) > LONGEST_NAME:
        raise ValueError(f"{name!r} is longer than {LONGEST_NAME} characters")
    return text


def unescaped(name: str) -> str:
    """Return *name* with its octal escapes decoded; a dot inside a label and a backslash stay escaped."""
    return _ESCAPE.sub(_octet, name)


def lies_in(name: str, zone: str) -> bool:
    """Return whether *name* is *zone* or lies below it; both canonical."""
    return name == zone or name.endswith("." + zone)


def _octet(found: re.Match[str]) -> str:
    octet = "\\" if found[1] is None else chr(int(found[1], 8))
    return _KEPT.get(octet, octet)


def _label(label: str, name: str) -> str:
    if not label.isascii():
        try:
            label = idna.encode(label, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"{name!r} is no internationalised domain name: {error}") from error
    if not label:
        raise ValueError(f"{name!r} has an empty label")
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"a label of {name!r} is longer than {LONGEST_LABEL} characters")
    return label
