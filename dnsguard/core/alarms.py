"""Alarms: one for each group, at the next moment at which time alone changes its plan.

Rules kept here:

- A group has one alarm; one that was put off rings at its old moment, and is put off then: so setting one costs nothing
  as long as it moves into the future.
- The group "" of a zone stands for the zone itself.
"""

from heapq import heappop, heappush

NEVER = float("inf")


class Alarms:
    """The alarms of all groups, by (zone id, name)."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str]] = []
        self._armed: dict[tuple[str, str], float] = {}

    def arm(self, at: float, zone: str, name: str) -> None:
        """Have a group's alarm ring at *at*, or earlier if it rings earlier anyway."""
        if at < self._armed.get((zone, name), NEVER):
            self._armed[zone, name] = at
            heappush(self._heap, (at, zone, name))

    def next(self) -> float | None:
        """Return when the next alarm rings."""
        return self._heap[0][0] if self._heap else None

    def ring(self, now: float) -> tuple[float, str, str] | None:
        """Return the next alarm that has come, None if none has; it is no longer armed."""
        while self._heap and self._heap[0][0] <= now:
            at, zone, name = heappop(self._heap)
            if self._armed.get((zone, name)) == at:
                del self._armed[zone, name]
                return at, zone, name
        return None
