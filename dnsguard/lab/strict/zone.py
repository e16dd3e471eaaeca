"""A hosted zone: its record sets by name, and their order, kept while they change.

A change costs what it changes: the sets of the names that it touches, and one bisection per set added or removed.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dnsguard.lab.strict.names import reversed_labels
from dnsguard.lab.strict.rrset import Key, RRSet

Sets = Mapping[Key, RRSet]
Place = tuple[str, str, str, str]
"""Where a set stands in a listing: reversed name, type, set identifier; and the name itself, which adds nothing."""

_NONE: Sets = {}


def place(name: str, record_type: str = "", set_id: str = "") -> Place:
    """Return the place of a printed name, type and set identifier."""
    return reversed_labels(name), record_type, set_id, name


@dataclass(slots=True)
class Zone:
    """One hosted zone; *busy_until* is when the change in process is done, *linked* the service that owns it."""

    id: str
    name: str
    private: bool
    reference: str
    linked: bool = False
    comment: str = ""
    vpcs: tuple[tuple[str, str], ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    busy_until: float = float("-inf")
    count: int = 0
    _names: dict[str, Sets] = field(default_factory=dict)
    _order: list[Place] = field(default_factory=list)

    def at(self, name: str) -> Sets:
        """Return the sets of a printed name."""
        return self._names.get(name, _NONE)

    def commit(self, working: Mapping[str, Sets]) -> None:
        """Make *working* the sets of its names; a set that is the same as before keeps its old spelling."""
        for name, after in working.items():
            before = self.at(name)
            kept = {key: _older(before.get(key), rrset) for key, rrset in after.items()}
            self._reorder(name, before.keys() - kept.keys(), kept.keys() - before.keys())
            self.count += len(kept) - len(before)
            if kept:
                self._names[name] = kept
            else:
                self._names.pop(name, None)

    def _reorder(self, name: str, gone: Collection[Key], new: Collection[Key]) -> None:
        for key in gone:
            del self._order[bisect_left(self._order, place(name, *key))]
        for key in new:
            insort(self._order, place(name, *key))

    def load(self, rrsets: Iterable[RRSet]) -> None:
        """Put *rrsets* in, in bulk and without any rule."""
        for rrset in rrsets:
            self._names[rrset.name] = {**self.at(rrset.name), rrset.key: rrset}
        self.count = sum(len(sets) for sets in self._names.values())
        self._order = sorted(place(name, *key) for name, sets in self._names.items() for key in sets)

    def page(self, start: Place | None, limit: int) -> tuple[list[RRSet], RRSet | None]:
        """Return up to *limit* sets from *start* (None: the first) and the one that comes after them."""
        first = 0 if start is None else bisect_left(self._order, start)
        found = [self._names[name][kind, set_id] for _, kind, set_id, name in self._order[first : first + limit + 1]]
        return found[:limit], found[limit] if len(found) > limit else None

    def __iter__(self) -> Iterator[RRSet]:
        """Iterate over all sets in the zone's order."""
        return iter(self.page(None, self.count)[0])


def _older(before: RRSet | None, after: RRSet) -> RRSet:
    return before if before is not None and before.same == after.same else after
