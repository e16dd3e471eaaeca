"""The account's token buckets.

Rules (developer guide, throttling-api-requests; profile legacy-5 is the limit in force before 2026-07-30):
1. legacy-5: five requests per second, burst five, for the whole account.
2. cbt-10: an account-wide bucket of 50, ten per second, and a bucket per API action, by default of the same size. A request
   takes a token from both, or from none.
3. A bucket for the changes of record sets stands beside them; AWS does not publish its size, so it is an argument. A batch
   larger than the bucket waits for a full one and leaves it in debt.
"""

from typing import Literal

from dnsguard.model.settings import Bucket

Profile = Literal["legacy-5", "cbt-10"]

_ACCOUNT: dict[Profile, Bucket] = {"legacy-5": Bucket(rate=5, burst=5), "cbt-10": Bucket(rate=10, burst=50)}
_ACTION = Bucket(rate=10, burst=50)
_SMALLER = {
    "CreateHostedZone": Bucket(rate=2, burst=40),
    "DeleteHostedZone": Bucket(rate=5, burst=40),
    "AssociateVPCWithHostedZone": Bucket(rate=5, burst=20),
}


class TokenBucket:
    """One bucket, full at first; refilled by the passing of *now*."""

    def __init__(self, size: Bucket) -> None:
        self._size = size
        self._tokens = size.burst
        self._at: float | None = None

    def has(self, tokens: float, now: float) -> bool:
        """Refill, and tell whether *tokens* (or a full bucket) are there."""
        if self._at is not None and now > self._at:
            self._tokens = min(self._size.burst, self._tokens + (now - self._at) * self._size.rate)
        self._at = now if self._at is None else max(now, self._at)
        # A refill computed in floating point may miss a whole token by a hair.
        return self._tokens + 1e-9 >= min(tokens, self._size.burst)

    def take(self, tokens: float) -> None:
        """Take *tokens*, into debt if need be."""
        self._tokens -= tokens


class Buckets:
    """All buckets of an account; without a profile only those that were given."""

    def __init__(self, profile: Profile | None, changes: Bucket | None) -> None:
        self._account = None if profile is None else TokenBucket(_ACCOUNT[profile])
        self._per_action = profile == "cbt-10"
        self._actions: dict[str, TokenBucket] = {}
        self._changes = None if changes is None else TokenBucket(changes)

    def admit(self, operation: str, changes: int, now: float) -> bool:
        """Take the tokens of one request from every bucket, or none at all."""
        asked = [(bucket, tokens) for bucket, tokens in self._asked(operation, changes) if tokens]
        if not all(bucket.has(tokens, now) for bucket, tokens in asked):
            return False
        for bucket, tokens in asked:
            bucket.take(tokens)
        return True

    def _asked(self, operation: str, changes: int) -> list[tuple[TokenBucket, int]]:
        asked: list[tuple[TokenBucket, int]] = []
        if self._account is not None:
            asked.append((self._account, 1))
        if self._per_action:
            if operation not in self._actions:
                self._actions[operation] = TokenBucket(_SMALLER.get(operation, _ACTION))
            asked.append((self._actions[operation], 1))
        if self._changes is not None:
            asked.append((self._changes, changes))
        return asked
