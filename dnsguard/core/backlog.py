"""Backlog: names that wait for their turn, each once, in order of arrival."""

from collections import deque
from collections.abc import Iterable


class Backlog:
    """A queue of names without doubles."""

    def __init__(self) -> None:
        self._queue: deque[str] = deque()
        self._names: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._queue)

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, names: Iterable[str]) -> None:
        """Put *names* at the end, those that are not waiting yet."""
        for name in names:
            if name not in self._names:
                self._names.add(name)
                self._queue.append(name)

    def pop(self) -> str:
        """Take the first."""
        name = self._queue.popleft()
        self._names.discard(name)
        return name
