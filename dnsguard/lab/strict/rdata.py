"""Values of resource records: what Route53 takes, and when two values are the same to it.

Rules:
1. TXT and SPF are character strings in double quotes, each of at most 255 octets, separated by white space; octets outside
   040-176 are escaped as three octal digits; a quote and a backslash by a backslash (texts 17 and 18).
2. An A value is an IPv4 address, an AAAA value an IPv6 address.
3. Domain names inside values follow the rules of names; whether they end in a dot makes no difference.
4. Sameness is sameness of the parsed value (boto3 issue 3579, octodns-route53 issues 96 and 135): case and trailing dot of
   a domain name, and the spelling of an address, do not count. TXT keeps its segments and its case.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from dnsguard.lab.strict.names import NameProblem, printed, unsupported

SINGLETONS = frozenset({"CNAME", "SOA"})
_SEGMENT_LIMIT = 255
_QUOTED = re.compile(r'"((?:[^"\\]|\\[0-3][0-7]{2}|\\["\\])*)"(\s+|$)')
_UNESCAPE = re.compile(r'\\([0-3][0-7]{2}|["\\])')
_NUMBER = "number"
_DOMAIN = "domain"
_FIELDS: dict[str, tuple[str, ...]] = {
    "CNAME": (_DOMAIN,),
    "NS": (_DOMAIN,),
    "PTR": (_DOMAIN,),
    "MX": (_NUMBER, _DOMAIN),
    "SRV": (_NUMBER, _NUMBER, _NUMBER, _DOMAIN),
    "SOA": (_DOMAIN, _DOMAIN, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _NUMBER),
}
_NUMBER_LIMIT = {"SOA": 2**32 - 1}


class ValueProblem(ValueError):
    """A value that Route53 does not take; its text is the whole message."""


def _invalid(inner: str) -> ValueProblem:
    return ValueProblem(f"Invalid Resource Record: '{inner}'")


def _fatal(code: str, sentence: str, value: str) -> ValueProblem:
    return _invalid(f"FATAL problem: {code} ({sentence}) encountered with '{value}'")


def _segments(value: str) -> tuple[str, ...]:
    found: list[str] = []
    at = 0
    while at < len(value):
        segment = _QUOTED.match(value, at)
        if segment is None:
            raise _fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", value)
        text = _UNESCAPE.sub(lambda hit: hit[1] if hit[1] in '"\\' else chr(int(hit[1], 8)), segment[1])
        if len(text) > _SEGMENT_LIMIT:
            raise _fatal("CharacterStringTooLong", "Value is too long", value)
        found.append(text)
        at = segment.end()
    return tuple(found)


def _text(value: str) -> object:
    foreign = next((char for char in value if not " " <= char <= "~"), None)
    if foreign is not None:
        raise _invalid(str(unsupported(foreign)))
    if not value:
        raise _fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", value)
    return _segments(value)


def _field(kind: str, record_type: str, text: str, value: str) -> object:
    if kind == _DOMAIN:
        try:
            # "." is a name here: the null MX of RFC 7505, and the absent target of an SRV record.
            return "." if text == "." and record_type in {"MX", "SRV"} else printed(text)
        except NameProblem as problem:
            raise _invalid(str(problem)) from problem
    if not (text.isascii() and text.isdigit()) or int(text) > _NUMBER_LIMIT.get(record_type, 65535):
        raise _fatal(f"{record_type}RRDATAIllegalNumber", "Value is not a number in range", value)
    return int(text)


def _fields(record_type: str, value: str) -> object:
    kinds = _FIELDS[record_type]
    # A single domain name is taken whole, so that a space in it is an unsupported character and not a second field.
    parts = [value] if len(kinds) == 1 else value.split()
    if len(parts) != len(kinds):
        sentence = f"Value should contain exactly {len(kinds)} fields"
        raise _fatal(f"{record_type}RRDATAWrongNumberOfFields", sentence, value)
    return tuple(_field(kind, record_type, part, value) for kind, part in zip(kinds, parts, strict=True))


@lru_cache(maxsize=1 << 16)
def identity(record_type: str, value: str) -> object:
    """Return what makes *value* equal to another of its type; ValueProblem when Route53 does not take it."""
    try:
        match record_type:
            case "A":
                return int(IPv4Address(value))
            case "AAAA":
                return _address(value)
            case "TXT" | "SPF":
                return _text(value)
            case _ if record_type in _FIELDS:
                return _fields(record_type, value)
            case _:
                return value
    except AddressValueError as problem:
        version = "IPv4" if record_type == "A" else "IPv6"
        code = f"{record_type}RRDATAIllegal{version}Address"
        raise _fatal(code, f"Value is not a valid {version} address", value) from problem


def _address(value: str) -> int:
    if "%" in value:
        raise AddressValueError(value)
    return int(IPv6Address(value))
