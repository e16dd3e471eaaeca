"""Upkeep: calls for which nothing waits, made with tokens that nobody else wants.

Rules kept here:

- A zone that was read completely is read again `drift.period` later, give or take a tenth, so that zones do not come due
  together. A sample of the batches is followed until all name servers have them (`propagation`).
- Such a call leaves only when the buckets it takes from are full. Of several the one that is due longest goes first.
"""

from collections.abc import Iterator
from random import Random

from dnsguard.core.budget import Budget
from dnsguard.core.inventory import NEVER
from dnsguard.core.lane import Lane
from dnsguard.core.propagation import Propagation
from dnsguard.core.survey import Survey
from dnsguard.model.changes import ACTIONS, Accepted, Call, ChangeInfo, GetChange, ListRecords, Outcome, Refused
from dnsguard.model.facts import Fact, Verified
from dnsguard.model.settings import Settings

LIST = ACTIONS[ListRecords]
CHANGE = ACTIONS[GetChange]


class Upkeep:
    """Verification and propagation of all zones of *survey*."""

    def __init__(self, settings: Settings, survey: Survey, chance: Random) -> None:
        period = settings.drift.period
        self._period = NEVER if period == "never" else float(period)
        self._survey = survey
        self._chance = chance
        self._propagations = [Propagation() for _ in range(len(survey))]

    def wakes(self, budgets: list[Budget], now: float) -> Iterator[float]:
        """Yield the moments at which `next_call` could return something."""
        for account, budget in enumerate(budgets):
            due = self._propagations[account].due()
            if due is not None:
                yield max(due, budget.spare_at(CHANGE, now))
        for lane in self._survey.lanes.values():
            due = lane.verify_from()
            if due is not None and due < NEVER:
                yield max(due, budgets[lane.account].spare_at(LIST, now))

    def next_call(self, account: int, budget: Budget, now: float) -> tuple[Call, Lane | None] | None:
        """Return the call to make now with the spare tokens of *account*, and the lane that it reads; None if there is none."""
        propagation = self._propagations[account]
        due = propagation.due()
        if due is not None and due <= now and budget.spare_at(CHANGE, now) <= now:
            return propagation.next_call(), None
        lanes = [(at, lane) for lane in self._survey.lanes.values() if lane.account == account and (at := lane.verify_from()) is not None]
        at, lane = min(lanes, key=lambda pair: pair[0], default=(NEVER, None))
        if lane is None or at > now or budget.spare_at(LIST, now) > now:
            return None
        lane.reading.verify()
        return lane.reading.next_call(), lane

    def accepted(self, lane: Lane, info: ChangeInfo, now: float) -> None:
        """Take in that a batch was accepted."""
        self._propagations[lane.account].accepted(lane.zone.id, info, now)

    def answered(self, account: int, outcome: Outcome, now: float) -> Iterator[Fact]:
        """Take in the answer to a question for a batch."""
        propagation = self._propagations[account]
        if isinstance(outcome, Refused):
            propagation.give_up(now)
            return
        info = outcome.result if isinstance(outcome, Accepted) and isinstance(outcome.result, ChangeInfo) else None
        told = propagation.answered(info, now)
        if told is not None:
            yield told

    def read(self, lane: Lane, now: float) -> None:
        """Take in that a zone was read completely."""
        lane.verified_at = now
        lane.verify_at = now + self._period * (0.9 + 0.2 * self._chance.random())

    @staticmethod
    def verified(lane: Lane, changed: tuple[str, ...]) -> Verified:
        """Return what is told of a verification that found *changed* names."""
        ledger = lane.ledger
        ours = [name for name in changed if lane.breaker.owns(name)]
        missing = sum(len(ledger.lost.get(name, ())) for name in ours)
        edited = sum((held.value.name, held.value.type, held.value.set_id) in ledger.edited for name in ours for held in ledger.at(name))
        return Verified(lane.zone.id, lane.zone.name, len(ledger), missing, edited)
