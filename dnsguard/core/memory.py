"""The memory: what of the engine's state has to survive a restart, handed over as entries when it changed.

Rules kept here:

- What is handed over at once belongs together: whoever keeps it keeps all of it or nothing.
- A request is handed over with the next entries, whatever else there is: whoever asks waits for that.
- A batch is handed over before it leaves. That it is over comes with the names that it changed.
- A zone is told as kept only when all that it holds was handed over. Of anything else at most `MOST` entries come at once.
- Entries are made of what stands, when they are asked for, so a thing that changed ten times meanwhile is told once.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

from dnsguard import __version__
from dnsguard.core.accounts import accounts_of
from dnsguard.core.comeback import ROUTES, Comeback
from dnsguard.core.desk import Desk
from dnsguard.core.dispatch import Dispatch
from dnsguard.core.intake import Intake
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Flight, Lane
from dnsguard.core.recall import Recollection
from dnsguard.core.requests import Requests
from dnsguard.core.survey import Survey
from dnsguard.core.upkeep import Upkeep
from dnsguard.model.entries import (
    Entry,
    FlightKept,
    FreezesKept,
    Gone,
    Kept,
    LevelsKept,
    NameKept,
    ObjectKept,
    OriginKept,
    PartKept,
    Quarantine,
    ZoneKept,
    name_key,
    object_key,
)
from dnsguard.model.facts import Fact
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Settings

Mark = TypeVar("Mark", str, Ref)

MOST = 500
"""Entries handed over at once, batches and their names left out: about 3 ms of work."""


class Memory:
    """Notices what changed in the rooms of one engine."""

    def __init__(
        self,
        settings: Settings,
        survey: Survey,
        intake: Intake,
        inventory: Inventory,
        desk: Desk,
        dispatch: Dispatch,
        requests: Requests | None = None,
    ) -> None:
        self._requests = requests
        self._accounts = [f"{account.role_arn} {account.external_id}".strip() for account in accounts_of(settings.zones)]
        self._fresh, self._grace = float(settings.state.fresh), float(settings.guard.delete_grace)
        self._recollection = Recollection((), self._fresh, self._grace)
        self.origin = origin_of(settings)
        self._told: OriginKept | None = None
        self._survey = survey
        self._intake = intake
        self._inventory = inventory
        self._desk = desk
        self._dispatch = dispatch
        self._zones: dict[str, ZoneKept | None] = {}
        self._flights: dict[str, Flight] = {}
        self._freezes: tuple[Freeze, ...] = ()
        self._jobs = 0
        self._gone: list[Gone] = []
        self._compared = True

    def recall(self, entries: Iterable[Kept], now: float) -> None:
        """Put back what a journal remembered of objects, freezes and budgets; zones come back when they are found."""
        kept = self._recollection = Recollection(entries, self._fresh, self._grace)
        if kept.empty:
            return
        self._told, self._compared = kept.origin, False
        trusted = kept.origin is not None and kept.origin.config == self.origin.config
        if self._intake.kinds:
            self._recall_objects(kept.objects, Comeback(trusted=trusted, certain=kept.origin == self.origin), trusted=trusted)
            self._inventory.recall_ends(kept.ended, trusted=trusted)
        else:
            # Nobody looks at the cluster now, so nothing would ever end what they claim.
            self._gone += [Gone("object", object_key(each.ref)) for each in kept.objects]
            self._gone += [Gone("ended", each.name) for each in kept.ended]
        for asked in kept.asked:
            if self._requests is not None:
                self._requests.recall(asked)
            else:
                self._gone.append(Gone("asked", name_key(asked.zone, asked.name)))
        self._freezes = kept.freezes.freezes
        for freeze in self._freezes:
            if freeze.until is None or freeze.until > now:
                self._desk.freezes.put(freeze)
        for levels in kept.levels:
            if levels.account in self._accounts:
                self._dispatch.budgets[self._accounts.index(levels.account)].recall(levels, now)

    def _recall_objects(self, objects: Iterable[ObjectKept], comeback: Comeback, *, trusted: bool) -> None:
        self._intake.comeback = comeback
        for each in objects:
            comeback.remember(each.ref, each.uid, doubtful=each.doubtful)
            if each.ref.kind in ROUTES:
                self._inventory.recall(each, scoped=trusted)
                if each.doubtful:
                    self._intake.doubtful.add(each.ref)

    def furnish(self, upkeep: Upkeep, now: float) -> list[Fact]:
        """Put back what is remembered of the zones that were found; drop what is not in use, or was not kept whole."""
        kept = self._recollection
        facts: list[Fact] = []
        for lane in [lane for lane in self._survey.lanes.values() if lane.zone.id in kept.zones]:
            told = kept.furnish(lane, now)
            if told is None:
                self._gone.append(Gone("zone", lane.zone.id))
                continue
            facts.append(told)
            upkeep.read(lane, lane.verified_at)
            self._zones[lane.zone.id] = _zone(lane)
            if lane.in_doubt is not None:
                self._flights[lane.zone.id] = lane.in_doubt
        if self._survey.complete:
            self._gone += [Gone("zone", zone) for zone in sorted(kept.zones)]
            kept.zones.clear()
        return facts

    def again(self) -> None:
        """Have everything handed over anew: what was kept is lost."""
        objects, ends = self._inventory.every()
        self._inventory.changed.update(dict.fromkeys(objects))
        self._inventory.changed_ends.update(dict.fromkeys(ends))
        self._intake.comeback.changed.update(dict.fromkeys(self._intake.comeback.others))
        for lane in self._survey.lanes.values():
            lane.ledger.changed.update(dict.fromkeys((*lane.ledger, *lane.ledger.lost, *lane.noted)))
        if self._requests is not None:
            self._requests.changed.update(dict.fromkeys(self._requests.places()))
        self._told, self._zones, self._flights, self._freezes, self._jobs, self._gone = None, {}, {}, (), -1, []

    def entries(self, now: float) -> list[Entry]:
        """Hand over what changed since the last call."""
        found: list[Entry] = [*self._gone, *self._asked()]
        self._gone.clear()
        room = MOST
        lanes = self._survey.lanes
        if self._survey.known:
            found += [Gone("zone", zone) for zone in self._zones.keys() - lanes.keys()]
            self._zones = {zone: kept for zone, kept in self._zones.items() if zone in lanes}
            self._flights = {zone: flight for zone, flight in self._flights.items() if zone in lanes}
        for lane in lanes.values():
            room = self._lane(lane, found, room)
        room = self._objects(found, room)
        if (freezes := tuple(self._desk.freezes)) != self._freezes:
            self._freezes = freezes
            found.append(FreezesKept(freezes))
        # Under another origin what is missing proves nothing: that has to be settled, and kept, before the origin changes.
        if self._told != self.origin and (self._compared or self._settled()):
            self._told = self.origin
            found.append(self.origin)
        if self._jobs != self._dispatch.count:
            self._jobs = self._dispatch.count
            found += self._levels(now)
        return found

    def _asked(self) -> Iterator[Entry]:
        """Yield all requests that changed, however many: whoever asked waits until they are kept."""
        if self._requests is not None:
            for zone, name in self._requests.changed:
                yield self._requests.kept((zone, name)) or Gone("asked", name_key(zone, name))
            self._requests.changed.clear()

    def _settled(self) -> bool:
        self._compared = self._intake.ready and not (self._intake.unlisted or self._inventory.changed)
        return self._compared

    def _lane(self, lane: Lane, found: list[Entry], room: int) -> int:
        zone, flight = lane.zone.id, lane.flight or lane.in_doubt
        known = self._flights.get(zone)
        if flight is not known:
            if known is not None:
                for name in sorted({name for part in known.parts for name in (part.entry.name, *part.names())}):
                    self._name(lane, name, found)
                if flight is None:
                    found.append(Gone("flight", zone))
                    del self._flights[zone]
            if flight is not None:
                found.append(_flight(zone, flight))
                self._flights[zone] = flight
        changed = lane.ledger.changed
        while changed and room > 0:
            self._name(lane, next(iter(changed)), found)
            room -= 1
        self._zones.setdefault(zone, None)
        if not changed and lane.verified_at and (kept := _zone(lane)) != self._zones[zone]:
            self._zones[zone] = kept
            found.append(kept)
        return room

    def _name(self, lane: Lane, name: str, found: list[Entry]) -> None:
        if name not in lane.ledger.changed:
            return
        del lane.ledger.changed[name]
        kept = _kept(lane, name)
        bare = NameKept(kept.zone, kept.name)
        if kept == bare:
            lane.noted.discard(name)
            found.append(Gone("name", name_key(kept.zone, kept.name)))
            return
        if kept == NameKept(kept.zone, kept.name, kept.sets):
            lane.noted.discard(name)
        else:
            lane.noted.add(name)
        found.append(kept)

    def _objects(self, found: list[Entry], room: int) -> int:
        inventory, comeback = self._inventory, self._intake.comeback
        # Proof first: a claim that is missing without it would only be an orphan.
        for name in _some(inventory.changed_ends, room):
            found.append(inventory.kept_end(name) or Gone("ended", name))
            room -= 1
        for ref in _some(inventory.changed, room):
            found.append(inventory.kept(ref) or Gone("object", object_key(ref)))
            room -= 1
        for ref in _some(comeback.changed, room):
            uid, doubtful = comeback.others.get(ref), ref in self._intake.doubtful
            found.append(Gone("object", object_key(ref)) if uid is None else ObjectKept(ref, doubtful=doubtful, uid=uid))
            room -= 1
        return room

    def _levels(self, now: float) -> list[LevelsKept]:
        return [budget.kept(self._accounts[account], now) for account, budget in enumerate(self._dispatch.budgets)]


def _some(marks: dict[Mark, None], most: int) -> list[Mark]:
    keys = [key for key, _ in zip(marks, range(max(0, most)), strict=False)]
    for key in keys:
        del marks[key]
    return keys


def origin_of(settings: Settings) -> OriginKept:
    """Return under what entries are made: the settings that decide which claims there are, and the release."""
    said = repr((settings.sources, settings.zones))
    return OriginKept(blake2b(said.encode(), digest_size=16).hexdigest(), __version__)


def _zone(lane: Lane) -> ZoneKept:
    return ZoneKept(lane.zone, lane.verified_at, lane.breaker.tripped_at, *lane.breaker.grant())


def _flight(zone: str, flight: Flight) -> FlightKept:
    parts = (PartKept(part.entry.name, part.entry.first, part.entry.cause, part.units, part.whole) for part in flight.parts)
    return FlightKept(zone, flight.left, tuple(parts))


def _kept(lane: Lane, name: str) -> NameKept:
    ledger, state = lane.ledger, lane.states.get(name)
    quarantine = None
    if state is not None and state.refused is not None:
        quarantine = Quarantine(state.refused, state.why, state.failures, state.retry_at)
    keys = [held.value for held in ledger.at(name)]
    mine = [(record.type, record.set_id) for record in keys]
    doomed, approved, deleted_at = lane.breaker.standing(name)
    return NameKept(
        lane.zone.id,
        name,
        ledger.at(name),
        tuple((*key, ledger.edited[name, *key]) for key in mine if (name, *key) in ledger.edited),
        tuple((*key[1:], record) for key, record in ledger.lost.get(name, {}).items()),
        tuple((*key[1:], record) for key, record in lane.fought.get(name, {}).items()),
        tuple((*key, ledger.restored[name, *key]) for key in mine if (name, *key) in ledger.restored),
        tuple((*key[1:], end) for key, end in lane.graces.get(name, {}).items()),
        quarantine,
        name in lane.repairs,
        doomed,
        approved,
        deleted_at,
        lane.undone.get(name),
    )
