"""The desk: every group that is touched is planned here, and either clean, dirty, or withheld with a reason.

Rules kept here:

- A group is planned when it is touched, unless it is in flight, its zone is not read yet, or its name may belong to a zone
  that was not found yet: then it is planned after.
- A deletion's grace begins when a plan first asks for it, and is called back when a plan no longer does.
- Each group has one alarm: the next end of a grace, a hold or a quarantine.
- What Route53 refused is not sent again while the plan is the same: stale plans are quarantined when a new read yields
  them again, and a quarantine ends with another plan or after its back-off.
- Under the policy shadow nothing corrects an old view by being refused: what would be sent is read again after a back-off,
  because whoever writes the zone may have done it meanwhile.
- A name that lies in no zone in use is said once.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from random import Random

from dnsguard.core.backoff import LOOK, QUARANTINE
from dnsguard.core.drafting import Drafting
from dnsguard.core.intake import Touched
from dnsguard.core.inventory import NEVER, Inventory
from dnsguard.core.lane import Lane, State, grows, keys_of, rides
from dnsguard.core.pending import CAUSES
from dnsguard.core.plan import Plan
from dnsguard.core.said import summary
from dnsguard.core.survey import Survey
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.facts import Cleared, Fact, Reason, Verdict, Withheld
from dnsguard.model.settings import Settings

MANY = 1 << 30
"""Size of a cause that is not an event: a read, the end of a grace."""
AT_ONCE = 64
"""Alarms that ring per call; the others ring in the next."""


class Desk:
    """Plans groups, and keeps their states, alarms and verdicts."""

    def __init__(self, settings: Settings, survey: Survey, inventory: Inventory, drafting: Drafting, chance: Random, *, dry: bool) -> None:
        self._shadow = dry
        self._looks = settings.policy == "shadow"
        self._to_look: list[tuple[float, str, str]] = []
        self._grace = float(settings.guard.delete_grace)
        self._survey = survey
        self._inventory = inventory
        self._drafting = drafting
        self._chance = chance
        self._alarms: list[tuple[float, str, str]] = []
        self._armed: dict[tuple[str, str], float] = {}
        self._homeless: dict[str, Verdict] = {}
        self._early: dict[str, tuple[Touched, bool]] = {}
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
            if lane.reading.known and name not in lane.aloft:
                if not planned:
                    self.plan(lane, name, now, since=touched.at)
                if not self._sendable(lane, name):
                    continue
            entry = lane.pending.touch(name, touched.at, touched.size, calm=calm)
            if touched.cause not in entry.causes and len(entry.causes) < CAUSES:
                entry.causes = (*entry.causes, touched.cause)
        if not self._survey.zones.awaited(name):
            self._house(name, home=home)

    def plan(self, lane: Lane, name: str, now: float, *, since: float | None = None) -> None:
        """Plan one group of a zone anew; what is to be sent is dirty *since* then (now, if not told)."""
        if name in lane.aloft:
            lane.missed[name] = None
        if not lane.reading.known or name in lane.aloft:
            return
        if self._survey.zones.awaited(name):
            lane.awaiting[name] = None
            return
        plan = self._drafting.plan(lane, self._survey.lanes, name, now)
        if not plan.units and not plan.verdicts and not plan.graces and name not in lane.states:
            lane.pending.clean(name)
            self._forget(name, lane)
            return
        state = lane.state(name)
        self._run_graces(lane, name, plan, now)
        self._remember_edits(lane, name, plan)
        obstruction = self._obstruction(lane, name, state, plan, now)
        verdicts = plan.verdicts if obstruction is None else (*plan.verdicts, obstruction)
        state.plan = plan
        state.sends = bool(plan.units) and obstruction is None
        self._tell(state, verdicts)
        if state.sends:
            state.rides = rides(plan.units)
            lane.stalled = False
            if name not in lane.pending:
                lane.pending.touch(name, now if since is None else since, MANY)
        else:
            lane.pending.clean(name)
        self._set_alarm(lane, name, state, now)
        lane.tidy(name)
        if name not in lane.states:
            self._forget(name, lane)

    def next_alarm(self) -> float | None:
        """Return when the next alarm rings."""
        return self._alarms[0][0] if self._alarms else None

    def next_look(self) -> float | None:
        """Return when something is read again that shadow would send: a routine that ends only with what it waits for."""
        return self._to_look[0][0] if self._to_look else None

    def _look(self, now: float) -> None:
        for _ in range(AT_ONCE):
            if not self._to_look or self._to_look[0][0] > now:
                return
            at, zone, name = heappop(self._to_look)
            lane = self._survey.lanes.get(zone)
            state = lane.states.get(name) if lane is not None else None
            if lane is not None and state is not None and state.look_at == at and state.plan.units:
                lane.reading.doubt(sorted(_names(state.plan)), {})
                self.plan(lane, name, at)

    def ring(self, now: float) -> None:
        """Plan the groups whose alarm has come."""
        self._look(now)
        left = AT_ONCE
        while left and self._alarms and self._alarms[0][0] <= now:
            at, zone, name = heappop(self._alarms)
            lane = self._survey.lanes.get(zone)
            if self._armed.get((zone, name)) != at:
                continue
            del self._armed[zone, name]
            if lane is None:
                continue
            if name == "":
                self._ring_full(lane, at)
                continue
            state = lane.states.get(name)
            if state is None or state.alarm is None:
                continue
            if state.alarm > at:
                self._arm(state.alarm, zone, name)
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

    def _arm(self, at: float, zone: str, name: str) -> None:
        """Have a group's alarm ring at *at*; one that rings before that will put itself off."""
        if at < self._armed.get((zone, name), NEVER):
            self._armed[zone, name] = at
            heappush(self._alarms, (at, zone, name))

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
        fought = dict(plan.edited) | lane.fought.pop(name, {})
        if standing := {key: wanted for key, wanted in fought.items() if key in lane.ledger.edited}:
            lane.fought[name] = standing

    def _obstruction(self, lane: Lane, name: str, state: State, plan: Plan, now: float) -> Verdict | None:
        """Return what keeps the plan from being sent although it is allowed and possible."""
        lane.parked.pop(name, None)
        if not plan.units:
            state.forgive()
            state.looks = 0
            return None
        if self._shadow:
            if state.look_at <= now:
                state.looks += 1
                state.look_at = now + LOOK.delay(state.looks, self._chance)
                if self._looks:
                    heappush(self._to_look, (state.look_at, lane.zone.id, name))
            return self._verdict(lane, name, Reason.SHADOW, summary(plan.units))
        if state.suspect is not None and not any(key in lane.ledger.unknown for key in _names(plan)):
            if plan.units == state.suspect:
                why = "Route53 refused it as stale, and a new read shows nothing else"
                state.quarantine(plan.units, why, now + QUARANTINE.delay(state.failures + 1, self._chance))
            else:
                state.suspect = None
        if state.refused is not None and plan.units != state.refused:
            state.forgive()
        if state.refused is not None and now < state.retry_at:
            return self._verdict(lane, name, Reason.QUARANTINED, state.why, state.retry_at)
        if now < lane.full_until and grows(plan.units):
            lane.parked[name] = None
            return self._verdict(lane, name, Reason.ZONE_FULL, f"zone {lane.zone.name} is full", lane.full_until)
        return None

    @staticmethod
    def _verdict(lane: Lane, name: str, reason: Reason, text: str, until: float = NEVER) -> Verdict:
        verdicts = Verdicts(lane.zone.id, name)
        verdicts.add("", "", reason, text, until)
        return verdicts.all()[0]

    def _tell(self, state: State, verdicts: tuple[Verdict, ...]) -> None:
        if verdicts == state.verdicts:
            return
        self.facts += [Cleared(old) for old in state.verdicts if old not in verdicts]
        self.facts += [Withheld(new) for new in verdicts if new not in state.verdicts]
        state.verdicts = verdicts

    def _set_alarm(self, lane: Lane, name: str, state: State, now: float) -> None:
        ends = [end for end in lane.graces.get(name, {}).values() if end > now]
        hold = self._inventory.hold_ends(name, now)
        if hold is not None:
            ends.append(hold)
        if state.refused is not None and state.retry_at > now:
            ends.append(state.retry_at)
        alarm = min(ends, default=None)
        if alarm is not None:
            self._arm(alarm, lane.zone.id, name)
        state.alarm = alarm

    def park_until(self, lane: Lane) -> None:
        """Have the parked groups of a full zone planned again when its back-off is over."""
        self._arm(lane.full_until, lane.zone.id, "")

    def _forget(self, name: str, planned: Lane | None = None) -> None:
        """Forget the proof that claims of *name* ended once no zone holds what it is for; *planned*: just found to hold nothing."""
        if not self._inventory.over(name):
            return
        lanes = (self._survey.lanes[zone.id] for zone in self._survey.zones.holding(name))
        if all(lane is planned or lane.done_with(name) for lane in lanes):
            self._inventory.forget(name)

    def _house(self, name: str, *, home: bool) -> None:
        """Say that a name lies in no zone, or no longer."""
        known = self._homeless.get(name)
        if home or not self._inventory.set_ids(name):
            if known is not None:
                self.facts.append(Cleared(self._homeless.pop(name)))
            self._forget(name)
        elif known is None:
            verdicts = Verdicts("", name)
            verdicts.add("", "", Reason.NO_ZONE, "no zone in use holds this name")
            self._homeless[name] = verdicts.all()[0]
            self.facts.append(Withheld(self._homeless[name]))


def _names(plan: Plan) -> Iterable[str]:
    return {key[0] for unit in plan.units for change in unit for key in keys_of(change)}
