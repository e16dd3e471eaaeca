"""Patterns of host names, as people write them in settings and orders.

Rules kept here:

- `a.example.com` is that name alone; `*.example.com` is every name below `example.com`, at any depth, the wildcard record
  `*.example.com` included and `example.com` not; `*` is every name.
"""

from collections.abc import Iterable

from dnsguard.core.names import canonical

EVERY = "*"


def pattern_of(text: str) -> str:
    """Return the canonical form of a pattern; raise ValueError with one sentence if it is none."""
    if text == EVERY:
        return text
    name = canonical(text)
    if "*" in name.removeprefix("*."):
        raise ValueError(f"{text!r} has a * elsewhere than as its whole first label")
    return name


class Patterns:
    """Several canonical patterns at once."""

    def __init__(self, patterns: Iterable[str]) -> None:
        found = tuple(patterns)
        self._every = EVERY in found
        self._names = frozenset(each for each in found if not each.startswith("*"))
        self._below = tuple(each[1:] for each in found if each.startswith("*."))

    def match(self, name: str) -> bool:
        """Return whether some pattern means the canonical *name*."""
        return self._every or name in self._names or (bool(self._below) and name.endswith(self._below))
