"""Durations are read and written as people write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("200ms", 0.2), ("2s", 2), ("10m", 600), ("1h", 3600), ("1h30m", 5400), ("1.5s", 1.5), ("0s", 0), ("1m5ms", 60.005), ("36h", 129600)],
)
def test_a_duration_is_a_number_with_a_unit(text, seconds):
    assert durations.parse(text) == pytest.approx(seconds)
    assert re.search(durations.PATTERN, text)


@pytest.mark.parametrize("text", ["", "5", "0", "s", "-2s", "+2s", "2 s", "1d", "30m1h", "1s1s", "1e3s", ".5s", "5.s", "2S", "never", "٣s"])
def test_what_has_no_unit_or_another_shape_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration such as 200ms, 2s, 10m"):
        durations.parse(text)


@given(st.integers(0, 10**10))
def test_what_is_spelt_is_read_back_to_the_millisecond(milliseconds):
    spelt = durations.spell(milliseconds / 1000)
    assert round(durations.parse(spelt) * 1000) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"),
        (0.4, "0s"),
        (-3, "0s"),
        (8.2, "8s"),
        (60, "1m"),
        (725, "12m5s"),
        (3600, "1h"),
        (3605, "1h"),
        (5400, "1h30m"),
        (86400 * 3 + 3600 * 4 + 59, "3d4h"),
        (86400 * 400, "400d"),
    ],
)
def test_people_are_told_two_units_at_most(seconds, said):
    assert durations.howlong(seconds) == said
