"""The journal file: opened, looked through, set aside if it is strange, and written in transactions.

Rules kept here:

- A file that is damaged, somebody else's, a newer release's or another owner's is renamed, with the moment in its name, and a new
  one begun; the last `ASIDE` of them are kept. What cannot be renamed, or opened at all, raises OSError or sqlite3.Error.
- One process writes: a lock on a file beside it, which ends with the process however it ends, keeps a second one out.
- WAL with synchronous=NORMAL: what was committed survives the end of the process at once, and that of the machine as far as
  it reached the disk. What a power cut takes away costs a refused call, as an old view does.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dnsguard.model.entries import Entry, Gone, Kept, place_of
from dnsguard.store import layout
from dnsguard.store.history import Statement
from dnsguard.store.layout import Strange
from dnsguard.store.records import read_all, to_bytes

FILE = "journal.sqlite"
ASIDE = 3
"""Strange files that are kept."""
PAGE = 4096
WAL_BYTES = 16 << 20
"""What the write-ahead log shrinks to."""
HISTORY_SHARE = 0.5
"""Part of the size above which the oldest history goes."""

_SURROUNDINGS = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH,
})  # fmt: skip
"""Errors that are not the file's fault."""

_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)"
_DROP = "DELETE FROM kept WHERE kind = ? AND key = ?"
_DROP_NAMES = "DELETE FROM kept WHERE kind = 'name' AND key >= ? AND key < ?"


def file_of(path: str) -> Path:
    """Return the file that `state.path` means: itself, or the journal in that directory."""
    found = Path(path)
    return found / FILE if path.endswith("/") or found.is_dir() else found


@contextmanager
def look_into(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that only reads, beside whoever writes; raises sqlite3.Error, also where the file is not a journal."""
    base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
    try:
        if base.execute("PRAGMA application_id").fetchone()[0] != layout.APPLICATION:
            raise sqlite3.DatabaseError("it is not a journal of dnsguard")
        yield base
    finally:
        base.close()


class Database:
    """One journal file of *owner*, at most *size* bytes; *witness* hears every statement before it is carried out."""

    def __init__(self, path: Path, owner: str, size: int, witness: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._owner = owner
        self._size = size
        self._witness = witness
        self._base: sqlite3.Connection | None = None
        self._lock: int | None = None

    def open(self) -> tuple[list[Kept], str]:
        """Return what is kept, and a sentence if the file had to be set aside ("" if not); raises OSError, sqlite3.Error."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            return self._look_through(), ""
        except (Strange, sqlite3.Error, ValueError) as error:
            self._disconnect()
            if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _SURROUNDINGS:
                self.close()
                raise
            why = str(error) if isinstance(error, Strange) else f"is damaged: {error}"
            aside = self._set_aside()
            return self._look_through(), f"the journal {self.path} {why}; it was set aside as {aside.name}, and a new one is begun"

    def clear(self) -> None:
        """Drop all that is kept, but not the history."""
        self._commit([("DELETE FROM kept", ())])

    def write(self, entries: Iterable[Entry], statements: Iterable[Statement]) -> None:
        """Write all in one transaction; raises sqlite3.Error, and then nothing was written."""
        self._commit([*(each for entry in entries for each in _written(entry)), *statements])
        self._prune()

    def close(self) -> None:
        """Let go of the file."""
        self._disconnect()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _look_through(self) -> list[Kept]:
        base = self._base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5.0)
        version = layout.version_of(base)
        if version and (found := base.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise Strange(f"is damaged: {found}")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        base.execute(f"PRAGMA max_page_count = {self._size // PAGE}")
        if version:
            owner = base.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()
            if owner is None or owner[0] != self._owner:
                raise Strange(f"was kept for the owner {owner[0] if owner else 'of nothing'!r}, and this is {self._owner!r}")
        kept = read_all(base, newer=version > layout.VERSION) if version else []
        base.execute("BEGIN IMMEDIATE")
        layout.migrate(base, version)
        base.execute("INSERT OR REPLACE INTO meta VALUES ('owner', ?)", (self._owner,))
        base.execute("COMMIT")
        base.set_trace_callback(self._witness)
        return kept

    def _commit(self, statements: Iterable[Statement]) -> None:
        base = self._base
        assert base is not None
        base.execute("BEGIN IMMEDIATE")
        try:
            for text, values in statements:
                base.execute(text, values)
            base.execute("COMMIT")
        except sqlite3.Error:
            if base.in_transaction:
                base.execute("ROLLBACK")
            raise

    def _prune(self) -> None:
        base = self._base
        assert base is not None
        pages, free = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        if (pages - free) * PAGE > self._size * HISTORY_SHARE:
            # Whole batches: what is left of one could no longer be undone as a whole, and would not show it.
            base.execute(
                "DELETE FROM history WHERE id <= (SELECT max(id) FROM history WHERE batch = (SELECT batch FROM history"
                " WHERE id <= (SELECT min(id) + (max(id) - min(id)) / 4 FROM history) ORDER BY id DESC LIMIT 1))"
            )

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise OSError("another process keeps it") from error
        self._lock = lock

    def _set_aside(self) -> Path:
        moment = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        aside = self.path.with_name(f"{self.path.name}.aside-{moment}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.name}.aside-{moment}-{number}")
        self.path.rename(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        older = sorted(self.path.parent.glob(f"{self.path.name}.aside-*"), key=lambda each: each.stat().st_mtime)
        for each in older[:-ASIDE]:
            each.unlink(missing_ok=True)
        return aside

    def _disconnect(self) -> None:
        if self._base is not None:
            self._base.close()
            self._base = None


def _written(entry: Entry) -> list[Statement]:
    if not isinstance(entry, Gone):
        return [(_PUT, (*place_of(entry), to_bytes(entry)))]
    if entry.kind != "zone":
        return [(_DROP, (entry.kind, entry.key))]
    # "0" follows "/".
    drops: list[Statement] = [(_DROP, (kind, entry.key)) for kind in ("zone", "flight")]
    return [*drops, (_DROP_NAMES, (f"{entry.key}/", f"{entry.key}0"))]
