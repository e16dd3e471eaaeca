"""A call carries what Route53 takes and the budget pays for: whole groups, or the beginning of one that is too large."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.batch import CHANGES, CHARACTERS, ELEMENTS, Load, first_part, fits, weight_of
from dnsguard.core.weights import NOTHING, Weight, weigh
from dnsguard.model.changes import Create, Delete
from dnsguard.model.records import RecordSet, Stored

WEIGHTS = st.builds(Weight, st.integers(1, 600), st.integers(1, 20000), st.integers(1, 600))


def units(count, values=1, length=9):
    one = RecordSet("a.example.com", "A", ttl=300, values=("1" * length,) * values)
    return [(Create(one), Delete(Stored(one)))] * count


@pytest.mark.parametrize(
    ("weight", "carried"),
    [
        (NOTHING, True),
        (Weight(ELEMENTS, CHARACTERS, CHANGES), True),
        (Weight(ELEMENTS + 1, 0, 1), False),
        (Weight(1, CHARACTERS + 1, 1), False),
        (Weight(1, 1, CHANGES + 1), False),
    ],
)
def test_each_limit_alone_decides(weight, carried):
    assert fits(weight) is carried


@given(st.integers(0, 3), st.integers(1, 3))
def test_units_weigh_what_their_changes_weigh(count, values):
    total = NOTHING
    for unit in units(count, values):
        for change in unit:
            total = total.plus(weigh(change))
    assert weight_of(units(count, values)) == total


@given(st.integers(0, 520), st.sampled_from([1, 3, 400, 501]), st.sampled_from([9, 40, 400]))
def test_the_first_part_is_the_longest_beginning_that_one_call_carries(count, values, length):
    whole = units(count, values, length)
    part = first_part(whole)
    assert part == tuple(whole[: len(part)])
    assert fits(weight_of(part))
    assert len(part) == count or not fits(weight_of(whole[: len(part) + 1]))


@given(st.lists(WEIGHTS, max_size=20), st.floats(0, 1500), st.booleans())
def test_a_load_never_exceeds_a_limit_nor_the_room_but_by_its_first_group_on_a_full_bucket(weights, room, full):
    load = Load(room, full=full)
    taken = [weight for weight in weights if load.take(weight)]
    total = NOTHING
    for weight in taken:
        total = total.plus(weight)
    assert load.total == total
    assert fits(total)
    assert total.changes <= room or (full and len(taken) == 1)


def test_a_full_bucket_pays_for_one_group_of_any_size_and_for_nothing_beside_it():
    load = Load(5.0, full=True)
    assert load.affords(Weight(1, 1, 50))
    assert load.take(Weight(1, 1, 50))
    assert not load.affords(Weight(1, 1, 1))
    assert not load.take(Weight(1, 1, 1))


def test_a_bucket_that_is_not_full_pays_for_no_more_than_it_holds():
    load = Load(5.0, full=False)
    assert not load.take(Weight(1, 1, 6))
    assert load.take(Weight(1, 1, 5))
    assert load.total == Weight(1, 1, 5)
