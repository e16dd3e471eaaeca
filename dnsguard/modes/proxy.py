"""Proxy mode: between any external-dns and the API server; a MODIFIED that DNS cannot see reaches the client as a bookmark.

Rules kept here:
- What is sent on: reading (get, list, watch) of the configured resources, creating, updating and patching of the configured ones,
  and what tells of the server. Everything else is refused with 403.
- A watch is sifted if its kind has a sieve, its client takes JSON, and the answer is JSON that nobody packed. A list of such a kind
  is listened to, so that the watch that continues it knows what its client holds. Everything else goes through untouched.
- A client is the product that its User-Agent names.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from dnsguard.core.sieve.gate import Gate, Scope, Shelf, Why
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.sieves import Sieve, Sieves
from dnsguard.core.sieve.tally import Tally
from dnsguard.errors import ClusterUnavailable
from dnsguard.kubernetes.frames import Reader
from dnsguard.kubernetes.inquiry import Inquiry, inquiry_of, tells_of_server
from dnsguard.kubernetes.sifting import Answer, Listed, Pages, Plain, Sifted
from dnsguard.kubernetes.upstream import Answered, Headers, Silence, Upstream, accepted, is_json
from dnsguard.model.settings import Settings
from dnsguard.web.proxy_report import reachable, refused, summed, unreachable
from dnsguard.web.relay import Refused
from dnsguard.web.sayings import Saying

READING = frozenset({"get", "list", "watch"})
WRITING = frozenset({"create", "update", "patch"})
_LONGEST_CLIENT = 64
_MOST_TOLD = 1000
"""Refused requests that are told of, each once."""


class Proxy:
    """Decides what becomes of requests and answers; *upstream* is where they go, *tell* hears what a person should know."""

    def __init__(self, settings: Settings, upstream: Upstream, tell: Callable[[Saying], None]) -> None:
        sieves = Sieves(settings.proxy, settings.sources)
        self._sieves = {kind.resource: sieves.of(kind) for kind in KINDS.values()}
        self._reads = frozenset(settings.proxy.resources)
        self._writes = frozenset(settings.proxy.writes)
        self._tell = tell
        self._refused: set[tuple[str, str]] = set()
        self.upstream = upstream
        self.shelf = Shelf()
        self.pages = Pages(self.shelf)
        self.tally = Tally()
        self.requests: Counter[tuple[str, str]] = Counter()
        self.watches: Counter[tuple[str, str]] = Counter()
        self.trouble = ""

    def admit(self, method: str, target: str, headers: Headers) -> "Request | Refused":
        """Return what becomes of a request for *target*, path and query."""
        path, _, query = target.partition("?")
        if method == "GET" and tells_of_server(path):
            return Request(self, method, target, headers, None, None, "")
        inquiry = inquiry_of(method, path, query)
        client = self.tally.client(_client(headers))
        if inquiry is None or not self._allows(inquiry):
            what = f"{inquiry.verb} {inquiry.resource}" if inquiry else f"{method} of this path"
            self.requests["refused", "403"] += 1
            if (client, what) not in self._refused and len(self._refused) < _MOST_TOLD:
                self._refused.add((client, what))
                self._tell(refused(client, what))
            return Refused(403, f"{what} is not allowed; what is allowed is in proxy.resources and proxy.writes")
        sieve = self._sieves.get(inquiry.resource) if inquiry.clear and inquiry.verb in {"list", "watch"} else None
        if sieve is not None:
            headers, readable = accepted(headers, core=sieve.kind.core)
            sieve = sieve if readable else None
        return Request(self, method, target, headers, inquiry, sieve, client)

    def reasons(self) -> list[str]:
        """Return why it is not ready, one sentence each."""
        return [self.trouble] if self.trouble else []

    def reached(self, trouble: str = "") -> None:
        """Take in that the API server answered, or why it did not."""
        if bool(trouble) != bool(self.trouble):
            self._tell(unreachable(trouble) if trouble else reachable())
        self.trouble = trouble

    @contextmanager
    def watched(self, client: str, resource: str) -> Iterator[None]:
        """Count an open watch while the context lasts."""
        self.watches[client, resource] += 1
        try:
            yield
        finally:
            self.watches[client, resource] -= 1

    async def summarise(self, period: float) -> None:
        """Tell every *period* seconds what was replaced, until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(period)
                self._tell_summary()
        finally:
            self._tell_summary()

    def _tell_summary(self) -> None:
        for line in self.tally.lines():
            self._tell(summed(line))

    def _allows(self, inquiry: Inquiry) -> bool:
        if inquiry.verb in READING:
            return inquiry.resource in self._reads or (inquiry.verb == "get" and inquiry.resource in self._writes)
        return inquiry.verb in WRITING and inquiry.resource in self._writes


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be sent on."""

    proxy: Proxy
    method: str
    target: str
    headers: Headers
    inquiry: Inquiry | None
    sieve: Sieve | None
    client: str

    @asynccontextmanager
    async def send(self, body: bytes) -> AsyncIterator[tuple[Answered, Answer, bool]]:
        """Send it; give the answer, what it goes through, and whether that may change its length. ClusterUnavailable."""
        proxy, inquiry = self.proxy, self.inquiry
        verb = inquiry.verb if inquiry else "server"
        sent = proxy.upstream.sent(self.method, self.target, self.headers, body, _silence(inquiry))
        async with AsyncExitStack() as stack:
            try:
                answered = await stack.enter_async_context(sent)
            except ClusterUnavailable as error:
                proxy.reached(str(error))
                proxy.requests[verb, "none"] += 1
                raise
            proxy.reached()
            proxy.requests[verb, str(answered.status)] += 1
            if inquiry is not None and verb == "watch":
                stack.enter_context(proxy.watched(self.client, inquiry.resource))
            passage = self._passage(answered)
            yield answered, passage, isinstance(passage, Sifted)

    def _passage(self, answered: Answered) -> Answer:
        inquiry, sieve, proxy = self.inquiry, self.sieve, self.proxy
        packed = answered.header("Content-Encoding").lower()
        if inquiry is None or sieve is None or answered.status != 200 or not is_json(answered.header("Content-Type")):
            return Plain()
        reader = Reader(sieve, inquiry.version)
        query = inquiry.query
        scope = Scope(self.client, inquiry.collection, query.get("labelSelector", ""), query.get("fieldSelector", ""))
        if inquiry.watching and not packed:
            return Sifted(reader, self._gate(scope), proxy.shelf, scope, self._count)
        if inquiry.verb == "list" and packed in {"", "gzip", "deflate"}:
            return Listed(reader, sieve.kind.name, proxy.pages, scope, query.get("continue", ""), packed=bool(packed))
        return Plain()

    def _gate(self, scope: Scope) -> Gate:
        inquiry = self.inquiry
        assert inquiry is not None
        version = "" if inquiry.streaming else inquiry.query.get("resourceVersion", "")
        return Gate(version, self.proxy.shelf.take(scope, version), bookmarks=inquiry.bookmarks)

    def _count(self, manager: str, why: Why) -> None:
        assert self.inquiry is not None
        self.proxy.tally.count(self.client, self.inquiry.resource, manager, why)


def _silence(inquiry: Inquiry | None) -> Silence:
    if inquiry is None or inquiry.verb != "watch":
        return "answer"
    return "bookmarks" if inquiry.bookmarks else "any"


def _client(headers: Headers) -> str:
    agent = next((value for name, value in headers if name.lower() == "user-agent"), "")
    product = agent.split(maxsplit=1)[0] if agent.strip() else "unknown"
    return "".join(letter for letter in product if letter.isprintable())[:_LONGEST_CLIENT]
