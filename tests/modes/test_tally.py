"""A tally counts what facts say: events, changes that were accepted, calls, and how long names waited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.model.changes import Accepted, ChangeInfo, Create, Delete, Refusal, Refused, Throttled, Why, Write
from dnsguard.model.facts import (
    Absorbed,
    Alert,
    Answered,
    Called,
    Carried,
    Gate,
    Misunderstood,
    Stopped,
    Synced,
    ZoneRead,
)
from dnsguard.model.objects import Ref
from dnsguard.model.records import RecordSet, Stored
from dnsguard.modes.tally import Counts, Tally, percentiles

ROUTE = Ref("HTTPRoute", "team", "app")
RECORD = RecordSet("app.example.com", "A", values=("192.0.2.1",), ttl=300)
TEXT = RecordSet("a-app.example.com", "TXT", values=("owner",), ttl=300)
MADE = (Create(RECORD), Create(TEXT))
GONE = (Delete(Stored(RECORD)), Delete(Stored(TEXT)))


@pytest.fixture
def tally():
    return Tally(2.0)


def test_events_count_from_the_end_of_the_first_lists(tally):
    for fact in (Absorbed(ROUTE, 1), Synced(1), Absorbed(ROUTE, 1), Stopped(ROUTE, Gate.SAME_VIEW), Stopped(ROUTE, Gate.SAME_WISH)):
        tally.tell(fact, 0.0)
    assert tally.absorbed == 1
    assert tally.stopped == {"same-view": 1, "same-wish": 1}


def test_changes_count_once_they_are_accepted_and_texts_do_not(tally):
    for number, (changes, outcome) in enumerate(
        [
            (MADE, Accepted(ChangeInfo("C1"))),
            (MADE, Throttled("no")),
            (GONE, Accepted(ChangeInfo("C1"))),
            (GONE, Refused((Refusal(Why.STALE, "stale"),))),
        ]
    ):
        tally.tell(Answered(number, Write("Z1", changes, ""), outcome, 0.1), 1.0)
    assert tally.counts() == Counts(created=1, deleted=1)
    assert (tally.throttled, tally.refused) == (1, 1)


def test_waits_are_those_of_names_that_are_not_merely_deleted(tally):
    call = Write("Z1", MADE + GONE, "")
    tally.tell(Called(1, call, (Carried("app", 1.0, 1.2, MADE), Carried("old", 2.0, 2.0, GONE))), 3.0)
    assert (tally.waits, tally.deletion_waits, tally.later_waits) == ([2.0], [1.0], [])
    tally.tell(ZoneRead("Z1", 2, 0), 3.0)
    tally.tell(Called(2, call, (Carried("app", 3.5, 3.7, MADE),)), 4.0)
    assert tally.later_waits == [0.5]
    assert [interval.due for interval in tally.intervals] == [1.2, 4.0, 3.7]


def test_a_write_of_texts_alone_is_counted_as_empty(tally):
    tally.tell(Called(1, Write("Z1", (Create(TEXT),), "")), 0.0)
    tally.tell(Called(2, Write("Z1", MADE, "")), 0.0)
    assert tally.empty_writes == 1
    assert tally.calls == {"ChangeResourceRecordSets": 2}


def test_troubles_are_kept_as_sentences(tally):
    tally.tell(Misunderstood(ROUTE, "no host name"), 0.0)
    tally.tell(Alert("key", "the zone is full"), 0.0)
    assert tally.misunderstood == [f"{ROUTE}: no host name"]
    assert tally.alerts == ["the zone is full"]


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_values_that_were_measured_in_order(seconds):
    found = percentiles(seconds)
    assert found["max"] == round(max(seconds), 3)
    assert found["p50"] <= found["p99"] <= found["max"]
    assert found["p50"] in {round(value, 3) for value in seconds}


def test_nothing_measured_has_no_percentiles():
    assert percentiles([]) == {"p50": None, "p99": None, "max": None}
