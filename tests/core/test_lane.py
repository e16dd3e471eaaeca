"""A zone's batches: cut at the moment they may leave, of whole groups in the rules' order, within limits and budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.batch import fits, weight_of
from dnsguard.core.lane import SKIPS, Lane, grows, rides
from dnsguard.core.ledger import key_of, keys_of
from dnsguard.core.pending import PROMOTED_AT_ONCE
from dnsguard.core.plan import NOTHING, Plan
from dnsguard.model.changes import Create, Delete, ListRecords, Page, Replace, Upsert
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Debounce

NOW, QUIET, LONGEST = 100.0, 0.2, 2.0
PLENTY = (1e9, True)
A, B, C, D = (f"{letter}.example.com" for letter in "abcd")


def record(name, value="192.0.2.1", kind="A"):
    return RecordSet(name, kind, ttl=300, values=(value,))


def title(name):
    return RecordSet(f"a-{name}", "TXT", ttl=300, values=("heritage=external-dns",))


def creation(name, count=1):
    return ((Create(record(name)), Create(title(name))),) * count


def deletion(name):
    return ((Delete(Stored(record(name))), Delete(Stored(title(name)))),)


def replacement(name):
    return ((Replace(Stored(record(name)), record(name, "192.0.2.2")), Replace(Stored(title(name)), title(name))),)


def lane_of(*, known=True):
    lane = Lane(Zone("Z1", "example.com", private=False, entry=0), 3, Debounce())
    if known:
        lane.reading.take_in(Page(()))
    return lane


def want(lane, name, units, now=NOW, cause=1):
    state = lane.state(name)
    state.plan = Plan(units, weight_of(units))
    state.sends, state.rides = bool(units), rides(units)
    return lane.pending.touch(name, now, cause)


def cut(lane, now, room=PLENTY, *, queued=(), ride=True):
    """Return the names of the batch that is cut, and let it leave."""
    flight = lane.cut(now, room, queued.__contains__, ride=ride)
    if flight is None:
        return None
    lane.leave(flight)
    return [part.entry.name for part in flight.parts]


def land(lane):
    """Have the batch in flight carried out."""
    lane.flight = None
    lane.landed()


# When


def test_a_zone_that_was_not_read_is_not_written():
    lane = lane_of(known=False)
    want(lane, A, creation(A))
    assert lane.write_from() is None


def test_a_group_leaves_when_it_is_due_and_the_zone_may_be_written():
    lane = lane_of()
    assert lane.write_from() is None
    want(lane, A, creation(A))
    assert lane.write_from() == NOW + QUIET
    lane.write_at = NOW + 50
    assert lane.write_from() == NOW + 50


def test_at_most_one_write_is_in_flight_and_none_beside_one_in_doubt():
    lane = lane_of()
    want(lane, A, creation(A))
    assert cut(lane, NOW + 1) == [A]
    want(lane, B, creation(B))
    assert lane.write_from() is None
    lane.flight, lane.in_doubt = None, lane.flight
    assert lane.write_from() is None
    lane.in_doubt = None
    lane.landed()
    assert lane.write_from() == NOW + QUIET


def test_one_read_at_a_time_and_that_of_a_doubt_after_its_deadline():
    lane = lane_of(known=False)
    lane.read_at = 5.0
    assert lane.read_from() == 5.0
    lane.reading.next_call()
    assert lane.read_from() is None
    lane.reading.take_in(Page(()))
    assert lane.read_from() is None
    want(lane, A, creation(A))
    cut(lane, NOW)
    lane.flight, lane.in_doubt, lane.probe_at = None, lane.flight, 200.0
    assert lane.read_from() == 200.0
    lane.read_at = 300.0
    assert lane.read_from() == 300.0


# What goes along


@pytest.mark.parametrize(
    ("units", "riding"),
    [
        (creation(A), True),
        (deletion(A), True),
        (creation(A) + creation(B), True),
        (replacement(A), False),
        (creation(A) + deletion(B), False),
        (((Upsert(Stored(record(A)), record(A)),),), False),
        (((Create(record(A)), Replace(Stored(title(A)), title(A))),), True),
        (((Delete(Stored(title(A))),),), True),
        (((Replace(Stored(title(A)), title(A)),),), False),
        (((Delete(Stored(record(A))), Create(record(A, "lb.example.net", "CNAME"))),), False),
    ],
)
def test_what_only_creates_or_only_deletes_may_leave_before_it_is_due(units, riding):
    assert rides(units) is riding


def test_what_is_not_due_rides_along_with_what_is_but_no_replacement_does():
    lane = lane_of()
    want(lane, A, replacement(A))
    for name, units in ((B, creation(B)), (C, replacement(C)), (D, deletion(D))):
        want(lane, name, units, NOW + 1)
    assert cut(lane, NOW + 1) == [A, B, D]
    assert list(lane.pending) == [C]


def test_without_riding_only_what_is_due_goes():
    lane = lane_of()
    want(lane, A, creation(A))
    want(lane, B, creation(B), NOW + 1)
    assert cut(lane, NOW + 1, ride=False) == [A]


def test_what_came_in_while_waiting_for_a_token_leaves_with_the_batch():
    lane = lane_of()
    want(lane, A, replacement(A))
    want(lane, B, replacement(B), NOW + 5)
    assert cut(lane, NOW + 5 + QUIET) == [A, B]


def test_groups_of_which_nothing_is_to_be_sent_are_clean():
    lane = lane_of()
    lane.pending.touch(A, NOW, 1)
    want(lane, B, ())
    want(lane, C, creation(C))
    assert cut(lane, NOW + 1) == [C]
    assert not lane.pending


def test_a_group_with_a_contributor_still_to_be_resolved_is_not_cut():
    lane = lane_of()
    want(lane, A, creation(A))
    want(lane, B, creation(B))
    assert cut(lane, NOW + 1, queued={A}) == [B]
    land(lane)
    assert cut(lane, NOW + 1) == [A]


@pytest.mark.parametrize("name", [A, f"a-{A}"])
def test_a_group_is_not_cut_while_a_name_that_it_touches_is_unknown(name):
    lane = lane_of()
    want(lane, A, creation(A))
    want(lane, B, creation(B))
    lane.reading.doubt([name], {})
    assert cut(lane, NOW + 1) == [B]


def test_a_zone_of_which_nothing_can_go_wakes_nobody_until_something_new_is_due():
    """What stalls is waited for elsewhere; a group that becomes due meanwhile does not wait for it."""
    lane = lane_of()
    want(lane, A, creation(A))
    lane.reading.doubt([A], {})
    assert cut(lane, NOW + 1) is None
    assert lane.stalled
    assert lane.write_from() is None
    want(lane, B, replacement(B), NOW + 1)
    assert lane.write_from() == NOW + 1 + QUIET
    assert cut(lane, NOW + 1 + QUIET) == [B]
    land(lane)
    assert lane.write_from() == NOW + QUIET


def test_a_cut_passes_over_a_bounded_number_of_groups():
    lane = lane_of()
    names = [f"n{number:04}" for number in range(SKIPS + 1)]
    for name in names:
        want(lane, name, creation(name))
    asked = []

    def queued(name):
        asked.append(name)
        return True

    assert lane.cut(NOW + 1, PLENTY, queued, ride=True) is None
    assert len(asked) == SKIPS
    assert len(lane.pending) == SKIPS + 1


# In which order


def test_a_small_change_leaves_in_the_next_batch_although_thousands_of_groups_were_due_before():
    """Whether its name is one of them or not."""
    lane = lane_of()
    count = 2 * PROMOTED_AT_ONCE + 500
    for number in range(count):
        want(lane, f"n{number:05}", creation(f"n{number:05}"), cause=count)
    want(lane, "small", replacement("small"), NOW + 1)
    want(lane, f"n{count - 1:05}", creation("small"), NOW + 1, cause=1)
    calls = 1
    while (names := cut(lane, NOW + 1 + QUIET)) is None:
        assert (lane.stalled, lane.need) == (False, 0)
        assert lane.write_from() <= NOW + 1 + QUIET
        calls += 1
    assert calls == 3
    assert {"small", f"n{count - 1:05}"} <= set(names)


def test_what_waited_for_twice_longest_goes_before_small_changes():
    lane = lane_of()
    for name, units, now, cause in ((A, creation(A, 400), NOW, 10_000), (B, creation(B, 400), NOW + 2 * LONGEST - 1, 1)):
        want(lane, name, units, now, cause)
    assert cut(lane, NOW + 2 * LONGEST - 0.1) == [B]
    lane = lane_of()
    for name, units, now, cause in ((A, creation(A, 400), NOW, 10_000), (B, creation(B, 400), NOW + 2 * LONGEST - 1, 1)):
        want(lane, name, units, now, cause)
    assert cut(lane, NOW + 2 * LONGEST) == [A]


# Limits and budget


def test_a_batch_is_filled_to_the_limits_of_one_call_and_the_rest_follows():
    lane = lane_of()
    names = [f"n{number:04}" for number in range(1200)]
    for name in names:
        want(lane, name, creation(name))
    assert [cut(lane, NOW + 1), land(lane), cut(lane, NOW + 1), land(lane), cut(lane, NOW + 1)][::2] == [
        names[:500],
        names[500:1000],
        names[1000:],
    ]


def test_a_group_beyond_the_limits_goes_alone_and_in_parts_between_its_record_sets():
    lane = lane_of()
    want(lane, A, creation(A))
    want(lane, B, creation(B, 1100), cause=2)
    assert cut(lane, NOW + 1) == [A]
    land(lane)
    flight = lane.cut(NOW + 1, PLENTY, lambda _: False, ride=True)
    (part,) = flight.parts
    assert (part.entry.name, part.units, part.whole) == (B, creation(B, 500), False)
    assert fits(flight.weight)
    lane.leave(flight)
    assert lane.finish(part) is False


def test_no_part_of_a_group_beyond_the_limits_shares_a_call_although_it_would_fit():
    lane = lane_of()
    large = RecordSet(B, "AAAA", ttl=300, values=tuple(f"2001:db8::{number:x}" for number in range(999)))
    want(lane, A, creation(A))
    want(lane, B, (*creation(B), (Create(large),)), cause=2)
    assert cut(lane, NOW + 1) == [A]
    land(lane)
    assert cut(lane, NOW + 1) == [B]
    assert not lane.flight.parts[0].whole


def test_a_batch_is_cut_smaller_where_the_budget_is_short():
    lane = lane_of()
    for name in (A, B, C):
        want(lane, name, creation(name))
    assert cut(lane, NOW + 1, (5.0, False)) == [A, B]
    assert lane.need == 0
    land(lane)
    assert cut(lane, NOW + 1, (1.0, False)) is None
    assert (lane.need, lane.stalled) == (2, False)
    assert cut(lane, NOW + 1, (2.0, False)) == [C]
    assert lane.need == 0


def test_a_batch_is_never_smaller_than_one_group_which_a_full_bucket_pays_for():
    lane = lane_of()
    for name in (A, B):
        want(lane, name, creation(name, 5))
    assert cut(lane, NOW + 1, (4.0, False)) is None
    assert lane.need == 10
    assert cut(lane, NOW + 1, (4.0, True)) == [A]


GROUPS = st.lists(st.tuples(st.sampled_from([1, 2, 90, 300, 600]), st.sampled_from([1, 2, 50]), st.floats(0, 3)), max_size=12)


@settings(max_examples=60)
@given(GROUPS, st.lists(st.tuples(st.sampled_from([1.0, 3.0, 150.0, 2000.0]), st.booleans()), min_size=1, max_size=8))
def test_every_batch_keeps_the_limits_and_the_budget_and_in_the_end_everything_was_sent_once(groups, rooms):
    lane = lane_of()
    plans = {f"n{number}": creation(f"n{number}", count) for number, (count, _, _) in enumerate(groups)}
    for (name, units), (_, cause, at) in zip(plans.items(), groups, strict=True):
        want(lane, name, units, NOW + at, cause)
    sent = dict.fromkeys(plans, 0)
    for room, full in [*rooms, *[PLENTY] * 20]:
        flight = lane.cut(NOW + 10, (room, full), lambda _: False, ride=True)
        if flight is None:
            assert lane.need > room or not lane.pending
            continue
        lane.leave(flight)
        assert fits(flight.weight)
        assert flight.weight == weight_of([unit for part in flight.parts for unit in part.units])
        assert flight.weight.changes <= room or (full and len(flight.parts) == 1)
        assert flight.changes == tuple(change for part in flight.parts for unit in part.units for change in unit)
        for part in flight.parts:
            sent[part.entry.name] += len(part.units)
            rest = plans[part.entry.name][sent[part.entry.name] :]
            assert part.whole is (not rest)
            if rest:
                want(lane, part.entry.name, rest)
        land(lane)
    assert sent == {name: len(units) for name, units in plans.items()}
    assert not lane.pending


# Halves of a refused batch


def halved(lane, *names, units=creation):
    for name in names:
        entry = want(lane, name, units(name))
        lane.pending.resume(entry, due=NOW, apart=True)
    lane.halving.halve(names)


def test_the_halves_of_a_refused_batch_leave_apart_and_before_they_are_due():
    lane = lane_of()
    halved(lane, A, B, C)
    assert cut(lane, NOW) == [A]
    land(lane)
    assert cut(lane, NOW) == [B, C]
    land(lane)
    assert cut(lane, NOW) is None
    assert not lane.pending


def test_halves_take_turns_with_what_is_due_and_nothing_rides_with_either():
    lane = lane_of()
    halved(lane, A, B)
    want(lane, C, creation(C), NOW - 10)
    want(lane, D, creation(D))
    for expected in ([A], [C], [B], [D]):
        assert cut(lane, NOW) == expected
        land(lane)


def test_a_half_does_not_wait_until_its_groups_are_due_again():
    lane = lane_of()
    halved(lane, A, B, units=replacement)
    assert cut(lane, NOW) == [A]


def test_a_half_waits_for_the_tokens_of_all_of_it_and_then_goes_whole():
    lane = lane_of()
    halved(lane, A, B, C, D)
    assert cut(lane, NOW, (3.0, False)) is None
    assert lane.need == 4
    assert cut(lane, NOW, (4.0, False)) == [A, B]
    land(lane)
    assert cut(lane, NOW, (3.0, True)) == [C]
    land(lane)
    assert cut(lane, NOW, (2.0, True)) == [D]


def test_halves_that_have_to_wait_keep_nothing_else_from_leaving_and_are_woken_in_time():
    lane = lane_of()
    halved(lane, A, B)
    want(lane, C, creation(C), NOW - 10)
    lane.halving.not_before = NOW + 60
    assert cut(lane, NOW) == [C]
    land(lane)
    assert cut(lane, NOW + 1) is None
    assert lane.write_from() == NOW + 60
    assert cut(lane, NOW + 60) == [A]


def test_what_was_refused_before_goes_apart_from_what_was_not():
    lane = lane_of()
    for name in (A, B, C, D):
        want(lane, name, creation(name))
    for name in (B, D):
        lane.states[name].quarantine(creation(name), "why", NOW)
    assert cut(lane, NOW + 1) == [A, C]
    land(lane)
    assert cut(lane, NOW + 1) == [B, D]


def test_a_half_of_which_nothing_is_left_to_send_is_passed_over():
    lane = lane_of()
    halved(lane, A, B)
    lane.pending.clean(A)
    lane.states[B].sends = False
    want(lane, C, creation(C))
    assert cut(lane, NOW + 1) == [C]
    assert not lane.halving
    assert not lane.pending


def test_what_cannot_go_with_its_half_goes_with_the_others_later():
    lane = lane_of()
    halved(lane, A, B, C, D)
    assert cut(lane, NOW, queued={A}) == [B]
    land(lane)
    assert cut(lane, NOW) == [A]
    land(lane)
    assert cut(lane, NOW) == [C, D]


# In flight, and after


def test_while_a_batch_is_in_flight_its_groups_and_names_are_known():
    lane = lane_of()
    want(lane, A, replacement(A))
    lane.reading.doubt(["x"], {})
    assert cut(lane, NOW + 1) == [A]
    assert (lane.aloft, lane.flight.left) == ({A}, NOW + 1)
    assert lane.flight.parts[0].names() == {A, f"a-{A}"}
    land(lane)
    assert lane.aloft == set()


def test_a_name_in_flight_disturbs_the_read_of_its_txt():
    lane = lane_of()
    want(lane, A, creation(A))
    lane.reading.doubt([f"a-{B}"], {})
    cut(lane, NOW + 1)
    lane.reading.doubt([f"a-{A}"], {})
    assert [lane.reading.next_call(), lane.reading.take_in(Page(()))][1] == (f"a-{B}",)
    assert isinstance(lane.reading.next_call(), ListRecords)
    land(lane)
    assert lane.reading.take_in(Page(())) == ()
    assert list(lane.ledger.unknown) == [f"a-{A}"]


def test_what_is_told_of_a_batch_is_since_when_its_groups_waited_and_why():
    lane = lane_of()
    want(lane, A, creation(A)).causes = ("HTTPRoute team/r1",)
    cut(lane, NOW + 1)
    (carried,) = lane.flight.carried()
    assert (carried.name, carried.first, carried.due, carried.changes, carried.causes) == (
        A,
        NOW,
        NOW + QUIET,
        creation(A)[0],
        ("HTTPRoute team/r1",),
    )


def test_a_group_that_was_carried_out_in_full_is_forgotten():
    lane = lane_of()
    want(lane, A, creation(A))
    lane.state(A).quarantine(creation(A), "why", 5.0)
    cut(lane, NOW + 1)
    assert lane.finish(lane.flight.parts[0]) is True
    assert lane.states == {}


def test_a_group_of_which_more_is_known_is_not_finished():
    for spoil in ("touched", "grace", "verdict", "other plan"):
        lane = lane_of()
        want(lane, A, creation(A))
        cut(lane, NOW + 1)
        match spoil:
            case "touched":
                lane.pending.touch(A, NOW + 2, 1)
            case "grace":
                lane.graces[A] = {key_of(record(A)): 500.0}
            case "verdict":
                verdict = Verdict("Z1", A, "", "", Reason.HELD, "text", "way out")
                lane.states[A].plan = Plan(creation(A), verdicts=(verdict,))
            case _:
                lane.states[A].plan = Plan(deletion(A))
        assert lane.finish(lane.flight.parts[0]) is False
        assert A in lane.states


def test_a_state_is_kept_as_long_as_there_is_something_to_say():
    verdict = Verdict("Z1", A, "", "", Reason.HELD, "text", "way out")
    for field, value in (
        ("plan", Plan(creation(A))),
        ("plan", Plan(graces=(key_of(record(A)),))),
        ("verdicts", (verdict,)),
        ("refused", creation(A)),
        ("suspect", creation(A)),
    ):
        lane = lane_of()
        setattr(lane.state(A), field, value)
        lane.tidy(A)
        assert A in lane.states
        setattr(lane.state(A), field, NOTHING if field == "plan" else ())
        lane.tidy(A)
        lane.tidy(A)
        assert A not in lane.states


def test_a_quarantine_takes_the_place_of_a_suspicion_and_is_forgiven_whole():
    state = lane_of().state(A)
    state.suspect = creation(A)
    state.quarantine(creation(A), "why", 5.0)
    state.quarantine(creation(A), "why not", 6.0)
    assert (state.refused, state.suspect, state.failures, state.why, state.retry_at) == (creation(A), None, 2, "why not", 6.0)
    state.forgive()
    assert (state.refused, state.suspect, state.failures) == (None, None, 0)


def test_parked_creations_are_planned_again_when_there_is_room():
    lane = lane_of()
    lane.parked = {B: None, A: None}
    lane.full_until, lane.full_failures = 500.0, 2
    lane.unpark()
    assert [lane.unplanned.pop(), lane.unplanned.pop()] == [B, A]
    assert (lane.parked, lane.full_until, lane.full_failures) == ({}, 0.0, 0)


@pytest.mark.parametrize(
    ("units", "growing"),
    [
        (creation(A), True),
        (deletion(A), False),
        (replacement(A), False),
        (creation(A) + deletion(B), False),
        (creation(A, 2) + deletion(B), True),
    ],
)
def test_what_creates_more_than_it_deletes_grows(units, growing):
    assert grows(units) is growing


def test_a_change_concerns_the_keys_of_both_its_sides():
    old, new = Stored(record(A)), record(B)
    keys = [keys_of(change) for change in (Create(new), Delete(old), Replace(old, new), Upsert(old, new))]
    assert keys == [(key_of(new),), (key_of(old.value),), (key_of(old.value), key_of(new)), (key_of(old.value), key_of(new))]
