"""Targets are addresses or host names in one canonical form."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.resolve.targets import target_of, targets_of


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"),
        ("LB.Example.NET", "lb.example.net"),
        ("lb.example.net.", "lb.example.net"),
        ("192.0.2.1.", "192.0.2.1"),
        ("_svc.example.net", "_svc.example.net"),
    ],
)
def test_targets(text: str, target: str) -> None:
    """These are targets, in canonical form."""
    assert target_of(text) == target


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a target is empty"),
        (".", "a target is empty"),
        ("2001:db8::g", "the target '2001:db8::g' is not an IPv6 address"),
        ("fe80::1%eth0", "the target 'fe80::1%eth0' is an address of one link only"),
        ("two words", "the target 'two words' is neither an address nor a host name"),
    ],
)
def test_no_targets(text: str, sentence: str) -> None:
    """What is no target is refused with a sentence that quotes it."""
    with pytest.raises(ValueError, match=r".") as refusal:
        target_of(text)

    assert str(refusal.value).startswith(sentence)


def test_lists_are_sorted_and_unique_and_lose_what_is_no_target() -> None:
    """One bad target costs the others nothing."""
    assert targets_of(["b.example.net", "", "A.example.net.", "a.example.net"]) == (
        ("a.example.net", "b.example.net"),
        ("a target is empty",),
    )


@given(st.integers(0, 2**128 - 1))
def test_every_spelling_of_an_ipv6_address_is_one_target(number: int) -> None:
    """Long and short forms agree, and the canonical form is its own."""
    address = IPv6Address(number)

    target = target_of(address.exploded)

    assert target == target_of(str(address)) == target_of(target)
    assert IPv6Address(target) == address
