"""The lane of one zone: its dirty groups, the one write in flight, and what keeps it from sending.

Rules kept here:

- At most one write is in flight; a batch is cut when it may leave, so that what came in while waiting rides along.
- Only groups that create alone, or delete after their grace alone, ride along before they are due.
- A group is not cut while a name that it touches is unknown, or while somebody who asks for it is still to be resolved.
- A batch that was refused without a reason that names a group is halved until the reason has a name. Halves take turns with
  what became due beside them, and are not cut smaller because the budget is short: they wait for it.
- A group that Route53 refuses for a reason of its own is quarantined until its plan differs or its back-off is over. What
  is tried again goes apart from what was never refused, so that nothing poisons a batch twice; and where halves wait
  because their zone seems denied, it waits as well.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct

from dnsguard.core.alerts import Alerts
from dnsguard.core.backlog import Backlog
from dnsguard.core.batch import Load, Unit, first_part, fits, weight_of
from dnsguard.core.breaker import Breaker
from dnsguard.core.halving import Half, Halving
from dnsguard.core.ledger import Key, Ledger, keys_of
from dnsguard.core.patterns import Patterns
from dnsguard.core.pending import Answer, Entry, Pending
from dnsguard.core.plan import NOTHING, Plan
from dnsguard.core.reading import Reading
from dnsguard.core.undone import Undoings
from dnsguard.core.weights import NOTHING as WEIGHTLESS
from dnsguard.core.weights import Weight
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Carried, Verdict
from dnsguard.model.records import RecordSet, Zone
from dnsguard.model.settings import Debounce, Deletes

SKIPS = 1000
"""Groups that may be passed over in one cut, so that a cut stays short."""


class State:
    """What is known of one group beside its dirtiness.

    *verdicts* are those that stand, each with the moment since when; *refused* are units that Route53 refused for their own
    sake, *suspect* ones that it refused because our view was old.
    """

    __slots__ = ("alarm", "failures", "look_at", "looks", "plan", "refused", "retry_at", "rides", "sends", "suspect", "verdicts", "why")

    def __init__(self) -> None:
        self.look_at = 0.0
        self.looks = 0
        self.plan: Plan = NOTHING
        self.verdicts: dict[Verdict, float] = {}
        self.rides = False
        self.sends = False
        self.refused: tuple[Unit, ...] | None = None
        self.suspect: tuple[Unit, ...] | None = None
        self.why = ""
        self.failures = 0
        self.retry_at = 0.0
        self.alarm: float | None = None

    def quarantine(self, units: tuple[Unit, ...], why: str, retry_at: float) -> None:
        """Keep *units* from being sent again before *retry_at*."""
        self.refused, self.suspect = units, None
        self.failures += 1
        self.why, self.retry_at = why, retry_at

    def forgive(self) -> None:
        """End the quarantine: the plan is another one."""
        self.refused = self.suspect = None
        self.failures = 0


class Part(Struct, frozen=True):
    """One group of a batch in flight: its entry as it was taken, the units that were sent, and whether they were all."""

    entry: Entry
    units: tuple[Unit, ...]
    whole: bool

    def names(self) -> set[str]:
        """Return every name that the changes concern, TXT included."""
        return {key[0] for unit in self.units for change in unit for key in keys_of(change)}


class Flight(Struct, frozen=True):
    """A batch that is cut: the parts, their changes in order, when it left, and the half of a refused batch that it is."""

    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
    weight: Weight
    left: float
    half: Half | None = None

    def carried(self) -> tuple[Carried, ...]:
        """Return what is told of the groups."""
        return tuple(
            Carried(part.entry.name, part.entry.first, part.entry.due, tuple(c for unit in part.units for c in unit), part.entry.causes)
            for part in self.parts
        )


class Lane:
    """The state of one zone."""

    def __init__(self, zone: Zone, account: int, debounce: Debounce, deletes: Deletes | None = None) -> None:
        deletes = deletes or Deletes()
        self.breaker = Breaker(deletes, Patterns(deletes.exempt))
        self.repairs: set[str] = set()
        self.verified_at = 0.0
        self.verify_at = 0.0
        self.zone = zone
        self.account = account
        self.ledger = Ledger()
        self.reading = Reading(zone.id, self.ledger)
        self.pending = Pending(debounce)
        self.states: dict[str, State] = {}
        self.arrived = Backlog()
        self.unplanned = Backlog()
        self.owners: Counter[str] = Counter()
        self.titled = 0
        self.strays = 0
        self.sealed = 0
        self.graces: dict[str, dict[Key, float]] = {}
        self.fought: dict[str, dict[Key, RecordSet]] = {}
        self.noted: set[str] = set()
        self.undone = Undoings()
        self.remembered = False
        self.flight: Flight | None = None
        self.in_doubt: Flight | None = None
        self.probe_at = 0.0
        self.aloft: set[str] = set()
        self.missed: dict[str, None] = {}
        self.awaiting: dict[str, None] = {}
        self.halving = Halving()
        self.parked: dict[str, None] = {}
        self.full_until = 0.0
        self.full_failures = 0
        self.write_at = 0.0
        self.read_at = 0.0
        self.write_failures = 0
        self.read_failures = 0
        self.alerts = Alerts(zone)
        self.need = 0
        self.stalled = False
        self._halved_last = False
        self.announced = False

    def state(self, name: str) -> State:
        """Return the state of a group, made if there is none."""
        state = self.states.get(name)
        if state is None:
            state = self.states[name] = State()
        return state

    def leave(self, flight: Flight) -> None:
        """Note that *flight* is on its way."""
        self.flight = flight
        self.aloft = {part.entry.name for part in flight.parts}
        self.reading.writing({name for part in flight.parts for name in part.names()})

    def landed(self) -> None:
        """Note that the fate of the batch is known."""
        self.aloft = set()
        self.stalled = False
        self.unplanned.add(self.missed)
        self.missed.clear()
        self.reading.writing(())

    def finish(self, part: Part) -> bool:
        """Take in that *part* was carried out; return whether nothing is left to do or say of its group."""
        name = part.entry.name
        state = self.state(name)
        state.refused = state.suspect = None
        state.failures = 0
        plan = state.plan
        more = any(name in room for room in (self.pending, self.graces, self.fought, self.undone))
        if more or plan.units != part.units or plan.verdicts or plan.graces:
            return False
        # The plan was carried out in full and nothing touched the group since: a new one would be empty.
        state.plan = NOTHING
        state.sends = False
        self.tidy(name)
        return True

    def unpark(self) -> None:
        """Try the creations again that a full zone refused: something was deleted."""
        self.full_until = 0.0
        self.full_failures = 0
        self.unplanned.add(self.parked)
        self.parked.clear()

    def read_from(self) -> float | None:
        """Return when the next read may leave, as far as the zone is concerned; it may lie in the past."""
        if self.reading.under_way:
            return None
        if self.in_doubt is not None:
            return max(self.read_at, self.probe_at)
        return self.read_at if self.reading.wanted() else None

    def verify_from(self) -> float | None:
        """Return when the next page of a verification may be asked for, as far as the zone is concerned; it may lie in the past."""
        if self.reading.spare():
            return self.read_at
        return max(self.verify_at, self.read_at) if self.reading.calm() else None

    def write_from(self) -> float | None:
        """Return when a batch could be cut, as far as the zone is concerned; it may lie in the past."""
        if not self.reading.known or self.flight is not None or self.in_doubt is not None:
            return None
        due = self.pending.next_unready() if self.stalled else self.pending.next_due()
        if self.halving:
            due = self.halving.not_before if due is None else min(due, self.halving.not_before)
        return None if due is None else max(due, self.write_at)

    def cut(self, now: float, room: tuple[float, bool], queued: Callable[[str], bool], *, ride: bool) -> Flight | None:
        """Cut the batch that leaves now; None if nothing can go, with `need` or `stalled` telling what is missing.

        None with neither: so much has become due that putting it in order takes further calls at the same moment.
        """
        if self.pending.promote(now):
            self.stalled = False
            return None
        cutter = _Cutter(self, Load(room[0], full=room[1]), queued, now)
        first = self.halving.ready(now) and not self._halved_last
        if first:
            self._cut_half(cutter)
        if not cutter.done():
            self.pending.cut(now, cutter.accept, early=ride and not self.halving.ready(now))
        if not cutter.done() and not first and self.halving.ready(now):
            self._cut_half(cutter)
        self.need = cutter.need
        if not cutter.parts:
            self.stalled = not cutter.need
            return None
        self.need = 0
        self._halved_last = cutter.half is not None
        changes = tuple(change for part in cutter.parts for unit in part.units for change in unit)
        return Flight(tuple(cutter.parts), changes, cutter.load.total, now, cutter.half)

    def done_with(self, name: str) -> bool:
        """Return whether nothing is known, under way or to be done of a group, and its zone is read and planned."""
        busy = not self.reading.known or self.arrived or self.unplanned or name in self.aloft or name in self.ledger.unknown
        return not (busy or name in self.states or name in self.pending)

    def tidy(self, name: str) -> None:
        """Drop the state of a group of which there is nothing to say."""
        state = self.states.get(name)
        if state is not None and not (state.plan.units or state.plan.graces or state.verdicts or state.refused or state.suspect):
            del self.states[name]

    def _cut_half(self, cutter: "_Cutter") -> None:
        while self.halving and not cutter.done():
            names = self.halving.choose()
            if not cutter.waits_for(names):
                half = self.halving.take(cutter.take(names))
                cutter.half = half if cutter.parts else None


class _Cutter:
    """One batch while it is being cut."""

    def __init__(self, lane: Lane, load: Load, queued: Callable[[str], bool], now: float) -> None:
        self.parts: list[Part] = []
        self.load = load
        self.need = 0
        self.half: Half | None = None
        self._lane = lane
        self._queued = queued
        self._waiting = lane.halving.not_before > now
        self._skips = 0
        self._again = False

    def done(self) -> bool:
        """Return whether there is something to send, or nothing can be before more tokens are there."""
        return bool(self.parts or self.need)

    def waits_for(self, names: Iterable[str]) -> bool:
        """Return whether the budget has to fill up before a half can be sent whole."""
        total = WEIGHTLESS
        for name in names:
            state = self._lane.states.get(name)
            if state is not None and state.sends and name in self._lane.pending:
                total = total.plus(state.plan.weight)
        self.need = 0 if self.load.full or self.load.affords(total) else total.changes
        return bool(self.need)

    def take(self, names: Iterable[str]) -> list[str]:
        """Take the groups of a half, due or not; return those for which there is no room."""
        rest: list[str] = []
        for name in names:
            entry = self._lane.pending.entry(name)
            if entry is None:
                continue
            answer = Answer.STOP if rest else self._judged(entry, alone=True)
            if answer is Answer.TAKE:
                self._lane.pending.clean(name)
            elif answer is Answer.STOP:
                rest.append(name)
            else:
                self._lane.pending.resume(entry)
        return rest

    def accept(self, entry: Entry) -> Answer:
        """Decide about one group that is offered."""
        return Answer.SKIP if entry.name in self._lane.halving.apart else self._judged(entry, alone=False)

    def _judged(self, entry: Entry, *, alone: bool) -> Answer:
        state = self._lane.states.get(entry.name)
        if state is None or not state.sends:
            return Answer.TAKE
        again = state.refused is not None
        apart = (bool(self.parts) and self._again is not again) or (again and self._waiting)
        if apart or not (entry.ready or alone or state.rides) or self._unknown(state) or self._queued(entry.name):
            self._skips += 1
            return Answer.SKIP if self._skips < SKIPS else Answer.STOP
        units, weight = state.plan.units, state.plan.weight
        if not fits(weight):
            if self.parts:
                return Answer.STOP
            units = first_part(units)
            weight = weight_of(units)
        if not self.load.affords(weight):
            self.need = 0 if self.parts else weight.changes
            return Answer.STOP
        if not self.load.take(weight):
            return Answer.STOP
        self._again = again
        self.parts.append(Part(entry, units, whole=len(units) == len(state.plan.units)))
        return Answer.TAKE

    def _unknown(self, state: State) -> bool:
        unknown = self._lane.ledger.unknown
        return bool(unknown) and any(key[0] in unknown for unit in state.plan.units for c in unit for key in keys_of(c))


def rides(units: Iterable[Unit]) -> bool:
    """Return whether a plan may leave before it is due: it only creates, or only deletes (after its grace)."""
    records = [change for unit in units for change in unit if keys_of(change)[0][1] != "TXT"] or [c for u in units for c in u]
    return all(isinstance(change, Create) for change in records) or all(isinstance(change, Delete) for change in records)


def grows(units: Iterable[Unit]) -> bool:
    """Return whether *units* create more record sets than they delete."""
    changes = [change for unit in units for change in unit]
    return sum(isinstance(c, Create) for c in changes) > sum(isinstance(c, Delete) for c in changes)
