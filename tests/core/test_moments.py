"""Moments as people write them, and as they are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.moments import moment, spelled

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-25T14:00:00Z", 1795615200.0),
        ("2026-11-25T14:00:00.250Z", 1795615200.25),
        ("2026-11-25T15:00:00+01:00", 1795615200.0),
        ("10m", NOW - 600),
        ("1h30m", NOW - 5400),
        ("0s", NOW),
    ],
)
def test_a_moment_is_written_out_or_so_long_ago(text, seconds):
    assert moment(text, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a moment such as"),
        ("yesterday", "'yesterday' is not a moment such as"),
        ("10", "'10' is not a moment such as"),
        ("2026-11-25", "is not a moment such as"),
        ("2026-11-25T14:00:00", "is not a moment such as"),
        ("2026-13-25T14:00:00Z", "is not a moment such as"),
        ("0001-01-01T00:00:00+14:00", "is not a moment such as"),
        ("-10m", "is not a moment such as"),
        ("2999-01-01T00:00:00Z", "lies in the future"),
    ],
)
def test_what_is_no_moment_of_the_past_is_refused_with_a_sentence(text, said):
    with pytest.raises(ValueError, match=r"moment|future") as refused:
        moment(text, NOW)
    assert said in str(refused.value)


@given(st.floats(0, NOW))
def test_what_is_told_is_read_as_the_same_to_the_millisecond(at):
    assert at - 0.0011 < moment(spelled(at), NOW) <= at + 1e-6
    assert spelled(moment(spelled(at), NOW)) == spelled(at)
