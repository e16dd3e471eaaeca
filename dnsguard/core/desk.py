"""The desk: every group that is touched is planned here, and either clean, dirty, or withheld with a reason.

Rules kept here:

- A group is planned when it is touched, unless it is in flight, its zone is not read yet, not every kind was listed, or its
  name may belong to a zone that was not found yet: then it is planned after.
- A deletion's grace begins when a plan first asks for it, and is called back when a plan no longer does.
- Each group has one alarm: the next end of a grace, a hold or a quarantine.
- A name that lies in no zone in use is said once.
- What is to be turned back is done when its plan is empty; then what objects ask for is planned again, and only shown.
- The breaker hears of what a plan deletes before anything of it can be sent. What it parks is planned anew when it trips,
  is released or somebody approves; when it is released, what is left begins a new grace.
"""

from collections.abc import Iterable
from random import Random

from dnsguard.core import said
from dnsguard.core.alarms import Alarms
from dnsguard.core.breaker import Turn
from dnsguard.core.drafting import Drafting
from dnsguard.core.ending import end_of
from dnsguard.core.freezes import Freezes, covers
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane, State, rides
from dnsguard.core.obstruction import Obstruction, names_of
from dnsguard.core.patterns import EVERY, Patterns
from dnsguard.core.pending import CAUSES
from dnsguard.core.plan import Plan
from dnsguard.core.register import Register
from dnsguard.core.requests import ASKER
from dnsguard.core.spread import Touched
from dnsguard.core.survey import Survey
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.facts import Cleared, Fact, Reason, Thawed, Tripped, Unsent, Untripped, Verdict, Withheld
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Settings

MANY = 1 << 30
"""Size of a cause that is not an event: a read, the end of a grace."""
AT_ONCE = 64
"""Alarms that ring per call; the others ring in the next."""
SHOWN = 3
"""Objects that are named beside a verdict."""


class Desk:
    """Plans groups, and keeps their states, alarms and verdicts; while it *waits*, what is touched is planned later."""

    def __init__(
        self,
        settings: Settings,
        survey: Survey,
        inventory: Inventory,
        drafting: Drafting,
        chance: Random,
        *,
        dry: bool,
        patient: bool = False,
    ) -> None:
        self._grace = float(settings.guard.delete_grace)
        self._deletes = settings.policy in {"sync", "shadow"}
        self._shadow = settings.policy == "shadow"
        self.writes = not dry
        self._asked = patient
        self.freezes = Freezes()
        self._obstruction = Obstruction(settings, self.freezes, chance, dry=dry, patient=patient)
        self._survey = survey
        self._inventory = inventory
        self._drafting = drafting
        self._alarms = Alarms()
        self._homeless: dict[str, Verdict] = {}
        self.register = Register()
        self._unjudged: dict[str, Lane] = {}
        self._early: dict[str, tuple[Touched, bool]] = {}
        self.waits = False
        self.facts: list[Fact] = []

    def touch(self, every: Iterable[Touched], now: float) -> None:
        """Plan the names that events touched, each once."""
        planned: set[str] = set()
        for touched in every:
            for name, calm in touched.names.items():
                if self._survey.known:
                    self.touch_name(name, touched, now, calm=calm, planned=name in planned)
                    planned.add(name)
                else:
                    self._early.setdefault(name, (touched, calm))

    def touch_early(self, now: float) -> None:
        """Plan what was touched before any zone was known."""
        early, self._early = self._early, {}
        for name, (touched, calm) in early.items():
            self.touch_name(name, touched, now, calm=calm)

    def touch_name(self, name: str, touched: Touched, now: float, *, calm: bool, planned: bool = False) -> None:
        """Plan one name, unless it is *planned*, in every zone that holds it or could."""
        home = False
        for zone in self._survey.zones.holding(name):
            lane = self._survey.lanes[zone.id]
            here = self._drafting.here(lane, name)
            home = home or here
            if not here and name not in lane.ledger and name not in lane.states:
                continue
            lane.stalled = False
            if self.waits:
                lane.unplanned.add((name,))
            elif lane.reading.known and name not in lane.aloft:
                if not planned:
                    self.plan(lane, name, now, since=touched.at)
                if not self._sendable(lane, name):
                    continue
            entry = lane.pending.touch(name, touched.at, touched.size, calm=calm)
            if touched.cause not in entry.causes and len(entry.causes) < CAUSES and lane.undone.turning(name) is None:
                entry.causes = (*entry.causes, touched.cause)
        if not self._survey.zones.awaited(name):
            self._house(name, now, home=home)

    def plan(self, lane: Lane, name: str, now: float, *, since: float | None = None) -> None:
        """Plan one group of a zone anew; what is to be sent is dirty *since* then (now, if not told)."""
        if name in lane.aloft:
            lane.missed[name] = None
        if not lane.reading.known or name in lane.aloft:
            return
        if self._survey.zones.awaited(name):
            lane.awaiting[name] = None
            return
        self._plan(lane, name, now, since)
        _note(lane, name)

    def _plan(self, lane: Lane, name: str, now: float, since: float | None) -> None:
        plan = self._judged(lane, name, now)
        if not plan.units and not plan.verdicts and not plan.graces and name not in lane.states:
            lane.pending.clean(name)
            lane.graces.pop(name, None)
            self._forget(name, lane)
            return
        state = lane.state(name)
        self._run_graces(lane, name, plan, now)
        self._remember_edits(lane, name, plan)
        obstruction = self._obstruction.of(lane, name, state, plan, now)
        verdicts = plan.verdicts if obstruction is None else (*plan.verdicts, obstruction)
        if self._shadow and plan.units != state.plan.units:
            changes = tuple(change for unit in plan.units for change in unit)
            self.facts.append(Unsent(lane.zone.id, name, now if since is None else since, changes))
        state.plan = plan
        state.sends = bool(plan.units) and obstruction is None
        self._tell(lane, name, state, verdicts, now)
        if state.sends:
            state.rides = rides(plan.units)
            lane.stalled = False
            if name not in lane.pending:
                touched = lane.pending.touch(name, now if since is None else since, MANY)
                if since is None:
                    # No event dirtied it, but a moment, a word or a read: it is for those whom it is about.
                    touched.causes = (ASKER,) if self._asked else tuple(map(str, self.about(name)))
            turning, entry = lane.undone.turning(name), lane.pending.entry(name)
            if turning is not None and entry is not None:
                entry.causes = (f"{said.undoing(turning.kind, turning.what)} by {turning.by}",)
        else:
            lane.pending.clean(name)
        self._set_alarm(lane, name, state, now)
        lane.tidy(name)
        if name not in lane.states:
            self._forget(name, lane)

    def _judged(self, lane: Lane, name: str, now: float) -> Plan:
        """Plan a group, and tell the breaker of what its plan deletes before anything of that can be sent."""
        breaker = lane.breaker
        parked = breaker.parks(name)
        plan = self._drafting.plan(lane, self._survey.lanes, name, now)
        if lane.undone.turning(name) is not None and not plan.units and name not in lane.ledger.unknown:
            lane.undone.settle(name)
            plan = self._drafting.plan(lane, self._survey.lanes, name, now)
        breaker.own(name, ours=plan.ours)
        if not self._deletes:
            return plan
        if breaker.doom(name, now) if plan.dooms else breaker.spare(name, now):
            self._unjudged[lane.zone.id] = lane
        if breaker.parks(name) and not parked:
            plan = self._drafting.plan(lane, self._survey.lanes, name, now)
        return plan

    def judge(self, now: float) -> None:
        """Let the breakers judge what was planned since the last time; nothing of it is sent before."""
        unjudged, self._unjudged = self._unjudged, {}
        for lane in unjudged.values():
            turn = lane.breaker.judge(now)
            if turn is not Turn.NONE:
                self._turned(lane, turn, now)

    def _turned(self, lane: Lane, turn: Turn, now: float) -> None:
        breaker, zone = lane.breaker, lane.zone
        lane.unplanned.add(breaker.pending())
        if turn is Turn.TRIPPED:
            self.facts.append(Tripped(zone.id, zone.name, breaker.count(now), breaker.limit(), breaker.owned))
            return
        for name in breaker.pending():
            lane.graces.pop(name, None)
        self.facts.append(
            Untripped(zone.id, zone.name, "what is left to be deleted is within guard.deletes again, and waits out a new grace")
        )

    def approve(self, lane: Lane, now: float, most: int = 0, until: float | None = None) -> None:
        """Let what is parked go; with *until*, also what comes before then, *most* names in all."""
        tripped = lane.breaker.tripped_at is not None
        lane.unplanned.add(lane.breaker.pending())
        lane.breaker.approve(now, most, until)
        if tripped and lane.breaker.tripped_at is None:
            self.facts.append(Untripped(lane.zone.id, lane.zone.name, "it was approved"))

    def replan_covered(self, freeze: Freeze) -> None:
        """Have everything planned anew that *freeze*, which began or ended, covers."""
        for lane in self._survey.lanes.values():
            if covers(freeze, lane.zone):
                patterns = Patterns((freeze.pattern or EVERY,))
                lane.unplanned.add([name for name in lane.states if patterns.match(name)])

    def next_alarm(self) -> float | None:
        """Return when the next alarm rings, or the next freeze ends."""
        ends = self.freezes.next_end()
        alarm = self._alarms.next()
        return alarm if ends is None else ends if alarm is None else min(alarm, ends)

    def next_look(self) -> float | None:
        """Return when something is read again that shadow would send: a routine that ends only with what it waits for."""
        return self._obstruction.next_look()

    def _look(self, now: float) -> None:
        for _ in range(AT_ONCE):
            found = self._obstruction.look(now)
            if found is None:
                return
            at, zone, name = found
            lane = self._survey.lanes.get(zone)
            state = lane.states.get(name) if lane is not None else None
            if lane is not None and state is not None and state.look_at == at and state.plan.units:
                lane.reading.doubt(sorted(names_of(state.plan)), {})
                self.plan(lane, name, at)

    def ring(self, now: float) -> None:
        """Plan the groups whose alarm has come."""
        self._look(now)
        for freeze in self.freezes.expire(now):
            self.facts.append(Thawed(freeze))
            self.replan_covered(freeze)
        left = AT_ONCE
        while left and (rung := self._alarms.ring(now)) is not None:
            at, zone, name = rung
            lane = self._survey.lanes.get(zone)
            if lane is None:
                continue
            if name == "":
                self._ring_full(lane, at)
                continue
            state = lane.states.get(name)
            if state is None or state.alarm is None:
                continue
            if state.alarm > at:
                self._alarms.arm(state.alarm, zone, name)
                continue
            state.alarm = None
            left -= 1
            # What became possible at that moment is dirty since then, whenever it is noticed.
            self.plan(lane, name, at)

    def _ring_full(self, lane: Lane, at: float) -> None:
        if lane.full_until > at:
            self.park_until(lane)
            return
        lane.unplanned.add(lane.parked)
        lane.parked.clear()

    def _sendable(self, lane: Lane, name: str) -> bool:
        state = lane.states.get(name)
        return state is not None and state.sends

    def _run_graces(self, lane: Lane, name: str, plan: Plan, now: float) -> None:
        running = lane.graces.get(name)
        if not plan.graces:
            if running is not None:
                del lane.graces[name]
            return
        before = running or {}
        lane.graces[name] = {key: before.get(key, now + self._grace) for key in plan.graces}

    @staticmethod
    def _remember_edits(lane: Lane, name: str, plan: Plan) -> None:
        if name in lane.ledger.lost and not plan.units and not any(verdict.reason is Reason.MISSING for verdict in plan.verdicts):
            # Nobody wants it back.
            del lane.ledger.lost[name]
        for key in plan.agreed:
            lane.ledger.edited.pop(key, None)
        if not plan.units:
            # There is nothing to put back: the word for it does not count for a later edit.
            lane.repairs.discard(name)
        fought = dict(plan.edited) | lane.fought.pop(name, {})
        if standing := {key: wanted for key, wanted in fought.items() if key in lane.ledger.edited}:
            lane.fought[name] = standing

    def _tell(self, lane: Lane, name: str, state: State, verdicts: tuple[Verdict, ...], now: float) -> None:
        known = state.verdicts
        if verdicts == tuple(known):
            return
        refs = self.about(name)
        over = [old for old in known if old not in verdicts]
        self.facts += [Cleared(old, refs, end_of(old, lane.ledger.at(name), state.plan)) for old in over]
        self.facts += [Withheld(new, refs) for new in verdicts if new not in known]
        # The same reason with another text, such as a grace that ends at another moment, is as old as before.
        since = {(old.set_id, old.type, old.reason): at for old, at in known.items()}
        state.verdicts = {new: since.get((new.set_id, new.type, new.reason), now) for new in verdicts}
        self.register.change(known, state.verdicts)

    def standing(self, name: str) -> list[tuple[float, Verdict]]:
        """Return the verdicts on *name* that stand, in every zone, with the moments since when."""
        states = [lane.states[name] for zone in self._survey.zones.holding(name) if name in (lane := self._survey.lanes[zone.id]).states]
        found = [(since, verdict) for state in states for verdict, since in state.verdicts.items()]
        homeless = self._homeless.get(name)
        return found if homeless is None else [*found, self.register.get(homeless)]

    def gone(self, facts: Iterable[Fact]) -> None:
        """Take in what *facts* tell of verdicts that went away with their zone."""
        for fact in facts:
            if isinstance(fact, Cleared):
                self.register.drop(fact.verdict)

    def about(self, name: str) -> tuple[Ref, ...]:
        """Return the objects that a verdict on *name* is about: who claims it, else who gave it up."""
        refs = sorted(self._inventory.claimants(name))[:SHOWN]
        ender = self._inventory.ender(name) if not refs else None
        return tuple(refs) if ender is None else (ender[0],)

    def _set_alarm(self, lane: Lane, name: str, state: State, now: float) -> None:
        ends = [end for end in lane.graces.get(name, {}).values() if end > now]
        hold = self._inventory.hold_ends(name, now)
        if hold is not None:
            ends.append(hold)
        if state.refused is not None and state.retry_at > now:
            ends.append(state.retry_at)
        alarm = min(ends, default=None)
        if alarm is not None:
            self._alarms.arm(alarm, lane.zone.id, name)
        state.alarm = alarm

    def park_until(self, lane: Lane) -> None:
        """Have the parked groups of a full zone planned again when its back-off is over."""
        self._alarms.arm(lane.full_until, lane.zone.id, "")

    def _forget(self, name: str, planned: Lane | None = None) -> None:
        """Forget the proof that claims of *name* ended once no zone holds what it is for; *planned*: just found to hold nothing."""
        if not self._inventory.over(name):
            return
        lanes = (self._survey.lanes[zone.id] for zone in self._survey.zones.holding(name))
        if all(lane is planned or lane.done_with(name) for lane in lanes):
            self._inventory.forget(name)

    def _house(self, name: str, now: float, *, home: bool) -> None:
        """Say that a name lies in no zone, or no longer."""
        known = self._homeless.get(name)
        if home or not self._inventory.set_ids(name):
            if known is not None:
                self.register.drop(known)
                self.facts.append(Cleared(self._homeless.pop(name), self.about(name)))
            self._forget(name)
        elif known is None:
            verdicts = Verdicts("", name)
            verdicts.add("", "", Reason.NO_ZONE, "no zone in use holds this name")
            self._homeless[name] = verdicts.all()[0]
            self.register.put(self._homeless[name], now)
            self.facts.append(Withheld(self._homeless[name], self.about(name)))


def _note(lane: Lane, name: str) -> None:
    """Mark what is remembered of a group beside its record sets as changed, if there is or was any."""
    noted = any(name in room for room in (lane.graces, lane.fought, lane.repairs, lane.noted, lane.undone))
    if noted or (name in lane.states and lane.states[name].refused is not None):
        lane.ledger.changed[name] = None
