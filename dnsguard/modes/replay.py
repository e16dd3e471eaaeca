"""Replay: the engine under virtual time against a simulated Route53.

The stream's frames are decoded as everywhere; time jumps from one event, answer or wake-up to the next, on past the end
of the stream until only routine looks for zones would wake the engine.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from dnsguard.core.engine import Engine
from dnsguard.model.changes import Call, Job, Outcome
from dnsguard.model.events import Event
from dnsguard.model.facts import Fact

HORIZON = 3600.0
"""Seconds after the last event at which a replay ends although something would still be tried again."""


class Port(Protocol):
    """A simulated Route53."""

    def carry_out(self, call: Call, now: float) -> tuple[Outcome, float]:
        """Carry out *call* at *now*; return the outcome and the seconds that the answer takes."""


def replay(engine: Engine, stream: Iterable[tuple[float, Event]], port: Port, tell: Callable[[Fact, float], None]) -> float:
    """Run *engine* through *stream*, events with their seconds in order; return the virtual time at the end."""
    events = iter(stream)
    upcoming = next(events, None)
    answers: list[tuple[float, int, Job, Outcome]] = []
    order = count()
    now = end = 0.0
    while True:
        wake = engine.wake_at() if upcoming is not None else engine.busy_until()
        moments = [at for at in (wake, answers[0][0] if answers else None, upcoming[0] if upcoming else None) if at is not None]
        if not moments or min(moments) > end + HORIZON:
            return now
        now = max(now, min(moments))
        facts: list[Fact] = []
        while answers and answers[0][0] <= now:
            _, _, job, outcome = heappop(answers)
            facts += engine.settle(job, outcome, now)
        while upcoming is not None and upcoming[0] <= now:
            end = upcoming[0]
            facts += engine.observe(upcoming[1], now)
            upcoming = next(events, None)
        for job in engine.take(now):
            outcome, seconds = port.carry_out(job.call, now)
            heappush(answers, (now + seconds, next(order), job, outcome))
        for fact in (*facts, *engine.facts()):
            tell(fact, now)
