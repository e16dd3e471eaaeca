"""Back-offs double from the first delay to the longest, each spread over its upper half."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.backoff import BUSY, DENIED, FULL, QUARANTINE, UNAVAILABLE, Backoff

SCHEDULES = st.tuples(st.floats(0.1, 100), st.floats(1, 100)).map(lambda pair: Backoff(pair[0], pair[0] * pair[1]))


@given(SCHEDULES, st.integers(1, 5000), st.integers(0, 2**32))
def test_a_delay_lies_in_the_upper_half_of_its_step(schedule, failures, seed):
    full = min(schedule.longest, schedule.first * 2.0 ** min(failures - 1, 100))
    assert full / 2 <= schedule.delay(failures, Random(seed)) <= full


@given(SCHEDULES, st.integers(1, 100), st.integers(0, 2**32))
def test_one_more_failure_never_waits_less_under_the_same_chance(schedule, failures, seed):
    assert schedule.delay(failures, Random(seed)) <= schedule.delay(failures + 1, Random(seed))


def test_two_installations_do_not_come_back_together():
    assert len({BUSY.delay(3, Random(seed)) for seed in range(20)}) == 20


@pytest.mark.parametrize(
    ("schedule", "first", "longest"),
    [(BUSY, 1, 30), (UNAVAILABLE, 1, 60), (DENIED, 60, 1800), (QUARANTINE, 30, 1800), (FULL, 60, 1800)],
)
def test_the_schedules_are_those_of_the_rules(schedule, first, longest):
    assert schedule == (first, longest)
