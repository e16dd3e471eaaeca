"""The register knows what stands, counts it, and gives the oldest first, as a plain list of everything would."""

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.register import Register
from dnsguard.model.facts import Reason, Verdict

REASONS = (Reason.HELD, Reason.ORPHAN, Reason.PARKED)
ZONES = ("Z1", "Z2", "")
KEYS = st.tuples(st.sampled_from(REASONS), st.sampled_from(ZONES), st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "A"]))
STEPS = st.lists(st.tuples(KEYS, st.sampled_from(["put", "reword", "drop"])), max_size=40)


def verdict(key, text="x"):
    reason, zone, name, kind = key
    return Verdict(zone, f"{name}.example.com", kind, "", reason, text, "way out")


@given(STEPS, st.integers(0, 5))
def test_it_counts_and_orders_as_a_list_of_everything_would(steps, most):
    register, model = Register(), {}
    for now, (key, step) in enumerate(steps):
        if step == "drop":
            register.drop(verdict(key))
            model.pop(key, None)
        elif key not in model:
            register.put(verdict(key), float(now))
            model[key] = float(now), verdict(key)
        elif step == "reword":
            model[key] = model[key][0], verdict(key, f"said at {now}")
            register.put(model[key][1], model[key][0])
    for reason in (None, *REASONS):
        for zone in (None, *ZONES):
            found = [value for (why, where, *_), value in model.items() if reason in {None, why} and zone in {None, where}]
            ordered = sorted(found, key=lambda entry: entry[0])
            assert register.count(reason, zone) == len(found)
            assert register.first(most, reason, zone) == ordered[:most]
        if reason is not None:
            assert register.oldest(reason) == min((since for (why, *_), (since, _) in model.items() if why is reason), default=None)
    assert register.reasons() == [reason for reason in Reason if any(key[0] is reason for key in model)]
    assert all(register.get(each) == (since, each) for since, each in model.values())


def test_a_change_keeps_the_place_of_what_is_only_said_in_other_words():
    register = Register()
    first, other = verdict((Reason.GRACE, "Z1", "a", ""), "ends soon"), verdict((Reason.GRACE, "Z1", "b", ""))
    register.change((), {first: 1.0})
    register.change((), {other: 2.0})
    again, foreign = verdict((Reason.GRACE, "Z1", "a", ""), "ends later"), verdict((Reason.FOREIGN, "Z1", "a", ""))
    register.change((first,), {again: 1.0, foreign: 3.0})
    assert register.first(9) == [(1.0, again), (2.0, other), (3.0, foreign)]
    register.change((again, foreign), {})
    assert register.first(9) == [(2.0, other)]
