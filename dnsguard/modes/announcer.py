"""The announcer: writes Kubernetes Events of what happens, beside the engine and never in its way.

Rules kept here:

- What is told is put into an outbox; one letter after another is written from there, by a task of its own.
- An API server that is away, or asks to wait, is waited for with a back-off; then what is still worth telling goes on.
- A missing permission is a matter of a namespace. It is believed when it is missing twice in a row (a server that has just begun
  knows its roles a moment later), said once, and looked for again from time to time; until then nothing is asked there.
- What the server does not take is dropped.
- An object's uid is asked for when something is to be told on it: `kubectl describe` finds Events by it.
"""

import asyncio
from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

from dnsguard.core.backoff import Backoff
from dnsguard.core.notices import About, Notices
from dnsguard.core.outbox import Done, Outbox
from dnsguard.errors import ClusterUnavailable, SourceGone, VersionExpired
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.notices import event_of, name_of, path_of, series_of
from dnsguard.kubernetes.refusals import Rejected, ResourceMissing, Unavailable
from dnsguard.kubernetes.resources import KNOWN
from dnsguard.model.facts import AidFailed, AidRecovered, Cleared, Fact, Notified, Stopped
from dnsguard.model.notices import Letter
from dnsguard.modes.driver import Clock

AWAY = Backoff(1, 30)
"""The API server does not answer, or not well."""
FORBIDDEN = Backoff(5, 600)
"""A person has to grant the permission."""
AID = "events"


class Shut(NamedTuple):
    """A namespace in which Events may not be written: refused so often in a row, and not asked again before *until*."""

    refusals: int
    until: float


class Announcer:
    """Writes Events through *api* as the pod *instance*; *about* as in `Notices`, *tell* hears what became of them."""

    def __init__(
        self, api: ApiServer, about: About, tell: Callable[[Iterable[Fact]], None], clock: Clock, chance: Random, instance: str
    ) -> None:
        self._api = api
        self._notices = Notices(about)
        self._outbox = Outbox(clock.now())
        self._tell = tell
        self._clock = clock
        self._chance = chance
        self._instance = instance
        self._came = asyncio.Event()
        self._failures = 0
        self._shut: dict[str, Shut] = {}
        self._said = False

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        # Most facts are of events that changed nothing.
        if isinstance(fact, Stopped):
            return
        if isinstance(fact, Cleared):
            for notice in self._notices.ended(fact):
                self._outbox.withdraw(notice)
            return
        for notice in self._notices.of(fact):
            self._outbox.put(notice, now)
            self._came.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            self._came.clear()
            now = self._clock.now()
            letter = self._outbox.take(now)
            if letter is not None:
                await self._pause(await self._send(letter))
            done = self._outbox.done()
            if done != Done():
                self._tell([Notified(*done)])
            if letter is None:
                await self._clock.wait(self._came, self._outbox.wake_at(now))

    async def _send(self, letter: Letter) -> float:
        """Write one letter; return the seconds to wait before the next."""
        shut = self._shut.get(letter.ref.namespace)
        if shut is not None and shut.until > self._clock.now():
            self._outbox.failed(letter)
            return 0.0
        try:
            name = letter.name or await self._create(letter)
            if letter.name:
                await self._api.merge(path_of(letter), series_of(letter))
        except (Rejected, VersionExpired):
            self._outbox.failed(letter)
        except ResourceMissing:
            # The Event is over, or, when it was to be made, its namespace is.
            (self._outbox.vanished if letter.name else self._outbox.failed)(letter)
        except SourceGone as error:
            return self._refused(letter, error)
        except ClusterUnavailable as error:
            self._outbox.back(letter)
            self._failures += 1
            asked = error.retry_after if isinstance(error, Unavailable) else 0.0
            return max(asked, AWAY.delay(self._failures, self._chance))
        else:
            self._outbox.sent(letter, name, self._clock.now())
            self._open(letter.ref.namespace)
        self._failures = 0
        return 0.0

    async def _create(self, letter: Letter) -> str:
        ref = letter.ref
        uid = letter.uid or await self._api.uid(KNOWN[ref.kind], ref.namespace, ref.name)
        name = name_of(letter, self._chance.getrandbits(64))
        await self._api.create(path_of(letter), event_of(letter, name, uid, self._instance))
        return name

    def _refused(self, letter: Letter, error: SourceGone) -> float:
        """Note that nothing may be written in a namespace; return the seconds to wait before the next letter."""
        place = letter.ref.namespace
        refusals = self._shut[place].refusals + 1 if place in self._shut else 1
        wait = FORBIDDEN.delay(refusals, self._chance)
        if refusals == 1:
            self._shut[place] = Shut(refusals, 0.0)
            self._outbox.back(letter)
            return wait
        self._shut[place] = Shut(refusals, self._clock.now() + wait)
        self._outbox.failed(letter)
        if not self._said:
            self._said = True
            self._tell([AidFailed(AID, str(error))])
        return 0.0

    def _open(self, place: str) -> None:
        """Note that Events can be written in a namespace."""
        if self._shut.pop(place, None) is not None and self._said and not self._shut:
            self._said = False
            self._tell([AidRecovered(AID)])

    async def _pause(self, seconds: float) -> None:
        until = self._clock.now() + seconds
        while seconds and self._clock.now() < until:
            await self._clock.wait(asyncio.Event(), until)
