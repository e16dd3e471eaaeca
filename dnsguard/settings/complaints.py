"""Complaints: what is wrong with the settings, one sentence each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dnsguard.errors import ConfigError
from dnsguard.settings.document import Place
from dnsguard.settings.shapes import Path, dotted


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one setting; *place* is None where only its path is known."""

    path: Path
    said: str
    place: Place | None = None


def raise_first(complaints: Iterable[Complaint], places: Mapping[Path, Place]) -> None:
    """Raise ConfigError with the first of *complaints*, by line; do nothing if there are none."""
    located = [(each.place or _place(each.path, places), each) for each in complaints]
    if located:
        place, first = min(located, key=lambda pair: pair[0].order)
        raise ConfigError(f"{place}: {dotted(first.path)} {first.said}")


def _place(path: Path, places: Mapping[Path, Place]) -> Place:
    while path not in places:
        path = path[:-1]
    return places[path]
