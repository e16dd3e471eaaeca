"""What was undone in one zone, by a person's word, and stays so until it is released.

Rules kept here:

- Of several undoings of one name the last one counts.
- What is under way stands in the place of what objects ask for. Once it is carried out, or cannot be, nothing of the name is written.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from dnsguard.core.patterns import Patterns
from dnsguard.model.undo import Undone


class Undoings:
    """The undone names of one zone."""

    def __init__(self) -> None:
        self._by_name: dict[str, Undone] = {}
        self._by_what: dict[str, dict[str, None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> Undone | None:
        """Return what was undone of *name*."""
        return self._by_name.get(name)

    def turning(self, name: str) -> Undone | None:
        """Return what is to be undone of *name* and is still under way."""
        undone = self._by_name.get(name)
        return undone if undone is not None and undone.under_way else None

    def put(self, name: str, undone: Undone) -> None:
        """Note that *name* is to be turned back, or was."""
        self.release(name)
        self._by_name[name] = undone
        self._by_what.setdefault(undone.what, {})[name] = None

    def settle(self, name: str) -> None:
        """Note that nothing is left to be turned back of *name*."""
        self._by_name[name] = replace(self._by_name[name], under_way=False)

    def release(self, name: str) -> Undone | None:
        """Forget what was undone of *name*, and return it."""
        undone = self._by_name.pop(name, None)
        if undone is not None:
            names = self._by_what[undone.what]
            del names[name]
            if not names:
                del self._by_what[undone.what]
        return undone

    def matching(self, patterns: Patterns, what: str) -> tuple[str, ...]:
        """Return the undone names that *patterns* mean; of *what* alone, if that is not empty."""
        names = self._by_what.get(what, {}) if what else self._by_name
        return tuple(name for name in names if patterns.match(name))

    def groups(self) -> Iterator[tuple[Undone, dict[str, None]]]:
        """Yield for each undoing one of what was undone, and all its names."""
        for names in self._by_what.values():
            yield self._by_name[next(iter(names))], names
