"""Webhook mode: external-dns asks, and is told the accepted state.

Rules kept here:

- Nothing waits for Route53: what is told comes from the mirror, and what is asked is answered when it is kept.
- All that one body asks reaches the engine at once, so that a name and its TXT are planned together.
- Much is told, and understood, in portions, between which the engine has its turn.
"""

import asyncio
from collections.abc import Iterator, Sequence

from dnsguard.core.adjustment import adjusted
from dnsguard.core.reception import Reception
from dnsguard.model.requests import Request
from dnsguard.model.settings import Records
from dnsguard.model.webhook import DomainFilter, HookChanges, HookEndpoint
from dnsguard.modes.driver import Clock, Driver
from dnsguard.route53.endpoints import requests_of, told

PORTION = 500
"""Names told, or requests understood, in one go: about 5 ms of work."""


class Hook:
    """Answers external-dns for *reception*, whose engine *driver* runs; *records* are the settings of record sets."""

    def __init__(self, reception: Reception, driver: Driver, clock: Clock, records: Records) -> None:
        self._reception = reception
        self._driver = driver
        self._clock = clock
        self._records = records

    def reasons(self) -> Sequence[str]:
        """Return why nothing can be told or accepted now."""
        return self._reception.reasons()

    def domains(self) -> DomainFilter | None:
        """Return which names are looked after, None if nobody knows yet."""
        return self._reception.domains()

    def records(self) -> Iterator[list[HookEndpoint]]:
        """Yield the accepted state, in portions."""
        every = self._reception.begin(self._clock.now())
        self._driver.wake()
        for start in range(0, len(every), PORTION):
            sets = (held for lane, name in every[start : start + PORTION] for held in self._reception.told(lane, name))
            yield [endpoint for held in sets if (endpoint := told(held)) is not None]

    def adjust(self, endpoints: Sequence[HookEndpoint]) -> list[HookEndpoint]:
        """Return *endpoints* as they will be reported once they stand."""
        return adjusted(endpoints, self._records)

    async def accept(self, changes: HookChanges) -> None:
        """Accept *changes*, and return when they are kept."""
        asked: list[Request] = []
        for request in requests_of(changes):
            asked.append(request)
            if len(asked) % PORTION == 0:
                await asyncio.sleep(0)
        self._reception.request(asked, self._clock.now())
        await self._driver.kept()
