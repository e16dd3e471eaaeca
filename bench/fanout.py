"""A Gateway change that touches every route: `python -m bench.fanout [--routes N]`.

Prints how much memory an engine with so many routes needs, how long the change takes to be resolved and planned, how long the
longest single call into the engine was (apart from the interpreter's garbage collection, and with it), and in which batch a
small change leaves that was made meanwhile. Route53 accepts everything at once and keeps nothing, so that only dnsguard is
measured. Times are CPU seconds of one core.
"""

import argparse
import gc
import json
import time
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from dnsguard.app import build_engine
from dnsguard.core.budget import ENDLESS
from dnsguard.lab.objects import gateway, route
from dnsguard.model.changes import (
    Accepted,
    Change,
    ChangeInfo,
    Create,
    Job,
    ListRecords,
    ListZones,
    Outcome,
    Page,
    Write,
    ZoneFound,
    ZonePage,
)
from dnsguard.model.events import Event, Listed, Upserted
from dnsguard.model.settings import BudgetSettings, Ownership, Settings, ZoneEntry

SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),),
    ownership=Ownership(owner="bench"),
    policy="sync",
    budget=BudgetSettings(share=1.0, requests=ENDLESS, actions=ENDLESS, changes=ENDLESS),
)
LATENCY = 0.05


class Bench:
    """One engine under virtual time, with every call into it timed."""

    def __init__(self) -> None:
        self.now = 0.0
        self.engine = build_engine(SETTINGS, Random(0), self.now)
        self.spent = 0.0
        self.longest = 0.0
        self.writes: list[Write] = []
        self._answers: list[tuple[float, int, Job]] = []
        self._order = count()

    def timed(self, call: Any, *arguments: Any) -> Any:
        """Call the engine and take the time."""
        begun = time.process_time()
        result = call(*arguments)
        took = time.process_time() - begun
        self.spent += took
        self.longest = max(self.longest, took)
        return result

    def observe(self, event: Event) -> None:
        """Hand in one event."""
        self.timed(self.engine.observe, event, self.now)

    def reset(self) -> None:
        """Begin a new measurement."""
        self.spent = self.longest = 0.0
        self.writes.clear()

    def run(self, *, until_writes: int | None = None) -> None:
        """Go on until nothing is left to do, or so many writes have left."""
        while until_writes is None or len(self.writes) < until_writes:
            for job in self.timed(self.engine.take, self.now):
                if isinstance(job.call, Write):
                    self.writes.append(job.call)
                heappush(self._answers, (self.now + LATENCY, next(self._order), job))
            self.engine.facts()
            wake = self.engine.busy_until()
            moments = [at for at in (wake, self._answers[0][0] if self._answers else None) if at is not None]
            if not moments:
                return
            self.now = max(self.now, min(moments))
            while self._answers and self._answers[0][0] <= self.now:
                job = heappop(self._answers)[2]
                self.timed(self.engine.settle, job, _answer(job), self.now)


def _answer(job: Job) -> Outcome:
    match job.call:
        case ListZones():
            return Accepted(ZonePage((ZoneFound("Z1", "example.com", private=False),)))
        case ListRecords():
            return Accepted(Page(()))
        case _:
            return Accepted(ChangeInfo("C1"))


def _small(change: Change) -> bool:
    return isinstance(change, Create) and change.after.name == "small.example.com"


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def measure(routes: int) -> dict[str, Any]:
    """Fill an engine with *routes* routes and change their Gateway; return the figures."""
    before = _resident()
    bench = Bench()
    refs = set()
    for number in range(routes):
        view = route(f"app-{number}", [f"app-{number}.example.com"], namespace=f"team-{number % 50}")
        refs.add(view.ref)
        bench.observe(Upserted(view, "1"))
    bench.observe(Upserted(gateway(["192.0.2.1"]), "1"))
    bench.observe(Listed("Gateway", frozenset([gateway([]).ref])))
    bench.observe(Listed("Namespace", frozenset()))
    bench.observe(Listed("HTTPRoute", frozenset(refs)))
    del refs
    bench.run()
    gc.collect()
    gc.freeze()
    resident = _resident()
    bench.reset()
    bench.observe(Upserted(gateway(["192.0.2.2"]), "1"))
    bench.run(until_writes=2)
    bench.observe(Upserted(route("small", ["small.example.com"]), "1"))
    sent = len(bench.writes)
    bench.run()
    batch = next(number for number, write in enumerate(bench.writes) if any(map(_small, write.changes)))
    return {
        "routes": routes,
        "resident_mb": round(resident),
        "of_that_before_mb": round(before),
        "fan_out_cpu_s": round(bench.spent, 2),
        "us_per_route": round(bench.spent / routes * 1e6, 1),
        "longest_call_ms": round(bench.longest * 1e3, 1),
        "batches": len(bench.writes),
        "batches_until_the_small_change": batch - sent + 1,
        "seconds_until_it_was_due": float(SETTINGS.debounce.quiet),
        "seconds_per_batch": LATENCY,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--routes", type=int, default=100_000)
    print(json.dumps(measure(parser.parse_args().routes), indent=2))


if __name__ == "__main__":
    main()
