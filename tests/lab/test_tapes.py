"""Rehearsals of the recorded tapes: the zone ends as external-dns would have it, for hardly more calls than it takes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dnsguard import lab
from dnsguard.app import kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.lab.objects import UNBOUND
from dnsguard.lab.rehearsal import Rehearsal, least, rehearse
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry

TAPES = Path(lab.__file__).parent / "tapes"
SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync", guard=Guard(deletes=UNBOUND)
)
PEACEFUL = ("traefik-3.1.0-solo", "traefik-3.1.0-duo", "traefik-3.1.2-duo", "traefik-3.1.0-status-loss")
LEAST = {"traefik-3.1.0-solo": 12, "traefik-3.1.0-duo": 12, "traefik-3.1.2-duo": 13, "traefik-3.1.0-status-loss": 1}
"""The least number of writes, worked out by hand from the edits."""
CONTESTED = "traefik-3.1.2-contested"
WRITE = "ChangeResourceRecordSets"


def stream(name: str) -> Any:
    return lambda: events(TAPES / f"{name}.jsonl.gz", kinds_of(SETTINGS))


@cache
def run(name: str) -> Rehearsal:
    return rehearse(SETTINGS, stream(name))


def truth(name: str) -> set[Any]:
    told = json.loads((TAPES / f"{name}.truth.json").read_text())["records"]
    return {(each["name"], each["type"], each["ttl"], tuple(sorted(each["values"]))) for each in told}


def zone(name: str) -> set[Any]:
    records = [each for each in run(name).records() if each["Type"] not in {"NS", "SOA"}]
    return {
        (
            each["Name"].replace("\\052", "*"),
            each["Type"],
            each["TTL"],
            tuple(sorted(value["Value"] for value in each["ResourceRecords"])),
        )
        for each in records
    }


@pytest.mark.parametrize("name", PEACEFUL)
def test_a_tape_ends_with_exactly_its_truth(name):
    assert zone(name) == truth(name)


@pytest.mark.parametrize("name", PEACEFUL)
def test_a_tape_takes_hardly_more_writes_than_the_least(name):
    fewest = least(SETTINGS, stream(name))
    assert fewest == LEAST[name]
    assert run(name).tally.calls[WRITE] <= 1.1 * fewest


@pytest.mark.parametrize("name", [*PEACEFUL, CONTESTED])
def test_a_tape_is_never_throttled_nor_refused_and_wholly_understood(name):
    tally = run(name).tally
    assert (tally.throttled, tally.refused, tally.misunderstood, tally.alerts) == (0, 0, [], [])


def test_a_lost_status_deletes_nothing_and_writes_once():
    tally = run("traefik-3.1.0-status-loss").tally
    counts = tally.counts()
    assert (tally.calls[WRITE], counts.replaced, counts.deleted) == (1, 0, 0)


def test_a_contested_gateway_ends_with_the_names_of_its_truth_and_one_of_the_two_answers():
    legal = {(name, kind): values for name, kind, _, values in truth(CONTESTED)}
    found = {(name, kind): values for name, kind, _, values in zone(CONTESTED)}
    assert found.keys() == legal.keys()
    answers = {values for (_, kind), values in found.items() if kind == "A"}
    assert answers <= {("203.0.113.10",), ("203.0.113.20",)}
    assert {key: values for key, values in found.items() if key[1] == "TXT"} == {
        key: values for key, values in legal.items() if key[1] == "TXT"
    }
