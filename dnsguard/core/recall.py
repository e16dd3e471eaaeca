"""Recall: what a journal remembered, put back into the rooms of an engine that has just been made.

Rules kept here:

- A zone that was read completely within *fresh* seconds is not listed again. Any other is listed before anything is planned
  for it; what was remembered of it tells then what somebody else changed meanwhile.
- A zone of which not everything was kept is as unknown as one that was never seen, but for what a person turned back in it.
- A batch that was about to leave, or in flight, is in doubt: one set tells, once it can no longer take effect.
- No grace is longer than it would be if it began now, and no quarantine than its longest back-off: clocks differ.
"""

from collections.abc import Iterable

from dnsguard.core.backoff import QUARANTINE
from dnsguard.core.batch import weight_of
from dnsguard.core.lane import Flight, Lane, Part
from dnsguard.core.pending import Entry as Dirty
from dnsguard.core.settlement import DEADLINE, possible
from dnsguard.model.entries import (
    AskedKept,
    EndedKept,
    FlightKept,
    FreezesKept,
    Kept,
    LevelsKept,
    NameKept,
    ObjectKept,
    OriginKept,
    ZoneKept,
)
from dnsguard.model.facts import Remembered
from dnsguard.model.undo import Undone


class Recollection:
    """The entries of a journal, sorted; *fresh* and *grace* in seconds; *zones* are those not furnished yet."""

    def __init__(self, entries: Iterable[Kept], fresh: float, grace: float) -> None:
        self.origin: OriginKept | None = None
        self.objects: list[ObjectKept] = []
        self.ended: list[EndedKept] = []
        self.asked: list[AskedKept] = []
        self.freezes = FreezesKept()
        self.levels: list[LevelsKept] = []
        self._fresh = fresh
        self._grace = grace
        self._zones: dict[str, ZoneKept] = {}
        self._names: dict[str, list[NameKept]] = {}
        self._flights: dict[str, FlightKept] = {}
        for entry in entries:
            self._sort(entry)
        self.zones = {*self._zones, *self._names, *self._flights}
        self.empty = self.origin is None and not (self.zones or self.objects or self.ended or self.asked)

    def _sort(self, entry: Kept) -> None:
        match entry:
            case OriginKept():
                self.origin = entry
            case ZoneKept(zone):
                self._zones[zone.id] = entry
            case NameKept(zone):
                self._names.setdefault(zone, []).append(entry)
            case FlightKept(zone):
                self._flights[zone] = entry
            case ObjectKept():
                self.objects.append(entry)
            case EndedKept():
                self.ended.append(entry)
            case AskedKept():
                self.asked.append(entry)
            case FreezesKept():
                self.freezes = entry
            case LevelsKept():
                self.levels.append(entry)

    def furnish(self, lane: Lane, now: float) -> Remembered | None:
        """Put back what is remembered of a zone, once; None if that is nothing, or not all."""
        zone = lane.zone
        self.zones.discard(zone.id)
        kept, names = self._zones.pop(zone.id, None), self._names.pop(zone.id, [])
        flight = self._flights.pop(zone.id, None)
        if kept is None or kept.zone.name != zone.name:
            for each in names:
                if each.undone is not None:
                    # A person's word, which no reading of the zone can tell.
                    _undone(lane, each.name, each.undone, now)
                    lane.ledger.changed[each.name] = None
            if flight is not None:
                lane.read_at = min(flight.left, now) + DEADLINE
            return None
        lane.verified_at = kept.read_at
        lane.breaker.recall(kept.tripped_at, (kept.granted, kept.granted_until))
        lane.breaker.recall_names([(each.name, each.doomed, each.approved, each.deleted_at) for each in names], now)
        for each in names:
            self._name(lane, each, now)
        fresh = abs(now - kept.read_at) <= self._fresh
        if flight is not None:
            _doubt(lane, flight, now, fresh=fresh)
        if fresh:
            lane.reading.recall()
            lane.remembered = True
            lane.arrived.add(each.name for each in names if each.sets)
            lane.unplanned.add(lane.states)
        return Remembered(zone.id, zone.name, len(lane.ledger), now - kept.read_at, fresh, lane.breaker.parked_count)

    def _name(self, lane: Lane, kept: NameKept, now: float) -> None:
        name, ledger = kept.name, lane.ledger
        ledger.recall(name, kept.sets)
        ledger.edited.update({(name, kind, set_id): record for kind, set_id, record in kept.edited})
        ledger.restored.update({(name, kind, set_id): times for kind, set_id, times in kept.restored})
        if kept.lost:
            ledger.lost[name] = {(name, kind, set_id): record for kind, set_id, record in kept.lost}
        if kept.fought:
            lane.fought[name] = {(name, kind, set_id): record for kind, set_id, record in kept.fought}
        if kept.graces:
            lane.graces[name] = {(name, kind, set_id): min(end, now + self._grace) for kind, set_id, end in kept.graces}
        if kept.undone is not None:
            _undone(lane, name, kept.undone, now)
        if kept.repair:
            lane.repairs.add(name)
        if kept.quarantine is not None:
            state, refused = lane.state(name), kept.quarantine
            state.quarantine(refused.units, refused.why, min(refused.retry_at, now + QUARANTINE.longest))
            state.failures = refused.failures
        if kept != NameKept(kept.zone, name, kept.sets):
            lane.noted.add(name)
            # What time alone ended has to be looked at once, or nobody would.
            ledger.changed[name] = None


def _undone(lane: Lane, name: str, undone: Undone, now: float) -> None:
    lane.undone.put(name, undone)
    # It has to be looked at even if nothing stands there.
    lane.pending.touch(name, now, 1)


def _doubt(lane: Lane, kept: FlightKept, now: float, *, fresh: bool) -> None:
    parts = tuple(Part(Dirty(part.name, part.first, part.cause), part.units, part.whole) for part in kept.parts)
    changes = tuple(change for part in parts for unit in part.units for change in unit)
    flight = Flight(parts, changes, weight_of([unit for part in parts for unit in part.units]), min(kept.left, now))
    over = max(now, flight.left + DEADLINE)
    if fresh:
        lane.leave(flight)
        lane.flight, lane.in_doubt, lane.probe_at = None, flight, over
    else:
        # The listing tells, and what the batch may have left is nobody else's edit.
        lane.read_at = over
        lane.reading.doubt(sorted({name for part in parts for name in part.names()}), possible(changes))
