"""What all objects together want of one row: the union where there is one, and one documented order where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.desired import Wish, endpoints, type_of
from dnsguard.model.endpoints import Contribution
from dnsguard.model.objects import Ref

OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


def wish(name, *targets, created=OLD, ttl=None, properties=()):
    ref = Ref("HTTPRoute", "team", name)
    return Wish(ref, created, f"httproute/team/{name}", Contribution(tuple(sorted(set(targets))), ttl, properties))


def united(*wishes):
    found, lost = endpoints("www.example.com", "", wishes)
    return {each.type: each.targets for each in found}, lost


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("192.0.2.1", "A"),
        ("2001:db8::1", "AAAA"),
        ("::ffff:102:304", "AAAA"),
        ("lb.example.net", "CNAME"),
        ("1.2.3.example", "CNAME"),
        ("a.b.c.4", "CNAME"),
        ("1.2.3", "CNAME"),
        ("localhost", "CNAME"),
    ],
)
def test_the_text_decides_the_type(target, kind):
    assert type_of(target) == kind


def test_nobody_wants_nothing():
    assert united() == ({}, ())


def test_targets_unite_in_order_and_once():
    found = united(wish("a", "192.0.2.2", "192.0.2.1"), wish("b", "192.0.2.2", "192.0.2.0"))
    assert found == ({"A": ("192.0.2.0", "192.0.2.1", "192.0.2.2")}, ())


def test_both_address_families_stand_side_by_side():
    assert united(wish("a", "192.0.2.1"), wish("b", "2001:db8::1")) == ({"A": ("192.0.2.1",), "AAAA": ("2001:db8::1",)}, ())


def test_the_older_object_decides_ttl_properties_and_label():
    (found,), lost = endpoints(
        "www.example.com", "", [wish("a", "192.0.2.1", created=NEW), wish("b", "192.0.2.2", created=OLD, properties=(("aws/weight", "1"),))]
    )
    assert (found.resource, found.properties, found.targets, lost) == (
        "httproute/team/b",
        (("aws/weight", "1"),),
        ("192.0.2.1", "192.0.2.2"),
        (),
    )


def test_another_ttl_loses_to_the_older_object_and_is_named():
    found, lost = united(wish("new", "192.0.2.1", created=NEW, ttl=60), wish("old", "192.0.2.2"))
    assert found == {"A": ("192.0.2.2",)}
    assert lost == ("HTTPRoute team/new wants another TTL than httproute/team/old, which is older",)


def test_of_two_objects_of_one_age_the_ref_decides():
    found, lost = united(wish("b", "192.0.2.2", ttl=60), wish("a", "192.0.2.1"))
    assert (found, len(lost)) == ({"A": ("192.0.2.1",)}, 1)


def test_addresses_go_before_names_however_old():
    found, lost = united(wish("name", "lb.example.net"), wish("address", "192.0.2.1", created=NEW))
    assert (found, len(lost)) == ({"A": ("192.0.2.1",)}, 1)


def test_of_two_names_the_older_one_is_published():
    found, lost = united(wish("new", "a.example.net", created=NEW), wish("old", "b.example.net"))
    assert (found, len(lost)) == ({"CNAME": ("b.example.net",)}, 1)


def test_the_same_name_twice_is_no_conflict():
    assert united(wish("a", "lb.example.net"), wish("b", "lb.example.net")) == ({"CNAME": ("lb.example.net",)}, ())


def test_of_several_names_of_one_object_the_first_is_published():
    found, lost = united(wish("a", "b.example.net", "a.example.net"))
    assert (found, len(lost)) == ({"CNAME": ("a.example.net",)}, 1)


def test_what_one_object_gets_through_several_parents_is_one_wish():
    parents = [wish("a", "b.example.net"), wish("a", "a.example.net"), wish("a", "c.example.net")]
    for found, lost in (united(*parents), united(*reversed(parents))):
        assert (found, len(lost)) == ({"CNAME": ("a.example.net",)}, 1)


def test_of_one_object_with_two_ttl_the_order_of_the_wishes_decides_nothing():
    parents = [wish("a", "192.0.2.1", ttl=60), wish("a", "192.0.2.2", ttl=20)]
    assert united(*parents) == united(*reversed(parents))


wishes = st.lists(
    st.builds(
        wish,
        st.sampled_from("abcd"),
        st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "x.example.net", "y.example.net"]),
        st.sampled_from(["192.0.2.1", "192.0.2.3", "z.example.net"]),
        created=st.sampled_from([OLD, NEW]),
        ttl=st.sampled_from([None, 60]),
    ),
    max_size=5,
    unique_by=lambda each: each.ref,
)


@given(wishes, st.randoms())
def test_the_order_of_the_wishes_decides_nothing(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert endpoints("www.example.com", "", shuffled) == endpoints("www.example.com", "", found)


@given(wishes)
def test_what_is_published_can_stand_together_and_was_wished_for(found):
    chosen, _ = endpoints("www.example.com", "", found)
    kinds = [each.type for each in chosen]
    assert len(kinds) == len(set(kinds))
    assert "CNAME" not in kinds or (len(kinds) == 1 and len(chosen[0].targets) == 1)
    assert bool(chosen) == bool(found)
    assert {target for each in chosen for target in each.targets} <= {target for each in found for target in each.contribution.targets}
    assert all(each.targets == tuple(sorted(set(each.targets))) for each in chosen)
