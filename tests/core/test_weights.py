"""A change weighs what Route53 counts, and never less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.weights import NOTHING, Weight, weigh
from dnsguard.model.changes import Create, Delete, Replace, Upsert
from dnsguard.model.records import Alias, RecordSet, Stored
from dnsguard.route53.txt import quote

ONE = RecordSet("a.example.com", "A", ttl=300, values=("192.0.2.1",))
TWO = RecordSet("a.example.com", "A", ttl=300, values=("192.0.2.1", "192.0.2.22"))
ALIAS = RecordSet("a.example.com", "A", alias=Alias("Z1", "lb.example.com", evaluate_health=True))

RECORDS = st.one_of(
    st.builds(lambda values: RecordSet("n", "A", ttl=1, values=tuple(values)), st.lists(st.text("0123456789.", min_size=7, max_size=15))),
    st.builds(lambda values: RecordSet("n", "TXT", ttl=1, values=tuple(values)), st.lists(st.text(max_size=600), max_size=3)),
    st.builds(lambda name: RecordSet("n", "A", alias=Alias("Z", name, evaluate_health=False)), st.text("abc.", min_size=1)),
)


@pytest.mark.parametrize(
    ("change", "weight"),
    [
        (Create(ONE), Weight(1, 9, 1)),
        (Create(TWO), Weight(2, 19, 1)),
        (Delete(Stored(TWO)), Weight(2, 19, 1)),
        (Replace(Stored(ONE), TWO), Weight(3, 28, 2)),
        (Upsert(Stored(ONE), TWO), Weight(4, 38, 1)),
        (Create(ALIAS), Weight(1, 14, 1)),
        (Upsert(Stored(ONE), ALIAS), Weight(2, 28, 1)),
    ],
)
def test_a_change_weighs_its_values_and_an_upsert_twice(change, weight):
    assert weigh(change) == weight


@given(st.text(max_size=1200))
def test_a_txt_weighs_at_least_what_stands_on_the_wire_and_little_more(text):
    on_the_wire = len(quote(text))
    counted = weigh(Create(RecordSet("n", "TXT", ttl=1, values=(text,)))).characters
    assert on_the_wire <= counted <= on_the_wire + 4


@given(RECORDS, RECORDS)
def test_a_replacement_weighs_its_deletion_and_its_creation(before, after):
    both = weigh(Delete(Stored(before))).plus(weigh(Create(after)))
    assert weigh(Replace(Stored(before), after)) == both
    assert both.plus(NOTHING) == NOTHING.plus(both) == both


@given(RECORDS)
def test_an_upsert_weighs_two_creations_in_one_change(record):
    once = weigh(Create(record))
    assert weigh(Upsert(Stored(ONE), record)) == Weight(2 * once.elements, 2 * once.characters, 1)
