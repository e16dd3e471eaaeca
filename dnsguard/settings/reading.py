"""Reading: a tree of texts becomes settings, or complaints with the place of each."""

import difflib
from typing import Any

import msgspec

from dnsguard.core import durations
from dnsguard.model.settings import Concern, Duration
from dnsguard.settings.complaints import Complaint
from dnsguard.settings.document import Entry, Items, Place, Scalar, Section, kind_of
from dnsguard.settings.refused import refused_key, refused_value
from dnsguard.settings.shapes import Hint, Path, allowed, concern_of, dotted, hints, item_of, members, settings_of, spoken

BROKEN = object()
"""Stands for a value that could not be read; its complaint is on the list."""


class Reader:
    """Reads one tree; *complaints* and *places* fill as it goes."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self.places: dict[Path, Place] = {}

    def section(self, concern: type[Concern], entry: Section, path: Path = ()) -> Any:
        """Return the *concern* that *entry* says, or `BROKEN`."""
        self.places[path] = entry.place
        known = hints(concern)
        for key, child in entry.entries.items():
            if key not in known:
                self._complain((*path, key), unknown(path, key, tuple(known)), child.place)
        values = {}
        for field in msgspec.structs.fields(concern):
            child = entry.entries.get(field.name, Scalar(entry.place, None))
            if child != Scalar(child.place, None):
                values[field.name] = self._value(field.type, child, (*path, field.name))
            elif field.required:
                values[field.name] = self._missing(field.type, child, (*path, field.name))
        broken = any(value is BROKEN for value in values.values())
        return BROKEN if broken else concern(**values)

    def _missing(self, hint: Hint, entry: Scalar, path: Path) -> Any:
        concern = concern_of(hint)
        if concern:
            return self.section(concern, Section(entry.place, {}), path)
        return self._complain(path, f"is missing, allowed is {allowed(hint)}", entry.place)

    def _value(self, hint: Hint, entry: Entry, path: Path) -> Any:
        self.places[path] = entry.place
        concern, item = concern_of(hint), item_of(hint)
        match entry:
            case Section() if concern:
                return self.section(concern, entry, path)
            case Items() if item:
                values = tuple(self._value(item, each, (*path, index)) for index, each in enumerate(entry.items))
                return BROKEN if BROKEN in values else values
            case Scalar(text=str() as text) if not (concern or item):
                return self._text(hint, text, entry.place, path)
            case _:
                return self._complain(path, f"is {kind_of(entry)}, allowed is {allowed(hint)}", entry.place)

    def _text(self, hint: Hint, text: str, place: Place, path: Path) -> Any:
        for member in members(hint):
            try:
                return msgspec.convert(text, member, strict=False, dec_hook=_decode)
            except msgspec.ValidationError:
                continue
        said = refused_value(path, text) or f"allowed is {allowed(hint)}"
        return self._complain(path, f"is {text!r}, {said}", place)

    def _complain(self, path: Path, said: str, place: Place) -> object:
        self.complaints.append(Complaint(path, said, place))
        return BROKEN


def unknown(path: Path, key: str, known: tuple[str, ...]) -> str:
    """Return what is to be said of a key that is no setting."""
    refusal = refused_key((*path, key))
    if refusal:
        return refusal
    near = tuple(dotted(each) for each, _ in settings_of() if key in {each[-1], "_".join(each)})
    near = near or tuple(dotted((*path, each)) for each in difflib.get_close_matches(key, known, n=3))
    if near:
        return f"is no setting, the nearest {'is' if len(near) == 1 else 'are'} {spoken(near, 'and')}"
    return f"is no setting, known are {spoken(tuple(dotted((*path, each)) for each in known), 'and')}"


def _decode(kind: type, value: Any) -> Any:
    if kind is Duration:
        return durations.parse(value)
    raise NotImplementedError(f"{kind} is no kind of setting")
