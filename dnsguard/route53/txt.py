r"""TXT values: text on our side, quoted character-strings on the wire.

Rules kept here (Route53 developer guide, "TXT record type"; RFC 1035 3.3.14):

- A value is one or more character-strings in double quotes, separated by one space; each holds at most 255 octets.
- Inside, a quote and a backslash have a backslash before them; octets outside 040-176 are `\ooo`. Case is kept.
- Text is UTF-8. What the strings hold together is what counts, not where they are split.
"""

import re

from dnsguard.core.weights import SEGMENT

_PLAIN = re.compile(rf"[ !#-\[\]-~]{{0,{SEGMENT}}}")
_STRING = re.compile(rb'"((?:[^"\\]|\\[0-3][0-7]{2}|\\[^0-9])*)"(?:\s+|$)')
_ESCAPED = re.compile(rb"\\([0-3][0-7]{2}|[^0-9])", re.DOTALL)
_OCTETS = tuple(f"\\{chr(n)}" if chr(n) in '"\\' else chr(n) if 0x20 <= n <= 0x7E else f"\\{n:03o}" for n in range(256))


def quote(text: str) -> str:
    """Return the wire form of *text*."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    octets = text.encode()
    starts = range(0, max(len(octets), 1), SEGMENT)
    return " ".join('"' + "".join(_OCTETS[octet] for octet in octets[start : start + SEGMENT]) + '"' for start in starts)


def unquote(wire: str) -> str:
    """Return the text of a wire form; ValueError if it is none, or holds no UTF-8."""
    octets = wire.encode().strip()
    parts: list[bytes] = []
    at = 0
    while at < len(octets) or not parts:
        found = _STRING.match(octets, at)
        if found is None:
            raise ValueError(f"{wire!r} is no row of quoted character-strings")
        parts.append(_ESCAPED.sub(_octet, found[1]))
        at = found.end()
    return b"".join(parts).decode()


def _octet(found: re.Match[bytes]) -> bytes:
    return found[1] if len(found[1]) == 1 else bytes([int(found[1], 8)])
