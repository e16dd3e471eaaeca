"""An unmodified external-dns with `dnsguard webhook` beside it, each a process, as in one pod; and a supervisor as the kubelet is."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from dnsguard.lab.route53_server import Route53Server
from tests.interop import building
from tests.interop.cluster import free_ports

PATIENCE = 120.0
DELAYS = (0.0, 10.0, 20.0, 40.0)
"""Seconds that the kubelet waits before it starts a container again that ended."""


class Process:
    """A program that is started again when it ends; *argv* of it, and the file that it logs to."""

    def __init__(self, argv: list[str], log: Path, environ: dict[str, str]) -> None:
        self.argv, self.log, self.exits = argv, log, 0
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = 0.0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.argv, env=self._environ, stdout=log, stderr=log)

    def tend(self) -> None:
        """Start it again if it has ended and the kubelet would by now."""
        if self._process is None or self._process.poll() is None:
            return
        if not self._ended:
            self.exits += 1
            self._ended = time.monotonic()
        if time.monotonic() - self._ended >= DELAYS[min(self.exits, len(DELAYS)) - 1]:
            self._ended = 0.0
            self.start()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def errors(self) -> list[str]:
        return [line for line in self.said().splitlines() if "level=error" in line or "level=fatal" in line]


class Pod:
    """Both of them, on one API server at *server* (no credentials) and one Route53."""

    def __init__(
        self,
        folder: Path,
        server: str,
        route53: Route53Server,
        *,
        flags: Sequence[str] = ("--events",),
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.hook, self.probes = free_ports(2)
        self._config = self.folder / "dnsguard.yaml"
        self._config.write_text(yaml.safe_dump(self._settings(server, route53, settings or {})))
        # What says how long the tests take would be an unknown setting to dnsguard.
        environ = {name: text for name, text in os.environ.items() if not name.startswith("DNSGUARD_")}
        environ |= {"AWS_ENDPOINT_URL_ROUTE_53": route53.url, "AWS_ENDPOINT_URL": route53.url}
        argv = [str(Path(sys.executable).with_name("dnsguard")), "webhook", "--config", str(self._config)]
        self.dnsguard = Process(argv, self.folder / "dnsguard.log", environ)
        self.external_dns = Process(external_dns(kubeconfig(self.folder, server), self.hook), self.folder / "external-dns.log", environ)

    def _settings(self, server: str, route53: Route53Server, more: dict[str, Any]) -> dict[str, Any]:
        fixed = {
            "zones": [{"domains": ["example.com"]}],
            "ownership": {"owner": "interop"},
            "policy": "sync",
            "cluster": {"server": server},
            "aws": {"endpoint_url": route53.url},
            "budget": {"profile": "cbt-10", "share": 1.0},
            "guard": {"delete_grace": "5s", "deletes": {"share": 1, "cap": 0}},
            "state": {"path": str(self.folder / "journal.sqlite")},
            "http": {"listen": f"127.0.0.1:{self.probes}", "api": ""},
            "webhook": {"listen": f"127.0.0.1:{self.hook}", "watch": "always"},
        }
        return {**fixed, **more}

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probes}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    async def start(self) -> None:
        """Start dnsguard, and external-dns when the start-up probe of the other is content."""
        self.dnsguard.start()
        end = time.monotonic() + PATIENCE
        while (await asyncio.to_thread(self.get, "/readyz"))[0] != 200:
            assert time.monotonic() < end, f"dnsguard is not ready:\n{self.dnsguard.said()[-3000:]}"
            await asyncio.sleep(0.1)

    async def until(self, so: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until *so*, and be the kubelet meanwhile."""
        end = time.monotonic() + seconds
        while not so():
            said = f"{self.dnsguard.said()[-3000:]}\n{self.external_dns.said()[-3000:]}"
            assert time.monotonic() < end, f"after {seconds:.0f} s still not: {what}\n{said}"
            self.tend()
            await asyncio.sleep(0.1)

    async def wait(self, seconds: float) -> None:
        """Be the kubelet for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.tend()
            await asyncio.sleep(0.1)

    def tend(self) -> None:
        """Start again what has ended."""
        self.dnsguard.tend()
        self.external_dns.tend()

    def stop(self) -> None:
        """End both."""
        self.external_dns.stop()
        self.dnsguard.stop()


def kubeconfig(folder: Path, server: str) -> Path:
    """Write a kubeconfig for an API server without credentials; return its path."""
    path = folder / "open.kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "open",
                "clusters": [{"name": "open", "cluster": {"server": server}}],
                "contexts": [{"name": "open", "context": {"cluster": "open", "user": "nobody"}}],
                "users": [{"name": "nobody", "user": {}}],
            }
        )
    )
    return path


def external_dns(kubeconfig_path: Path, hook: int, flags: Sequence[str] = ("--events",), zone: str = "example.com") -> list[str]:
    """Return the command line of an external-dns for *zone* with a webhook at the port *hook*."""
    return [
        str(building.program("externaldns")),
        "--source=gateway-httproute",
        "--provider=webhook",
        f"--webhook-provider-url=http://127.0.0.1:{hook}",
        "--policy=sync",
        "--registry=txt",
        "--txt-owner-id=interop",
        f"--domain-filter={zone}",
        f"--kubeconfig={kubeconfig_path}",
        f"--metrics-address=127.0.0.1:{free_ports(1)[0]}",
        *flags,
    ]
