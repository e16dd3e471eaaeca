"""Answers as they go through the proxy: a watch whose frames are judged, a list that says what its client holds from then on.

Rules kept here:
- What is handed on of a watch is the bytes that came, but for lines that a bookmark stands for. What cannot be read passes, and the
  gate forgets what it knew. What is left of a line when the answer ends is handed on as well.
- A list is handed on untouched. Its items, over all of its pages, become the gate of the watch that continues it; pages that do not
  carry one version, or that cannot be read, tell nothing.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from dnsguard.core.sieve.gate import Gate, Scope, Seen, Shelf, Why
from dnsguard.kubernetes.frames import Frames, Part, Reader
from dnsguard.kubernetes.items import Items, Unpacked

Count = Callable[[str, Why], None]
"""Hears the writer of a frame, and what became of it."""
MOST_PAGES = 16
"""Lists that are under way at a time."""


class Answer(Protocol):
    """What an answer goes through."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what is handed on of *chunk*."""

    def end(self, *, whole: bool) -> bytes:
        """Return what is still to be handed on; *whole*: the answer has come to its end."""


class Plain:
    """An answer that nobody looks at."""

    def feed(self, chunk: bytes) -> bytes:
        """Return *chunk*."""
        return chunk

    def end(self, *, whole: bool) -> bytes:  # noqa: ARG002 -- it makes no difference here
        """Return nothing."""
        return b""


class Sifted:
    """A watch whose frames are judged by *gate*, which is put on *shelf* when it ends."""

    def __init__(self, reader: Reader, gate: Gate, shelf: Shelf, scope: Scope, count: Count) -> None:
        self._reader = reader
        self._gate = gate
        self._shelf = shelf
        self._scope = scope
        self._count = count
        self._frames = Frames()

    def feed(self, chunk: bytes) -> bytes:
        """Return the frames of *chunk* that are whole, as they are to be handed on."""
        read, judge, count = self._reader.frame, self._gate.judge, self._count
        out: list[bytes] = []
        for line in self._frames.feed(chunk):
            if isinstance(line, Part):
                if line.begins:
                    self._unread()
                out.append(line.data)
                continue
            seen: Seen | None = read(line) if line else None
            if seen is None:
                if line:
                    self._unread()
                out.append(line)
            else:
                why = judge(seen)
                count(seen.manager, why)
                out.append(self._reader.bookmark(seen.version) if why == "same" else line)
            out.append(b"\n")
        return b"".join(out)

    def end(self, *, whole: bool) -> bytes:  # noqa: ARG002 -- a broken watch is resumed like one that ended
        """Return the rest of the last line, and keep what the client holds for its next watch."""
        gate, rest = self._gate, self._frames.rest()
        if gate.settled and not rest:
            self._shelf.put(self._scope, gate.version, gate.held)
        return rest

    def _unread(self) -> None:
        self._gate.forget()
        self._count("", "unread")


class Pages:
    """What the pages of lists that are under way have told, by the token of the next page."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._open: OrderedDict[tuple[Scope, str], tuple[str, dict[bytes, bytes]]] = OrderedDict()

    def begun(self, scope: Scope, token: str) -> tuple[str, dict[bytes, bytes]] | None:
        """Return the version and the objects of the pages before the one that *token* stands for, None if nobody knows."""
        return self._open.pop((scope, token), None) if token else ("", {})

    def told(self, scope: Scope, version: str, token: str, held: dict[bytes, bytes]) -> None:
        """Take in a page; *token* is that of the next ("": it was the last)."""
        if not token:
            self._shelf.put(scope, version, held)
            return
        self._open[scope, token] = (version, held)
        while len(self._open) > MOST_PAGES:
            self._open.popitem(last=False)


class Listed:
    """A page of a list that goes through, after the one that *token* ("": none) stands for."""

    def __init__(self, reader: Reader, kind: str, pages: Pages, scope: Scope, token: str, *, packed: bool) -> None:
        self._reader = reader
        self._kind = kind
        self._pages = pages
        self._scope = scope
        self._before = pages.begun(scope, token)
        self._found: dict[bytes, bytes] = {}
        self._items = Items(self._take)
        self._unpacked = Unpacked(packed=packed)
        self._items.lost = self._before is None

    def feed(self, chunk: bytes) -> bytes:
        """Return *chunk*."""
        if not self._items.lost:
            try:
                for part in self._unpacked.feed(chunk):
                    self._items.feed(part)
            except zlib.error:
                self._items.lost = True
        return chunk

    def end(self, *, whole: bool) -> bytes:
        """Return nothing; if the list is *whole*, keep what its client holds."""
        around = self._items.finish() if whole else None
        if around is not None and self._before is not None and around.kind == f"{self._kind}List":
            (version, held), here = self._before, around.metadata.version
            if version in {"", here}:
                self._pages.told(self._scope, here, around.metadata.continue_, held | self._found)
        return b""

    def _take(self, text: bytes) -> None:
        found = self._reader.item(text)
        if found is not None:
            self._found[found.key] = found.digest
