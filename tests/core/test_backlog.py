"""Names wait for their turn, each once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.backlog import Backlog

STEPS = st.lists(st.one_of(st.none(), st.lists(st.sampled_from("abcde"), max_size=4)), max_size=30)


@given(STEPS)
def test_a_backlog_is_a_queue_without_doubles(steps):
    backlog = Backlog()
    model: list[str] = []
    for step in steps:
        if step is not None:
            backlog.add(step)
            model += [name for name in dict.fromkeys(step) if name not in model]
        elif model:
            assert backlog.pop() == model.pop(0)
        assert (len(backlog), bool(backlog)) == (len(model), bool(model))


def test_what_was_taken_can_wait_again():
    backlog = Backlog()
    backlog.add(["a", "b"])
    backlog.pop()
    backlog.add(["a", "b"])
    assert [backlog.pop(), backlog.pop()] == ["b", "a"]


def test_nothing_can_be_taken_from_an_empty_backlog():
    with pytest.raises(IndexError):
        Backlog().pop()
