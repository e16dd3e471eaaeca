"""The demo: a recorded Traefik v3.1.0 stream over real HTTP into a strict Route53, on a clock that runs faster.

Rules kept here:

- Everything is as in production but the clock: the API server, Route53 and dnsguard all live *speed* times as fast, so debounce,
  budget and the grace of deletions keep their proportions.
- The tape stands still until dnsguard is ready, so that every edit meets a filled zone, however long the start takes.
- It ends when the tape is over and nothing but routine is left, graces included.
"""

import asyncio
import os
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from dnsguard.app import Controller, kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.incumbent import TAPE, TUNED, UNTUNED
from dnsguard.lab.rehearsal import least
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.settings import Aws, Cluster, Ownership, Settings, ZoneEntry
from dnsguard.modes.clock import SteadyClock
from dnsguard.modes.tally import Tally, percentiles

ZONE = "example.com"
READS = ("ListHostedZones", "ListResourceRecordSets")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Nothing of the demo leaves this machine."""

Progress = Callable[[float, Tally], None]
"""Hears how far the demo is, 0 to 1, and what happened so far."""


def demo_settings(cluster: str = "", route53: str = "") -> Settings:
    """Return the demo's settings: all defaults, and what has to be said."""
    return Settings(
        zones=(ZoneEntry(domains=(ZONE,)),),
        ownership=Ownership(owner="demo"),
        policy="sync",
        cluster=Cluster(server=cluster),
        aws=Aws(endpoint_url=route53, region="us-east-1"),
    )


async def play(speed: float, progress: Progress) -> dict[str, Any]:
    """Play the tape *speed* times as fast; return the report."""
    clock = SteadyClock(speed)
    strict = StrictRoute53("legacy-5")
    zone = strict.create_zone(ZONE)
    with as_file(files("dnsguard.lab") / "tapes" / f"{TAPE}.jsonl.gz") as path:
        server = Route53Server(strict, clock=clock.now).start()
        try:
            async with TapeServer(path, speed=speed) as cluster:
                settings = demo_settings(cluster.url, server.url)
                tally = Tally(float(settings.debounce.longest))
                await _watch(settings, clock, cluster, tally, progress)
        finally:
            server.stop()
        return _report(settings, path, strict, zone, tally)


def lend_credentials() -> None:
    """Give boto3 something to sign with in place of what this machine has; the strict Route53 does not look at it."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.upper() in PROXIES]:
        del os.environ[name]
    os.environ |= {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_EC2_METADATA_DISABLED": "true"}
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


async def _watch(settings: Settings, clock: SteadyClock, cluster: TapeServer, tally: Tally, progress: Progress) -> None:
    controller = Controller(settings, clock=clock, listeners=(tally.tell,), log=None)
    task = asyncio.create_task(controller.run(probes=False), name="controller")
    grace = float(settings.guard.delete_grace)
    whole = cluster.tape.seconds + grace
    begun: float | None = None
    cluster.pause()
    while not task.done():
        if controller.engine.idle():
            cluster.resume()
        over = cluster.done and tally.synced
        if over and begun is None:
            begun = clock.now()
        passed = cluster.position() if begun is None else cluster.tape.seconds + min(grace, clock.now() - begun)
        progress(min(1.0, passed / whole), tally)
        if over and controller.engine.idle() and controller.engine.busy_until() is None:
            break
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
    progress(1.0, tally)


def _report(settings: Settings, path: Path, strict: StrictRoute53, zone: str, tally: Tally) -> dict[str, Any]:
    counts = tally.counts()
    stopped = dict(tally.stopped)
    total = sum(stopped.values()) + tally.absorbed
    listings = -(-len(strict.records(zone)) // 300)
    reads = sum(tally.calls[action] for action in READS)
    return {
        "tape": TAPE,
        "events": {"total": total, "irrelevant": total - tally.absorbed, "relevant": tally.absorbed},
        "stopped": {"gate 1, same view": stopped.get("same-view", 0), "gate 2, same wish": stopped.get("same-wish", 0)},
        "changes": {"created": counts.created, "replaced": counts.replaced, "deleted": counts.deleted},
        "calls": dict(sorted(tally.calls.items())),
        "least_calls": least(settings, lambda: events(path, kinds_of(settings)), (ZONE,)),
        # A start lists the zones once, and each zone once; whatever is read or written beyond true changes would be useless.
        "useless_calls": max(0, reads - 1 - listings) + tally.empty_writes,
        "throttled": tally.throttled,
        "latency_s": percentiles(tally.later_waits),
        "record_sets": len(strict.records(zone)),
        "external_dns": {"untuned": UNTUNED, "tuned": TUNED},
    }
