"""Freezes: where, by a person's word, nothing is written for a while.

Rules kept here:

- A freeze is known by what it covers and the sheet that it stands in: a second one of the same zone, pattern and sheet takes the
  place of the first. So what was ordered by HTTP and what stands in a ConfigMap do not end each other.
- It ends at its moment, or by a word. Meanwhile everything is planned and shown.
- Of several that cover a name the one that lasts longest counts.
"""

from collections.abc import Iterator

from dnsguard.core.patterns import EVERY, Patterns
from dnsguard.model.orders import Freeze
from dnsguard.model.records import Zone

NEVER = float("inf")


class Freezes:
    """The freezes in force."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str, str], tuple[Freeze, Patterns]] = {}

    def __iter__(self) -> Iterator[Freeze]:
        return (freeze for freeze, _ in self._all.values())

    def put(self, freeze: Freeze) -> None:
        """Put a freeze in force; its pattern is canonical."""
        self._all[freeze.zone, freeze.pattern, freeze.sheet] = freeze, Patterns((freeze.pattern or EVERY,))

    def remove(self, zone: str, pattern: str, sheet: str = "") -> bool:
        """End a freeze; return whether there was one."""
        return self._all.pop((zone, pattern, sheet), None) is not None

    def expire(self, now: float) -> list[Freeze]:
        """Drop and return what has ended by itself."""
        over = [freeze for freeze in self if freeze.until is not None and freeze.until <= now]
        for freeze in over:
            self.remove(freeze.zone, freeze.pattern, freeze.sheet)
        return over

    def next_end(self) -> float | None:
        """Return when the next freeze ends by itself."""
        return min((freeze.until for freeze in self if freeze.until is not None), default=None)

    def of(self, zone: Zone, now: float) -> Freeze | None:
        """Return a freeze that covers every name of *zone* at *now*."""
        return next((freeze for freeze in self if covers(freeze, zone) and freeze.pattern in {"", EVERY} and _stands(freeze, now)), None)

    def over(self, zone: Zone, name: str, now: float) -> Freeze | None:
        """Return the freeze that covers *name* in *zone* at *now* and lasts longest."""
        if not self._all:
            return None
        found = [freeze for freeze, patterns in self._all.values() if covers(freeze, zone) and patterns.match(name)]
        standing = [freeze for freeze in found if _stands(freeze, now)]
        return max(standing, key=lambda freeze: NEVER if freeze.until is None else freeze.until, default=None)


def _stands(freeze: Freeze, now: float) -> bool:
    return freeze.until is None or freeze.until > now


def covers(freeze: Freeze, zone: Zone) -> bool:
    """Return whether *freeze* means *zone*, by its id or its name."""
    return freeze.zone in {"", zone.id, zone.name}
