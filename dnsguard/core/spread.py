"""A spread: a change of one object that is carried to all that depend on it, a slice at a time, and what that touches."""

from collections.abc import Iterator

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


class Touched:
    """Names whose wishes changed: when, for what cause, how many that cause dirtied, and which of them calmly."""

    __slots__ = ("at", "cause", "names", "size")

    def __init__(self, at: float, cause: str, names: dict[str, bool], size: int) -> None:
        self.at = at
        self.cause = cause
        self.names = names
        self.size = size


def touch(at: float, ref: Ref, names: dict[str, bool]) -> Iterator[Touched]:
    """Yield what one object touched, if it touched anything."""
    if names:
        yield Touched(at, str(ref), names, len(names))
