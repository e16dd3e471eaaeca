"""The layout of the journal file, and how an older one becomes this one.

Rules kept here:

- `application_id` says that the file is ours, `user_version` which layout it has, `meta.readable_from` which release's layout is
  the oldest that can still read and write it. A file whose `readable_from` is above `VERSION` is left to the release that made it.
- A change that an older release can live with (a table, a column with a default, an index) raises VERSION alone; any other raises
  READABLE_FROM too, and is made in two releases, so that one release back always works. Entries follow the rule of `model/entries`.
- Every row of `kept` begins with the CRC-32 of the rest: SQLite does not notice a flipped bit.
- A migration is a step from one version to the next, all in one transaction.
"""

import sqlite3

APPLICATION = 0x646E7367
"""`dnsg`."""
VERSION = 1
READABLE_FROM = 1

_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, zone TEXT NOT NULL, name TEXT NOT NULL, batch TEXT NOT NULL,
        data BLOB NOT NULL, outcome TEXT NOT NULL, change TEXT NOT NULL, seconds REAL, insync REAL)""",
    "CREATE INDEX history_name ON history (name)",
    "CREATE INDEX history_batch ON history (batch)",
    "CREATE INDEX history_change ON history (change)",
)

MIGRATIONS: dict[int, tuple[str, ...]] = {0: _TABLES}
"""The statements that make version n + 1 of version n; 0 is an empty file."""


class Strange(Exception):
    """The file is not one that this release can use; its text says why, and follows "the journal PATH"."""


def version_of(base: sqlite3.Connection) -> int:
    """Return the layout of a file, 0 if it is empty; raise Strange if this release cannot use it."""
    application, version = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    tables = base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == 0 and version == 0 and tables == 0:
        return 0
    if application != APPLICATION:
        raise Strange("is the database of another program")
    found = base.execute("SELECT value FROM meta WHERE key = 'readable_from'").fetchone()
    if version > VERSION and (found is None or int(found[0]) > VERSION):
        raise Strange(f"was written by a newer release (layout {version}, this one reads {VERSION})")
    return int(version)


def migrate(base: sqlite3.Connection, version: int) -> None:
    """Bring a file of layout *version* to this release's, within the transaction that is open."""
    while version < VERSION:
        for statement in MIGRATIONS[version]:
            base.execute(statement)
        version += 1
        base.execute(f"PRAGMA user_version = {version}")
        base.execute(f"PRAGMA application_id = {APPLICATION}")
        base.execute("INSERT OR REPLACE INTO meta VALUES ('readable_from', ?)", (str(READABLE_FROM),))
