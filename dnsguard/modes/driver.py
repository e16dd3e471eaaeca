"""The driver: one engine under asyncio.

Rules kept here:

- The engine is called from one task at a time and never waits; what it wants done runs beside it.
- Nothing polls: the driver sleeps until the engine's next moment, an event that changed something, or an answer.
- Every fact goes to everyone who listens, with the moment it was told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from dnsguard.core.engine import Engine
from dnsguard.model.changes import Job, Outcome
from dnsguard.model.events import Event
from dnsguard.model.facts import Fact, Stopped

Listener = Callable[[Fact, float], None]


class Clock(Protocol):
    """Time in seconds that never jumps; a clock of the lab may run faster than the wall's."""

    def now(self) -> float:
        """Return the present moment."""

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Wait until *event* is set or the moment *until* has come, whichever is first."""


class Driver:
    """Runs *engine*: hands events in, has its jobs carried out, hands their outcomes back."""

    def __init__(self, engine: Engine, carry_out: Callable[[Job], Awaitable[Outcome]], clock: Clock, listeners: Iterable[Listener]) -> None:
        self._engine = engine
        self._carry_out = carry_out
        self._clock = clock
        self._listeners = tuple(listeners)
        self._changed = asyncio.Event()
        self._under_way = 0
        self.at_rest = asyncio.Event()

    def observe(self, event: Event) -> None:
        """Hand one event of the stream to the engine."""
        facts = self._engine.observe(event, self._clock.now())
        self._tell(facts)
        if not all(isinstance(fact, Stopped) for fact in facts) or not facts:
            self._changed.set()

    async def run(self) -> None:
        """Work until cancelled; `at_rest` is set while nothing is left to do now."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                for job in self._engine.take(self._clock.now()):
                    self._under_way += 1
                    tasks.create_task(self._carry(job), name=f"call {job.id}")
                self._tell(self._engine.facts())
                self._rest()
                await self._clock.wait(self._changed, self._engine.wake_at())

    async def _carry(self, job: Job) -> None:
        outcome = await self._carry_out(job)
        self._under_way -= 1
        self._tell(self._engine.settle(job, outcome, self._clock.now()))
        self._changed.set()

    def _rest(self) -> None:
        if not self._under_way and (self._engine.idle() or self._engine.failing()):
            self.at_rest.set()
        else:
            self.at_rest.clear()

    def _tell(self, facts: Iterable[Fact]) -> None:
        now = self._clock.now()
        for fact in facts:
            for listener in self._listeners:
                listener(fact, now)
