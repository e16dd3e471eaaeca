"""The programs under measurement, each a process with a strict Route53 of its own, and what the kernel says of them.

Rules kept here:
- CPU time is that of all threads of the process, user and system, as /proc/PID/stat counts it (proc(5)).
- Memory is VmRSS. A Go program's counts what its collector has not given back yet, as ours counts what malloc keeps.
- A program gets an environment of its own: no credentials, no proxies and no settings of this machine.
"""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from tests.interop import building
from tests.interop.cluster import Cluster, free_ports

ZONE = "bench.example"
ZONE_ID = "Z1BENCH"
OWNER = "bench"
TUNING = ("--aws-zones-cache-duration=1h", "--provider-cache-time=10m")
TICKS = os.sysconf("SC_CLK_TCK")
CONFIG = """
zones: [{{domains: [{zone}]}}]
ownership: {{owner: {owner}}}
policy: sync
cluster: {{kubeconfig: "{kubeconfig}"}}
aws: {{endpoint_url: "{route53}"}}
budget: {{profile: cbt-10, share: 1.0}}
http: {{listen: "127.0.0.1:{port}", api: ""}}
"""
POD = """
mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount &&
cp "$0"/token "$0"/ca.crt /run/secrets/kubernetes.io/serviceaccount/ && exec "$@"
"""
"""Gives the program that it becomes a service account where a pod has it, in a mount namespace of its own."""


class Program:
    """A process beside its strict Route53; use it in a `with` statement.

    *flags* are for external-dns (None: this is dnsguard); *pod*: it runs as in a pod and not with a kubeconfig.
    """

    def __init__(self, name: str, cluster: Cluster, flags: tuple[str, ...] | None, *, pod: bool = False) -> None:
        self.name = name
        self.strict = StrictRoute53("cbt-10")
        self.strict.create_zone(ZONE, zone_id=ZONE_ID)
        self.port = free_ports(1)[0]
        self._cluster = cluster
        self._flags = flags
        self._pod = pod
        self._log = cluster.folder / f"{name.replace(' ', '-')}.log"
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._stack.close()

    @property
    def ours(self) -> bool:
        """Whether this is dnsguard."""
        return self._flags is None

    def start(self) -> None:
        """Start the program and its Route53."""
        server = self._stack.enter_context(Route53Server(self.strict))
        log = self._stack.enter_context(self._log.open("wb"))
        order = self._dnsguard(server.url) if self._flags is None else [*self._external_dns(), *self._flags]
        folder = self._cluster.folder
        if self._pod:
            order = ["unshare", "--mount", "sh", "-c", POD, str(self._account()), *order]
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_CONFIG_FILE": os.devnull}
        environ |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_ENDPOINT_URL_ROUTE_53": server.url, "AWS_ENDPOINT_URL": server.url}
        if self._pod:
            host, port = self._cluster.url.removeprefix("https://").rsplit(":", 1)
            environ |= {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        self._process = subprocess.Popen(order, cwd=folder, env=environ, stdout=log, stderr=log)

    def wait(self, seconds: float) -> None:
        """Wait until the program has ended well; RuntimeError if it ended otherwise."""
        if self._running().wait(seconds):
            raise RuntimeError(f"{self.name} ended with {self._running().returncode}:\n{self.said()}")

    def cpu(self) -> float:
        """Return the CPU seconds spent so far; RuntimeError if the program has ended."""
        if self._running().poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._running().returncode}:\n{self.said()}")
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self) -> float:
        """Return the resident memory in MB."""
        lines = dict(line.split(":", 1) for line in self._proc("status").splitlines())
        return int(lines["VmRSS"].split()[0]) / 1024

    def calls(self) -> Counter[str]:
        """Return the calls that its Route53 got so far, by action."""
        return Counter(self.strict.calls)

    def stopped(self) -> int:
        """Return how many events dnsguard has stopped so far; 0 of another program, which does not tell."""
        lines = self._get("/metrics").splitlines() if self.ours else []
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith("dnsguard_events_stopped_total"))

    def ready(self) -> bool:
        """Return whether the zone was read and the program says it is ready."""
        return self.strict.calls["ListResourceRecordSets"] > 0 and bool(self._get("/readyz" if self.ours else "/healthz"))

    def said(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-4000:]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self._running().pid}/{name}").read_text()

    def _get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            return ""

    def _dnsguard(self, route53: str) -> list[str]:
        kubeconfig = "" if self._pod else self._cluster.kubeconfig("dnsguard")
        config = self._cluster.folder / "dnsguard.yaml"
        config.write_text(CONFIG.format(zone=ZONE, owner=OWNER, kubeconfig=kubeconfig, route53=route53, port=self.port))
        return [str(Path(sys.executable).with_name("dnsguard")), "run", "--config", str(config)]

    def _account(self) -> Path:
        folder = self._cluster.folder / "account"
        folder.mkdir(exist_ok=True)
        (folder / "token").write_text(self._cluster.tokens["dnsguard"])
        (folder / "ca.crt").write_bytes(self._cluster.authorities.read_bytes())
        return folder

    def _external_dns(self) -> list[str]:
        kubeconfig = [] if self._pod else [f"--kubeconfig={self._cluster.kubeconfig('dnsguard', 'externaldns')}"]
        return [
            str(building.program("externaldns")),
            "--source=gateway-httproute",
            "--provider=aws",
            "--policy=sync",
            "--registry=txt",
            f"--txt-owner-id={OWNER}",
            f"--domain-filter={ZONE}",
            *kubeconfig,
            f"--metrics-address=127.0.0.1:{self.port}",
        ]


def filled(cluster: Cluster) -> list[dict[str, object]]:
    """Let external-dns fill an empty zone once; return its record sets, without those of the apex."""
    with Program("filler", cluster, ("--once",)) as program:
        program.start()
        program.wait(600)
        return [each for each in program.strict.records(ZONE_ID) if each["Type"] not in {"NS", "SOA"}]
