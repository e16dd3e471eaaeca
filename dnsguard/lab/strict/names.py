r"""Names as Route53 prints them: lower case, trailing dot, every other character than a-z 0-9 - _ as octal escape.

Rules (DomainNameFormat in the developer guide):
1. The trailing dot is optional in a request and always there in an answer.
2. 000-040 and 177-377 must be sent as three-digit octal escapes; other ASCII may be sent raw. "*" comes back as \052.
3. A label has 1 to 63 octets, a name at most 255 with its length octets.
4. The order of a zone is ASCII order of the printed name with its labels reversed and the trailing dot kept, so that
   a-b.example.com stands before a.example.com.
"""

import re
from functools import lru_cache

_ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_PRINTED = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+")
_LABEL_LIMIT = 63
_NAME_LIMIT = 255


class NameProblem(ValueError):
    """A name that Route53 does not take; its text is the message's sentence."""


def _problem(code: str, sentence: str, what: str) -> NameProblem:
    return NameProblem(f"FATAL problem: {code} ({sentence}) encountered with '{what}'")


def unsupported(what: str) -> NameProblem:
    """Return the problem of a character that must not stand raw in a name or value."""
    return _problem("UnsupportedCharacter", "Value contains unsupported characters", what)


def _octets(label: str) -> bytes:
    for char in _ESCAPE.sub("", label):
        if not "!" <= char <= "~" or char == "\\":
            raise unsupported(char)
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), label).encode("latin-1")


def _printed_label(label: str, name: str) -> tuple[str, int]:
    octets = _octets(label).lower()
    if not octets:
        raise _problem("DomainLabelEmpty", "Domain label is empty", name)
    if len(octets) > _LABEL_LIMIT:
        raise _problem("DomainLabelTooLong", "Domain label is too long", label)
    return "".join(chr(octet) if octet in _PLAIN else f"\\{octet:03o}" for octet in octets), len(octets)


@lru_cache(maxsize=1 << 16)
def printed(name: str) -> str:
    """Return *name* as Route53 prints it; NameProblem when it does not take it."""
    if len(name) < _NAME_LIMIT and _PRINTED.fullmatch(name):
        return name
    text = name.removesuffix(".")
    if not text:
        raise _problem("DomainNameEmpty", "Domain name is empty", "")
    labels = [_printed_label(label, name) for label in text.split(".")]
    # One length octet per label and the root's.
    if sum(octets for _, octets in labels) + len(labels) + 1 > _NAME_LIMIT:
        raise _problem("DomainNameTooLong", "Domain name is too long", name)
    return ".".join(label for label, _ in labels) + "."


@lru_cache(maxsize=1 << 16)
def reversed_labels(name: str) -> str:
    """Return the sort form of a printed name: labels reversed, trailing dot kept."""
    return ".".join(name[:-1].split(".")[::-1]) + "."


def within(name: str, zone: str) -> bool:
    """Tell whether a printed name lies in a zone, at a label boundary."""
    return name == zone or name.endswith("." + zone)
