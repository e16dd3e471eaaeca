"""Frames are counted by client, resource, writer and reason, and nobody can make the counts grow without end."""

from dnsguard.core.sieve.tally import MOST, Line, Tally


def test_replaced_and_passed_add_up_to_what_was_seen_and_the_busiest_comes_first():
    tally = Tally()
    for manager, why, times in (("traefik", "same", 5), ("traefik", "changed", 2), ("kubectl", "changed", 1), ("", "same", 1)):
        for _ in range(times):
            tally.count("client", "httproutes", manager, why)
    tally.count("client", "httproutes", "ignored", "bookmark")

    assert list(tally.lines()) == [
        Line("client", "httproutes", "traefik", 7, 5, {"changed": 2}),
        Line("client", "httproutes", "-", 1, 0, {"bookmark": 1}),
        Line("client", "httproutes", "kubectl", 1, 0, {"changed": 1}),
        Line("client", "httproutes", "unknown", 1, 1, {}),
    ]


def test_names_beyond_a_number_count_as_other():
    tally = Tally()
    for number in range(MOST + 5):
        tally.count(tally.client(f"client-{number}"), "pods", f"writer-{number}", "same")
    assert len({line.client for line in tally.lines()}) == MOST + 1
    assert len({line.writer for line in tally.lines()}) == MOST + 1
    assert sum(line.seen for line in tally.lines() if line.client == line.writer == "other") == 5
