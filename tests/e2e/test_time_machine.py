"""People go back in time from the command line, over the API of the whole service, against the strict Route53."""

import asyncio
import json
import re

import pytest
from click.testing import CliRunner

from dnsguard.cli.main import dnsguard
from dnsguard.errors import ConfigError, DnsguardError
from dnsguard.model.settings import Http, State

ROUTES = 250


def called(*arguments):
    """Run a command; return its status and all that it printed, on both streams."""
    ended = CliRunner().invoke(dnsguard, list(arguments))
    if isinstance(ended.exception, DnsguardError):
        # As main says it.
        return 2 if isinstance(ended.exception, ConfigError) else 1, ended.output + str(ended.exception)
    return ended.exit_code, ended.output


class Desk:
    """Somebody at a terminal."""

    def __init__(self, stage, port, config):
        self.stage = stage
        self._port = port
        self._config = config

    async def ask(self, *arguments):
        return await asyncio.to_thread(called, *arguments, "--api", f"http://127.0.0.1:{self._port}")

    async def history(self):
        status, text = await asyncio.to_thread(called, "history", "export", "--config", str(self._config))
        assert status == 0, text
        return [json.loads(line) for line in text.splitlines()]

    async def begin(self):
        """Start, wait until all is done, and return the history."""
        self.stage.start(probes=True)
        await self.stage.until(lambda: len(self.stage.addresses()) == ROUTES)
        await self.rest()
        return await self.history()

    async def rest(self):
        await self.stage.until(lambda: self.stage.engine.idle() and self.stage.engine.busy_until() is None, "rest")

    def edit(self, name, value):
        record = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        self.stage.strict.call(
            "ChangeResourceRecordSets", {"HostedZoneId": self.stage.zones[0], "ChangeBatch": batch}, self.stage.clock.now()
        )


@pytest.fixture
def desk(stage, unused_tcp_port, tmp_path, script):
    """A stage of 250 routes with a journal and an API; the journal is named by a config file, too."""
    config = tmp_path / "dnsguard.yaml"
    config.write_text(f"zones: [{{domains: [example.com]}}]\nownership: {{owner: lab}}\npolicy: sync\nstate: {{path: '{tmp_path}/'}}\n")
    http = Http(listen="127.0.0.1:0", api=f"127.0.0.1:{unused_tcp_port}")
    making = stage(script(routes=ROUTES).open().tape(), http=http, state=State(path=f"{tmp_path}/"))
    return making, lambda made: Desk(made, unused_tcp_port, config)


async def test_of_a_batch_of_250_changes_all_are_turned_back_but_the_edit_which_survives_and_is_named(desk):
    making, sit = desk
    async with making as stage:
        someone = sit(stage)
        past = await someone.begin()
        names = [line["name"] for line in past if line["batch"] == past[0]["batch"]]
        batch, edited = past[0]["batch"], names[len(names) // 2]
        assert len(names) == ROUTES
        someone.edit(edited, "198.51.100.9")

        status, text = await someone.ask("undo", batch)
        assert status == 0
        assert f"{ROUTES - 1} names would be turned back, 1 record set left alone" in text
        assert f"  {edited} A: somebody else changed it since; A 198.51.100.9 (TTL 60) stands there" in text
        assert len(stage.addresses()) == ROUTES
        (command,) = re.findall(r"to do exactly this: dnsguard (.*)", text)

        status, text = await someone.ask(*command.split(), "--by", "ann")
        assert (status, text) == (
            0,
            f"undo of {batch}: {ROUTES - 1} names of example.com are turned back; they stay so until dnsguard thaw --undone {batch}\n",
        )
        await someone.rest()
        assert stage.addresses() == {edited: ("198.51.100.9",)}
        assert [line["causes"] for line in (await someone.history())[ROUTES:]] == [[f"undo of {batch} by ann"]] * (ROUTES - 1)
        assert f"undone: {ROUTES - 1} names of example.com by ann" in (await someone.ask("status"))[1]
        status, text = await someone.ask("explain", next(name for name in names if name != edited))
        assert "undone by a person's word" in text
        assert f"turned back (undo of {batch}) by ann: it stays so, whatever objects ask for." in text

        # It stays so over a restart, until it is released.
        await stage.stop()
        stage.start(probes=True)
        await stage.until(lambda: stage.engine.status(stage.clock.now()).ready)
        await someone.rest()
        assert stage.addresses() == {edited: ("198.51.100.9",)}
        status, text = await someone.ask("thaw", "--undone", batch)
        assert (status, text) == (0, f"{ROUTES - 1} names are released: what objects ask for counts again\n")
        await stage.until(lambda: len(stage.addresses()) == ROUTES)
        await someone.rest()
        assert stage.addresses()[edited] == ("198.51.100.9",)


async def test_what_cannot_be_turned_back_is_said_in_a_sentence_and_nothing_is_sent(desk):
    making, sit = desk
    async with making as stage:
        someone = sit(stage)
        batch = (await someone.begin())[0]["batch"]
        writes = len(stage.calls("ChangeResourceRecordSets", ""))
        for arguments, status, said in [
            (("undo", "nonsense"), 2, "no batch is called 'nonsense' in the history; dnsguard history has their names"),
            (("undo", "1-1"), 2, "batch 1-1 is forgotten: the history begins at"),
            (("undo", batch, "--checksum", "x"), 2, "checksum is 'x', allowed are eight digits 0-9a-f, as dnsguard undo shows it"),
            (("undo", batch, "--checksum", "00000000"), 1, "it would do something else now (250 names, checksum"),
            (("restore", "--zone", "nowhere.example", "--to", "1s"), 2, "no zone in use is called 'nowhere.example'"),
            (("restore", "--zone", "example.com", "--to", "then"), 2, "'then' is not a moment such as 2026-11-25T14:00:00Z"),
            (("restore", "--zone", "example.com", "--to", "2000-01-01T00:00:00Z"), 2, "lies before"),
            (("restore", "--zone", "example.com", "--to", "2999-01-01T00:00:00Z"), 2, "lies in the future"),
        ]:
            found = await someone.ask(*arguments)
            assert (found[0], said in found[1]) == (status, True), found
        await someone.ask("freeze", "--zone", "example.com", "--reason", "a move", "--by", "eve")
        assert await someone.ask("undo", batch) == (
            1,
            "example.com is frozen by eve: a move; nothing of it is written, so nothing can be turned back\n",
        )
        await someone.rest()
        assert len(stage.calls("ChangeResourceRecordSets", "")) == writes
        assert len(stage.addresses()) == ROUTES


async def test_a_zone_is_restored_at_once_to_how_it_was_some_time_ago(desk):
    making, sit = desk
    async with making as stage:
        someone = sit(stage)
        batch = (await someone.begin())[0]["batch"]
        records = stage.records()
        assert (await someone.ask("undo", batch, "--yes"))[0] == 0
        await someone.rest()
        assert stage.addresses() == {}
        moment = (await someone.history())[ROUTES]["at"]
        status, text = await someone.ask("restore", "--zone", "example.com", "--to", moment, "--yes")
        assert (status, "checksum" in text) == (0, False)
        await someone.rest()
        assert stage.records() == records
        status, text = await someone.ask("restore", "--zone", "example.com", "--to", moment)
        assert (status, "0 names would be turned back, 250 record sets left alone" in text) == (0, True)
