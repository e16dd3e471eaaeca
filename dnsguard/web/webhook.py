"""The webhook: external-dns's provider protocol over HTTP.

| call | answer |
|---|---|
| `GET /` | 200 and the domain filter |
| `GET /records` | 200 and the accepted state, in portions |
| `POST /adjustendpoints` | 200 and the endpoints as they will be reported |
| `POST /records` | 204 as soon as what is asked is kept |

Rules kept here (external-dns, `provider/webhook`):

- The media type is exactly `MEDIA_TYPE`, both ways: external-dns exits on anything else. A body that is no JSON of the protocol, or a
  wrong method, is 400, a body of more than `LARGEST` bytes 413, another media type 415, an Accept without ours 406.
- external-dns goes on after 500 to 510 and exits after any other failure, so what is not its fault is 503: not synced yet, or too many
  requests at once. It is never 429. At `GET /` it exits after a few of any kind, so that is answered as soon as it can be.
- The protocol knows no password, so only who names a loopback address is answered.
- Nothing waits for Route53. A peer that does not read or write is given up after `PATIENCE` seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import msgspec
from aiohttp import web

from dnsguard.model.webhook import DomainFilter, HookChanges, HookEndpoint
from dnsguard.web.bearer import refusal

MEDIA_TYPE = "application/external.dns.webhook+json;version=1"
LARGEST = 32 << 20
"""Bytes of a body: external-dns's own limit (--webhook-provider-max-body-size)."""
AT_ONCE = 8
"""Requests that are answered at once; external-dns makes one after another."""
PATIENCE = 30.0

Body = TypeVar("Body")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ENCODE = msgspec.json.Encoder().encode
_ENDPOINTS = msgspec.json.Decoder(tuple[HookEndpoint | None, ...] | None)
_CHANGES = msgspec.json.Decoder(HookChanges)


class Provider(Protocol):
    """Whoever answers for the zones."""

    def reasons(self) -> Sequence[str]:
        """Return why nothing can be told or accepted now, one sentence each; empty if it can."""

    def domains(self) -> DomainFilter | None:
        """Return which names are looked after, None if nobody knows yet."""

    def records(self) -> Iterator[list[HookEndpoint]]:
        """Yield the accepted state, in portions; what changes meanwhile is told as it was or as it is."""

    def adjust(self, endpoints: Sequence[HookEndpoint]) -> list[HookEndpoint]:
        """Return *endpoints* as they will be reported once they stand."""

    async def accept(self, changes: HookChanges) -> None:
        """Accept *changes*, and return when they are kept."""


class Wrong(Exception):
    """A request cannot be answered; its text is the sentence."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def make_webhook(provider: Provider) -> web.Application:
    """Make the application."""
    hook = _Webhook(provider)
    app = web.Application(middlewares=[_gate()], client_max_size=LARGEST)
    app.router.add_route("*", "/", hook.negotiate)
    app.router.add_route("*", "/records", hook.records)
    app.router.add_route("*", "/adjustendpoints", hook.adjust)
    return app


class _Webhook:
    """The handlers."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def negotiate(self, request: web.Request) -> web.StreamResponse:
        _method(request, "GET")
        _accepts(request)
        found = self._provider.domains()
        if found is None:
            self._synced()
        return _answer(_ENCODE(found or DomainFilter()))

    async def records(self, request: web.Request) -> web.StreamResponse:
        _method(request, "GET", "POST")
        if request.method == "GET":
            _accepts(request)
            self._synced()
            return await self._tell(request)
        changes = await _body(request, _CHANGES)
        self._synced()
        await self._provider.accept(changes)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def adjust(self, request: web.Request) -> web.StreamResponse:
        _method(request, "POST")
        found = await _body(request, _ENDPOINTS)
        adjusted = self._provider.adjust([each for each in found or () if each is not None])
        return _answer(_ENCODE(adjusted))

    def _synced(self) -> None:
        reasons = self._provider.reasons()
        if reasons:
            raise Wrong(HTTPStatus.SERVICE_UNAVAILABLE, "; ".join(reasons))

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": MEDIA_TYPE})
        await response.prepare(request)
        before = b"["
        for portion in self._provider.records():
            if portion:
                await response.write(before + b",".join(map(_ENCODE, portion)))
                before = b","
            # The engine has its turn between two portions, also where the peer takes them at once.
            await asyncio.sleep(0)
        await response.write(b"[]" if before == b"[" else b"]")
        await response.write_eof()
        return response


def _gate() -> Any:
    """Return the middleware that lets in who may come in, not too many at once, and says what is refused."""
    under_way = 0

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal under_way
        refused = refusal(request, None)
        if refused is None and under_way >= AT_ONCE:
            refused = HTTPStatus.SERVICE_UNAVAILABLE, f"more than {AT_ONCE} requests are under way"
        if refused is not None:
            return _said(*refused)
        under_way += 1
        try:
            return await _guarded(request, handler)
        finally:
            under_way -= 1

    return gate


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(PATIENCE):
            return await handler(request)
    except Wrong as wrong:
        return _said(wrong.status, str(wrong))
    except web.HTTPRequestEntityTooLarge:
        return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {LARGEST} bytes")
    except web.HTTPNotFound:
        return _said(HTTPStatus.NOT_FOUND, "there are /, /records and /adjustendpoints")
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, f"it took more than {PATIENCE:.0f} s")


def _method(request: web.Request, *allowed: str) -> None:
    if request.method not in allowed:
        raise Wrong(HTTPStatus.BAD_REQUEST, f"allowed is {' or '.join(allowed)}")


def _accepts(request: web.Request) -> None:
    asked = request.headers.get("Accept", "*/*").replace(" ", "")
    if MEDIA_TYPE not in asked and "*/*" not in asked:
        raise Wrong(HTTPStatus.NOT_ACCEPTABLE, f"what is answered is {MEDIA_TYPE}")


async def _body(request: web.Request, decoder: "msgspec.json.Decoder[Body]") -> Body:
    if request.headers.get("Content-Type", "").replace(" ", "") != MEDIA_TYPE:
        raise Wrong(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a body has Content-Type: {MEDIA_TYPE}")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Wrong(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a body has no Content-Encoding")
    try:
        return decoder.decode(await request.read())
    except (msgspec.MsgspecError, UnicodeError, RecursionError, web.RequestPayloadError) as error:
        raise Wrong(HTTPStatus.BAD_REQUEST, f"the body is not understood: {error}") from error


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": MEDIA_TYPE})


def _said(status: HTTPStatus, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
