"""TXT values keep their text between our side and the wire."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnsguard.lab.strict.rdata import identity
from dnsguard.route53.txt import quote, unquote

TEXTS = st.one_of(st.text(max_size=80), st.text('"\\é0aA \n', max_size=40).map(lambda text: (text * 100)[:4000]))


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("", '""'),
        ("heritage=external-dns,external-dns/owner=o", '"heritage=external-dns,external-dns/owner=o"'),
        ('say "x"', '"say \\"x\\""'),
        ("a\\b", '"a\\\\b"'),
        ("é", '"\\303\\251"'),
        ("tab\t", '"tab\\011"'),
        ("MiXeD", '"MiXeD"'),
        ("a" * 255, '"' + "a" * 255 + '"'),
        ("a" * 256, '"' + "a" * 255 + '" "a"'),
        ("a" * 254 + "é", '"' + "a" * 254 + '\\303" "\\251"'),
    ],
)
def test_a_text_has_one_wire_form(text, wire):
    assert quote(text) == wire
    assert unquote(wire) == text


@pytest.mark.parametrize(
    ("wire", "text"), [('"a" "b"', "ab"), ('"a"   "b"', "ab"), ('"a\\;b"', "a;b"), ('"é"', "é"), (' "a" ', "a"), ('"a"\t"b"', "ab")]
)
def test_other_spellings_are_read(wire, text):
    assert unquote(wire) == text


@pytest.mark.parametrize("wire", ["", "bare", '"open', '"a" b', '"a""b"', '"\\400"', '"\\377"', '"a\\"'])
def test_what_is_no_text_is_refused(wire):
    with pytest.raises(ValueError, match=r"quoted character-strings|codec|decode"):
        unquote(wire)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a" * 4000)
def test_every_text_survives_the_wire(text):
    assert unquote(quote(text)) == text


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_what_is_written_is_what_route53_takes(text):
    wire = quote(text)
    assert re.fullmatch(r"[ -~]+", wire)
    identity("TXT", wire)
