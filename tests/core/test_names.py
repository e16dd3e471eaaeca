"""Names have one canonical form, whatever their spelling, and what is no name is refused with a sentence."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dnsguard.core.names import canonical, lies_in

LABELS = st.text("abcz019-_", min_size=1, max_size=8)
PLAIN = st.lists(LABELS, min_size=1, max_size=5).map(".".join)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("a.example.com", "a.example.com"),
        ("A.Example.COM", "a.example.com"),
        ("a.example.com.", "a.example.com"),
        ("*.example.com", "*.example.com"),
        (r"\052.example.com.", "*.example.com"),
        ("*", "*"),
        ("a*b.example.com", "a*b.example.com"),
        ("a.*.example.com", "a.*.example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        (r"a\057b.example.com", "a/b.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("BÜCHER.example.com", "xn--bcher-kva.example.com"),
        ("bücher。example.com", "xn--bcher-kva.example.com"),
        ("a.bücher。", "a.xn--bcher-kva"),
        ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("com", "com"),
        ("a" * 63 + ".com", "a" * 63 + ".com"),
        (".".join(["a" * 63] * 3 + ["b" * 61]), ".".join(["a" * 63] * 3 + ["b" * 61])),
    ],
)
def test_every_spelling_has_one_canonical_form(spelling, name):
    assert canonical(spelling) == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a name is empty"),
        (".", "a name is empty"),
        ("a b.example.com", "holds a space or a control character"),
        (r"a\040b.example.com", "holds a space or a control character"),
        ("a\x7f.example.com", "holds a space or a control character"),
        ("a..example.com", "has an empty label"),
        (".example.com", "has an empty label"),
        ("a.example.com..", "has an empty label"),
        ("a" * 64 + ".com", "a label of .* is longer than 63 characters"),
        (".".join(["a" * 63] * 3 + ["b" * 62]), "is longer than 253 characters"),
        ("A." + ".".join(["a" * 63] * 4), "is longer than 253 characters"),
        ("ü" * 60 + ".com", "internationalised|longer than 63"),
        ("ü☃\u200d.example.com", "is no internationalised domain name"),
        ("bücher。。example.com", "internationalised|empty label"),
    ],
)
def test_what_is_no_name_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        canonical(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30))
def test_a_canonical_name_is_its_own_canonical_form(text):
    try:
        name = canonical(text)
    except ValueError:
        return
    assert canonical(name) == name
    assert len(name) <= 253
    assert all(1 <= len(label) <= 63 for label in name.split("."))
    assert name.isascii()
    assert name == name.lower()


@given(PLAIN, st.data())
def test_neither_case_nor_the_last_dot_nor_escapes_make_another_name(name, data):
    dice = st.sampled_from([str, str.upper, lambda character: f"\\{ord(character):03o}"])
    spelled = "".join(data.draw(dice)(character) if character != "." else "." for character in name)
    assert canonical(spelled + data.draw(st.sampled_from(["", "."]))) == name


@given(PLAIN, PLAIN, LABELS)
def test_a_name_lies_in_a_zone_at_label_boundaries_only(name, zone, label):
    assert lies_in(zone, zone)
    assert lies_in(f"{name}.{zone}", zone)
    assert not lies_in(f"{label}{zone}", zone) or f"{label}{zone}".endswith(f".{zone}")
    assume(name != zone)
    assert lies_in(name, zone) == (name.split(".")[-len(zone.split(".")) :] == zone.split("."))


@settings(max_examples=50)
@given(PLAIN)
def test_what_lies_in_a_zone_is_never_shorter_than_it(name):
    parts = name.split(".")
    assert all(lies_in(name, ".".join(parts[start:])) for start in range(len(parts)))
    assert not any(lies_in(".".join(parts[start:]), name) for start in range(1, len(parts)))
