"""The invariants of the engine and its guard as a state machine: see `tests/core/machine`.

2,000 steps here, the same each time, so that nobody's change is held up by a history that it has nothing to do with;
`make machine STEPS=100000` looks for new ones.
"""

import pytest

from tests.core.machine.__main__ import HISTORIES, chunk


@pytest.mark.parametrize("number", [5000000, 5000001])
def test_no_random_history_breaks_what_must_hold(number):
    assert chunk(number, HISTORIES, shrink=False) > 0
