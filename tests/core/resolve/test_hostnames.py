"""Hostnames meet where external-dns and the Gateway API say they do."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.resolve.hostnames import host_of, intersection, is_ipv4


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", ""),
        ("", "example.org", "example.org"),
        ("", "*.example.org", "*.example.org"),
        ("example.org", "example.org", "example.org"),
        ("example.org", "example.com", ""),
        ("*.example.org", "service.example.org", "service.example.org"),
        ("*.example.org", "a.example.org", "a.example.org"),
        ("*.example.org", "a.b.c.example.org", "a.b.c.example.org"),
        ("*.example.org", "*.b.example.org", "*.b.example.org"),
        ("*.example.org", "*.example.org", "*.example.org"),
        ("*.example.org", "example.org", ""),
        ("*.example.org", "wrongexample.org", ""),
        ("*.example.org", "a.example.org.", ""),
        ("*.b.example.org", "a.example.org", ""),
    ],
)
def test_hostnames_meet(one: str, other: str, expected: str) -> None:
    """The more specific one is the name, whichever comes first."""
    assert intersection(one, other) == expected
    assert intersection(other, one) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("host", "host"),
        ("example.org", "example.org"),
        ("deep.example.org", "deep.example.org"),
        ("with-inner-hyphens.example.org", "with-inner-hyphens.example.org"),
        ("EXAMPLE.Org", "example.org"),
        ("example.org.", "example.org."),
        ("*.example.org", "*.example.org"),
        ("01.2.3.4", "01.2.3.4"),
        ("*.192.0.2.1", "*.192.0.2.1"),
        ("a" * 63 + ".org", "a" * 63 + ".org"),
        (f"{'abcdefg.' * 31}12345", f"{'abcdefg.' * 31}12345"),
        (f"{'abcdefg.' * 31}12345.", f"{'abcdefg.' * 31}12345."),
    ],
)
def test_hostnames(text: str, expected: str) -> None:
    """These are hostnames, written in lower case."""
    assert host_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a" * 64 + ".example.org",
        f"{'abcdefg.' * 31}123456",
        "-front.example.org",
        "back-.example.org",
        "under_score.example.org",
        "pl+us.example.org",
        "bra[k]et.example.org",
        "par(en).example.org",
        "*",
        "*.",
        ".",
        "*.*.example.org",
        "*example.org",
        "a.*.example.org",
        "a..example.org",
        ".example.org",
        "example.org..",
        "exämple.org",
        "\u212aelvin.example.org",
        "192.0.2.1",
        "2001:db8::1",
        "example.org\n",
        " example.org",
    ],
)
def test_no_hostnames(text: str) -> None:
    """These are no hostnames."""
    assert host_of(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("192.0.2.1", True), ("192.0.2.01", False), ("192.0.2", False), ("192.0.2.256", False), ("", False), ("a", False)],
)
def test_addresses(text: str, expected: bool) -> None:  # noqa: FBT001 -- the column of a table
    """Four decimals without leading zeros are an address."""
    assert is_ipv4(text) is expected


labels = st.text(alphabet="ab1", min_size=1, max_size=3)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
hosts = st.one_of(names, names.map("*.{}".format), st.just("")).map(host_of).filter(lambda host: host is not None)


@given(hosts, hosts)
def test_where_two_meet_both_are_met(one: str, other: str) -> None:
    """Meeting is symmetric, and the name meets each of the two as itself."""
    name = intersection(one, other)

    assert name == intersection(other, one)
    if name:
        assert intersection(one, name) == intersection(other, name) == name


@given(st.integers(0, 2**32 - 1))
def test_no_address_is_a_hostname(number: int) -> None:
    """Every IPv4 address is refused."""
    assert host_of(str(IPv4Address(number))) is None
