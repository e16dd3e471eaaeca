"""`dnsguard check-config` says whether a file is right, or where it is wrong."""

import json

import pytest


def test_a_file_that_is_right_is_summed_up(call, config):
    path = config()
    ended = call("check-config", "--config", path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{path} is right: owner lab, policy sync, zones example.com\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("debonce: {quiet: 1s}", "debonce is no setting, the nearest is debounce"),
        ("debounce: {quiet: soon}", "debounce.quiet is 'soon', allowed is"),
        ("debounce: 5", "debounce is"),
        ("budget: {share: 7}", "budget.share"),
        ("drift: {modified: fight}", "drift.modified is 'fight', allowed is report or repair"),
        ("policy: sync", "policy"),
        ("a: [", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(line, said, call, config):
    path = config(line)
    ended = call("check-config", "--config", path)
    assert ended.status == 2
    assert not ended.out
    assert ended.sentence.startswith(f"dnsguard: {path}:")
    place = ended.sentence.removeprefix(f"dnsguard: {path}:").partition(":")[0]
    assert place.isdigit()
    assert said in ended.sentence


def test_a_key_that_is_none_ends_with_status_2_and_one_sentence(call, config, tmp_path, monkeypatch):
    (tmp_path / "key").write_bytes(bytes(31))
    monkeypatch.setenv("DNSGUARD_OWNERSHIP_ENCRYPT_KEY_FILE", str(tmp_path / "key"))
    for command in ("check-config", "plan", "run"):
        ended = call(command, "--config", config())
        assert ended.status == 2
        assert ended.sentence.startswith("dnsguard: DNSGUARD_OWNERSHIP_ENCRYPT_KEY_FILE: ownership.encrypt_key_file is ")
        assert ended.sentence.endswith("which holds 31 bytes; allowed is a file that holds 32 bytes, or base64 of 32 bytes")


def test_an_environment_variable_that_is_wrong_is_named(call, config, monkeypatch):
    monkeypatch.setenv("DNSGUARD_POLICY", "sink")
    ended = call("check-config", "--config", config())
    assert ended.status == 2
    assert ended.sentence.startswith("dnsguard: DNSGUARD_POLICY: policy is 'sink'")


def test_a_file_that_is_not_there_is_named(call, tmp_path):
    ended = call("check-config", "--config", tmp_path / "nowhere.yaml")
    assert ended.status == 2
    assert ended.sentence.endswith("nowhere.yaml: the file cannot be read: No such file or directory")


def test_the_schema_is_json_and_needs_no_file(call):
    ended = call("check-config", "--schema")
    assert ended.status == 0
    assert "zones" in json.loads(ended.out)["properties"]


def test_a_file_for_the_proxy_needs_nothing_about_zones(call, tmp_path):
    path = tmp_path / "proxy.yaml"
    path.write_text("proxy: {preset: strict}\n")
    ended = call("check-config", "--config", path, "--proxy")
    assert (ended.status, ended.out) == (0, f"{path} is right for the proxy: listens at 127.0.0.1:8001, preset strict\n")
    assert call("check-config", "--config", path).status == 2
