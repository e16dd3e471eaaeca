"""Loops: when external-dns would have synchronised during a stream, and in how many of its loops something had changed.

Rules kept here (external-dns, `controller/controller.go`):

- A loop every `--interval` (1 m); with `--events`, an event brings the next one forward to 5 s from now, and no sooner than
  `--min-event-sync-interval` (5 s) after the last.
- A loop sees what stands at its moment: what changed and changed back between two loops is no change. What came back
  meanwhile to where the last loop saw it is caught there or elsewhere by chance, and counts as half a change.
"""

from dnsguard.model.objects import Ref, View

INTERVAL = 60.0
SOON = 5.0


class _Since:
    """An object since the last loop: what that loop saw, what it is now, and how often it came back to the former."""

    __slots__ = ("now", "returns", "was")

    def __init__(self, was: View | None) -> None:
        self.was = self.now = was
        self.returns = 0

    def change(self, after: View | None) -> None:
        self.now = after
        self.returns += after == self.was

    def changed(self) -> float:
        return 0.5 if self.returns else float(self.now != self.was)


class Loops:
    """The loops from 0 on; *eager* is `--events`."""

    def __init__(self, *, eager: bool) -> None:
        self._eager = eager
        self._last = 0.0
        self._next = INTERVAL
        self._since: dict[Ref, _Since] = {}
        self.count = 0.0
        self.changed = 0.0

    def event(self, now: float) -> None:
        """Take in an event of any kind."""
        self.run(now)
        if self._eager:
            self._next = max(self._last + SOON, min(now + SOON, self._next))

    def change(self, ref: Ref, before: View | None, after: View | None) -> None:
        """Take in what the last event changed."""
        since = self._since.get(ref)
        if since is None:
            since = self._since[ref] = _Since(before)
        since.change(after)

    def run(self, now: float) -> None:
        """Let time pass up to *now*."""
        while self._next <= now:
            self._loop(1.0)
            self._last = self._next
            self._next += INTERVAL

    def end(self, now: float) -> None:
        """Let time pass up to *now*, the end of the stream, and count the part of a loop that it cuts off."""
        self.run(now)
        self._loop((now - self._last) / (self._next - self._last))

    def _loop(self, part: float) -> None:
        self.count += part
        self.changed += part * max((since.changed() for since in self._since.values()), default=0.0)
        self._since.clear()
