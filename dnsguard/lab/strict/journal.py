"""The log of calls: what was asked when, and what became of it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Logged(Struct, frozen=True, gc=False):
    """One call; *changes* is the number of its Change elements.

    *outcome* is "accepted", an error code, "dropped before" or "dropped after".
    """

    operation: str
    now: float
    zone: str
    changes: int
    outcome: str


def size(params: Mapping[str, Any]) -> int:
    """Return the number of Change elements of a call's parameters; 0 where it has none."""
    return len((params.get("ChangeBatch") or {}).get("Changes") or ())


def zone_of(params: Mapping[str, Any]) -> str:
    """Return the bare zone id that a call's parameters name, or ""."""
    found = params.get("HostedZoneId") or params.get("Id") or params.get("ResourceId") or ""
    return str(found).removeprefix("/hostedzone/")
