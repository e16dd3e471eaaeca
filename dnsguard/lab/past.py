"""The history of a world, as a journal would have it, in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from dnsguard.model.facts import Fact
from dnsguard.store import layout
from dnsguard.store.history import Chronicle


@contextmanager
def history_of(facts: Iterable[tuple[float, Fact]]) -> Iterator[sqlite3.Connection]:
    """Give the history that *facts*, each with its moment, make."""
    chronicle = Chronicle(1.0)
    for at, fact in facts:
        chronicle.tell(fact, at)
    with closing(sqlite3.connect(":memory:")) as base:
        layout.migrate(base, 0)
        for text, values in chronicle.take():
            base.execute(text, values)
        yield base
