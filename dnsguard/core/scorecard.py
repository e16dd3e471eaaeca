"""The scorekeeper: counts, from facts alone, what dnsguard did or, under shadow, would have done.

Rules kept here:

- It counts since it began, in memory: a restart begins a new card.
- Events count once every source was listed: what comes before is what the first lists hold.
- Under shadow what would be written counts as `unwritten` says; under other policies what left, and what Route53 accepted.
"""

from collections import Counter

from dnsguard.core.divergences import Divergences
from dnsguard.core.episodes import Episodes
from dnsguard.core.reading import NAME_PAGE
from dnsguard.core.unwritten import AT_ONCE, Unwritten, kind_of, records_of
from dnsguard.model.changes import ACTIONS, Accepted, Call, ListRecords, Write
from dnsguard.model.facts import Absorbed, Answered, Called, Cleared, Fact, Stopped, Synced, Unsent, Withheld, ZonesFound
from dnsguard.model.scorecard import Scorecard
from dnsguard.model.settings import Settings


class Scorekeeper:
    """Keeps the scorecard of one engine with *settings*, from *now* on; `tell` is a listener."""

    def __init__(self, settings: Settings, now: float) -> None:
        self._policy = settings.policy
        self._since = now
        self._synced = False
        self._events = self._stopped = self._looks = 0
        self._calls: Counter[str] = Counter()
        self._changes: Counter[str] = Counter()
        self._divergences = Divergences()
        self._unwritten = Unwritten(settings.debounce, self._divergences)
        self._episodes = Episodes(self._unwritten.creates)

    def tell(self, fact: Fact, now: float) -> None:
        """Take in one fact."""
        match fact:
            case Synced():
                self._synced = True
            case Stopped() | Absorbed():
                self._events += self._synced
                self._stopped += self._synced and isinstance(fact, Stopped)
            case Withheld() | Cleared():
                self._episodes.verdict(fact, now)
                self._divergences.verdict(fact, now)
            case Unsent():
                self._unwritten.unsent(fact, now, counts=not self._episodes.restores(fact, now))
                self._episodes.unsent(fact, now)
            case Called(_, call):
                self._called(call)
            case Answered(_, Write(_, changes), Accepted()):
                self._changes.update(kind_of(change) for change in records_of(changes))
            case ZonesFound(zones):
                self._keep_zones(frozenset(zone for zone, _, _ in zones), now)
            case _:
                pass

    def card(self, now: float) -> Scorecard:
        """Return the card at *now*."""
        self._unwritten.gather(now, AT_ONCE)
        shadow = self._policy == "shadow"
        changes = self._unwritten.changes if shadow else self._changes
        return Scorecard(
            policy=self._policy,
            since=self._since,
            now=now,
            events=self._events,
            stopped=self._stopped,
            calls=dict(sorted(self._calls.items())),
            looks=self._looks,
            writes=self._unwritten.writes if shadow else self._calls[ACTIONS[Write]],
            created=changes["created"],
            replaced=changes["replaced"],
            deleted=changes["deleted"],
            agreed=self._unwritten.agreed,
            deletions=self._episodes.value(now),
            divergences=self._divergences.value(now),
        )

    def _called(self, call: Call) -> None:
        self._calls[ACTIONS[type(call)]] += 1
        # Without writes nothing but such a look makes a single name doubtful.
        self._looks += self._policy == "shadow" and isinstance(call, ListRecords) and call.limit == NAME_PAGE

    def _keep_zones(self, zones: frozenset[str], now: float) -> None:
        self._episodes.keep_zones(zones)
        self._unwritten.keep_zones(zones)
        self._divergences.keep_zones(zones, now)
