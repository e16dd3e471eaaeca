"""Dispatch: which calls leave now, paid for, and what is known of them until they come back.

Rules kept here:

- Nothing is written before every kind was listed, every route resolved, and the zone read.
- Of several zones the one whose group is due first writes first; writes go before reads, and both before upkeep.
- No call leaves without its tokens.
"""

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from dnsguard.core.budget import Budget
from dnsguard.core.intake import Intake
from dnsguard.core.lane import Lane
from dnsguard.core.settlement import Settlement
from dnsguard.core.survey import Survey
from dnsguard.core.upkeep import Upkeep
from dnsguard.model.changes import ACTIONS, Call, Job, ListRecords, ListZones, Outcome, Throttled, Write
from dnsguard.model.facts import Called, Fact
from dnsguard.model.settings import Settings

WRITE = ACTIONS[Write]
LIST = ACTIONS[ListRecords]
ZONES = ACTIONS[ListZones]


class Errand(Struct):
    """A job under way: when it left, whose it is (None: the survey's), its changes, and whether it is a probe."""

    left: float
    lane: Lane | None
    changes: int
    probe: bool


class Dispatch:
    """Starts the calls of one engine; *ride*: groups may ride along before they are due."""

    def __init__(
        self, settings: Settings, survey: Survey, intake: Intake, upkeep: Upkeep, chance: Random, now: float, *, ride: bool
    ) -> None:
        self._owner = settings.ownership.owner
        self._ride = ride
        self._survey = survey
        self._intake = intake
        self._upkeep = upkeep
        self._chance = chance
        self.count = 0
        self.budgets = [Budget(settings.budget, now) for _ in range(len(survey))]
        self.errands: dict[int, Errand] = {}
        self.facts: list[Fact] = []

    def wakes(self, now: float, *, routine: bool) -> Iterator[float]:
        """Yield the moments at which a call could leave; with *routine* those of routine looks, too."""
        if routine:
            yield from self._upkeep.wakes(self.budgets, now)
        for account, budget in enumerate(self.budgets):
            due = self._survey.due(account)
            if due is not None and (routine or not self._survey.known):
                yield max(due, budget.ready_at(ZONES, 0, now))
        for lane in self._survey.lanes.values():
            budget = self.budgets[lane.account]
            if self._intake.ready and (leaves := lane.write_from()) is not None:
                yield max(leaves, budget.ready_at(WRITE, max(1, lane.need), now))
            if (reads := lane.read_from()) is not None:
                yield max(reads, budget.ready_at(LIST, 0, now))

    def jobs(self, now: float) -> list[Job]:
        """Return the calls that leave now."""
        jobs: list[Job] = []
        if self._intake.ready:
            jobs += self._writes(now)
        for account in range(len(self._survey)):
            jobs += self._survey_calls(account, now)
        jobs += self._reads(now)
        jobs += self._spares(now)
        return jobs

    def returned(self, job: Job, outcome: Outcome, now: float) -> Errand:
        """Take in that a call came back; return what was known of it."""
        errand = self.errands.pop(job.id)
        if isinstance(outcome, Throttled):
            self.budgets[job.account].throttled(action_of(job.call), errand.changes, now)
        return errand

    def _job(self, call: Call, account: int, lane: Lane | None, now: float, changes: int = 0, *, probe: bool = False) -> Job:
        self.budgets[account].spend(action_of(call), changes, now)
        self.count += 1
        job = Job(self.count, account, call)
        self.errands[job.id] = Errand(now, lane, changes, probe)
        return job

    def _writes(self, now: float) -> Iterator[Job]:
        due = sorted((at, zone) for zone, lane in self._survey.lanes.items() if (at := lane.write_from()) is not None and at <= now)
        for _, zone in due:
            lane = self._survey.lanes[zone]
            budget = self.budgets[lane.account]
            if lane.arrived or lane.unplanned or budget.ready_at(WRITE, max(1, lane.need), now) > now:
                continue
            flight = lane.cut(now, budget.room(now), self._intake.queued, ride=self._ride)
            if flight is not None:
                lane.leave(flight)
                call = Write(zone, flight.changes, f"dnsguard {self._owner}")
                job = self._job(call, lane.account, lane, now, flight.weight.changes)
                self.facts.append(Called(job.id, call, flight.carried()))
                yield job

    def _survey_calls(self, account: int, now: float) -> Iterator[Job]:
        due = self._survey.due(account)
        if due is None or due > now or self.budgets[account].ready_at(ZONES, 0, now) > now:
            return
        call = self._survey.next_call(account)
        job = self._job(call, account, None, now)
        self.facts.append(Called(job.id, call))
        yield job

    def _reads(self, now: float) -> Iterator[Job]:
        for lane in self._survey.lanes.values():
            at = lane.read_from()
            if at is None or at > now or self.budgets[lane.account].ready_at(LIST, 0, now) > now:
                continue
            probe = lane.in_doubt is not None and lane.probe_at <= now
            call = Settlement(lane, self._chance).probe() if probe else lane.reading.next_call()
            lane.reading.under_way = True
            job = self._job(call, lane.account, lane, now, probe=probe)
            self.facts.append(Called(job.id, call))
            yield job

    def _spares(self, now: float) -> Iterator[Job]:
        for account, budget in enumerate(self.budgets):
            found = self._upkeep.next_call(account, budget, now)
            if found is not None:
                call, lane = found
                job = self._job(call, account, lane, now)
                self.facts.append(Called(job.id, call))
                yield job


def action_of(call: Call) -> str:
    """Return the name of the API action of a call, which has a token bucket of its own."""
    return ACTIONS[type(call)]
