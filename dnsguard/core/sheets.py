"""Sheets: the orders that stand in the annotations of a ConfigMap.

Rules kept here:

- `dnsguard.io/freeze` lists, with commas, what is frozen: `all`, zones by name or id, patterns of host names.
  `dnsguard.io/freeze-until` is the moment at which all of it ends (RFC 3339), `dnsguard.io/freeze-reason` a text for people.
- `dnsguard.io/approve` lists, with commas, what may go: `ZONE CHECKSUM`, or `ZONE max=NUMBER until=MOMENT`. Without its moment the
  latter would approve other names after every start.
- What cannot be understood is named in a sentence, and the rest counts. A freeze whose end cannot be understood has none: that is
  the side on which nothing is written.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from msgspec import Struct

from dnsguard.core.moments import read
from dnsguard.core.names import canonical
from dnsguard.core.patterns import pattern_of
from dnsguard.model.objects import Ref, SheetView

PREFIX = "dnsguard.io/"
FREEZE = f"{PREFIX}freeze"
UNTIL = f"{PREFIX}freeze-until"
REASON = f"{PREFIX}freeze-reason"
APPROVE = f"{PREFIX}approve"
KEYS = (FREEZE, UNTIL, REASON, APPROVE)
EVERYTHING = "all"
MOST = 100
"""Freezes, and approvals, of one sheet that are read."""
SHOWN = 100
"""Characters of a text that a sentence quotes."""
_CHECKSUM = re.compile(r"[0-9a-f]{8}")
_ZONE_ID = re.compile(r"(?:/hostedzone/)?(Z[0-9A-Z]{1,31})")
_FORM = "ZONE CHECKSUM, or ZONE max=NUMBER until=MOMENT"
_MOMENT = "a moment such as 2026-08-01T12:00:00Z"


class Approval(Struct, frozen=True, gc=False):
    """One approval as it stands in a sheet: the zone, and the checksum, or the most names until a moment (seconds)."""

    zone: str
    checksum: str = ""
    most: int = 0
    until: float | None = None


class Sheet(Struct, frozen=True, gc=False):
    """What stands in one ConfigMap.

    *freezes* are `all`, ids of zones, and canonical patterns, of which one may be the name of a zone; *by* and *approved_by* are the
    managers that wrote them.
    """

    ref: Ref
    freezes: tuple[str, ...] = ()
    until: float | None = None
    reason: str = ""
    by: str = ""
    approvals: tuple[Approval, ...] = ()
    approved_by: str = ""
    complaints: tuple[str, ...] = ()


def read_sheet(view: SheetView) -> Sheet:
    """Return what stands in a ConfigMap."""
    complaints = list(_unknown(view.annotations))
    freezes = tuple(dict.fromkeys(_freezes(view.annotations, complaints)))
    until = read(view.annotations.get(UNTIL, "").strip())
    if until is None and UNTIL in view.annotations:
        complaints.append(f"{UNTIL} is {shown(view.annotations[UNTIL])}, allowed is {_MOMENT}: what is frozen has no end")
    reason = " ".join(view.annotations.get(REASON, "").split())
    approvals = tuple(dict.fromkeys(_approvals(view.annotations, complaints)))
    by, approved_by = (view.writers.get(key, "") for key in (FREEZE, APPROVE))
    return Sheet(view.ref, freezes, until, reason, by, approvals, approved_by, tuple(complaints))


def _unknown(annotations: dict[str, str]) -> Iterator[str]:
    for key in sorted(annotations):
        if key.startswith(PREFIX) and key not in KEYS:
            near = get_close_matches(key, KEYS, 1, 0.0)[0]
            yield f"{shown(key)[1:-1]} is no order, the nearest is {near}"


def _freezes(annotations: dict[str, str], complaints: list[str]) -> Iterator[str]:
    for item in _items(annotations, FREEZE, "all, a zone, or a host name such as a.example.com or *.example.com", complaints):
        zone = _ZONE_ID.fullmatch(item)
        if item.lower() == EVERYTHING:
            yield EVERYTHING
        elif zone is not None:
            yield zone[1]
        else:
            try:
                yield pattern_of(item)
            except ValueError as error:
                complaints.append(f"{FREEZE} has {shown(item)}, which is neither all, nor a zone, nor a host name: {error}")


def _approvals(annotations: dict[str, str], complaints: list[str]) -> Iterator[Approval]:
    for item in _items(annotations, APPROVE, _FORM, complaints):
        zone, *rest = item.split()
        if len(rest) == 1 and _CHECKSUM.fullmatch(rest[0]):
            yield Approval(_zone(zone), rest[0])
            continue
        pairs = dict(part.partition("=")[::2] for part in rest)
        most, until = pairs.get("max", ""), read(pairs.get("until", "").strip())
        if pairs.keys() - {"max", "until"} or len(pairs) < len(rest) or not (most.isascii() and most.isdigit() and int(most[:9])):
            complaints.append(f"{APPROVE} has {shown(item)}, allowed is {_FORM}")
        elif until is None:
            said = shown(pairs["until"]) if "until" in pairs else "missing"
            complaints.append(f"{APPROVE} has {shown(item)}, whose until is {said}, allowed is {_MOMENT}")
        else:
            yield Approval(_zone(zone), "", int(most[:9]), until)


def _items(annotations: dict[str, str], key: str, allowed: str, complaints: list[str]) -> list[str]:
    if key not in annotations:
        return []
    items = [item.strip() for item in annotations[key].split(",") if item.strip()]
    if not items:
        complaints.append(f"{key} is empty, allowed is {allowed}")
    if len(items) > MOST:
        complaints.append(f"{key} has {len(items)} items: the first {MOST} count")
    return items[:MOST]


def shown(text: str) -> str:
    """Return *text* as a sentence quotes it."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "...")


def _zone(text: str) -> str:
    """Return the id or the canonical name of the zone that *text* names."""
    found = _ZONE_ID.fullmatch(text)
    if found is not None:
        return found[1]
    try:
        return canonical(text)
    except ValueError:
        # No zone is called so: that is said when the zones are known.
        return text
