"""People ask the running service and steer it, from the command line over its API."""

import asyncio
import re

import aiohttp
import pytest
from click.testing import CliRunner

from dnsguard.cli.main import dnsguard
from dnsguard.model.settings import Guard, Http

TAPE = "traefik-3.1.0-solo"
TOKEN = "0123456789abcdef0123456789abcdef"


def asked(port, *arguments):
    """Run a command against the API at *port*; return its status and all that it printed."""
    ended = CliRunner().invoke(dnsguard, [*arguments, "--api", f"http://127.0.0.1:{port}"])
    return ended.exit_code, ended.output + (str(ended.exception) if ended.exception and not isinstance(ended.exception, SystemExit) else "")


async def ask(port, *arguments):
    return await asyncio.to_thread(asked, port, *arguments)


@pytest.fixture
def house(stage, unused_tcp_port):
    """A stage with an API, whose breaker is as it comes; the tape deletes 8 of its 21 names."""
    http = Http(listen="127.0.0.1:0", api=f"127.0.0.1:{unused_tcp_port}")
    return stage(TAPE, http=http, guard=Guard()), unused_tcp_port


async def test_parked_deletions_are_shown_explained_and_approved(house):
    making, port = house
    async with making as stage:
        stage.cluster.pause()
        stage.start(probes=True)
        await stage.until(lambda: stage.engine.idle() and stage.addresses())
        stage.cluster.resume()
        await stage.settled()
        assert stage.tally.changes["deleted"] == 0
        status, text = await ask(port, "status")
        assert status == 0
        parked = int(re.findall(r"PARKED: (\d+) deletions wait for a word", text)[0])
        assert parked >= 4
        (line,) = [line for line in text.splitlines() if "dnsguard approve" in line]
        status, text = await ask(port, "explain", "app-5.example.com")
        assert status == 0
        assert "parked" in text
        status, text = await ask(port, "status", "--verdicts", "parked")
        assert (status, text.count("all of them wait for a word")) == (0, parked)
        assert (await ask(port, *["approve", "--zone", "example.com", "--checksum", "00000000"]))[0] == 1
        approval = line.partition("dnsguard ")[2].split()
        status, text = await ask(port, *approval)
        assert (status, text) == (0, f"{parked} deletions in example.com are approved\n")
        await stage.settled()
        assert stage.tally.changes["deleted"] == parked


async def test_a_freeze_is_ordered_shown_and_ended(house):
    making, port = house
    async with making as stage:
        stage.cluster.pause()
        stage.start(probes=True)
        await stage.until(lambda: stage.engine.idle() and stage.addresses())
        frozen = await ask(port, "freeze", "*.example.com", "--for", "2h", "--reason", "a move", "--by", "ann")
        assert frozen == (0, "*.example.com is frozen: nothing of it is written for 2h\n")
        assert "frozen: *.example.com by ann: a move" in (await ask(port, "status"))[1]
        assert await ask(port, "thaw", "*.example.com") == (0, "*.example.com is no longer frozen\n")
        assert await ask(port, "thaw", "*.example.com") == (1, "*.example.com is not frozen\n")
        assert (await ask(port, "repair", "app-1.example.com"))[0] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/nothing", None, 404),
        ("GET", "/api/status?x=1", None, 400),
        ("GET", "/api/explain", None, 400),
        ("GET", "/api/explain?host=a..b", None, 400),
        ("GET", "/api/verdicts?reason=bored", None, 400),
        ("GET", "/api/verdicts?limit=0", None, 400),
        ("GET", "/api/parked?zone=nowhere", None, 404),
        ("DELETE", "/api/status", None, 405),
        ("POST", "/api/orders/freeze", "{}", 400),
        ("POST", "/api/orders/freeze", "nonsense", 400),
        ("POST", "/api/orders/approve", '{"zone": "example.com", "max": 3, "checksum": "00000000"}', 400),
        ("POST", "/api/orders/thaw", "{}", 409),
        ("POST", "/api/orders/dance", "{}", 404),
    ],
)
async def test_what_is_not_understood_is_refused_with_a_sentence(house, method, path, body, status):
    making, port = house
    async with making as stage:
        stage.cluster.pause()
        stage.start(probes=True)
        await stage.until(lambda: stage.engine.idle() and stage.addresses())
        headers = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{port}{path}"
        async with aiohttp.ClientSession() as session, session.request(method, url, data=body, headers=headers) as answer:
            said = await answer.json()
        assert (answer.status, sorted(said) in (["error"], ["done", "text"])) == (status, True)


async def test_who_has_no_token_is_not_let_in(stage, unused_tcp_port, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    async with stage(TAPE, http=Http(listen="127.0.0.1:0", api=f"127.0.0.1:{unused_tcp_port}", token_file=str(token))) as house:
        house.cluster.pause()
        house.start(probes=True)
        await house.until(lambda: house.engine.idle() and house.addresses())
        status, text = await ask(unused_tcp_port, "status")
        assert status == 1
        assert "401" in text
        assert (await ask(unused_tcp_port, "status", "--token-file", str(token)))[0] == 0
