"""The scorecard as JSON, and the route that serves it.

Rules kept here:

- Moments are RFC 3339 in UTC, spans are seconds; a moment that has not come is null.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from dnsguard.core.moments import spelled
from dnsguard.model.scorecard import Divergence, HeldDeletion, Scorecard

PATH = "/api/scorecard"


def document(card: Scorecard) -> dict[str, Any]:
    """Return *card* as JSON has it."""
    deletions, divergences = card.deletions, card.divergences
    return {
        "policy": card.policy,
        "since": moment(card.since),
        "until": moment(card.now),
        "seconds": round(card.now - card.since, 3),
        "events": {"total": card.events, "stopped": card.stopped},
        "calls": card.calls,
        "looks": card.looks,
        "writes": card.writes,
        "writes_are": "at least" if card.policy == "shadow" else "sent",
        "changes": {"created": card.created, "replaced": card.replaced, "deleted": card.deleted},
        "agreed": card.agreed,
        "deletions": {
            "held": deletions.held,
            "standing": deletions.standing,
            "called_back": deletions.called_back,
            "deleted": deletions.deleted,
            "gone": deletions.gone,
            "seen_gone": deletions.seen_gone,
            "longest_seconds": round(deletions.longest, 3),
            "listed": [_held(held, card.now) for held in deletions.listed],
        },
        "divergences": {
            "patience_seconds": divergences.patience,
            "total": divergences.total,
            "standing": divergences.standing,
            "listed": [_divergence(divergence, card.now) for divergence in divergences.listed],
        },
    }


def route(card: Callable[[], Scorecard]) -> web.RouteDef:
    """Return the route that serves what *card* gives."""

    async def scorecard(_: web.Request) -> web.Response:
        return web.json_response(document(card()))

    return web.get(PATH, scorecard)


def moment(seconds: float | None) -> str | None:
    """Return a moment (seconds since 1970) in RFC 3339, UTC."""
    return None if seconds is None else spelled(seconds)


def _held(held: HeldDeletion, now: float) -> dict[str, Any]:
    return {
        "zone": held.zone,
        "name": held.name,
        "type": held.type,
        "set_identifier": held.set_id,
        "reasons": [reason.value for reason in held.reasons],
        **_span(held.since, held.until, now),
        "outcome": held.outcome,
        "gone_at": moment(held.gone_at),
        "back_at": moment(held.back_at),
    }


def _divergence(divergence: Divergence, now: float) -> dict[str, Any]:
    return {
        "zone": divergence.zone,
        "name": divergence.name,
        "reason": divergence.reason.value,
        "stands": divergence.stands,
        "wanted": divergence.wanted,
        **_span(divergence.since, divergence.until, now),
    }


def _span(since: float, until: float | None, now: float) -> dict[str, Any]:
    return {"since": moment(since), "until": moment(until), "seconds": round((now if until is None else until) - since, 3)}
