"""Episodes: each deletion that is held back, from when it would have left until it is asked for again, leaves, or is pointless.

Rules kept here:

- A row, or a type of a row, is held back while one verdict of `HOLDS` stands on it; one that takes the place of another at
  the same moment continues the episode.
- It is over, by what ended the last verdict: called back (it is asked for again), deleted (it leaves, or under shadow would), or
  gone (somebody else had deleted it).
- What is seen missing while it is held, or shortly after that, somebody else has deleted meanwhile.
- Ownership TXT alone are not counted. What stands is kept whole; of what is over, the latest.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from dnsguard.core.unwritten import created_by, records_of
from dnsguard.model.facts import Cleared, End, Reason, Unsent, Verdict, Withheld
from dnsguard.model.scorecard import Deletions, HeldDeletion, Outcome

HOLDS = frozenset({Reason.HELD, Reason.GRACE, Reason.PARKED, Reason.DOUBTFUL})
ASKED = frozenset({Reason.HELD, Reason.DOUBTFUL})
"""Holds of what is still claimed: where they end without another one, somebody publishes it again."""
KEPT = 1000
"""Deletions that are shown of those that stand, and of those that are over."""

SHORTLY = 120.0
"""Seconds after a hold within which a missing record was deleted during it: external-dns puts it back in its next cycle."""

Key = tuple[str, str, str, str]
"""Zone, name, type ("": the whole row) and set identifier."""


class Episode(Struct, gc=False):
    """A deletion that is held back: since when, and which verdicts stood and stand on it."""

    since: float
    reasons: tuple[Reason, ...] = ()
    standing: tuple[Reason, ...] = ()
    gone_at: float | None = None
    back_at: float | None = None
    outcome: Outcome = "standing"

    def value(self, key: Key, until: float | None = None) -> HeldDeletion:
        """Return it as a value."""
        zone, name, kind, set_id = key
        return HeldDeletion(zone, name, kind, set_id, self.reasons, self.since, until, self.outcome, self.gone_at, self.back_at)


class Episodes:
    """All deletions that are held back; *absent* tells whether a record set is known to be missing from the zone."""

    def __init__(self, absent: Callable[[str, str, str, str], bool]) -> None:
        self._absent = absent
        self._open: dict[Key, Episode] = {}
        self._ending: dict[Key, Episode] = {}
        self._missing: dict[tuple[str, str], dict[Key, Episode]] = {}
        self._moment = 0.0
        self._recent: dict[Key, tuple[Episode, float]] = {}
        self._over: deque[tuple[Key, Episode, float]] = deque(maxlen=KEPT)
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

    def unsent(self, fact: Unsent, now: float) -> None:
        """Take in what shadow would send: what it would create although it is held, somebody else has deleted."""
        place = fact.zone, fact.name
        missing = self._missing.pop(place, {})
        for key, episode in missing.items():
            if self._absent(*key):
                self._missing.setdefault(place, {})[key] = episode
            else:
                episode.back_at = now
        for kind, set_id in created_by(fact.changes):
            for key, episode in self._at(place, kind, set_id):
                if episode.gone_at is None:
                    self._gone(episode, now)
                    self._missing.setdefault(place, {})[key] = episode

    def restores(self, fact: Unsent, now: float) -> bool:
        """Return whether shadow would only put back what somebody else deleted while it would have been held."""
        self.settle(now)
        created = tuple(created_by(fact.changes))
        place = fact.zone, fact.name
        return bool(created) and len(created) == len(records_of(fact.changes)) and all(any(self._at(place, *made)) for made in created)

    def keep_zones(self, zones: frozenset[str]) -> None:
        """Forget what is held back in zones that are no longer in use."""
        for key in [key for key in self._open if key[0] not in zones]:
            del self._open[key]
        self._recent.clear()
        for place in [place for place in self._missing if place[0] not in zones]:
            del self._missing[place]

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
            listed=(*standing, *(episode.value(key, until) for key, episode, until in self._over)),
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
        if verdict.reason not in episode.reasons:
            episode.reasons = (*episode.reasons, verdict.reason)
        if verdict.reason not in episode.standing:
            episode.standing = (*episode.standing, verdict.reason)

    def _new(self, now: float) -> Episode:
        self._counts["held"] += 1
        return Episode(now)

    def _clear(self, verdict: Verdict, end: End) -> None:
        key = verdict.zone, verdict.name, verdict.type, verdict.set_id
        episode = self._open.get(key)
        if episode is None:
            return
        episode.standing = tuple(reason for reason in episode.standing if reason is not verdict.reason)
        if not episode.standing:
            episode.outcome = self._outcome(key, verdict.reason, end)
            self._ending[key] = self._open.pop(key)

    def _outcome(self, key: Key, last: Reason, end: End) -> Outcome:
        if end is End.LEAVES:
            return "deleted"
        return "gone" if end is End.GONE and not (last in ASKED and self._absent(*key)) else "called-back"

    def _at(self, place: tuple[str, str], kind: str, set_id: str) -> Iterator[tuple[Key, Episode]]:
        """Yield the episodes that stand on a record set, or did shortly before: that of its row, and that of its type."""
        while self._recent and next(iter(self._recent.values()))[1] < self._moment - SHORTLY:
            del self._recent[next(iter(self._recent))]
        for key in ((*place, "", set_id), (*place, kind, set_id)):
            episode = self._open.get(key) or self._recent.get(key, (None, 0.0))[0]
            if episode is not None:
                yield key, episode

    def _close(self, key: Key, episode: Episode) -> None:
        until = self._moment
        if episode.outcome == "gone":
            self._gone(episode, until)
        self._counts[episode.outcome] += 1
        self._longest = max(self._longest, until - episode.since)
        if episode.outcome == "called-back":
            self._recent.pop(key, None)
            self._recent[key] = episode, until
        self._over.append((key, episode, until))

    def _gone(self, episode: Episode, now: float) -> None:
        if episode.gone_at is None:
            episode.gone_at = now
            self._counts["seen-gone"] += 1
