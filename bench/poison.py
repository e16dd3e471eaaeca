"""What poison costs, beside the real external-dns: `python -m bench.poison [--json] [--quick]`.

A cluster has 250 new names, of which 1, 5 or 50 ask for something that Route53 refuses. Both programs make one pass over it
(`--once`) with an empty zone of their own on the strict Route53 over HTTP; counted are their calls of
ChangeResourceRecordSets, and which names are there in the end. Once Route53 names who was meant, once its words are ones
that nobody has read before. Needs external-dns built from its Go modules (`make interop` does it); without Go its numbers are
those measured elsewhere, and said to be.

Rules kept here:
- Both programs get the same cluster, byte for byte, and the same refusals; neither is throttled by its Route53 or by itself.
- A run in which a sound name is missing in the end ends with an error instead of figures.
"""

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.poisoned import ZONE, names, poisoned_tape
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import Reworded, StrictRoute53
from tests.interop import building
from tests.interop.cluster import free_ports

ZONE_ID = "Z1BENCH"
OWNER = "bench"
WRITE = "ChangeResourceRecordSets"
PATIENCE = 300.0
"""Seconds that one pass may take."""
ROUTES, POISONED = 250, (1, 5, 50)
QUICK_ROUTES, QUICK_POISONED = 40, (1, 4)
UNREADABLE = Reworded("The weather is bad, and [so] are the roads")
MEASURED_ELSEWHERE = {1: 252}
"""Writes of external-dns v0.21 in its first synchronisation of 250 names, by how many of them were refused: measured with the
real program against moto as Route53."""

CONFIG = """
zones: [{{domains: [{zone}]}}]
ownership: {{owner: {owner}}}
policy: sync
cluster: {{server: "{cluster}"}}
aws: {{endpoint_url: "{route53}"}}
budget: {{share: 1.0, requests: {plenty}, actions: {plenty}, changes: {{rate: 100000, burst: 100000}}}}
"""
PLENTY = "{rate: 10000, burst: 10000}"
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: bench
clusters: [{{name: bench, cluster: {{server: "{cluster}"}}}}]
contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]
users: [{{name: bench, user: {{}}}}]
"""


def measure(routes: int, poisoned: Sequence[int], *, theirs: bool) -> list[dict[str, Any]]:
    """Return a row for each number of poisoned names, with and without words that can be read; *theirs*: external-dns too."""
    return [asyncio.run(_row(routes, number, readable=readable, theirs=theirs)) for readable in (True, False) for number in poisoned]


async def _row(routes: int, poisoned: int, *, readable: bool, theirs: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bench-poison-") as folder:
        async with TapeServer(poisoned_tape(routes, poisoned)) as cluster:
            cluster.pause()
            ours = await _pass(_dnsguard, Path(folder), cluster.url, routes, poisoned, readable=readable)
            other = await _pass(_external_dns, Path(folder), cluster.url, routes, poisoned, readable=readable) if theirs else None
    if other is None and routes == ROUTES:
        other = MEASURED_ELSEWHERE.get(poisoned)
    bound = 2 if readable else 2 * poisoned * (math.log2(routes) + 1)
    return {
        "names": routes,
        "poisoned": poisoned,
        "readable": readable,
        "dnsguard": ours,
        "bound": round(bound, 1),
        "external_dns": other,
        "ratio": None if other is None else round(other / ours, 1),
    }


async def _pass(command: Any, folder: Path, cluster: str, routes: int, poisoned: int, *, readable: bool) -> int:
    """Let a program make one pass; return how many writes it made."""
    strict = StrictRoute53()
    strict.create_zone(ZONE, zone_id=ZONE_ID)
    if not readable:
        strict.faults.inject(UNREADABLE, WRITE)
    with Route53Server(strict) as route53:
        order = command(folder, cluster, route53.url)
        process = await asyncio.create_subprocess_exec(
            *order, env=_environ(folder, route53.url), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        except TimeoutError:
            process.kill()
            raise SystemExit(f"{order[0]} did not come to an end") from None
    there = {record["Name"].rstrip(".") for record in strict.records(ZONE_ID) if record["Type"] == "A"} & names(routes)
    if len(there) != routes - poisoned:
        raise SystemExit(f"{order[0]} published {len(there)} of {routes - poisoned} sound names:\n{said.decode(errors='replace')[-4000:]}")
    return strict.calls[WRITE]


def _environ(folder: Path, route53: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "HOME": str(folder)}
    return {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL_ROUTE_53": route53, "AWS_ENDPOINT_URL": route53, **keys, **files}


def _dnsguard(folder: Path, cluster: str, route53: str) -> list[str]:
    config = folder / "dnsguard.yaml"
    config.write_text(CONFIG.format(zone=ZONE, owner=OWNER, cluster=cluster, route53=route53, plenty=PLENTY))
    return [str(Path(sys.executable).with_name("dnsguard")), "run", "--once", "--config", str(config)]


def _external_dns(folder: Path, cluster: str, _: str) -> list[str]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG.format(cluster=cluster))
    return [
        str(building.program("externaldns")),
        "--once",
        "--source=gateway-httproute",
        "--provider=aws",
        "--policy=sync",
        "--registry=txt",
        f"--txt-owner-id={OWNER}",
        f"--domain-filter={ZONE}",
        f"--kubeconfig={kubeconfig}",
        f"--metrics-address=127.0.0.1:{free_ports(1)[0]}",
        # It sleeps so long between two writes; the number of writes is the same.
        "--aws-batch-change-interval=0s",
    ]


def table(rows: Sequence[dict[str, Any]], *, measured: bool) -> str:
    """Return the figures for people, one line for each number of poisoned names."""
    lines = [
        f"calls of {WRITE} to publish {rows[0]['names']} new names, of which some are refused",
        "",
        f"{'what Route53 says':<28}{'poisoned':>9}{'dnsguard':>10}{'at most':>9}{'external-dns':>14}{'ratio':>8}",
    ]
    for row in rows:
        words = "who was meant" if row["readable"] else "what nobody has read before"
        other, ratio = ("-", "-") if row["external_dns"] is None else (row["external_dns"], row["ratio"])
        lines.append(f"{words:<28}{row['poisoned']:>9}{row['dnsguard']:>10}{row['bound']:>9g}{other:>14}{ratio:>8}")
    source = "measured in this run" if measured else "v0.21 measured elsewhere, with words that can be read; Go would build it here"
    return "\n".join([*lines, "", f"external-dns: {source}"])


def _built() -> bool:
    try:
        building.program("externaldns")
    except (building.NoGo, subprocess.CalledProcessError) as trouble:
        print(f"external-dns is not measured: {trouble}", file=sys.stderr)
        return False
    return True


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.poison", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUTES} names instead of {ROUTES}")
    parser.add_argument("--without", action="append", default=[], choices=["external-dns"], help="do not measure it")
    wanted = parser.parse_args(arguments)
    theirs = "external-dns" not in wanted.without and _built()
    routes, poisoned = (QUICK_ROUTES, QUICK_POISONED) if wanted.quick else (ROUTES, POISONED)
    rows = measure(routes, poisoned, theirs=theirs)
    print(json.dumps(rows, indent=2) if wanted.json else table(rows, measured=theirs))


if __name__ == "__main__":
    main(sys.argv[1:])
