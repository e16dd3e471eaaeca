"""People: what was frozen and what was approved, and until when it holds."""

from msgspec import Struct

from tests.core.machine.plain import Sets, ours
from tests.core.machine.wishes import Wishes


class Frozen(Struct):
    """A freeze as a person understands it: *zone* a label ("" for all), *pattern* as written ("" for all)."""

    zone: str
    pattern: str
    until: float | None

    def covers(self, zone: str, name: str, now: float) -> bool:
        if self.zone not in {"", zone} or (self.until is not None and now >= self.until):
            return False
        if self.pattern in {"", "*"}:
            return True
        return name.endswith(self.pattern[1:]) if self.pattern.startswith("*") else name == self.pattern


class People:
    """What people said since the start."""

    def __init__(self) -> None:
        self.frozen: list[Frozen] = []
        self.approved: dict[str, set[str]] = {}
        self.grants: dict[str, list[list[float]]] = {}

    def restarted(self) -> None:
        self.frozen.clear()
        self.approved.clear()
        self.grants.clear()

    def freeze(self, frozen: Frozen) -> None:
        self.frozen = [each for each in self.frozen if (each.zone, each.pattern) != (frozen.zone, frozen.pattern)]
        self.frozen.append(frozen)

    def thaw(self, zone: str, pattern: str) -> None:
        self.frozen = [each for each in self.frozen if (each.zone, each.pattern) != (zone, pattern)]

    def freezes(self, zone: str, name: str, now: float) -> bool:
        return any(each.covers(zone, name, now) for each in self.frozen)

    def approve(self, zone: str, names: set[str], now: float, more: int, until: float | None) -> None:
        self.approved.setdefault(zone, set()).update(names)
        self.grants[zone] = [[now, until, more]] if until is not None else []

    def recall(self, zone: str, pending: set[str]) -> None:
        """What is no longer to be deleted loses its approval."""
        if zone in self.approved:
            self.approved[zone] &= pending

    def allows(self, zone: str, name: str, since: float) -> bool:
        """Say whether the deletion of a name that is pending *since* then is approved; a grant is used up by that."""
        if name in self.approved.get(zone, ()):
            return True
        for grant in self.grants.get(zone, ()):
            begun, until, left = grant
            if begun <= since <= until and left > 0:
                grant[2] -= 1
                return True
        return False


def pending(sets: Sets, wishes: Wishes, now: float) -> set[str]:
    """Return the names of a zone of which something of ours stands that no claim publishes, or published last."""
    claimed = wishes.claimed(now)
    return {name for name, kinds in ours(sets).items() if name not in claimed or set(kinds) - wishes.in_force(name)}
