"""`dnsguard replay` reports what a tape costs, to people and to programs."""

import gzip
import json

import pytest


def test_the_report_is_json_with_the_records_if_they_are_asked_for(call, solo):
    ended = call("replay", solo, "--json", "--records")
    assert (ended.status, ended.err) == (0, "")
    report = json.loads(ended.out)
    assert report["events"] == {"total": 312, "irrelevant": 297, "relevant": 15}
    followed = report["calls"].pop("GetChange")
    assert report["calls"] == {"ChangeResourceRecordSets": report["least_calls"], "ListHostedZones": 1, "ListResourceRecordSets": 1}
    assert followed <= 4
    assert report["changes"] == {"created": 29, "replaced": 2, "deleted": 0}
    assert report["suppressed"]["parked"] == 8
    assert report["suppressed"]["same-view"] == 295
    assert report["throttled"] == 0
    assert set(report["latency_s"]) == {"p50", "p99", "max"}
    assert {record["Type"] for record in report["records"]} == {"A", "TXT", "NS", "SOA"}
    assert len({record["HostedZoneId"] for record in report["records"]}) == 1


def test_several_tapes_are_reported_side_by_side_and_nothing_is_cut_in_a_pipe(call, solo):
    ended = call("replay", solo, solo, solo, solo, solo)
    assert ended.status == 0
    assert ended.out.splitlines()[0].count("traefik-3.1.0-solo") == 5
    assert "…" not in ended.out
    assert "\x1b" not in ended.out
    (events,) = [line for line in ended.out.splitlines() if line.strip().startswith("events in the watch")]
    assert events.count("312") == 5


def test_the_zones_can_be_named(call, solo):
    report = json.loads(call("replay", solo, "--json", "--records", "--zone", "elsewhere.org").out)
    assert report["changes"] == {"created": 0, "replaced": 0, "deleted": 0}
    assert {record["Name"] for record in report["records"]} == {"elsewhere.org."}


def test_the_config_decides_what_is_simulated(call, solo, config):
    path = config("records: {default_ttl: 77}")
    report = json.loads(call("replay", solo, "--json", "--records", "--config", path).out)
    assert {record["TTL"] for record in report["records"] if record["Type"] == "A"} >= {77}


def test_records_without_json_are_refused(call, solo):
    assert "--records goes with --json only" in call("replay", solo, "--records").sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        (b"", "The tape is empty"),
        (b"hello\n", "This is no line of a tape"),
        (gzip.compress(b"hello\n"), "This is no line of a tape"),
        (gzip.compress(b"hello\n" * 100)[:-9], "tape"),
        (b"\x1f\x8bnot gzip at all", "The tape cannot be read"),
        (b'{"t":0,"resource":"","op":"header","data":{"tape":9,"wall":0,"resources":[]}}\n', "only 1 is known"),
    ],
    ids=["missing", "empty", "text", "zipped text", "cut", "no gzip", "another version"],
)
def test_what_is_no_tape_is_named_in_one_sentence(content, said, call, tmp_path):
    path = tmp_path / "tape.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    ended = call("replay", path, "--json")
    assert ended.status == 2
    assert not ended.out
    assert ended.sentence.startswith(f"dnsguard: {path}")
    assert said in ended.sentence


def test_a_config_with_an_unknown_key_is_refused(call, solo, config):
    ended = call("replay", solo, "--config", config("nonsense: 1"))
    assert ended.status == 2
    assert ":4: nonsense is no setting" in ended.sentence


def test_a_zone_that_can_have_no_such_name_is_refused(call, solo):
    ended = call("replay", solo, "--zone", "two words")
    assert ended.status == 2
    assert "no zone 'two words' can be made" in ended.sentence


def test_what_is_wrong_with_objects_is_told_beside_the_table(call, tmp_path, solo):
    path = tmp_path / "bad.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(solo.read_bytes()).replace(b'"app-1.example.com"', b'"bad name.example.com"')))
    ended = call("replay", path)
    assert ended.status == 0
    assert any("app-1" in line and "'bad name.example.com'" in line for line in ended.err.splitlines())
