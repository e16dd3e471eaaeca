"""The scorecard: what dnsguard did, or would have done, since it counts. Moments are seconds on the engine's clock."""

from typing import Literal

from msgspec import Struct

from dnsguard.model.facts import Reason
from dnsguard.model.settings import Policy

Outcome = Literal["standing", "called-back", "deleted", "gone"]
"""What became of a deletion that was held back: it still is; the record was asked for again; the deletion left, or would
have; somebody else had deleted the record."""


class HeldDeletion(Struct, frozen=True, gc=False):
    """A deletion that was held back, *since* when, *until* when (None: it still is), and for which *reasons* in turn.

    *type* is "" for a whole row. *gone_at* is when the record was first seen missing although it was held, because somebody else
    deleted it, and *back_at* when it was seen again.
    """

    zone: str
    name: str
    type: str
    set_id: str
    reasons: tuple[Reason, ...]
    since: float
    until: float | None = None
    outcome: Outcome = "standing"
    gone_at: float | None = None
    back_at: float | None = None


class Divergence(Struct, frozen=True, gc=False):
    """A name of which what stands is not what is wanted, *since* when, and *until* it was seen to be over (None: it stands).

    Under the reason *shadow*, *stands* and *wanted* are record sets in a few words; else *stands* is the verdict's sentence.
    """

    zone: str
    name: str
    reason: Reason
    stands: str
    wanted: str
    since: float
    until: float | None = None


class Deletions(Struct, frozen=True):
    """Deletions that were held back: how many in all, and what became of them.

    *seen_gone* of them were seen to be carried out by somebody else while they were held; *longest* is in seconds. *listed* are the
    oldest of those that stand, then the latest of the others.
    """

    held: int
    standing: int
    called_back: int
    deleted: int
    gone: int
    seen_gone: int
    longest: float
    listed: tuple[HeldDeletion, ...]


class Divergences(Struct, frozen=True):
    """Names that were not as they are wanted for more than *patience* seconds; *listed* as with deletions."""

    patience: float
    total: int
    standing: int
    listed: tuple[Divergence, ...]


class Scorecard(Struct, frozen=True):
    """What was counted from *since* to *now*.

    *calls* are those that were made, by API action; *looks* of them only looked whether somebody else had done under shadow what
    dnsguard would have. *writes* are under shadow the least calls that could have carried what would have been sent, else
    those that left; *created*, *replaced* and *deleted* record sets likewise, ownership TXT left out. *agreed* is how often
    what shadow would have sent was seen to be as it is wanted before it counted as a divergence.
    """

    policy: Policy
    since: float
    now: float
    events: int
    stopped: int
    calls: dict[str, int]
    looks: int
    writes: int
    created: int
    replaced: int
    deleted: int
    agreed: int
    deletions: Deletions
    divergences: Divergences
