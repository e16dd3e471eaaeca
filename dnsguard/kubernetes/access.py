"""Access: what a request to the API server carries, and who knows it.

Rules kept here:
- Credentials change while we run: they are asked for with every request, and asked again when one was refused with 401.
- The environment's proxy is used as Go programs use it (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` with names, addresses and
  networks); what is on loopback is reached without one.
"""

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Access:
    """What one request carries; *ssl* is the TLS context, or True for the system's authorities."""

    headers: Mapping[str, str] = field(default_factory=dict)
    ssl: SSLContext | bool = True
    proxy: str | None = None
    """URL of the proxy."""
    server_hostname: str | None = None
    """The name that the server's certificate has to have, if it is not that of the URL."""


class Credentials(Protocol):
    """Who the client is."""

    async def current(self) -> Access:
        """Return what a request carries now; raise Unavailable."""

    async def renewed(self, refused: Access) -> Access:
        """Return what a request carries after *refused* was answered with 401; raise Unavailable."""


class Nobody:
    """No credentials: for a server that asks for none."""

    def __init__(self, proxy: str | None = None) -> None:
        self._access = Access(proxy=proxy)

    async def current(self) -> Access:
        """Return an access without credentials."""
        return self._access

    async def renewed(self, _: Access) -> Access:
        """Return the same."""
        return self._access


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy through which *url* is reached, None if it is reached without one."""
    parts = urlsplit(url)
    name, host = f"{parts.scheme}_proxy", (parts.hostname or "").rstrip(".")
    proxy = environ.get(name.upper()) or environ.get(name) or ""
    if not proxy or _spared(host, parts.port, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _spared(host: str, port: int | None, rules: str) -> bool:
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_fits(rule.strip().lower(), host, port, address) for rule in rules.split(",") if rule.strip())


def _fits(rule: str, host: str, port: int | None, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if rule == "*":
        return True
    if address is not None:
        with suppress(ValueError):
            return address in ipaddress.ip_network(rule.strip("[]"), strict=False)
    name, colon, number = rule.partition(":")
    if colon and number != str(port):
        return False
    domain = name.removeprefix("*")
    return host.endswith(domain) if domain.startswith(".") else host == domain or host.endswith(f".{domain}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
