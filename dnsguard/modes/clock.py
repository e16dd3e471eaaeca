"""Clocks: seconds since the epoch that never jump."""

import asyncio
import time


class SteadyClock:
    """The wall's time at the start, carried on by the monotonic clock, *speed* times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._wall = time.time()
        self._start = time.monotonic()

    def now(self) -> float:
        """Return the present moment in seconds since the epoch."""
        return self._wall + (time.monotonic() - self._start) * self._speed

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Wait until *event* is set or the moment *until* has come, whichever is first."""
        if until is None:
            await event.wait()
            return
        seconds = (until - self.now()) / self._speed
        if seconds <= 0:
            # Others get their turn even when there is always something to do.
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
