"""Going back over HTTP: what a body asks for, and what it would do as JSON.

Rules kept here:

- What is ordered is exactly what somebody looked at: an order has the checksum that the look gave.
"""

from typing import Any, Protocol

from dnsguard.core.explain import step_of
from dnsguard.model.orders import Undo
from dnsguard.model.undo import UndoPlan
from dnsguard.web.orders import Body, body_of, need, need_checksum


class TimeMachine(Protocol):
    """Makes orders that go back; *again*: it was looked at before. ValueError, Refused or ServiceUnavailable with one sentence."""

    async def undo(self, batch: str, by: str, *, again: bool = False) -> Undo:
        """Return the order that undoes a batch."""

    async def restore(self, zone: str, to: str, by: str, *, again: bool = False) -> Undo:
        """Return the order that restores a zone to a moment."""


class UndoBody(Body, frozen=True):
    """An order to undo a batch."""

    batch: str = ""
    checksum: str = ""


class RestoreBody(Body, frozen=True):
    """An order to restore a zone."""

    zone: str = ""
    to: str = ""
    checksum: str = ""


GoingBack = UndoBody | RestoreBody
BODIES: dict[str, type[GoingBack]] = {"undo": UndoBody, "restore": RestoreBody}
"""The kinds of orders that go back, and what their bodies look like."""


def asked_of(kind: str, body: bytes) -> GoingBack:
    """Return what *body* asks for; raises ValueError with one sentence."""
    found = body_of(kind, BODIES[kind], body)
    match found:
        case UndoBody(batch=batch):
            need("batch", batch)
        case RestoreBody(zone=zone, to=to):
            need("zone", zone)
            need("to", to)
    need("checksum", found.checksum)
    need_checksum(found.checksum, f"dnsguard {kind} shows it")
    return found


def document(plan: UndoPlan) -> dict[str, Any]:
    """Return *plan* as JSON has it."""
    return {
        "kind": plan.kind,
        "what": plan.what,
        "zone": plan.zone,
        "zone_name": plan.zone_name,
        "checksum": plan.checksum,
        "back": [{"name": back.name, "changes": list(map(step_of, back.changes))} for back in plan.back],
        "left": plan.left,
    }
