"""A public target never gives way to one that cannot be reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.sanity import Reach, Sanity, reach_of
from dnsguard.model.records import Alias, RecordSet

PUBLIC, PRIVATE, NOWHERE = Reach.PUBLIC, Reach.PRIVATE, Reach.NOWHERE


def a(*values, kind="A"):
    return RecordSet("www.example.com", kind, ttl=300, values=values)


@pytest.mark.parametrize(
    ("target", "reach"),
    [
        ("192.0.2.1", PUBLIC),
        ("8.8.8.8", PUBLIC),
        ("172.32.0.1", PUBLIC),
        ("172.31.0.1", PRIVATE),
        ("10.0.0.1", PRIVATE),
        ("192.168.1.1", PRIVATE),
        ("100.64.0.1", PRIVATE),
        ("100.128.0.1", PUBLIC),
        ("127.0.0.1", NOWHERE),
        ("169.254.169.254", NOWHERE),
        ("0.0.0.0", NOWHERE),
        ("224.0.0.1", NOWHERE),
        ("255.255.255.255", NOWHERE),
        ("2001:db8::1", PUBLIC),
        ("fd00::1", PRIVATE),
        ("fe80::1", NOWHERE),
        ("::1", NOWHERE),
        ("::", NOWHERE),
        ("ff02::1", NOWHERE),
        ("::ffff:a00:1", PRIVATE),
        ("::ffff:7f00:1", NOWHERE),
        ("lb.example.net", PUBLIC),
        ("web.shop.svc", NOWHERE),
        ("web.shop.svc.cluster.local", NOWHERE),
        ("printer.local", NOWHERE),
        ("localhost", NOWHERE),
        ("a.localhost", NOWHERE),
        ("ip-10-0-0-1.ec2.internal", PRIVATE),
        ("localhost.example.com", PUBLIC),
    ],
)
def test_reach(target, reach):
    assert reach_of(target) is reach


@pytest.mark.parametrize(
    ("standing", "wanted", "policy", "public", "objects"),
    [
        (["192.0.2.1"], ["192.0.2.2"], "no-replace", True, False),
        (["192.0.2.1"], ["10.0.0.1"], "no-replace", True, True),
        (["192.0.2.1"], ["10.0.0.1"], "allow", True, False),
        (["192.0.2.1"], ["10.0.0.1"], "deny", True, True),
        (["192.0.2.1"], ["10.0.0.1"], "no-replace", False, False),
        (["192.0.2.1"], ["127.0.0.1"], "allow", True, True),
        (["192.0.2.1"], ["127.0.0.1"], "allow", False, True),
        (["192.0.2.1"], ["192.0.2.1", "10.0.0.1"], "no-replace", True, True),
        (["192.0.2.1", "10.0.0.1"], ["192.0.2.2", "10.0.0.2"], "no-replace", True, False),
        (["192.0.2.1", "10.0.0.1"], ["10.0.0.1"], "no-replace", True, True),
        (["10.0.0.1"], ["10.0.0.2"], "no-replace", True, False),
        (["10.0.0.1"], ["10.0.0.2"], "deny", True, True),
        (["10.0.0.1"], ["192.0.2.1"], "deny", True, False),
        (["10.0.0.1"], ["127.0.0.1"], "no-replace", True, False),
        ([], ["10.0.0.1"], "no-replace", True, False),
        ([], ["10.0.0.1"], "deny", True, True),
        ([], ["127.0.0.1"], "deny", True, True),
        ([], ["127.0.0.1"], "no-replace", True, False),
        ([], ["10.0.0.1", "127.0.0.1"], "deny", True, True),
        ([], ["10.0.0.1", "127.0.0.1"], "deny", False, False),
    ],
)
def test_what_may_come_instead(standing, wanted, policy, public, objects):
    before = [a(*standing)] if standing else []
    said = Sanity(policy).objection(before, a(*wanted), public=public)
    assert (said is not None) == objects
    assert said is None or wanted[-1] in said


@pytest.mark.parametrize(
    ("standing", "wanted", "policy", "public", "loses"),
    [
        ([a("192.0.2.1")], [a("fd00::1", kind="AAAA")], "no-replace", True, True),
        ([a("192.0.2.1")], [a("fd00::1", kind="AAAA")], "no-replace", False, False),
        ([a("192.0.2.1")], [a("fd00::1", kind="AAAA")], "allow", True, False),
        ([a("192.0.2.1")], [a("::1", kind="AAAA")], "allow", True, True),
        ([a("10.0.0.1"), a("2001:db8::1", kind="AAAA")], [a("10.0.0.1")], "no-replace", True, True),
        ([a("192.0.2.1")], [a("lb.internal", kind="CNAME")], "no-replace", True, True),
        ([a("192.0.2.1")], [a("192.0.2.2"), a("fd00::1", kind="AAAA")], "no-replace", True, False),
        ([a("10.0.0.1")], [a("fd00::1", kind="AAAA")], "no-replace", True, False),
        ([a("192.0.2.1")], [], "no-replace", True, False),
    ],
)
def test_a_row_never_loses_its_last_public_target_to_another_type(standing, wanted, policy, public, loses):
    assert (Sanity(policy).loss(standing, wanted, public=public) is not None) == loses


def test_an_alias_is_judged_by_its_target():
    alias = RecordSet("www.example.com", "A", alias=Alias("Z1", "web.shop.svc.cluster.local", evaluate_health=False))
    assert Sanity("allow").objection([a("192.0.2.1")], alias, public=True) is not None


TARGETS = st.sampled_from(["192.0.2.1", "192.0.2.2", "10.0.0.1", "10.0.0.2", "127.0.0.1", "lb.example.net", "a.svc"])


@given(st.sets(TARGETS, min_size=1), st.sets(TARGETS, min_size=1), st.sampled_from(["allow", "no-replace", "deny"]), st.booleans())
def test_where_a_public_target_stands_one_that_is_nowhere_never_takes_over(before, after, policy, public):
    said = Sanity(policy).objection([a(*sorted(before))], a(*sorted(after)), public=public)
    reach = {reach_of(target) for target in before}
    if PUBLIC in reach and NOWHERE not in reach and any(reach_of(target) is NOWHERE for target in after):
        assert said is not None
    if all(reach_of(target) is PUBLIC for target in after):
        assert said is None
