"""A status that is turned back and forth is damped; a one-way change and an edit never are."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.dispute import Disputes
from dnsguard.lab.objects import gateway
from dnsguard.model.facts import Contested, Settled, Side
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Duration, Flap

REF = Ref("Gateway", "edge", "public")
A, B, C = ("192.0.2.1",), ("192.0.2.2",), ("192.0.2.3",)


class Fight:
    """Hands statuses to the disputes; returns what is in force."""

    def __init__(self, turns=3, window=600.0):
        self.disputes = Disputes(Flap(turns=turns, window=Duration(window)))
        self.facts = []

    def tell(self, value, now, writer="one", **annotations):
        view = replace(gateway(value, annotations=annotations), writers=(writer,))
        found = self.disputes.damp(view, replace(view, writers=()), now)
        self.facts += self.disputes.facts_since()
        return tuple(address.value for address in found.status.addresses or ())


def test_the_third_turn_makes_it_contested_and_the_longest_value_stays():
    fight = Fight()
    assert [fight.tell(value, now) for value, now in ((A, 0), (B, 10), (A, 10.1), (B, 20), (A, 20.1))] == [A, B, A, B, A]
    assert [fight.tell(value, now) for value, now in ((B, 30), (A, 30.1), (B, 40))] == [A, A, A]
    (told,) = fight.facts
    assert told == Contested(REF, A, (Side(A, ("one",)), Side(B, ("one",))))
    assert set(fight.disputes.contested()) == {REF}


def test_both_writers_are_named():
    fight = Fight()
    for number in range(5):
        fight.tell((A, B)[number % 2], number, writer=("left", "right")[number % 2])
    assert fight.facts[0].sides == (Side(A, ("left",)), Side(B, ("right",)))


def test_a_change_in_one_direction_is_taken_at_once_however_often():
    fight = Fight()
    values = [(f"192.0.2.{number}",) for number in range(1, 50)]
    assert [fight.tell(value, number) for number, value in enumerate(values)] == values
    assert fight.facts == []


def test_turns_further_apart_than_the_window_are_no_dispute():
    fight = Fight(window=60.0)
    for number in range(20):
        value = (A, B)[number % 2]
        assert fight.tell(value, number * 61.0) == value
    assert fight.facts == []


def test_an_edit_of_the_spec_ends_it_at_once():
    fight = Fight()
    for number in range(6):
        fight.tell((A, B)[number % 2], number * 0.1)
    assert fight.tell(B, 1.0, ttl="60") == B
    assert fight.facts[-1] == Settled(REF, "its spec was edited")


def test_a_window_without_a_turn_ends_it_and_the_last_value_is_published():
    fight = Fight(window=60.0)
    for number in range(6):
        fight.tell((A, B)[number % 2], number * 10.0)
    assert fight.disputes.next_end() == 110.0
    assert fight.disputes.settle(109.9) == []
    (view,) = fight.disputes.settle(110.0)
    assert view.status.addresses[0].value == B[0]
    assert fight.disputes.contested() == {}
    assert fight.disputes.next_end() is None
    assert fight.tell(A, 111.0) == A


def test_equals_do_not_take_turns_after_all():
    fight = Fight()
    found = [fight.tell((A, B)[number % 2], number * 0.5) for number in range(200)]
    assert len(set(found[4:])) == 1


def test_the_value_in_force_gives_way_to_one_that_stood_clearly_longer():
    fight = Fight()
    for number in range(8):
        fight.tell((A, B)[number % 2], number)
    inforce = fight.tell(A, 8.0)
    assert (inforce, fight.tell(B, 108.0)) == (B, A)


def test_an_empty_status_is_no_side_of_a_dispute():
    fight = Fight()
    for number in range(20):
        fight.tell((A, ())[number % 2], number)
    assert fight.facts == []


def test_a_contested_object_keeps_its_value_when_its_status_empties():
    fight = Fight()
    for number in range(6):
        fight.tell((A, B)[number % 2], number)
    assert fight.tell((), 6.0) == fight.tell((), 7.0) != ()


def test_no_turns_means_never():
    fight = Fight(turns=0)
    assert [fight.tell((A, B)[number % 2], number) for number in range(9)] == [(A, B)[number % 2] for number in range(9)]


def test_what_is_gone_is_forgotten():
    fight = Fight()
    for number in range(6):
        fight.tell((A, B)[number % 2], number)
    fight.disputes.forget(REF)
    assert (fight.disputes.contested(), fight.disputes.facts_since()) == ({}, [Settled(REF, "it was deleted")])


@given(st.lists(st.tuples(st.sampled_from([A, B, C, ()]), st.floats(0.001, 700.0)), max_size=60), st.integers(1, 4))
def test_what_is_in_force_changes_at_most_as_often_as_turns_allow(steps, turns):
    """Invariants: what is in force was published some time; while contested it changes only to what stood clearly longer."""
    fight = Fight(turns=turns)
    now, seen = 0.0, set()
    for value, wait in steps:
        now += wait
        for view in fight.disputes.settle(now):
            assert tuple(address.value for address in view.status.addresses or ()) in {*seen, ()}
        seen.add(value)
        found = fight.tell(value, now)
        assert found in seen
        if not fight.disputes.contested():
            assert found == value
