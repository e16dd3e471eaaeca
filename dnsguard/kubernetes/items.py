"""Items of a list as its body goes by, without the body ever being held as a whole.

Rules kept here:
- The API server writes a list as one object with the key `items`, without white space, and all items begin with the same key.
  So an item ends where the next one begins, and what lies between is then a JSON object of its own: that is verified. What only
  looks like the next item, inside of one, fails that test.
- The last item ends with the array; what stands around the array is read when the body has ended.
- A body that is written in another way, or holds an item that is too long, is given up: nothing is known of its items then.
"""

import zlib
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct, field

from dnsguard.kubernetes.decode import BROKEN, LONGEST

_HEAD = 2**16
"""Bytes within which the items have to begin, and that may stand after them."""
_TRIES = 256
"""How many false ends an item may have."""
_ROOM = 2**20
"""Bytes that are unpacked at once."""
_BEGIN = b'"items":['


class _Metadata(Struct, frozen=True):
    version: str = field(default="", name="resourceVersion")
    continue_: str = field(default="", name="continue")


class Envelope(Struct, frozen=True):
    """What stands around the items of a list."""

    kind: str = ""
    metadata: _Metadata = _Metadata()


_ENVELOPE = msgspec.json.Decoder(Envelope)


class Items:
    """Reads the items of one list; *read* takes one in, and raises what `BROKEN` names if it is no object."""

    def __init__(self, read: Callable[[bytes], object], longest: int = LONGEST) -> None:
        self._read = read
        self._longest = longest
        self._buffer = bytearray()
        self._head: bytes | None = None
        self._next = b""
        self._scanned = 0
        self._tries = 0
        self.lost = False

    def feed(self, chunk: bytes) -> None:
        """Take in a part of the body."""
        if self.lost:
            return
        self._buffer += chunk
        if self._head is None and not self._begins():
            return
        self._take()
        if len(self._buffer) > self._longest + _HEAD:
            self._lose()

    def finish(self) -> Envelope | None:
        """Take in that the body has ended; return what stands around its items, None if it was given up."""
        if self.lost:
            return None
        rest = bytes(self._buffer)
        self._buffer.clear()
        if self._head is None:
            return _envelope(rest) if len(rest) <= _HEAD else None
        if rest.startswith(b"]"):
            return _envelope(self._head + rest)
        end = len(rest)
        for _ in range(_TRIES):
            end = rest.rfind(b"}]", 0, end)
            if end < 0 or len(rest) - end > _HEAD:
                return None
            around = _envelope(self._head + rest[end + 1 :])
            if around is not None and self._reads(rest[: end + 1]):
                return around
        return None

    def _begins(self) -> bool:
        at = self._buffer.find(_BEGIN, max(0, self._scanned - len(_BEGIN)))
        if at < 0:
            self._scanned = len(self._buffer)
            if self._scanned > _HEAD:
                self._lose()
            return False
        end = at + len(_BEGIN)
        self._head = bytes(self._buffer[:end])
        self._scanned = 0
        del self._buffer[:end]
        return True

    def _take(self) -> None:
        """Read every item that is followed by another."""
        if not self._next:
            colon = self._buffer.find(b":")
            if colon < 0 or not self._buffer.startswith(b"{"):
                return
            self._next = b"}," + bytes(self._buffer[: colon + 1])
        begin, scan = 0, self._scanned
        while not self.lost:
            end = self._buffer.find(self._next, scan)
            if end < 0:
                self._scanned = max(0, len(self._buffer) - len(self._next) - begin)
                break
            scan = end + 2
            if self._reads(bytes(self._buffer[begin : end + 1])):
                begin, self._tries = scan, 0
            else:
                self._tries += 1
                if self._tries > _TRIES:
                    self._lose()
        del self._buffer[:begin]

    def _reads(self, text: bytes) -> bool:
        try:
            self._read(text)
        except BROKEN:
            return False
        return True

    def _lose(self) -> None:
        self.lost = True
        self._buffer.clear()


def _envelope(text: bytes) -> Envelope | None:
    try:
        return _ENVELOPE.decode(text)
    except BROKEN:
        return None


class Unpacked:
    """Unpacks a body of gzip or deflate as it comes, a bounded part of it at a time; *packed* False: it is not packed."""

    def __init__(self, *, packed: bool) -> None:
        self._unpacker = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS) if packed else None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Iterate over what *chunk* holds; raise zlib.error if it is not packed like that."""
        if self._unpacker is None:
            yield chunk
            return
        while chunk:
            yield self._unpacker.decompress(chunk, _ROOM)
            chunk = self._unpacker.unconsumed_tail
