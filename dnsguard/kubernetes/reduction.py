"""Reduction: an object's JSON, after a cut, as 16 bytes; and the few fields of it that say which object it is.

Rules kept here:
- Only what lies on the way of a cut is decoded; everything else stays the bytes that came. So two objects that differ in nothing
  but the order of keys count as different: that lets a frame pass, and never holds one back.
- `apiVersion` and `kind` do not count: the one who asks has compared them, and items of built-in kinds have none in a list.
- Labels of which none stay are like none.
- A value of another type than the cut expects is left as it is.
- The writer is the manager whose entry in managedFields is the latest; of several, the last.
"""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec import Raw, Struct

from dnsguard.core.sieve.cut import Cut
from dnsguard.kubernetes.decode import BROKEN

DIGEST = 16
"""Bytes of a digest: two objects out of 2**40 share one with a chance of 2**-49."""

Table = dict[str, Raw]

_TABLE = msgspec.json.Decoder(Table)
_TABLES = msgspec.json.Decoder(list[Table])
_ITEMS = msgspec.json.Decoder(list[Raw])
_ENCODE = msgspec.json.Encoder().encode


class _Entry(Struct, frozen=True):
    manager: str = ""
    time: str = ""


_ENTRIES = msgspec.json.Decoder(list[_Entry])
_TEXT = msgspec.json.Decoder(str)


class Reduced(Struct, frozen=True):
    """What counts of one object."""

    key: bytes
    version: str
    digest: bytes
    manager: str
    pending: bool


def table_of(text: bytes | Raw) -> Table:
    """Return the fields of the object *text*, undecoded; raise what `BROKEN` names."""
    return _TABLE.decode(text)


def reduce(fields: Table, cut: Cut, *, manager: bool = False, written: bool = False) -> Reduced | None:
    """Return what counts of an object, None if it has no metadata with uid and version; raise what `BROKEN` names.

    *manager*: the writer is asked for; *written*: whether its status is yet to be written is.
    """
    raw = fields.get("metadata")
    if raw is None:
        return None
    metadata = _TABLE.decode(raw)
    uid, version = metadata.get("uid"), metadata.get("resourceVersion")
    if uid is None or version is None:
        return None
    who = _manager(metadata.get("managedFields")) if manager else ""
    pending = written and _pending(fields, metadata)
    below = cut.below
    parts: dict[str, object] = {}
    for key, value in fields.items():
        if key in below:
            parts[key] = _cut_table(metadata, below[key]) if key == "metadata" else _cut(value, below[key])
        elif key not in cut.dropped and key not in {"apiVersion", "kind"}:
            parts[key] = value
    return Reduced(bytes(uid), _TEXT.decode(version), blake2b(_ENCODE(parts), digest_size=DIGEST).digest(), who, pending)


def _cut(value: Raw, cut: Cut) -> object:
    try:
        if cut.items is None and not cut.unordered:
            return _cut_table(_TABLE.decode(value), cut)
        left = _cut_items(value, cut.items)
        return sorted(map(_ENCODE, left)) if cut.unordered else left
    except BROKEN:
        return value


def _cut_items(value: Raw, cut: Cut | None) -> Sequence[object]:
    if cut is None:
        return _ITEMS.decode(value)
    try:
        # Nearly always a list of objects, which is read at once.
        return [_cut_table(table, cut) for table in _TABLES.decode(value)] if cut.items is None else _each(value, cut)
    except BROKEN:
        return _each(value, cut)


def _each(value: Raw, cut: Cut) -> Sequence[object]:
    return [_cut(item, cut) for item in _ITEMS.decode(value)]


def _cut_table(table: Table, cut: Cut) -> object:
    for key in cut.dropped:
        table.pop(key, None)
    # What is cut further in is no longer raw; the table is ours alone.
    left: dict[str, object] = table  # type: ignore[assignment]
    for key, inner in cut.below.items():
        if key in table:
            left[key] = _cut(table[key], inner)
            if inner.kept is not None and left[key] == {}:
                del left[key]
    if cut.kept is not None:
        return {key: value for key, value in left.items() if cut.kept.holds(key)}
    return left


def _manager(entries: Raw | None) -> str:
    latest = manager = ""
    for entry in _ENTRIES.decode(entries) if entries is not None else ():
        if entry.time >= latest:
            latest, manager = entry.time, entry.manager
    return manager


def _pending(fields: Table, metadata: Table) -> bool:
    status = fields.get("status")
    observed = _TABLE.decode(status).get("observedGeneration") if status is not None else None
    generation = metadata.get("generation")
    return observed is None or generation is None or bytes(observed) != bytes(generation)
