"""The API over HTTP: how the service stands, why a name is as it is, and orders of people.

    GET  /api/status                                     how everything stands
    GET  /api/verdicts?reason=&zone=&name=&limit=        what is withheld, oldest first
    GET  /api/explain?host=                              all that is known of one name, in words and as facts
    GET  /api/parked?zone=&limit=                        which deletions wait for a word
    GET  /api/freezes                                    where nothing is written, and what was undone and stays so
    GET  /api/scorecard                                  what was held back, called back and sent, or would have been
    GET  /api/undo?batch=                                what undoing a batch would do
    GET  /api/restore?zone=&to=                          what restoring a zone to a moment would do
    POST /api/orders/{freeze,thaw,approve,repair}        an order, as JSON
    POST /api/orders/{undo,restore}                      the same, for exactly what was looked at

Rules kept here:

- What is asked for is JSON, and so is every answer: `{"done": ..., "text": ...}` to an order, `{"error": ...}` with one sentence
  to what is refused. An order that cannot be carried out is 409.
- A parameter that is not known is refused, as is one given twice.
- An order comes with `Content-Type: application/json`: a page in a browser cannot send that to another origin unasked.
"""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
from aiohttp import web
from msgspec.structs import replace

from dnsguard.core.names import canonical
from dnsguard.core.telling import tell
from dnsguard.core.undo import Refused
from dnsguard.errors import ServiceUnavailable
from dnsguard.model.explanation import Explanation, Told
from dnsguard.model.facts import Reason
from dnsguard.model.orders import Order, Reply, Undo
from dnsguard.model.requests import UnappliedPage
from dnsguard.model.status import ParkedZone, Status, VerdictPage
from dnsguard.web import undo
from dnsguard.web.bearer import Read, refusal
from dnsguard.web.orders import BODIES, order_of

LARGEST = 64 * 1024
"""Bytes of a body."""
SHOWN = 100
MOST = 1000
"""Verdicts or names of one answer: usually, and at most."""


class Service(Protocol):
    """The running service, as the API asks it."""

    def now(self) -> float:
        """Return the present moment on the engine's clock."""

    def status(self) -> Status:
        """Return how everything stands."""

    def verdicts(self, most: int, reason: Reason | None, zone: str | None, name: str | None) -> VerdictPage:
        """Return the oldest verdicts of a reason, a zone (bare id) and a name, None for any."""

    def parked(self, most: int, zone: str | None) -> tuple[ParkedZone, ...]:
        """Return what is parked in every zone, or in one (bare id)."""

    def explain(self, name: str) -> Explanation:
        """Return all that is known of a canonical name."""

    def unapplied(self, most: int) -> UnappliedPage | None:
        """Return what was asked through the webhook and is not carried out; None where nobody asks."""

    def zones_called(self, text: str) -> tuple[str, ...]:
        """Return the ids of the zones in use that *text* names, by bare id or name."""

    def order(self, order: Order) -> Reply:
        """Carry out an order."""

    @property
    def time_machine(self) -> undo.TimeMachine:
        """What makes orders that go back."""


class Wrong(Exception):
    """A request cannot be answered; its text is the sentence."""

    def __init__(self, text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(text)
        self.status = status


def make_api(service: Service, read: Read | None = None, routes: Iterable[web.RouteDef] = ()) -> web.Application:
    """Make the application, with further *routes*; *read* gives the token that is asked for, None: none is."""
    api = _Api(service)
    app = web.Application(middlewares=[_gate(read)], client_max_size=LARGEST)
    app.router.add_get("/api/status", api.status)
    app.router.add_get("/api/verdicts", api.verdicts)
    app.router.add_get("/api/explain", api.explain)
    app.router.add_get("/api/parked", api.parked)
    app.router.add_get("/api/freezes", api.freezes)
    app.router.add_get("/api/unapplied", api.unapplied)
    app.add_routes(routes)
    for kind in BODIES:
        app.router.add_post(f"/api/orders/{kind}", api.order)
    for kind in undo.BODIES:
        app.router.add_get(f"/api/{kind}", api.look_back)
        app.router.add_post(f"/api/orders/{kind}", api.go_back)
    return app


class _Api:
    """The handlers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def status(self, request: web.Request) -> web.Response:
        _asked(request)
        return _answer(self._service.status())

    async def verdicts(self, request: web.Request) -> web.Response:
        asked = _asked(request, "reason", "zone", "name", "limit")
        name = _name(asked["name"]) if "name" in asked else None
        return _answer(self._service.verdicts(_limit(asked), _reason(asked), self._zone(asked), name))

    async def explain(self, request: web.Request) -> web.Response:
        asked = _asked(request, "host")
        if not asked.get("host"):
            raise Wrong("host is missing: /api/explain?host=www.example.com")
        found = self._service.explain(_name(asked["host"]))
        return _answer(Told(tell(found), found))

    async def parked(self, request: web.Request) -> web.Response:
        asked = _asked(request, "zone", "limit")
        return _answer({"zones": self._service.parked(_limit(asked), self._zone(asked))})

    async def unapplied(self, request: web.Request) -> web.Response:
        asked = _asked(request, "limit")
        found = self._service.unapplied(_limit(asked))
        if found is None:
            raise Wrong("nobody asks here: this is not webhook mode", HTTPStatus.NOT_FOUND)
        return _answer(found)

    async def freezes(self, request: web.Request) -> web.Response:
        _asked(request)
        status = self._service.status()
        return _answer({"freezes": status.freezes, "undone": status.undone})

    async def order(self, request: web.Request) -> web.Response:
        kind, body = await _ordered(request)
        try:
            order = order_of(kind, body, self._service.now())
        except ValueError as error:
            raise Wrong(str(error)) from error
        return _replied(self._service.order(order))

    async def look_back(self, request: web.Request) -> web.Response:
        kind = request.path.rpartition("/")[2]
        needed = ("batch",) if kind == "undo" else ("zone", "to")
        asked = _asked(request, *needed)
        lacking = [name for name in needed if not asked.get(name)]
        if lacking:
            raise Wrong(f"{lacking[0]} is missing: /api/{kind}?{'&'.join(f'{name}=' for name in needed)}")
        found = await self._going_back(undo.UndoBody(**asked) if kind == "undo" else undo.RestoreBody(**asked), again=False)
        return _replied(found) if isinstance(found, Reply) else _answer(undo.document(found.plan))

    async def go_back(self, request: web.Request) -> web.Response:
        kind, body = await _ordered(request)
        try:
            asked = undo.asked_of(kind, body)
        except ValueError as error:
            raise Wrong(str(error)) from error
        found = await self._going_back(asked, again=True)
        return _replied(found if isinstance(found, Reply) else self._service.order(replace(found, checksum=asked.checksum)))

    async def _going_back(self, asked: undo.GoingBack, *, again: bool) -> Undo | Reply:
        """Return the order that goes back, or the reply that declines it."""
        machine = self._service.time_machine
        try:
            match asked:
                case undo.UndoBody(by=by, batch=batch):
                    return await machine.undo(batch, by, again=again)
                case undo.RestoreBody(by=by, zone=zone, to=to):
                    return await machine.restore(zone, to, by, again=again)
        except Refused as refused:
            return Reply(done=False, text=str(refused))
        except ServiceUnavailable as error:
            raise Wrong(str(error), HTTPStatus.SERVICE_UNAVAILABLE) from error
        except ValueError as error:
            raise Wrong(str(error)) from error

    def _zone(self, asked: dict[str, str]) -> str | None:
        if "zone" not in asked:
            return None
        found = self._service.zones_called(asked["zone"])
        if not found:
            raise Wrong(f"no zone in use is called {asked['zone']!r}", HTTPStatus.NOT_FOUND)
        if len(found) > 1:
            raise Wrong(f"several zones are called {asked['zone']}: name one by its id: {', '.join(found)}")
        return found[0]


def _gate(read: Read | None) -> Any:
    """Return the middleware that lets in who may come in, and says as JSON what is refused."""

    @web.middleware
    async def gate(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        refused = refusal(request, read)
        if refused is not None:
            status, text = refused
            return _error(text, status, {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {})
        try:
            return await handler(request)
        except Wrong as wrong:
            return _error(str(wrong), wrong.status)
        except web.HTTPMethodNotAllowed as error:
            return _error(f"allowed is {error.headers['Allow']}", HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": error.headers["Allow"]})
        except web.HTTPRequestEntityTooLarge:
            return _error(f"the body has more than {LARGEST} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except web.HTTPNotFound:
            return _error("there is no such path", HTTPStatus.NOT_FOUND)

    return gate


async def _ordered(request: web.Request) -> tuple[str, bytes]:
    """Return the kind and the body of an order."""
    _asked(request)
    if request.content_type != "application/json":
        raise Wrong("an order has Content-Type: application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return request.path.rpartition("/")[2], await request.read()


def _replied(reply: Reply) -> web.Response:
    return _answer(reply, HTTPStatus.OK if reply.done else HTTPStatus.CONFLICT)


def _asked(request: web.Request, *known: str) -> dict[str, str]:
    """Return the parameters of *request*, all of which have to be among *known*."""
    found: dict[str, str] = {}
    for key, value in request.query.items():
        if key not in known:
            raise Wrong(f"{key!r} is no parameter here" + (f", known are {', '.join(known)}" if known else ", there are none"))
        if key in found:
            raise Wrong(f"{key} is given twice")
        if not value.isprintable():
            raise Wrong(f"{key} holds a character that cannot be printed")
        found[key] = value
    return found


def _limit(asked: dict[str, str]) -> int:
    text = asked.get("limit", str(SHOWN))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= MOST):
        raise Wrong(f"limit is {text!r}, allowed is a whole number from 1 to {MOST}")
    return int(text)


def _reason(asked: dict[str, str]) -> Reason | None:
    if "reason" not in asked:
        return None
    try:
        return Reason(asked["reason"])
    except ValueError:
        raise Wrong(f"reason is {asked['reason']!r}, allowed are {', '.join(each.value for each in Reason)}") from None


def _name(text: str) -> str:
    try:
        return canonical(text)
    except ValueError as error:
        raise Wrong(str(error)) from error


def _answer(found: Any, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(found), status=status, headers={"Content-Type": "application/json", "Cache-Control": "no-store"}
    )


def _error(text: str, status: HTTPStatus, headers: dict[str, str] | None = None) -> web.Response:
    response = _answer({"error": text}, status)
    response.headers.update(headers or {})
    return response
