"""Kubeconfig: credentials out of the files that kubectl reads, by way of kubernetes_asyncio.

Rules kept here:
- kubernetes_asyncio, which is large, is imported only where a kubeconfig is used; only what it says of credentials counts.
- Files are read again with every load. A load is due at the first request, when a plugin's token has expired, after a
  401, and else after a minute, because a token file changes under us. A plugin that names no expiry is asked again only
  after a 401 (Kubernetes, "client-go credential plugins").
- At the start what is wrong is ConfigError; later it is Unavailable, because a plugin or a file may be there again.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from dnsguard.errors import ConfigError
from dnsguard.kubernetes.access import Access, proxy_for
from dnsguard.kubernetes.refusals import Unavailable

if TYPE_CHECKING:
    from kubernetes_asyncio.config.kube_config import KubeConfigLoader

KEPT = 60.0
"""Seconds that what was read is used."""
_PROXIES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class _Found:
    """What one load found; *files* are those of the TLS context."""

    host: str
    access: Access
    files: tuple[object, ...]


class Kubeconfig:
    """The *context* ("" for the current one) of the kubeconfig *paths*, which are separated as in `$KUBECONFIG`."""

    def __init__(self, paths: str, context: str, environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._context = context
        self._environ = environ
        self._clock = clock
        self._turn = asyncio.Lock()
        self._loader: KubeConfigLoader | None = None
        self._found: _Found | None = None
        self._due = 0.0

    async def server(self) -> str:
        """Return the base URL of the API server; raise ConfigError."""
        try:
            return (await self._load()).host
        except Unavailable as error:
            raise ConfigError(f"cluster.kubeconfig: {error}") from error

    async def current(self) -> Access:
        """Return what a request carries now; raise Unavailable."""
        async with self._turn:
            if self._found is None or self._clock() >= self._due:
                await self._load()
            return self._access

    async def renewed(self, refused: Access) -> Access:
        """Load everything again, unless somebody else has since *refused* was handed out; raise Unavailable."""
        async with self._turn:
            if self._access is refused:
                self._loader = None
                await self._load()
            return self._access

    @property
    def _access(self) -> Access:
        return self._found.access if self._found is not None else Access()

    async def _load(self) -> _Found:
        from kubernetes_asyncio.client import Configuration
        from kubernetes_asyncio.config.config_exception import ConfigException

        wanted: Any = Configuration()
        try:
            loader = self._loader if self._loader is not None and hasattr(self._loader, "exec_plugin_expiry") else self._opened()
            await loader.load_and_set(wanted)
            self._found = self._understood(wanted)
        except (ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError, AssertionError, yaml.YAMLError) as error:
            raise Unavailable(f"{self._paths} gives no credentials: {error or type(error).__name__}.") from error
        self._loader = loader
        self._due = float("inf") if self._plugin and not hasattr(loader, "exec_plugin_expiry") else self._clock() + KEPT
        return self._found

    def _opened(self) -> "KubeConfigLoader":
        from kubernetes_asyncio.config.kube_config import KubeConfigLoader, KubeConfigMerger

        merged = KubeConfigMerger(self._paths)
        config: Any = merged.config
        if config is None:
            raise ValueError("there is no such file")
        name = self._context or config["current-context"]
        user = config["users"].get_with_name(config["contexts"].get_with_name(name)["context"].safe_get("user"), safe=True)
        self._plugin = user is not None and "exec" in (user["user"] or ())
        return KubeConfigLoader(config, active_context=name, config_base_path=None, config_persister=merged.save_changes)

    def _understood(self, said: Any) -> _Found:
        host: str = said.host
        proxy: str | None = said.proxy or proxy_for(host, self._environ)
        if proxy and not proxy.startswith(_PROXIES):
            raise ValueError(f"the proxy {proxy} is neither http:// nor https://")
        token = " ".join(str(said.api_key.get("BearerToken", "")).split())
        headers = {"Authorization": token} if token else {}
        files = (said.verify_ssl, *map(_content, (said.ssl_ca_cert, said.cert_file, said.key_file)))
        same = self._found is not None and self._found.files == files
        context = self._access.ssl if same else _context(said)
        access = Access(headers, context, proxy, said.tls_server_name)
        return _Found(host, self._access if access == self._access else access, files)


def _content(path: str | None) -> bytes:
    if not path:
        return b""
    with open(path, "rb") as file:  # noqa: PTH123 -- the loader names files by strings
        return file.read()


def _context(said: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=said.ssl_ca_cert or None)
    if not said.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if said.cert_file:
        context.load_cert_chain(said.cert_file, said.key_file or None)
    return context
