"""The client of the API server: pages of lists, lines of watches, and the little that is written, over aiohttp.

Rules kept here:
- aiohttp is known to this module alone; its errors become those of `errors.py`, with the path that was asked for.
- JSON is asked for. Lists come gzipped where the server likes to (over about 128 kB); aiohttp unpacks them.
- A watch that brings nothing for `SILENCE` seconds is dead: bookmarks come about every minute.
- Credentials are asked for with every request, so that a rotated token is used at once. After a 401 they are renewed and
  the request is made once more at once.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
from msgspec import Struct

from dnsguard.errors import SourceGone, UnreadableObject
from dnsguard.kubernetes.access import Access, Credentials, Nobody
from dnsguard.kubernetes.decode import uid_of
from dnsguard.kubernetes.refusals import Unavailable, refusal_of
from dnsguard.kubernetes.resources import Resource
from dnsguard.kubernetes.watch import PAGE, Lines, TooLong, list_params, stream_params, watch_params

SILENCE = 90.0
"""Seconds without a byte after which a watch is given up: more than the 60 between two bookmarks."""
PATIENCE = 60.0
"""Seconds that a page of a list may take; the API server itself gives up after 60."""
_CONNECT = 10.0
_BUFFER = 2**18
"""Bytes that aiohttp holds of a watch before it stops reading from the socket."""
_LONGEST_PAGE = 2**30
_LONGEST_REFUSAL = 2**16
_HASTE = 10.0
"""Seconds that a small request may take."""


class Ask(Struct, frozen=True):
    """One request: its path, query and limits, and what is written by it (nothing: it is a GET)."""

    path: str
    params: Mapping[str, str]
    limits: aiohttp.ClientTimeout
    method: str = "GET"
    body: bytes | None = None
    content: str = ""


class ApiServer:
    """The API server at *base_url*; the session belongs to the caller, who closes it."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, credentials: Credentials | None = None, *, silence: float = SILENCE
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._credentials: Credentials = credentials or Nobody()
        self._silence = silence

    async def list_page(self, resource: Resource, namespace: str = "", limit: int = PAGE, continue_: str = "") -> bytes:
        """Return the body of one page; raise SourceGone, VersionExpired or Unavailable."""
        path = resource.path(namespace)
        timeout = aiohttp.ClientTimeout(total=PATIENCE, sock_connect=_CONNECT)
        try:
            async with self._answer(Ask(path, list_params(limit, continue_, resource.selector), timeout)) as response:
                return await _body(response, _LONGEST_PAGE)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    def watch(self, resource: Resource, namespace: str, version: str, jitter: float) -> AsyncGenerator[bytes | TooLong, None]:
        """Yield lines from *version* on until the server ends the watch; raise SourceGone, VersionExpired or Unavailable.

        *jitter* in [0, 1] chooses how long the watch shall last. Close the iterator if you leave it early.
        """
        return self._lines(resource.path(namespace), watch_params(version, jitter, resource.selector))

    def stream(self, resource: Resource, namespace: str, jitter: float) -> AsyncGenerator[bytes | TooLong, None]:
        """Yield lines of a streaming list and of the watch that it goes on as; raise as `watch`, or NotStreaming."""
        return self._lines(resource.path(namespace), stream_params(jitter, resource.selector))

    async def try_watch(self, resource: Resource, namespace: str, version: str) -> None:
        """Open a watch from *version* and leave it at once; raise as `watch`."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE, sock_connect=_CONNECT)
        path = resource.path(namespace)
        try:
            async with self._answer(Ask(path, watch_params(version, 0.0, resource.selector), timeout)):
                return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    async def create(self, path: str, body: bytes, *, dry: bool = False) -> None:
        """Create an object in the collection *path*; raise SourceGone, Rejected or Unavailable. *dry*: only ask whether it could be."""
        await self._write("POST", path, body, "application/json", dry=dry)

    async def merge(self, path: str, patch: bytes, *, dry: bool = False) -> None:
        """Apply a merge patch to the object *path*; raise as `create`, ResourceMissing if there is none. *dry* as there."""
        await self._write("PATCH", path, patch, "application/merge-patch+json", dry=dry)

    async def uid(self, resource: Resource, namespace: str, name: str) -> str:
        """Return the uid of an object, "" if it is not there, is not ours to get, or has none; raise Unavailable."""
        path = f"{resource.path(namespace)}/{quote(name, safe='')}"
        try:
            async with self._answer(Ask(path, {}, aiohttp.ClientTimeout(total=_HASTE))) as response:
                return uid_of(await _body(response, _LONGEST_PAGE))
        except (SourceGone, UnreadableObject):
            return ""
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    async def _write(self, method: str, path: str, body: bytes, content: str, *, dry: bool) -> None:
        params = {"dryRun": "All"} if dry else {}
        try:
            async with self._answer(Ask(path, params, aiohttp.ClientTimeout(total=_HASTE), method, body, content)) as response:
                # An answer that is read to its end leaves the connection to the next one.
                await _body(response, _LONGEST_PAGE)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error, method) from error

    async def _lines(self, path: str, params: Mapping[str, str]) -> AsyncGenerator[bytes | TooLong, None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=self._silence)
        lines = Lines()
        try:
            async with self._answer(Ask(path, params, timeout)) as response:
                async for chunk in response.content.iter_any():
                    for line in lines.feed(chunk):
                        yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    @asynccontextmanager
    async def _answer(self, ask: Ask) -> AsyncIterator[aiohttp.ClientResponse]:
        access = await self._credentials.current()
        response = await self._ask(ask, access)
        if response.status == 401:
            response.close()
            response = await self._ask(ask, await self._credentials.renewed(access))
        try:
            await _check(response, ask)
            yield response
        finally:
            _leave(response)

    async def _ask(self, ask: Ask, access: Access) -> aiohttp.ClientResponse:
        content = {"Content-Type": ask.content} if ask.content else {}
        return await self._session.request(
            ask.method,
            self._base_url + ask.path,
            params=ask.params,
            data=ask.body,
            headers={"Accept": "application/json", **content, **access.headers},
            timeout=ask.limits,
            ssl=access.ssl,
            proxy=access.proxy,
            server_hostname=access.server_hostname,
            allow_redirects=False,
            read_bufsize=_BUFFER,
        )


def _leave(response: aiohttp.ClientResponse) -> None:
    """Break the connection of an answer that was not read to its end: saying goodbye over TLS would outlive the event loop."""
    if response.connection is not None and response.connection.transport is not None:
        response.connection.transport.abort()
    response.close()


async def _check(response: aiohttp.ClientResponse, ask: Ask) -> None:
    if response.status not in {200, 201}:
        body = (await response.content.read(_LONGEST_REFUSAL)) or b""
        raise refusal_of(
            response.status,
            body,
            ask.path,
            retry_after=response.headers.get("Retry-After", ""),
            watching="watch" in ask.params,
            streaming="sendInitialEvents" in ask.params,
            method=ask.method,
        )


async def _body(response: aiohttp.ClientResponse, longest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        pieces.append(chunk)
        size += len(chunk)
        if size > longest:
            raise Unavailable(f"GET {response.url.path} was answered with more than {longest} bytes.")
    return b"".join(pieces)


def _lost(path: str, error: Exception, method: str = "GET") -> Unavailable:
    return Unavailable(f"{method} {path} got no answer, or only a part of it: {error or type(error).__name__}.")
