import pytest

from dnsguard.lab.contract.case import ABSENT, Done, Refused, invalid_batch, invalid_input
from dnsguard.lab.contract.matching import filled, verdict
from dnsguard.lab.strict import ApiError

WORDS = {"{n}": "a.example.com.", "{SOA}": {"Type": "SOA"}}


def refused(message, code="InvalidChangeBatch", status=400):
    return ApiError(status, code, message)


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        (Done(), {"Id": "1"}),
        (Done({"Name": "{n}"}), {"Name": "a.example.com.", "Id": "1"}),
        (Done({"Zone": {"Sets": [{"Name": "{n}"}]}}), {"Zone": {"Sets": [{"Name": "a.example.com.", "TTL": 1}]}}),
        (Done({"Next": ABSENT}), {}),
        (invalid_batch(), refused("[whatever]")),
        (invalid_batch("{n} is, not there"), refused("[a.example.com. is, not there]")),
        (invalid_batch("one  space"), refused("[one space]")),
        (invalid_batch("alone"), refused("alone")),
        (invalid_batch("one", "two [2]"), refused("[one, two [2]]")),
        (invalid_input("in {n}"), refused("it stands in a.example.com.!", "InvalidInput")),
    ],
)
def test_an_answer_as_expected_has_no_problem(expected, outcome):
    assert verdict(expected, outcome, WORDS) == ""


@pytest.mark.parametrize(
    ("expected", "outcome", "problem"),
    [
        (Done(), refused("[no]"), "refused, expected to be carried out"),
        (Done({"Id": "1"}), {"Id": "2"}, "answer.Id is '2', expected '1'"),
        (Done({"Id": "1"}), {}, "answer.Id is absent, expected '1'"),
        (Done({"Next": ABSENT}), {"Next": "x"}, "answer.Next is 'x', expected absent"),
        (Done({"Sets": [{"TTL": 1}]}), {"Sets": [{"TTL": 2}]}, "answer.Sets[0].TTL is 2, expected 1"),
        (Done({"Sets": []}), {"Sets": [1]}, "answer.Sets is [1], expected []"),
        (invalid_batch(), {}, "carried out, expected InvalidChangeBatch (400)"),
        (invalid_batch(), refused("[x]", "InvalidInput"), "expected InvalidChangeBatch (400)"),
        (Refused(404, "NoSuchChange"), refused("x", "NoSuchChange", 400), "expected NoSuchChange (404)"),
        (invalid_batch("one"), refused("[one, two]"), "expected the text [one]"),
        (invalid_batch("one", "two"), refused("[two, one]"), "expected the text [one, two]"),
        (invalid_input("of {n}"), refused("x", "InvalidInput"), "expected a text that holds of a.example.com."),
    ],
)
def test_any_other_answer_is_a_problem(expected, outcome, problem):
    assert verdict(expected, outcome, WORDS) == problem


def test_texts_are_filled_at_any_depth_and_whole_words_become_values():
    assert filled({"a": ["b.{n}", 1], "c": "{SOA}", "d": ()}, WORDS) == {"a": ["b.a.example.com.", 1], "c": {"Type": "SOA"}, "d": []}
