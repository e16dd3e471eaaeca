"""The gate of a watch: what its client holds of every object, and which frame tells it nothing new.

Rules kept here (Kubernetes API concepts, "Efficient detection of changes"; client-go, reflector):

- Only a MODIFIED frame can be replaced, and only for a client that asked for bookmarks: it alone moves its version by one.
- A MODIFIED of an object that the gate has not seen passes. So does one of an object whose status external-dns has yet to write.
- The gate is what the client holds: an object counts as seen once its frame was handed on, or it was in the list that the watch
  continues.
- What passes without having been read may have been any object, so the gate forgets everything.
- A client that resumes at exactly the version last delivered holds what the gate says, so the next watch takes the gate over;
  at any other version it does not. That is so once the state that a watch began with has passed: synthetic ADDED frames carry
  versions in no order, so until another frame comes the gate is nobody's but this watch's.
"""

from collections import OrderedDict
from typing import Literal, NamedTuple

ERROR = "ERROR"
BOOKMARK = "BOOKMARK"
Why = Literal["same", "changed", "unseen", "pending", "no-bookmarks", "added", "deleted", "bookmark", "error", "unread"]
"""Why a frame was replaced (`same`) or passed (any other)."""


class Seen(NamedTuple):
    """What was read of one frame; *digest* is that of its object after the cut, *pending*: its status is yet to be written."""

    type: str
    key: bytes
    version: str
    digest: bytes
    manager: str = ""
    pending: bool = False


class Gate:
    """The objects that a client holds, by key; *settled*: whether the state that it began with is complete."""

    __slots__ = ("bookmarks", "held", "settled", "version")

    def __init__(self, version: str = "", held: dict[bytes, bytes] | None = None, *, bookmarks: bool = True) -> None:
        self.version = version
        self.held = held if held is not None else {}
        self.bookmarks = bookmarks
        self.settled = version not in {"", "0"}

    def judge(self, seen: Seen) -> Why:
        """Return what becomes of a frame that was read, and take it in."""
        kind, key, version, digest, _, pending = seen
        if kind == ERROR:
            return "error"
        if kind != "ADDED":
            self.settled = True
        self.version = version or self.version
        match kind:
            case "MODIFIED":
                known = self.held.get(key)
                if known == digest and not pending:
                    return "same" if self.bookmarks else "no-bookmarks"
                self.held[key] = digest
                return "unseen" if known is None else "pending" if known == digest else "changed"
            case "ADDED":
                self.held[key] = digest
                return "added"
            case "DELETED":
                self.held.pop(key, None)
                return "deleted"
            case _:
                return "bookmark"

    def forget(self) -> None:
        """Take in that a frame passed unread."""
        self.held.clear()
        self.version = ""
        self.settled = False


class Scope(NamedTuple):
    """What one client watches: itself, the path of the collection, and the selectors that narrow it."""

    client: str
    path: str
    labels: str = ""
    fields: str = ""


class Shelf:
    """Gates that wait for a watch to take them over, by scope and version; at most *most* gates and *objects* objects."""

    def __init__(self, most: int = 64, objects: int = 300_000) -> None:
        self._most = most
        self._objects = objects
        self._held = 0
        self._gates: OrderedDict[tuple[Scope, str, int], dict[bytes, bytes]] = OrderedDict()
        self._number = 0

    @property
    def gates(self) -> int:
        """How many gates wait."""
        return len(self._gates)

    def put(self, scope: Scope, version: str, held: dict[bytes, bytes]) -> None:
        """Keep what a client of *scope* holds that was last told *version*; the oldest make room."""
        if version in {"", "0"}:
            return
        self._number += 1
        self._gates[scope, version, self._number] = held
        self._held += len(held)
        while len(self._gates) > self._most or self._held > self._objects:
            _, oldest = self._gates.popitem(last=False)
            self._held -= len(oldest)

    def take(self, scope: Scope, version: str) -> dict[bytes, bytes] | None:
        """Return what a client of *scope* that resumes at *version* holds, None if nobody knows; it is taken off."""
        for key in reversed(self._gates):
            if key[:2] == (scope, version):
                held = self._gates.pop(key)
                self._held -= len(held)
                return held
        return None
