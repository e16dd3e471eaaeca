"""Back-off: how long to wait after the n-th failure in a row.

Delays double from *first* to *longest* seconds; jitter spreads each over its upper half, so that installations that failed
together do not come back together.
"""

from random import Random
from typing import NamedTuple


class Backoff(NamedTuple):
    """A schedule of delays in seconds."""

    first: float
    longest: float

    def delay(self, failures: int, chance: Random) -> float:
        """Return the delay after *failures* failures in a row (at least 1)."""
        full = min(self.longest, self.first * 2.0 ** min(failures - 1, 60))
        return full * (0.5 + 0.5 * chance.random())


BUSY = Backoff(1, 30)
"""The zone was still processing a change."""
UNAVAILABLE = Backoff(1, 60)
"""Route53 could not be reached."""
DENIED = Backoff(60, 1800)
"""No permission, or no such zone: a person has to act."""
QUARANTINE = Backoff(30, 1800)
"""Route53 refused a change."""
LOOK = Backoff(10, 1800)
"""Under the policy shadow, what would be sent is still to be done: perhaps somebody else did it meanwhile."""
FULL = Backoff(60, 1800)
"""The zone holds as many record sets as it may."""
