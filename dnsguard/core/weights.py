"""What a change weighs against the limits of one ChangeResourceRecordSets call.

Rules kept here (AWS, "Quotas on API requests"; where AWS is silent, the careful side):

- Every value is a record element; an alias target counts as one, with its name as characters.
- The characters of all values count as they stand on the wire, quotes and escapes included.
- An UPSERT counts twice; a replacement is a DELETE and a CREATE, so it counts both sides.
"""

from typing import NamedTuple, assert_never

from dnsguard.model.changes import Change, Create, Delete, Replace, Upsert
from dnsguard.model.records import RecordSet

SEGMENT = 255
"""Octets of one character-string of a TXT."""


class Weight(NamedTuple):
    """Record elements, characters of values, and Change elements."""

    elements: int
    characters: int
    changes: int

    def plus(self, other: "Weight") -> "Weight":
        """Return both together."""
        return Weight(self.elements + other.elements, self.characters + other.characters, self.changes + other.changes)


NOTHING = Weight(0, 0, 0)


def weigh(change: Change) -> Weight:
    """Return what one change weighs."""
    match change:
        case Create(after):
            return Weight(*_size(after), 1)
        case Delete(before):
            return Weight(*_size(before.value), 1)
        case Replace(before, after):
            (elements, characters), (more, longer) = _size(before.value), _size(after)
            return Weight(elements + more, characters + longer, 2)
        case Upsert(_, after):
            elements, characters = _size(after)
            return Weight(2 * elements, 2 * characters, 1)
        case _:
            assert_never(change)


def _size(record: RecordSet) -> tuple[int, int]:
    if record.alias is not None:
        return 1, len(record.alias.name)
    if record.type == "TXT":
        return len(record.values), sum(map(_quoted, record.values))
    return len(record.values), sum(map(len, record.values))


def _quoted(text: str) -> int:
    """Return the characters of a TXT value on the wire: quotes, separators and escapes included."""
    octets = text.encode()
    # The registry's own texts need no escape, and are most of what is weighed.
    plain = text.isascii() and text.isprintable() and not (b'"' in octets or b"\\" in octets)
    escapes = 0 if plain else sum(1 if octet in b'"\\' else 3 for octet in octets if octet in b'"\\' or not 0x20 <= octet < 0x7F)
    return len(octets) + escapes + 3 * (len(octets) // SEGMENT + 1)
