"""Credentials: where the API server is and who we are there, out of the settings and the environment.

Rules kept here:
- In this order: `cluster.server` without credentials; `cluster.kubeconfig` or `cluster.context`; in a pod its service
  account; else the default kubeconfig (`$KUBECONFIG`, `~/.kube/config`), as with kubectl.
- The token and the authorities of a service account are files that the kubelet replaces (about hourly): the token is read
  with every request, and the authorities are loaded again when they changed.
"""

import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dnsguard.errors import ConfigError
from dnsguard.kubernetes.access import Access, Credentials, Nobody, proxy_for
from dnsguard.kubernetes.kubeconfig import Kubeconfig
from dnsguard.kubernetes.refusals import Unavailable
from dnsguard.model.settings import Cluster

MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds the files of its service account."""


async def reach(cluster: Cluster, environ: Mapping[str, str], mounted: Path = MOUNTED) -> tuple[str, Credentials]:
    """Return the base URL of the API server and the credentials for it; raise ConfigError if there are none."""
    if cluster.server:
        return cluster.server, Nobody(proxy_for(cluster.server, environ))
    url = _pods_server(cluster, environ)
    if url:
        return url, ServiceAccount(mounted, proxy_for(url, environ))
    kubeconfig = Kubeconfig(cluster.kubeconfig or _default(environ), cluster.context, environ)
    return await kubeconfig.server(), kubeconfig


def own_namespace(cluster: Cluster, environ: Mapping[str, str], mounted: Path = MOUNTED) -> str:
    """Return the namespace of the pod that we run in, "" if we are in none, or speak to a cluster that is not the pod's own."""
    if not _pods_server(cluster, environ):
        return ""
    try:
        return (mounted / "namespace").read_text().strip()
    except OSError:
        return ""


def _pods_server(cluster: Cluster, environ: Mapping[str, str]) -> str:
    """Return the base URL of the API server of the pod that we run in, "" if that is not the one to speak to."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    if not (host and port) or cluster.server or cluster.kubeconfig or cluster.context:
        return ""
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def _default(environ: Mapping[str, str]) -> str:
    found = environ.get("KUBECONFIG", "")
    if found:
        return found
    path = Path(environ.get("HOME") or "/", ".kube", "config")
    if not path.is_file():
        raise ConfigError(
            f"cluster: is empty, this is no pod, and there is no {path}: set cluster.kubeconfig or cluster.server, or run in a cluster"
        )
    return str(path)


class ServiceAccount:
    """The service account of the pod that we run in; *folder* holds its token and authorities. ConfigError if it does not."""

    def __init__(self, folder: Path, proxy: str | None = None) -> None:
        self._token = folder / "token"
        self._authorities = folder / "ca.crt"
        self._proxy = proxy
        self._known = ""
        try:
            self._access = self._read(Access())
        except OSError as error:
            raise ConfigError(f"cluster: is empty, this is a pod, and its service account cannot be used: {error}") from error

    async def current(self) -> Access:
        """Return what a request carries now; raise Unavailable."""
        try:
            self._access = self._read(self._access)
        except OSError as error:
            raise Unavailable(f"The files of the service account cannot be read: {error}.") from error
        return self._access

    async def renewed(self, _: Access) -> Access:
        """Read the files again; raise Unavailable."""
        return await self.current()

    def _read(self, access: Access) -> Access:
        token, authorities = self._token.read_text().strip(), self._authorities.read_text()
        if authorities != self._known:
            access = replace(access, ssl=ssl.create_default_context(cadata=authorities), proxy=self._proxy)
            self._known = authorities
        return replace(access, headers={"Authorization": f"Bearer {token}"})
