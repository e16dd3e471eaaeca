"""The sidecar of external-dns: `python -m bench.webhook [--records N] [--seconds S]`.

Printed: resident memory at rest beside a small zone; how long `GET /records` takes with many record sets, and what it adds to the
memory at its peak; how long a `POST /records` takes that changes all of them while Route53 throttles every call; and what the real
external-dns asks of Route53 in the same seconds of a tape through the webhook, through its own AWS provider, and through that with its
caches on (needs Go once; `--seconds 0` leaves it out).

Rules kept here:
- Beside the seconds on the clock stand those of CPU that dnsguard itself took, all threads: the clock's grow with what else runs here.
- Memory is VmRSS, its peak VmHWM, which the kernel is told to begin anew before each request (proc(5), clear_refs).
- All external-dns run at the same time on the same API server, each with a strict Route53 of its own.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec.structs import replace

from bench.programs import TICKS, TUNING
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53, Throttle
from dnsguard.model.webhook import HookChanges, HookEndpoint
from dnsguard.web.webhook import MEDIA_TYPE
from tests.interop.cluster import free_ports
from tests.interop.sidecar import Pod, Process, external_dns

ZONE, ZONE_ID = "example.com", "Z1BENCH"
TAPE = "traefik-3.1.0-duo"
PATIENCE = 300.0
SETTLING = 15.0
TIMES = 5
"""How often the records are asked for."""


class Sidecar:
    """A `dnsguard webhook` beside a zone with *records* record sets."""

    def __init__(self, folder: Path, records: int, stack: ExitStack) -> None:
        self._strict = StrictRoute53("cbt-10")
        self._strict.create_zone(ZONE, zone_id=ZONE_ID)
        self._strict.load(ZONE_ID, list(_sets(records // 2)))
        route53 = stack.enter_context(Route53Server(self._strict))
        self._hook, self._probes = free_ports(2)
        config = folder / f"{records}.yaml"
        config.write_text(
            yaml.safe_dump(
                {
                    "zones": [{"domains": [ZONE]}],
                    "ownership": {"owner": "bench"},
                    "policy": "sync",
                    "aws": {"endpoint_url": route53.url},
                    "budget": {"profile": "cbt-10", "share": 1.0},
                    "state": {"path": str(folder / f"{records}.sqlite")},
                    "http": {"listen": f"127.0.0.1:{self._probes}", "api": ""},
                    "webhook": {"listen": f"127.0.0.1:{self._hook}", "watch": "never"},
                }
            )
        )
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("dnsguard"), "webhook", "--config", config], stderr=subprocess.DEVNULL
        )
        stack.callback(self._process.wait)
        stack.callback(self._process.terminate)
        self._wait()

    def resident(self, what: str = "VmRSS") -> float:
        """Return the resident memory in MB, or its peak (VmHWM)."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines())
        return int(lines[what].split()[0]) / 1024

    def cpu(self) -> float:
        """Return the CPU seconds spent so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def ask(self) -> tuple[float, float, float, int]:
        """Ask for the records once; return the seconds, those of CPU, the megabytes that it took at its peak, and the bytes told."""
        spent, before = self.cpu(), self.resident()
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")
        began = time.perf_counter()
        with urllib.request.urlopen(self._request("/records"), timeout=60) as answer:
            body = answer.read()
        return time.perf_counter() - began, self.cpu() - spent, self.resident("VmHWM") - before, len(body)

    def change_all(self) -> tuple[float, float]:
        """Let another TTL be asked for every name while Route53 throttles every call; return the seconds until the answer, and of CPU."""
        self._strict.faults.inject(Throttle())
        with urllib.request.urlopen(self._request("/records"), timeout=60) as answer:
            told = msgspec.json.decode(answer.read(), type=list[HookEndpoint])
        old = tuple(each for each in told if each.type == "A")
        changes = HookChanges(update_old=old, update_new=tuple(replace(each, ttl=77) for each in old))
        began, spent = time.perf_counter(), self.cpu()
        with urllib.request.urlopen(self._request("/records", msgspec.json.encode(changes)), timeout=60) as answer:
            answer.read()
        return time.perf_counter() - began, self.cpu() - spent

    def _request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        headers = {"Accept": MEDIA_TYPE} if body is None else {"Content-Type": MEDIA_TYPE}
        return urllib.request.Request(f"http://127.0.0.1:{self._hook}{path}", data=body, headers=headers)

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._probes}/readyz", timeout=10):
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("dnsguard is not ready")


def _sets(names: int) -> Iterator[dict[str, Any]]:
    for number in range(names):
        text = f'"heritage=external-dns,external-dns/owner=bench,external-dns/resource=httproute/team/app-{number}"'
        yield {"Name": f"app-{number}.{ZONE}.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        yield {"Name": f"a-app-{number}.{ZONE}.", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": text}]}


def measured(folder: Path, records: int) -> dict[str, Any]:
    """Return the figures of a sidecar at rest, and of one that tells many record sets."""
    with ExitStack() as stack:
        small = Sidecar(folder, 400, stack)
        time.sleep(2)
        idle = small.resident()
    with ExitStack() as stack:
        large = Sidecar(folder, records, stack)
        time.sleep(2)
        resident = large.resident()
        asked = [large.ask() for _ in range(TIMES)]
        accepting, spent = large.change_all()
    return {
        "idle_mb": round(idle, 1),
        "records": records,
        "resident_mb": round(resident, 1),
        "seconds": round(statistics.median(seconds for seconds, _, _, _ in asked), 3),
        "longest_s": round(max(seconds for seconds, _, _, _ in asked), 3),
        "cpu_s": round(statistics.median(cpu for _, cpu, _, _ in asked), 3),
        "extra_mb": round(max(extra for _, _, extra, _ in asked), 1),
        "accepting_s": round(accepting, 3),
        "accepting_cpu_s": round(spent, 3),
        "answer_mb": round(asked[0][3] / 1e6, 1),
    }


async def calls(folder: Path, seconds: float) -> dict[str, Counter[str]]:
    """Return what three external-dns ask of Route53 in the first *seconds* of the tape."""
    path = str(files("dnsguard.lab") / "tapes" / f"{TAPE}.jsonl.gz")
    async with TapeServer(path, speed=1.0) as tape:
        with ExitStack() as stack:
            ways = {way: _account(stack) for way in ("through the webhook", "its AWS provider", "its AWS provider, tuned")}
            pod = Pod(folder, tape.url, ways["through the webhook"])
            stack.callback(pod.stop)
            await pod.start()
            pod.external_dns.start()
            for way, flags in (("its AWS provider", ()), ("its AWS provider, tuned", TUNING)):
                program = Process(_own_provider(folder, flags), folder / f"{len(flags)}.log", _environ(ways[way]))
                stack.callback(program.stop)
                program.start()
            await pod.until(lambda: tape.position() >= seconds or tape.done, "the tape", seconds + 60)
            await pod.wait(SETTLING)
            return {way: Counter(server.strict.calls) for way, server in ways.items()}


def _account(stack: ExitStack) -> Route53Server:
    strict = StrictRoute53("cbt-10")
    strict.create_zone(ZONE, zone_id=ZONE_ID)
    return stack.enter_context(Route53Server(strict))


def _own_provider(folder: Path, flags: tuple[str, ...]) -> list[str]:
    argv = [flag for flag in external_dns(folder / "open.kubeconfig", 0) if not flag.startswith(("--provider", "--webhook"))]
    return [*argv, "--provider=aws", *flags]


def _environ(server: Route53Server) -> dict[str, str]:
    return {**os.environ, "AWS_ENDPOINT_URL_ROUTE_53": server.url, "AWS_ENDPOINT_URL": server.url}


def report(found: dict[str, Any], asked: dict[str, Counter[str]], seconds: float) -> str:
    """Return the figures for people."""
    took = f"median {found['seconds']} s ({found['cpu_s']} s of CPU), longest of {TIMES} {found['longest_s']} s"
    told = f"{found['answer_mb']} MB, {found['extra_mb']} MB more memory at its peak"
    accepted = f"204 after {found['accepting_s']} s ({found['accepting_cpu_s']} s of CPU)"
    lines = [
        f"idle, 400 record sets: {found['idle_mb']} MB resident",
        f"{found['records']} record sets: {found['resident_mb']} MB resident; GET /records: {took}; {told}",
        f"POST /records that changes {found['records'] // 2} names, every call throttled: {accepted}",
    ]
    for way, counted in asked.items():
        said = ", ".join(f"{count} {action}" for action, count in sorted(counted.items())) or "none"
        lines.append(f"{seconds:g} s of {TAPE}, external-dns {way}: {said}")
    return "\n".join(lines)


@contextmanager
def _alone() -> Iterator[Path]:
    lend_credentials()
    os.environ["AWS_REGION"] = "us-east-1"
    with tempfile.TemporaryDirectory(prefix="bench-webhook-") as folder:
        yield Path(folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhook", description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=50_000, help="record sets that are told")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of the tape; 0: no real external-dns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    wanted = parser.parse_args()
    with _alone() as folder:
        found = measured(folder, wanted.records)
        asked = asyncio.run(calls(folder, wanted.seconds)) if wanted.seconds else {}
    print(report(found, asked, wanted.seconds))
    if wanted.json:
        wanted.json.write_text(json.dumps({**found, "calls": asked}, indent=2) + "\n")


if __name__ == "__main__":
    main()
