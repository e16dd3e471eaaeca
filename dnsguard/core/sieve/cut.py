"""Cuts: what is taken out of an object before it is compared, as a tree beside the object's own.

Rules kept here:
- A cut takes away, it never chooses what stays: a field that nobody thought of counts.
- The order of a list counts unless the cut says otherwise.
- Of labels and annotations that are foreign, those stay whose key is kept or begins with a kept prefix.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from dnsguard.core.sieve.paths import ITEM, FieldPath


class Kept(Struct, frozen=True):
    """The keys that stay of labels or annotations: *keys*, and all that begin with one of *prefixes*."""

    keys: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def holds(self, key: str) -> bool:
        """Return whether *key* stays."""
        return key in self.keys or key.startswith(self.prefixes)


class Cut(Struct, frozen=True):
    """What is taken out of one value: of an object *dropped* keys and, of others, what *below* says; of a list what *items* says."""

    dropped: frozenset[str] = frozenset()
    below: Mapping[str, "Cut"] = {}
    items: "Cut | None" = None
    unordered: bool = False
    """Whether the order of the list has no meaning."""
    kept: Kept | None = None
    """Of an object: which keys alone stay."""


def compile_cut(drops: Iterable[FieldPath], unordered: Iterable[FieldPath] = (), kept: Mapping[FieldPath, Kept] | None = None) -> Cut:
    """Return the cut that takes *drops* out, that sorts the lists *unordered*, and that leaves of the objects in *kept* what is kept."""
    dropped, sorted_, kept = frozenset(drops), frozenset(unordered), kept or {}
    return _cut((), dropped, sorted_, kept, (*dropped, *sorted_, *kept))


def _cut(
    at: FieldPath,
    drops: frozenset[FieldPath],
    unordered: frozenset[FieldPath],
    kept: Mapping[FieldPath, Kept],
    paths: tuple[FieldPath, ...],
) -> Cut:
    size = len(at)
    following = sorted({path[size] for path in paths if path[:size] == at and len(path) > size})
    dropped = frozenset(part for part in following if (*at, part) in drops)
    below = {part: _cut((*at, part), drops, unordered, kept, paths) for part in following if part not in dropped}
    return Cut(dropped, {key: cut for key, cut in below.items() if key != ITEM}, below.get(ITEM), at in unordered, kept.get(at))
