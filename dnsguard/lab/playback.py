"""The playback of a tape: which of its lines have passed at this moment.

Rules kept here:
- *speed* 1 is real time, 60 a minute in a second; None is as fast as the event loop goes.
- Time stands still in a pause, and nothing is caught up after it.
- Everyone else gets a turn between two slices of lines.
"""

import asyncio

from dnsguard.kubernetes.tape import Tape

AT_ONCE = 64
"""Lines that pass before others get their turn."""


class Playback:
    """The position in a tape, in lines that have passed."""

    def __init__(self, tape: Tape, speed: float | None) -> None:
        self._lines = tape.lines
        self._speed = speed
        self._began: float | None = None
        self._paused: float | None = None
        self._moved = asyncio.Event()
        self._running = asyncio.Event()
        self._running.set()
        self.count = 0

    @property
    def over(self) -> bool:
        """Whether every line has passed."""
        return self.count == len(self._lines)

    def position(self) -> float:
        """Return the tape's seconds at this moment."""
        last = self._lines[self.count - 1].seconds if self.count else 0.0
        if self._speed is None or self._began is None or self.over:
            return last
        if self._paused is not None:
            return self._paused
        return (asyncio.get_running_loop().time() - self._began) * self._speed

    def pause(self) -> None:
        """Let no more lines pass."""
        self._paused = self.position()
        self._running.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._paused is not None and self._speed is not None and self._began is not None:
            self._began = asyncio.get_running_loop().time() - self._paused / self._speed
        self._paused = None
        self._running.set()

    def advance(self, lines: int) -> None:
        """Let *lines* pass at once, in a pause or not."""
        self.count = min(len(self._lines), self.count + lines)
        self.move()

    def move(self) -> None:
        """Wake everyone who waits for a movement."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def movement(self) -> None:
        """Wait until lines have passed or something else has changed."""
        await self._moved.wait()

    async def run(self) -> None:
        """Let the lines pass in their time."""
        self._began = asyncio.get_running_loop().time()
        while not self.over:
            await self._running.wait()
            await asyncio.sleep(self._ahead())
            if self._running.is_set() and self._ahead() <= 0:
                self._pass()

    def _ahead(self) -> float:
        """Return the seconds until the next line is due."""
        if self._speed is None or self._began is None:
            return 0.0
        due = self._began + self._lines[self.count].seconds / self._speed
        return max(0.0, due - asyncio.get_running_loop().time())

    def _pass(self) -> None:
        for _ in range(AT_ONCE):
            if self.over or self._ahead() > 0:
                break
            self.count += 1
        self.move()
