"""The journal keeps what it is given, sets aside what is strange, and never stops the service."""

import asyncio
import os
import sqlite3

import pytest

from dnsguard.model.endpoints import Claim, Contribution
from dnsguard.model.entries import ClaimKept, EndedKept, FlightKept, FreezesKept, Gone, NameKept, ObjectKept, OriginKept, ZoneKept
from dnsguard.model.facts import Journaled
from dnsguard.model.objects import Ref
from dnsguard.model.records import Geolocation, RecordSet, Stored, Zone
from dnsguard.store.database import ASIDE, Database, file_of
from dnsguard.store.history import Chronicle
from dnsguard.store.journal import AGAIN, Journal
from dnsguard.store.layout import MIGRATIONS, READABLE_FROM, VERSION

REF = Ref("HTTPRoute", "team", "app")
ENTRIES = [
    OriginKept("config", "1"),
    ZoneKept(Zone("Z1", "example.com", False, 0), 5.0),
    NameKept("Z1", "a.example.com", (Stored(RecordSet("a.example.com", "A", "x", 60, ("192.0.2.1",), None, Geolocation("EU")), b"{}"),)),
    NameKept("Z2", "a.example.org", graces=(("", "", 7.0),), doomed=True),
    FlightKept("Z1", 1.0, ()),
    ObjectKept(REF, "2026", (ClaimKept(Claim("a.example.com", "", REF), Contribution(("192.0.2.1",), 60), 3.0),)),
    EndedKept("b.example.com", {"": -1}, REF, 3.0),
    FreezesKept(),
]


class Keeping:
    """A journal file and what is said of it, on a clock of its own."""

    def __init__(self, path, owner="me", size=1 << 24):
        self.path = path
        self.owner = owner
        self.size = size
        self.now = 1000.0
        self.told = []
        self.open = []

    def journal(self):
        database = Database(self.path, self.owner, self.size)
        made = Journal(database, self.told.append, lambda: self.now, Chronicle(self.now))
        self.open.append(made)
        return made

    def kept(self, *more):
        """Open the journal, keep *more*, close it; return what it remembered."""
        journal = self.journal()
        found = journal.recall()
        asyncio.run(journal.keep(more))
        journal.close()
        return found

    def sentences(self, *, works=True):
        return [fact.text for fact in self.told if isinstance(fact, Journaled) and fact.works is works]

    def asides(self):
        return sorted(self.path.parent.glob("*.aside-*"))


@pytest.fixture
def keeping(tmp_path):
    made = Keeping(tmp_path / "state" / "journal.sqlite")
    yield made
    for journal in made.open:
        journal.close()


def test_what_is_kept_is_remembered(keeping):
    assert keeping.kept(*ENTRIES) == []
    assert sorted(map(repr, keeping.kept())) == sorted(map(repr, ENTRIES))
    assert not keeping.asides()


def test_the_last_word_counts_and_what_is_gone_is_gone(keeping):
    keeping.kept(*ENTRIES)
    keeping.kept(NameKept("Z2", "a.example.org"), Gone("ended", "b.example.com"), Gone("zone", "Z1"))
    left = keeping.kept()
    assert [entry for entry in left if isinstance(entry, (NameKept, ZoneKept, FlightKept, EndedKept))] == [NameKept("Z2", "a.example.org")]


def test_a_zone_takes_only_its_own_names_along(keeping):
    keeping.kept(*(NameKept(zone, "a") for zone in ("Z1", "Z10", "Z1A", "Z")))
    keeping.kept(Gone("zone", "Z1"))
    assert sorted(entry.zone for entry in keeping.kept()) == ["Z", "Z10", "Z1A"]


def test_a_directory_holds_the_journal(tmp_path):
    assert file_of(str(tmp_path)) == tmp_path / "journal.sqlite"
    assert file_of(f"{tmp_path}/new/") == tmp_path / "new" / "journal.sqlite"
    assert file_of(f"{tmp_path}/my.db") == tmp_path / "my.db"


def spoil(path, how):
    data = bytearray(path.read_bytes())
    match how:
        case "empty of sense":
            data = b"no database at all" * 100
        case "truncated":
            data = data[: len(data) // 2]
        case "cut to a stump":
            data = data[:100]
        case "another program's":
            path.unlink()
            with sqlite3.connect(path) as base:
                base.execute("CREATE TABLE theirs (x)")
            base.close()
            return
        case "a newer release's":
            with sqlite3.connect(path) as base:
                base.execute(f"PRAGMA user_version = {VERSION + 1}")
                base.execute("UPDATE meta SET value = ? WHERE key = 'readable_from'", (str(VERSION + 1),))
            base.close()
            return
        case "flipped":
            place = data.index(b"192.0.2.1")
            data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("empty of sense", "is damaged"),
        ("truncated", "is damaged"),
        ("cut to a stump", "is damaged"),
        ("another program's", "is the database of another program"),
        ("a newer release's", "was written by a newer release"),
        ("flipped", "is damaged"),
    ],
)
def test_a_strange_file_is_set_aside_with_one_sentence_and_a_new_one_begun(keeping, how, said):
    keeping.kept(*ENTRIES)
    spoil(keeping.path, how)
    keeping.told.clear()
    assert keeping.kept(ENTRIES[1]) == []
    (sentence,) = [text for text in keeping.sentences() if "set aside" in text]
    assert said in sentence
    assert len(keeping.asides()) == 1
    assert keeping.kept() == [ENTRIES[1]]


def test_every_flipped_bit_is_harmless_or_noticed(keeping):
    """What is remembered of a file with one flipped bit is what was kept, or nothing."""
    keeping.kept(*ENTRIES)
    whole = keeping.path.read_bytes()
    wanted = sorted(map(repr, ENTRIES))
    noticed = 0
    for place in range(0, len(whole), 101):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        keeping.path.write_bytes(damaged)
        found = sorted(map(repr, keeping.kept()))
        assert found in ([], wanted), place
        noticed += found == []
        for aside in keeping.asides():
            aside.unlink()
    assert noticed


def test_a_journal_of_another_owner_is_set_aside(keeping):
    keeping.kept(*ENTRIES)
    keeping.owner = "you"
    assert keeping.kept() == []
    assert any("'me'" in text and "'you'" in text for text in keeping.sentences())


def test_only_the_last_strange_files_are_kept(keeping):
    for number in range(ASIDE + 3):
        keeping.owner = f"owner-{number}"
        keeping.kept()
    assert len(keeping.asides()) == ASIDE


def test_a_second_process_is_kept_out(keeping):
    first, second = keeping.journal(), keeping.journal()
    assert (first.recall(), second.recall()) == ([], [])
    assert any("another process keeps it" in text for text in keeping.sentences(works=False))


def test_a_directory_that_cannot_be_written_is_said_once(keeping, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    keeping.path = blocked / "journal.sqlite"
    journal = keeping.journal()
    assert journal.recall() == []
    for _ in range(5):
        assert asyncio.run(journal.keep(ENTRIES)) is False
    assert len(keeping.sentences(works=False)) == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory_is_said_once(keeping):
    keeping.path.parent.mkdir(mode=0o500)
    assert keeping.journal().recall() == []
    assert len(keeping.sentences(works=False)) == 1


async def test_a_full_disk_is_said_once_and_when_there_is_room_everything_is_written_anew(keeping):
    keeping.size = 1 << 17
    journal = keeping.journal()
    journal.recall()
    await journal.keep(ENTRIES)
    many = [NameKept("Z3", f"{number}", (Stored(RecordSet("x" * 200, "A")),)) for number in range(1000)]
    assert await journal.keep(many) is False
    assert await journal.keep(ENTRIES[:1]) is False
    assert len(keeping.sentences(works=False)) == 1
    assert "full" in keeping.sentences(works=False)[0]
    keeping.now += AGAIN
    assert await journal.keep([]) is True
    assert await journal.keep(many) is False
    # Told once, although it failed again; the next attempt comes later.
    keeping.now += AGAIN
    assert await journal.keep([]) is False
    keeping.now += AGAIN
    assert await journal.keep([]) is True
    assert len(keeping.sentences(works=False)) == 1
    await journal.keep(ENTRIES[:2])
    assert not any("works again" in text for text in keeping.sentences())
    await journal.keep([])
    assert any("works again" in text for text in keeping.sentences())
    journal.close()
    assert sorted(map(repr, await asyncio.to_thread(keeping.kept))) == sorted(map(repr, ENTRIES[:2]))


async def test_what_was_handed_over_is_written_although_nobody_waits_any_more(keeping):
    journal = keeping.journal()
    journal.recall()
    # Something large is under way, so that the write still waits for its turn when it is given up.
    large = asyncio.create_task(journal.keep([NameKept("Z3", f"{number}") for number in range(20000)]))
    small = asyncio.create_task(journal.keep(ENTRIES))
    await asyncio.sleep(0)
    small.cancel()
    await asyncio.gather(large, small, return_exceptions=True)
    await asyncio.to_thread(journal.close)
    assert len(await asyncio.to_thread(keeping.kept)) == 20000 + len(ENTRIES)


async def test_a_write_that_fails_writes_nothing(keeping):
    keeping.size = 1 << 17
    journal = keeping.journal()
    journal.recall()
    await journal.keep(ENTRIES)
    await journal.keep([Gone("zone", "Z1"), *(NameKept("Z3", f"{number}" * 50) for number in range(5000))])
    journal.close()
    assert sorted(map(repr, await asyncio.to_thread(keeping.kept))) == sorted(map(repr, ENTRIES))


def test_a_layout_that_this_release_may_still_read_is_read(keeping):
    keeping.kept(*ENTRIES)
    with sqlite3.connect(keeping.path) as base:
        base.execute(f"PRAGMA user_version = {VERSION + 1}")
        base.execute("ALTER TABLE history ADD COLUMN later TEXT DEFAULT ''")
        base.execute("INSERT INTO kept VALUES ('later', 'x', x'00')")
    base.close()
    assert sorted(map(repr, keeping.kept())) == sorted(map(repr, ENTRIES))


def test_every_layout_has_a_way_to_the_next():
    assert sorted(MIGRATIONS) == list(range(VERSION))
    assert READABLE_FROM <= VERSION
