"""The config document: YAML as a tree of texts, each with the place where it stands.

Rules kept here:

- Scalars stay text: the setting decides what a text means, so `no`, `0300` and `1:30` never turn into something else.
- A key without a value (or `null`, or `~`) counts as absent.
- Refused: a key that stands twice, anchors and aliases, explicit tags, several documents, keys that are no text.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from dnsguard.errors import ConfigError

_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: a file and its line from 1 on, or (line 0) an environment variable or the file as a whole."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source

    @property
    def order(self) -> tuple[bool, int]:
        """Sort key: by line, what has none last."""
        return (not self.line, self.line)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as text; None: no value."""

    place: Place
    text: str | None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple["Entry", ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping by key."""

    place: Place
    entries: dict[str, "Entry"]


Entry = Scalar | Items | Section


def read_file(path: Path) -> Section:
    """Return the document in the file *path*; raises ConfigError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    whole = Place(str(path))
    entry = read_text(content, whole, lines=True)
    match entry:
        case Section():
            return Section(whole, entry.entries)
        case Scalar(text=None):
            return Section(whole, {})
        case _:
            raise ConfigError(f"{entry.place}: the file is {kind_of(entry)}, allowed are sections such as 'ownership:'")


def read_text(text: str | bytes, place: Place, *, lines: bool) -> Entry:
    """Return the YAML *text* as a tree; with *lines* every entry has its own line, else all stand at *place*.

    Raises ConfigError.
    """
    locate = _Locate(place, lines=lines)
    try:
        node = _Loader(text, locate).get_single_node()
    except yaml.MarkedYAMLError as error:
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError(f"{locate(error.problem_mark or error.context_mark)}: this is not one YAML document: {said}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{place}: this is not one YAML document: {' '.join(str(error).split())}") from error
    return Scalar(place, None) if node is None else _entry(node, locate(node.start_mark), locate)


def kind_of(entry: Entry) -> str:
    """Return what *entry* is, for sentences."""
    match entry:
        case Section():
            return "a section"
        case Items():
            return "a list"
        case Scalar(text=text):
            return "empty" if text is None else repr(text)


class _Locate:
    """Turns marks into places."""

    def __init__(self, whole: Place, *, lines: bool) -> None:
        self._whole = whole
        self._lines = lines

    def __call__(self, mark: yaml.Mark | None) -> Place:
        """Return the place of *mark*."""
        return Place(self._whole.source, mark.line + 1) if self._lines and mark else self._whole


class _Loader(yaml.SafeLoader):
    """Composes nodes, and refuses aliases."""

    def __init__(self, text: str | bytes, locate: _Locate) -> None:
        super().__init__(text)
        self._locate = locate

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose the next node."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise ConfigError(f"{self._locate(event.start_mark)}: the alias '*{event.anchor}' is refused: write the value out")
        return super().compose_node(parent, index)


def _entry(node: yaml.Node, place: Place, locate: _Locate) -> Entry:
    if node.tag not in _TAGS:
        raise ConfigError(f"{locate(node.start_mark)}: the tag {node.tag!r} is refused: write the value without it")
    match node:
        case yaml.MappingNode():
            return Section(place, _entries(node, locate))
        case yaml.SequenceNode():
            return Items(place, tuple(_entry(item, locate(item.start_mark), locate) for item in node.value))
        case _:
            return Scalar(place, None if node.tag == _NULL else node.value)


def _entries(node: yaml.MappingNode, locate: _Locate) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key, value in node.value:
        place = locate(key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(f"{place}: a key is a list or a section, allowed is text")
        if key.value in entries:
            first = entries[key.value].place
            raise ConfigError(f"{place}: the key {key.value!r} stands here for the second time, the first time was at {first}")
        entries[key.value] = _entry(value, place, locate)
    return entries
