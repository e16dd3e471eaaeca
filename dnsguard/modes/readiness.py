"""Readiness: whether this process is synced and not stale, told from facts.

Rules kept here:

- Ready is who has listed every source once and read every zone in use.
- A source that cannot be read for *STALE* seconds, or a zone survey that fails, makes it unready again; that Route53 refuses
  or throttles does not: the records that are there go on being served.
"""

from collections.abc import Callable

from dnsguard.model.facts import Fact, SourceFailed, SourceListed, SourceRecovered, SourceTroubled, Synced, ZoneRead, ZonesFound

STALE = 600.0
"""Seconds for which a source may be out of reach."""


class Readiness:
    """Says why the process is not ready; `tell` is a listener, *clock* the engine's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._synced = False
        self._lost: dict[str, float] = {}
        self._unread: dict[str, str] | None = None

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        match fact:
            case Synced():
                self._synced = True
            case SourceListed(kind) | SourceRecovered(kind):
                self._lost.pop(kind, None)
            case SourceFailed(kind):
                self._lost.setdefault(kind, now)
            case SourceTroubled(kind, _, wait) if wait:
                self._lost.setdefault(kind, now)
            case ZonesFound(zones):
                known = self._unread or {}
                self._unread = {zone: name for zone, name, _ in zones if self._unread is None or zone in known}
            case ZoneRead(zone):
                (self._unread or {}).pop(zone, None)
            case _:
                pass

    def reasons(self) -> list[str]:
        """Return why it is not ready, one sentence each."""
        found = []
        if not self._synced:
            found.append("not every source has been listed yet")
        if self._unread is None:
            found.append("the hosted zones have not been found yet")
        found += [f"zone {name} has not been read yet" for name in (self._unread or {}).values()]
        now = self._clock()
        found += [f"{kind} cannot be read since {now - since:.0f} s" for kind, since in self._lost.items() if now - since >= STALE]
        return found
