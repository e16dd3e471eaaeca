"""Drafting: the situation of one group, from what objects ask and what the zone holds, and its plan.

Rules kept here:

- The rows of a group are those that are claimed, those that have a record set of a managed type in the zone, and those of
  which only a TXT of ours is left.
- A zone is the right one for a name if some claim's scope chooses it; for a name that nobody claims, if any would.
- A wish that an annotation keeps out of a zone is proof there that nobody asks for it.
- What a person ordered to be turned back is planned in the place of what objects ask. Once it was, that nobody asks for the name
  is not said: it stays for another reason.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from dnsguard.core.desired import endpoints
from dnsguard.core.group import Group, Memory, Row
from dnsguard.core.inventory import Demand, Inventory
from dnsguard.core.lane import Flight, Lane
from dnsguard.core.ledger import key_of
from dnsguard.core.ownership import Registry, Seal, seems_encrypted
from dnsguard.core.plan import Plan, Planner
from dnsguard.core.requests import Requests
from dnsguard.core.shape import Shape, Wanted, in_zone
from dnsguard.core.standing import Scope, Standing, Title
from dnsguard.core.turning import turned
from dnsguard.core.zones import Zones
from dnsguard.model.endpoints import EVERY_ENTRY
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Settings
from dnsguard.model.undo import Turn

MOOT = frozenset({Reason.ORPHAN, Reason.OTHER_SOURCE, Reason.GRACE, Reason.PARKED})
"""What is not said of what was turned back."""


class Drafting:
    """Puts groups together, of the managed *types*, and plans them; *seal* is for the texts of ownership TXT.

    Where there are *requests*, these alone are planned, and claims only keep names.
    """

    def __init__(
        self,
        settings: Settings,
        inventory: Inventory,
        zones: Zones,
        unreadable: Callable[[str, str], bool],
        seal: Seal | None = None,
        requests: Requests | None = None,
    ) -> None:
        self._requests = requests
        self._unreadable = unreadable
        self._inventory = inventory
        self._zones = zones
        self._shape = Shape(settings.records)
        self.types = frozenset[str](settings.records.managed_types)
        self._registry = Registry(settings.ownership, seal)
        self._planner = Planner(settings, Scope(settings, unreadable))

    def plan(self, lane: Lane, others: Mapping[str, Lane], name: str, now: float) -> Plan:
        """Plan the group *name* of a zone; *others* are all zones' lanes, for ownership that lies elsewhere."""
        undone = lane.undone.get(name)
        if undone is None:
            return self._wished(lane, others, name, now)
        if undone.under_way:
            return self.turn_back(lane, others, name, undone.turns, now)
        plan = self._wished(lane, others, name, now)
        return replace(plan, graces=(), verdicts=tuple(verdict for verdict in plan.verdicts if verdict.reason not in MOOT))

    def turn_back(self, lane: Lane, others: Mapping[str, Lane], name: str, turns: Iterable[Turn], now: float) -> Plan:
        """Plan to turn record sets of *name* back, whatever objects ask for."""
        standing, sets = self._standing(lane, others), lane.ledger.at(name)
        group = turned(lane.zone, name, sets, turns, self.types, lambda record: standing.title(record).ours)
        plan = self._planner.plan(group, standing, Memory({}, {}, {}), now)
        return replace(plan, ours=any(standing.title(held.value).ours for held in sets if held.value.type in self.types))

    def resource_of(self, record: RecordSet, texts: Iterable[RecordSet]) -> str:
        """Return the `resource` label of *record* that one of its former ownership *texts* has, "" if none has."""
        names = set(self._registry.candidates(record))
        labels = (self._registry.read_label(text) for text in texts if text.name in names and text.set_id == record.set_id)
        return next((label.resource for label in labels if label is not None and label.owner == self._registry.owner), "")

    def _wished(self, lane: Lane, others: Mapping[str, Lane], name: str, now: float) -> Plan:
        if self._requests is not None:
            return self._fulfil(lane, others, self._requests, name, now)
        group, standing = self.situation(lane, others, name, now)
        ledger, fought = lane.ledger, lane.fought.get(name, {})
        parked, repair = lane.breaker.parks(name), name in lane.repairs
        memory = Memory(lane.graces.get(name, {}), ledger.edited, fought, ledger.lost.get(name, {}), parked, repair)
        return self._planner.plan(group, standing, memory, now)

    def _fulfil(self, lane: Lane, others: Mapping[str, Lane], requests: Requests, name: str, now: float) -> Plan:
        """Plan the group *name* of a zone as it is asked for by who owns it."""
        zone, sets = lane.zone, lane.ledger.at(name)
        requests.settle((zone.id, name), lane.ledger)
        asks = requests.of((zone.id, name))
        titles = [title for _, title in self.titles(lane, others, name) if title is not None]
        # What a spec claims under another set identifier is not asked for yet.
        set_ids = {key[2] for key in asks} | (self._inventory.set_ids(name) if asks else set())
        demands = {set_id: self._inventory.demand(name, set_id, zone.entry, now) for set_id in set_ids}
        if any(title.resource and self._unreadable(title.resource, name) for title in titles):
            demands = {set_id: replace(demand, claimed=True, doubtful=True) for set_id, demand in demands.items()}
        rows = tuple(Row(set_id, (), demands[set_id]) for set_id in sorted(demands))
        memory = Memory(lane.graces.get(name, {}), {}, {}, parked=lane.breaker.parks(name))
        plan = self._planner.fulfil(Group(zone, name, sets, rows), asks, lane.ledger, memory, now)
        ours = any(key_of(held.value) in asks for held in sets) or any(title.ours for title in titles)
        return replace(plan, ours=ours)

    def situation(self, lane: Lane, others: Mapping[str, Lane], name: str, now: float) -> tuple[Group, Standing]:
        """Return the group *name* of a zone, and whose its record sets are; *others* as there."""
        standing = self._standing(lane, others)
        sets = lane.ledger.at(name)
        ids = self._inventory.set_ids(name)
        ids.update(held.value.set_id for held in sets if held.value.type in self.types)
        ids.update(standing.set_ids(name))
        scopes = self._scopes(lane, name)
        here = bool(scopes)
        rows = tuple(self._row(lane.zone, name, set_id, scopes, now) if here else Row(set_id, (), Demand()) for set_id in sorted(ids))
        return Group(lane.zone, name, sets, rows, here), standing

    def titles(self, lane: Lane, others: Mapping[str, Lane], name: str) -> list[tuple[Stored, Title | None]]:
        """Return what stands at *name*, and whose it is; None for what is not of a managed type."""
        standing = self._standing(lane, others)
        return [(held, standing.title(held.value) if held.value.type in self.types else None) for held in lane.ledger.at(name)]

    def stands_for(self, lane: Lane, name: str) -> set[str]:
        """Return the names whose ownership TXT of ours stand at *name*."""
        return self._registry.owned_names(lane.ledger.at(name))

    def here(self, lane: Lane, name: str) -> bool:
        """Return whether *name* belongs to the lane's zone, or something is asked of it there."""
        asked = self._requests is not None and bool(self._requests.of((lane.zone.id, name)))
        return asked or bool(self._scopes(lane, name))

    def _scopes(self, lane: Lane, name: str) -> set[int]:
        """Return the scopes among those of the claims of *name* that choose the lane's zone for it."""
        scopes = self._inventory.scopes(name) or {EVERY_ENTRY}
        return {scope for scope in scopes if lane.zone in self._zones.choose(name, scope)}

    def take_note(self, lane: Lane, others: Mapping[str, Lane], name: str) -> set[str]:
        """Count the owners of the record sets and TXT of *name* on the lane; return the groups that they belong to.

        TXT of ours that stand for nothing are counted, too, and encrypted ones that cannot be read.
        """
        sets = lane.ledger.at(name)
        managed = [held.value for held in sets if held.value.type in self.types]
        standing = self._standing(lane, others)
        owners = [standing.title(record).owner for record in managed]
        lane.titled += owners.count(self._registry.owner)
        lane.breaker.own(name, ours=self._registry.owner in owners)
        texts = [(held.value, self._registry.read_label(held.value)) for held in sets if held.value.type == "TXT"]
        owners += [label.owner for _, label in texts if label is not None]
        for owner in owners:
            if owner is not None:
                lane.owners[owner] += 1
        for text, label in texts:
            if label is None:
                lane.sealed += seems_encrypted(text) and self._stands_for_some(lane, others, name)
            elif label.owner == self._registry.owner:
                lane.strays += not self._stands_for_some(lane, others, name)
        return ({name} if managed else set()) | self._registry.owned_names(sets) | self._asking(lane, name)

    def look_through(self, lane: Lane, others: Mapping[str, Lane], count: int) -> int:
        """Take note of up to *count* remembered names; return how many are left of it.

        Nothing is planned for a zone before all were looked through, so each name is planned once.
        """
        while lane.remembered and lane.arrived and count > 0:
            lane.unplanned.add(sorted(self.take_note(lane, others, lane.arrived.pop())))
            count -= 1
        if lane.remembered and not lane.arrived and count > 0:
            lane.remembered, lane.reading.known = False, True
            lane.unplanned.add((*lane.pending, *lane.states, *lane.graces))
        return count

    def groups_at(self, lane: Lane, name: str) -> set[str]:
        """Return the groups that what stands, or stood, at *name* belongs to: its own, and those whose TXT may lie there."""
        return {name, *self._registry.owned_names(lane.ledger.at(name)), *self._near(name), *self._asking(lane, name)}

    def _asking(self, lane: Lane, name: str) -> set[str]:
        """Return the groups of which something is asked that stands at *name*."""
        return set() if self._requests is None else set(self._requests.at(lane.zone.id, name).values())

    def _near(self, name: str) -> tuple[str, ...]:
        """Return what a TXT at *name* may stand for."""
        read = self._registry.read_name(name)
        return tuple(self._registry.sharing(read[0])) if read is not None else ()

    def _stands_for_some(self, lane: Lane, others: Mapping[str, Lane], txt: str) -> bool:
        """Return whether a TXT of the name *txt* has a record set to stand for."""
        old = self._registry.old_name(txt)
        meanings = [meaning for meaning in (self._registry.read_name(txt), old and (old, "")) if meaning]
        return any(
            held.value.name != txt or held.value.type != "TXT"
            for name, kind in meanings
            for each in self._registry.sharing(name)
            for held in (*lane.ledger.at(each), *_abroad(lane, others, each))
            if kind in {"", held.value.type.lower()} or (kind == "cname" and held.value.alias is not None)
        )

    def landed(self, lane: Lane, flight: Flight) -> list[str]:
        """Note that the fate of *flight* is known; return the groups with something to say that it concerned beside its own.

        These are groups whose place, or that of their TXT, it changed.
        """
        if self._requests is not None:
            for part in flight.parts:
                self._requests.settle((lane.zone.id, part.entry.name), lane.ledger)
        found: dict[str, None] = {}
        for part in flight.parts:
            for name in sorted(part.names()):
                near = (name, *self._near(name))
                found.update((each, None) for each in near if each != part.entry.name and each in lane.states)
        return list(found)

    def _standing(self, lane: Lane, others: Mapping[str, Lane]) -> Standing:
        suspect = lane.strays > lane.titled
        return Standing(self._registry, self.types, lane.zone, lane.ledger, lambda txt: _abroad(lane, others, txt), suspect=suspect)

    def _row(self, zone: Zone, name: str, set_id: str, scopes: set[int], now: float) -> Row:
        demand = self._inventory.demand(name, set_id, zone.entry, now, scopes)
        wishes = in_zone(demand.wishes, zone.id)
        if demand.wishes and not wishes and not demand.silent:
            return Row(set_id, (), Demand(ended=True))
        found, lost = endpoints(name, set_id, wishes)
        problems = [(Reason.CONFLICT, text) for text in lost]
        wanted: list[Wanted] = []
        for endpoint in found:
            try:
                wanted += self._shape.record_sets(endpoint, zone)
            except ValueError as error:
                problems.append((Reason.INVALID, str(error)))
        return Row(set_id, tuple(wanted), demand, tuple(problems))


def _abroad(lane: Lane, lanes: Mapping[str, Lane], name: str) -> tuple[Stored, ...]:
    """Return what stands at *name* in the other zones of the same visibility: a private twin says nothing of public records."""
    others = (other for other in lanes.values() if other is not lane and other.zone.private == lane.zone.private)
    return tuple(held for other in others for held in other.ledger.at(name))
