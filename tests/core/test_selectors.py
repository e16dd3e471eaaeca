"""Selectors select what Kubernetes selects, and refuse what Kubernetes refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.selectors import EVERYTHING, compile_selector, parse
from dnsguard.model.objects import LabelSelector, Requirement

LABELS = {"app": "web", "tier": "edge", "example.org/zone": "a.b_c-1", "empty": ""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "app",
        "app=web",
        "app==web",
        " app = web , tier=edge ",
        "app!=db",
        "absent!=x",
        "app in (db, web)",
        "app in(web)",
        "app notin (db)",
        "absent notin (x)",
        "!absent",
        "! absent",
        "example.org/zone=a.b_c-1",
        "empty=",
        "empty=,app",
        "empty in (,x)",
        "empty in (x,)",
        "app in (in,web)",
        "app\tin\n(web)",
    ],
)
def test_selected(text: str) -> None:
    """These selectors select the labels."""
    assert parse(text).matches(LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "absent",
        "!app",
        "app=db",
        "app=web,tier=core",
        "app!=web",
        "app in (db)",
        "absent in (x)",
        "absent=",
        "app notin (db,web)",
        "app=in",
        "App",
    ],
)
def test_not_selected(text: str) -> None:
    """These selectors do not select the labels."""
    assert not parse(text).matches(LABELS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app=web,", "found the end, expected a key"),
        (",", "found ',', expected a key"),
        ("!", "found the end, expected a key after '!'"),
        ("!a=b", "found '=', expected ',' or the end"),
        ("in", "found 'in', expected a key"),
        ("a b", "found 'b' after the key 'a', expected one of =, ==, !=, in, notin"),
        ("a=b c", "found 'c', expected ',' or the end"),
        ("a=(", "found '(', expected a value"),
        ("a>5", "found '>' after the key 'a', expected one of =, ==, !=, in, notin"),
        ("a in b", "the values of 'a' have to stand in parentheses"),
        ("a in (b", "found the end among the values of 'a', expected ',' or ')'"),
        ("a in (b c)", "found 'c' among the values of 'a', expected ',' or ')'"),
        ("a in ()", "the operator In on 'a' needs at least one value"),
        ("/a=b", "'/a' is not a valid label key"),
        ("A.b/c", "'A.b/c' is not a valid label key"),
        ("a/b/c", "'a/b/c' is not a valid label key"),
        ("-a", "'-a' is not a valid label key"),
        ("a" * 64, f"{'a' * 64!r} is not a valid label key"),
        ("a" * 254 + "/b", f"{'a' * 254 + '/b'!r} is not a valid label key"),
        ("a=b/c", "'b/c' is not a valid label value"),
        ("a=" + "b" * 64, f"{'b' * 64!r} is not a valid label value"),
    ],
)
def test_refused(text: str, sentence: str) -> None:
    """What is no selector is refused with a sentence that quotes it."""
    with pytest.raises(ValueError, match=r".") as refusal:
        parse(text)

    assert str(refusal.value) == sentence


def test_matches_of_the_structured_form_are_joined() -> None:
    """MatchLabels and matchExpressions all have to be met."""
    selector = compile_selector(
        LabelSelector(
            match_labels={"tier": "edge", "app": "web"},
            match_expressions=(
                Requirement("app", "In", ("db", "web")),
                Requirement("tier", "NotIn", ("core",)),
                Requirement("empty", "Exists"),
                Requirement("absent", "DoesNotExist"),
            ),
        )
    )

    assert selector.matches(LABELS)
    assert not selector.matches({**LABELS, "absent": ""})
    assert not selector.matches({**LABELS, "app": "db"})


def test_the_empty_selector_selects_everything() -> None:
    """Neither form without expressions excludes anything."""
    assert parse("") == compile_selector(LabelSelector()) == EVERYTHING
    assert EVERYTHING.matches({})


@pytest.mark.parametrize(
    ("selector", "sentence"),
    [
        (LabelSelector({"": "x"}), "'' is not a valid label key"),
        (LabelSelector({"a": "-"}), "'-' is not a valid label value"),
        (
            LabelSelector(None, (Requirement("a", "Gt", ("1",)),)),
            "'Gt' is not an operator of label selectors (In, NotIn, Exists, DoesNotExist)",
        ),
        (LabelSelector(None, (Requirement("a", "NotIn", ()),)), "the operator NotIn on 'a' needs at least one value"),
        (LabelSelector(None, (Requirement("a", "Exists", ("x",)),)), "the operator Exists on 'a' takes no values"),
    ],
)
def test_refused_structure(selector: LabelSelector, sentence: str) -> None:
    """The structured form keeps the same rules."""
    with pytest.raises(ValueError, match=r".") as refusal:
        compile_selector(selector)

    assert str(refusal.value) == sentence


@given(st.text(alphabet="ab.-/_!=,() in\t<>notin", max_size=24))
def test_text_is_parsed_or_refused(text: str) -> None:
    """No text raises anything but ValueError, and what is parsed can be asked."""
    try:
        selector = parse(text)
    except ValueError:
        return

    assert selector.matches(LABELS) in {True, False}


@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["", "x", "y"])))
def test_both_forms_of_equality_agree(labels: dict[str, str]) -> None:
    """A set of labels as matchLabels is the same as its text."""
    text = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))

    assert parse(text) == compile_selector(LabelSelector(labels))
