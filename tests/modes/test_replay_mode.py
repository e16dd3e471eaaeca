"""A replay jumps from moment to moment, and comes to an end."""

from importlib.resources import files
from random import Random

import pytest

from dnsguard.app import build_engine, kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.lab.objects import UNBOUND
from dnsguard.lab.rehearsal import least, rehearse
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Busy, StrictRoute53
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry
from dnsguard.modes.replay import HORIZON, replay

SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync", guard=Guard(deletes=UNBOUND)
)
GRACE = float(SETTINGS.guard.delete_grace)


def stream(name="traefik-3.1.0-solo"):
    return lambda: events(str(files("dnsguard.lab") / "tapes" / f"{name}.jsonl.gz"), kinds_of(SETTINGS))


def test_it_goes_on_past_the_stream_until_every_grace_is_over():
    run = rehearse(SETTINGS, stream())
    assert 60 + GRACE - 30 < run.seconds < 60 + GRACE + 60
    assert run.tally.changes["deleted"] == 8


def test_the_same_seed_makes_the_same_calls():
    one, other = (rehearse(SETTINGS, stream(), seed=7) for _ in range(2))
    assert one.strict.log == other.strict.log
    assert one.records() == other.records()


@pytest.mark.parametrize("name", ["traefik-3.1.0-solo", "traefik-3.1.0-duo", "traefik-3.1.0-status-loss", "traefik-3.1.2-duo"])
def test_writes_are_as_few_as_the_changes_need(name):
    run = rehearse(SETTINGS, stream(name))
    assert run.tally.calls["ChangeResourceRecordSets"] <= 1.1 * least(SETTINGS, stream(name)) + 0.999
    assert run.tally.empty_writes == 0


def test_what_is_tried_again_for_ever_ends_at_the_horizon():
    strict = StrictRoute53()
    strict.create_zone("example.com")
    strict.faults.inject(Busy(), "ChangeResourceRecordSets")
    end = replay(build_engine(SETTINGS, Random(0), 0.0), stream()(), Simulation(strict), lambda fact, now: None)
    assert HORIZON < end <= HORIZON + 61


def test_an_empty_stream_ends():
    strict = StrictRoute53()
    strict.create_zone("example.com")
    assert replay(build_engine(SETTINGS, Random(0), 0.0), iter(()), Simulation(strict), lambda fact, now: None) < HORIZON
