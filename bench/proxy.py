"""`python -m bench.proxy`: frames/s and added latency of the proxy at 1, 10 and 100 watchers, beside the same stream through HAProxy.

    python -m bench.proxy                  about two minutes
    python -m bench.proxy --minutes 10     with its memory over ten minutes of 5,000 frames/s
    chrt -f 1 python -m bench.proxy --parts latency     on a machine that others use as well

Rules kept here:
- Everything runs in one run on one machine: the stream itself without anything between, through HAProxy with one thread, and
  through `dnsguard proxy`. HAProxy hands bytes on and reads none of them; it is the floor, not a rival.
- What a program does on one core is frames per second of its CPU time: source and clients take cores of their own.
- Latency is from the moment when the source makes a frame to the moment when the client has read it, or the bookmark in its place; what is
  added is the difference of the percentiles to those of the stream itself. The frames of all watches add up to the rate.
- What a program waits for a core is told with its latency: where others have the cores, that is what is measured. `chrt -f 1` gives all
  that is measured the cores first.
- HAProxy comes from Debian (`apt-get install haproxy`). Without it, its lines are missing, and that is said.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.interop.cluster import free_ports

WATCHERS = (1, 10, 100)
RATE = 5000.0
PARTS = ["throughput", "latency", "memory"]
FLOOD = 200_000
TICKS = os.sysconf("SC_CLK_TCK")
HAPROXY = """
global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  option http-no-delay
frontend watches
  bind 127.0.0.1:{port}
  default_backend source
backend source
  server source 127.0.0.1:{source}
"""
DNSGUARD = """
cluster: {{server: "http://127.0.0.1:{source}"}}
proxy: {{listen: "127.0.0.1:{port}", summary: never}}
http: {{listen: "127.0.0.1:{probes}"}}
log: {{level: error}}
"""


class Between:
    """A program between source and clients; *process* None: there is none."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes] | None) -> None:
        self.name = name
        self.port = port
        self._process = process

    def cpu(self) -> float:
        """Return the CPU seconds that it has spent."""
        if self._process is None:
            return 0.0
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def waited(self) -> float:
        """Return the seconds that it wanted a core and had none, because others had them (Linux, /proc/PID/schedstat)."""
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[1]) / 1e9 if self._process else 0.0

    def resident(self) -> float:
        """Return its resident memory in MB."""
        lines = dict(
            line.split(":", 1) for line in Path(f"/proc/{self._process.pid if self._process else 0}/status").read_text().splitlines()
        )
        return int(lines["VmRSS"].split()[0]) / 1024


@contextmanager
def running(*order: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the context ends, once it listens on *port*."""
    with subprocess.Popen(order) as process:
        try:
            end = time.monotonic() + 30
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if time.monotonic() > end or process.poll() is not None:
                    raise SystemExit(f"{order[0]} does not listen")
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()


@contextmanager
def betweens(folder: Path) -> Iterator[list[Between]]:
    """Give what the stream goes through: nothing, HAProxy if there is one, and the proxy."""
    source, *ports = free_ports(4)
    with ExitStack() as stack:
        stack.enter_context(running(sys.executable, "-m", "bench.streams", "source", str(source), port=source))
        found = [Between("nothing between", source, None)]
        haproxy = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
        if haproxy is None:
            print("HAProxy is not installed (apt-get install haproxy): its lines are missing.")
        else:
            port, path = ports[0], folder / "haproxy.cfg"
            path.write_text(HAPROXY.format(port=port, source=source))
            found.append(Between("HAProxy", port, stack.enter_context(running(haproxy, "-f", str(path), "-db", port=port))))
        port, path = ports[1], folder / "dnsguard.yaml"
        path.write_text(DNSGUARD.format(port=port, source=source, probes=ports[2]))
        order = (str(Path(sys.executable).with_name("dnsguard")), "proxy", "--config", str(path))
        found.append(Between("dnsguard proxy", port, stack.enter_context(running(*order, port=port))))
        yield found


def ends(what: str, port: int, *numbers: float) -> str:
    """Run the clients, and return what they print."""
    order = [sys.executable, "-m", "bench.streams", what, str(port), *map(str, numbers)]
    return subprocess.run(order, check=True, capture_output=True, text=True).stdout


def throughput(one: Between, watchers: int) -> None:
    """Print how many frames a second go through."""
    number = FLOOD // watchers // 1000 * 1000
    before = one.cpu()
    seconds = float(ends("swallow", one.port, watchers, number))
    spent, frames = one.cpu() - before, number * watchers
    core = f"{frames / spent:>9,.0f} a second of one core" if spent else ""
    print(f"{one.name:16} {watchers:>4} watchers {frames / seconds:>9,.0f} frames/s {core}")


def latency(one: Between, watchers: int, seconds: float, floor: tuple[float, float] | None) -> tuple[float, float]:
    """Print and return how long frames are on their way: median and 99th percentile, in ms."""
    cpu, waited = one.cpu(), one.waited()
    found = sorted(json.loads(ends("drink", one.port, watchers, seconds, RATE)))
    share = (
        f"{(one.cpu() - cpu) / seconds:4.0%} of a core, waited for it {(one.waited() - waited) / seconds:4.0%} of the time" if floor else ""
    )
    p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
    added = f"added p50 {p50 - floor[0]:6.2f} ms, p99 {p99 - floor[1]:6.2f} ms" if floor else ""
    print(
        f"{one.name:16} {watchers:>4} watchers {len(found) / seconds:>9,.0f} frames/s p50 {p50:6.2f} ms, p99 {p99:6.2f} ms {added} {share}"
    )
    return p50, p99


def memory(one: Between, minutes: float) -> None:
    """Print the resident memory of *one* under the usual rate, once a minute."""
    order = [sys.executable, "-m", "bench.streams", "drink", str(one.port), "10", str(minutes * 60 + 5), str(RATE)]
    with subprocess.Popen(order, stdout=subprocess.DEVNULL):
        time.sleep(5)
        seen = [one.resident()]
        for _ in range(max(1, int(minutes))):
            time.sleep(min(60.0, minutes * 60))
            seen.append(one.resident())
    print(f"{one.name}: resident MB, minute by minute, at {RATE:,.0f} frames/s: {' '.join(f'{each:.1f}' for each in seen)}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.25, help="how long the memory is watched")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long latencies are taken, each")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, betweens(Path(folder)) as found:
        if "throughput" in said.parts:
            print("As fast as it goes")
            for watchers in WATCHERS:
                for one in found:
                    throughput(one, watchers)
        if "latency" in said.parts:
            print(f"At {RATE:,.0f} frames/s over all watches")
            for watchers in WATCHERS:
                floor = None
                for one in found:
                    measured = latency(one, watchers, said.seconds, floor)
                    floor = floor or measured
        if "memory" in said.parts:
            memory(found[-1], said.minutes)


if __name__ == "__main__":
    main()
