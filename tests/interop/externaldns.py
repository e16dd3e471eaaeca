"""The real external-dns: one pass over a cluster and a strict Route53."""

import os
import subprocess

from tests.interop import building
from tests.interop.cluster import free_ports


def run_once(cluster, route53, zone, *, owner="interop", flags=()):
    """Let external-dns bring *zone* into order once; return what it logged. CalledProcessError if any of it went wrong."""
    command = [
        building.program("externaldns"),
        "--once",
        "--source=gateway-httproute",
        "--provider=aws",
        "--policy=sync",
        "--registry=txt",
        f"--txt-owner-id={owner}",
        f"--domain-filter={zone}",
        f"--kubeconfig={cluster.kubeconfig('dnsguard', 'externaldns')}",
        f"--metrics-address=127.0.0.1:{free_ports(1)[0]}",
        "--log-level=debug",
        *flags,
    ]
    environ = {**os.environ, "AWS_ENDPOINT_URL_ROUTE_53": route53.url, "AWS_ENDPOINT_URL": route53.url}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"external-dns ended with {done.returncode}:\n{done.stderr[-6000:]}")
    return done.stderr
