"""Entries as bytes, and back: MessagePack under a checksum."""

import gc
import sqlite3
from zlib import crc32

import msgspec

from dnsguard.model.entries import KINDS, Kept, place_of
from dnsguard.store.layout import Strange

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Kept).decode
_SUM = 4
_KINDS = frozenset(KINDS.values())


def to_bytes(entry: Kept) -> bytes:
    """Return *entry* as it is stored."""
    body = _ENCODE(entry)
    return crc32(body).to_bytes(_SUM, "big") + body


def from_row(kind: str, key: str, data: bytes) -> Kept:
    """Return the entry of a row; raise Strange if it is damaged, or not the one that belongs there."""
    try:
        body = memoryview(data)[_SUM:]
        if crc32(body) != int.from_bytes(data[:_SUM], "big"):
            raise Strange(f"is damaged: the checksum of {kind} {key!r} is wrong")
        entry: Kept = _DECODE(body)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise Strange(f"is damaged: {kind} {key!r} cannot be read: {error}") from error
    if place_of(entry) != (kind, key):
        raise Strange(f"is damaged: {kind} {key!r} is something else")
    return entry


def read_all(base: sqlite3.Connection, *, newer: bool) -> list[Kept]:
    """Return every entry; raise Strange if one is damaged. In a *newer* release's file unknown kinds are passed over."""
    rows = base.execute("SELECT kind, key, data FROM kept")
    collects = gc.isenabled()
    # All of it stays, so looking again and again for what may go only costs time.
    gc.disable()
    try:
        return [from_row(kind, key, data) for kind, key, data in rows if kind in _KINDS or not newer]
    finally:
        if collects:
            gc.enable()
