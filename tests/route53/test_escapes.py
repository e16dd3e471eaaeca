"""Names keep what they are between the canonical form and the wire."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnsguard.core.names import canonical
from dnsguard.route53.escapes import escape, unescape

PAIRS = [
    ("example.com", "example.com."),
    ("*.example.com", "\\052.example.com."),
    ("_acme-challenge.example.com", "_acme-challenge.example.com."),
    ("a/b.example.com", "a\\057b.example.com."),
    ("a@b.example.com", "a\\100b.example.com."),
    ("a b.example.com", "a\\040b.example.com."),
    ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com."),
    ("\xe9.example.com", "\\351.example.com."),
    ("a\\056b.example.com", "a\\056b.example.com."),
    ("a\\134b.example.com", "a\\134b.example.com."),
    ("", "."),
]
OCTETS = st.text(st.characters(max_codepoint=255), max_size=60)


@pytest.mark.parametrize(("name", "wire"), PAIRS)
def test_a_name_has_one_wire_form(name, wire):
    assert escape(name) == wire
    assert unescape(wire) == name


@pytest.mark.parametrize("wire", ["A.Example.COM.", "a.example.com", "\\141.example.com.", "\\101.example.com.", "a.EXAMPLE.com."])
def test_every_spelling_of_a_name_is_read(wire):
    assert unescape(wire) == "a.example.com"


def test_a_dot_inside_a_label_does_not_make_another_name():
    assert unescape("a\\056b.example.com.") != unescape("a.b.example.com.")


@settings(max_examples=100, deadline=None)
@given(OCTETS)
@example("\\056")
@example("\\\\.056")
def test_reading_what_was_read_and_written_changes_nothing(wire):
    name = unescape(wire)
    assert unescape(escape(name)) == name.removesuffix(".")


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"(\*\.)?([a-z0-9_/@-]{1,12}\.){1,4}[a-z]{2,6}", fullmatch=True))
def test_canonical_names_survive_the_wire(name):
    assert unescape(escape(canonical(name))) == canonical(name)


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[a-zäöüß]{1,12}\.example", fullmatch=True))
def test_international_names_survive_the_wire(name):
    assert unescape(escape(canonical(name))) == canonical(name)


def test_a_character_that_is_no_octet_is_refused():
    with pytest.raises(ValueError, match="no name on the wire"):
        escape("\u2764.example.com")
