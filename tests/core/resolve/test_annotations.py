"""Annotations mean what they mean to external-dns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.resolve.annotations import (
    SILENT,
    Notes,
    dated,
    foreign,
    notes_of,
    ours,
    properties_of,
    target_texts,
    ttl_of,
)

PREFIXES = ("new.example/", "old.example/")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("600", 600),
        ("1", 1),
        ("999999", 999_999),
        ("60", 60),
        ("+60", 60),
        ("007", 7),
        ("10m", 600),
        ("+10m", 600),
        ("20.5s", 20),
        ("1.s", 1),
        (".5h", 1800),
        ("1h30m15s", 5415),
        ("1500ms", 1),
        ("1000000us", 1),
        ("1000000µs", 1),
        ("1000000μs", 1),
        ("2000000000ns", 2),
        ("2147483647", 2_147_483_647),
        ("2147483647.9s", 2_147_483_647),
    ],
)
def test_ttl(text: str, seconds: int) -> None:
    """These are TTLs in seconds, rounded down."""
    assert ttl_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "foo", "-1", "0", "0s", "0.5s", "-10m", "1d"),
        *("1 m", " 60", "6_0", "\u0666\u0660", "2147483648", "4294967296", "600000h", "1.5", "s", ".s", "1m.", "1..5s"),
        "9" * 5000,
        "9" * 5000 + "s",
    ],
)
def test_no_ttl(text: str) -> None:
    """These mean no TTL."""
    assert ttl_of(text) is None


@given(st.integers(1, 2_147_483_647))
def test_every_ttl_in_range_is_taken(seconds: int) -> None:
    """Whole seconds mean the same with and without their unit."""
    assert ttl_of(str(seconds)) == ttl_of(f"{seconds}s") == seconds


@pytest.mark.parametrize(
    ("found", "properties"),
    [
        ({}, ()),
        ({"cloudflare-proxied": "true"}, (("cloudflare/proxied", "true"),)),
        ({"cloudflare-custom-hostname": "own.example.org"}, (("cloudflare/custom-hostname", "own.example.org"),)),
        ({"cloudflare-unknown": "x"}, ()),
        ({"aws-weight": "100"}, (("aws/weight", "100"),)),
        ({"aws-geolocation-country-code": "DE"}, (("aws/geolocation-country-code", "DE"),)),
        ({"coredns-group": "one"}, (("coredns/group", "one"),)),
        ({"scw-x": "1", "webhook-y": "2"}, (("scw/x", "1"), ("webhook/y", "2"))),
        ({"azure-tags": "a=1,b=2"}, (("azure/tags", "a=1,b=2"),)),
        ({"azure-tags": "a=one, b=two "}, (("azure/tags", "a=one, b=two "),)),
        ({"set-identifier": "blue"}, ()),
        ({"record-type": "ptr"}, (("record-type", "ptr"),)),
        ({"alias": "true"}, (("alias", "true"),)),
        ({"alias": "True"}, ()),
        ({"alias": "false"}, ()),
        ({"aws-b": "2", "alias": "true", "aws-a": "1"}, (("alias", "true"), ("aws/a", "1"), ("aws/b", "2"))),
    ],
)
def test_properties(found: dict[str, str], properties: tuple[tuple[str, str], ...]) -> None:
    """Provider annotations become properties, sorted by name."""
    assert properties_of(found) == properties


@pytest.mark.parametrize(
    ("found", "texts"),
    [
        ({}, []),
        ({"target": ""}, []),
        ({"target": "one.example.org"}, ["one.example.org"]),
        ({"target": "one.example.org,two.example.org"}, ["one.example.org", "two.example.org"]),
        ({"target": " one.example.org , two.example.org "}, ["one.example.org", "two.example.org"]),
        ({"target": "\tone.example.org\n"}, ["one.example.org"]),
        ({"target": ","}, ["", ""]),
    ],
)
def test_target_lists(found: dict[str, str], texts: list[str]) -> None:
    """A target annotation is a list without spaces."""
    assert target_texts(found) == texts


def test_the_first_prefix_wins_for_each_annotation() -> None:
    """Prefixes are joined annotation by annotation, whatever the order of the mapping."""
    annotations = {
        "old.example/ttl": "1",
        "new.example/ttl": "2",
        "old.example/alias": "true",
        "other.example/ttl": "3",
    }

    found = ours(annotations, PREFIXES)

    assert found == {"ttl": "2", "alias": "true"}
    assert ours(dict(reversed(annotations.items())), PREFIXES) == found
    assert ours(annotations, ("old.example/", "new.example/"))["ttl"] == "1"


def test_dated_prefixes_are_named() -> None:
    """Annotations under a prefix other than the first are listed in order."""
    annotations = {"old.example/ttl": "1", "new.example/ttl": "2", "old.example/alias": "true"}

    assert dated(annotations, PREFIXES) == (
        "these annotations carry a dated prefix, better is new.example/: old.example/alias, old.example/ttl",
    )
    assert dated(annotations, ("new.example/",)) == ()


def test_another_controller() -> None:
    """Only a controller annotation with another value hands an object away."""
    assert not foreign({})
    assert not foreign({"controller": "dns-controller"})
    assert foreign({"controller": ""})


def test_notes() -> None:
    """Notes hold what the route says, and nothing for a route that says nothing."""
    assert notes_of({}) is SILENT
    assert notes_of({"hostname": "a.example.org,,b.example.org", "set-identifier": "x", "ttl": "5"}) == Notes(
        hostnames=("a.example.org", "b.example.org"), set_id="x", ttl=5
    )
    assert notes_of({"gateway-hostname-source": "Annotation-only"}).only == "annotation-only"
