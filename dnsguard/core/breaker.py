"""The breaker of one zone: so many deletions that a person has to look first.

Rules kept here:

- What counts are names: those whose deletion is pending, from the moment their grace begins, and those that were deleted
  within `guard.deletes.window`. So a mass deletion is noticed a whole grace before its first deletion could leave, and a
  drip of small ones as well.
- More than `share` of the zone's owned names, or more than `cap`, trips the breaker, but never so few as `always`.
- Tripped, it parks every pending deletion that nobody approved. Nothing ages then: a drip does not wear it out.
- It is released when so many names were claimed again that the rest is within the limits: what is left waits out a new
  grace. An approval is for the names that somebody saw, or for at most so many until a moment; names that come later are
  judged anew. What is claimed again loses its approval.
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
        self._waiting: dict[str, None] = {}
        self._sum = 0
        self._approved: dict[str, None] = {}
        self._gone: dict[str, float] = {}
        self._order: deque[tuple[float, str]] = deque()
        self._granted = 0
        self._granted_until = 0.0
        self.tripped_at: float | None = None

    @property
    def owned(self) -> int:
        """How many names are ours, those left out that are exempt."""
        return len(self._owned)

    def owns(self, name: str) -> bool:
        """Return whether the zone is known to hold a record set of ours under *name*, or held one until just now."""
        return name in self._owned

    def own(self, name: str, *, ours: bool) -> None:
        """Note whether the zone holds a record set of ours under *name*."""
        if ours and not self._exempt.match(name):
            self._owned.add(name)
        else:
            self._owned.discard(name)

    def doom(self, name: str, now: float) -> Turn:
        """Note that a deletion of *name* is pending."""
        if name in self._waiting or name in self._approved or self._exempt.match(name):
            return Turn.NONE
        if self._granted > 0 and now < self._granted_until:
            self._granted -= 1
            self._approved[name] = None
            return Turn.NONE
        self._waiting[name] = None
        self._sum += _digest(name)
        return self._judge(now)

    def spare(self, name: str, now: float) -> Turn:
        """Note that no deletion of *name* is pending any more."""
        self._approved.pop(name, None)
        if name not in self._waiting:
            return Turn.NONE
        del self._waiting[name]
        self._sum -= _digest(name)
        return self._judge(now)

    def gone(self, name: str, now: float) -> None:
        """Note that *name* was deleted."""
        if name in self._waiting:
            self._gone[name] = now
            self._order.append((now, name))

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
            if approved:
                self._approved[name] = None
            elif doomed:
                self._waiting[name] = None
                self._sum += _digest(name)
            if deleted_at is not None and not self._exempt.match(name):
                gone.append((min(deleted_at, now), name))
        self._order.extend(sorted(gone))
        self._gone.update((name, at) for at, name in sorted(gone))

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
        self._approved.update(self._waiting)
        self._waiting.clear()
        self._sum = 0
        self._judge(now)

    def count(self, now: float) -> int:
        """Return how many names count against the limit."""
        if self.tripped_at is None:
            self._age(now)
        return len(self._waiting) + len(self._gone)

    def limit(self) -> int:
        """Return how many names may be pending or gone."""
        owned = len(self._owned) + len(self._gone)
        share = int(self._settings.share * owned + 1e-9) if self._settings.share < 1 else owned
        return max(self._settings.always, min(share, self._settings.cap or share))

    def _judge(self, now: float) -> Turn:
        within = self.count(now) <= self.limit()
        if self.tripped_at is None and not within:
            self.tripped_at = now
            return Turn.TRIPPED
        if self.tripped_at is not None and within:
            self.tripped_at = None
            return Turn.RELEASED
        return Turn.NONE

    def _age(self, now: float) -> None:
        while self._order and self._order[0][0] <= now - self._settings.window:
            at, name = self._order.popleft()
            if self._gone.get(name) == at:
                del self._gone[name]


def checksum_of(names: Iterable[str]) -> str:
    """Return eight digits that stand for a set of *names*, in whatever order."""
    return _spelled(sum(map(_digest, names)))


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest())


def _spelled(total: int) -> str:
    return f"{total % 2**32:08x}"
