"""The real external-dns: one pass over a cluster and a strict Route53, or a controller that stays."""

import os
import subprocess
from contextlib import contextmanager

from tests.interop import building
from tests.interop.cluster import free_ports


def run_once(cluster, route53, zone, *, owner="interop", flags=()):
    """Let external-dns bring *zone* into order once; return what it logged. CalledProcessError if any of it went wrong."""
    command = [*_command(cluster, zone, owner), "--once", *flags]
    done = subprocess.run(command, env=_environ(route53), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"external-dns ended with {done.returncode}:\n{done.stderr[-6000:]}")
    return done.stderr


@contextmanager
def staying(cluster, route53, zone, *, owner="interop", flags=("--events",)):
    """Give a function that returns what a running external-dns has logged; AssertionError from it if the program has ended."""
    path = cluster.folder / f"{zone}.externaldns.log"
    with path.open("wb") as log:
        process = subprocess.Popen([*_command(cluster, zone, owner), *flags], env=_environ(route53), stdout=log, stderr=log)

        def said():
            assert process.poll() is None, f"external-dns ended with {process.returncode}:\n{path.read_text()[-6000:]}"
            return path.read_text()

        try:
            yield said
        finally:
            process.terminate()
            process.wait(30)


def _command(cluster, zone, owner):
    return [
        building.program("externaldns"),
        "--source=gateway-httproute",
        "--provider=aws",
        "--policy=sync",
        "--registry=txt",
        f"--txt-owner-id={owner}",
        f"--domain-filter={zone}",
        f"--kubeconfig={cluster.kubeconfig('dnsguard', 'externaldns')}",
        f"--metrics-address=127.0.0.1:{free_ports(1)[0]}",
        "--log-level=debug",
    ]


def _environ(route53):
    return {**os.environ, "AWS_ENDPOINT_URL_ROUTE_53": route53.url, "AWS_ENDPOINT_URL": route53.url}
