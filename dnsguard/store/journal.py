"""The journal: keeps entries in a file, from a thread of its own, and never stops the service.

Rules kept here:

- What one call hands over is written in one transaction, and is there when the call returns.
- A journal that cannot be opened or written is told once; from then on nothing is kept, and it is tried again after `AGAIN`
  seconds, then ever more rarely. Then everything has to be handed over anew; when that is written, it works again.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from dnsguard.model.entries import Entry, Kept
from dnsguard.model.facts import Fact, Journaled
from dnsguard.store.database import Database
from dnsguard.store.history import Chronicle, Statement

AGAIN = 60.0
"""Seconds after which a journal that failed is tried again; they double up to `RARELY`."""
RARELY = 1800.0


class Journal:
    """Keeps what has to survive in *database*; *tell* hears what becomes of it, *clock* gives seconds, *chronicle* the history."""

    def __init__(self, database: Database, tell: Callable[[Fact], None], clock: Callable[[], float], chronicle: Chronicle) -> None:
        self._database = database
        self._tell = tell
        self._clock = clock
        self._chronicle = chronicle
        self._thread = ThreadPoolExecutor(1, "journal")
        self._failed_at: float | None = None
        self._wait = AGAIN
        self._recovering = False

    def recall(self) -> list[Kept]:
        """Open the file; return what it remembers, nothing if it had to be set aside or cannot be opened."""
        path = self._database.path
        try:
            kept, sentence = self._database.open()
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
            return []
        if sentence:
            self._tell(Journaled(sentence, works=True))
        self._tell(Journaled(f"the journal {path} is kept" + (f", and remembers {len(kept)} things" if kept else ""), works=True))
        return kept

    async def keep(self, entries: Sequence[Entry]) -> bool:
        """Keep *entries* and the history so far; return whether everything has to be handed over anew, because it works again."""
        statements = self._chronicle.take()
        if self._failed_at is not None:
            return self._clock() - self._failed_at >= self._wait and await self._begin_again()
        if self._recovering and not entries:
            self._recovering, self._wait = False, AGAIN
            self._tell(Journaled(f"the journal {self._database.path} works again, and was written anew", works=True))
        if entries or statements:
            try:
                await self._run(self._write, entries, statements)
            except sqlite3.Error as error:
                self._fail(error)
        return False

    def finish(self, entries: Sequence[Entry]) -> None:
        """Keep *entries* at the end of the process, where nothing waits any more."""
        if self._failed_at is None:
            try:
                self._thread.submit(self._write, entries, self._chronicle.take()).result()
            except sqlite3.Error as error:
                self._fail(error)

    def close(self) -> None:
        """Finish what is under way and let go of the file."""
        self._thread.shutdown(wait=True)
        self._database.close()

    async def _begin_again(self) -> bool:
        try:
            await self._run(self._reopen)
        except (OSError, sqlite3.Error) as error:
            self._recovering = True
            self._fail(error)
            return False
        self._failed_at, self._recovering = None, True
        return True

    def _write(self, entries: Sequence[Entry], statements: Sequence[Statement]) -> None:
        self._database.write(entries, statements)

    def _reopen(self) -> None:
        self._database.close()
        self._database.open()
        self._database.clear()

    async def _run(self, work: Callable[..., None], *values: object) -> None:
        # Shielded: what was handed over is written even if whoever waits for it is told to end.
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work, *values))

    def _fail(self, error: Exception) -> None:
        self._failed_at = self._clock()
        self._database.close()
        if self._recovering:
            self._wait = min(RARELY, self._wait * 2)
            return
        text = f"the journal {self._database.path} cannot be kept: {error}; what should survive a restart is in memory alone"
        self._tell(Journaled(text, works=False))
