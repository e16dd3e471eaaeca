"""A spread: a change of one object that is carried to all that depend on it, a slice at a time."""

from dnsguard.model.objects import Ref


class Spread:
    """A change that is being carried to the routes that depend on it."""

    __slots__ = ("at", "epoch", "place", "routes", "source", "touched")

    def __init__(self, source: Ref | None, routes: list[Ref], epoch: int, at: float) -> None:
        self.source = source
        self.routes = routes
        self.epoch = epoch
        self.at = at
        self.place = 0
        self.touched = 0

    def take(self, count: int) -> list[Ref]:
        """Return the next *count* routes."""
        slice_ = self.routes[self.place : self.place + count]
        self.place += len(slice_)
        return slice_

    @property
    def over(self) -> bool:
        """Whether every route was handed out."""
        return self.place >= len(self.routes)
