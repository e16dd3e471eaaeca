"""The inquiry: carries out the calls of an inspection, one after another, each as its account's budget allows.

Rules kept here:

- No call leaves without its tokens, the first ones included, so that whoever shares the account's limits notices nothing.
- A call that is throttled, or meets a busy zone, is made again, a few times.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from dnsguard.core.backoff import BUSY
from dnsguard.core.budget import Budget
from dnsguard.core.inspection import Inspection
from dnsguard.model.changes import ACTIONS, Busy, Job, Outcome, Throttled, Write
from dnsguard.model.settings import BudgetSettings
from dnsguard.modes.driver import Clock

TRIES = 5
"""Attempts of one call."""


class Inquiry:
    """Asks through *carry_out*, with a budget for each of *accounts* accounts."""

    def __init__(
        self, carry_out: Callable[[Job], Awaitable[Outcome]], budget: BudgetSettings, accounts: int, clock: Clock, chance: Random
    ) -> None:
        self._carry_out = carry_out
        self._clock = clock
        self._chance = chance
        self._budgets = [Budget(budget, clock.now()) for _ in range(accounts)]

    async def run(self, inspection: Inspection, progress: Callable[[int, int], None]) -> None:
        """Carry *inspection* out; *progress* hears, after each call, how many were made, of how many (0: not known yet)."""
        jobs = inspection.run()
        outcome: Outcome | None = None
        while True:
            try:
                job = next(jobs) if outcome is None else jobs.send(outcome)
            except StopIteration:
                return
            outcome = await self._answer(job)
            progress(inspection.asked, inspection.total)

    async def _answer(self, job: Job) -> Outcome:
        action, changes = ACTIONS[type(job.call)], len(job.call.changes) if isinstance(job.call, Write) else 0
        budget, until = self._budgets[job.account], self._clock.now()
        for attempt in range(1, TRIES + 1):
            await self._wait(max(until, budget.ready_at(action, changes, self._clock.now())))
            budget.spend(action, changes, self._clock.now())
            outcome = await self._carry_out(job)
            if isinstance(outcome, Throttled):
                budget.throttled(action, changes, self._clock.now())
            elif isinstance(outcome, Busy):
                until = self._clock.now() + BUSY.delay(attempt, self._chance)
            else:
                break
        return outcome

    async def _wait(self, until: float) -> None:
        while self._clock.now() < until:
            await self._clock.wait(asyncio.Event(), until)
