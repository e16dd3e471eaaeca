"""The budget: token buckets that every Route53 call of one account passes.

Rules kept here:

- A call takes one token from the bucket of all requests and one from the bucket of its API action; a write also takes
  one per change from the bucket of changes (AWS, "API requests quotas": account-wide and per-action buckets, and
  change throughput, all answering `Throttling`).
- `share` scales rate and burst alike; a burst is never below 1.
- A need above the burst waits for a full bucket and leaves it in debt, so the tokens granted in any interval stay
  within max(burst, the largest need) + rate x length.
- `Throttling` halves the rate of every bucket that the call passed, down to 1/32, and empties the ones for requests;
  rates recover by a sixtieth of the full rate per second.
- A call that only looks after things leaves when its buckets are full: a token then would be lost anyway.
- What `ready_at` promises for a moment is granted at that moment: what the clock's numbers cannot tell apart counts as there.
"""

from math import ulp

from dnsguard.model.entries import LevelsKept
from dnsguard.model.settings import Bucket as BucketSettings
from dnsguard.model.settings import BudgetSettings

PROFILES = {
    # Change throughput did not exist under the old rule: 10,000 changes at once is above anything 5 calls carry.
    "legacy-5": (BucketSettings(rate=5, burst=5), BucketSettings(rate=5, burst=5), BucketSettings(rate=5000, burst=10000)),
    # AWS does not publish the numbers of the third bucket; these are on the careful side.
    "cbt-10": (BucketSettings(rate=10, burst=50), BucketSettings(rate=10, burst=50), BucketSettings(rate=100, burst=2000)),
}
ENDLESS = BucketSettings(rate=1e12, burst=1e12)

SHRINK = 0.5
FLOOR = 1 / 32
RECOVERY = 1 / 60
SLACK = 1e-9


class TokenBucket:
    """A bucket of *burst* tokens, refilled by *rate* per second; starts full."""

    __slots__ = ("_at", "_factor", "_tokens", "burst", "rate")

    def __init__(self, settings: BucketSettings, share: float, now: float) -> None:
        self.rate = settings.rate * share
        self.burst = max(1.0, settings.burst * share)
        self._tokens = self.burst
        self._factor = 1.0
        self._at = now

    def recall(self, kept: tuple[float, float], at: float, now: float) -> None:
        """Go on from how the bucket stood at *at*."""
        tokens, factor = kept
        self._tokens, self._factor = min(tokens, self.burst), min(max(factor, FLOOR), 1.0)
        # A moment that lies ahead means another clock: nothing is known of what passed.
        self._at = min(at, now)

    def at(self, now: float) -> tuple[float, float]:
        """Return the tokens at *now*, negative while in debt, and the factor of the rate."""
        passed = now - self._at
        if passed <= 0:
            return self._tokens, self._factor
        tokens = min(self.burst, self._tokens + passed * self.rate * self._factor)
        return tokens, min(1.0, self._factor + passed * RECOVERY)

    def level(self, now: float) -> float:
        """Move on to *now*; return the tokens there."""
        self._tokens, self._factor = self.at(now)
        self._at = max(self._at, now)
        return self._tokens

    def ready_at(self, need: float, now: float) -> float:
        """Return the earliest moment at which *need* tokens can be granted."""
        lacking = min(need, self.burst) - self.level(now)
        return now if lacking <= self.slack() else now + lacking / (self.rate * self._factor)

    def slack(self) -> float:
        """Return the tokens that may be lacking and still count: those of the smallest step of the clock."""
        return SLACK + self.rate * ulp(self._at)

    def spend(self, need: float, now: float) -> None:
        """Take *need* tokens, into debt if it is more than there are."""
        self._tokens = self.level(now) - need

    def shrink(self, now: float) -> None:
        """Halve the rate, after a throttle."""
        self.level(now)
        self._factor = max(FLOOR, self._factor * SHRINK)

    def empty(self, now: float) -> None:
        """Give up what is left, after a throttle showed that the account has none."""
        self._tokens = min(self.level(now), 0.0)


class Budget:
    """The three kinds of buckets of one account."""

    def __init__(self, settings: BudgetSettings, now: float) -> None:
        requests, actions, changes = PROFILES[settings.profile]
        self._share = settings.share
        self._requests = TokenBucket(settings.requests or requests, self._share, now)
        self._action = settings.actions or actions
        self._actions: dict[str, TokenBucket] = {}
        self._changes = TokenBucket(settings.changes or changes, self._share, now)
        self.throttles = 0
        self.throttled_at: float | None = None

    def buckets(self) -> dict[str, TokenBucket]:
        """Return the buckets that were used, by what they are for."""
        return {"requests": self._requests, "changes": self._changes, **self._actions}

    def ready_at(self, action: str, changes: int, now: float) -> float:
        """Return the earliest moment at which a call of *action* with *changes* changes may leave."""
        ready = max(self._requests.ready_at(1, now), self._bucket(action, now).ready_at(1, now))
        return max(ready, self._changes.ready_at(changes, now)) if changes else ready

    def spare_at(self, action: str, now: float) -> float:
        """Return when a call of *action* for which nothing waits may leave: when the buckets are full, so that it takes from nobody."""
        buckets = (self._requests, self._bucket(action, now))
        return max(bucket.ready_at(bucket.burst, now) for bucket in buckets)

    def room(self, now: float) -> tuple[float, bool]:
        """Return how many changes can be paid at *now*, and whether waiting would not make it more."""
        level = self._changes.level(now) + self._changes.slack()
        return level, level >= self._changes.burst

    def spend(self, action: str, changes: int, now: float) -> None:
        """Pay for a call that is about to leave."""
        self._requests.spend(1, now)
        self._bucket(action, now).spend(1, now)
        self._changes.spend(changes, now)

    def throttled(self, action: str, changes: int, now: float) -> None:
        """Slow down: a call of *action* was answered by `Throttling`."""
        self.throttles += 1
        self.throttled_at = now
        for bucket in (self._requests, self._bucket(action, now)):
            bucket.shrink(now)
            bucket.empty(now)
        if changes:
            self._changes.shrink(now)

    def kept(self, account: str, now: float) -> LevelsKept:
        """Return what has to survive a restart."""
        actions = {action: bucket.at(now) for action, bucket in self._actions.items()}
        return LevelsKept(account, now, self._requests.at(now), self._changes.at(now), actions)

    def recall(self, kept: LevelsKept, now: float) -> None:
        """Go on from how the buckets stood before a restart."""
        self._requests.recall(kept.requests, kept.at, now)
        self._changes.recall(kept.changes, kept.at, now)
        for action, levels in kept.actions.items():
            self._bucket(action, now).recall(levels, kept.at, now)

    def _bucket(self, action: str, now: float) -> TokenBucket:
        bucket = self._actions.get(action)
        if bucket is None:
            bucket = self._actions[action] = TokenBucket(self._action, self._share, now)
        return bucket
