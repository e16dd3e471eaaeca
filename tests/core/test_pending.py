"""Dirty groups are due when the rule says, and go in the order that the rule says, whatever happened in between."""

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.pending import PROMOTED_AT_ONCE, Answer, Pending
from dnsguard.model.settings import Debounce, Duration

QUIET, LONGEST = 0.25, 2.0
MANY, FEW = 10_000, 10


def pending(quiet=QUIET, longest=LONGEST):
    return Pending(Debounce(quiet=Duration(quiet), longest=Duration(longest)))


def offered(groups, now, *, early=False, answer=lambda _: Answer.SKIP):
    """Return the names that a cut offers, in order."""
    names = []

    def accept(entry):
        names.append(entry.name)
        return answer(entry.name)

    while groups.promote(now):
        pass
    groups.cut(now, accept, early=early)
    return names


def taken(groups, now, *, early=False):
    return offered(groups, now, early=early, answer=lambda _: Answer.TAKE)


# When


def test_a_lone_change_is_due_after_quiet():
    groups = pending()
    groups.touch("a", 10.0, 1)
    assert groups.next_due() == 10.0 + QUIET


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_a_group_is_due_quiet_after_its_last_touch_but_at_most_longest_after_its_first(touches):
    groups = pending()
    now = last = first = 100.0
    groups.touch("a", now, 1)
    for pause, calm in touches:
        now += pause
        last = last if calm else now
        entry = groups.touch("a", now, 1, calm=calm)
        assert (entry.first, entry.last) == (first, last)
        assert groups.next_due() == entry.due == min(first + LONGEST, last + QUIET)


def test_a_calm_touch_puts_off_nothing():
    groups = pending()
    groups.touch("a", 10.0, 1)
    groups.touch("a", 10.2, 1, calm=True)
    assert groups.next_due() == 10.0 + QUIET
    groups.touch("b", 10.1, 1, calm=True)
    assert groups.entry("b").due == 10.1 + QUIET


def test_a_touch_that_is_told_late_makes_nothing_seem_younger_or_calmer_than_it_is():
    groups = pending()
    groups.touch("a", 10.0, 1)
    entry = groups.touch("a", 9.0, 1)
    assert (entry.first, entry.last, entry.due) == (9.0, 10.0, 10.0 + QUIET)


def test_a_group_that_is_due_is_not_put_off_by_a_touch():
    groups = pending()
    groups.touch("a", 10.0, 1)
    groups.promote(10.5)
    groups.touch("a", 10.6, 1)
    assert groups.next_due() == 10.0 + QUIET
    assert taken(groups, 10.6) == ["a"]


def test_what_is_clean_is_never_due_and_becomes_dirty_anew():
    groups = pending()
    groups.touch("a", 10.0, 1)
    groups.clean("a")
    groups.clean("never known")
    assert (groups.next_due(), len(groups), "a" in groups, groups.entry("a")) == (None, 0, False, None)
    assert groups.touch("a", 20.0, 1).first == 20.0
    assert (groups.next_due(), list(groups)) == (20.0 + QUIET, ["a"])


def test_what_became_ready_and_then_clean_wakes_nobody():
    groups = pending()
    groups.touch("a", 10.0, 1)
    groups.touch("b", 11.0, 1)
    groups.promote(10.5)
    groups.clean("a")
    assert groups.next_due() == 11.0 + QUIET


def test_the_next_group_that_is_not_ready_is_known_beside_those_that_are():
    groups = pending()
    groups.touch("a", 10.0, 1)
    groups.promote(10.5)
    assert groups.next_unready() is None
    groups.touch("b", 11.0, 1)
    assert (groups.next_due(), groups.next_unready()) == (10.0 + QUIET, 11.0 + QUIET)


# In which order


def test_due_groups_go_by_size_of_cause_then_due_then_name():
    groups = pending()
    for name, now, cause in (("e", 1.0, MANY), ("d", 1.1, FEW), ("c", 1.0, FEW), ("b", 1.0, FEW), ("a", 1.2, MANY)):
        groups.touch(name, now, cause)
    assert offered(groups, 2.0) == ["b", "c", "d", "e", "a"]


def test_what_is_older_than_twice_longest_goes_first_and_the_oldest_of_it_before_all():
    groups = pending()
    for name, now, cause in (("young", 3.0, 1), ("old", 1.0, MANY), ("older", 0.5, 2 * MANY), ("oldest", 0.0, 3 * MANY)):
        groups.touch(name, now, cause)
    assert offered(groups, 3.0 + QUIET) == ["young", "old", "older", "oldest"]
    assert offered(groups, 0.5 + 2 * LONGEST) == ["oldest", "older", "young", "old"]


def test_groups_that_are_not_due_come_last_and_only_where_riding_is_allowed():
    groups = pending()
    for name, now in (("late", 10.2), ("later", 10.3), ("due", 9.0)):
        groups.touch(name, now, 1)
    assert offered(groups, 10.3) == ["due"]
    assert offered(groups, 10.3, early=True) == ["due", "late", "later"]


def test_a_smaller_cause_moves_a_group_forward_even_when_it_is_due_already():
    groups = pending()
    groups.touch("a", 1.0, MANY)
    groups.touch("b", 1.0, MANY)
    groups.promote(2.0)
    groups.touch("b", 2.0, FEW)
    groups.touch("b", 2.0, MANY)
    groups.touch("d", 1.0, MANY)
    groups.touch("d", 1.0, FEW + 1)
    assert offered(groups, 2.0) == ["b", "d", "a"]
    assert taken(groups, 2.0) == ["b", "d", "a"]
    assert taken(groups, 2.0) == []


def test_a_bounded_number_of_groups_becomes_due_per_call_and_none_is_lost():
    groups = pending()
    count = 2 * PROMOTED_AT_ONCE + 5
    for number in range(count):
        groups.touch(f"{number:05}", 1.0, MANY)
    assert [groups.promote(2.0), groups.promote(2.0), groups.promote(2.0)] == [True, True, False]
    assert len(taken(groups, 2.0)) == count


# What becomes of the offered


def test_what_is_taken_is_clean_and_what_is_skipped_is_as_it_was():
    groups = pending()
    for name in "abc":
        groups.touch(name, 1.0, 1)
    answers = {"a": Answer.TAKE, "b": Answer.SKIP, "c": Answer.STOP}
    assert offered(groups, 2.0, answer=answers.__getitem__) == ["a", "b", "c"]
    assert sorted(groups) == ["b", "c"]
    assert offered(groups, 2.0) == ["b", "c"]


def test_after_a_stop_nothing_more_is_offered_whichever_queue_said_it():
    for stop in ("old", "due", "undue"):
        groups = pending()
        groups.touch("old", 1.0, MANY)
        groups.touch("due", 9.0, 1)
        groups.touch("undue", 10.0, 1)
        names = offered(groups, 10.0, early=True, answer=lambda name, stop=stop: Answer.STOP if name == stop else Answer.SKIP)
        assert names == ["old", "due", "undue"][: names.index(stop) + 1]
        assert names[-1] == stop


def test_nobody_is_offered_twice_in_one_cut():
    groups = pending()
    groups.touch("a", 1.0, 1)
    assert offered(groups, 10.0, early=True) == ["a"]


# What comes back


def test_a_group_whose_batch_came_to_nothing_is_as_dirty_as_it_was():
    groups = pending()
    entry = groups.touch("a", 1.0, 7)
    entry.causes = ("HTTPRoute a/b",)
    assert taken(groups, 2.0) == ["a"]
    groups.resume(entry)
    back = groups.entry("a")
    assert (back.first, back.last, back.due, back.cause, back.causes) == (1.0, 1.0, 1.0 + QUIET, 7, ("HTTPRoute a/b",))
    assert groups.next_due() == 1.0 + QUIET
    assert taken(groups, 2.0) == ["a"]


def test_a_group_that_rode_early_can_be_made_due_now_but_never_later_than_it_was():
    groups = pending()
    entry = groups.touch("a", 1.0, 1)
    assert taken(groups, 1.0, early=True) == ["a"]
    groups.resume(entry, due=1.1)
    assert groups.next_due() == 1.1
    entry = groups.entry("a")
    assert taken(groups, 2.0) == ["a"]
    groups.resume(entry, due=2.0)
    assert groups.next_due() == 1.1


def test_what_is_kept_apart_is_dirty_and_neither_due_nor_offered_until_it_is_touched():
    groups = pending()
    entry = groups.touch("a", 10.0, 1)
    assert taken(groups, 11.0) == ["a"]
    groups.resume(entry, due=11.0, apart=True)
    assert ("a" in groups, groups.next_due(), offered(groups, 20.0, early=True)) == (True, None, [])
    groups.touch("a", 20.0, 1)
    assert offered(groups, 30.0) == ["a"]


def test_a_touch_during_flight_is_kept_and_joins_what_comes_back():
    groups = pending()
    entry = groups.touch("a", 1.0, 7)
    taken(groups, 2.0)
    entry.causes = ("first", "second")
    groups.touch("a", 3.0, 2).causes = ("second", "third", "fourth")
    groups.resume(entry)
    back = groups.entry("a")
    assert back.causes == ("first", "second", "third")
    assert (len(groups), back.first, back.last, back.due, back.cause) == (1, 1.0, 3.0, 1.0 + QUIET, 2)
    assert taken(groups, 5.0) == ["a"]
    assert taken(groups, 50.0, early=True) == []


# Everything at once, beside a model that sorts


class Model:
    """The rules in plain: a list of groups, sorted anew for every cut."""

    def __init__(self):
        self.groups = {}

    def touch(self, name, now, cause, *, calm):
        group = self.groups.setdefault(name, {"first": now, "last": now, "cause": cause, "ready": False})
        group["cause"] = min(group["cause"], cause)
        group["last"] = group["last"] if calm else now
        if not group["ready"]:
            group["due"] = min(group["first"] + LONGEST, group["last"] + QUIET)

    def order(self, now, *, early):
        for group in self.groups.values():
            group["ready"] = group["ready"] or group["due"] <= now
        ready = [name for name, group in self.groups.items() if group["ready"]]
        old = [name for name in ready if self.groups[name]["first"] <= now - 2 * LONGEST]
        old.sort(key=lambda name: (self.groups[name]["first"], name))
        others = sorted(set(ready) - set(old), key=lambda name: (self.groups[name]["cause"], self.groups[name]["due"], name))
        undue = sorted(set(self.groups) - set(ready), key=lambda name: (self.groups[name]["due"], name))
        return [*old, *others, *(undue if early else ())]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), st.sampled_from("abcdef"), st.sampled_from([1, 2, 10, MANY]), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([0.125, 0.25, 0.5, 1.0, 4.0])),
        st.tuples(st.just("clean"), st.sampled_from("abcdef")),
        st.tuples(st.just("cut"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("skip"), st.booleans()),
    ),
    max_size=40,
)


@given(STEPS)
def test_every_history_gives_the_order_of_the_rules(steps):
    groups, model, now = pending(), Model(), 100.0
    for step in steps:
        match step:
            case ("touch", name, cause, calm):
                groups.touch(name, now, cause, calm=calm)
                model.touch(name, now, cause, calm=calm)
            case ("wait", seconds):
                now += seconds
            case ("clean", name):
                groups.clean(name)
                model.groups.pop(name, None)
            case ("cut", room, early):
                going = model.order(now, early=early)[:room]
                left = iter(range(room))
                names = offered(
                    groups, now, early=early, answer=lambda _, left=left: Answer.STOP if next(left, None) is None else Answer.TAKE
                )
                assert names[:room] == going
                for name in going:
                    del model.groups[name]
            case ("skip", early):
                assert offered(groups, now, early=early) == model.order(now, early=early)
        assert set(groups) == set(model.groups)
        due = groups.next_due()
        assert (due is None) == (not model.groups)
        waiting = [group["due"] for group in model.groups.values()]
        assert due is None or due == min(waiting) or (due <= now and min(waiting) <= now)
        past = [moment for moment in waiting if moment <= now]
        since = groups.due_since(now)
        assert (since is None) == (not past)
        # The group that became dirty first need not be the one that is due first, but nearly.
        assert since is None or min(past) <= since <= min(past) + LONGEST
