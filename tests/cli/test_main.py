"""The command line says what it is, and says in one sentence what it does not understand."""

import pytest

from dnsguard import __version__


def test_without_a_command_it_lists_its_commands(call):
    ended = call()
    assert ended.status == 2
    assert "Commands:" in ended.err
    assert not ended.out


def test_help_is_no_failure_and_shows_whole_sentences(call):
    ended = call("--help")
    assert ended.status == 0
    assert "..." not in ended.out.partition("Commands:")[2].replace("[ARGS]...", "")


def test_it_tells_its_version(call):
    ended = call("--version")
    assert (ended.status, ended.out) == (0, f"dnsguard, version {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], ["No such command 'nonsense'", "see dnsguard --help"]),
        (["--nonsense"], ["No such option '--nonsense'", "see dnsguard --help"]),
        (["run", "--confg", "x"], ["dnsguard run: No such option '--confg'", "--config"]),
        (["run"], ["dnsguard run: Missing option '--config'", "see dnsguard run --help"]),
        (["plan"], ["dnsguard plan: Missing option '--config'"]),
        (["replay"], ["dnsguard replay: Missing argument 'TAPES...'"]),
        (["demo", "--speed", "fast"], ["'fast' is not a valid float"]),
        (["demo", "--speed", "1000"], ["1000.0 is not in the range"]),
        (["lab", "nonsense"], ["dnsguard lab: No such command 'nonsense'"]),
        (["lab", "verify"], ["dnsguard lab verify: Missing option '--zone-id'"]),
        (["lab", "churn", "traefik-3.1.0"], ["Missing option '-o'"]),
        (["lab", "churn", "nonsense", "-o", "x"], ["'nonsense' is no profile", "traefik-3.1.0"]),
        (["lab", "churn", "eg-empty", "-o", "x", "--routes", "0"], ["--routes", "range"]),
        (["lab", "churn", "eg-empty", "-o", "/nowhere/x"], ["--output /nowhere/x cannot be written: No such file or directory"]),
        (["lab", "cluster", "--tape", "nowhere"], ["nowhere", "No such file or directory"]),
        (["lab", "route53", "--listen", "here"], ["--listen is 'here', allowed is host:port"]),
        (["lab", "route53", "--listen", "127.0.0.1:70000"], ["--listen is '127.0.0.1:70000'"]),
        (["lab", "route53", "--zone", "a..b"], ["no zone 'a..b' can be made: 'a..b' has an empty label"]),
        (["lab", "route53", "--profile", "best"], ["'best' is not one of"]),
        (["lab", "verify", "--zone-id", "Z1", "--endpoint-url", "here"], ["--zone-id Z1: the zone cannot be read: Invalid endpoint: here"]),
        (["lab", "verify", "--zone-id", "Z1", "--transcript", "/nowhere/x"], ["--transcript /nowhere/x cannot be written"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_status_2(arguments, words, call):
    ended = call(*arguments)
    assert ended.status == 2
    assert not ended.out
    assert ended.sentence.startswith("dnsguard")
    for word in words:
        assert word in ended.sentence
