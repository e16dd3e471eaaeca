"""Paths of fields: what people write, and when two of them meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.sieve.paths import ITEM, meet, parse, spell


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec", ("spec",)),
        ("metadata.managedFields", ("metadata", "managedFields")),
        ("status.parents[].conditions[].message", ("status", "parents", ITEM, "conditions", ITEM, "message")),
        ("metadata.annotations[example.com/team]", ("metadata", "annotations", "example.com/team")),
        ("metadata.labels[app].x", ("metadata", "labels", "app", "x")),
    ],
)
def test_a_path_is_read_and_written_the_same(text, path):
    assert parse(text) == path
    assert parse(spell(path)) == path


@pytest.mark.parametrize("text", ["", ".spec", "spec.", "a..b", "[]", "a b", "spec.hostnames[0", "a[b]c", "a[[b]]", "spec.0x"])
def test_what_is_no_path_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match="allowed is a path such as"):
        parse(text)


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,5}", fullmatch=True)
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="[]"), max_size=6)


@given(NAMES, st.lists(st.one_of(NAMES, KEYS), max_size=4))
def test_every_path_that_is_written_is_read_back(first, rest):
    path = (first, *rest)
    assert parse(spell(path)) == path


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [("status", "status.addresses", True), ("spec.a", "spec.b", False), ("spec", "spec", True), ("a[].x", "a[].y", False)],
)
def test_two_paths_meet_if_one_begins_with_the_other(one, other, so):
    assert meet(parse(one), parse(other)) is meet(parse(other), parse(one)) is so
