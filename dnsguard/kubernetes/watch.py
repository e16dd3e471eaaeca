"""Watching, without the I/O: what to ask the API server for, and how its answer falls into lines.

Rules kept here:
- A watch is newline-delimited JSON; a line may be spread over any number of chunks, and a chunk may hold many lines.
- No byte is looked at twice: what is kept of an unfinished line has no newline in it.
- A line longer than `LONGEST` is dropped as it comes; its size is told, and the lines after it are whole.
- Lists are asked for in pages and without a resourceVersion: a quorum read, never older than what was seen before.
- A streaming list is a watch that begins with the present state and says where that ends: no older either.
- Bookmarks are asked for, so that the version moves on while nothing happens, and a silent connection shows.
- The length of a watch is chosen by the client, with jitter, so that watches do not all end at once.
"""

from msgspec import Struct

from dnsguard.kubernetes.decode import LONGEST

PAGE = 500
"""Objects of one page of a list, as client-go's pager asks for."""
SHORTEST_WATCH = 300
"""Seconds of the shortest watch; the longest lasts twice that."""


class TooLong(Struct, frozen=True):
    """A line that was dropped, and how many bytes it had."""

    size: int


class Lines:
    """Splits chunks into lines of at most *longest* bytes; empty lines are dropped."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def unfinished(self) -> int:
        """How many bytes of an unfinished line have come."""
        return self._size

    def feed(self, chunk: bytes) -> list[bytes | TooLong]:
        """Take in *chunk*; return the lines that it finishes, without their newlines."""
        first, *rest = chunk.split(b"\n")
        self._keep(first)
        if not rest:
            return []
        last = rest.pop()
        lines = [self._finish(), *(line if len(line) <= self._longest else TooLong(len(line)) for line in rest)]
        self._keep(last)
        return [line for line in lines if line]

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._longest:
            self._pieces.clear()
        elif piece:
            self._pieces.append(piece)

    def _finish(self) -> bytes | TooLong:
        line = b"".join(self._pieces) if self._size <= self._longest else TooLong(self._size)
        self._pieces.clear()
        self._size = 0
        return line


def list_params(limit: int = PAGE, continue_: str = "", selector: str = "") -> dict[str, str]:
    """Return the query of one page of a list; *limit* 0 asks for all objects at once; *selector* narrows it by labels."""
    params = {"limit": str(limit)} if limit else {}
    params |= {"labelSelector": selector} if selector else {}
    return {**params, "continue": continue_} if continue_ else params


def watch_params(version: str, jitter: float, selector: str = "") -> dict[str, str]:
    """Return the query of a watch from *version*; *jitter* in [0, 1] spreads its length over 5 to 10 minutes; *selector* as above."""
    return {
        **({"labelSelector": selector} if selector else {}),
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(round(SHORTEST_WATCH * (1 + jitter))),
    }


def stream_params(jitter: float, selector: str = "") -> dict[str, str]:
    """Return the query of a streaming list that goes on as a watch; *jitter* and *selector* as in `watch_params`."""
    return {**watch_params("", jitter, selector), "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
