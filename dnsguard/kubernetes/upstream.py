"""The API server as the proxy reaches it: one request sent on, its answer byte for byte.

Rules kept here:
- A request carries our credentials and none of the client's, nor anything that would make the server take us for somebody else
  (`Impersonate-*`, `X-Remote-*`). Headers that belong to a connection stay on it (RFC 9110 7.6.1).
- Bodies are neither unpacked nor decoded. The path and the query leave as they came.
- After a 401 the credentials are renewed and the request is made once more; a second 401 is the answer.
- A watch that asked for bookmarks and brings nothing for `SILENCE` seconds is dead, and so is its client's.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Literal

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from dnsguard.kubernetes.access import Access, Credentials
from dnsguard.kubernetes.client import PATIENCE, SILENCE, leave
from dnsguard.kubernetes.refusals import Unavailable

_CONNECT = 10.0
_BUFFER = 2**18
"""Bytes that are held of an answer before no more is read from the socket."""
_OF_A_CONNECTION = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OF_THE_CLIENT = ("authorization", "cookie", "impersonate-", "x-remote-", "x-forwarded-", "expect")

Headers = list[tuple[str, str]]
Silence = Literal["answer", "bookmarks", "any"]
"""How long a body may bring nothing: as long as an answer may take, as bookmarks may stay away, for ever."""


class Broken(Unavailable):
    """The answer ended before it was whole."""


class Answered:
    """An answer whose body has yet to come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.reason = response.reason or ""
        self.length = response.content_length
        # aiohttp spells names that it knows in its own way.
        self.headers: Headers = of_answer((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)

    def header(self, name: str) -> str:
        """Return a header of the answer, "" if it has none."""
        return self._response.headers.get(name, "")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body as it comes; raise Broken if it ends too early."""
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Broken(f"The answer of the API server broke off: {error or type(error).__name__}.") from error


class Upstream:
    """The API server at *base_url*; the session belongs to the caller, and must not unpack bodies."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, credentials: Credentials, *, silence: float = SILENCE) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._silence = silence

    @asynccontextmanager
    async def sent(self, method: str, target: str, headers: Headers, body: bytes, silence: Silence) -> AsyncIterator[Answered]:
        """Give the answer to a request for *target*, path and query, while the context lasts; raise Unavailable."""
        seconds = {"answer": PATIENCE + _CONNECT, "bookmarks": self._silence, "any": None}[silence]
        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=seconds)
        access = await self._credentials.current()
        response = await self._send(method, target, headers, body, limits, access)
        try:
            if response.status == 401:
                response.close()
                response = await self._send(method, target, headers, body, limits, await self._credentials.renewed(access))
            yield Answered(response)
        finally:
            leave(response)

    async def _send(
        self, method: str, target: str, headers: Headers, body: bytes, limits: aiohttp.ClientTimeout, access: Access
    ) -> aiohttp.ClientResponse:
        try:
            return await self._session.request(
                method,
                URL(self._base_url + target, encoded=True),
                data=BytesIO(body) if body else None,
                headers=CIMultiDict([*of_request(headers), *access.headers.items()]),
                timeout=limits,
                ssl=access.ssl,
                proxy=access.proxy,
                server_hostname=access.server_hostname,
                allow_redirects=False,
                read_bufsize=_BUFFER,
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"The API server did not answer: {error or type(error).__name__}.") from error


@asynccontextmanager
async def reached(base_url: str, credentials: Credentials, *, silence: float = SILENCE) -> AsyncIterator[Upstream]:
    """Give the API server at *base_url* while the context lasts."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Upstream(session, base_url, credentials, silence=silence)


def of_request(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return those of a client's *headers* that are sent on."""
    pairs = list(headers)
    named = _named(pairs)
    return [(name, value) for name, value in pairs if name.lower() not in named and not name.lower().startswith(_OF_THE_CLIENT)]


def of_answer(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return those of the server's *headers* that are handed on."""
    pairs = list(headers)
    named = _named(pairs)
    return [(name, value) for name, value in pairs if name.lower() not in named]


def _named(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the headers that stay on their connection: the usual ones and those that `Connection` names."""
    listed = {word.strip().lower() for name, value in pairs if name.lower() == "connection" for word in value.split(",")}
    return _OF_A_CONNECTION | listed


def accepted(headers: Headers, *, core: bool) -> tuple[Headers, bool]:
    """Return the headers to ask with, and whether the answer may be one that can be read.

    Who takes a Table or PartialObjectMetadata (`as=`) is left alone. *core*: JSON alone is asked for where the client takes that too.
    """
    texts = [value for name, value in headers if name.lower() == "accept"]
    kinds = [kind.strip() for text in texts for kind in text.split(",") if kind.strip()]
    if any("as=" in kind.replace(" ", "").lower() for kind in kinds):
        return headers, False
    readable = [kind for kind in kinds if is_json(kind) or kind.startswith("*/*")]
    if not core or not readable or len(readable) == len(kinds):
        return headers, True
    return [*((name, value) for name, value in headers if name.lower() != "accept"), ("Accept", ",".join(readable))], True


def is_json(content_type: str) -> bool:
    """Return whether a body of this type is JSON."""
    return content_type.partition(";")[0].strip().lower() == "application/json"
