"""The TXT registry, byte for byte: names, values, and the way back."""

import gzip
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.ownership import TYPES, Label, Registry, seems_encrypted
from dnsguard.model.records import Alias, RecordSet, Stored, Weighted
from dnsguard.model.settings import Ownership
from dnsguard.route53.sealing import AesSeal

KEY = bytes(range(32))
SEAL, OTHER = AesSeal(KEY), AesSeal(bytes(32))


def registry(prefix: str = "", suffix: str = "", wildcard: str = "", owner: str = "me", seal: AesSeal | None = None) -> Registry:
    return Registry(Ownership(owner=owner, prefix=prefix, suffix=suffix, wildcard_replacement=wildcard), seal)


def elsewhere(said: str, nonce: int = 7) -> str:
    """Seal as external-dns does: a nonce of its own, and another compressor's gzip."""
    drawn = bytes([nonce]) * 12
    return b64encode(drawn + AESGCM(KEY).encrypt(drawn, gzip.compress(said.encode(), 1), None)).decode()


def text(*values: str, name: str = "a-x.example.com") -> RecordSet:
    return RecordSet(name, "TXT", "", 300, values)


# Names, forward

FORWARD = [
    # affixes, name, type, name of the TXT
    (("", "", ""), "foo.ex.org", "A", "a-foo.ex.org"),
    (("", "", ""), "foo.ex.org", "AAAA", "aaaa-foo.ex.org"),
    (("", "", ""), "foo.ex.org", "CNAME", "cname-foo.ex.org"),
    (("", "", ""), "ex.org", "A", "a-ex.org"),
    (("", "", ""), "*.ex.org", "A", "a-*.ex.org"),
    (("", "", ""), "a-b.ex.org", "A", "a-a-b.ex.org"),
    (("", "", ""), "deep.foo.ex.org", "CNAME", "cname-deep.foo.ex.org"),
    (("x.", "", ""), "foo.ex.org", "A", "x.a-foo.ex.org"),
    (("x-", "", ""), "foo.ex.org", "A", "x-a-foo.ex.org"),
    (("X.", "", ""), "foo.ex.org", "A", "x.a-foo.ex.org"),
    (("x.", "", ""), "ex.org", "A", "x.a-ex.org"),
    (("%{record_type}.", "", ""), "foo.ex.org", "A", "a.foo.ex.org"),
    (("%{record_type}-x-", "", ""), "foo.ex.org", "AAAA", "aaaa-x-foo.ex.org"),
    (("x-%{record_type}.", "", ""), "ex.org", "CNAME", "x-cname.ex.org"),
    (("%{record_type}.", "", ""), "*.ex.org", "A", "a.*.ex.org"),
    (("", "-x", ""), "foo.ex.org", "A", "a-foo-x.ex.org"),
    (("", "-X", ""), "foo.ex.org", "CNAME", "cname-foo-x.ex.org"),
    (("", "-x", ""), "ex.org", "A", "a-ex-x.org"),
    (("", "-%{record_type}", ""), "foo.ex.org", "A", "foo-a.ex.org"),
    (("", "-%{record_type}-x", ""), "foo.ex.org", "AAAA", "foo-aaaa-x.ex.org"),
    (("", "-%{record_type}", ""), "*.ex.org", "A", "*-a.ex.org"),
    (("", "", "any"), "*.ex.org", "A", "a-any.ex.org"),
    (("x.", "", "any"), "*.ex.org", "CNAME", "x.cname-any.ex.org"),
    (("", "-x", "any"), "*.foo.ex.org", "A", "a-any-x.foo.ex.org"),
    (("%{record_type}.", "", "Any"), "*.ex.org", "A", "a.any.ex.org"),
    (("", "", "any"), "foo.ex.org", "A", "a-foo.ex.org"),
]


@pytest.mark.parametrize(("affixes", "name", "kind", "expected"), FORWARD)
def test_the_name_of_a_txt(affixes, name, kind, expected):
    assert registry(*affixes).txt_name(name, kind) == expected


@pytest.mark.parametrize(("affixes", "name", "kind", "expected"), FORWARD)
def test_the_name_of_a_txt_reads_back_to_the_name_and_type(affixes, name, kind, expected):
    owner = registry(*affixes)
    read = owner.read_name(expected)
    assert read is not None
    assert name in owner.sharing(read[0])
    assert read[1] == kind.lower()


@pytest.mark.parametrize(
    ("affixes", "name"), [(("", "", ""), f"{'x' * 62}.ex.org"), (("y" * 60, "", ""), "foo.ex.org"), (("a..", "", ""), "foo.ex.org")]
)
def test_a_txt_without_a_legal_name_has_none(affixes, name):
    assert registry(*affixes).txt_name(name, "A") is None
    assert registry(*affixes).txt_set(RecordSet(name, "A"), "") is None


# Names, backward

BACKWARD = [
    (("", ""), "a-foo.ex.org", ("foo.ex.org", "a")),
    (("", ""), "dname-foo.ex.org", ("foo.ex.org", "dname")),
    (("", ""), "foo.ex.org", ("foo.ex.org", "")),
    (("", ""), "zz-foo.ex.org", ("zz-foo.ex.org", "")),
    (("", ""), "a-b.ex.org", ("b.ex.org", "a")),
    (("x.", ""), "x.a-foo.ex.org", ("foo.ex.org", "a")),
    (("x.", ""), "x.foo.ex.org", ("foo.ex.org", "")),
    (("x.", ""), "a-foo.ex.org", None),
    (("%{record_type}.", ""), "cname.foo.ex.org", ("foo.ex.org", "cname")),
    (("%{record_type}.", ""), "zz.foo.ex.org", None),
    (("x-%{record_type}.", ""), "x-.foo.ex.org", ("foo.ex.org", "")),
    (("%{record_type}", ""), "zz.foo.ex.org", None),
    (("", "-x"), "a-foo-x.ex.org", ("foo.ex.org", "a")),
    (("", "-x"), "foo-x.ex.org", ("foo.ex.org", "")),
    (("", "-x"), "a-foo.ex.org", None),
    (("", "-%{record_type}"), "foo-aaaa.ex.org", ("foo.ex.org", "aaaa")),
    (("", "-%{record_type}"), "foo-zz.ex.org", None),
    (("", "-%{record_type}-x"), "foo--x.ex.org", ("foo.ex.org", "")),
    (("", "%{record_type}"), "foo0.ex.org", None),
]


@pytest.mark.parametrize(("affixes", "txt", "expected"), BACKWARD)
def test_what_a_txt_of_a_name_stands_for(affixes, txt, expected):
    assert registry(*affixes).read_name(txt) == expected


@pytest.mark.parametrize(
    ("affixes", "txt", "expected"),
    [
        (("", ""), "a-foo.ex.org", "a-foo.ex.org"),
        (("x.", ""), "x.foo.ex.org", "foo.ex.org"),
        (("x.", ""), "foo.ex.org", None),
        (("own-%{record_type}.", ""), "own-.foo.ex.org", "foo.ex.org"),
        (("", "-x"), "foo-x.ex.org", "foo.ex.org"),
        (("", "-x"), "foo.ex.org", None),
    ],
)
def test_what_a_txt_would_stand_for_in_the_form_without_a_type(affixes, txt, expected):
    assert registry(*affixes).old_name(txt) == expected


labels = st.text("abcmnx-0", min_size=1, max_size=6).filter(lambda label: label[0] != "-" and label[-1] != "-")
names = st.builds(
    lambda star, parts: ".".join([*star, *parts, "ex", "org"]), st.sampled_from([(), ("*",)]), st.lists(labels, min_size=1, max_size=3)
)
affixes = st.sampled_from(
    [("", ""), ("x.", ""), ("x-", ""), ("%{record_type}.", ""), ("own-%{record_type}-", ""), ("", "-x"), ("", "-%{record_type}")]
)


@given(affixes, names, st.sampled_from(["A", "AAAA", "CNAME"]), st.sampled_from(["", "any"]))
def test_names_go_there_and_back_under_every_affix(affix, name, kind, wildcard):
    owner = registry(*affix, wildcard)
    txt = owner.txt_name(name, kind)
    assert txt is not None
    read = owner.read_name(txt)
    assert read is not None
    assert (name in owner.sharing(read[0]), read[1]) == (True, kind.lower())


@given(affixes, names, st.sampled_from(["A", "AAAA", "CNAME"]))
def test_the_first_candidate_is_the_form_that_is_written(affix, name, kind):
    owner = registry(*affix)
    assert next(owner.candidates(RecordSet(name, kind))) == owner.txt_name(name, kind)


# Candidates: old forms


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (RecordSet("foo.ex.org", "A"), ["a-foo.ex.org", "foo.ex.org"]),
        (RecordSet("foo.ex.org", "A", alias=Alias("Z", "x.", True)), ["a-foo.ex.org", "cname-foo.ex.org", "foo.ex.org"]),
        (RecordSet("foo.ex.org", "AAAA"), ["aaaa-foo.ex.org"]),
        (RecordSet("foo.ex.org", "CNAME"), ["cname-foo.ex.org", "foo.ex.org"]),
        # The old form of a-b would read as the A of b.
        (RecordSet("a-b.ex.org", "CNAME"), ["cname-a-b.ex.org"]),
    ],
)
def test_where_the_txt_of_a_set_may_stand(record, expected):
    assert list(registry().candidates(record)) == expected


def test_candidates_under_a_wildcard_replacement():
    assert list(registry(wildcard="any").candidates(RecordSet("*.ex.org", "A"))) == ["a-any.ex.org", "any.ex.org"]


@pytest.mark.parametrize(
    ("wildcard", "name", "expected"),
    [
        ("", "*.ex.org", ("*.ex.org",)),
        ("any", "*.ex.org", ("any.ex.org", "*.ex.org")),
        ("any", "any.ex.org", ("any.ex.org", "*.ex.org")),
        ("any", "foo.ex.org", ("foo.ex.org",)),
    ],
)
def test_a_wildcard_shares_its_txt_with_its_twin(wildcard, name, expected):
    assert registry(wildcard=wildcard).sharing(name) == expected


# Values


def test_the_value_has_its_keys_in_order():
    assert registry().value("httproute/ns/r") == "heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/ns/r"
    assert registry().value("") == "heritage=external-dns,external-dns/owner=me"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/ns/r",), Label("me", "httproute/ns/r")),
        (('"heritage=external-dns,external-dns/owner=me"',), Label("me", "")),
        (("heritage=external-dns",), Label("", "")),
        (("external-dns/owner=me,heritage=external-dns,nonsense,other/key=1",), Label("me", "")),
        (("heritage=external-dns,external-dns/owner=a=b",), Label("a=b", "")),
        (("heritage=mate,external-dns/owner=me",), None),
        (("heritage=external-dns,heritage=mate,external-dns/owner=me",), None),
        (("external-dns/owner=me",), None),
        (("v=spf1 -all",), None),
        ((), None),
        (("heritage=external-dns,external-dns/owner=me", "heritage=external-dns,external-dns/owner=me"), Label("me", "")),
        (("heritage=external-dns,external-dns/owner=me", "heritage=external-dns,external-dns/owner=them"), None),
        (("heritage=external-dns,external-dns/owner=me", "v=spf1 -all"), None),
    ],
)
def test_what_a_txt_says(values, expected):
    assert registry().read_label(text(*values)) == expected


@given(st.text("abz-0/.", min_size=1), st.text("abz-0/.", min_size=0))
def test_a_value_reads_back(owner, resource):
    assert registry().read_label(text(registry(owner=owner).value(resource))) == Label(owner, resource)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("QUJD" * 24, True),
        ("QUJD" * 40 + "QQ==", True),
        ("QUJD" * 24 + "Q", False),
        ("QUJD" * 10, False),
        ("heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/team/a-rather-long-name-of-an-object-here", False),
    ],
)
def test_what_looks_encrypted(value, expected):
    assert seems_encrypted(text(value)) == expected


# Sealed values

OURS = "heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/ns/r"
THEIRS = "heritage=external-dns,external-dns/owner=them"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((SEAL.seal(OURS),), Label("me", "httproute/ns/r")),
        ((elsewhere(OURS),), Label("me", "httproute/ns/r")),
        ((f'"{elsewhere(OURS)}"',), Label("me", "httproute/ns/r")),
        ((elsewhere(THEIRS),), Label("them", "")),
        ((OURS,), Label("me", "httproute/ns/r")),
        ((OURS, elsewhere(OURS), SEAL.seal(OURS)), Label("me", "httproute/ns/r")),
        ((elsewhere(OURS), elsewhere(THEIRS)), None),
        ((elsewhere(OURS), "v=spf1 -all"), None),
        ((elsewhere("v=spf1 -all"),), None),
        ((OTHER.seal(OURS),), None),
        ((elsewhere(elsewhere(OURS)),), None),
        (("v=spf1 -all",), None),
        ((), None),
    ],
)
def test_what_a_txt_says_under_a_key(values, expected):
    assert registry(seal=SEAL).read_label(text(*values)) == expected


def test_without_a_key_a_sealed_txt_says_nothing_and_looks_encrypted():
    assert registry().read_label(text(elsewhere(OURS))) is None
    for sealed in (SEAL.seal(OURS), elsewhere(OURS), elsewhere(THEIRS)):
        assert seems_encrypted(text(sealed))


def test_what_is_written_under_a_key_is_sealed_and_reads_back():
    written = registry(seal=SEAL).txt_set(RecordSet("foo.ex.org", "A"), "httproute/ns/r")
    assert written is not None
    assert written.values == (SEAL.seal(OURS),)
    assert registry(seal=SEAL).read_label(written) == Label("me", "httproute/ns/r")


@given(st.text("abz-0/.", min_size=1), st.text("abz-0/.", min_size=0))
def test_a_sealed_value_reads_back(owner, resource):
    owner_of = registry(owner=owner, seal=SEAL)
    written = owner_of.txt_set(RecordSet("foo.ex.org", "A"), resource)
    assert written is not None
    assert owner_of.read_label(written) == Label(owner, resource)


@pytest.mark.parametrize(
    ("standing", "kept"),
    [
        ((elsewhere(OURS),), True),
        ((f'"{elsewhere(OURS)}"',), True),
        ((elsewhere(THEIRS),), False),
        ((elsewhere(OURS + ",external-dns/x=1"),), False),
        ((elsewhere(OURS), elsewhere(THEIRS)), False),
        ((OTHER.seal(OURS),), False),
        ((OURS,), False),
        ((), False),
    ],
)
def test_a_sealed_txt_that_says_the_same_is_kept_as_it_is_spelled(standing, kept):
    wanted = text(SEAL.seal(OURS))
    assert registry(seal=SEAL).respelled(wanted, text(*standing)).values == (standing if kept else wanted.values)


def test_without_a_key_no_txt_is_respelled():
    assert registry().respelled(text(OURS), text(elsewhere(OURS))) == text(OURS)


def test_names_that_sealed_txt_stand_for():
    sets = [Stored(text(elsewhere(OURS), name="a-any.ex.org")), Stored(text(OTHER.seal(OURS), name="a-x.ex.org"))]
    assert registry(wildcard="any", seal=SEAL).owned_names(sets) == {"any.ex.org", "*.ex.org"}
    assert registry(wildcard="any").owned_names(sets) == set()


def test_a_txt_has_routing_and_health_check_of_its_set_and_a_ttl_of_its_own():
    record = RecordSet("foo.ex.org", "A", "blue", 60, ("192.0.2.1",), None, Weighted(5), "check")
    expected = RecordSet("a-foo.ex.org", "TXT", "blue", 300, (registry().value("httproute/ns/r"),), None, Weighted(5), "check")
    assert registry().txt_set(record, "httproute/ns/r") == expected


def test_names_that_ownership_txt_stand_for():
    ours = text(registry().value(""), name="a-any.ex.org")
    sets = [
        Stored(ours),
        Stored(replace(ours, name="zz.ex.org")),
        Stored(text("v=spf1 -all", name="a-x.ex.org")),
        Stored(RecordSet("a-y.ex.org", "A")),
    ]
    assert registry(wildcard="any").owned_names(sets) == {"any.ex.org", "*.ex.org", "zz.ex.org"}
    assert registry(prefix="x.").owned_names(sets) == set()


def test_the_types_that_are_read_back_are_those_of_external_dns():
    assert sorted(TYPES) == ["a", "aaaa", "cname", "dname", "mx", "naptr", "ns", "ptr", "srv", "txt"]
