"""The ledger: the content of one zone as Route53 confirmed it.

Rules kept here:

- Only an outcome moves it: a write that was accepted, or a read.
- It keeps every record set as Route53 returned it, for a DELETE needs exactly that.
- A set that a read shows with another value than the one confirmed before was edited by somebody else, one that a read does
  not show any more was deleted; the value confirmed before is remembered until the set is confirmed again.
- How often in a row we put back what somebody else changed or deleted is counted: until a read finds it as we left it.
- A name whose state is unknown (a refusal showed that our view of it is old, or a batch's fate could not be told) must be
  read before anything is planned for it.
- Names that stand in another way than before are marked as `changed`, for whoever keeps a copy.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from dnsguard.model.changes import Change, Create, Delete, Replace, Upsert
from dnsguard.model.records import RecordSet, Stored

Key = tuple[str, str, str]
"""(name, type, set identifier) within one zone."""

REMEMBERED = 10000
"""Names of which it is known what somebody else deleted: others' come and go without end."""


def key_of(record: RecordSet) -> Key:
    """Return what identifies *record* in its zone."""
    return record.name, record.type, record.set_id


def keys_of(change: Change) -> tuple[Key, ...]:
    """Return the keys of the record sets that *change* concerns."""
    match change:
        case Create(after):
            return (key_of(after),)
        case Replace(before, after) | Upsert(before, after):
            return key_of(before.value), key_of(after)
        case Delete(before):
            return (key_of(before.value),)
        case _:
            assert_never(change)


def record_of(change: Change) -> RecordSet:
    """Return the record set that *change* leaves, or the one it deletes."""
    return change.before.value if isinstance(change, Delete) else change.after


class Ledger:
    """What one zone holds."""

    def __init__(self) -> None:
        self._sets: dict[str, tuple[Stored, ...]] = {}
        self._count = 0
        self.unknown: dict[str, None] = {}
        self.edited: dict[Key, RecordSet] = {}
        self.lost: dict[str, dict[Key, RecordSet]] = {}
        self.restored: Counter[Key] = Counter()
        self.changed: dict[str, None] = {}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self._sets)

    def __contains__(self, name: str) -> bool:
        return name in self._sets

    def at(self, name: str) -> tuple[Stored, ...]:
        """Return the record sets of *name*, in order of type and set identifier."""
        return self._sets.get(name, ())

    def find(self, key: Key) -> Stored | None:
        """Return the record set of that key."""
        return next((held for held in self.at(key[0]) if key_of(held.value) == key), None)

    def move(self, changes: Iterable[Change]) -> None:
        """Take in the changes of a write that was accepted."""
        for change in changes:
            match change:
                case Create(after):
                    self._swap(None, after)
                case Replace(before, after) | Upsert(before, after):
                    self._swap(key_of(before.value), after)
                case Delete(before):
                    self._swap(key_of(before.value), None)
                case _:
                    assert_never(change)

    def correct(self, name: str, sets: Sequence[Stored], allowed: Mapping[Key, Sequence[RecordSet]]) -> bool:
        """Take in what a read of *name* showed; return whether it is something else than what was known.

        *allowed* are values that writes of unknown fate may have left.
        """
        before = {key_of(held.value): held.value for held in self.at(name)}
        after = {key_of(held.value): held.value for held in sets}
        for key, value in after.items():
            confirmed = self.edited.get(key, before.get(key, self.lost.get(name, {}).get(key)))
            self._found(key)
            if confirmed is None or value == confirmed or value in allowed.get(key, ()):
                if key in self.edited or key in self.restored:
                    self.changed[name] = None
                self.edited.pop(key, None)
                self.restored.pop(key, None)
            else:
                self.edited[key] = confirmed
        for key in before.keys() - after.keys():
            self.lost.setdefault(name, {})[key] = self.edited.pop(key, before[key])
        while len(self.lost) > REMEMBERED:
            del self.lost[next(iter(self.lost))]
        self._put(name, sets)
        self.unknown.pop(name, None)
        return before != after

    def recall(self, name: str, sets: Sequence[Stored]) -> None:
        """Take in what was confirmed of *name* before a restart."""
        self._put(name, sets)
        self.changed.pop(name, None)

    def _swap(self, old: Key | None, new: RecordSet | None) -> None:
        if old is not None:
            if self.edited.pop(old, None) is not None and new is not None:
                self.restored[old] += 1
            self._put(old[0], [held for held in self.at(old[0]) if key_of(held.value) != old])
        if new is not None:
            key = key_of(new)
            if self._found(key):
                self.restored[key] += 1
            self._put(new.name, [*(held for held in self.at(new.name) if key_of(held.value) != key), Stored(new)])

    def _found(self, key: Key) -> bool:
        """Forget that a set was lost; return whether it was."""
        of_name = self.lost.get(key[0], {})
        was_lost = of_name.pop(key, None) is not None
        if was_lost:
            self.changed[key[0]] = None
        if was_lost and not of_name:
            del self.lost[key[0]]
        return was_lost

    def _put(self, name: str, sets: Sequence[Stored]) -> None:
        before = self._sets.get(name, ())
        after = tuple(sorted(sets, key=lambda held: key_of(held.value)))
        if before == after:
            return
        self.changed[name] = None
        self._count += len(after) - len(before)
        if after:
            self._sets[name] = after
        else:
            del self._sets[name]
