"""A warm restart with a large journal: `python -m bench.restart [--sets N]`.

Fills a zone through an engine that keeps a journal, two record sets for each route (one and its ownership TXT), and begins again
with what the journal remembers. Prints how large the file is, how long it takes until the zone is ready to be written, and,
apart from that, how long the lists of the cluster take. Route53 accepts everything at once; no listing of the zone is answered.
Seconds are those of the clock on the wall, and in brackets of the processor.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from bench.fanout import SETTINGS, _answer
from dnsguard.app import build_engine
from dnsguard.core.engine import Engine
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.model.changes import ListRecords, Write
from dnsguard.model.events import Event, Listed, Upserted
from dnsguard.model.facts import Fact, Synced, ZoneRead
from dnsguard.model.objects import View
from dnsguard.store.database import Database
from dnsguard.store.history import Chronicle
from dnsguard.store.journal import Journal


class Run:
    """One life of an engine with a journal, under virtual time."""

    def __init__(self, path: Path, now: float) -> None:
        self.now = now
        self.facts: list[Fact] = []
        self.calls: list[Any] = []
        self.chronicle = Chronicle(now)
        self.journal = Journal(Database(path, "bench", 1 << 30), self.facts.append, lambda: self.now, self.chronicle)
        self.engine: Engine = build_engine(SETTINGS, Random(0), now)

    def begin(self) -> None:
        """Take in what the journal remembers."""
        self.engine.recall(self.journal.recall(), self.now)

    async def go_on(self, until: type[Fact] | None = None) -> None:
        """Go on until nothing is left to do, or a fact of the kind *until* was told."""
        while True:
            jobs = self.engine.take(self.now)
            self._tell(self.engine.facts())
            entries = self.engine.entries(self.now)
            await self.journal.keep(entries)
            for job in jobs:
                self.calls.append(job.call)
                self._tell(self.engine.settle(job, _answer(job), self.now))
            if until is not None and any(isinstance(fact, until) for fact in self.facts):
                return
            wake = self.engine.busy_until()
            if wake is None and not entries and not jobs:
                return
            self.now = max(self.now, wake or self.now)

    def observe(self, events: list[Event]) -> None:
        """Hand in events."""
        for event in events:
            self._tell(self.engine.observe(event, self.now))

    def of(self, call: type) -> int:
        """Return how many calls of a kind left."""
        return sum(isinstance(each, call) for each in self.calls)

    def _tell(self, facts: list[Fact]) -> None:
        for fact in facts:
            self.chronicle.tell(fact, self.now)
        self.facts += [fact for fact in facts if isinstance(fact, (ZoneRead, Synced))]


def lists(routes: int) -> list[Event]:
    """Return the first lists of a cluster."""
    views: list[View] = [gateway(["192.0.2.1"]), namespace("team"), *(route(f"r{n}", [f"r{n}.example.com"]) for n in range(routes))]
    kinds = ("Gateway", "Namespace", "HTTPRoute")
    ends = [Listed(kind, frozenset(view.ref for view in views if view.ref.kind == kind)) for kind in kinds]
    return [*(Upserted(view, "1") for view in views), *ends]


async def measure(sets: int) -> dict[str, Any]:
    """Fill a journal and begin again; return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        events = lists(sets // 2)
        first = Run(path, 1_000_000.0)
        first.begin()
        first.observe(events)
        await first.go_on()
        first.journal.close()
        size = _size(Path(folder))

        again = Run(path, first.now + 10.0)
        marks = [(time.perf_counter(), time.process_time())]
        again.begin()
        marks.append((time.perf_counter(), time.process_time()))
        await again.go_on(ZoneRead)
        marks.append((time.perf_counter(), time.process_time()))
        again.observe(events)
        await again.go_on()
        marks.append((time.perf_counter(), time.process_time()))
        again.journal.close()
        return {
            "record sets": sets,
            "journal, MB": round(size / 1e6, 1),
            "until the journal is read": _between(marks[0], marks[1]),
            "until the zone is ready": _between(marks[0], marks[2]),
            "then, for the lists of the cluster": _between(marks[2], marks[3]),
            "zones listed, writes": (again.of(ListRecords), again.of(Write)),
        }


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())


def _between(start: tuple[float, float], end: tuple[float, float]) -> str:
    return f"{end[0] - start[0]:.2f} s ({end[1] - start[1]:.2f} s)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.sets))
    if arguments.json:
        print(json.dumps(found))
        return
    for label, value in found.items():
        print(f"{label:40} {value}")


if __name__ == "__main__":
    main()
