"""A cluster from a tape: an API server over HTTP that serves lists and watches of what was recorded.

Rules kept here:
- One clock for all resources. It starts with the first watch (or `start`), so that lists made before it show the
  beginning, and every later list shows the state of the clock. *speed* 1 is real time; None is as fast as it goes.
- A watch sends what follows its version, byte for byte as recorded; bookmarks only if it asked for them. A version that
  was not handed out by a list or frame, or was before `expire`, is answered with 410.
- An ERROR frame is sent once: it speaks of a moment and is no part of the history.
- What the tape does not have is 404, as for a CRD that is not installed. Label selectors of the form `key=value` are served,
  others refused with 400, and streaming lists with 422, as by a server without WatchList, unless *streaming*.
- Nothing can be written but Events, which `events` keeps.
- The faults are those of real servers: watches that end, connections that break, histories that expire, refusals.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from aiohttp import web

from dnsguard.errors import VersionExpired
from dnsguard.kubernetes.tape import Tape, read_tape
from dnsguard.lab.answers import UNKNOWN, Refusal, said, status
from dnsguard.lab.event_log import EventLog
from dnsguard.lab.history import History, Moment, histories
from dnsguard.lab.playback import Playback
from dnsguard.lab.selection import narrowed, wanted_labels

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?",
)
_AT_ONCE = 64
"""Frames that are written at once."""


@dataclass(eq=False, slots=True)
class Watch:
    """An open watch and how many moments of its history it has been sent."""

    request: web.Request
    history: History
    count: int


class TapeServer:
    """Serves one tape; *end_after* frames (None: never) every watch is ended.

    Use it as an asynchronous context manager (`url` is then its address), or hand `app` to a runner of your own.
    """

    def __init__(
        self, tape: Tape | str | Path, *, speed: float | None = None, end_after: int | None = None, streaming: bool = False
    ) -> None:
        self.tape = tape if isinstance(tape, Tape) else read_tape(tape)
        self.end_after = end_after
        self.streaming = streaming
        self.expire_in_stream = False
        self.url = ""
        self.requests: list[str] = []
        self.lookups: list[str] = []
        self.events = EventLog()
        self._histories = histories(self.tape)
        self._selected: dict[tuple[str, str], History] = {}
        self._clock = Playback(self.tape, speed)
        self._refusals: list[Refusal] = []
        self._missing: set[str] = set()
        self._watches: set[Watch] = set()
        self._spent: set[int] = set()
        self._generation = 0
        self._playing: asyncio.Task[None] | None = None
        self.app = web.Application()
        for path in ("/readyz", "/livez", "/healthz"):
            self.app.router.add_get(path, _ready)
        self.app.router.add_get("/version", _version)
        self.app.router.add_get("/{path:.*}", self._answer)
        self.app.router.add_post("/{path:.*}", self._write)
        self.app.router.add_patch("/{path:.*}", self._write)
        self.app.on_shutdown.append(self._shut)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve on *host* and *port* (0: a free one); return the address."""
        self._runner = web.AppRunner(self.app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.url

    async def close(self) -> None:
        """End what `listen` began."""
        await self._runner.cleanup()

    def start(self) -> None:
        """Start the clock, if no watch has yet."""
        if self._playing is None:
            self._playing = asyncio.get_running_loop().create_task(self._clock.run(), name="tape clock")

    def pause(self) -> None:
        """Stop the clock."""
        self._clock.pause()

    def resume(self) -> None:
        """Let the clock go on."""
        self._clock.resume()

    def advance(self, lines: int = 1) -> None:
        """Let *lines* of the tape pass at once, in a pause or not."""
        self._clock.advance(lines)

    def position(self) -> float:
        """Return the seconds of the tape that have passed."""
        return self._clock.position()

    @property
    def watches(self) -> int:
        """How many watches are open."""
        return len(self._watches)

    @property
    def done(self) -> bool:
        """Whether the tape is over and every watch that is open has been sent all of it."""
        return self._clock.over and all(watch.count == len(watch.history.moments) for watch in self._watches)

    async def finished(self) -> None:
        """Wait until `done`."""
        while not self.done:
            await self._clock.movement()

    def end_watches(self) -> None:
        """End every open watch, as a server does after `timeoutSeconds`."""
        self._generation += 1
        self._clock.move()

    def drop_connections(self) -> None:
        """Break the connection of every open watch."""
        for watch in list(self._watches):
            if watch.request.transport is not None:
                watch.request.transport.abort()

    def expire(self) -> None:
        """Forget all versions and continue tokens; open watches go on, new ones get 410 until they list again."""
        for history in (*self._histories.values(), *self._selected.values()):
            history.expire()

    def refuse(
        self,
        status: int,
        path: str = "",
        *,
        times: float = 1,
        skip: int = 0,
        watching: bool | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer the next *times* requests whose path ends in *path* with *status*, after letting *skip* of them pass.

        *watching* True or False narrows that to watches or lists.
        """
        self._refusals.append(Refusal(status, times, path, watching, skip, retry_after))

    def forgive(self) -> None:
        """Refuse nothing any more."""
        self._refusals.clear()

    def remove(self, plural: str) -> None:
        """Answer 404 for *plural* from now on, as if its CRD had been taken away; its watches end."""
        self._missing.add(plural)
        self.end_watches()

    def restore(self, plural: str) -> None:
        """Serve *plural* again."""
        self._missing.discard(plural)

    async def _shut(self, _: web.Application) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])
        self.end_watches()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        found = _PATH.fullmatch(request.path)
        (self.lookups if found is not None and found["name"] else self.requests).append(request.path_qs)
        name = f"{found['group'] or 'core'}/{found['version']}/{found['plural']}" if found else ""
        watching = request.query.get("watch", "") in {"1", "true"}
        refused = self._refused(request, found["plural"] if found else "", name, watching=watching)
        if found is None or refused is not None:
            return refused or status(404, UNKNOWN)
        history, namespace = self._history(name, request.query.get("labelSelector", "")), found["namespace"] or ""
        if found["name"]:
            item = history.state(history.passed(self._clock.count)).get((namespace, found["name"]))
            return web.Response(body=item, content_type="application/json") if item else status(404, f'"{found["name"]}" not found')
        try:
            return await self._watch(request, history, namespace) if watching else self._page(request, history, namespace)
        except VersionExpired as error:
            return await self._expired(request, str(error)) if watching else status(410, str(error))

    def _refused(self, request: web.Request, plural: str, name: str, *, watching: bool) -> web.Response | None:
        for refusal in self._refusals:
            if refusal.takes(request.path, watching=watching):
                return refusal.answer()
        if name not in self._histories or plural in self._missing:
            return status(404, UNKNOWN)
        if request.query.get("sendInitialEvents") and not self.streaming:
            return status(422, "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
        selector = request.query.get("labelSelector", "")
        if request.query.get("fieldSelector") or (selector and wanted_labels(selector) is None):
            return status(400, "the lab's API server knows no selectors but key=value of labels")
        return None

    def _history(self, name: str, selector: str) -> History:
        labels = wanted_labels(selector) if selector else None
        if labels is None:
            return self._histories[name]
        if (name, selector) not in self._selected:
            self._selected[name, selector] = History(narrowed(self.tape, name, labels), name)
        return self._selected[name, selector]

    async def _write(self, request: web.Request) -> web.Response:
        found = _PATH.fullmatch(request.path)
        if found is None or (found["group"], found["version"], found["plural"]) != ("events.k8s.io", "v1", "events"):
            return status(405, "the server does not allow this method on the requested resource")
        self.events.asked += 1
        collection = request.path.removesuffix(f"/{found['name']}")
        for refusal in self._refusals:
            if refusal.takes(collection, watching=False):
                return refusal.answer()
        body, dry = await request.read(), request.query.get("dryRun") == "All"
        namespace = found["namespace"] or ""
        if request.method == "POST":
            code, answer = self.events.create(namespace, body, dry=dry)
        else:
            code, answer = self.events.merge(namespace, found["name"] or "", request.content_type, body, dry=dry)
        return status(code, answer) if isinstance(answer, str) else web.json_response(answer, status=code)

    def _page(self, request: web.Request, history: History, namespace: str) -> web.Response:
        limit = request.query.get("limit", "0")
        body = history.page(self._clock.count, namespace, int(limit) if limit.isdigit() else 0, request.query.get("continue", ""))
        answer = web.Response(body=body, content_type="application/json")
        if len(body) > 128 * 1024:
            answer.enable_compression()
        return answer

    async def _watch(self, request: web.Request, history: History, namespace: str) -> web.StreamResponse:
        version = request.query.get("resourceVersion", "")
        sudden = version in {"", "0"}
        watch = Watch(request, history, history.passed(self._clock.count) if sudden else history.after(version))
        seconds = request.query.get("timeoutSeconds", "")
        response = await _opened(request)
        with self._watched(watch), suppress(ConnectionResetError, TimeoutError):
            self.start()
            if sudden:
                await response.write(b"".join(_added(history, watch.count, namespace)))
                if request.query.get("sendInitialEvents") == "true":
                    await response.write(history.end_of_list(watch.count) + b"\n")
            async with asyncio.timeout(float(seconds) if seconds.isdigit() and seconds != "0" else None):
                await self._send(watch, response, namespace)
        return response

    async def _send(self, watch: Watch, response: web.StreamResponse, namespace: str) -> None:
        """Write what follows until the watch is ended."""
        bookmarks = watch.request.query.get("allowWatchBookmarks", "") in {"1", "true"}
        generation, room = self._generation, self.end_after
        history, count = watch.history, watch.count
        while generation == self._generation and (room is None or room > 0):
            end = min(history.passed(self._clock.count), count + _AT_ONCE)
            if end == count:
                await self._clock.movement()
                continue
            frames: list[bytes] = []
            while count < end and (room is None or len(frames) < room):
                moment = history.moments[count]
                count += 1
                if _concerns(moment, namespace, bookmarks=bookmarks) and moment.at not in self._spent:
                    if moment.type == "ERROR":
                        self._spent.add(moment.at)
                    frames.append(moment.frame + b"\n")
                    history.sent(count)
            room = room if room is None else room - len(frames)
            await response.write(b"".join(frames))
            watch.count = count
            self._clock.move()

    @contextmanager
    def _watched(self, watch: Watch) -> Iterator[None]:
        self._watches.add(watch)
        try:
            yield
        finally:
            self._watches.discard(watch)
            self._clock.move()

    async def _expired(self, request: web.Request, why: str) -> web.StreamResponse:
        if not self.expire_in_stream:
            return status(410, why)
        response = await _opened(request)
        await response.write(b'{"type":"ERROR","object":' + msgspec.json.encode(said(410, why)) + b"}\n")
        return response


async def _ready(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _version(_: web.Request) -> web.Response:
    return web.json_response({"major": "1", "minor": "33", "gitVersion": "v1.33.0"})


async def _opened(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    return response


def _concerns(moment: Moment, namespace: str, *, bookmarks: bool) -> bool:
    if moment.type == "BOOKMARK":
        return bookmarks
    return namespace in {"", moment.key[0]} or not moment.type


def _added(history: History, count: int, namespace: str) -> Iterator[bytes]:
    for key, item in history.state(count).items():
        if namespace in {"", key[0]}:
            yield b'{"type":"ADDED","object":' + item + b"}\n"
