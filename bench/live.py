"""dnsguard beside the real external-dns, on one real API server: `python -m bench.live [--routes N] [--rate R] [--seconds S]`.

A controller rewrites `lastTransitionTime` of one route after another, which means nothing to DNS. Every program watches all of
it and has a strict Route53 of its own with the same zone, which is in order already. Printed for each program: CPU time per
useless event, resident memory, and what it asked of Route53 from the first useless event until some seconds after the last.
`--pod` gives the programs the files of a service account, as they have in a pod, instead of a kubeconfig, for which dnsguard
loads a large library (needs root and Linux). `--json FILE` also writes the figures there. Needs Go once, to build the peers
(`make interop` does it too).

Rules kept here:
- All programs run at the same time under the same events, so that a busy machine is equally busy for each.
- Nothing is taken off: what a program does on its own account meanwhile counts as well.
- A run in which dnsguard did not see each event, or a zone was changed, ends with an error instead of figures.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.churn import Administrator, administrator
from bench.programs import TUNING, ZONE, ZONE_ID, Program, filled
from tests.interop.cluster import Cluster

PATIENCE = 120.0
"""Seconds that a program may take until it has read its zone."""
SETTLING = 20.0
"""Seconds without an event before the first one: external-dns syncs up to 5 s after its start."""
AFTERWARDS = 6.0
"""Seconds after the last event in which its consequences still come: external-dns syncs every 5 s at most."""
PROGRAMS: dict[str, tuple[str, ...] | None] = {
    "dnsguard": None,
    "external-dns": ("--events",),
    "external-dns, tuned": ("--events", *TUNING),
}
WRITE = "ChangeResourceRecordSets"


def measure(cluster: Cluster, routes: int, rate: float, seconds: float, *, pod: bool) -> list[dict[str, Any]]:
    """Fill *cluster* with *routes* routes, let them churn, and return the figures of each program."""
    with ExitStack() as stack:
        programs = [stack.enter_context(Program(name, cluster, flags, pod=pod)) for name, flags in PROGRAMS.items()]
        return asyncio.run(_measured(cluster, programs, routes, rate, seconds))


async def _measured(cluster: Cluster, programs: Sequence[Program], routes: int, rate: float, seconds: float) -> list[dict[str, Any]]:
    async with administrator(cluster, routes, ZONE) as hand:
        _say(f"putting {routes} routes into the cluster")
        await hand.fill()
        _say("letting external-dns fill the zone once")
        records = await asyncio.to_thread(filled, cluster)
        for program in programs:
            program.strict.load(ZONE_ID, records)
            program.start()
        await _ready(programs)
        await asyncio.sleep(SETTLING)
        _say(f"{rate:g} useless events a second for {seconds:g} s")
        return await _churned(programs, hand, rate, seconds, len(records))


async def _churned(programs: Sequence[Program], hand: Administrator, rate: float, seconds: float, records: int) -> list[dict[str, Any]]:
    before = [(program.cpu(), program.calls(), await asyncio.to_thread(program.stopped)) for program in programs]
    begin = time.monotonic()
    frames = await hand.churn(rate, seconds)
    took = time.monotonic() - begin
    await asyncio.sleep(AFTERWARDS)
    rows = []
    for program, (cpu, calls, stopped) in zip(programs, before, strict=True):
        spent, made = program.cpu() - cpu, program.calls() - calls
        seen = await asyncio.to_thread(program.stopped) - stopped if program.ours else frames
        if seen != frames or made[WRITE]:
            raise SystemExit(f"{program.name} saw {seen} of {frames} events and made {made[WRITE]} changes:\n{program.said()}")
        rows.append(
            {
                "program": program.name,
                "routes": hand.routes,
                "record_sets": records,
                "seconds": round(took, 1),
                "frames": seen,
                "cpu_s": round(spent, 2),
                "cpu_ms_per_event": round(spent / frames * 1e3, 3),
                "resident_mb": round(program.resident(), 1),
                "calls": dict(sorted(made.items())),
            }
        )
    return rows


async def _ready(programs: Sequence[Program]) -> None:
    end = time.monotonic() + PATIENCE
    waiting = list(programs)
    while waiting:
        if time.monotonic() > end:
            raise SystemExit("\n".join(f"{program.name} is not ready:\n{program.said()}" for program in waiting))
        await asyncio.sleep(0.5)
        waiting = [program for program in waiting if not await asyncio.to_thread(program.ready)]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures for people, one line for each program."""
    first = rows[0]
    head = f"{first['routes']} routes, {first['record_sets']} record sets, {first['frames']} useless events in {first['seconds']} s\n"
    lines = [f"{'program':<20} {'frames':>7} {'CPU s':>7} {'CPU ms/event':>13} {'MB':>7}  Route53 calls"]
    for row in rows:
        calls = ", ".join(f"{count} {action}" for action, count in row["calls"].items()) or "none"
        cpu, each, resident = row["cpu_s"], row["cpu_ms_per_event"], row["resident_mb"]
        lines.append(f"{row['program']:<20} {row['frames']:>7} {cpu:>7.2f} {each:>13.3f} {resident:>7.1f}  {calls}")
    return head + "\n".join(lines)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__.splitlines()[0])
    parser.add_argument("--routes", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=10.0, help="useless events a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pod", action="store_true", help="let the programs run as in a pod (needs root)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-live-") as folder, Cluster(Path(folder)) as cluster:
        cluster.install()
        rows = measure(cluster, wanted.routes, wanted.rate, wanted.seconds, pod=wanted.pod)
    print(table(rows))
    if wanted.json:
        wanted.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
