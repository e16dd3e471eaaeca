"""Recording: a live cluster's lists and watches, byte for byte, as a tape.

Rules kept here:

- Every resource is listed once and watched from there; a watch that ends or breaks is resumed, an expired one listed again.
- What is written is whole: a line is one list or one frame, in order of arrival, and is on disk a second later at most.
- A resource that cannot be read is told and tried again; the others go on.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import aclosing
from random import Random

import msgspec

from dnsguard.core.backoff import Backoff
from dnsguard.errors import ClusterUnavailable, SourceGone, UnreadableObject, VersionExpired
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.decode import Bookmark, Decoder, Expired, Failed, Versioned
from dnsguard.kubernetes.resources import Resource
from dnsguard.kubernetes.tape import Header
from dnsguard.model.events import Upserted

TROUBLE = Backoff(1, 30)
WHOLE = 0
"""The page limit that asks for a list in one piece, as a tape wants it."""


class Spool:
    """Writes the lines of a tape with *write*; *clock* gives seconds since 1970."""

    def __init__(self, write: Callable[[bytes], object], resources: Iterable[Resource], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._begun = clock()
        self.lists = 0
        self.frames = 0
        header = msgspec.json.encode(Header(1, self._begun, tuple(resource.tape_name for resource in resources)))
        self._line("", "header", header)

    def list_of(self, resource: Resource, body: bytes) -> None:
        """Write a list."""
        self.lists += 1
        self._line(resource.tape_name, "list", msgspec.json.encode(msgspec.json.decode(body)))

    def frame_of(self, resource: Resource, line: bytes) -> None:
        """Write a frame."""
        self.frames += 1
        self._line(resource.tape_name, "frame", line.strip())

    def _line(self, resource: str, op: str, data: bytes) -> None:
        seconds = f"{self._clock() - self._begun:.6f}".encode()
        self._write(b'{"t":%s,"resource":"%s","op":"%s","data":%s}\n' % (seconds, resource.encode(), op.encode(), data))


async def record(
    api: ApiServer, resources: Iterable[Resource], spool: Spool, chance: Random, tell: Callable[[str], None], seconds: float | None
) -> None:
    """Record *resources* into *spool* for *seconds*, or until cancelled; *tell* hears troubles as sentences."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(Recorder(api, resource, spool, chance, tell).run()) for resource in resources]
        if seconds is not None:
            await asyncio.sleep(seconds)
            for task in running:
                task.cancel()


class Recorder:
    """Records one resource into *spool*; *tell* hears troubles as sentences."""

    def __init__(self, api: ApiServer, resource: Resource, spool: Spool, chance: Random, tell: Callable[[str], None]) -> None:
        self._api = api
        self._resource = resource
        self._spool = spool
        self._chance = chance
        self._tell = tell
        self._decoder = Decoder(resource)
        self._version = ""
        self._failures = 0
        self._told = ""

    async def run(self) -> None:
        """Record until cancelled."""
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._watch()
            except VersionExpired:
                self._version = ""
            except (ClusterUnavailable, SourceGone, UnreadableObject) as error:
                self._failures += 1
                if str(error) != self._told:
                    self._told = str(error)
                    self._tell(self._told)
                await asyncio.sleep(TROUBLE.delay(self._failures, self._chance))
            else:
                await asyncio.sleep(TROUBLE.delay(1, self._chance))

    async def _list(self) -> None:
        body = await self._api.list_page(self._resource, limit=WHOLE)
        self._version = self._decoder.page(body).version
        self._spool.list_of(self._resource, body)

    async def _watch(self) -> None:
        async with aclosing(self._api.watch(self._resource, "", self._version, self._chance.random())) as lines:
            async for line in lines:
                if not isinstance(line, bytes):
                    self._tell(f"{self._resource.path()}: a frame of {line.size} bytes was left out")
                    continue
                self._absorb(line)

    def _absorb(self, line: bytes) -> None:
        match self._decoder.frame(line):
            case Expired(text):
                raise VersionExpired(text)
            case Failed(code, text) if code:
                raise ClusterUnavailable(f"the watch of {self._resource.path()} ended with {code}: {text}")
            case Failed(_, text):
                self._tell(f"{self._resource.path()}: a frame was left out: {text}")
                return
            case Upserted(_, version) | Versioned(_, version) | Bookmark(version):
                self._version = version or self._version
        self._failures = 0
        self._spool.frame_of(self._resource, line)
