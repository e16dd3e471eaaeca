"""Divergences: names of which what stands is not what is wanted, and does not become so within a while.

Rules kept here:

- What is over before `PATIENCE` was somebody's ordinary work: it is no divergence.
- A verdict that only says its reason in other words at the same moment goes on; what shadow would send begins anew with
  every wish until it counts, so that whoever writes the zone has time.
- What stands is kept whole, without a word about it; of what is over, the latest.
- Counting and showing cost no more when more of them stand.
"""

from collections import deque
from itertools import islice

from msgspec import Struct

from dnsguard.core.ledger import record_of
from dnsguard.core.said import value
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Cleared, Reason, Withheld
from dnsguard.model.scorecard import Divergence
from dnsguard.model.scorecard import Divergences as Value

PATIENCE = 300.0
"""Seconds that a divergence has to last: external-dns looks once a minute, and shadow looks whether it did."""
KEPT = 1000
"""Divergences that are shown of those that stand, and of those that are over."""
LEFT = frozenset({Reason.FOREIGN, Reason.EDITED, Reason.UNOWNABLE, Reason.IMPOSSIBLE, Reason.POLICY, Reason.TARGET, Reason.MISSING})
"""Reasons for which something is wanted and left undone."""
NONE = "nothing"

Key = tuple[str, str, str, str, Reason]
"""Zone, name, type, set identifier and reason."""


class Differs(Struct, gc=False):
    """Since when something differs, and what tells how: a verdict's sentence, or the changes that shadow would send."""

    since: float
    how: str | tuple[Change, ...]

    def value(self, key: Key, until: float | None = None) -> Divergence:
        """Return it as a value."""
        stands, wanted = (self.how, "") if isinstance(self.how, str) else sides(self.how)
        return Divergence(key[0], key[1], key[4], stands, wanted, self.since, until)


class Divergences:
    """What differs, and what did."""

    def __init__(self) -> None:
        self._young: dict[Key, Differs] = {}
        self._standing: dict[Key, Differs] = {}
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
        self.put(key, verdict.text, now if known is None else known.since)

    def put(self, key: Key, how: str | tuple[Change, ...], since: float) -> None:
        """Note that something differs *since* a moment; what counts already keeps its age."""
        known = self._standing.get(key)
        if known is not None:
            known.how = how
            return
        young = self._young.get(key)
        if young is not None and young.since != since:
            # The young are kept in order of age.
            del self._young[key]
        self._young[key] = Differs(since, how)

    def drop(self, key: Key, now: float) -> bool:
        """Note that something does not differ any more; return whether it had lasted long enough to be a divergence."""
        self.age(now)
        known = self._standing.pop(key, None)
        if known is not None:
            self._over.append(known.value(key, now))
            return True
        self._young.pop(key, None)
        return False

    def keep_zones(self, zones: frozenset[str], now: float) -> None:
        """Forget what differs in zones that are no longer in use."""
        for key in [key for known in (self._young, self._standing) for key in known if key[0] not in zones]:
            self.drop(key, now)

    def age(self, now: float) -> None:
        """Let those count that have lasted long enough."""
        while self._young:
            key = next(iter(self._young))
            if now - self._young[key].since < PATIENCE:
                return
            self._standing[key] = self._young.pop(key)
            self._total += 1

    def value(self, now: float) -> Value:
        """Return them at *now*."""
        self._settle()
        self.age(now)
        standing = (known.value(key) for key, known in islice(self._standing.items(), KEPT))
        return Value(PATIENCE, self._total, len(self._standing), (*standing, *self._over))

    def _settle(self) -> None:
        for key in self._ending:
            self.drop(key, self._moment)
        self._ending.clear()


def sides(changes: tuple[Change, ...]) -> tuple[str, str]:
    """Return in a few words what stands of a group and what is wanted."""
    records = [change for change in changes if record_of(change).type != "TXT"] or changes
    stands = [value(change.before.value) for change in records if not isinstance(change, Create)]
    wanted = [value(change.after) for change in records if not isinstance(change, Delete)]
    return "; ".join(stands) or NONE, "; ".join(wanted) or NONE
