"""Controller mode: list and watch the sources, keep the zones as they ask, for ever or once."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from dnsguard.modes.driver import Driver


class Source(Protocol):
    """What lists and watches one kind and hands its events to the driver."""

    async def run(self) -> None:
        """Work until cancelled."""


async def control(driver: Driver, sources: Iterable[Source], until: asyncio.Event | None = None) -> None:
    """Run until cancelled, or until *until* is set."""
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(driver.run(), name="driver")]
        work += [tasks.create_task(source.run(), name=f"source {place}") for place, source in enumerate(sources)]
        if until is not None:
            await until.wait()
            for task in work:
                task.cancel()
