"""The driver: one engine under asyncio.

Rules kept here:

- The engine is called from one task at a time and never waits; what it wants done runs beside it.
- Nothing polls: the driver sleeps until the engine's next moment, an event that changed something, or an answer.
- Every fact goes to everyone who listens, with the moment it was told.
- What has to survive is kept before a call leaves that it tells of. What events and answers change is kept with the next
  round, which they begin at once: while one write is under way, what comes gathers for the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from dnsguard.core.engine import Engine
from dnsguard.model.changes import Job, Outcome
from dnsguard.model.entries import Entry
from dnsguard.model.events import Event
from dnsguard.model.facts import Fact, Stopped
from dnsguard.model.orders import Order, Reply

Listener = Callable[[Fact, float], None]


class Clock(Protocol):
    """Time in seconds that never jumps; a clock of the lab may run faster than the wall's."""

    def now(self) -> float:
        """Return the present moment."""

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Wait until *event* is set or the moment *until* has come, whichever is first."""


class Keeper(Protocol):
    """Keeps what has to survive a restart."""

    async def keep(self, entries: Sequence[Entry]) -> bool:
        """Keep *entries*, all or none; return whether everything has to be handed over anew."""


class Driver:
    """Runs *engine*: hands events in, has its jobs carried out, hands their outcomes back; sets *resting* when at rest.

    Without a *keeper* nothing survives the process.
    """

    def __init__(
        self,
        engine: Engine,
        carry_out: Callable[[Job], Awaitable[Outcome]],
        clock: Clock,
        listeners: Iterable[Listener],
        resting: asyncio.Event | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._engine = engine
        self._carry_out = carry_out
        self._clock = clock
        self._listeners = list(listeners)
        self._resting = resting
        self._keeper = keeper
        self._changed = asyncio.Event()
        self._waiting: set[asyncio.Event] = set()
        self._under_way = 0
        self._unkept: list[asyncio.Future[None]] = []

    def listen(self, listener: Listener) -> None:
        """Let *listener* hear every fact from now on."""
        self._listeners.append(listener)

    def observe(self, event: Event) -> None:
        """Hand one event of the stream to the engine."""
        facts = self._engine.observe(event, self._clock.now())
        self.tell(facts)
        if not facts or not all(isinstance(fact, Stopped) for fact in facts):
            self._changed.set()

    def order(self, order: Order) -> Reply:
        """Hand what a person says to the engine, and wake up for what comes of it."""
        reply = self._engine.order(order, self._clock.now())
        self.tell(self._engine.facts())
        self._changed.set()
        return reply

    def wake(self) -> None:
        """Look at once for what there is to do: somebody changed the engine's state."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool], patience: float) -> bool:
        """Wait until *condition* on the engine holds; return False if it does not within *patience* seconds of this machine."""
        turn = asyncio.Event()
        self._waiting.add(turn)
        try:
            async with asyncio.timeout(patience):
                while not condition():
                    turn.clear()
                    await turn.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(turn)
        return True

    async def kept(self) -> None:
        """Wake up, and return when what the engine was asked until now is kept, or cannot be."""
        waiter = asyncio.get_running_loop().create_future()
        self._unkept.append(waiter)
        self._changed.set()
        await waiter

    def at_rest(self) -> bool:
        """Return whether nothing is left to do now, or what is left keeps failing."""
        return not self._under_way and (self._engine.idle() or self._engine.failing())

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                jobs = self._engine.take(self._clock.now())
                self._under_way += len(jobs)
                self.tell(self._engine.facts())
                for turn in self._waiting:
                    turn.set()
                await self._keep()
                for job in jobs:
                    tasks.create_task(self._carry(job), name=f"call {job.id}")
                if self._resting is not None and self.at_rest():
                    self._resting.set()
                await self._clock.wait(self._changed, self._engine.wake_at())

    def tell(self, facts: Iterable[Fact]) -> None:
        """Hand *facts* to everyone who listens."""
        now = self._clock.now()
        for fact in facts:
            for listener in self._listeners:
                listener(fact, now)

    async def _keep(self) -> None:
        """Have kept what changed; what is left of much comes in the next round."""
        unkept, self._unkept = self._unkept, []
        if self._keeper is not None:
            entries = self._engine.entries(self._clock.now())
            if entries:
                self._changed.set()
            if await self._keeper.keep(entries):
                self._engine.rewrite()
                self._changed.set()
        for waiter in unkept:
            if not waiter.done():
                waiter.set_result(None)

    async def _carry(self, job: Job) -> None:
        outcome = await self._carry_out(job)
        self._under_way -= 1
        self.tell(self._engine.settle(job, outcome, self._clock.now()))
        self._changed.set()
