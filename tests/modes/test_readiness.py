"""A process is ready when it knows its sources and zones, and stays so whatever Route53 refuses."""

import pytest

from dnsguard.model.changes import Cursor, ListRecords, Throttled
from dnsguard.model.facts import Alert, Answered, SourceFailed, SourceListed, SourceRecovered, SourceTroubled, Synced, ZoneRead, ZonesFound
from dnsguard.modes.readiness import STALE, Readiness

ZONES = ZonesFound((("Z1", "example.com", "public"), ("Z2", "example.org", "private")))


@pytest.fixture
def made():
    moment = [1000.0]
    readiness = Readiness(lambda: moment[0])

    def tell(*facts, after=0.0):
        moment[0] += after
        for fact in facts:
            readiness.tell(fact, moment[0])
        return readiness.reasons()

    return tell


def test_every_step_of_a_start_is_a_reason_until_it_is_done(made):
    assert made() == ["not every source has been listed yet", "the hosted zones have not been found yet"]
    assert made(Synced(3)) == ["the hosted zones have not been found yet"]
    assert made(ZONES) == ["zone example.com has not been read yet", "zone example.org has not been read yet"]
    assert made(ZoneRead("Z1", 2, 0)) == ["zone example.org has not been read yet"]
    assert made(ZoneRead("Z2", 2, 0)) == []


def ready(made):
    assert made(Synced(3), ZONES, ZoneRead("Z1", 2, 0), ZoneRead("Z2", 2, 0)) == []
    return made


def test_a_zone_that_appears_later_does_not_make_it_unready(made):
    assert ready(made)(ZonesFound((*ZONES.zones, ("Z3", "example.net", "public")))) == []


def test_a_zone_that_is_gone_before_it_was_read_is_no_reason(made):
    made(Synced(3), ZONES, ZoneRead("Z1", 2, 0))
    assert made(ZonesFound(ZONES.zones[:1])) == []


def test_no_zone_at_all_is_found_all_the_same(made):
    assert made(Synced(0), ZonesFound(())) == []


def test_an_api_server_that_is_out_of_reach_becomes_a_reason_when_it_is_stale(made):
    told = ready(made)
    assert told(SourceTroubled("Gateway", "no answer", 30.0)) == []
    assert told(SourceTroubled("Gateway", "no answer", 30.0), after=STALE) == [f"Gateway cannot be read since {STALE:.0f} s"]
    assert told(SourceRecovered("Gateway")) == []
    assert told(SourceTroubled("Gateway", "a broken frame", 0.0), after=1) == []
    assert told(after=STALE) == []


def test_a_source_that_cannot_be_read_becomes_a_reason_when_it_is_stale(made):
    told = ready(made)
    assert told(SourceFailed("Gateway", "403")) == []
    assert told(SourceFailed("Gateway", "403"), after=STALE - 1) == []
    assert told(after=1) == [f"Gateway cannot be read since {STALE:.0f} s"]
    assert told(SourceListed("HTTPRoute", 3)) != []
    assert told(SourceListed("Gateway", 3)) == []


def test_refusals_of_route53_are_no_reason(made):
    told = ready(made)
    assert told(Answered(1, ListRecords("Z1", Cursor("", "", "")), Throttled("no"), 0.1), Alert("key", "text")) == []
