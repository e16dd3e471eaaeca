"""What an outcome of a write does to its zone.

| outcome | ledger | groups | zone |
|---|---|---|---|
| Accepted | moves | clean, unless touched meanwhile | next batch at once |
| Throttled | - | dirty as before | the budget shrinks |
| Busy, Unavailable | - | dirty as before | back-off |
| Refused, stale view | named ones unknown | named ones read and planned again, the others due now | - |
| Refused, conflict or bad value | - | named ones quarantined, the others due now | - |
| Refused without a name | - | halved; what is refused alone is quarantined | - |
| Refused, permission denied | - | some groups are tried alone; if all are denied, the rest waits; else as without a name | one alert |
| Refused, zone full | - | what creates is parked, the others due now; if nothing grows, as without a name | one alert |
| Refused, too many values in a set | - | as for a bad value | one alert |
| Refused, no such zone | - | dirty as before | long back-off, one alert |
| Uncertain | unknown | in doubt until one changed set was read: a batch is atomic, so it tells for all | no write before |

A half of a refused batch stays one, whatever keeps it from being judged.
"""

from collections.abc import Iterable
from random import Random
from typing import assert_never

from dnsguard.core.backoff import BUSY, DENIED, FULL, QUARANTINE, UNAVAILABLE, Backoff
from dnsguard.core.batch import Unit
from dnsguard.core.lane import Flight, Lane, Part, grows
from dnsguard.core.ledger import Key, key_of, keys_of, record_of
from dnsguard.core.permissions import explained
from dnsguard.model.changes import (
    Accepted,
    Busy,
    Change,
    Create,
    Cursor,
    Delete,
    ListRecords,
    Outcome,
    Page,
    Refusal,
    Refused,
    Replace,
    Throttled,
    Unavailable,
    Uncertain,
    Upsert,
    Why,
    Write,
)
from dnsguard.model.facts import Fact
from dnsguard.model.records import RecordSet

DEADLINE = 6.0
"""Seconds after which a call that was sent can no longer take effect: what the client gives each call."""
DENIALS = 3
"""Groups of a batch denied alone, nothing accepted between, before the rest of it counts as denied too."""


class Settlement:
    """Takes in the outcomes of one zone's writes; *carried_out* is what a probe found."""

    def __init__(self, lane: Lane, chance: Random) -> None:
        self._lane = lane
        self._chance = chance
        self.facts: list[Fact] = []
        self.carried_out = False

    def settle(self, outcome: Outcome, now: float) -> list[str]:
        """Take in what became of the batch in flight; return the groups to plan again."""
        lane = self._lane
        flight = lane.flight
        assert flight is not None
        lane.flight = None
        match outcome:
            case Accepted():
                return self._accepted(flight, now)
            case Refused(refusals):
                names = self._refused(flight, refusals, now)
            case Uncertain():
                lane.in_doubt = flight
                lane.probe_at = max(now, flight.left + DEADLINE)
                return []
            case Busy():
                names = self._back_off(flight, BUSY, now)
            case Unavailable():
                names = self._back_off(flight, UNAVAILABLE, now)
            case Throttled():
                names = self._again(flight)
            case _:
                assert_never(outcome)
        lane.landed()
        return names

    def probe(self) -> ListRecords:
        """Return the read that tells the fate of the batch in doubt."""
        _, key = self._telling()
        return ListRecords(self._lane.zone.id, Cursor(*key), 1)

    def probed(self, page: Page, now: float) -> list[str]:
        """Take in the answer to the probe; return the groups to plan again."""
        lane = self._lane
        flight = lane.in_doubt
        assert flight is not None
        change, key = self._telling()
        found = next((held.value for held in page.sets if key_of(held.value) == key), None)
        lane.in_doubt = None
        self.carried_out = found == _after(change)
        if self.carried_out:
            return self._accepted(flight, now)
        names = self._again(flight, due=now)
        if found != _before(change):
            lane.reading.doubt(sorted({n for part in flight.parts for n in part.names()}), possible(flight.changes))
        lane.landed()
        return names

    def _telling(self) -> tuple[Change, Key]:
        """Return a change of the batch in doubt whose before and after differ, and the key to look at."""
        flight = self._lane.in_doubt
        assert flight is not None
        change = next((c for c in flight.changes if _before(c) != _after(c)), flight.changes[0])
        return change, keys_of(change)[-1]

    def _accepted(self, flight: Flight, now: float) -> list[str]:
        lane = self._lane
        lane.ledger.move(flight.changes)
        self._count(flight, now)
        lane.write_failures = 0
        lane.halving.accepted(flight.half)
        if any(isinstance(change, Delete) for change in flight.changes):
            lane.unpark()
        for part in flight.parts:
            if not part.whole:
                lane.pending.resume(part.entry)
        lane.landed()
        return [part.entry.name for part in flight.parts if not lane.finish(part)]

    def _count(self, flight: Flight, now: float) -> None:
        """Tell the breaker which names are ours now, and which were deleted."""
        lane = self._lane
        for part in flight.parts:
            name = part.entry.name
            lane.repairs.discard(name)
            records = [change for unit in part.units for change in unit if record_of(change).type != "TXT"]
            if records and not any(isinstance(change, Delete) for change in records):
                lane.breaker.own(name, ours=True)
            elif any(_deletes(unit) for unit in part.units):
                lane.breaker.gone(name, now)

    def _resume(self, parts: Iterable[Part], due: float | None = None, *, apart: bool = False) -> list[str]:
        names = []
        for part in parts:
            self._lane.pending.resume(part.entry, due=due, apart=apart)
            names.append(part.entry.name)
        return names

    def _again(self, flight: Flight, due: float | None = None) -> list[str]:
        """Take back a batch of which nothing was learned."""
        if flight.half is not None:
            self._lane.halving.put_back(flight.half)
        return self._resume(flight.parts, due, apart=flight.half is not None)

    def _back_off(self, flight: Flight, backoff: Backoff, now: float) -> list[str]:
        lane = self._lane
        lane.write_failures += 1
        lane.write_at = now + backoff.delay(lane.write_failures, self._chance)
        return self._again(flight)

    def _refused(self, flight: Flight, refusals: tuple[Refusal, ...], now: float) -> list[str]:
        lane = self._lane
        whys = {refusal.why for refusal in refusals}
        if Why.NO_ZONE in whys:
            self.facts += lane.alerts.shut(now)
            return self._back_off(flight, DENIED, now)
        blamed = _blamed(flight, refusals)
        for part in flight.parts:
            refusal = blamed.get(part.entry.name)
            if refusal is not None and refusal.why is Why.STALE:
                self._suspect(part)
            elif refusal is not None:
                self._quarantine(part, refusal.text, now)
        quota = next((refusal for refusal in refusals if refusal.why in {Why.ZONE_FULL, Why.SET_FULL}), None)
        parked = quota is not None and self._full(flight, quota, now)
        return self._resume(flight.parts, due=now) if blamed or parked else self._unnamed(flight, refusals[0], now)

    def _unnamed(self, flight: Flight, refusal: Refusal, now: float) -> list[str]:
        halving = self._lane.halving
        denied = refusal.why is Why.DENIED
        if flight.half is None and any(self._lane.state(part.entry.name).refused is None for part in flight.parts):
            halving.begin()
        names = [part.entry.name for part in flight.parts]
        if len(names) == 1:
            halving.found()
            text = explained(refusal, Write, "sync")
            self._quarantine(flight.parts[0], text, now)
            if denied:
                self._denied(names[0], text, now)
        elif denied and not halving.proven:
            halving.single_out(names)
        else:
            # A batch that is too large is so by all that it holds.
            halving.halve(names, certain=refusal.why is not Why.TOO_LARGE)
        return self._resume(flight.parts, due=now, apart=len(names) > 1)

    def _denied(self, name: str, text: str, now: float) -> None:
        """Take in that a group was denied alone: by a rule about names, or as everything in its zone."""
        lane = self._lane
        where = f"zone {lane.zone.name} ({lane.zone.id})"
        self.facts += lane.alerts.alert("denied", f"{name}, and perhaps more, cannot be written in {where}: {text}", now)
        if not lane.halving or lane.halving.proven:
            return
        lane.halving.denials += 1
        lane.halving.single_out_next()
        if lane.halving.denials >= DENIALS and lane.halving.not_before <= now:
            lane.write_failures += 1
            lane.halving.not_before = now + DENIED.delay(lane.write_failures, self._chance)

    def _full(self, flight: Flight, quota: Refusal, now: float) -> bool:
        """Take in that a quota is used up; return whether what grows is parked for it."""
        lane = self._lane
        what = "is full" if quota.why is Why.ZONE_FULL else f"has no room for all values of {quota.name or 'a record set'}"
        self.facts += lane.alerts.alert(quota.why.value, f"zone {lane.zone.name} {what}: {quota.text}", now)
        if quota.why is not Why.ZONE_FULL or not any(grows(part.units) for part in flight.parts):
            # A quota below what the zone holds: parking what grows would leave this batch to be refused for ever.
            return False
        lane.full_failures += 1
        lane.full_until = now + FULL.delay(lane.full_failures, self._chance)
        return True

    def _suspect(self, part: Part) -> None:
        state = self._lane.state(part.entry.name)
        state.suspect = state.plan.units
        self._lane.reading.doubt(sorted(part.names()), {})

    def _quarantine(self, part: Part, text: str, now: float) -> None:
        # The whole plan, though a part of it was sent: only another plan is to be tried before the back-off is over.
        state = self._lane.state(part.entry.name)
        state.quarantine(state.plan.units, text, now + QUARANTINE.delay(state.failures + 1, self._chance))


def _blamed(flight: Flight, refusals: Iterable[Refusal]) -> dict[str, Refusal]:
    """Return the groups that refusals name; a stale view of one explains its other troubles."""
    owners = {name: part.entry.name for part in flight.parts for name in sorted(part.names())}
    owners.update({part.entry.name: part.entry.name for part in flight.parts})
    blamed: dict[str, Refusal] = {}
    for refusal in refusals:
        group = owners.get(refusal.name)
        if group is not None and (group not in blamed or refusal.why is Why.STALE):
            blamed[group] = refusal
    return blamed


def _deletes(unit: Unit) -> bool:
    """Return whether a record set goes with nothing in its place; a TXT that only proves something may be swapped for itself."""
    records = [change for change in unit if record_of(change).type != "TXT"]
    return bool(records) and all(isinstance(change, Delete) for change in records)


def _before(change: Change) -> RecordSet | None:
    return None if isinstance(change, Create) else change.before.value


def _after(change: Change) -> RecordSet | None:
    return None if isinstance(change, Delete) else change.after


def possible(changes: Iterable[Change]) -> dict[Key, list[RecordSet]]:
    """Return the values that *changes* may have left, by key."""
    values: dict[Key, list[RecordSet]] = {}
    for change in changes:
        if isinstance(change, (Create, Replace, Upsert)):
            values.setdefault(key_of(change.after), []).append(change.after)
    return values
