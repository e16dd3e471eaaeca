"""Tokens: what is granted in any interval stays within the bucket, debts and shares included."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.budget import ENDLESS, FLOOR, PROFILES, RECOVERY, Budget, TokenBucket
from dnsguard.model.settings import Bucket, BudgetSettings

WRITE, LIST = "ChangeResourceRecordSets", "ListResourceRecordSets"
STARTS = st.sampled_from([0.0, 1000.25, 1_000_000.0, 1_790_000_000.123])
BUCKETS = st.builds(Bucket, rate=st.sampled_from([0.1, 1.0, 2.5, 10.0, 2500.0]), burst=st.sampled_from([0.5, 1.0, 5.0, 100.0]))
SHARES = st.sampled_from([0.01, 0.3, 0.5, 1.0])
NEEDS = st.lists(st.tuples(st.integers(1, 250), st.sampled_from([0.0, 0.0, 0.001, 0.3, 7.0, 400.0])), min_size=1, max_size=15)


def settings(requests=ENDLESS, actions=ENDLESS, changes=ENDLESS, share=1.0):
    return BudgetSettings(share=share, requests=requests, actions=actions, changes=changes)


def within(granted, rate, burst, now):
    """Check every interval; *granted* are (moment, tokens)."""
    sums = [0.0, *accumulate(tokens for _, tokens in granted)]
    for first, (begin, _) in enumerate(granted):
        for last in range(first, len(granted)):
            allowed = burst + rate * (granted[last][0] - begin)
            assert sums[last + 1] - sums[first] <= allowed + 1e-6 + rate * now * 1e-15


@given(STARTS, BUCKETS, SHARES, NEEDS)
def test_granted_tokens_of_any_interval_stay_within_burst_or_largest_need_and_rate(start, bucket, share, needs):
    """Every need takes its tokens at the first moment that they are granted, or some time later."""
    tokens = TokenBucket(bucket, share, start)
    now, granted = start, []
    for need, pause in needs:
        now = tokens.ready_at(need, now + pause)
        tokens.spend(need, now)
        granted.append((now, need))
    within(granted, bucket.rate * share, max(1.0, bucket.burst * share, *(need for need, _ in needs)), start)


@given(STARTS, BUCKETS, SHARES, NEEDS)
def test_what_is_promised_for_a_moment_is_granted_at_that_moment(start, bucket, share, needs):
    """Else a virtual clock would stand still: `ready_at` is exact, however large the clock's numbers are."""
    tokens = TokenBucket(bucket, share, start)
    now = start
    for need, pause in needs:
        promised = tokens.ready_at(need, now + pause)
        assert tokens.ready_at(need, promised) == promised
        now = promised
        tokens.spend(need, now)


@given(STARTS, BUCKETS, SHARES, NEEDS, st.integers(0, 4))
def test_a_throttle_in_between_grants_never_more(start, bucket, share, needs, throttled):
    tokens = TokenBucket(bucket, share, start)
    now, granted = start, []
    for place, (need, pause) in enumerate(needs):
        if place == throttled:
            tokens.shrink(now)
            tokens.empty(now)
        now = tokens.ready_at(need, now + pause)
        tokens.spend(need, now)
        granted.append((now, need))
    within(granted, bucket.rate * share, max(1.0, bucket.burst * share, *(need for need, _ in needs)), start)


def test_a_need_above_the_burst_waits_for_a_full_bucket_and_leaves_a_debt():
    tokens = TokenBucket(Bucket(rate=1, burst=5), 1.0, 0.0)
    tokens.spend(2, 0.0)
    assert tokens.ready_at(12, 0.0) == 2.0
    tokens.spend(12, 2.0)
    assert tokens.level(2.0) == -7.0
    assert tokens.ready_at(1, 2.0) == 10.0


def test_a_bucket_never_holds_more_than_its_burst_and_time_never_takes_tokens():
    tokens = TokenBucket(Bucket(rate=1, burst=5), 1.0, 100.0)
    assert tokens.level(1e9) == 5.0
    tokens.spend(3, 1e9)
    assert tokens.level(0.0) == 2.0


@pytest.mark.parametrize(("share", "rate", "burst"), [(1.0, 5.0, 5.0), (0.5, 2.5, 2.5), (0.1, 0.5, 1.0), (0.01, 0.05, 1.0)])
def test_a_share_scales_rate_and_burst_but_a_burst_is_never_below_one(share, rate, burst):
    tokens = TokenBucket(Bucket(rate=5, burst=5), share, 0.0)
    assert (tokens.rate, tokens.burst, tokens.level(0.0)) == (rate, burst, burst)


def test_looking_at_a_bucket_does_not_move_it():
    looked_at, other = (TokenBucket(Bucket(rate=0.7, burst=5), 0.3, 100.1) for _ in range(2))
    for tokens in (looked_at, other):
        tokens.empty(100.1)
        tokens.shrink(100.1)
    for moment in range(50):
        before = looked_at.at(100.3 + moment * 0.1)
        assert looked_at.at(100.3 + moment * 0.1) == before
    assert looked_at.at(200.7) == other.at(200.7)
    assert (looked_at.level(200.7), looked_at.at(200.7)) == (other.level(200.7), other.at(200.7))


def test_throttles_are_counted():
    budget = Budget(settings(), 0.0)
    assert (budget.throttles, budget.throttled_at) == (0, None)
    budget.throttled(LIST, 0, 5.0)
    budget.throttled(WRITE, 3, 7.0)
    assert (budget.throttles, budget.throttled_at) == (2, 7.0)
    assert set(budget.buckets()) == {"requests", "changes", LIST, WRITE}


def test_a_throttle_halves_the_rate_down_to_a_floor_and_time_brings_it_back():
    tokens = TokenBucket(Bucket(rate=4, burst=1), 1.0, 0.0)
    tokens.empty(0.0)
    waits = []
    for _ in range(8):
        tokens.shrink(0.0)
        waits.append(tokens.ready_at(1, 0.0))
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[-1] == 1 / (4 * FLOOR)
    tokens.level(1 / RECOVERY)
    tokens.empty(1 / RECOVERY)
    assert tokens.ready_at(1, 1 / RECOVERY) == 1 / RECOVERY + 0.25


def test_a_throttle_takes_what_is_left_but_forgives_no_debt():
    tokens = TokenBucket(Bucket(rate=1, burst=5), 1.0, 0.0)
    tokens.empty(0.0)
    assert tokens.level(0.0) == 0.0
    tokens.spend(3, 0.0)
    tokens.empty(0.0)
    assert tokens.level(0.0) == -3.0


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_profile_grants_its_bursts_at_once_and_no_more(profile, share):
    requests, actions, changes = PROFILES[profile]
    budget = Budget(BudgetSettings(profile=profile, share=share), 0.0)
    for _ in range(int(min(requests.burst, actions.burst) * share)):
        assert budget.ready_at(WRITE, 1, 0.0) == 0.0
        budget.spend(WRITE, 1, 0.0)
    assert budget.ready_at(WRITE, 1, 0.0) > 0.0
    assert budget.room(0.0)[0] <= changes.burst * share


def test_own_numbers_take_the_place_of_the_profile_s():
    budget = Budget(settings(requests=Bucket(rate=1, burst=2)), 0.0)
    budget.spend(LIST, 0, 0.0)
    budget.spend(LIST, 0, 0.0)
    assert budget.ready_at(LIST, 0, 0.0) == 1.0


def test_every_action_has_a_bucket_of_its_own_beside_that_of_all_requests():
    budget = Budget(settings(requests=Bucket(rate=1, burst=3), actions=Bucket(rate=1, burst=1)), 0.0)
    budget.spend(WRITE, 0, 0.0)
    assert budget.ready_at(WRITE, 0, 0.0) == 1.0
    assert budget.ready_at(LIST, 0, 0.0) == 0.0
    budget.spend(LIST, 0, 0.0)
    budget.spend("GetHostedZone", 0, 0.0)
    assert budget.ready_at("ListHostedZones", 0, 0.0) == 1.0


def test_a_write_also_waits_for_its_changes_and_a_read_does_not():
    budget = Budget(settings(changes=Bucket(rate=10, burst=100)), 0.0)
    budget.spend(WRITE, 100, 0.0)
    assert budget.ready_at(WRITE, 20, 0.0) == 2.0
    assert budget.ready_at(LIST, 0, 0.0) == 0.0


def test_room_tells_what_can_be_paid_and_whether_the_bucket_is_full():
    budget = Budget(settings(changes=Bucket(rate=10, burst=100)), 0.0)
    assert budget.room(0.0) == (pytest.approx(100), True)
    budget.spend(WRITE, 40, 0.0)
    assert budget.room(0.0) == (pytest.approx(60), False)
    assert budget.room(4.0) == (pytest.approx(100), True)


@given(STARTS, st.integers(1, 300), st.integers(1, 400))
def test_room_is_there_for_what_ready_at_promised(start, spent, need):
    budget = Budget(settings(changes=Bucket(rate=100, burst=120)), start)
    budget.spend(WRITE, spent, start)
    level, full = budget.room(budget.ready_at(WRITE, need, start))
    assert need <= level or full


def test_a_throttle_empties_the_buckets_of_requests_and_slows_that_of_changes_only_for_writes():
    for action, changes, waits in ((WRITE, 5, 20.0), (LIST, 0, 10.0)):
        budget = Budget(settings(requests=Bucket(rate=1, burst=5), changes=Bucket(rate=10, burst=100)), 0.0)
        budget.throttled(action, changes, 0.0)
        assert budget.ready_at(action, 0, 0.0) == 2.0
        assert budget.room(0.0)[0] == pytest.approx(100)
        budget.spend(WRITE, 100, 0.0)
        assert budget.ready_at(WRITE, 100, 0.0) == waits
