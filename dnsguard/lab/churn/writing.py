"""Writing tapes: the lines of a profile as a file, or as a tape in memory."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import msgspec

from dnsguard.kubernetes.tape import Header, Line, Tape
from dnsguard.lab.churn.scene import BEGINNING


def tape_of(name: str, lines: Iterable[Line]) -> Tape:
    """Return the tape of *lines*, which are in order of time; *name* stands for its file in errors."""
    kept = tuple(lines)
    return Tape(name, Header(1, BEGINNING.timestamp(), tuple(dict.fromkeys(line.resource for line in kept))), kept)


def write_tape(path: str | Path, lines: Iterable[Line]) -> None:
    """Write *lines* as a tape, gzipped if *path* ends in `.gz`; the same lines make the same bytes."""
    tape = tape_of(str(path), lines)
    first = {"t": 0, "resource": "", "op": "header", "data": tape.header}
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in (first, *tape.lines))
    Path(path).write_bytes(gzip.compress(text, mtime=0) if str(path).endswith(".gz") else text)
