"""The breaker trips on many deletions, of one moment or of a drip, and lets go by approval or recovery alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.breaker import Breaker, Turn, checksum_of
from dnsguard.core.patterns import Patterns
from dnsguard.model.settings import Deletes, Duration


def names(count, start=0):
    return [f"n{number}.example.com" for number in range(start, start + count)]


def breaker(owned=100, **settings):
    made = Breaker(Deletes(**settings), Patterns(settings.get("exempt", ())))
    for name in names(owned):
        made.own(name, ours=True)
    return made


def judged(made, to_judge, now):
    return made.judge(now) if to_judge else Turn.NONE


def doom(made, some, now=0.0):
    return [judged(made, made.doom(name, now), now) for name in some]


def spare(made, some, now=0.0):
    return [judged(made, made.spare(name, now), now) for name in some]


@pytest.mark.parametrize(
    ("owned", "settings", "limit"),
    [
        (100, {}, 10),
        (1000, {}, 50),
        (5, {}, 3),
        (0, {}, 3),
        (1000, {"cap": 0}, 100),
        (1000, {"share": 1.0, "cap": 0}, 1000),
        (1000, {"share": 1.0}, 50),
        (1000, {"share": 0.0, "always": 0}, 0),
        (10, {"share": 0.3}, 3),
    ],
)
def test_the_limit_is_the_smaller_of_share_and_cap_and_never_below_always(owned, settings, limit):
    assert breaker(owned, **settings).limit() == limit


def test_it_trips_with_the_name_that_is_one_too_many_and_parks_them_all():
    made = breaker()
    turns = doom(made, names(11))
    assert turns == [*[Turn.NONE] * 10, Turn.TRIPPED]
    assert all(made.parks(name) for name in names(11))
    assert made.parked() == sorted(names(11))
    assert doom(made, names(5, 11)) == [Turn.NONE] * 5
    assert len(made.parked()) == 16


def test_nothing_is_parked_within_the_limit():
    made = breaker()
    doom(made, names(10))
    assert (made.parked(), made.parks(names(1)[0])) == ([], False)


def test_a_drip_is_noticed_by_what_was_deleted_within_the_window():
    made = breaker()
    tripped = None
    for number, name in enumerate(names(100)):
        now = number * 50.0
        if doom(made, [name], now) == [Turn.TRIPPED]:
            tripped = number
            break
        made.gone(name, now)
        made.own(name, ours=False)
        made.spare(name, now)
    assert tripped == 10


def test_what_was_deleted_before_the_window_does_not_count():
    made = breaker(window=Duration(600.0))
    for number, name in enumerate(names(60)):
        now = number * 61.0
        assert doom(made, [name], now) == [Turn.NONE]
        made.gone(name, now)
        made.spare(name, now)


def test_nothing_ages_while_it_is_tripped():
    made = breaker()
    for name in names(8):
        made.doom(name, 0.0)
        made.gone(name, 0.0)
        made.spare(name, 0.0)
    doom(made, names(3, 8), 1.0)
    assert doom(made, ["n50.example.com"], 10_000.0) == [Turn.NONE]
    assert len(made.parked()) == 4


def test_names_that_are_deleted_and_not_yet_planned_anew_count_once():
    made = breaker()
    doom(made, names(6))
    for name in names(6):
        made.gone(name, 1.0)
    assert (made.count(1.0), made.limit()) == (6, 10)
    assert spare(made, names(6), 1.0) == [Turn.NONE] * 6
    assert made.count(1.0) == 6


def test_a_name_that_was_deleted_and_is_to_be_deleted_again_counts_once():
    made = breaker()
    doom(made, names(1))
    made.gone(names(1)[0], 1.0)
    made.own(names(1)[0], ours=False)
    made.spare(names(1)[0], 1.0)
    made.own(names(1)[0], ours=True)
    doom(made, names(1), 2.0)
    assert (made.count(2.0), made.limit()) == (1, 10)


def test_it_is_released_when_nothing_waits_although_what_was_deleted_exceeds_the_limit():
    made = breaker()
    doom(made, names(10))
    for name in names(10):
        made.gone(name, 0.0)
        made.own(name, ours=False)
        made.spare(name, 0.0)
    for name in names(80, 10):
        made.own(name, ours=False)
    assert doom(made, names(1, 95), 1.0) == [Turn.TRIPPED]
    made.approve(2.0)
    assert made.tripped_at is None
    assert doom(made, names(1, 96), 700.0) == [Turn.NONE]


def test_what_was_deleted_before_the_window_does_not_keep_what_is_left_after_a_recall():
    made = breaker()
    for name in names(10):
        made.doom(name, 0.0)
        made.gone(name, 0.0)
        made.spare(name, 0.0)
    assert doom(made, names(2, 10), 1.0)[0] is Turn.TRIPPED
    assert spare(made, ["n10.example.com"], 10_000.0) == [Turn.RELEASED]


def test_exempt_names_are_owned_and_do_not_count():
    made = breaker(exempt=("*.preview.example.com",))
    made.own("a.preview.example.com", ours=True)
    assert (made.owned, made.owns("a.preview.example.com")) == (100, True)


def test_a_route_that_gives_up_one_name_for_another_never_counts_with_both():
    made = breaker()
    doom(made, names(10))
    made.doom("n50.example.com", 1.0)
    made.spare("n0.example.com", 1.0)
    assert (made.judge(1.0), made.count(1.0)) == (Turn.NONE, 10)


def test_recovery_releases_it_once_the_rest_is_within_the_limit():
    made = breaker()
    doom(made, names(15))
    turns = spare(made, names(15), 60.0)
    assert turns == [*[Turn.NONE] * 4, Turn.RELEASED, *[Turn.NONE] * 10]


def test_it_is_released_when_nothing_is_left_to_park_although_the_zone_shrank_meanwhile():
    made = breaker(40)
    for name in names(4):
        made.doom(name, 0.0)
        made.gone(name, 0.0)
        made.own(name, ours=False)
        made.spare(name, 0.0)
    assert doom(made, names(2, 10), 1.0)[0] is Turn.TRIPPED
    for name in names(20, 20):
        made.own(name, ours=False)
    assert spare(made, names(2, 10), 2.0) == [Turn.NONE, Turn.RELEASED]
    assert doom(made, ["n10.example.com"], 3.0) == [Turn.TRIPPED]
    spare(made, ["n10.example.com"], 4.0)
    assert doom(made, ["n10.example.com"], 10_000.0) == [Turn.NONE]


def test_an_approval_is_for_what_is_pending_and_later_names_are_judged_anew():
    made = breaker()
    doom(made, names(20))
    made.approve(1.0)
    assert made.parked() == []
    assert doom(made, names(10, 20), 2.0) == [Turn.NONE] * 10
    assert doom(made, ["n40.example.com"], 2.0) == [Turn.TRIPPED]
    assert not any(made.parks(name) for name in names(20))
    assert made.parks("n40.example.com")


def test_an_approval_for_a_while_also_covers_so_many_that_come_later():
    made = breaker()
    doom(made, names(20))
    made.approve(1.0, most=25, until=100.0)
    assert doom(made, names(16, 20), 50.0).count(Turn.TRIPPED) == 1
    assert len(made.parked()) == 11
    late = breaker()
    late.approve(1.0, most=25, until=100.0)
    assert doom(late, names(11), 101.0)[-1] is Turn.TRIPPED


def test_what_is_claimed_again_loses_its_approval():
    made = breaker()
    doom(made, names(20))
    made.approve(1.0)
    made.spare("n0.example.com", 2.0)
    doom(made, [*names(10, 20), "n0.example.com"], 3.0)
    assert made.parks("n0.example.com")


def test_exempt_names_are_neither_counted_nor_parked():
    made = breaker(exempt=("*.preview.example.com",))
    previews = [f"p{number}.preview.example.com" for number in range(500)]
    for name in previews:
        made.own(name, ours=True)
    assert made.owned == 100
    assert set(doom(made, previews)) == {Turn.NONE}
    doom(made, names(11))
    assert not any(made.parks(name) for name in previews)


def test_a_checksum_is_that_of_the_names():
    assert checksum_of(["a", "b"]) == checksum_of(["b", "a"]) != checksum_of(["a", "c"])
    assert len(checksum_of([])) == 8


def test_a_checksum_is_the_same_after_a_restart_and_that_of_others_after_an_approval():
    made, again = breaker(), breaker()
    doom(made, names(11))
    again.recall(made.tripped_at, made.grant())
    again.recall_names([(name, *made.standing(name)) for name in names(11)], 0.0)
    assert again.checksum == made.checksum == checksum_of(names(11))
    made.approve(0.0)
    doom(made, names(11, start=20))
    assert made.checksum == checksum_of(names(11, start=20))


WHAT = ["doom", "spare", "gone", "own", "lose", "approve", "wait", "restart"]


@given(st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 9)), max_size=80))
def test_what_counts_is_always_what_a_count_by_hand_says(steps):
    def begin():
        return Breaker(Deletes(cap=3, window=Duration(20.0)), Patterns(()))

    made = begin()
    now, waiting, gone, owned = 0.0, set(), {}, set()
    for what, number in steps:
        name = f"n{number}.example.com"
        if what == "doom" and name not in made.pending():
            doom(made, [name], now)
        elif what == "spare":
            spare(made, [name], now)
        elif what == "gone":
            made.gone(name, now)
            gone |= {name: now} if name in waiting else {}
        elif what in {"own", "lose"}:
            made.own(name, ours=what == "own")
            owned = owned | {name} if what == "own" else owned - {name}
        elif what == "approve":
            made.approve(now)
        elif what == "restart":
            before, made = made, begin()
            made.recall(before.tripped_at, before.grant())
            made.recall_names([(each, *before.standing(each)) for each in names(10)], now)
            for each in owned:
                made.own(each, ours=True)
        else:
            now += number
        waiting = set(made.pending())
        inside = {each for each, at in gone.items() if at > now - 20.0}
        late = {each for each in gone if each not in inside}
        assert made.count(now) in range(len(waiting | inside), len(waiting | inside | late) + 1)
        assert made.checksum == (checksum_of(waiting) if made.parked() else "")
        assert made.checksum == (checksum_of(made.parked()) if made.parked() else "")
        assert made.owned == len(owned)


@given(
    st.lists(
        st.tuples(st.sampled_from(["doom", "spare", "delete", "approve", "wait"]), st.integers(0, 29)),
        max_size=120,
    )
)
def test_without_an_approval_never_more_than_the_limit_goes_within_a_window(steps):
    """Invariant: what is deleted unapproved within any window is at most what the limit was."""
    made = breaker(30, cap=5, window=Duration(100.0))
    now, gone = 0.0, []
    for what, number in steps:
        name = f"n{number}.example.com"
        if what == "doom":
            doom(made, [name], now)
        elif what == "spare":
            spare(made, [name], now)
        elif what == "wait":
            now += number
        elif what == "approve" and number == 0:
            made.approve(now)
            gone.clear()
        elif what == "delete" and name in made.pending() and not made.parks(name):
            made.gone(name, now)
            made.own(name, ours=False)
            spare(made, [name], now)
            gone.append(now)
            assert len([at for at in gone if at > now - 100.0]) <= 5
        parked = made.parked()
        assert (made.parked_count, made.checksum) == (len(parked), checksum_of(parked) if parked else "")
        assert made.first_parked(99) == tuple(parked)
