"""Orders as JSON: what the body of a request says a person wants.

Rules kept here:

- A field that is not known, missing, of another type, too long or contradicts another is refused with one sentence.
- Durations are written as in the config file (`10m`), and last from now on, a year at most.
"""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from dnsguard.core.durations import parse
from dnsguard.model.orders import Approve, Freeze, Order, Repair, Thaw

LONGEST_NAME = 300
LONGEST_TEXT = 500
"""Characters of names, and of what people write."""
LONGEST = 366 * 86400.0
"""Seconds that an order lasts at most."""
SOMEBODY = "somebody over HTTP"

Said = TypeVar("Said", bound="Body")

_CHECKSUM = re.compile(r"[0-9a-f]{8}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What every order says: who gives it."""

    by: str = SOMEBODY


class _Freeze(Body, frozen=True):
    zone: str = ""
    pattern: str = ""
    howlong: str = field(default="", name="for")
    reason: str = ""


class _Thaw(Body, frozen=True):
    zone: str = ""
    pattern: str = ""
    undone: str = ""


class _Approve(Body, frozen=True):
    zone: str = ""
    checksum: str = ""
    most: int = field(default=0, name="max")
    howlong: str = field(default="", name="for")


class _Repair(Body, frozen=True):
    name: str = ""


BODIES: dict[str, type[_Freeze | _Thaw | _Approve | _Repair]] = {
    "freeze": _Freeze,
    "thaw": _Thaw,
    "approve": _Approve,
    "repair": _Repair,
}
"""The kinds of orders, and what their bodies look like."""


def order_of(kind: str, body: bytes, now: float) -> Order:
    """Return the order of *kind* that *body* says at the moment *now*; raises ValueError with one sentence."""
    found = body_of(kind, BODIES[kind], body)
    match found:
        case _Freeze(by, zone, pattern, howlong, reason):
            need("reason", reason)
            return Freeze(zone, pattern, _until(howlong, now), reason, by)
        case _Thaw(by, zone, pattern, undone):
            return Thaw(zone, pattern, by, undone=undone)
        case _Approve():
            return _approve(found, now)
        case _Repair(by, name):
            need("name", name)
            return Repair(name, by)


def body_of(kind: str, shape: type[Said], body: bytes) -> Said:
    """Return what *body* says in the *shape* of an order of *kind*; raises ValueError with one sentence."""
    try:
        found = msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the body is no {kind} order: {error}; allowed is a JSON object of {_fields(shape)}") from error
    _check_texts(found)
    return found


def need(name: str, text: str) -> None:
    """Raise ValueError if the field *name* says nothing."""
    if not text.strip():
        raise ValueError(f"{name} is missing")


def need_checksum(text: str, where: str) -> None:
    """Raise ValueError if *text* is no checksum; *where* tells where there is one."""
    if not _CHECKSUM.fullmatch(text):
        raise ValueError(f"checksum is {text!r}, allowed are eight digits 0-9a-f, as {where}")


def _approve(found: _Approve, now: float) -> Approve:
    need("zone", found.zone)
    if bool(found.checksum) == bool(found.most):
        raise ValueError("an approval has either checksum or max")
    if found.checksum:
        need_checksum(found.checksum, "the parked names are shown with")
    if found.most < 0:
        raise ValueError(f"max is {found.most}, allowed is a whole number from 1 up")
    if found.howlong and found.checksum:
        raise ValueError("for goes with max alone: a checksum is for the names that are parked now")
    return Approve(found.zone, found.checksum, found.most, _until(found.howlong, now), found.by)


def _until(howlong: str, now: float) -> float | None:
    if not howlong:
        return None
    try:
        seconds = float(parse(howlong))
    except ValueError as error:
        raise ValueError(f"for is {error}") from error
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"for is {howlong!r}, allowed is a duration over 0s, of a year at most")
    return now + seconds


def _check_texts(found: Body) -> None:
    for each in msgspec.structs.fields(found):
        text = getattr(found, each.name)
        if not isinstance(text, str):
            continue
        longest = LONGEST_TEXT if each.name in {"by", "reason"} else LONGEST_NAME
        if len(text) > longest:
            raise ValueError(f"{each.encode_name} has {len(text)} characters, allowed are {longest}")
        if _CONTROL.search(text):
            raise ValueError(f"{each.encode_name} holds a control character")


def _fields(shape: type[Body]) -> str:
    return ", ".join(each.encode_name for each in msgspec.structs.fields(shape))
