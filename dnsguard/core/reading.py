"""Reading one zone: its complete listing, single names whose state is unknown, and its verification from time to time.

Rules kept here:

- A zone is listed once, page by page (300 sets a page); nothing is planned for it before the last page.
- A name whose state is unknown is read alone; when more names are unknown than the zone has pages, the zone is listed anew.
- A verification is a listing for which nothing waits; as soon as a name is unknown it is hurried like any other.
- What a read shows of a name that a write touched at any moment between the read's start and end is thrown away: the
  write's outcome is the better witness, and where that is unknown the name is read again.
"""

from collections.abc import Iterable, Mapping, Sequence

from dnsguard.core.ledger import Key, Ledger
from dnsguard.model.changes import Cursor, ListRecords, Page
from dnsguard.model.records import RecordSet, Stored

PAGE = 300
"""Record sets per page: the most that ListResourceRecordSets gives."""
NAME_PAGE = 20
"""Record sets asked for when one name is read."""


class Reading:
    """The read side of one zone; at most one read is under way."""

    def __init__(self, zone: str, ledger: Ledger) -> None:
        self._zone = zone
        self._ledger = ledger
        self.known = False
        self._verifying = False
        self._changed: list[str] = []
        self._allowed: dict[str, dict[Key, tuple[RecordSet, ...]]] = {}
        self._listing = True
        self._cursor: Cursor | None = None
        self._partial: list[Stored] = []
        self._seen: dict[str, None] = {}
        self._name: str | None = None
        self._disturbed: set[str] = set()
        self._writing: frozenset[str] = frozenset()
        self.under_way = False

    def recall(self) -> None:
        """Note that the content is remembered: no listing is wanted, and `known` is set once it was looked through."""
        self._listing = False

    def wanted(self) -> bool:
        """Return whether a read that something waits for could be started now."""
        return not self.under_way and ((self._listing and not self._verifying) or bool(self._ledger.unknown))

    def spare(self) -> bool:
        """Return whether a page of a verification, for which nothing waits, could be asked for."""
        return not self.under_way and self._verifying and not self._ledger.unknown

    def verify(self) -> bool:
        """Begin a verification, if no read is under way; return whether it has begun."""
        if not self.calm():
            return False
        self._listing = self._verifying = True
        self._disturbed = set(self._writing)
        return True

    def calm(self) -> bool:
        """Return whether the zone is known and no read is under way or wanted."""
        return self.known and not (self.under_way or self._listing or self._name is not None or self._ledger.unknown)

    @property
    def whole(self) -> bool:
        """Whether the zone is being listed as a whole."""
        return self._listing

    @property
    def verifying(self) -> bool:
        """Whether a verification is under way."""
        return self._verifying

    def next_call(self) -> ListRecords:
        """Start the read that is wanted."""
        if not self._listing and self._name is None:
            if len(self._ledger.unknown) > len(self._ledger) // PAGE + 2:
                self._listing = True
            else:
                self._name = next(iter(self._ledger.unknown))
            self._disturbed = set(self._writing)
        self.under_way = True
        if self._name is None:
            return ListRecords(self._zone, self._cursor, PAGE)
        return ListRecords(self._zone, self._cursor or Cursor(self._name), NAME_PAGE)

    def writing(self, names: Iterable[str]) -> None:
        """Note that a write of *names* is in flight now (none: it ended)."""
        self._writing = frozenset(names)
        if self._listing or self._name is not None:
            self._disturbed |= self._writing

    def failed(self) -> None:
        """Note that the read under way brought nothing; it will be asked for again."""
        self.under_way = False

    def take_in(self, page: Page) -> tuple[str, ...] | None:
        """Absorb a page; return the names that were read, or None while more pages have to come.

        After a complete listing the names are all that the zone holds, or held; after a verification those that are not as
        they were known.
        """
        self.under_way = False
        for held in page.sets:
            name = held.value.name
            if self._name is None or name == self._name:
                if self._partial and self._partial[0].value.name != name:
                    self._end_of_name()
                self._partial.append(held)
        if page.next is not None and (self._name is None or page.next.name == self._name):
            self._cursor = page.next
            return None
        if self._partial:
            self._end_of_name()
        gone = (self._name,) if self._name is not None else (*self._ledger, *self._ledger.unknown)
        for name in sorted({name for name in gone if name not in self._seen}):
            self._correct(name, ())
        names = self._changed if self._verifying else self._seen
        read = tuple(name for name in names if name not in self._ledger.unknown)
        self._listing, self._verifying, self._name, self._cursor = False, False, None, None
        self._seen, self._disturbed, self._changed = {}, set(), []
        self.known = True
        return read

    def doubt(self, names: Iterable[str], allowed: Mapping[Key, Sequence[RecordSet]]) -> None:
        """Note that the state of *names* is unknown; *allowed* are values that our own writes may have left."""
        for name in names:
            self._ledger.unknown[name] = None
        for key, values in allowed.items():
            of_name = self._allowed.setdefault(key[0], {})
            of_name[key] = (*of_name.get(key, ()), *values)

    def _end_of_name(self) -> None:
        """Absorb a name whose last record set has come (pages may end amid a name)."""
        self._correct(self._partial[0].value.name, self._partial)
        self._partial = []

    def _correct(self, name: str, sets: Sequence[Stored]) -> None:
        self._seen[name] = None
        if name in self._disturbed:
            return
        unknown = name in self._ledger.unknown
        if self._ledger.correct(name, sets, self._allowed.pop(name, {})) or unknown:
            self._changed.append(name)
