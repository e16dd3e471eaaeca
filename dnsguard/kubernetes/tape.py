"""Tapes: recorded watch streams, read from disk and turned into events with their times.

Rules kept here:
- A tape is one JSON object a line, plain or gzipped: a header, then lists and frames in order of arrival.
- What the server sent is kept byte for byte, and decoded as the live stream is.
- A tape that cannot be understood is a ConfigError that names the file and the line. An object in it that cannot be
  understood is an event, as in the live stream.
- A list of a tape is whole; a kind that a tape does not have was listed at time 0 and had no objects.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from dnsguard.errors import ConfigError, UnreadableObject
from dnsguard.kubernetes.decode import BROKEN, Decoder, Failed, Versioned
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.model.events import Event, Listed, Upserted

_GZIP = b"\x1f\x8b"


class Line(Struct, frozen=True, rename={"seconds": "t"}):
    """One line of a tape: at *seconds*, *resource* (its tape name) was listed or sent a frame; *data* are the bytes."""

    seconds: float
    resource: str
    op: Literal["header", "list", "frame"]
    data: Raw


class Header(Struct, frozen=True):
    """The first line: the version of the format, when it was recorded (Unix time) and of what."""

    tape: int
    wall: float
    resources: tuple[str, ...]


class Tape(NamedTuple):
    """A tape in memory; *lines* are the lists and frames, without the header, which is line 1 of the file *name*."""

    name: str
    header: Header
    lines: tuple[Line, ...]

    @property
    def resources(self) -> tuple[str, ...]:
        """The tape names of the resources that were recorded."""
        return self.header.resources

    @property
    def seconds(self) -> float:
        """The time of the last line."""
        return self.lines[-1].seconds if self.lines else 0.0

    def wrong(self, index: int, why: str) -> ConfigError:
        """Return the error that line *index* of `lines` is."""
        return ConfigError(f"{self.name}:{index + 2}: {why}")


_LINE = msgspec.json.Decoder(Line)
_HEADER = msgspec.json.Decoder(Header)


def read_tape(path: str | Path) -> Tape:
    """Read a tape; raise ConfigError with file and line if it is none."""
    name = str(path)
    header: Header | None = None
    lines: list[Line] = []
    for number, text in enumerate(_texts(Path(path)), 1):
        try:
            line = _LINE.decode(text)
            if header is None:
                header = _header(line)
                continue
        except (*BROKEN, ValueError) as error:
            raise ConfigError(f"{name}:{number}: This is no line of a tape: {error}.") from error
        if line.op == "header" or (lines and line.seconds < lines[-1].seconds):
            raise ConfigError(f"{name}:{number}: {'A second header' if line.op == 'header' else 'The time goes back'}.")
        lines.append(line)
    if header is None:
        raise ConfigError(f"{name}:1: The tape is empty.")
    return Tape(name, header, tuple(lines))


def events(tape: str | Path | Tape, kinds: Iterable[str]) -> Iterator[tuple[float, Event]]:
    """Yield the events of *kinds* with their seconds; raise ConfigError at a line that means nothing."""
    tape = tape if isinstance(tape, Tape) else read_tape(tape)
    decoders = {RESOURCES[kind].tape_name: Decoder(RESOURCES[kind]) for kind in kinds}
    listed = {line.resource for line in tape.lines if line.op == "list"}
    for name, decoder in decoders.items():
        if name not in listed:
            yield 0.0, Listed(decoder.kind, frozenset())
    for index, line in enumerate(tape.lines):
        found = decoders.get(line.resource)
        if found is not None:
            for event in decoded(tape, index, found):
                yield line.seconds, event


def decoded(tape: Tape, index: int, decoder: Decoder) -> Iterator[Event]:
    """Yield the events of line *index* of a tape, which *decoder* is for; raise ConfigError if it means nothing."""
    return _list(tape, index, decoder) if tape.lines[index].op == "list" else _frame(tape, index, decoder)


def _list(tape: Tape, index: int, decoder: Decoder) -> Iterator[Event]:
    try:
        page = decoder.page(bytes(tape.lines[index].data))
    except UnreadableObject as error:
        raise tape.wrong(index, str(error)) from error
    if page.continue_:
        raise tape.wrong(index, "The list is not whole: it has a continue token.")
    yield from page.events
    yield Listed(decoder.kind, frozenset(event.view.ref if isinstance(event, Upserted) else event.ref for event in page.events))


def _frame(tape: Tape, index: int, decoder: Decoder) -> Iterator[Event]:
    match decoder.frame(bytes(tape.lines[index].data)):
        case Upserted() as event:
            yield event
        case Versioned(event):
            yield event
        case Failed(0, text):
            raise tape.wrong(index, text)
        case _:
            return


def _header(line: Line) -> Header:
    if line.op != "header":
        raise ValueError("the first line has to be the header")
    header = _HEADER.decode(line.data)
    if header.tape != 1:
        raise ValueError(f"the format has version {header.tape}, and only 1 is known")
    return header


def _texts(path: Path) -> Iterator[bytes]:
    number = 0
    try:
        with path.open("rb") as plain:
            zipped = plain.read(len(_GZIP)) == _GZIP
            plain.seek(0)
            file = gzip.GzipFile(fileobj=plain) if zipped else plain
            for text in file:
                number += 1
                yield text
    except OSError as error:
        raise ConfigError(f"{path}: The tape cannot be read: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise ConfigError(f"{path}:{number + 1}: The tape cannot be read: {error}.") from error
