"""The reflector: lists a resource, watches it from there, and keeps at it, for ever.

Rules kept here:
- A version is remembered only after its event was absorbed; a watch that ended is resumed there. A connection that broke
  is resumed too, after a back-off: a new list is dear and tells nothing new.
- Only an expired version (410, as a status or as an ERROR frame) makes a new list, and so does a frame that could not be
  read at all, once its watch has ended: the object that it spoke of is unknown.
- A list is whole or it is none: it is concluded (`Listed`) after its last page. An expired continue token starts it again,
  now without pages, as client-go does, so that it comes to an end.
- A streaming list is asked for first, where *streaming* allows it; pages follow where the server has none, for good, and
  where one broke off before its end, once. Until its end it is a list: no version is remembered, nothing is concluded.
- With several namespaces each is listed and watched by itself; `Listed` names the objects of all (see `roll`).
- What cannot be had (403, 404) is `SourceLost`, told once, and looked for again every minute; it proves nothing. A kind
  that is *optional*, and that is not served (404) and never had objects here, counts as listed and empty; it is looked
  for again all the same, and listed when its CRD comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from random import Random
from typing import Any

from msgspec import Struct

from dnsguard.core.backoff import Backoff
from dnsguard.errors import ClusterUnavailable, DnsguardError, SourceGone, UnreadableObject, VersionExpired
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.decode import Bookmark, Decoder, Expired, Failed, Frame, Versioned, too_long
from dnsguard.kubernetes.refusals import NotStreaming, ResourceMissing, Unavailable
from dnsguard.kubernetes.resources import Resource
from dnsguard.kubernetes.roll import Roll
from dnsguard.kubernetes.watch import PAGE, TooLong
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.objects import Ref

TROUBLE = Backoff(1, 30)
"""The API server did not answer, or not well."""
GONE = Backoff(5, 60)
"""The resource is forbidden or absent: a person has to act."""


class Trouble(Struct, frozen=True):
    """Something that went wrong with a kind and proves nothing of any object; *wait* seconds until it is tried again."""

    kind: str
    why: str
    wait: float


class Recovered(Struct, frozen=True):
    """A kind can be read again after troubles."""

    kind: str


Observe = Callable[[Upserted[Any] | Deleted | Unreadable | Listed | SourceLost], None]
"""Takes in events of whatever view the resource's objects have."""
Tell = Callable[[Trouble | Recovered], None]
Sleep = Callable[[float], Awaitable[object]]


def _unheard(_: Trouble | Recovered) -> None:
    """Tell nobody."""


class Reflector:
    """Hands every event of one resource to *observe*, and every trouble to *tell*.

    Empty *namespaces* mean all of them; cluster-scoped resources have none.
    """

    def __init__(
        self,
        api: ApiServer,
        resource: Resource,
        namespaces: tuple[str, ...],
        observe: Observe,
        *,
        chance: Random,
        sleep: Sleep = asyncio.sleep,
        optional: bool = False,
        streaming: bool = False,
        tell: Tell = _unheard,
    ) -> None:
        names = tuple(dict.fromkeys(namespaces)) if resource.namespaced and namespaces else ("",)
        roll = Roll(names, remembering=optional)
        decoder = Decoder(resource)
        self._strands = [
            Strand(api, resource, name, decoder, roll, observe, tell, chance, sleep, optional=optional, streaming=streaming)
            for name in names
        ]

    async def run(self) -> None:
        """List and watch until cancelled; raise only what *observe* raises."""
        if len(self._strands) == 1:
            await self._strands[0].run()
            return
        async with asyncio.TaskGroup() as tasks:
            for strand in self._strands:
                tasks.create_task(strand.run(), name=f"watch {strand}")


class Strand:
    """The list and watch of one namespace ("" for all)."""

    def __init__(
        self,
        api: ApiServer,
        resource: Resource,
        namespace: str,
        decoder: Decoder,
        roll: Roll,
        observe: Observe,
        tell: Tell,
        chance: Random,
        sleep: Sleep,
        *,
        optional: bool,
        streaming: bool,
    ) -> None:
        self._api = api
        self._resource = resource
        self._namespace = namespace
        self._decoder = decoder
        self._roll = roll
        self._observe = observe
        self._tell = tell
        self._chance = chance
        self._sleep = sleep
        self._optional = optional
        self._streaming = streaming
        self._broke_off = False
        self._version = ""
        self._unsure = False
        self._lost = False
        self._failures = 0

    def __str__(self) -> str:
        return self._resource.path(self._namespace)

    async def run(self) -> None:
        """List and watch until cancelled."""
        while True:
            wait = await self._round()
            if wait > 0:
                await self._sleep(wait)

    async def _round(self) -> float:
        """List if need be and watch until the watch ends; return the seconds to wait before the next round."""
        try:
            brought = await self._follow()
        except VersionExpired as error:
            self._version = ""
            return self._failed(error, TROUBLE.delay(self._failures, self._chance) if self._failures else 0.0)
        except SourceGone as error:
            return self._gone(error)
        except UnreadableObject as error:
            return self._failed(error, TROUBLE.delay(self._failures + 1, self._chance))
        except ClusterUnavailable as error:
            asked = error.retry_after if isinstance(error, Unavailable) else 0.0
            return self._failed(error, max(asked, TROUBLE.delay(self._failures + 1, self._chance)))
        self._well()
        return 0.0 if brought and not self._unsure else TROUBLE.delay(1, self._chance)

    async def _follow(self) -> bool:
        """List if need be and absorb what follows until the server ends it; return whether it brought anything."""
        if not self._version or self._unsure:
            if self._streaming and not self._broke_off:
                with suppress(NotStreaming):
                    return await self._stream()
                self._streaming = False
            await self._list()
        return await self._watch()

    async def _stream(self) -> bool:
        self._broke_off = True
        refs: set[Ref] = set()
        async with aclosing(self._api.stream(self._resource, self._namespace, self._chance.random())) as lines:
            async for line in lines:
                frame = self._read(line)
                if not self._broke_off:
                    self._absorb(frame)
                elif isinstance(frame, Bookmark):
                    if not frame.initial_events_end:
                        raise NotStreaming(f"The watch of {self} went on without an end of its list.")
                    self._listed(refs)
                    self._version = frame.version
                    self._broke_off = False
                    self._well()
                else:
                    self._gather(frame, refs)
        if self._broke_off:
            raise NotStreaming(f"The watch of {self} ended before its list did.")
        return True

    def _gather(self, frame: Frame, refs: set[Ref]) -> None:
        """Absorb a frame of a streaming list that has not ended, and bring *refs* up to it."""
        if isinstance(frame, Failed) and not frame.code:
            raise UnreadableObject(frame.text)
        version = self._version
        self._absorb(frame)
        self._version = version
        match frame:
            case Versioned(Deleted(ref)):
                refs.discard(ref)
            case Versioned(event):
                refs.add(event.ref)
            case Upserted(view):
                refs.add(view.ref)
            case _:
                raise AssertionError(f"{frame} is no event")

    async def _list(self) -> None:
        refs: set[Ref] = set()
        limit, continue_, version = PAGE, "", ""
        while True:
            try:
                body = await self._api.list_page(self._resource, self._namespace, limit, continue_)
            except VersionExpired:
                if not continue_:
                    raise
                refs, limit, continue_, version = set(), 0, "", ""
                continue
            page = self._decoder.page(body)
            for event in page.events:
                ref = event.view.ref if isinstance(event, Upserted) else event.ref
                self._observe(event)
                self._roll.add(self._namespace, ref)
                refs.add(ref)
            version, continue_ = version or page.version, page.continue_
            if not continue_:
                break
        self._listed(refs)
        self._version, self._broke_off = version, False

    def _listed(self, refs: set[Ref]) -> None:
        self._unsure = self._lost = False
        everything = self._roll.listed(self._namespace, refs)
        if everything is not None:
            self._observe(Listed(self._resource.kind, everything))

    async def _watch(self) -> bool:
        """Absorb a watch until the server ends it; return whether it brought anything."""
        brought = False
        async with aclosing(self._api.watch(self._resource, self._namespace, self._version, self._chance.random())) as lines:
            async for line in lines:
                self._absorb(self._read(line))
                brought = True
        return brought

    def _read(self, line: bytes | TooLong) -> Frame:
        return self._decoder.frame(line) if isinstance(line, bytes) else too_long(self._resource.kind, line.size)

    def _absorb(self, frame: Frame) -> None:
        match frame:
            case Upserted(view, version):
                self._observe(frame)
                self._roll.add(self._namespace, view.ref)
            case Versioned(event, version):
                self._observe(event)
                change = self._roll.remove if isinstance(event, Deleted) else self._roll.add
                change(self._namespace, event.ref)
            case Bookmark(version):
                pass
            case Expired(text):
                raise VersionExpired(f"The watch of {self} ended with 410: {text}.")
            case Failed(0, text):
                self._unsure = True
                self._tell(Trouble(self._resource.kind, text, 0.0))
                return
            case Failed(code, text):
                raise Unavailable(f"The watch of {self} ended with {code}: {text}.")
        self._well()
        self._version = version or self._version

    def _well(self) -> None:
        if self._failures:
            self._failures = 0
            self._tell(Recovered(self._resource.kind))

    def _failed(self, error: DnsguardError, wait: float) -> float:
        self._failures += 1
        self._tell(Trouble(self._resource.kind, str(error), wait))
        return wait

    def _gone(self, error: SourceGone) -> float:
        self._version = ""
        wait = GONE.delay(self._failures + 1, self._chance)
        if self._optional and isinstance(error, ResourceMissing) and self._roll.empty(self._namespace):
            if not self._roll.standing(self._namespace):
                self._listed(set())
            self._failures += 1
            return wait
        self._roll.lost(self._namespace)
        if not self._lost:
            self._lost = True
            self._observe(SourceLost(self._resource.kind, str(error)))
        return self._failed(error, wait)
