"""The whole service with a journal: a start that remembers, and every journal that cannot be used."""

import os
import sqlite3

import pytest

from dnsguard.model.facts import Journaled, Remembered
from dnsguard.model.settings import Duration, State
from dnsguard.store.database import FILE, Database

WRITE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
TAPE = "traefik-3.1.0-solo"


async def begun_again(house):
    """Begin again, and wait until nothing is left to do."""
    before = len(house.strict.log)
    house.facts.clear()
    house.start()
    await house.until(lambda: house.engine.idle() and house.engine.busy_until() is None, "rest")
    await house.stop()
    return [call.operation for call in house.strict.log[before:]]


async def test_a_start_that_remembers_reads_no_zone_and_writes_nothing(stage, tmp_path):
    async with stage(TAPE, state=State(path=f"{tmp_path}/")) as house:
        house.start()
        await house.settled()
        await house.stop()
        records = house.records()
        assert await begun_again(house) == ["ListHostedZones"]
        assert house.records() == records
        assert [fact.fresh for fact in house.of(Remembered)] == [True]
        assert house.metric("dnsguard_journal_up") == 1.0
        assert (tmp_path / FILE).exists()


def break_it(path, how):
    match how:
        case "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
        case "overwritten":
            path.write_bytes(os.urandom(path.stat().st_size))
        case "flipped":
            path.write_bytes(path.read_bytes().replace(b"heritage", b"heritagd"))
        case "foreign":
            path.unlink()
            base = sqlite3.connect(path)
            base.execute("CREATE TABLE theirs (x)")
            base.commit()
            base.close()
        case "another owner's":
            base = sqlite3.connect(path)
            base.execute("UPDATE meta SET value = 'them' WHERE key = 'owner'")
            base.commit()
            base.close()


@pytest.mark.parametrize("how", ["truncated", "overwritten", "flipped", "foreign", "another owner's"])
async def test_a_journal_that_is_not_ours_or_damaged_is_set_aside_and_the_zone_is_read(stage, tmp_path, how):
    async with stage(TAPE, state=State(path=f"{tmp_path}/")) as house:
        house.start()
        await house.settled()
        await house.stop()
        records = house.records()
        break_it(tmp_path / FILE, how)
        calls = await begun_again(house)
        assert house.records() == records
        assert (calls.count(LIST), calls.count(WRITE)) == (1, 0)
        assert [fact for fact in house.of(Journaled) if "set aside" in fact.text and fact.works]
        # And what was begun anew is remembered the next time.
        assert await begun_again(house) == ["ListHostedZones"]


async def test_a_zone_that_was_read_last_week_is_read_again_first(stage, tmp_path):
    async with stage(TAPE, state=State(path=f"{tmp_path}/", fresh=Duration(1.0))) as house:
        house.start()
        await house.settled()
        await house.stop()
        records = house.records()
        calls = await begun_again(house)
        assert (calls.count(LIST), calls.count(WRITE)) == (1, 0)
        assert house.records() == records
        assert [fact.fresh for fact in house.of(Remembered)] == [False]
        assert house.said("that is too old, so it is read again first")


async def test_a_journal_that_cannot_be_written_stops_nothing(stage, tmp_path):
    (tmp_path / "file").write_text("in the way")
    async with stage(TAPE, state=State(path=f"{tmp_path}/file/{FILE}")) as house:
        house.start()
        await house.settled()
        assert house.records()
        assert house.metric("dnsguard_journal_up") == 0.0
        assert len(house.said("cannot be kept", "in memory alone")) == 1


async def test_a_full_disk_stops_nothing(stage, tmp_path):
    path = tmp_path / FILE
    database = Database(path, "lab", 1 << 20)
    database.open()
    database.write((), [("INSERT INTO meta VALUES ('filler', ?)", ("x" * ((1 << 20) - 60_000),))])
    database.close()
    async with stage(TAPE, state=State(path=str(path), max_size=1)) as house:
        house.start()
        await house.settled()
        assert house.records()
        assert len(house.said("cannot be kept", "full", "in memory alone")) == 1
        await house.stop()
        # What was kept before the disk was full is a part: what is missing is read.
        records = house.records()
        await begun_again(house)
        assert house.records() == records
