"""Propagation: a sample of batches is followed until every name server of Route53 has them.

Rules kept here (Route53 API reference, GetChange: PENDING until INSYNC, as a rule within 60 s):

- At most one batch of an account is followed at a time, and at most one is begun in `EVERY` seconds.
- It is asked for after `DELAYS` seconds, the last of them again and again, and given up after `PATIENCE` seconds.
"""

from msgspec import Struct

from dnsguard.model.changes import ChangeInfo, GetChange
from dnsguard.model.facts import Propagated

EVERY = 300.0
DELAYS = (30.0, 15.0, 15.0, 30.0, 60.0)
PATIENCE = 900.0


class Followed(Struct):
    """A batch that is followed: its change id and zone, when it was accepted, when it is asked for next, and how often it was."""

    change: str
    zone: str
    since: float
    at: float
    asked: int = 0


class Propagation:
    """Follows batches of one account."""

    def __init__(self) -> None:
        self._followed: Followed | None = None
        self._next = 0.0
        self._under_way = False

    def accepted(self, zone: str, info: ChangeInfo, now: float) -> None:
        """Take in that a batch was accepted; it may be followed from here on."""
        if self._followed is None and now >= self._next and info.id and not info.insync:
            self._followed = Followed(info.id, zone, now, now + DELAYS[0])
            self._next = now + EVERY

    def due(self) -> float | None:
        """Return when the followed batch is to be asked for; None if none is, or an answer is awaited."""
        return None if self._followed is None or self._under_way else self._followed.at

    def next_call(self) -> GetChange:
        """Start the call that is due."""
        assert self._followed is not None
        self._under_way = True
        return GetChange(self._followed.change)

    def give_up(self, now: float) -> None:
        """Take in that Route53 refuses to tell: nothing is followed for an hour."""
        self._followed = None
        self._under_way = False
        self._next = now + 3600.0

    def answered(self, info: ChangeInfo | None, now: float) -> Propagated | None:
        """Take in an answer (None: there was none); return what there is to tell."""
        followed = self._followed
        assert followed is not None
        self._under_way = False
        seconds = now - followed.since
        if (info is not None and info.insync) or seconds >= PATIENCE:
            self._followed = None
            return Propagated(followed.zone, followed.change, seconds, insync=info is not None and info.insync)
        followed.asked += 1
        followed.at = now + DELAYS[min(followed.asked, len(DELAYS) - 1)]
        return None
