"""The proxy's listener: every request is sent on, or refused with a `Status`, as the API server says it.

Rules kept here:
- It is for this machine alone: a request that names another host than a loopback address is refused, so that a page in a browser
  cannot come in by a name of its own (DNS rebinding).
- What goes out is what came, but for what an answer leaves out itself. A chunk is read when the one before has been taken by
  the client: a slow reader slows the server, and nothing piles up here.
- Whoever leaves, the other side is told at once: a client's request ends with its connection, and an answer that breaks off breaks
  the client's connection, because an end in good order would mean that it was whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

from dnsguard.core.addresses import host_in, is_loopback
from dnsguard.errors import ClusterUnavailable

LARGEST = 4 * 2**20
"""Bytes of a body; the API server takes 3 MiB."""
SERVING: dict[str, Any] = {
    "handler_cancellation": True,
    "shutdown_timeout": 1.0,
    "max_line_size": 2**16,
    "max_field_size": 2**16,
}
"""How aiohttp has to serve it."""
_REASONS = {403: "Forbidden", 413: "RequestEntityTooLarge", 503: "ServiceUnavailable"}

Headers = list[tuple[str, str]]


class Refused(Struct, frozen=True):
    """Not sent on: the HTTP status, and why, as one sentence."""

    status: int
    text: str


class Answered(Protocol):
    """An answer of the server whose body has yet to come; *length* None: nobody knows."""

    status: int
    reason: str
    length: int | None
    headers: Headers

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body; raise ClusterUnavailable if it breaks off."""


class Passage(Protocol):
    """What an answer goes through."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what is handed on of *chunk*."""

    def end(self, *, whole: bool) -> bytes:
        """Return what is still to be handed on."""


class Admitted(Protocol):
    """A request that may be sent on."""

    def send(self, body: bytes) -> AbstractAsyncContextManager[tuple[Answered, Passage, bool]]:
        """Send it; give the answer, what it goes through, and whether that may change its length. ClusterUnavailable."""


class Desk(Protocol):
    """Decides about requests."""

    def admit(self, method: str, target: str, headers: Headers) -> Admitted | Refused:
        """Return what becomes of a request for *target*, path and query."""


def make_relay(desk: Desk) -> web.Application:
    """Make the application."""

    async def relay(request: web.Request) -> web.StreamResponse:
        if not is_loopback(host_in(request.headers.get("Host", ""))):
            return _status(403, "this proxy answers requests for a loopback address only")
        admitted = desk.admit(request.method, request.raw_path, list(request.headers.items()))
        if isinstance(admitted, Refused):
            return _status(admitted.status, admitted.text)
        try:
            async with admitted.send(await request.read()) as (answered, passage, changing):
                return await _hand_on(request, answered, passage, changing=changing)
        except ClusterUnavailable as error:
            return _status(503, str(error))

    app = web.Application(client_max_size=LARGEST, middlewares=[_too_large])
    app.router.add_route("*", "/{path:.*}", relay)
    return app


async def _hand_on(request: web.Request, answered: Answered, passage: Passage, *, changing: bool) -> web.StreamResponse:
    response = web.StreamResponse(status=answered.status, reason=answered.reason, headers=answered.headers)
    if answered.length is not None and not changing:
        response.content_length = answered.length
    whole = False
    try:
        await response.prepare(request)
        try:
            async for chunk in answered.chunks():
                out = passage.feed(chunk)
                if out:
                    await response.write(out)
            whole = True
        finally:
            rest = passage.end(whole=whole)
        if rest:
            await response.write(rest)
        await response.write_eof()
    except (ClusterUnavailable, ConnectionResetError):
        if request.transport is not None:
            request.transport.abort()
    return response


@web.middleware
async def _too_large(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _status(413, f"the body has more than {LARGEST} bytes")


def _status(status: int, text: str) -> web.Response:
    said = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body = msgspec.json.encode({**said, "message": f"dnsguard proxy: {text}", "reason": _REASONS[status], "code": status})
    return web.Response(status=status, body=body, content_type="application/json")
