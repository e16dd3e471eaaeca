"""Moves: which fields of an object differ between two versions of it.

Rules kept here:

- A path names fields, never places in a list: `status.parents[].conditions[].lastTransitionTime`.
- Entries of `status.parents` are matched by parent and controller, conditions by type, and everything else by its place.
- A list that holds the same in another order has moved in order alone, and so has one whose matched entries stand otherwise.
- What moves with every write says nothing: resourceVersion and managedFields count only where nothing else moved.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Literal, NamedTuple

from dnsguard.core.diagnosis.plain import Json, Table, table, text

ITEM = "[]"
"""The segment of a path that stands for any entry of a list."""
CLOCK = "lastTransitionTime"
WORDS = frozenset({"message", "reason"})
COUNT = "attachedRoutes"

Nature = Literal["changed", "added", "removed", "order"]


class Move(NamedTuple):
    """One field that differs, and how: another value, an entry more or less, or only another order."""

    path: tuple[str, ...]
    nature: Nature = "changed"

    def __str__(self) -> str:
        joined = "".join(segment if segment == ITEM else f".{segment}" for segment in self.path).removeprefix(".")
        return joined if self.nature == "changed" else f"{joined} ({self.nature})"

    @property
    def field(self) -> str:
        """The name of the field itself."""
        return next((segment for segment in reversed(self.path) if segment != ITEM), "")


WRITTEN = Move(("metadata", "managedFields"))
"""The move of a write that changes nothing but who owns the fields."""


def moves(old: Table, new: Table) -> tuple[Move, ...]:
    """Return what differs between two versions of one object, each field once, in order of path."""
    found = set(_objects(old, new, ()))
    return tuple(sorted(found)) or (WRITTEN,)


def _values(old: Json, new: Json, path: tuple[str, ...]) -> Iterator[Move]:
    if old == new:
        return
    if isinstance(old, dict | None) and isinstance(new, dict | None) and (old or new):
        yield from _objects(old or {}, new or {}, path)
    elif isinstance(old, list | None) and isinstance(new, list | None):
        yield from _lists(old or [], new or [], (*path, ITEM))
    else:
        yield Move(path)


def _objects(old: Table, new: Table, path: tuple[str, ...]) -> Iterator[Move]:
    for key in old.keys() | new.keys():
        if path == ("metadata",) and key in {"resourceVersion", "managedFields"}:
            continue
        yield from _values(old.get(key), new.get(key), (*path, key))


def _lists(old: list[Json], new: list[Json], path: tuple[str, ...]) -> Iterator[Move]:
    before, after = _keyed(old), _keyed(new)
    if before is not None and after is not None:
        yield from _matched(before, after, path)
        return
    if Counter(map(_frozen, old)) == Counter(map(_frozen, new)):
        yield Move(path, "order")
        return
    for left, right in zip(old, new, strict=False):
        yield from _values(left, right, path)
    if len(old) != len(new):
        yield Move(path, "added" if len(old) < len(new) else "removed")


def _matched(before: dict[Hashable, Json], after: dict[Hashable, Json], path: tuple[str, ...]) -> Iterator[Move]:
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Move(path, "order")
    if after.keys() - before.keys():
        yield Move(path, "added")
    if before.keys() - after.keys():
        yield Move(path, "removed")
    for key in before.keys() & after.keys():
        yield from _values(before[key], after[key], path)


def _keyed(entries: list[Json]) -> dict[Hashable, Json] | None:
    """Return the entries by what tells them apart; None if nothing does."""
    found = {_key(entry): entry for entry in entries}
    return None if None in found or len(found) != len(entries) else found


def _key(entry: Json) -> Hashable:
    controller = text(entry, "controllerName")
    if controller:
        return controller, _frozen(table(entry, "parentRef"))
    return text(entry, "type") if text(entry, "type") and text(entry, "status") else None


def _frozen(value: Json) -> Hashable:
    match value:
        case dict():
            return frozenset((key, _frozen(each)) for key, each in value.items())
        case list():
            return tuple(_frozen(each) for each in value)
        case _:
            # JSON's true is not its 1, though Python's is.
            return type(value).__name__, value
