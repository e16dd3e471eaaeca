"""`dnsguard plan` shows and never writes; `dnsguard run --once` does it, or says why not."""

import json
import os
import signal
import socket
import threading

import pytest

from dnsguard.lab.strict import ServerError

WRITE = "ChangeResourceRecordSets"


def test_a_plan_shows_what_would_be_sent_and_sends_nothing(call, house):
    ended = call("plan", "--config", house.path)
    assert ended.status == 3
    assert not ended.err
    lines = ended.out.splitlines()
    assert "+ app-0.example.com  A 203.0.113.10 (TTL 300)" in lines
    created = sum(line.startswith("+ ") for line in lines)
    assert lines[-1] == f"{created} to create, 0 to replace, 0 to delete, with {created} changes of ownership TXT"
    assert not house.strict.calls[WRITE]


def test_once_writes_what_the_plan_showed_and_then_nothing_is_left(call, house):
    planned = json.loads(call("plan", "--config", house.path, "--json").out)["changes"]
    done = call("run", "--once", "--config", house.path)
    assert done.status == 0
    assert done.out == f"{len(planned)} record sets created, 0 replaced, 0 deleted\n"
    written = {record["Name"].rstrip(".").replace("\\052", "*") for record in house.records() if record["Type"] == "A"}
    assert written == {change["name"] for change in planned}
    assert house.strict.calls[WRITE] == 1
    after = call("plan", "--config", house.path)
    assert (after.status, after.out, after.err) == (0, "nothing to do\n", "")
    as_json = call("plan", "--config", house.path, "--json")
    assert (as_json.status, json.loads(as_json.out)) == (0, {"changes": [], "waiting": []})


def test_a_plan_shows_the_old_value_beside_the_new_one(call, house):
    call("run", "--once", "--config", house.path)
    house.path.write_text(house.path.read_text() + "records: {default_ttl: 77}\n")
    ended = call("plan", "--config", house.path, "--json")
    assert ended.status == 3
    changes = {change["name"]: change for change in json.loads(ended.out)["changes"]}
    assert changes["app-0.example.com"] == {
        "change": "replace",
        "name": "app-0.example.com",
        "type": "A",
        "set_identifier": "",
        "old": "A 203.0.113.10 (TTL 300)",
        "new": "A 203.0.113.10 (TTL 77)",
    }
    assert "~ app-0.example.com  A 203.0.113.10 (TTL 300) -> A 203.0.113.10 (TTL 77)" in call("plan", "--config", house.path).out
    assert house.strict.calls[WRITE] == 1


def test_a_plan_shows_what_waits_and_why(call, house):
    foreign = {"Name": "app-0.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]}
    house.strict.load(house.zone, [foreign])
    ended = call("plan", "--config", house.path, "--json")
    (waiting,) = json.loads(ended.out)["waiting"]
    assert (waiting["name"], waiting["reason"]) == ("app-0.example.com", "foreign")
    assert waiting["text"]
    assert waiting["way_out"]


def edited(path, old, new):
    path.write_text(path.read_text().replace(old, new))
    return path


@pytest.mark.parametrize("command", [["run", "--once"], ["plan"]], ids=["run", "plan"])
def test_without_an_api_server_it_is_one_last_sentence_and_status_1(command, call, house):
    ended = call(*command, "--config", edited(house.path, house.cluster, "http://127.0.0.1:9"))
    assert ended.status == 1
    assert not ended.out
    last = ended.err.splitlines()[-1]
    assert last.startswith("dnsguard: ")
    assert "127.0.0.1:9" in last
    assert "Traceback" not in ended.err
    assert not house.strict.calls[WRITE]


@pytest.mark.parametrize("command", [["run", "--once"], ["plan"]], ids=["run", "plan"])
def test_without_credentials_it_is_one_last_sentence_and_status_1(command, call, house, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ended = call(*command, "--config", house.path)
    assert ended.status == 1
    assert ended.err.splitlines()[-1].endswith(
        "the hosted zones cannot be listed: no credentials for Route53: Unable to locate credentials"
    )
    assert not house.strict.log


@pytest.mark.parametrize("command", [["run", "--once"], ["plan"]], ids=["run", "plan"])
def test_without_the_zone_it_is_one_last_sentence_and_status_1(command, call, house):
    ended = call(*command, "--config", edited(house.path, "domains: [example.com]", "domains: [nowhere.org]"))
    assert ended.status == 1
    assert ended.err.splitlines()[-1].endswith("no hosted zone matches any zone entry of the config: nothing can be written")


@pytest.mark.parametrize("command", [["run", "--once"], ["plan"]], ids=["run", "plan"])
def test_a_zone_id_that_does_not_exist_is_named(command, call, house):
    ended = call(*command, "--config", edited(house.path, "domains: [example.com]", "ids: [ZNOWHERE]"))
    assert ended.status == 1
    assert "ZNOWHERE" in ended.err


def test_without_route53_it_is_one_last_sentence_and_status_1(call, house):
    ended = call("run", "--once", "--config", edited(house.path, house.route53, "http://127.0.0.1:9"))
    assert ended.status == 1
    assert "no connection to Route53" in ended.err.splitlines()[-1]


def test_a_write_that_fails_is_told_last(call, house):
    house.strict.faults.inject(ServerError(503), WRITE)
    ended = call("run", "--once", "--config", house.path)
    assert ended.status == 1
    assert ended.err.splitlines()[-1].startswith("dnsguard: nothing could be done: ServiceUnavailable")
    assert not house.records()


def test_a_profile_that_does_not_exist_is_bad_input(call, house):
    ended = call("run", "--once", "--config", edited(house.path, "aws: {", "aws: {profile: nobody, "))
    assert ended.status == 2
    assert "nobody" in ended.sentence


def test_the_shadow_policy_is_planned_like_sync(call, house):
    ended = call("plan", "--config", edited(house.path, "policy: sync", "policy: shadow"))
    assert ended.status == 3
    assert not ended.err


def test_logs_can_be_json(call, house):
    house.path.write_text(house.path.read_text() + "log: {format: json}\n")
    ended = call("run", "--once", "--config", house.path)
    assert ended.status == 0
    assert all(json.loads(line)["level"] == "info" for line in ended.err.splitlines())


def test_names_that_route53_refuses_are_told_last_and_status_1(call, house):
    house.strict.zone_limit = 12
    ended = call("run", "--once", "--config", house.path)
    assert ended.status == 1
    last = ended.err.splitlines()[-1]
    assert last.startswith("dnsguard: 0 record sets created, 0 replaced, 0 deleted, and 20 names were refused, such as app-0.example.com")
    assert not house.records()


@pytest.mark.parametrize("command", [["run", "--once"], ["plan"], ["run"]], ids=" ".join)
def test_an_interrupt_ends_it_quietly(command, call, house, unused_tcp_port):
    house.path.write_text(house.path.read_text() + f"http: {{listen: '127.0.0.1:{unused_tcp_port}', api: ''}}\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = edited(house.path, house.cluster, f"http://127.0.0.1:{silent.getsockname()[1]}")

        def interrupt():
            connection, _ = silent.accept()
            with connection:
                os.kill(os.getpid(), signal.SIGINT)

        other = threading.Thread(target=interrupt)
        other.start()
        ended = call(*command, "--config", path)
        other.join()
    assert ended.status == (0 if command == ["run"] else 130)
    assert not ended.out
    assert all(" INFO " in line for line in ended.err.splitlines())
