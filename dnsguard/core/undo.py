"""Undoing: what going back in time would do in one zone, name by name, and doing it.

Rules kept here:

- What is shown is what would be sent: the same plan of each group, made in the same way. Looking changes nothing.
- A record set is turned back only if it is ours and exactly what the history says we left stands there. Anything else is left alone
  and named, with what stands there.
- A zone that a person froze, and one that is not written at all, is not turned back; a name that a person froze is left alone.
- What was released and is claimed by nobody goes as it went before: the proof is that of its first deletion, the grace begins anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b

from msgspec.structs import replace

from dnsguard.core import said
from dnsguard.core.desk import Desk
from dnsguard.core.drafting import Drafting
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.ledger import Key, key_of, keys_of
from dnsguard.core.plan import Plan
from dnsguard.core.survey import Survey
from dnsguard.core.turning import due
from dnsguard.core.wayback import Way
from dnsguard.model.changes import Change
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Undo
from dnsguard.model.records import Opaque, RecordSet
from dnsguard.model.undo import Back, Kind, Left, Turn, Undone, UndoPlan

Ways = Mapping[str, Mapping[Key, Way]]


class Refused(Exception):
    """Nothing can be turned back now; its text is the sentence."""


class Course:
    """What going back does in the zone of *lane*, found out name by name."""

    def __init__(self, undoing: "Undoing", lane: Lane, ways: Ways, undone: Undone) -> None:
        self._undoing = undoing
        self._lane = lane
        self._left_to_look = iter(sorted(ways.items()))
        self._undone = undone
        self._back: list[Back] = []
        self._left: list[Left] = []
        self._turns: list[tuple[str, Undone]] = []
        self._sum = blake2b(f"{lane.zone.id} {undone.what}\n".encode(), digest_size=4)

    def work(self, names: int, now: float) -> bool:
        """Look at so many *names* more; return whether some may be left."""
        for _ in range(names):
            found = next(self._left_to_look, None)
            if found is None:
                return False
            name, ways = found
            changes, turns, left = self._undoing.judge(self._lane, name, ways, now)
            self._left += left
            if changes:
                self._sum.update(f"{name} {changes!r}\n".encode())
                self._back.append(Back(name, changes))
                self._turns.append((name, replace(self._undone, turns=turns)))
        return True

    def order(self, checksum: str) -> Undo:
        """Return the order that does what was found, if its checksum is *checksum*."""
        made, zone = self._undone, self._lane.zone
        found = self._sum.hexdigest() if self._back else ""
        plan = UndoPlan(made.kind, made.what, zone.id, zone.name, tuple(self._back), tuple(self._left), found)
        return Undo(plan, tuple(self._turns), checksum, made.by)


class Undoing:
    """Turns names back, and releases them; *named* gives the object of a `resource` label."""

    def __init__(self, survey: Survey, desk: Desk, drafting: Drafting, inventory: Inventory, named: Callable[[str], Ref]) -> None:
        self._survey = survey
        self._desk = desk
        self._drafting = drafting
        self._inventory = inventory
        self._named = named

    def begin(self) -> None:
        """Raise Refused with one sentence if it is not known yet which zones are in use."""
        if not self._survey.known:
            raise Refused("the hosted zones were not found yet: ask again")

    def lane(self, zone: str, now: float) -> Lane:
        """Return the lane of a zone (bare id) that can be turned back; raises Refused with one sentence."""
        self.begin()
        lane = self._survey.lanes.get(zone)
        if lane is None:
            raise Refused(f"zone {zone} is not in use any more: nothing of it is written")
        if not self._desk.writes:
            raise Refused("nothing is written under the policy shadow, so nothing can be turned back")
        freeze = self._desk.freezes.of(lane.zone, now)
        if freeze is not None:
            raise Refused(f"{lane.zone.name} is {said.frozen(freeze)}; nothing of it is written, so nothing can be turned back")
        return lane

    def look(self, zone: str, names: Iterable[str]) -> bool:
        """Have *names* of a zone read before anything more is done with them; return whether they are: not before the zone was."""
        lane = self._survey.lanes.get(zone)
        if lane is None or not lane.reading.known:
            return lane is None
        lane.reading.doubt(sorted(names), {})
        lane.stalled = False
        return True

    def busy(self, zone: str) -> bool:
        """Return whether a write of a zone is on its way, or its fate is not known."""
        lane = self._survey.lanes.get(zone)
        return lane is not None and (lane.flight is not None or lane.in_doubt is not None)

    def seen(self, zone: str, names: Iterable[str]) -> bool:
        """Return whether a zone is read, *names* of it included, and nothing of them is on its way; also True where it is not in use."""
        lane = self._survey.lanes.get(zone)
        if lane is None:
            return True
        return lane.reading.known and not any(name in lane.ledger.unknown or name in lane.aloft for name in names)

    def course(self, zone: str, ways: Ways, kind: Kind, what: str, by: str, now: float) -> Course:
        """Return what going back would do, to be looked at name by name; raises Refused."""
        return Course(self, self.lane(zone, now), ways, Undone(kind, what, (), by, now))

    def judge(self, lane: Lane, name: str, ways: Mapping[Key, Way], now: float) -> tuple[tuple[Change, ...], tuple[Turn, ...], list[Left]]:
        """Return the changes that would be made of *name*, by which turns, and what is left alone."""
        turns = {key: self._turn(lane, way, key) for key, way in ways.items()}
        refusal = self._refusal(lane, name, now)
        made = {} if refusal is not None else {key: turn for key, turn in turns.items() if not _strange(turn)}
        whole = plan = self._turned(lane, name, made, now)
        # What would go beside a turn that is not made stays as well: the plan is that of the turns that are made.
        while (moved := {key: turn for key, turn in made.items() if key in _keys(plan)}) != made:
            made, plan = moved, self._turned(lane, name, moved, now)
        left = [self._left(lane, key, way, turns[key], whole, refusal) for key, way in sorted(ways.items()) if key not in made]
        return tuple(change for unit in plan.units for change in unit), tuple(made.values()), left

    def _turned(self, lane: Lane, name: str, turns: Mapping[Key, Turn], now: float) -> Plan:
        return self._drafting.turn_back(lane, self._survey.lanes, name, tuple(turns.values()), now) if turns else Plan()

    def carry_out(self, order: Undo, now: float) -> str:
        """Turn back what *order* says; return what is told of it. Raises Refused."""
        plan = order.plan
        lane = self.lane(plan.zone, now)
        what = said.undoing(plan.kind, plan.what)
        if not plan.checksum:
            raise Refused(f"{what}: nothing is to be turned back in {plan.zone_name}")
        if plan.checksum != order.checksum:
            raise Refused(f"{what}: it would do something else now ({len(plan.back)} names, checksum {plan.checksum}); look at it again")
        for name, undone in order.turns:
            lane.undone.put(name, undone)
            lane.ledger.changed[name] = None
        lane.unplanned.add([name for name, _ in order.turns])
        return f"{what}: {len(plan.back)} names of {plan.zone_name} are turned back; they stay so until dnsguard thaw --undone {plan.what}"

    def release(self, lane: Lane, names: Iterable[str], now: float) -> int:
        """Let objects decide about undone *names* again; return how many there were."""
        count = 0
        for name in names:
            undone = lane.undone.release(name)
            if undone is None:
                continue
            count += 1
            for turn in undone.turns:
                if turn.before is not None and None in turn.after and turn.resource:
                    self._inventory.given_up(name, turn.set_id, lane.zone.entry, self._named(turn.resource), now)
            lane.ledger.changed[name] = None
            lane.unplanned.add((name,))
        return count

    def _turn(self, lane: Lane, way: Way, key: Key) -> Turn:
        resource = "" if way.before is None else self._drafting.resource_of(way.before, way.texts.values())
        if way.before is not None and not resource:
            titles = self._drafting.titles(lane, self._survey.lanes, key[0])
            resource = next((title.resource for held, title in titles if title is not None and key_of(held.value) == key), "")
        return Turn(key[1], key[2], way.before, way.after, resource)

    def _refusal(self, lane: Lane, name: str, now: float) -> tuple[str, str] | None:
        """Return why nothing of *name* is turned back, as a word and a sentence."""
        freeze = self._desk.freezes.over(lane.zone, name, now)
        if freeze is not None:
            return Reason.FROZEN.value, said.frozen(freeze)
        if name in lane.aloft or name in lane.ledger.unknown:
            return "on-its-way", "a change of it is on its way; ask again"
        if not self._drafting.here(lane, name):
            return Reason.OCCLUDED.value, said.occluded(lane.zone)
        return None

    def _left(self, lane: Lane, key: Key, way: Way, turn: Turn, plan: Plan, refusal: tuple[str, str] | None) -> Left:
        held = lane.ledger.find(key)
        present = None if held is None else held.value
        why, text = refusal or next(self._whys(lane, present, key, way, turn, plan))
        return Left(*key, why, f"{text}; {_stands(present)}")

    def _whys(self, lane: Lane, present: RecordSet | None, key: Key, way: Way, turn: Turn, plan: Plan) -> Iterator[tuple[str, str]]:
        """Yield why a record set is left alone, the first reason first, as a word and a sentence."""
        name, kind, set_id = key
        if kind not in self._drafting.types:
            yield "not-managed", f"{kind} is none of records.managed_types"
        if present == turn.before:
            yield "already", "it is as it was already"
        if not due(turn, present):
            if way.later and present == way.last:
                yield "changed-again", f"batch {way.later} changed it again"
            yield Reason.EDITED.value, "somebody else changed it since"
        if _strange(turn):
            yield Reason.INVALID.value, "it had a form that dnsguard does not write"
        for verdict in plan.verdicts:
            if verdict.set_id == set_id and verdict.type in {"", kind}:
                yield verdict.reason.value, verdict.text
        titles = self._drafting.titles(lane, self._survey.lanes, name)
        owner = next((title.owner for held, title in titles if title is not None and key_of(held.value) == key), None)
        yield Reason.FOREIGN.value, said.foreign(owner)


def _keys(plan: Plan) -> set[Key]:
    return {key for unit in plan.units for change in unit for key in keys_of(change)}


def _strange(turn: Turn) -> bool:
    return turn.before is not None and isinstance(turn.before.routing, Opaque)


def _stands(present: RecordSet | None) -> str:
    return "nothing stands there" if present is None else f"{said.value(present)} stands there"
