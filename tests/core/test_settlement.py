"""What each outcome of a write does: the table of the rules, row by row."""

import itertools
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.alerts import TOLD_AGAIN
from dnsguard.core.backoff import BUSY, DENIED, FULL, QUARANTINE, UNAVAILABLE
from dnsguard.core.batch import weight_of
from dnsguard.core.lane import Lane, rides
from dnsguard.core.ledger import key_of, keys_of
from dnsguard.core.plan import Plan
from dnsguard.core.settlement import DEADLINE, DENIALS, Settlement
from dnsguard.model.changes import (
    Accepted,
    Busy,
    ChangeInfo,
    Create,
    Cursor,
    Delete,
    ListRecords,
    Page,
    Refusal,
    Refused,
    Replace,
    Throttled,
    Unavailable,
    Uncertain,
    Why,
)
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Debounce

NOW = 100.0
DUE = 100.2
LEFT = 101.0
BACK = 101.5
ACCEPTED = Accepted(ChangeInfo("C1"))
NAMES = ("a.example.com", "b.example.com", "c.example.com", "d.example.com")
A, B, C, D = NAMES


def record(name, value="192.0.2.1"):
    return RecordSet(name, "A", ttl=300, values=(value,))


def title(name):
    return RecordSet(f"a-{name}", "TXT", ttl=300, values=("heritage=external-dns,external-dns/owner=lab",))


def creation(name):
    return ((Create(record(name)), Create(title(name))),)


def replacement(name):
    """A change of the value; the TXT is swapped for an equal one, as proof."""
    return ((Replace(Stored(title(name)), title(name)), Replace(Stored(record(name)), record(name, "192.0.2.2"))),)


def deletion(name):
    return ((Delete(Stored(record(name))), Delete(Stored(title(name)))),)


class Desk:
    """One zone with groups that want to be sent, planned again by the shortest rules after every outcome."""

    def __init__(self, plans, held=()):
        self.lane = Lane(Zone("Z1", "example.com", private=False, entry=0), 0, Debounce())
        self.lane.reading.take_in(Page(tuple(map(Stored, held))))
        self.settlement = Settlement(self.lane, Random(1))
        for name, units in plans.items():
            self.want(name, units)

    def want(self, name, units, now=NOW):
        state = self.lane.state(name)
        state.plan = Plan(units, weight=weight_of(units))
        state.sends, state.rides = True, rides(units)
        return self.lane.pending.touch(name, now, 1)

    def leave(self, now=LEFT):
        flight = self.lane.cut(now, (1e9, True), lambda _: False, ride=True)
        if flight is not None:
            self.lane.leave(flight)
        return flight

    def settle(self, outcome, now=BACK):
        """Take in the outcome; what is quarantined is sent no more."""
        names = self.settlement.settle(outcome, now)
        for name in names:
            if self.lane.states[name].refused is not None:
                self.lane.states[name].sends = False
                self.lane.pending.clean(name)
        return names

    def quarantined(self):
        return {name for name, state in self.lane.states.items() if state.refused is not None}

    def dues(self):
        return {name: self.lane.pending.entry(name).due for name in self.lane.pending}

    def alerts(self):
        return [fact.key for fact in self.settlement.facts]


def group_of(units):
    return next(name for change in units[0] for name, kind, _ in keys_of(change) if kind == "A")


def sent(*plans, held=()):
    """Return a desk whose batch of these plans is in flight."""
    desk = Desk({group_of(units): units for units in plans}, held)
    assert desk.leave() is not None
    return desk


def two():
    return sent(creation(A), creation(B))


def held(desk):
    return {key_of(stored.value): stored.value for name in desk.lane.ledger for stored in desk.lane.ledger.at(name)}


def refused(why, *names, text="text"):
    return Refused(tuple(Refusal(why, f"{text} {name}", name) for name in names or ("",)))


# Accepted


def test_accepted_moves_the_ledger_and_leaves_the_groups_clean_and_the_zone_free():
    desk = two()
    assert desk.settle(ACCEPTED) == []
    assert held(desk) == {key_of(one): one for one in (record(A), title(A), record(B), title(B))}
    assert (list(desk.lane.pending), desk.lane.states, desk.lane.aloft, desk.lane.flight) == ([], {}, set(), None)
    desk.want(C, creation(C))
    assert desk.lane.write_from() == DUE


def test_accepted_keeps_what_was_touched_meanwhile():
    desk = two()
    desk.lane.pending.touch(A, LEFT, 1)
    assert desk.settle(ACCEPTED) == [A]
    assert list(desk.lane.pending) == [A]


@pytest.mark.parametrize("left", ["a grace", "a verdict", "another plan"])
def test_accepted_has_a_group_planned_again_of_which_there_is_more_to_say(left):
    desk = two()
    state = desk.lane.states[A]
    key = (B, "A", "")
    match left:
        case "a grace":
            state.plan = Plan(creation(A), weight_of(creation(A)), graces=(key,))
        case "a verdict":
            state.plan = Plan(creation(A), weight_of(creation(A)), (Verdict("Z1", A, "", "", Reason.HELD, "text", "way out"),))
        case _:
            state.plan = Plan(deletion(A), weight_of(deletion(A)))
    assert desk.settle(ACCEPTED) == [A]
    assert list(desk.lane.states) == [A]


def test_accepted_ends_back_offs_and_what_was_known_of_failures():
    desk = two()
    desk.lane.write_failures = 2
    desk.lane.halving.not_before, desk.lane.halving.denials = 500.0, 2
    desk.lane.state(A).quarantine(creation(A), "why", 0.0)
    desk.lane.pending.touch(A, LEFT, 1)
    desk.settle(ACCEPTED)
    assert (desk.lane.write_failures, desk.lane.halving.not_before, desk.lane.halving.denials) == (0, 0.0, 0)
    assert (desk.lane.states[A].refused, desk.lane.states[A].suspect, desk.lane.states[A].failures) == (None, None, 0)


def test_an_accepted_deletion_has_parked_creations_tried_again_and_a_creation_does_not():
    for plan, again in ((deletion(A), True), (creation(A), False)):
        desk = sent(plan)
        desk.lane.parked = {C: None}
        desk.lane.full_until, desk.lane.full_failures = 500.0, 3
        desk.settle(ACCEPTED)
        assert (desk.lane.full_until, bool(desk.lane.unplanned), bool(desk.lane.parked)) == (0.0 if again else 500.0, again, not again)


def test_a_group_that_was_sent_in_part_stays_as_dirty_as_it_was():
    many = creation(A) * 600
    desk = Desk({A: many})
    assert not desk.leave().parts[0].whole
    assert desk.settle(ACCEPTED) == [A]
    assert (desk.lane.pending.entry(A).first, desk.dues()) == (NOW, {A: DUE})


# Throttled, busy, unavailable


def test_throttled_leaves_the_groups_as_dirty_and_due_as_they_were_and_the_zone_without_a_back_off():
    desk = two()
    assert sorted(desk.settle(Throttled())) == [A, B]
    assert desk.dues() == {A: DUE, B: DUE}
    assert desk.lane.pending.entry(A).first == NOW
    assert (desk.lane.write_from(), held(desk), desk.quarantined()) == (DUE, {}, set())


@pytest.mark.parametrize(("outcome", "backoff"), [(Busy(), BUSY), (Unavailable(), UNAVAILABLE)])
def test_busy_and_unavailable_back_off_exponentially_with_the_groups_as_they_were(outcome, backoff):
    desk = two()
    for failures in range(1, 10):
        desk.settle(outcome)
        full = min(backoff.longest, backoff.first * 2 ** (failures - 1))
        assert BACK + full / 2 <= desk.lane.write_from() <= BACK + full
        assert (desk.dues(), held(desk), desk.lane.aloft) == ({A: DUE, B: DUE}, {}, set())
        assert desk.leave() is not None
    desk.settle(ACCEPTED)
    desk.want(C, creation(C))
    desk.leave()
    desk.settle(outcome)
    assert desk.lane.write_at <= BACK + backoff.first


# Refused, with names


def test_a_stale_view_makes_the_named_names_unknown_and_sends_the_others_at_once():
    desk = two()
    assert desk.settle(refused(Why.STALE, A)) == [A, B]
    assert sorted(desk.lane.ledger.unknown) == [f"a-{A}", A]
    assert desk.lane.states[A].suspect == creation(A)
    assert desk.quarantined() == set()
    assert [part.entry.name for part in desk.leave(BACK).parts] == [B]


def test_a_stale_txt_blames_the_group_that_it_belongs_to():
    desk = two()
    desk.settle(refused(Why.STALE, f"a-{B}"))
    assert sorted(desk.lane.ledger.unknown) == [f"a-{B}", B]


@pytest.mark.parametrize("why", [Why.CONFLICT, Why.BAD_VALUE, Why.NO_HEALTH_CHECK, Why.DENIED, Why.UNKNOWN])
def test_what_is_refused_for_its_own_sake_is_quarantined_and_the_others_sent_at_once(why):
    desk = two()
    desk.settle(refused(why, A))
    assert desk.quarantined() == {A}
    state = desk.lane.states[A]
    assert (state.refused, state.why) == (creation(A), f"text {A}")
    assert BACK + QUARANTINE.first / 2 <= state.retry_at <= BACK + QUARANTINE.first
    assert desk.lane.ledger.unknown == {}
    assert [part.entry.name for part in desk.leave(BACK).parts] == [B]


def test_each_refusal_of_the_same_group_is_quarantined_for_longer():
    desk = sent(creation(A))
    for failures in range(1, 10):
        desk.settle(refused(Why.CONFLICT, A))
        full = min(QUARANTINE.longest, QUARANTINE.first * 2 ** (failures - 1))
        assert BACK + full / 2 <= desk.lane.states[A].retry_at <= BACK + full
        desk.want(A, creation(A))
        desk.leave()


def test_a_stale_view_explains_the_other_troubles_of_its_group():
    for refusals in ((Why.STALE, Why.CONFLICT), (Why.CONFLICT, Why.STALE)):
        desk = two()
        desk.settle(Refused(tuple(Refusal(why, why.value, A) for why in refusals)))
        assert (desk.quarantined(), A in desk.lane.ledger.unknown) == (set(), True)


def test_every_group_that_is_named_has_its_own_consequence():
    desk = sent(creation(A), creation(B), creation(C))
    desk.settle(Refused((Refusal(Why.STALE, "stale", A), Refusal(Why.CONFLICT, "conflict", B), Refusal(Why.UNKNOWN, "whatever"))))
    assert desk.quarantined() == {B}
    assert sorted(desk.lane.ledger.unknown) == [f"a-{A}", A]
    assert desk.dues() == {A: DUE, C: DUE}


def test_a_group_that_rode_early_is_due_at_once_when_another_was_to_blame():
    desk = Desk({A: creation(A)})
    desk.want(B, creation(B), NOW + 0.1)
    desk.leave(DUE)
    desk.settle(refused(Why.CONFLICT, A), DUE + 0.05)
    assert desk.dues() == {B: pytest.approx(DUE + 0.05)}


@pytest.mark.parametrize("why", [Why.CONFLICT, Why.STALE])
def test_of_a_group_that_was_sent_in_part_the_whole_plan_is_refused(why):
    """Else the plan would seem to be another one, and be sent again at once, for ever."""
    many = creation(A) * 600
    desk = Desk({A: many})
    assert not desk.leave().parts[0].whole
    desk.settle(refused(why, A))
    assert (desk.lane.states[A].refused or desk.lane.states[A].suspect) == many


# Refused, without names


@settings(max_examples=100)
@given(st.integers(1, 40), st.data(), st.sampled_from([Why.UNKNOWN, Why.NO_HEALTH_CHECK, Why.TOO_LARGE, Why.DENIED]))
def test_halving_ends_with_the_culprits_alone_and_all_others_accepted_within_the_bound(count, data, why):
    names = [f"n{number:02}.example.com" for number in range(count)]
    culprits = data.draw(st.sets(st.sampled_from(names), max_size=count))
    desk = Desk({name: creation(name) for name in names})
    now, calls = LEFT, 0
    while (flight := desk.leave(now)) is not None:
        calls += 1
        bad = any(part.entry.name in culprits for part in flight.parts)
        desk.settle(refused(why) if bad else ACCEPTED, now)
        now = max(now, desk.lane.halving.not_before)
    assert desk.quarantined() == culprits
    assert {name for name, kind, _ in held(desk) if kind == "A"} == set(names) - culprits
    assert (len(desk.lane.halving), list(desk.lane.pending)) == (0, [])
    if why is not Why.TOO_LARGE:
        assert calls <= max(1, 2 * len(culprits) * (math.log2(count) + 1))


@pytest.mark.parametrize("outcome", [Throttled(), Busy(), Unavailable(), Uncertain()])
def test_a_half_whose_call_tells_nothing_is_sent_again_as_it_was(outcome):
    desk = sent(*map(creation, NAMES))
    desk.settle(refused(Why.UNKNOWN))
    now = BACK
    for half in ([A, B], [C], [D]):
        for answer in (outcome, ACCEPTED):
            assert [part.entry.name for part in desk.leave(now).parts] == half
            desk.settle(answer, now)
            if desk.lane.in_doubt is not None:
                desk.settlement.probed(Page(()), now)
            now = max(now + 1, desk.lane.write_at)


def test_a_half_whose_twin_was_accepted_is_halved_without_being_sent():
    desk = sent(*map(creation, NAMES))
    desk.settle(refused(Why.UNKNOWN))
    assert [part.entry.name for part in desk.leave(BACK).parts] == [A, B]
    desk.settle(ACCEPTED)
    for name in (C, D):
        assert [part.entry.name for part in desk.leave(BACK).parts] == [name]
        desk.settle(ACCEPTED)
    assert desk.quarantined() == set()


def test_a_refusal_that_names_nobody_in_the_batch_is_halved_too():
    desk = two()
    desk.settle(refused(Why.CONFLICT, "stranger.example.com"))
    assert desk.quarantined() == set()
    assert [[part.entry.name for part in desk.leave(BACK).parts] for _ in range(1)] == [[A]]
    desk.settle(ACCEPTED)
    assert [part.entry.name for part in desk.leave(BACK).parts] == [B]


def test_of_a_denied_batch_some_groups_are_tried_alone_and_then_the_rest_waits_with_one_alert():
    names = [f"n{number:03}.example.com" for number in range(100)]
    desk = sent(*map(creation, names))
    desk.settle(refused(Why.DENIED))
    for denials in range(1, DENIALS + 1):
        assert len(desk.leave(BACK).parts) == 1
        desk.settle(refused(Why.DENIED))
        assert len(desk.quarantined()) == denials
        assert desk.alerts() == ["denied Z1"]
    tried = sorted(names.index(name) for name in desk.quarantined())
    assert min(after - before for before, after in itertools.pairwise(tried)) > 10
    assert desk.leave(BACK) is None
    assert BACK + DENIED.first / 2 <= desk.lane.write_from() <= BACK + DENIED.first
    again = desk.lane.write_from()
    assert len(desk.leave(again).parts) == 1
    desk.settle(refused(Why.DENIED), again)
    assert desk.leave(again) is None
    assert again + DENIED.first <= desk.lane.write_from() <= again + 2 * DENIED.first
    assert desk.alerts() == ["denied Z1"]


def test_what_is_due_beside_a_denied_batch_is_sent_and_opens_the_zone_when_it_is_accepted():
    names = [f"n{number:03}.example.com" for number in range(100)]
    desk = sent(*map(creation, names))
    for _ in range(DENIALS + 1):
        desk.settle(refused(Why.DENIED))
        desk.leave(BACK)
    desk.want(A, creation(A), BACK)
    assert [part.entry.name for part in desk.leave(BACK + 1).parts] == [A]
    desk.settle(ACCEPTED, BACK + 1)
    assert desk.leave(BACK + 1) is not None


def test_what_is_denied_beside_a_denied_batch_waits_with_it():
    names = [f"n{number:03}.example.com" for number in range(20)]
    desk = sent(*map(creation, names))
    for _ in range(DENIALS + 1):
        desk.settle(refused(Why.DENIED))
        desk.leave(BACK)
    waits = desk.lane.halving.not_before
    for name in (A, B):
        desk.want(name, creation(name), BACK)
    assert len(desk.leave(BACK + 1).parts) == 2
    desk.settle(refused(Why.DENIED), BACK + 1)
    assert desk.leave(BACK + 1) is None
    desk.want(C, creation(C), BACK)
    assert len(desk.leave(BACK + 1).parts) == 1
    desk.settle(refused(Why.DENIED), BACK + 1)
    assert (desk.leave(BACK + 1), desk.lane.halving.not_before) == (None, waits)


def test_what_was_denied_is_not_tried_again_while_the_rest_of_its_batch_waits():
    desk = sent(*map(creation, NAMES))
    for _ in range(DENIALS + 1):
        desk.settle(refused(Why.DENIED))
        desk.leave(BACK)
    waits = desk.lane.halving.not_before
    assert waits > BACK
    for name in desk.quarantined():
        desk.want(name, creation(name), BACK)
    assert desk.leave(BACK + 1) is None
    assert desk.lane.write_from() == waits
    denied = desk.quarantined()
    assert {part.entry.name for part in desk.leave(waits).parts} == denied
    desk.settle(ACCEPTED, waits)
    assert {part.entry.name for part in desk.leave(waits).parts} == set(NAMES) - denied


def test_an_alert_that_stands_is_told_again_only_after_a_while():
    desk = sent(creation(A))
    for now in (BACK, BACK + TOLD_AGAIN - 1, BACK + TOLD_AGAIN):
        desk.settle(refused(Why.DENIED), now)
        desk.want(A, creation(A))
        desk.leave(now)
    assert desk.alerts() == ["denied Z1", "denied Z1"]


@pytest.mark.parametrize("name", [A, ""])
def test_too_many_values_in_a_set_are_an_alert_beside_the_quarantine(name):
    desk = sent(creation(A))
    desk.settle(refused(Why.SET_FULL, name))
    assert (desk.quarantined(), desk.alerts()) == ({A}, ["set-full Z1"])


def test_who_is_named_beside_a_full_zone_is_quarantined_at_once():
    desk = sent(creation(A), creation(B))
    desk.settle(Refused((Refusal(Why.CONFLICT, "conflict", A), Refusal(Why.ZONE_FULL, "full"))))
    assert (desk.quarantined(), desk.alerts(), desk.lane.full_until > BACK) == ({A}, ["zone-full Z1"], True)


def test_what_is_denied_names_the_permission_the_zone_and_the_file_that_grants_it():
    desk = Desk({})
    for name in NAMES[:DENIALS]:
        desk.want(name, creation(name))
        desk.leave()
        desk.settle(refused(Why.DENIED, text="User: me is not authorized"))
    missing = "route53:ChangeResourceRecordSets is missing (config/iam/sync.json grants it): User: me is not authorized "
    assert [fact.text for fact in desk.settlement.facts] == [
        f"{A}, and perhaps more, cannot be written in zone example.com (Z1): {missing}",
    ]
    assert {state.why for state in desk.lane.states.values()} == {missing}


def test_a_zone_that_is_gone_is_one_alert_and_a_long_back_off_with_the_groups_dirty():
    desk = two()
    desk.settle(refused(Why.NO_ZONE))
    assert desk.alerts() == ["zone-shut Z1"]
    assert BACK + DENIED.first / 2 <= desk.lane.write_from() <= BACK + DENIED.first
    assert (desk.dues(), desk.quarantined()) == ({A: DUE, B: DUE}, set())


def test_a_full_zone_is_an_alert_and_a_time_without_growth_with_the_rest_due_now():
    desk = sent(creation(A), deletion(B))
    assert sorted(desk.settle(refused(Why.ZONE_FULL))) == [A, B]
    assert desk.alerts() == ["zone-full Z1"]
    assert BACK + FULL.first / 2 <= desk.lane.full_until <= BACK + FULL.first
    assert (desk.dues(), desk.quarantined(), desk.lane.write_from()) == ({A: DUE, B: DUE}, set(), DUE)
    desk.leave(BACK)
    desk.settle(refused(Why.ZONE_FULL))
    assert desk.lane.full_until >= BACK + FULL.first


def test_a_batch_that_does_not_grow_and_is_refused_for_fullness_is_not_sent_for_ever():
    desk = sent(replacement(A), deletion(B), replacement(C))
    accepted = []
    for _ in range(20):
        flight = desk.lane.flight
        full = any(isinstance(change, Replace) for change in flight.changes)
        accepted += [] if full else [part.entry.name for part in flight.parts]
        desk.settle(refused(Why.ZONE_FULL) if full else ACCEPTED)
        if desk.leave(BACK) is None:
            break
    assert (accepted, desk.quarantined()) == ([B], {A, C})
    assert desk.lane.full_until == 0.0


# Uncertain


def uncertain(*plans, held=()):
    desk = sent(*plans, held=held)
    assert desk.settle(Uncertain()) == []
    return desk


def test_no_write_leaves_before_the_fate_of_an_uncertain_one_is_told():
    desk = uncertain(creation(A), creation(B))
    desk.want(C, creation(C))
    assert desk.lane.write_from() is None
    assert desk.lane.in_doubt is not None
    assert desk.lane.aloft == {A, B}
    assert held(desk) == {}


def test_the_probe_waits_out_the_deadline_of_the_call():
    for back in (BACK, LEFT + DEADLINE + 1):
        desk = two()
        desk.settle(Uncertain(), back)
        assert desk.lane.probe_at == max(back, LEFT + DEADLINE)


def test_the_probe_reads_one_set_whose_before_and_after_differ():
    desk = uncertain(replacement(A), held=[record(A), title(A)])
    assert desk.settlement.probe() == ListRecords("Z1", Cursor(A, "A", ""), 1)


def test_a_batch_that_changes_nothing_can_be_probed_anywhere():
    same = ((Replace(Stored(title(A)), title(A)),),)
    desk = Desk({A: same}, [title(A)])
    desk.leave()
    desk.settle(Uncertain())
    assert desk.settlement.probe() == ListRecords("Z1", Cursor(f"a-{A}", "TXT", ""), 1)
    assert desk.settlement.probed(Page((Stored(title(A)),)), BACK) == []
    assert (desk.lane.ledger.unknown, desk.lane.in_doubt) == ({}, None)


PLANS = {
    "creation": (creation(A), (), [record(A)]),
    "replacement": (replacement(A), (record(A), title(A)), [record(A, "192.0.2.2")]),
    "deletion": (deletion(A), (record(A), title(A)), []),
}


@pytest.mark.parametrize("kind", sorted(PLANS))
def test_a_set_that_is_as_after_tells_that_the_whole_batch_had_its_effect(kind):
    plan, before, after = PLANS[kind]
    desk = uncertain(plan, creation(B), held=before)
    assert desk.settlement.probed(Page(tuple(map(Stored, after))), 110.0) == []
    assert [stored.value for stored in desk.lane.ledger.at(A)] == after
    assert [stored.value for stored in desk.lane.ledger.at(B)] == [record(B)]
    assert (desk.lane.in_doubt, desk.lane.aloft, list(desk.lane.pending), desk.lane.ledger.unknown) == (None, set(), [], {})


@pytest.mark.parametrize("kind", sorted(PLANS))
def test_a_set_that_is_as_before_tells_that_nothing_happened(kind):
    plan, before, _ = PLANS[kind]
    desk = uncertain(plan, creation(B), held=before)
    ledger = held(desk)
    other = Stored(RecordSet("z.example.com", "A", ttl=1, values=("192.0.2.9",)))
    shown = [Stored(one) for one in before if one.type == "A"] or [other]
    assert sorted(desk.settlement.probed(Page(tuple(shown)), 110.0)) == [A, B]
    assert (held(desk), desk.lane.ledger.unknown) == (ledger, {})
    assert desk.dues() == {A: DUE, B: DUE}
    assert desk.leave(110.0) is not None


@pytest.mark.parametrize("kind", sorted(PLANS))
def test_a_set_that_is_neither_makes_all_names_of_the_batch_unknown(kind):
    plan, before, _ = PLANS[kind]
    desk = uncertain(plan, creation(B), held=before)
    desk.settlement.probed(Page((Stored(record(A, "198.51.100.9")),)), 110.0)
    assert sorted(desk.lane.ledger.unknown) == sorted([A, f"a-{A}", B, f"a-{B}"])
    assert desk.lane.in_doubt is None
    assert desk.leave(110.0) is None


def test_what_an_uncertain_batch_may_have_left_is_no_edit():
    desk = uncertain(replacement(A), replacement(B), held=[record(A), title(A), record(B), title(B)])
    desk.settlement.probed(Page((Stored(record(A, "198.51.100.9")),)), 110.0)
    desk.lane.reading.next_call()
    desk.lane.reading.take_in(Page(tuple(map(Stored, (record(A, "198.51.100.9"), title(A), record(B, "192.0.2.2"), title(B))))))
    assert set(desk.lane.ledger.edited) == {key_of(record(A))}


# What is never so


@given(
    st.lists(
        st.sampled_from(
            [ACCEPTED, Throttled(), Busy(), Unavailable(), Uncertain(), *(refused(why) for why in Why), *(refused(why, A) for why in Why)]
        ),
        max_size=12,
    )
)
def test_after_every_history_a_group_is_accepted_dirty_quarantined_or_in_doubt_and_none_is_lost(outcomes):
    plans = {name: creation(name) for name in NAMES}
    desk = Desk(plans)
    now = LEFT
    for outcome in outcomes:
        now = max(now, desk.lane.write_at) + 1.0
        for name in list(desk.lane.ledger.unknown):
            desk.lane.ledger.correct(name, desk.lane.ledger.at(name), {})
        if desk.lane.in_doubt is not None:
            desk.settlement.probed(Page(()), now)
        if desk.leave(now) is not None:
            assert desk.lane.write_from() is None
            desk.settle(outcome, now)
        in_doubt = set() if desk.lane.in_doubt is None else {part.entry.name for part in desk.lane.in_doubt.parts}
        accepted = {name for name in NAMES if name in desk.lane.ledger}
        homes = [accepted, set(desk.lane.pending), desk.quarantined(), in_doubt]
        assert sorted(name for home in homes for name in home) == sorted(NAMES)
        assert desk.lane.aloft == in_doubt
