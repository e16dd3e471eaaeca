"""Asking the running service over its API: one request, and one sentence for whatever goes wrong."""

import asyncio
import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import click

from dnsguard.errors import ConfigError, ServiceUnavailable
from dnsguard.settings import load

API = "http://127.0.0.1:8081"
PATIENCE = 10.0
"""Seconds within which the service has to answer."""
DECLINED = 409


class Service:
    """The service at the base URL *api*; *token_file* holds the token that it asks for, "" where it asks for none."""

    def __init__(self, api: str, token_file: str) -> None:
        self._api = api.rstrip("/")
        self._token_file = token_file

    def get(self, path: str, asked: Mapping[str, str] | None = None, patience: float = PATIENCE) -> Any:
        """Return the JSON that *path* answers within *patience* seconds.

        ServiceUnavailable if there is none, ConfigError if the question is wrong.
        """
        return asyncio.run(self._ask("GET", path, dict(asked or {}), None, patience))

    def order(self, kind: str, body: Mapping[str, Any], patience: float = PATIENCE) -> None:
        """Give an order and print what became of it; the process ends with status 1 if it was declined."""
        said = {key: value for key, value in body.items() if value}
        reply = asyncio.run(self._ask("POST", f"/api/orders/{kind}", {}, said, patience))
        click.echo(reply["text"], err=not reply["done"])
        sys.exit(0 if reply["done"] else 1)

    async def _ask(self, method: str, path: str, params: Mapping[str, str], body: Any, patience: float) -> Any:
        url = self._api + path
        headers = {"Authorization": f"Bearer {self._token()}"} if self._token_file else {}
        timeout = aiohttp.ClientTimeout(patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(method, url, params=params, json=body, headers=headers) as response,
            ):
                text = await response.text()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ServiceUnavailable(f"no answer from {url}: {error or 'too late'}; is dnsguard running there (--api)?") from error
        return _read(url, status, text)

    def _token(self) -> str:
        try:
            return Path(self._token_file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--token-file {self._token_file} cannot be read: {error}") from error


def _read(url: str, status: int, text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, (dict, list)):
        raise ServiceUnavailable(f"{url} answered {status} with something that is not dnsguard's: {text[:100]!r}")
    if status in {200, DECLINED}:
        return found
    said = str(found.get("error", text[:200])) if isinstance(found, dict) else text[:200]
    if status == 400:
        raise ConfigError(said)
    raise ServiceUnavailable(f"{url} answered {status}: {said}")


def asks(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options that say where the service is, and pass it as the argument *service*."""

    @click.option("--api", default="", envvar="DNSGUARD_API", help=f"Where the service's API is: a URL; if nothing is said, {API}.")
    @click.option("--token-file", default="", envvar="DNSGUARD_TOKEN_FILE", help="The file with the token that the API asks for.")
    @click.option(
        "--config", "path", type=click.Path(path_type=Path), envvar="DNSGUARD_CONFIG", help="The service's config file, which has both."
    )
    def asking(api: str, token_file: str, path: Path | None, **rest: Any) -> Any:
        if path is not None and not (api and token_file):
            http = load(path, os.environ).http
            api, token_file = api or _reached(http.api, path), token_file or http.token_file
        return command(service=Service(api or API, token_file), **rest)

    asking.__doc__ = command.__doc__
    return asking


def _reached(listen: str, path: Path) -> str:
    """Return the URL at which what listens at *listen* is reached from this machine."""
    if not listen:
        raise ConfigError(f"{path}: http.api is empty, so the service has no API to ask; allowed is host:port such as 127.0.0.1:8081")
    host, _, port = listen.rpartition(":")
    with suppress(ValueError):
        address = ip_address(host.strip("[]"))
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "[::1]"
    return f"http://{host}:{port}"


def who() -> str:
    """Return who gives an order: the user of the operating system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
