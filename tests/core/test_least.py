"""The least number of writes is what trying every choice of instants finds."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.least import Interval, least_calls
from dnsguard.core.weights import Weight

LIGHT, THIRD, HALF, WHOLE, HUGE = (Weight(1, 1, changes) for changes in (1, 333, 500, 1000, 1500))


def interval(opens, due, weight=LIGHT, zone="Z1"):
    return Interval(zone, float(opens), float(due), weight)


def intervals(weights):
    return st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 4), weights).map(lambda drawn: interval(drawn[0], drawn[0] + drawn[1], drawn[2])),
        max_size=6,
    )


def carries(instants, left):
    """Say whether calls at these instants can carry all that is left, trying every assignment."""
    if not left:
        return True
    first, *rest = left
    for place, (instant, load) in enumerate(instants):
        room = load + first.weight.changes <= 1000 or load == 0
        if first.opens <= instant <= first.due and room:
            changed = [*instants[:place], (instant, load + first.weight.changes), *instants[place + 1 :]]
            if carries(changed, rest):
                return True
    return False


def brute_force(wanted):
    moments = sorted({one.due for one in wanted})
    for calls in range(len(wanted) + 1):
        for chosen in combinations_with_replacement(moments, calls):
            if carries([(moment, 0) for moment in chosen], wanted):
                return calls
    raise AssertionError(wanted)


@settings(max_examples=80)
@given(intervals(st.just(LIGHT)))
def test_without_limits_in_sight_it_is_the_least(wanted):
    assert least_calls(wanted) == brute_force(wanted)


@settings(max_examples=80)
@given(st.sampled_from([THIRD, HALF, WHOLE, HUGE]).flatmap(lambda weight: intervals(st.just(weight))))
def test_with_groups_of_one_size_it_is_the_least_within_the_limits(wanted):
    assert least_calls(wanted) == brute_force(wanted)


@settings(max_examples=80)
@given(intervals(st.sampled_from([LIGHT, THIRD, HALF, WHOLE])))
def test_with_groups_of_many_sizes_it_is_never_less_than_possible(wanted):
    assert brute_force(wanted) <= least_calls(wanted) <= len(wanted)


@given(intervals(st.just(LIGHT)), intervals(st.just(LIGHT)))
def test_no_call_serves_two_zones(here, there):
    elsewhere = [interval(one.opens, one.due, one.weight, "Z2") for one in there]
    assert least_calls(here + elsewhere) == least_calls(here) + least_calls(there)


@given(intervals(st.sampled_from([LIGHT, HALF])), st.data())
def test_the_order_of_telling_does_not_count(wanted, data):
    assert least_calls(data.draw(st.permutations(wanted))) == least_calls(wanted)


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        ([], 0),
        ([interval(0, 1), interval(1, 2)], 1),
        ([interval(0, 1), interval(2, 3)], 2),
        ([interval(0, 9), interval(1, 2), interval(3, 4)], 2),
        ([interval(0, 1, HUGE)], 1),
        ([interval(0, 1, HUGE), interval(0, 1)], 2),
        ([interval(0, 1, HALF)] * 3, 2),
    ],
)
def test_examples(wanted, calls):
    assert least_calls(wanted) == calls
