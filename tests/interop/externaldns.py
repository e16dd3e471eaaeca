"""The real external-dns: one pass over a cluster and a strict Route53, or a controller that stays."""

import os
import subprocess
from contextlib import contextmanager

import yaml

from tests.interop import building
from tests.interop.cluster import free_ports


def run_once(cluster, route53, zone, *, owner="interop", flags=()):
    """Let external-dns bring *zone* into order once; return what it logged. CalledProcessError if any of it went wrong."""
    command = [*_command(cluster.kubeconfig("dnsguard", "externaldns"), zone, owner), "--once", *flags]
    done = subprocess.run(command, env=_environ(route53), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"external-dns ended with {done.returncode}:\n{done.stderr[-6000:]}")
    return done.stderr


def staying(cluster, route53, zone, *, owner="interop", flags=("--events",)):
    """Give a function that returns what a running external-dns has logged; AssertionError from it if the program has ended."""
    return staying_at(cluster.kubeconfig("dnsguard", "externaldns"), route53, zone, owner=owner, flags=flags)


def open_kubeconfig(path, url):
    """Write a kubeconfig for a server that asks for no credentials: in a pod, external-dns heeds --server only beside one."""
    cluster = {"name": "open", "cluster": {"server": url}}
    context = {"name": "open", "context": {"cluster": "open", "user": "nobody"}}
    users = [{"name": "nobody", "user": {}}]
    said = {"apiVersion": "v1", "kind": "Config", "current-context": "open", "clusters": [cluster], "contexts": [context], "users": users}
    path.write_text(yaml.safe_dump(said))
    return path


@contextmanager
def staying_at(kubeconfig, route53, zone, *, owner="interop", flags=("--events",)):
    """Do the same with the cluster that *kubeconfig* leads to; the log lies beside it."""
    path = kubeconfig.with_name(f"{kubeconfig.name}.{zone}.log")
    with path.open("wb") as log:
        process = subprocess.Popen([*_command(kubeconfig, zone, owner), *flags], env=_environ(route53), stdout=log, stderr=log)

        def said():
            assert process.poll() is None, f"external-dns ended with {process.returncode}:\n{path.read_text()[-6000:]}"
            return path.read_text()

        try:
            yield said
        finally:
            process.terminate()
            process.wait(30)


def _command(kubeconfig, zone, owner):
    return [
        building.program("externaldns"),
        "--source=gateway-httproute",
        "--provider=aws",
        "--policy=sync",
        "--registry=txt",
        f"--txt-owner-id={owner}",
        f"--domain-filter={zone}",
        f"--kubeconfig={kubeconfig}",
        f"--metrics-address=127.0.0.1:{free_ports(1)[0]}",
        "--log-level=debug",
    ]


def _environ(route53):
    return {**os.environ, "AWS_ENDPOINT_URL_ROUTE_53": route53.url, "AWS_ENDPOINT_URL": route53.url}
