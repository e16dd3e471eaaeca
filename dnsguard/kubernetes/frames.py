"""Frames of a watch as they go through: whole lines with nothing lost, what one says, and the bookmark that takes its place.

Rules kept here:
- Whatever the chunks are, the lines and parts that come out are, put together, the bytes that came.
- A line of more than `LONGEST` bytes is handed on in parts as it comes, and is not read.
- A frame is read if it is JSON, of a known type, and its object has the apiVersion and the kind of the collection that is watched.
- A bookmark keeps apiVersion and kind, moves the resourceVersion, and says nothing else: never `k8s.io/initial-events-end`.
"""

import msgspec
from msgspec import Struct

from dnsguard.core.sieve.gate import BOOKMARK, ERROR, Seen
from dnsguard.core.sieve.sieves import Sieve
from dnsguard.kubernetes.decode import BROKEN, LONGEST
from dnsguard.kubernetes.reduction import Reduced, Table, reduce, table_of

_KNOWN = frozenset({"ADDED", "MODIFIED", "DELETED", BOOKMARK})


class Part(Struct, frozen=True):
    """Bytes of a line that is too long to be read, its newline included; *begins*: they are its first."""

    data: bytes
    begins: bool = False


class Frames:
    """Splits chunks into lines of at most *longest* bytes."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0
        self._overlong = False

    def feed(self, chunk: bytes) -> list[bytes | Part]:
        """Take in *chunk*; return the lines that it ends, without their newlines, and parts of lines that are too long."""
        first, *rest = chunk.split(b"\n")
        found: list[bytes | Part] = []
        if self._overlong:
            if not rest:
                return [Part(first)] if first else []
            found.append(Part(first + b"\n"))
            self._overlong = False
        elif rest:
            rest.insert(0, self.rest() + first)
        else:
            rest = [first]
        last = rest.pop()
        longest = self._longest
        found += [line if len(line) <= longest else Part(line + b"\n", begins=True) for line in rest]
        if last:
            self._pieces.append(last)
            self._size += len(last)
            if self._size > longest:
                found.append(Part(self.rest(), begins=True))
                self._overlong = True
        return found

    def rest(self) -> bytes:
        """Return the bytes of the unfinished line, and forget them."""
        rest = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return rest


class _Frame(Struct, frozen=True):
    type: str
    object: Table


_FRAME = msgspec.json.Decoder(_Frame)


class Reader:
    """Reads frames and items of one collection, whose objects are of *sieve* and of the API *version*."""

    def __init__(self, sieve: Sieve, version: str) -> None:
        group = sieve.kind.group
        self._sieve = sieve
        self._kind = msgspec.json.encode(sieve.kind.name)
        self._api_version = msgspec.json.encode(f"{group}/{version}" if group else version)
        self._head = b'{"type":"BOOKMARK","object":{"kind":%s,"apiVersion":%s,"metadata":{"resourceVersion":' % (
            self._kind,
            self._api_version,
        )

    def frame(self, line: bytes) -> Seen | None:
        """Return what a frame says, None if it cannot be read."""
        try:
            return self._read(line)
        except BROKEN:
            return None

    def item(self, text: bytes) -> Reduced | None:
        """Return what an item of a list says, None if it says nothing; raise what `BROKEN` names where it is no object."""
        return reduce(table_of(text), self._sieve.cut)

    def bookmark(self, version: str) -> bytes:
        """Return the line, without its newline, that moves a client's version to *version*."""
        return self._head + msgspec.json.encode(version) + b"}}}"

    def _read(self, line: bytes) -> Seen | None:
        frame = _FRAME.decode(line)
        kind, fields = frame.type, frame.object
        if kind == ERROR:
            return Seen(ERROR, b"", "", b"")
        if kind not in _KNOWN or bytes(fields.get("kind", b"")) != self._kind or bytes(fields.get("apiVersion", b"")) != self._api_version:
            return None
        if kind == BOOKMARK:
            return Seen(BOOKMARK, b"", _version(fields), b"")
        found = reduce(fields, self._sieve.cut, manager=kind == "MODIFIED", written=self._sieve.written)
        return Seen(kind, found.key, found.version, found.digest, found.manager, found.pending) if found is not None else None


class _Metadata(Struct, frozen=True):
    resourceVersion: str = ""  # noqa: N815 -- the API's name


_METADATA = msgspec.json.Decoder(_Metadata)


def _version(fields: Table) -> str:
    return _METADATA.decode(fields["metadata"]).resourceVersion if "metadata" in fields else ""
