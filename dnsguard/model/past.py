"""The past: changes that were sent, as the history tells them."""

from msgspec import Struct

from dnsguard.model.changes import Change

SENT = "sent"
"""The outcome that is not known yet."""


class Deed(Struct, frozen=True):
    """The changes of one name in a batch, and what caused them."""

    changes: tuple[Change, ...]
    causes: tuple[str, ...] = ()


class Past(Struct, frozen=True):
    """A deed as it stands in the history: *at* in seconds since the epoch, *seconds* of the call, *insync* to all name servers."""

    at: float
    zone: str
    name: str
    batch: str
    deed: Deed
    outcome: str
    change: str
    seconds: float | None = None
    insync: float | None = None

    @property
    def refused(self) -> bool:
        """Whether Route53 refused it, so that it surely changed nothing."""
        return self.outcome.startswith("refused")

    @property
    def sure(self) -> bool:
        """Whether it surely took effect."""
        return self.outcome == "accepted"
