"""Episodes: each deletion that is held back, from when it would have left until it is asked for again, leaves, or is pointless.

Rules kept here:

- A row, or a type of a row, is held back while one verdict of `HOLDS` stands on it; one that takes the place of another at
  the same moment continues the episode.
- It is over, by what ended the last verdict: called back (it is asked for again), deleted (it leaves, or under shadow would), or
  gone (somebody else had deleted it).
- Ownership TXT alone are not counted. What stands is kept whole; of what is over, the latest.
"""

from collections import Counter, deque
from collections.abc import Callable
from itertools import islice

from dnsguard.model.facts import Cleared, End, Reason, Verdict, Withheld
from dnsguard.model.scorecard import Deletions, HeldDeletion, Outcome

HOLDS = frozenset({Reason.HELD, Reason.GRACE, Reason.PARKED, Reason.DOUBTFUL})
ASKED = frozenset({Reason.HELD, Reason.DOUBTFUL})
"""Holds of what is still claimed: where they end without another one, somebody publishes it again."""
KEPT = 1000
"""Deletions that are shown of those that stand, and of those that are over."""

Key = tuple[str, str, str, str]


class Episode:
    """A deletion that is held back: since when, and which verdicts stood and stand on it."""

    __slots__ = ("back_at", "gone_at", "outcome", "reasons", "since", "standing")

    def __init__(self, since: float) -> None:
        self.since = since
        self.reasons: dict[Reason, None] = {}
        self.standing: set[Reason] = set()
        self.gone_at: float | None = None
        self.back_at: float | None = None
        self.outcome: Outcome = "standing"

    def value(self, key: Key, until: float | None = None) -> HeldDeletion:
        """Return it as a value."""
        zone, name, kind, set_id = key
        return HeldDeletion(zone, name, kind, set_id, tuple(self.reasons), self.since, until, self.outcome, self.gone_at, self.back_at)


class Episodes:
    """All deletions that are held back; *absent* tells whether a record set is known to be missing from the zone."""

    def __init__(self, absent: Callable[[str, str, str, str], bool]) -> None:
        self._absent = absent
        self._open: dict[Key, Episode] = {}
        self._ending: dict[Key, Episode] = {}
        self._names: dict[tuple[str, str], set[Key]] = {}
        self._moment = 0.0
        self._over: deque[HeldDeletion] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()
        self._longest = 0.0

    def verdict(self, fact: Withheld | Cleared, now: float) -> None:
        """Take in a verdict that began or ended."""
        verdict = fact.verdict
        if verdict.reason not in HOLDS or verdict.type == "TXT":
            return
        self.settle(now)
        if isinstance(fact, Withheld):
            self._begin(verdict, now)
        else:
            self._clear(verdict, fact.end)

    def looked(self, zone: str, name: str, now: float) -> None:
        """Take in that it became known what is missing of a name."""
        for key in self._names.get((zone, name), ()):
            episode = self._open.get(key)
            if episode is None:
                continue
            absent = self._absent(*key)
            if absent and episode.gone_at is None:
                self._gone(episode, now)
            elif not absent and episode.gone_at is not None and episode.back_at is None:
                episode.back_at = now

    def keep_zones(self, zones: frozenset[str]) -> None:
        """Forget what is held back in zones that are no longer in use."""
        for key in [key for key in self._open if key[0] not in zones]:
            self._forget(key)

    def settle(self, now: float) -> None:
        """Close what ended before *now* and was not continued."""
        if now == self._moment:
            return
        for key, episode in self._ending.items():
            self._close(key, episode)
        self._ending.clear()
        self._moment = now

    def value(self, now: float) -> Deletions:
        """Return them at *now*."""
        for key, episode in self._ending.items():
            self._close(key, episode)
        self._ending.clear()
        standing = [episode.value(key) for key, episode in islice(self._open.items(), KEPT)]
        oldest = min((held.since for held in standing), default=now)
        counts = self._counts
        return Deletions(
            held=counts["held"],
            standing=len(self._open),
            called_back=counts["called-back"],
            deleted=counts["deleted"],
            gone=counts["gone"],
            seen_gone=counts["seen-gone"],
            longest=max(self._longest, now - oldest),
            listed=(*standing, *self._over),
        )

    def _begin(self, verdict: Verdict, now: float) -> None:
        key = verdict.zone, verdict.name, verdict.type, verdict.set_id
        episode = self._open.get(key)
        if episode is None and self._absent(*key):
            # It never was in the zone, or is not any more: there is nothing to delete.
            return
        if episode is None:
            episode = self._open[key] = self._ending.pop(key) if key in self._ending else self._new(now)
            episode.outcome = "standing"
            self._names.setdefault(key[:2], set()).add(key)
        episode.reasons[verdict.reason] = None
        episode.standing.add(verdict.reason)

    def _new(self, now: float) -> Episode:
        self._counts["held"] += 1
        return Episode(now)

    def _clear(self, verdict: Verdict, end: End) -> None:
        key = verdict.zone, verdict.name, verdict.type, verdict.set_id
        episode = self._open.get(key)
        if episode is None:
            return
        episode.standing.discard(verdict.reason)
        if not episode.standing:
            episode.outcome = self._outcome(key, verdict.reason, end)
            self._ending[key] = episode
            self._forget(key)

    def _outcome(self, key: Key, last: Reason, end: End) -> Outcome:
        if end is End.LEAVES:
            return "deleted"
        return "gone" if end is End.GONE and not (last in ASKED and self._absent(*key)) else "called-back"

    def _forget(self, key: Key) -> None:
        del self._open[key]
        of_name = self._names[key[:2]]
        of_name.discard(key)
        if not of_name:
            del self._names[key[:2]]

    def _close(self, key: Key, episode: Episode) -> None:
        until = self._moment
        if episode.outcome == "gone":
            self._gone(episode, until)
        self._counts[episode.outcome] += 1
        self._longest = max(self._longest, until - episode.since)
        self._over.append(episode.value(key, until))

    def _gone(self, episode: Episode, now: float) -> None:
        if episode.gone_at is None:
            episode.gone_at = now
            self._counts["seen-gone"] += 1
