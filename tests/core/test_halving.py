"""The search for culprits that no message names, apart from everything else."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.halving import Halving


def search(count, culprits, *, alone_first=False):
    """Look for *culprits* among *count* groups by the rules; return how many calls it took, or None if somebody was wronged."""
    halving = Halving()
    halving.begin()
    half, batch, calls, guilty = None, tuple(map(str, range(count))), 0, set()
    while True:
        calls += 1
        if not culprits.intersection(map(int, batch)):
            halving.accepted(half)
        elif len(batch) == 1:
            guilty.add(int(batch[0]))
            halving.found()
            if alone_first and not halving.proven:
                halving.single_out_next()
        elif alone_first and not halving.proven:
            halving.single_out(batch)
        else:
            halving.halve(batch)
        if not halving:
            return calls if guilty == culprits else None
        batch = halving.choose()
        half = halving.take()


def bound(count, culprits):
    return 2 * len(culprits) * (math.log2(count) + 1)


@pytest.mark.parametrize("alone_first", [False, True])
@pytest.mark.parametrize("count", range(1, 10))
def test_whoever_is_guilty_among_a_few_is_found_within_the_bound(count, alone_first):
    for number in range(1, count + 1):
        for culprits in map(set, itertools.combinations(range(count), number)):
            calls = search(count, culprits, alone_first=alone_first)
            assert calls is not None
            assert calls <= bound(count, culprits)


@given(st.integers(1, 500), st.data(), st.booleans())
def test_whoever_is_guilty_among_many_is_found_within_the_bound(count, data, alone_first):
    culprits = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=min(count, 60)))
    calls = search(count, culprits, alone_first=alone_first)
    assert calls is not None
    assert calls <= bound(count, culprits)


def test_one_culprit_wherever_it_is_among_seventeen_is_found_within_the_bound():
    """Sending every half would take eleven calls for the last one."""
    assert max(search(17, {place}) for place in range(17)) <= bound(17, {0}) < 11


def test_nobody_is_found_guilty_by_inference():
    halving = Halving()
    halving.halve(("a", "b"))
    halving.accepted(halving.take())
    assert halving.take().names == ("b",)


def test_the_half_beside_an_accepted_one_is_not_inferred_guilty_of_a_size():
    halving = Halving()
    halving.halve(tuple("abcd"), certain=False)
    halving.accepted(halving.take())
    assert halving.take().names == ("c", "d")


def test_what_was_accepted_in_part_proves_nothing_about_its_twin():
    halving = Halving()
    halving.halve(tuple("abcd"))
    halving.accepted(halving.take(rest=("b",)))
    assert (halving.take().names, halving.take().names) == (("b",), ("c", "d"))


def test_groups_that_are_tried_alone_lie_far_apart():
    halving = Halving()
    halving.single_out(tuple(f"{number:03}" for number in range(300)))
    tried = [int(halving.take().names[0])]
    for _ in range(2):
        halving.single_out_next()
        tried.append(int(halving.take().names[0]))
    assert all(abs(one - other) > 60 for one, other in itertools.combinations(tried, 2))
    assert len(halving.choose()) == 297


@given(st.integers(1, 300), st.floats(0.0, 1.0), st.randoms(use_true_random=False))
def test_a_search_never_takes_many_more_calls_than_groups(count, share, chance):
    culprits = {place for place in range(count) if chance.random() < share}
    calls = search(count, culprits)
    assert calls is not None
    assert calls <= 1.3 * count + 10


def test_a_half_that_is_hardly_clean_is_halved_before_it_is_sent_until_guesses_were_wrong_too_often():
    halving = Halving()
    for _ in range(4):
        halving.found()
    halving.halve(tuple("abcdefgh"), certain=False)
    sent = []
    while halving:
        sent.append("".join(halving.choose()))
        halving.accepted(halving.take())
    assert sent == ["a", "b", "c", "d", "efgh"]
