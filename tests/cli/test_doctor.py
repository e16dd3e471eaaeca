"""`dnsguard doctor` tells people and programs who churns, on tapes and in a cluster."""

import asyncio
import gzip
import json
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from importlib.resources import files

import pytest

from dnsguard.lab.churn import PROFILES, Scale, write_tape
from dnsguard.lab.cluster import TapeServer
from tests.cli.conftest import aside

CONTESTED = files("dnsguard.lab") / "tapes" / "traefik-3.6-contested.jsonl.gz"
DNSGUARD = [sys.executable, "-c", "from dnsguard.cli.main import main; main()"]
PATIENCE = 30


def playing(tape, refused=(), watches=3):
    """Play *tape* as a cluster from a thread of its own, as fast as it goes as soon as there are *watches*; give the server."""
    return aside(_played(tape, refused, watches))


@asynccontextmanager
async def _played(tape, refused, watches):
    async def look():
        while True:
            if server.watches == watches:
                server.resume()
            await asyncio.sleep(0.02)

    async with TapeServer(tape, speed=None) as server:
        server.pause()
        for path in refused:
            server.refuse(403, path=path, times=1e9)
        looking = asyncio.create_task(look())
        try:
            yield server
        finally:
            looking.cancel()


def test_a_tape_is_told_in_tables_and_sentences(call, solo):
    ended = call("doctor", solo)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == (
        "traefik-3.1.0-solo.jsonl.gz: 312 events in 59.8 s (5.2 a second); of 308 updates 297 (96.4 %) change nothing DNS can see"
    )
    assert [title for title in ("who writes", "what moves") if title in lines] == ["who writes", "what moves"]
    (row,) = [line for line in lines if "traefik-3.1.0" in line and "HTTPRoute" in line and "│" in line]
    assert [cell.strip() for cell in row.split("│")][2:5] == ["292", "290", "99.3 %"]
    assert any(
        line.startswith("HTTPRoute: 293 of 304 updates (96.4 %) change nothing DNS can see. Written by traefik-3.1.0") for line in lines
    )
    assert any(line.startswith("Looks like Traefik #10939 (v3.1.0-rc1 to v3.1.0): ") and "v3.1.2" in line for line in lines)
    assert any("external-dns with --events, tuned" in line for line in lines)
    assert "\x1b" not in ended.out
    assert "…" not in ended.out


def test_json_has_the_same_facts(call, solo):
    report = json.loads(call("doctor", solo, "--json").out)
    assert (report["stream"], report["updates"], report["useless"]) == ("traefik-3.1.0-solo.jsonl.gz", 308, 297)
    assert report["suspicions"][0]["bug"]["fixed"] == "v3.1.1, complete in v3.1.2"
    assert [bill["program"] for bill in report["cost"]["bills"]] == [
        "external-dns with --events",
        "external-dns, once a minute",
        "external-dns with --events, tuned",
        "dnsguard",
    ]
    assert not report["cost"]["bills"][-1]["at_most"]
    shown = call("doctor", solo).out
    assert report["sentences"]
    assert all(sentence in shown for sentence in (*report["sentences"], *report["cost"]["assumptions"]))


def test_several_tapes_are_told_one_after_the_other(call, solo, tmp_path):
    path = tmp_path / "churn.jsonl.gz"
    write_tape(path, PROFILES["gke-badroute"].lines(Scale(routes=8)))
    reports = json.loads(call("doctor", solo, path, "--json").out)
    assert [report["stream"] for report in reports] == [solo.name, path.name]
    assert reports[1]["suspicions"][0]["bug"]["reference"] == "external-dns #4023"
    assert call("doctor", solo, path).out.count("who writes") == 2


def test_a_fight_is_bounded_and_not_replayed(call):
    lines = call("doctor", CONTESTED).out.splitlines()
    assert "and 5,558 (99.3 %) only turn a value back" in lines[0]
    (bill,) = [line for line in lines if line.strip().startswith("dnsguard ") and "│" in line]
    assert "at most" in bill
    (contest,) = [line for line in lines if line.startswith("Contested: ")]
    assert "status.addresses of Gateway edge/public went back and forth 5,558 times" in contest
    values = "203.0.113.10 (30.9 s in all)", "203.0.113.20 (29.1 s in all)"
    assert all(told in contest for told in (*values, "two writers both called traefik-3.6"))


def test_the_config_decides_what_dns_can_see(call, solo, config):
    path = config("sources: {label_filter: nobody=here}")
    report = json.loads(call("doctor", solo, "--config", path, "--json").out)
    assert report["useless"] == report["updates"] == 308
    assert report["cost"]["hosts"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a tape, or a cluster with --config"),
        (["TAPE", "--for", "5s"], "--for goes with a cluster, not with tapes"),
        (["--config", "CONFIG", "--for", "soon"], "--for: 'soon' is not a duration such as 200ms, 2s, 10m"),
        (["--config", "CONFIG", "--for", "10ms"], "--for is '10ms', allowed is at least 1s"),
        (["nowhere.jsonl"], "nowhere.jsonl: The tape cannot be read: No such file or directory."),
    ],
)
def test_what_makes_no_sense_is_one_sentence(arguments, said, call, config, solo):
    named = {"TAPE": solo, "CONFIG": config()}
    ended = call("doctor", *(named.get(argument, argument) for argument in arguments))
    assert ended.status == 2
    assert not ended.out
    assert said in ended.sentence


def test_what_cannot_be_understood_is_told_beside_the_findings(call, solo, tmp_path):
    path = tmp_path / "bad.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(solo.read_bytes()).replace(b'"hostnames":["app-1.example.com"]', b'"hostnames":5')))
    ended = call("doctor", path)
    assert ended.status == 0
    assert any("app-1" in line and "spec.hostnames" in line for line in ended.err.splitlines())


def test_a_cluster_is_watched_and_diagnosed(call, solo, config):
    with playing(solo) as server:
        path = config(f"cluster: {{server: '{server.url}'}}")
        ended = call("doctor", "--config", path, "--for", "3s", "--json")
    assert ended.status == 0
    assert ended.err == "watching the cluster for 3 s; Ctrl-C ends it early\n"
    report = json.loads(ended.out)
    assert report["stream"] == "cluster"
    assert report["seconds"] >= 3
    assert report["suspicions"][0]["bug"]["reference"] == "Traefik #10939"
    assert report["events"] == 312
    assert not [request for request in server.requests if not request.startswith("/ap")]


def test_a_watch_that_is_interrupted_ends_with_its_findings(solo, config):
    with playing(solo) as server:
        path = config(f"cluster: {{server: '{server.url}'}}")
        command = [*DNSGUARD, "doctor", "--config", str(path), "--for", "10m", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                deadline = time.monotonic() + PATIENCE
                while not (server.watches and server.done):
                    assert time.monotonic() < deadline
                    assert process.poll() is None, process.stderr.read()
                    time.sleep(0.05)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
    assert process.returncode == 0, err
    report = json.loads(out)
    assert report["seconds"] < 600
    assert report["events"] > 100
    assert report["suspicions"]


def test_a_kind_that_cannot_be_read_is_noted(call, solo, config):
    with playing(solo, refused=["gateways"], watches=2) as server:
        path = config(f"cluster: {{server: '{server.url}'}}")
        ended = call("doctor", "--config", path, "--for", "2s", "--json")
    report = json.loads(ended.out)
    assert any("gateways" in note for note in report["notes"])
    assert report["updates"] > 100


@pytest.mark.parametrize("refused", [True, False], ids=["forbidden", "nobody there"])
def test_without_routes_there_is_nothing_to_diagnose(refused, call, solo, config):
    with playing(solo, refused=["httproutes"]) as server:
        url = server.url if refused else "http://127.0.0.1:9"
        ended = call("doctor", "--config", config(f"cluster: {{server: '{url}'}}"), "--for", "1s")
    assert ended.status == 1
    assert not ended.out
    last = ended.err.splitlines()[-1]
    assert last.startswith("dnsguard: the routes could not be listed, so there is nothing to diagnose: ")
    assert "Traceback" not in ended.err
