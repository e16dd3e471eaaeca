"""Divergences: names of which what stands is not what is wanted, and does not become so within a while.

Rules kept here:

- What is over before `PATIENCE` was somebody's ordinary work: it is no divergence.
- A verdict that only says its reason in other words at the same moment goes on; what shadow would send begins anew with
  every wish until it counts, so that whoever writes the zone has time.
- What stands is kept whole; of what is over, the latest.
- Counting and showing cost no more when more of them stand.
"""

from collections import deque
from itertools import islice

from msgspec.structs import replace

from dnsguard.model.facts import Cleared, Reason, Withheld
from dnsguard.model.scorecard import Divergence
from dnsguard.model.scorecard import Divergences as Value

PATIENCE = 300.0
"""Seconds that a divergence has to last: external-dns looks once a minute, and shadow looks whether it did."""
KEPT = 1000
"""Divergences that are shown of those that stand, and of those that are over."""
LEFT = frozenset({Reason.FOREIGN, Reason.EDITED, Reason.UNOWNABLE, Reason.IMPOSSIBLE, Reason.POLICY, Reason.TARGET, Reason.MISSING})
"""Reasons for which something is wanted and left undone."""

Key = tuple[str, str, str, str, Reason]


class Divergences:
    """What differs, and what did."""

    def __init__(self) -> None:
        self._young: dict[Key, Divergence] = {}
        self._standing: dict[Key, Divergence] = {}
        self._over: deque[Divergence] = deque(maxlen=KEPT)
        self._ending: dict[Key, None] = {}
        self._moment = 0.0
        self._total = 0

    def verdict(self, fact: Withheld | Cleared, now: float) -> None:
        """Take in a verdict that began or ended."""
        verdict = fact.verdict
        if verdict.reason not in LEFT:
            return
        key = verdict.zone, verdict.name, verdict.type, verdict.set_id, verdict.reason
        if now != self._moment:
            self._settle()
            self._moment = now
        if isinstance(fact, Cleared):
            self._ending[key] = None
            return
        known = self._young.get(key) if key in self._ending else None
        self._ending.pop(key, None)
        since = now if known is None else known.since
        self.put(key, Divergence(verdict.zone, verdict.name, verdict.reason, verdict.text, "", since))

    def put(self, key: Key, divergence: Divergence) -> None:
        """Note a divergence; one of the same key that counts already keeps its age."""
        known = self._standing.get(key)
        if known is not None:
            self._standing[key] = replace(divergence, since=known.since)
            return
        young = self._young.get(key)
        if young is not None and young.since != divergence.since:
            # The young are kept in order of age.
            del self._young[key]
        self._young[key] = divergence

    def drop(self, key: Key, now: float) -> bool:
        """Note that there is no such divergence any more; return whether it had lasted long enough to be one."""
        self.age(now)
        divergence = self._standing.pop(key, None)
        if divergence is not None:
            self._over.append(replace(divergence, until=now))
            return True
        self._young.pop(key, None)
        return False

    def keep_zones(self, zones: frozenset[str], now: float) -> None:
        """Forget what differs in zones that are no longer in use."""
        for key in [key for known in (self._young, self._standing) for key in known if key[0] not in zones]:
            self.drop(key, now)

    def _settle(self) -> None:
        for key in self._ending:
            self.drop(key, self._moment)
        self._ending.clear()

    def age(self, now: float) -> None:
        """Let those count that have lasted long enough."""
        while self._young:
            key, divergence = next(iter(self._young.items()))
            if now - divergence.since < PATIENCE:
                return
            self._standing[key] = self._young.pop(key)
            self._total += 1

    def value(self, now: float) -> Value:
        """Return them at *now*."""
        self._settle()
        self.age(now)
        listed = (*islice(self._standing.values(), KEPT), *self._over)
        return Value(PATIENCE, self._total, len(self._standing), listed)
