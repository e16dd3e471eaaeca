"""The engine: a state machine without I/O between the stream and Route53.

    observe(event, now)          an object appeared, changed or went     -> facts
    wake_at()                    the next moment at which take() could return something new
    take(now)                    the jobs to start now                   -> jobs
    settle(job, outcome, now)    what became of a job                    -> facts
    order(order, now)            what a person says                      -> reply
    status(now)                  how everything stands                   -> status
    explain(name, now)           all that is known of a name             -> explanation
    facts()                      what happened within take()             -> facts
    recall(entries, now)         what a journal remembered, before anything else
    entries(now)                 what of the state has to survive and changed since the last call
    reception                    where somebody else asks, who owns the records and plans for them; None in other modes

Rules kept here (the others live in the rooms that this one joins):

- State moves only by events, outcomes and orders.
- What an event or an answer causes for many names is worked off in slices, one per `take`.
"""

from collections.abc import Iterable, Iterator
from random import Random

from dnsguard.core.backlog import Backlog
from dnsguard.core.backoff import DENIED, UNAVAILABLE
from dnsguard.core.batch import Unit
from dnsguard.core.desk import Desk
from dnsguard.core.dispatch import Dispatch
from dnsguard.core.dispute import Disputes
from dnsguard.core.drafting import Drafting
from dnsguard.core.explain import Explainer
from dnsguard.core.gate import Gate
from dnsguard.core.handback import handback
from dnsguard.core.intake import Intake, Resolve
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.memory import Memory
from dnsguard.core.orders import Orders
from dnsguard.core.ownership import Seal
from dnsguard.core.permissions import explained
from dnsguard.core.picture import Picture
from dnsguard.core.recent import Recent
from dnsguard.core.reception import Reception
from dnsguard.core.requests import Requests
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.settlement import Settlement
from dnsguard.core.spread import Touched
from dnsguard.core.survey import Survey
from dnsguard.core.upkeep import Upkeep
from dnsguard.core.zones import Zones
from dnsguard.model.changes import (
    Accepted,
    ChangeInfo,
    GetChange,
    Job,
    ListRecords,
    Outcome,
    Page,
    Refused,
    Throttled,
    Write,
)
from dnsguard.model.entries import Entry, Kept
from dnsguard.model.events import Event
from dnsguard.model.explanation import Explanation
from dnsguard.model.facts import Answered, Fact, Ordered, ZoneRead
from dnsguard.model.handback import Handback
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Order, Reply
from dnsguard.model.records import Zone
from dnsguard.model.settings import Settings
from dnsguard.model.status import Status

SLICE = 64
"""Routes resolved, or names planned, per call: about 5 ms of work."""


class Engine:
    """One installation's engine; *ride*: groups may ride along before they are due; *dry*: nothing is ever written.

    *seal* opens and makes encrypted ownership texts; *rules* are those of *resolve*, for explanations. Where there are *requests*,
    these are carried out, and what objects claim only keeps records.
    """

    def __init__(
        self,
        settings: Settings,
        gate: Gate,
        resolve: Resolve,
        kinds: Iterable[str],
        chance: Random,
        now: float,
        *,
        ride: bool = True,
        dry: bool = False,
        seal: Seal | None = None,
        rules: GatewayRules | None = None,
        requests: Requests | None = None,
    ) -> None:
        hold = settings.guard.status_loss
        self._chance = chance
        self._owner = settings.ownership.owner
        self._keyed = seal is not None
        self._policy = settings.policy
        self._now = now
        self._inventory = Inventory(None if hold == "never" else float(hold))
        self._disputes = Disputes(settings.guard.flap)
        self._intake = Intake(gate, resolve, self._inventory, kinds, self._disputes)
        self._survey = Survey(settings, Zones(settings.zones), chance)
        self._drafting = drafting = Drafting(settings, self._inventory, self._survey.zones, self._intake.unreadable, seal, requests)
        dry_run, asked = dry or settings.policy == "shadow", requests is not None
        self._desk = Desk(settings, self._survey, self._inventory, drafting, chance, dry=dry_run, patient=asked)
        self._upkeep = Upkeep(settings, self._survey, chance)
        self._orders = Orders(self._survey, self._desk, drafting, self._inventory, self._intake.named, asked=asked)
        self.undoing = self._orders.undoing
        self.reception = None if requests is None else Reception(settings, requests, self._survey, self._intake)
        self._dispatch = Dispatch(settings, self._survey, self._intake, self._upkeep, chance, now, ride=ride)
        self._memory = Memory(settings, self._survey, self._intake, self._inventory, self._desk, self._dispatch, requests)
        mode = "webhook" if asked else "dry run" if dry else "controller"
        self.picture = Picture(settings, mode, gate, self._intake, self._disputes, self._survey, self._desk, self._dispatch, self.reception)
        self._recent = Recent()
        self._explainer = Explainer(
            gate, self._intake, self._inventory, self._disputes, self._survey, drafting, self._desk, self._recent, rules, answering=asked
        )
        self._retouch = Backlog()
        self._facts: list[Fact] = []

    # The doors

    def recall(self, entries: Iterable[Kept], now: float) -> None:
        """Take in what a journal remembered; before anything else."""
        self._memory.recall(entries, now)

    def entries(self, now: float) -> list[Entry]:
        """Hand over what of the state has to survive a restart and changed since the last call; some of it, if it is much."""
        return self._memory.entries(now)

    def rewrite(self) -> None:
        """Have all entries handed over again: whoever kept them lost them."""
        self._memory.again()

    def observe(self, event: Event, now: float) -> list[Fact]:
        """Take in what the stream tells."""
        self._now = now
        facts, touched = self._intake.observe(event, now)
        self._facts += (*self._disputes.facts_since(), *facts)
        self._desk.waits = not self._intake.ready
        self._desk.touch(touched, now)
        self._desk.judge(now)
        return self.facts()

    def order(self, order: Order, now: float) -> Reply:
        """Do what a person says, or decline with one sentence."""
        self._now = now
        reply = self._orders.carry_out(order, now)
        self._facts.append(Ordered(order, reply))
        return reply

    def status(self, now: float) -> Status:
        """Return how everything stands; looking changes nothing."""
        return self.picture.status(now)

    def explain(self, name: str, now: float) -> Explanation:
        """Return all that is known of the canonical *name*; looking changes nothing."""
        return self._explainer.explain(name, now)

    def wake_at(self) -> float | None:
        """Return the next moment at which `take` could return something new; None if only an event or outcome could."""
        return min(self._wakes(routine=True), default=None)

    def busy_until(self) -> float | None:
        """Return the same without regard to routine looks for zones: None when only events and answers could matter."""
        return min(self._wakes(routine=False), default=None)

    def idle(self) -> bool:
        """Return whether all that is wanted now is done: what is left waits for a grace, or for somebody else."""
        lanes = self._survey.lanes.values()
        return (
            self._intake.ready
            and bool(lanes)
            and not self._dispatch.errands
            and not self._backlog()
            and all(lane.reading.known and not lane.pending and lane.in_doubt is None for lane in lanes)
        )

    def failing(self) -> bool:
        """Return whether some call failed and is waiting to be made again, or there is no zone to write."""
        lanes = self._survey.lanes.values()
        lost = self._survey.known and not lanes
        return lost or self._survey.failing() or any(lane.write_failures or lane.read_failures for lane in lanes)

    def take(self, now: float) -> list[Job]:
        """Return the calls to make now."""
        self._now = now
        self._desk.ring(now)
        if (calm := self._disputes.next_end()) is not None and calm <= now:
            facts, touched = self._intake.settle_disputes(now)
            self._facts += (*self._disputes.facts_since(), *facts)
            self._desk.touch(touched, now)
        self._work(now)
        self._desk.judge(now)
        return self._dispatch.jobs(now)

    def settle(self, job: Job, outcome: Outcome, now: float) -> list[Fact]:
        """Take in what became of a job of `take`."""
        self._now = now
        errand = self._dispatch.returned(job, outcome, now)
        self._facts.append(Answered(job.id, job.call, outcome, now - errand.left))
        if isinstance(job.call, GetChange):
            self._facts += self._upkeep.answered(job.account, outcome, now)
        elif errand.lane is None:
            self._settle_survey(job, outcome, now)
        elif self._survey.lanes.get(errand.lane.zone.id) is errand.lane:
            if isinstance(job.call, Write):
                self._settle_write(errand.lane, outcome, now)
            else:
                self._settle_read(errand.lane, outcome, now, probe=errand.probe)
        return self.facts()

    def facts(self) -> list[Fact]:
        """Hand over what happened since the last call."""
        facts = self._facts + self._dispatch.facts + self._desk.facts
        self._facts, self._dispatch.facts, self._desk.facts = [], [], []
        return facts

    def planned(self) -> Iterator[tuple[Zone, str, tuple[Unit, ...]]]:
        """Return what is planned of every group, by zone and name."""
        for lane in self._survey.lanes.values():
            for name in sorted(lane.states):
                if lane.states[name].plan.units:
                    yield lane.zone, name, lane.states[name].plan.units

    def handback(self, now: float) -> Handback:
        """Return what external-dns would do at once in our place, by an engine that has just looked at everything."""
        return handback(self._survey, self._inventory, self._drafting, now)

    def about(self, name: str) -> tuple[Ref, ...]:
        """Return the objects that *name* is about: who claims it, else who gave it up."""
        return self._desk.about(name)

    # What wakes

    def _wakes(self, *, routine: bool) -> Iterator[float]:
        if self._backlog():
            yield self._now
        alarm = self._desk.next_alarm()
        if alarm is not None:
            yield alarm
        calm = self._disputes.next_end()
        if calm is not None:
            yield calm
        look = self._desk.next_look() if routine else None
        if look is not None:
            yield look
        yield from self._dispatch.wakes(self._now, routine=routine)

    def _backlog(self) -> bool:
        if not self._survey.known:
            return False
        lanes = self._survey.lanes.values()
        unplanned = self._intake.ready and any(lane.unplanned for lane in lanes)
        return bool(unplanned or self._intake.busy or self._retouch or any(lane.arrived or lane.remembered for lane in lanes))

    # Slices

    def _work(self, now: float) -> None:
        """Work off one slice of what events and answers left to do."""
        if not self._survey.known:
            return
        count = SLICE
        if self._intake.busy:
            facts, touched = self._intake.work(count)
            self._facts += facts
            self._desk.waits = not self._intake.ready
            self._desk.touch(touched, now)
            self._unstall()
            if not self._intake.ready:
                return
            count //= 4
        while self._retouch and count > 0:
            name = self._retouch.pop()
            self._desk.touch_name(name, Touched(now, "zones", {}, len(self._retouch)), now, calm=True)
            count -= 1
        for lane in self._survey.lanes.values():
            count = self._plan_some(lane, self._drafting.look_through(lane, self._survey.lanes, count), now)

    def _plan_some(self, lane: Lane, count: int, now: float) -> int:
        while lane.arrived and not lane.remembered and count > 0:
            name = lane.arrived.pop()
            note = self._drafting.groups_at(lane, name) if lane.announced else self._drafting.take_note(lane, self._survey.lanes, name)
            lane.unplanned.add(sorted(note))
            count -= 1
        ready = self._intake.ready  # Before that a plan would tell of orphans, or of another cluster's remembered objects.
        while ready and lane.unplanned and not lane.arrived and not lane.remembered and count > 0:
            self._desk.plan(lane, lane.unplanned.pop(), now)
            count -= 1
        if lane.reading.known and not lane.announced and not lane.arrived and not (ready and lane.unplanned):
            lane.announced = True
            others = tuple(sorted((owner, count) for owner, count in lane.owners.items() if owner != self._owner))
            ours = lane.owners[self._owner]
            self._facts.append(ZoneRead(lane.zone.id, len(lane.ledger), ours, others, lane.strays, lane.sealed, self._keyed))
        return count

    def _unstall(self) -> None:
        for lane in self._survey.lanes.values():
            lane.stalled = False

    # Taking in answers

    def _settle_survey(self, job: Job, outcome: Outcome, now: float) -> None:
        facts, changed = self._survey.settle(job.account, job.call, outcome, now)
        self._facts += facts
        self._desk.gone(facts)
        if changed:
            self._facts += self._memory.furnish(self._upkeep, now)
            self._desk.touch_early(now)
            self._retouch.add((*self._inventory.names(), *(() if self.reception is None else self.reception.names())))

    def _settle_write(self, lane: Lane, outcome: Outcome, now: float) -> None:
        full = lane.full_until
        settlement = Settlement(lane, self._chance)
        flight = lane.flight
        names = settlement.settle(outcome, now)
        if flight is not None:
            self._recent.settled(lane.zone.id, flight, outcome)
        self._facts += settlement.facts
        if lane.full_until > full:
            self._desk.park_until(lane)
        lane.unplanned.add(names)
        if flight is not None and isinstance(outcome, Accepted):
            lane.unplanned.add(self._drafting.landed(lane, flight))
            if isinstance(outcome.result, ChangeInfo):
                self._upkeep.accepted(lane, outcome.result, now)

    def _settle_read(self, lane: Lane, outcome: Outcome, now: float, *, probe: bool) -> None:
        if not isinstance(outcome, Accepted) or not isinstance(outcome.result, Page):
            lane.reading.failed()
            self._read_failed(lane, outcome, now)
            return
        lane.read_failures = 0
        if probe:
            lane.reading.failed()
            flight = lane.in_doubt
            settlement = Settlement(lane, self._chance)
            lane.unplanned.add(settlement.probed(outcome.result, now))
            if flight is not None:
                self._recent.found(lane.zone.id, flight, carried_out=settlement.carried_out)
                lane.unplanned.add(self._drafting.landed(lane, flight))
            return
        whole, verifying = lane.reading.whole, lane.reading.verifying
        read = lane.reading.take_in(outcome.result)
        if read is not None:
            lane.stalled = False
            if whole:
                self._upkeep.read(lane, now)
                # One may be remembered of what is gone by now.
                lane.unplanned.add(lane.graces)
            if verifying:
                self._facts.append(self._upkeep.verified(lane, read))
            lane.arrived.add(read)
            lane.unplanned.add((*lane.pending, *(name for name in read if name in lane.states)))

    def _read_failed(self, lane: Lane, outcome: Outcome, now: float) -> None:
        if isinstance(outcome, Throttled):
            return
        lane.read_failures += 1
        backoff = DENIED if isinstance(outcome, Refused) else UNAVAILABLE
        lane.read_at = now + backoff.delay(lane.read_failures, self._chance)
        if isinstance(outcome, Refused):
            refusal = outcome.refusals[0]
            self._facts += lane.alerts.unreadable(refusal, explained(refusal, ListRecords, self._policy), now)
