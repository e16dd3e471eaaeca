"""The way back: changes of the past, put together to what each record set was before and what they left.

Rules kept here:

- What several changes did to one record set is one: it was what the first found, and is what the last left.
- A change whose fate is not known may have left either value; a refused one left none.
- Ownership TXT go with their record sets, and are no way of their own.
"""

from collections.abc import Iterable, Iterator

from dnsguard.core.ledger import Key, key_of
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.past import Past
from dnsguard.model.records import RecordSet


class Way:
    """The way of one record set: *before* the changes, *after* them (several where that is not sure), None for nothing.

    *texts* are the TXT that stood for the name before; *later* is the batch that changed it again, *last* what that left.
    """

    __slots__ = ("after", "before", "last", "later", "texts")

    def __init__(self, before: RecordSet | None, texts: dict[Key, RecordSet]) -> None:
        self.before = before
        self.after: tuple[RecordSet | None, ...] = (before,)
        self.texts = texts
        self.later = ""
        self.last: RecordSet | None = None

    def changed(self, after: RecordSet | None, *, sure: bool) -> None:
        """Take in that the record set was changed once more."""
        self.after = (after,) if sure else (after, *(value for value in self.after if value != after))


def ways_of(past: Iterable[Past], later: Iterable[Past] = ()) -> dict[str, dict[Key, Way]]:
    """Return the ways of all record sets that *past* (oldest first) changed, by name; *later* is what was done to them since."""
    names: dict[str, dict[Key, Way]] = {}
    texts: dict[str, dict[Key, RecordSet]] = {}
    for deed in past:
        if deed.refused:
            continue
        of_name, of_texts = names.setdefault(deed.name, {}), texts.setdefault(deed.name, {})
        for key, before, after in _effects(deed.deed.changes):
            if key[1] != "TXT":
                of_name.setdefault(key, Way(before, of_texts)).changed(after, sure=deed.sure)
            elif before is not None:
                of_texts.setdefault(key, before)
    for deed in later:
        for key, _, after in _effects(deed.deed.changes) if deed.sure else ():
            way = names.get(deed.name, {}).get(key)
            if way is not None:
                way.later, way.last = deed.batch, after
    return names


def concerned(past: Iterable[Past]) -> set[str]:
    """Return every name that the changes of *past* concern, TXT included."""
    return {key[0] for deed in past for key, _, _ in _effects(deed.deed.changes)}


def _effects(changes: Iterable[Change]) -> Iterator[tuple[Key, RecordSet | None, RecordSet | None]]:
    """Yield what each change did to each record set: its key, what was before and what was after."""
    for change in changes:
        before = None if isinstance(change, Create) else change.before.value
        after = None if isinstance(change, Delete) else change.after
        if before is not None and after is not None and key_of(before) != key_of(after):
            yield key_of(before), before, None
            yield key_of(after), None, after
        elif (record := after or before) is not None:
            yield key_of(record), before, after
