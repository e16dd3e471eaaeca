"""The breaker of one zone: so many deletions that a person has to look first.

Rules kept here:

- What counts are names, each once: those whose deletion is pending, from the moment their grace begins, and those that were
  deleted within `guard.deletes.window`. So a mass deletion is noticed a whole grace before its first deletion could leave, and a
  drip of small ones as well.
- More than `share` of the zone's owned names, or more than `cap`, trips the breaker, but never so few as `always`.
- It is judged when all is known that one event, or one slice of what it causes, changes: a route that gives up one name for
  another never counts with both.
- Tripped, it parks every pending deletion that nobody approved. Time alone does not release it: a drip does not wear it out.
- It is released when names were claimed again and the rest is within the limits, or nothing is left to park: what is left
  waits out a new grace.
- An approval is for the names that somebody saw, or for at most so many until a moment; names that come later are judged
  anew. What is claimed again loses its approval.
- Exempt names are neither counted nor parked.
"""

import enum
from collections import deque
from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice

from dnsguard.core.patterns import Patterns
from dnsguard.model.settings import Deletes


class Turn(enum.Enum):
    """What a change of what is pending did to the breaker."""

    NONE = "none"
    TRIPPED = "tripped"
    RELEASED = "released"


class Breaker:
    """Watches the deletions of one zone; all names are canonical."""

    def __init__(self, settings: Deletes, exempt: Patterns) -> None:
        self._settings = settings
        self._exempt = exempt
        self._owned: set[str] = set()
        self._spared: set[str] = set()
        self._waiting: dict[str, None] = {}
        self._sum = 0
        self._approved: dict[str, None] = {}
        self._gone: dict[str, float] = {}
        self._order: deque[tuple[float, str]] = deque()
        # Names that are in two of these count once.
        self._gone_and_waiting = 0
        self._gone_and_owned = 0
        self._granted = 0
        self._granted_until = 0.0
        self.tripped_at: float | None = None

    @property
    def owned(self) -> int:
        """How many names are ours, those left out that are exempt."""
        return len(self._owned)

    def owns(self, name: str) -> bool:
        """Return whether the zone is known to hold a record set of ours under *name*, or held one until just now."""
        return name in self._owned or name in self._spared

    def own(self, name: str, *, ours: bool) -> None:
        """Note whether the zone holds a record set of ours under *name*."""
        owned = self._spared if self._exempt.match(name) else self._owned
        if ours == (name in owned):
            return
        (owned.add if ours else owned.discard)(name)
        if name in self._gone:
            self._gone_and_owned += 1 if ours else -1

    def doom(self, name: str, now: float) -> bool:
        """Note that a deletion of *name* is pending; return whether that is to be judged."""
        if name in self._waiting or name in self._approved or self._exempt.match(name):
            return False
        if self._granted > 0 and now < self._granted_until:
            self._granted -= 1
            self._approved[name] = None
            return False
        self._wait(name)
        return True

    def spare(self, name: str, now: float) -> bool:
        """Note that no deletion of *name* is pending any more; return whether that is to be judged."""
        self._approved.pop(name, None)
        if name not in self._waiting:
            return False
        self._age(now)
        del self._waiting[name]
        self._gone_and_waiting -= name in self._gone
        self._sum -= _digest(name)
        return True

    def judge(self, now: float) -> Turn:
        """Trip, or let go, by what is pending now; return what happened."""
        # What was deleted can exceed the limit on its own, where others took names out of the zone.
        within = not self._waiting or self.count(now) <= self.limit()
        if self.tripped_at is None and not within:
            self.tripped_at = now
            return Turn.TRIPPED
        if self.tripped_at is not None and within:
            self.tripped_at = None
            return Turn.RELEASED
        return Turn.NONE

    def gone(self, name: str, now: float) -> None:
        """Note that *name* was deleted."""
        if name in self._waiting:
            self._bury(name, now)

    def standing(self, name: str) -> tuple[bool, bool, float | None]:
        """Return whether a deletion of *name* is pending, whether it is approved, and when its last one was carried out."""
        approved = name in self._approved
        return approved or name in self._waiting, approved, self._gone.get(name)

    def grant(self) -> tuple[int, float]:
        """Return how many names may come without a word, and until when."""
        return self._granted, self._granted_until

    def recall(self, tripped_at: float | None, grant: tuple[int, float]) -> None:
        """Go on from how the breaker stood before a restart; what stood of names comes after."""
        self.tripped_at = tripped_at
        self._granted, self._granted_until = grant

    def recall_names(self, kept: Iterable[tuple[str, bool, bool, float | None]], now: float) -> None:
        """Take in what stood of names: each with whether it is doomed, approved, and when it was deleted."""
        gone = []
        for name, doomed, approved, deleted_at in kept:
            if self._exempt.match(name):
                continue
            if approved:
                self._approved[name] = None
            elif doomed:
                self._wait(name)
            if deleted_at is not None:
                gone.append((min(deleted_at, now), name))
        for at, name in sorted(gone):
            self._bury(name, at)
        if not self._waiting:
            # All that was parked is exempt now.
            self.tripped_at = None

    def parks(self, name: str) -> bool:
        """Return whether the deletion of *name* has to wait for a word."""
        return self.tripped_at is not None and name in self._waiting

    def parked(self) -> list[str]:
        """Return the names whose deletion waits for a word, in order."""
        return sorted(self._waiting) if self.tripped_at is not None else []

    def first_parked(self, most: int) -> tuple[str, ...]:
        """Return those of the parked names that came first, at most *most*, in order."""
        return tuple(sorted(islice(self._waiting, most))) if self.tripped_at is not None else ()

    @property
    def parked_count(self) -> int:
        """How many names wait for a word."""
        return len(self._waiting) if self.tripped_at is not None else 0

    @property
    def checksum(self) -> str:
        """What stands for exactly the names that are parked; "" if none are."""
        return _spelled(self._sum) if self.tripped_at is not None and self._waiting else ""

    def pending(self) -> tuple[str, ...]:
        """Return the names whose deletion is pending and not approved."""
        return tuple(self._waiting)

    def approve(self, now: float, most: int = 0, until: float | None = None) -> None:
        """Approve what is pending; with *until*, also what comes before that moment, *most* names in all."""
        self._granted = max(0, most - len(self._waiting)) if until is not None else 0
        self._granted_until = until or 0.0
        # The smaller goes into the larger: most often nothing was approved before.
        fewer, more = sorted((self._approved, self._waiting), key=len)
        more.update(fewer)
        self._approved, self._waiting = more, {}
        self._gone_and_waiting = self._sum = 0
        self.judge(now)

    def count(self, now: float) -> int:
        """Return how many names count against the limit."""
        if self.tripped_at is None:
            self._age(now)
        return len(self._waiting) + len(self._gone) - self._gone_and_waiting

    def limit(self) -> int:
        """Return how many names may be pending or gone."""
        owned = len(self._owned) + len(self._gone) - self._gone_and_owned
        share = int(self._settings.share * owned + 1e-9) if self._settings.share < 1 else owned
        return max(self._settings.always, min(share, self._settings.cap or share))

    def _wait(self, name: str) -> None:
        self._waiting[name] = None
        self._gone_and_waiting += name in self._gone
        self._sum += _digest(name)

    def _bury(self, name: str, at: float) -> None:
        if name not in self._gone:
            self._gone_and_waiting += name in self._waiting
            self._gone_and_owned += name in self._owned
        self._gone[name] = at
        self._order.append((at, name))

    def _age(self, now: float) -> None:
        while self._order and self._order[0][0] <= now - self._settings.window:
            at, name = self._order.popleft()
            if self._gone.get(name) == at:
                del self._gone[name]
                self._gone_and_waiting -= name in self._waiting
                self._gone_and_owned -= name in self._owned


def checksum_of(names: Iterable[str]) -> str:
    """Return eight digits that stand for a set of *names*, in whatever order."""
    return _spelled(sum(map(_digest, names)))


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest())


def _spelled(total: int) -> str:
    return f"{total % 2**32:08x}"
