"""Courses know what went back and forth, what was lost, by whom and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.diagnosis.aspects import ADDRESSES, MESSAGES, PARENTS, REFUSED, Aspect, aspects
from dnsguard.core.diagnosis.turns import REMEMBERED, Courses
from dnsguard.core.diagnosis.writers import Writer
from dnsguard.model.objects import Ref

REF = Ref("Gateway", "edge", "public")
ONE, OTHER = Writer("one"), Writer("other")


def addresses(*values):
    return Aspect(ADDRESSES, values, lost=not values)


def followed(*steps, end=100.0):
    """Follow (seconds, values, writer) and return the one course, or None."""
    courses = Courses()
    for seconds, values, writer in steps:
        courses.follow(REF, [addresses(*values)], writer, seconds)
    return next((course for _, _, course in courses.finished(end)), None)


def test_what_never_changes_has_no_course():
    assert followed((0.0, ("a",), None), (5.0, ("a",), ONE)) is None


def test_a_change_back_is_a_turn_and_every_value_has_its_time_and_its_writers():
    course = followed((0.0, ("a",), None), (10.0, ("b",), ONE), (11.0, ("a",), OTHER), (31.0, ("b",), ONE))
    assert course.turns == 2
    stands = {value: (stand.times, stand.seconds, dict(stand.writers)) for value, stand in course.stands.items()}
    assert stands == {("a",): (1, 30.0, {OTHER: 1}), ("b",): (2, 70.0, {ONE: 2})}


def test_what_only_grows_never_turns_and_is_forgotten():
    course = followed((0.0, ("0",), None), *((float(number), (str(number),), ONE) for number in range(1, 50)))
    assert course.turns == 0
    assert len(course.stands) == REMEMBERED


def test_a_loss_has_its_length_and_the_one_who_caused_it():
    course = followed((0.0, ("a",), None), (10.0, (), ONE), (30.0, ("a",), OTHER), (50.0, (), OTHER))
    assert course.losses == {ONE: 1, OTHER: 1}
    assert course.seconds_lost == [20.0]
    assert course.lost_at == 50.0


def test_what_is_lost_already_is_not_lost_again():
    courses = Courses()
    courses.follow(REF, [Aspect(REFUSED, ("accepted",))], None, 0.0)
    for moment, value in enumerate(("one refuses", "other refuses")):
        courses.follow(REF, [Aspect(REFUSED, (value,), lost=True)], ONE, float(moment + 1))
    ((_, _, course),) = courses.finished(9.0)
    assert (course.losses, course.lost_at) == ({ONE: 1}, 1.0)


def test_what_was_never_there_is_not_lost():
    course = followed((0.0, (), None), (10.0, ("a",), ONE))
    assert not course.losses


def test_what_goes_with_its_object_is_not_lost():
    courses = Courses()
    courses.follow(REF, [addresses("a")], None, 0.0)
    courses.follow(REF, [addresses()], ONE, 1.0)
    courses.forget(REF)
    ((_, _, course),) = courses.finished(9.0)
    assert course.lost_at is None


def test_an_aspect_of_which_nothing_is_said_stays_as_it_was():
    courses = Courses()
    courses.follow(REF, [Aspect(REFUSED, ("accepted",))], None, 0.0)
    courses.follow(REF, [], ONE, 1.0)
    courses.follow(REF, [Aspect(REFUSED, ("one refuses",), lost=True)], ONE, 2.0)
    ((_, _, course),) = courses.finished(9.0)
    assert course.losses == {ONE: 1}


def test_a_list_that_comes_again_is_nobodys_change():
    courses = Courses()
    courses.follow(REF, [addresses("a")], None, 0.0)
    assert courses.follow(REF, [addresses("b")], None, 1.0) is False
    assert list(courses.finished(2.0)) == []


def test_only_a_change_back_says_so():
    courses = Courses()
    courses.follow(REF, [addresses("a")], None, 0.0)
    said = [courses.follow(REF, [addresses(value)], ONE, 1.0) for value in "bbabc"]
    assert said == [False, False, True, True, False]


@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_the_times_of_all_values_are_the_length_of_the_stream(values):
    steps = [(float(number + 1), (value,), ONE) for number, value in enumerate(values)]
    course = followed((0.0, ("a",), None), *steps)
    if course is not None:
        assert sum(stand.seconds for stand in course.stands.values()) == pytest.approx(100.0)
        assert sum(stand.times for stand in course.stands.values()) >= course.turns


def entry(name, status="True", controller="c/d", **ref):
    conditions = [{"type": "Accepted", "status": status, "reason": "R", "message": "m"}]
    return {"parentRef": {"name": name, **ref}, "controllerName": controller, "conditions": conditions}


@pytest.mark.parametrize(
    ("kind", "seen", "expected"),
    [
        ("Gateway", {"status": {"addresses": [{"value": "b"}, {"value": "a"}]}}, {ADDRESSES: (("a", "b"), False)}),
        ("Gateway", {}, {ADDRESSES: ((), True)}),
        ("Namespace", {"status": {"addresses": [{"value": "b"}]}}, {}),
        ("HTTPRoute", {"status": {"parents": []}}, {PARENTS: ((), True)}),
        (
            "HTTPRoute",
            {"status": {"parents": [entry("g", sectionName="s")]}},
            {
                PARENTS: (("Gateway g section s by c/d",), False),
                REFUSED: (("accepted",), False),
                MESSAGES: (("Accepted: R m",), False),
            },
        ),
        (
            "HTTPRoute",
            {"status": {"parents": [entry("g", "False"), entry("h")]}},
            {
                PARENTS: (("Gateway g by c/d", "Gateway h by c/d"), False),
                REFUSED: (("Gateway g refuses",), False),
                MESSAGES: (("Accepted: R m",), False),
            },
        ),
        (
            "HTTPRoute",
            {"status": {"parents": [entry("g", "Unknown")]}},
            {
                PARENTS: (("Gateway g by c/d",), False),
                REFUSED: (("Gateway g refuses",), True),
                MESSAGES: (("Accepted: R m",), False),
            },
        ),
    ],
)
def test_aspects_are_what_dns_lives_on(kind, seen, expected):
    found = {aspect.field: (aspect.value, aspect.lost) for aspect in aspects(kind, seen)}
    assert {field: found[field] for field in expected} == expected
    assert set(found) - set(expected) <= {"status.conditions"}


KEYS = st.sampled_from(["parents", "addresses", "conditions", "parentRef", "value"])
NONSENSE = st.recursive(
    st.none() | st.integers() | st.text(max_size=2), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


@given(NONSENSE)
def test_nonsense_has_aspects_too(nonsense):
    for kind in ("Gateway", "HTTPRoute", "ListenerSet"):
        assert all(isinstance(text, str) for aspect in aspects(kind, {"status": nonsense}) for text in aspect.value)
