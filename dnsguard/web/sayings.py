"""Sayings: facts as sentences for the log.

Rules kept here:

- What happens thousands of times a minute is said at debug alone; what a person has to do something about is a warning or
  an error; everything in between is info.
- What stands in the way of a whole zone is said once by its alert, and at debug for each of its names.
- A sentence stands alone; the fields repeat its parts for machines.
"""

import enum
from collections.abc import Iterator
from typing import Any, NamedTuple, assert_never

from dnsguard.core.ledger import record_of
from dnsguard.core.said import fight
from dnsguard.model import changes, facts
from dnsguard.model.facts import Reason
from dnsguard.web.words import AIDS, action_of, outcome_of

SHOWN_CHANGES = 10
SHOWN_REFUSALS = 3

_ORDINARY = frozenset({
    Reason.HELD, Reason.GRACE, Reason.ORPHAN, Reason.OTHER_SOURCE, Reason.POLICY, Reason.SHADOW, Reason.PARKED, Reason.FROZEN,
    Reason.UNDONE,
})  # fmt: skip
_ZONE_WIDE = frozenset({Reason.ZONE_FULL})
_SIGNS: dict[type[changes.Change], str] = {changes.Create: "+", changes.Replace: "~", changes.Upsert: "~", changes.Delete: "-"}


class Level(enum.IntEnum):
    """How much a line matters."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class Saying(NamedTuple):
    """A sentence with its level, and its parts as fields."""

    level: Level
    message: str
    fields: dict[str, Any]


def say(fact: facts.Fact, now: float) -> Saying:  # noqa: PLR0911 -- one for each family of facts
    """Return what is to be said of *fact* at *now* (seconds on the engine's clock)."""
    match fact:
        case facts.Stopped() | facts.Absorbed() | facts.Misunderstood():
            return _event(fact)
        case facts.SourceListed() | facts.SourceFailed() | facts.SourceTroubled() | facts.SourceRecovered() | facts.Synced():
            return _source(fact)
        case facts.ZonesFound() | facts.ZoneRead():
            return _zone(fact)
        case facts.Withheld() | facts.Cleared():
            return _verdict(fact, now)
        case facts.Unsent():
            return _unsent(fact)
        case facts.Called():
            return _called(fact)
        case facts.Answered():
            return _answered(fact)
        case facts.Contested() | facts.Settled() | facts.Tripped() | facts.Untripped() | facts.Ordered() | facts.Thawed():
            return _guarded(fact)
        case facts.Verified() | facts.Propagated():
            return _looked_after(fact)
        case facts.AidFailed() | facts.AidRecovered() | facts.Notified() | facts.Remembered() | facts.Journaled():
            return _aid(fact)
        case facts.Alert(key=key, text=text):
            return Saying(Level.ERROR, text, {"alert": key})
        case _:
            assert_never(fact)


def _event(fact: facts.Stopped | facts.Absorbed | facts.Misunderstood) -> Saying:
    about = {"object": str(fact.ref)}
    match fact:
        case facts.Stopped(gate=gate):
            return Saying(Level.DEBUG, f"{fact.ref} changed nothing that DNS can see", {**about, "gate": gate.value})
        case facts.Absorbed(names=names, dependents=dependents):
            fields = {**about, "names": names, "dependents": dependents}
            return Saying(Level.DEBUG, f"{fact.ref} may change {_count(names, 'name')}", fields)
        case facts.Misunderstood(text=text):
            return Saying(Level.WARNING, f"{fact.ref} cannot be understood: {text}", about)


def _source(fact: facts.SourceListed | facts.SourceFailed | facts.SourceTroubled | facts.SourceRecovered | facts.Synced) -> Saying:
    match fact:
        case facts.SourceListed(kind=kind, objects=objects, missing=missing):
            lacking = f", {missing} known before are missing" if missing else ""
            return Saying(
                Level.INFO, f"{kind}: {_count(objects, 'object')}{lacking}", {"kind": kind, "objects": objects, "missing": missing}
            )
        case facts.SourceFailed(kind=kind, text=text):
            return Saying(Level.WARNING, f"{kind} cannot be listed or watched: {text}", {"kind": kind})
        case facts.SourceTroubled(kind=kind, text=text, wait=wait):
            again = f"; tried again in {wait:.1f} s" if wait else ""
            return Saying(Level.WARNING, f"{kind}: {text.rstrip('.')}{again}", {"kind": kind})
        case facts.SourceRecovered(kind=kind):
            return Saying(Level.INFO, f"{kind} is read again", {"kind": kind})
        case facts.Synced(objects=objects):
            return Saying(
                Level.INFO, f"every source is listed, with {_count(objects, 'object')}: changes may be written", {"objects": objects}
            )


def _zone(fact: facts.ZonesFound | facts.ZoneRead) -> Saying:
    match fact:
        case facts.ZonesFound(zones=zones):
            shown = ", ".join(f"{name} ({zone}, {visibility})" for zone, name, visibility in zones[:SHOWN_CHANGES]) + _more(len(zones))
            message = f"{_count(len(zones), 'hosted zone')} in use: {shown}" if zones else "no hosted zone is in use"
            return Saying(Level.INFO if zones else Level.WARNING, message, {"zones": [zone for zone, _, _ in zones]})
        case facts.ZoneRead(zone=zone, sets=sets, ours=ours):
            message = f"zone {zone} is read: {ours} of {_count(sets, 'record set')} are ours"
            doubts = list(_doubts(fact))
            level = Level.WARNING if doubts else Level.INFO
            return Saying(level, "; ".join([message, *doubts]), {"zone": zone, "sets": sets, "ours": ours})


def _doubts(fact: facts.ZoneRead) -> Iterator[str]:
    """Yield what in a zone speaks for a wrong `ownership`."""
    if fact.others and not fact.ours:
        owner, theirs = max(fact.others, key=lambda each: each[1])
        yield f"owner {owner!r} has {theirs}: is ownership.owner right?"
    if fact.strays:
        wrong = "are ownership.prefix, suffix and wildcard_replacement right?"
        yield f"{fact.strays} TXT of our owner id stand for no record set: {wrong}"
    if fact.sealed:
        unread = "that the key does not open: is ownership.encrypt_key_file right?"
        if not fact.keyed:
            unread = "that is not read without a key: is ownership.encrypt_key_file missing?"
        yield f"{fact.sealed} TXT look like encrypted ownership {unread} What they stand for is left alone"


def _verdict(fact: facts.Withheld | facts.Cleared, now: float) -> Saying:
    verdict = fact.verdict
    row = " ".join(part for part in (verdict.type, verdict.name, f"({verdict.set_id})" if verdict.set_id else "") if part)
    fields: dict[str, Any] = {"reason": verdict.reason.value, "zone": verdict.zone, "name": verdict.name, "type": verdict.type}
    if verdict.set_id:
        fields["set_id"] = verdict.set_id
    zone_wide = verdict.reason in _ZONE_WIDE
    if isinstance(fact, facts.Cleared):
        return Saying(Level.DEBUG if zone_wide else Level.INFO, f"{row}: no longer {verdict.reason.value}", fields)
    if verdict.until is not None:
        fields["ends_in"] = round(max(0.0, verdict.until - now), 1)
    level = Level.DEBUG if zone_wide else Level.INFO if verdict.reason in _ORDINARY else Level.WARNING
    way_out = f" ({verdict.way_out})" if verdict.way_out else ""
    return Saying(level, f"{row}: {verdict.reason.value}: {verdict.text}{way_out}", fields)


def _guarded(
    fact: facts.Contested | facts.Settled | facts.Tripped | facts.Untripped | facts.Ordered | facts.Thawed,
) -> Saying:
    match fact:
        case facts.Contested(ref=ref, published=published, sides=sides):
            message = f"{ref} is contested: {fight(sides)}; {', '.join(published)} stays published until that has been calm"
            return Saying(Level.WARNING, message, {"object": str(ref), "published": list(published)})
        case facts.Settled(ref=ref, why=why):
            return Saying(Level.INFO, f"{ref} is no longer contested: {why}", {"object": str(ref)})
        case facts.Tripped():
            message = (
                f"zone {fact.name}: {_count(fact.names, 'name')} of {fact.owned} would lose their records, and at most {fact.limit} may:"
                " all deletions wait until they are approved (dnsguard approve) or the names are claimed again"
            )
            return Saying(Level.ERROR, message, {"zone": fact.zone, "names": fact.names, "limit": fact.limit, "owned": fact.owned})
        case facts.Untripped():
            return Saying(Level.INFO, f"zone {fact.name}: deletions are no longer parked: {fact.why}", {"zone": fact.zone})
        case facts.Ordered(order=order, reply=reply):
            what = type(order).__name__.lower()
            whose = f" of {order.by}" if order.by else ""
            level = Level.WARNING if reply.done else Level.ERROR
            return Saying(level, f"order{whose}: {what}: {reply.text}", {"order": what, "by": order.by, "done": reply.done})
        case facts.Thawed(freeze=freeze):
            what = " ".join(part for part in (freeze.pattern, freeze.zone) if part) or "everything"
            return Saying(Level.WARNING, f"the freeze of {what} is over", {"zone": freeze.zone, "pattern": freeze.pattern})


def _looked_after(fact: facts.Verified | facts.Propagated) -> Saying:
    match fact:
        case facts.Verified():
            drift = [f"{_count(fact.missing, 'set')} of ours missing"] * bool(fact.missing)
            drift += [f"{_count(fact.edited, 'set')} of ours edited"] * bool(fact.edited)
            found = " and ".join(drift) or "all as it was left"
            fields = {"zone": fact.zone, "sets": fact.sets, "missing": fact.missing, "edited": fact.edited}
            return Saying(Level.WARNING if drift else Level.INFO, f"zone {fact.name} was verified: {found}", fields)
        case facts.Propagated():
            fields = {"zone": fact.zone, "change": fact.change, "seconds": round(fact.seconds, 3)}
            if fact.insync:
                return Saying(Level.DEBUG, f"change {fact.change} is on all name servers after {fact.seconds:.0f} s", fields)
            return Saying(Level.WARNING, f"change {fact.change} is not on all name servers after {fact.seconds:.0f} s", fields)


def _aid(fact: facts.AidFailed | facts.AidRecovered | facts.Notified | facts.Remembered | facts.Journaled) -> Saying:
    match fact:
        case facts.AidFailed(aid=aid, text=text):
            return Saying(Level.WARNING, f"{AIDS[aid]}, and records are kept as ever: {text}", {"aid": aid})
        case facts.AidRecovered(aid=aid):
            return Saying(Level.INFO, f"{aid} work again", {"aid": aid})
        case facts.Notified(created=created, repeated=repeated, dropped=dropped):
            message = f"{_count(created, 'Kubernetes Event')} created, {repeated} counted up, {dropped} given up"
            return Saying(Level.DEBUG, message, {"created": created, "repeated": repeated, "dropped": dropped})
        case facts.Remembered(zone=zone, name=name, sets=sets, age=age, fresh=fresh, parked=parked):
            read = f"zone {name} ({zone}) is remembered with {_count(sets, 'record set')}, as read {abs(age) / 60:.0f} minutes ago"
            message = read if fresh else f"{read}: that is too old, so it is read again first"
            message += f"; {_count(parked, 'deletion')} still parked" if parked else ""
            return Saying(Level.INFO, message, {"zone": zone, "sets": sets, "fresh": fresh})
        case facts.Journaled(text=text, works=works):
            return Saying(Level.INFO if works else Level.ERROR, text, {"journal": "works" if works else "fails"})


def _called(fact: facts.Called) -> Saying:
    fields: dict[str, Any] = {"job": fact.job, "action": action_of(fact.call), **_zone_of(fact.call)}
    if not isinstance(fact.call, changes.Write):
        return Saying(Level.DEBUG, f"calling {action_of(fact.call)}", fields)
    sent = fact.call.changes
    return Saying(Level.INFO, f"zone {fact.call.zone}: {_shown(sent)}", {**fields, "changes": len(sent)})


def _unsent(fact: facts.Unsent) -> Saying:
    fields = {"zone": fact.zone, "name": fact.name, "changes": len(fact.changes)}
    shown = _shown(fact.changes) if fact.changes else f"nothing more of {fact.name}"
    return Saying(Level.DEBUG, f"zone {fact.zone}: would send {shown}", fields)


def _answered(fact: facts.Answered) -> Saying:
    action = action_of(fact.call)
    zone = _zone_of(fact.call)
    fields: dict[str, Any] = {"job": fact.job, "action": action, **zone}
    fields |= {"outcome": outcome_of(fact.outcome), "seconds": round(fact.seconds, 3)}
    where = f"{action} of zone {zone['zone']}" if zone else action
    match fact.outcome:
        case changes.Accepted():
            return Saying(Level.DEBUG, f"{where} is accepted", fields)
        case changes.Refused(refusals=refusals):
            fields["why"] = sorted({refusal.why.value for refusal in refusals})
            shown = "; ".join(refusal.text for refusal in refusals[:SHOWN_REFUSALS]) + _more(len(refusals), SHOWN_REFUSALS)
            return Saying(Level.ERROR, f"{where} is refused: {shown}", fields)
        case changes.Throttled(text=text) | changes.Busy(text=text) | changes.Unavailable(text=text) | changes.Uncertain(text=text):
            return Saying(Level.WARNING, f"{where} is {outcome_of(fact.outcome)}" + (f": {text}" if text else ""), fields)


def _zone_of(call: changes.Call) -> dict[str, str]:
    return {"zone": call.zone} if isinstance(call, (changes.Write, changes.ListRecords, changes.GetZone)) else {}


def _record(change: changes.Change) -> tuple[str, str, str]:
    record = record_of(change)
    return record.type, record.name, record.set_id


def _shown(sent: tuple[changes.Change, ...]) -> str:
    # The TXT of a record set says nothing new: what is answered to resolvers comes first.
    ordered = sorted(sent, key=lambda change: _record(change)[0] == "TXT")
    return ", ".join(map(_sign, ordered[:SHOWN_CHANGES])) + _more(len(sent))


def _sign(change: changes.Change) -> str:
    kind, name, set_id = _record(change)
    return f"{_SIGNS[type(change)]}{kind} {name}" + (f" ({set_id})" if set_id else "")


def _more(total: int, shown: int = SHOWN_CHANGES) -> str:
    return f" and {total - shown} more" if total > shown else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
