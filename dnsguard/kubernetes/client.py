"""The client of the API server: pages of lists and lines of watches, over aiohttp.

Rules kept here:
- aiohttp is known to this module alone; its errors become those of `errors.py`, with the path that was asked for.
- JSON is asked for. Lists come gzipped where the server likes to (over about 128 kB); aiohttp unpacks them.
- A watch that brings nothing for `SILENCE` seconds is dead: bookmarks come about every minute.
- Credentials are asked for with every request, so that a rotated token is used at once. After a 401 they are renewed and
  the request is made once more at once.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from dnsguard.kubernetes.access import Access, Credentials, Nobody
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
            async with self._answer(path, list_params(limit, continue_), timeout) as response:
                return await _body(response, _LONGEST_PAGE)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    def watch(self, resource: Resource, namespace: str, version: str, jitter: float) -> AsyncGenerator[bytes | TooLong, None]:
        """Yield lines from *version* on until the server ends the watch; raise SourceGone, VersionExpired or Unavailable.

        *jitter* in [0, 1] chooses how long the watch shall last. Close the iterator if you leave it early.
        """
        return self._lines(resource.path(namespace), watch_params(version, jitter))

    def stream(self, resource: Resource, namespace: str, jitter: float) -> AsyncGenerator[bytes | TooLong, None]:
        """Yield lines of a streaming list and of the watch that it goes on as; raise as `watch`, or NotStreaming."""
        return self._lines(resource.path(namespace), stream_params(jitter))

    async def try_watch(self, resource: Resource, namespace: str, version: str) -> None:
        """Open a watch from *version* and leave it at once; raise as `watch`."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE, sock_connect=_CONNECT)
        path = resource.path(namespace)
        try:
            async with self._answer(path, watch_params(version, 0.0), timeout):
                return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    async def _lines(self, path: str, params: Mapping[str, str]) -> AsyncGenerator[bytes | TooLong, None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=self._silence)
        lines = Lines()
        try:
            async with self._answer(path, params, timeout) as response:
                async for chunk in response.content.iter_any():
                    for line in lines.feed(chunk):
                        yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _lost(path, error) from error

    @asynccontextmanager
    async def _answer(self, path: str, params: Mapping[str, str], limits: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientResponse]:
        access = await self._credentials.current()
        response = await self._get(path, params, limits, access)
        if response.status == 401:
            response.close()
            response = await self._get(path, params, limits, await self._credentials.renewed(access))
        try:
            await _check(response, path, params)
            yield response
        finally:
            _leave(response)

    async def _get(self, path: str, params: Mapping[str, str], limits: aiohttp.ClientTimeout, access: Access) -> aiohttp.ClientResponse:
        return await self._session.get(
            self._base_url + path,
            params=params,
            headers={"Accept": "application/json", **access.headers},
            timeout=limits,
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


async def _check(response: aiohttp.ClientResponse, path: str, params: Mapping[str, str]) -> None:
    if response.status != 200:
        body = (await response.content.read(_LONGEST_REFUSAL)) or b""
        raise refusal_of(
            response.status,
            body,
            path,
            retry_after=response.headers.get("Retry-After", ""),
            watching="watch" in params,
            streaming="sendInitialEvents" in params,
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


def _lost(path: str, error: Exception) -> Unavailable:
    return Unavailable(f"GET {path} got no answer, or only a part of it: {error or type(error).__name__}.")
