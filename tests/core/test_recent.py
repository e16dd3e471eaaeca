"""What was sent last is remembered with what became of it, for a bounded number of names."""

import pytest

from dnsguard.core.lane import Flight, Part
from dnsguard.core.pending import Entry
from dnsguard.core.recent import Recent
from dnsguard.core.weights import NOTHING
from dnsguard.model.changes import Accepted, Busy, ChangeInfo, Create, Refusal, Refused, Throttled, Unavailable, Uncertain, Why
from dnsguard.model.records import RecordSet


def created(name):
    return Create(RecordSet(name, "A", ttl=300, values=("192.0.2.1",)))


def flight(*names, left=1.0):
    parts = tuple(Part(Entry(name, 0.0, 1), ((created(name),),), whole=True) for name in names)
    return Flight(parts, tuple(created(name) for name in names), NOTHING, left)


def refused(*names):
    return Refused(tuple(Refusal(Why.CONFLICT, f"no to {name}", name) for name in names))


@pytest.mark.parametrize(
    ("outcome", "word", "text"),
    [
        (Accepted(ChangeInfo("C1")), "accepted", ""),
        (Throttled("rate exceeded"), "throttled", "rate exceeded"),
        (Busy("prior request"), "busy", "prior request"),
        (Unavailable("refused"), "unavailable", "refused"),
        (Uncertain("no answer"), "uncertain", "no answer: a read will tell"),
        (Uncertain(), "uncertain", "a read will tell"),
        (refused("b", "a"), "refused", "no to a"),
        (refused("b"), "refused", "another name of the same batch was refused"),
        (Refused((Refusal(Why.DENIED, "AccessDenied"),)), "refused", "AccessDenied"),
    ],
)
def test_every_outcome_is_remembered_in_its_words(outcome, word, text):
    recent = Recent()
    recent.settled("Z1", flight("a", "b", left=7.0), outcome)
    found = recent.of("Z1", "a")
    assert (found.at, found.changes, found.outcome, found.text) == (7.0, (created("a"),), word, text)
    assert (recent.of("Z2", "a"), recent.of("Z1", "c")) == (None, None)


@pytest.mark.parametrize(
    ("carried_out", "said"), [(True, ("accepted", "a read found it")), (False, ("uncertain", "a read did not find it"))]
)
def test_a_read_tells_what_became_of_an_uncertain_batch(carried_out, said):
    recent = Recent()
    recent.settled("Z1", flight("a"), Uncertain())
    recent.found("Z1", flight("a"), carried_out=carried_out)
    found = recent.of("Z1", "a")
    assert (found.outcome, found.text) == said


def test_the_names_that_were_sent_last_are_remembered_and_no_more():
    recent = Recent(most=3)
    for name in ("a", "b", "c", "a", "d"):
        recent.settled("Z1", flight(name), Accepted(ChangeInfo("C1")))
    assert [name for name in "abcd" if recent.of("Z1", name)] == ["a", "c", "d"]
    assert len(recent) == 3
