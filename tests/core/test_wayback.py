"""The way back of a record set through several changes."""

import pytest

from dnsguard.core.wayback import concerned, ways_of
from dnsguard.model.changes import Create, Delete, Replace, Upsert
from dnsguard.model.past import Deed, Past
from dnsguard.model.records import RecordSet, Stored, Weighted

HOST = "www.example.com"
ONE, TWO, THREE = (RecordSet(HOST, "A", "", 300, (f"192.0.2.{number}",)) for number in (1, 2, 3))
TEXT = RecordSet(f"a-{HOST}", "TXT", "", 300, ("heritage=external-dns,external-dns/owner=me",))
KEY = (HOST, "A", "")


def past(*changes, outcome="accepted", batch="1-1", name=HOST):
    return Past(1.0, "Z1", name, batch, Deed(changes), outcome, "")


@pytest.mark.parametrize(
    ("deeds", "before", "after"),
    [
        ([past(Create(ONE))], None, (ONE,)),
        ([past(Delete(Stored(ONE)))], ONE, (None,)),
        ([past(Replace(Stored(ONE), TWO))], ONE, (TWO,)),
        ([past(Upsert(Stored(ONE), TWO))], ONE, (TWO,)),
        ([past(Delete(Stored(ONE)), Create(TWO))], ONE, (TWO,)),
        ([past(Create(ONE)), past(Replace(Stored(ONE), TWO)), past(Delete(Stored(TWO)))], None, (None,)),
        ([past(Create(ONE)), past(Replace(Stored(ONE), TWO), outcome="refused: no")], None, (ONE,)),
        ([past(Create(ONE)), past(Replace(Stored(ONE), TWO), outcome="sent")], None, (TWO, ONE)),
        ([past(Create(ONE), outcome="uncertain: no answer")], None, (ONE, None)),
        ([past(Replace(Stored(ONE), TWO), outcome="sent"), past(Replace(Stored(TWO), THREE))], ONE, (THREE,)),
    ],
)
def test_several_changes_are_one_from_what_was_to_what_is_left(deeds, before, after):
    way = ways_of(deeds)[HOST][KEY]
    assert (way.before, way.after) == (before, after)


def test_a_refused_change_is_no_way():
    assert ways_of([past(Create(ONE), outcome="refused: no")]) == {}


def test_a_replacement_under_another_key_goes_two_ways():
    weighted = RecordSet(HOST, "A", "x", 300, ("192.0.2.2",), None, Weighted(1))
    ways = ways_of([past(Replace(Stored(ONE), weighted))])[HOST]
    assert {key: (way.before, way.after) for key, way in ways.items()} == {KEY: (ONE, (None,)), (HOST, "A", "x"): (None, (weighted,))}


def test_ownership_texts_go_with_their_record_sets():
    other = RecordSet(TEXT.name, "TXT", "", 300, ("heritage=external-dns,external-dns/owner=other",))
    ways = ways_of([past(Replace(Stored(ONE), TWO), Replace(Stored(TEXT), other)), past(Delete(Stored(TWO)), Delete(Stored(other)))])
    assert list(ways[HOST]) == [KEY]
    assert list(ways[HOST][KEY].texts.values()) == [TEXT]
    assert concerned([past(Create(ONE), Create(TEXT))]) == {HOST, TEXT.name}


def test_what_changed_it_later_is_known_by_its_batch():
    later = [past(Replace(Stored(TWO), THREE), batch="1-2"), past(Delete(Stored(THREE)), batch="1-3", outcome="refused: no")]
    way = ways_of([past(Replace(Stored(ONE), TWO))], later)[HOST][KEY]
    assert (way.later, way.last) == ("1-2", THREE)
