"""Commands that last: they start, answer, and end quietly when they are told to or nobody listens any more."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import boto3
import pytest

DNSGUARD = [sys.executable, "-c", "from dnsguard.cli.main import main; main()"]
PATIENCE = 30


@contextmanager
def started(*arguments, **options):
    """Start a command; kill it in the end if it still runs."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    with subprocess.Popen([*DNSGUARD, *map(str, arguments)], text=True, **pipes) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def first(process, pattern):
    """Return what *pattern* finds in the next line on standard output that has it."""
    for line in process.stdout:
        found = re.search(pattern, line)
        if found:
            return found[1]
    raise AssertionError(process.stderr.read())


def told(process, number):
    """Send a signal; return the status, and what was still printed on standard error."""
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


def finished(*arguments, **options):
    return subprocess.run([*DNSGUARD, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, check=False, **options)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_strict_route53_serves_boto3_and_the_contract_until_it_is_told_to_end(number, call, tmp_path):
    with started("lab", "route53", "--listen", "127.0.0.1:0", "--profile", "none") as process:
        zone = first(process, r"zone example.com: (\S+)")
        url = first(process, r"(http://\S+?):? ")
        client = boto3.client("route53", endpoint_url=url, region_name="us-east-1")
        assert [found["Name"] for found in client.list_hosted_zones()["HostedZones"]] == ["example.com."]
        client.close()
        if number is signal.SIGTERM:
            transcript = tmp_path / "transcript.txt"
            ended = call("lab", "verify", "--zone-id", zone, "--endpoint-url", url, "--transcript", transcript)
            assert (ended.status, ended.err) == (0, "")
            assert re.fullmatch(r"(\d+) of \1 cases hold\n", ended.out)
            assert len(transcript.read_text().splitlines()) > 100
            missing = call("lab", "verify", "--zone-id", "ZNOWHERE", "--endpoint-url", url)
            assert missing.status == 2
            assert "No hosted zone found with ID: ZNOWHERE" in missing.sentence
        assert told(process, number) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_tape_is_served_as_a_cluster_until_it_is_told_to_end(number, solo):
    with started("lab", "cluster", "--tape", solo, "--listen", "127.0.0.1:0", "--speed", "0") as process:
        url = first(process, r"(http://\S+?);")
        with urllib.request.urlopen(f"{url}/apis/gateway.networking.k8s.io/v1/httproutes", timeout=PATIENCE) as answer:
            assert len(json.load(answer)["items"]) == 20
        with urllib.request.urlopen(f"{url}/apis/gateway.networking.k8s.io/v1/httproutes?watch=1", timeout=PATIENCE) as watch:
            assert json.loads(watch.readline())["type"] == "ADDED"
            assert told(process, number) == (0, "")


@pytest.mark.parametrize("command", [["lab", "route53"], ["lab", "cluster", "--tape"]], ids=["route53", "cluster"])
def test_a_port_that_is_taken_is_one_sentence(command, call, solo):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = call(*command, *([solo] if command[-1] == "--tape" else []), "--listen", listen)
    assert ended.status == 2
    assert ended.sentence == f"dnsguard: nothing can listen at {listen}: Address already in use"


def test_churn_is_written_as_a_tape_that_can_be_replayed(call, tmp_path):
    path = tmp_path / "churn.jsonl.gz"
    ended = call("lab", "churn", "traefik-3.1.0", "-o", path, "--routes", "5", "--seconds", "20")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{path}: ")
    report = json.loads(call("replay", path, "--json").out)
    assert report["changes"]["created"] == 5
    assert report["calls"]["ChangeResourceRecordSets"] == report["least_calls"] == 1
    assert report["events"]["total"] == report["events"]["irrelevant"] > 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_controller_works_until_it_is_told_to_end(number, house, unused_tcp_port):
    house.path.write_text(house.path.read_text() + f"http: {{listen: '127.0.0.1:{unused_tcp_port}', api: ''}}\n")
    with started("run", "--config", house.path) as process:
        deadline = time.monotonic() + PATIENCE
        while not house.records():
            assert time.monotonic() < deadline
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_tcp_port}/healthz", timeout=PATIENCE) as answer:
            assert answer.status == 200
        status, err = told(process, number)
        assert status == 0
        assert "Traceback" not in err
        assert process.stdout.closed or not process.stdout.read()


def test_the_demo_ends_with_a_report_that_shows_no_useless_call():
    ended = finished("demo", "--json", "--speed", "64", env={**os.environ, "HTTP_PROXY": "http://127.0.0.1:9", "AWS_PROFILE": "nobody"})
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["useless_calls"] == 0
    assert report["throttled"] == 0
    # How the frames of one edit fall together depends on the machine; `replay` counts the same stream exactly.
    assert report["calls"]["ChangeResourceRecordSets"] <= 1.5 * report["least_calls"]
    assert report["calls"]["ListHostedZones"] == report["calls"]["ListResourceRecordSets"] == 1
    assert report["events"]["total"] == report["events"]["irrelevant"] + report["events"]["relevant"] > 1000
    assert report["changes"] == {"created": 214, "replaced": 2, "deleted": 13}
    assert set(report["external_dns"]) == {"untuned", "tuned"}
    assert all("%" in line for line in ended.stderr.splitlines())
    assert "\r" not in ended.stderr


def test_a_demo_that_is_interrupted_ends_quietly():
    with started("demo", "--speed", "2") as process:
        assert "0%" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in err + out
    assert not err


@pytest.mark.parametrize("arguments", [["check-config", "--schema"], ["replay", "--json", "--records"], ["replay"]], ids=" ".join)
def test_nobody_who_listens_is_no_trouble(arguments, solo):
    reading, writing = os.pipe()
    os.close(reading)
    arguments = [*arguments, solo] if "replay" in arguments else arguments
    with os.fdopen(writing, "w") as nobody, started(*arguments, stdout=nobody) as process:
        assert not process.communicate(timeout=PATIENCE)[1]
    assert process.returncode in {0, 1, 141}


def test_a_replay_that_is_interrupted_ends_quietly(solo):
    with started("replay", *[solo] * 200) as process:
        time.sleep(5)
        assert process.poll() is None
        status, err = told(process, signal.SIGINT)
    assert (status, err.strip()) == (130, "")


@pytest.mark.parametrize(("arguments", "status"), [(["demo"], 2), (["lab", "route53"], 2), (["replay", "--json"], 0), (["doctor"], 0)])
def test_without_the_lab_extra_only_what_needs_it_is_refused(arguments, status, solo):
    without = "import sys; sys.modules['moto'] = sys.modules['werkzeug'] = None; "
    arguments = [*arguments, str(solo)] if {"replay", "doctor"} & set(arguments) else arguments
    command = [sys.executable, "-c", without + DNSGUARD[-1], *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == status
    assert ("dnsguard: this needs the extra dnsguard[lab]" in ended.stderr) == bool(status)
    assert "Traceback" not in ended.stderr
