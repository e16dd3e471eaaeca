"""Batches: as many groups as one ChangeResourceRecordSets call can carry.

Rules kept here:

- At most 1,000 record elements, 32,000 characters of values and 1,000 changes (AWS, "Quotas on API requests"; what counts
  is in `weights`), and no more changes than the budget has tokens for.
- A group goes whole. Only one that alone exceeds a limit is split, between its record sets, each with its TXT; what still
  does not fit has to be refused.
"""

from collections.abc import Sequence

from dnsguard.core.weights import NOTHING, Weight, weigh
from dnsguard.model.changes import Change

ELEMENTS = 1000
CHARACTERS = 32000
CHANGES = 1000

Unit = tuple[Change, ...]
"""Changes that are only right together: a record set and its TXT, or a change of type."""


def weight_of(units: Sequence[Unit]) -> Weight:
    """Return what *units* weigh together."""
    total = NOTHING
    for unit in units:
        for change in unit:
            total = total.plus(weigh(change))
    return total


def fits(weight: Weight) -> bool:
    """Return whether one call can carry *weight*."""
    return weight.elements <= ELEMENTS and weight.characters <= CHARACTERS and weight.changes <= CHANGES


def first_part(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the longest beginning of *units* that one call can carry; empty if the first is too large."""
    total = NOTHING
    for count, unit in enumerate(units):
        total = total.plus(weight_of((unit,)))
        if not fits(total):
            return tuple(units[:count])
    return tuple(units)


class Load:
    """A batch being filled; *room* is how many changes the budget pays for, *full* whether it could not have more."""

    __slots__ = ("full", "room", "total")

    def __init__(self, room: float, *, full: bool) -> None:
        self.room = room
        self.full = full
        self.total = NOTHING

    def affords(self, weight: Weight) -> bool:
        """Return whether the budget pays for *weight* too; a full bucket pays for the first group, whatever its size."""
        changes = self.total.changes + weight.changes
        return changes <= self.room or (self.full and not self.total.changes)

    def take(self, weight: Weight) -> bool:
        """Add *weight* if the call can carry it too."""
        together = self.total.plus(weight)
        if not fits(together) or not self.affords(weight):
            return False
        self.total = together
        return True
