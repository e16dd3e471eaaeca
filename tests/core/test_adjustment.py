"""Endpoints are adjusted as external-dns's AWS provider adjusts them; the cases are its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.adjustment import adjusted
from dnsguard.model.settings import Records
from dnsguard.model.webhook import HookEndpoint, Property

BALANCER = "test-123.us-east-1.elb.amazonaws.com"
HERE = "target.foo.bar."
HEALTH = "aws/evaluate-target-health"
WEIGHT = "aws/weight"
PLACE = "aws/geoproximity-region"
BIAS = "aws/geoproximity-bias"


def endpoint(kind, target, ttl=0, set_id="", **properties):
    return HookEndpoint("test.foo.bar.", (target,), kind, set_id, ttl, None, tuple(Property(*pair) for pair in properties.items()))


def with_health(kind, target, ttl=0, alias="true", health="false"):
    return endpoint(kind, target, ttl, alias=alias, **{HEALTH: health})


def sorting(endpoint):
    """The order of properties means nothing."""
    return replace(endpoint, properties=tuple(sorted(endpoint.properties or (), key=lambda each: each.name)))


CASES = {
    "an address passes": (endpoint("A", "1.1.1.1"), [endpoint("A", "1.1.1.1")]),
    "an address that is an alias": (endpoint("A", "1.1.1.1", 600, alias="true"), [with_health("A", "1.1.1.1", 300)]),
    "an address that is none": (with_health("A", "1.1.1.1", 600, "false", "true"), [endpoint("A", "1.1.1.1", 600)]),
    "a health that means nothing": (with_health("A", "1.1.1.1", 600, health="invalid"), [with_health("A", "1.1.1.1", 300)]),
    "an AAAA that is an alias": (endpoint("AAAA", "2001:db8::1", 600, alias="true"), [with_health("AAAA", "2001:db8::1", 300)]),
    "a CNAME that is no alias": (with_health("CNAME", HERE, 600, "false", "true"), [endpoint("CNAME", HERE, 600, alias="false")]),
    "an alias that means nothing": (endpoint("CNAME", HERE, 600, alias="invalid"), [endpoint("CNAME", HERE, 600, alias="false")]),
    "a CNAME that is an alias": (
        endpoint("CNAME", HERE, 600, alias="true"),
        [with_health("A", HERE, 300), with_health("AAAA", HERE, 300)],
    ),
    "an alias with health": (
        with_health("CNAME", HERE, 600, health="true"),
        [with_health("A", HERE, 300, health="true"), with_health("AAAA", HERE, 300, health="true")],
    ),
    "a load balancer": (endpoint("CNAME", BALANCER), [with_health("A", BALANCER), with_health("AAAA", BALANCER)]),
    "an alias A alone": (endpoint("CNAME", HERE, alias="A"), [with_health("A", HERE, alias="A")]),
    "an alias AAAA alone": (endpoint("CNAME", HERE, alias="AAAA"), [with_health("AAAA", HERE, alias="AAAA")]),
    "an MX passes": (endpoint("MX", "10 mail.example.com."), [endpoint("MX", "10 mail.example.com.")]),
    "a geoproximity": (
        endpoint("A", "1.1.1.1", set_id="s", **{PLACE: "x"}),
        [endpoint("A", "1.1.1.1", set_id="s", **{PLACE: "x", BIAS: "0"})],
    ),
    "a geoproximity without a set identifier": (endpoint("A", "1.1.1.1", **{PLACE: "x"}), [endpoint("A", "1.1.1.1", **{PLACE: "x"})]),
    "a geoproximity with a bias": (
        endpoint("A", "1.1.1.1", set_id="s", **{PLACE: "x", BIAS: "7"}),
        [endpoint("A", "1.1.1.1", set_id="s", **{PLACE: "x", BIAS: "7"})],
    ),
    "a property for a webhook": (
        endpoint("A", "1.1.1.1", set_id="s", **{"webhook/weight": "7"}),
        [endpoint("A", "1.1.1.1", set_id="s", **{WEIGHT: "7"})],
    ),
    "the same under its full name": (endpoint("TXT", '"x"', **{"webhook/aws-weight": "7"}), [endpoint("TXT", '"x"', **{WEIGHT: "7"})]),
    "a property for AWS has the last word": (
        endpoint("A", "1.1.1.1", **{"webhook/weight": "7", WEIGHT: "8"}),
        [endpoint("A", "1.1.1.1", **{WEIGHT: "8"})],
    ),
    "health for a webhook": (
        endpoint("CNAME", BALANCER, **{"webhook/evaluate-target-health": "true"}),
        [with_health("A", BALANCER, health="true"), with_health("AAAA", BALANCER, health="true")],
    ),
    "a CNAME without a target": (
        HookEndpoint("a", None, "CNAME"),
        [HookEndpoint("a", None, "CNAME", properties=(Property("alias", "false"),))],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_endpoint_is_adjusted(case):
    given_, expected = CASES[case]
    found = adjusted([given_], Records(evaluate_target_health=False))
    assert [sorting(each) for each in found] == [sorting(each) for each in expected]


def test_a_cname_stays_one_where_cnames_are_preferred():
    assert adjusted([endpoint("CNAME", BALANCER)], Records(prefer_cname=True)) == [endpoint("CNAME", BALANCER, alias="false")]


def test_an_alias_evaluates_health_where_nothing_else_is_said():
    assert adjusted([endpoint("A", HERE, alias="true")], Records()) == [with_health("A", HERE, health="true")]


def test_order_stays_and_the_twins_of_aliases_come_last():
    first, balancer, last = endpoint("A", "1.1.1.1"), endpoint("CNAME", BALANCER), endpoint("TXT", '"x"')
    assert [each.type for each in adjusted([first, balancer, last], Records())] == ["A", "A", "TXT", "AAAA"]


names = st.sampled_from(["alias", HEALTH, WEIGHT, PLACE, BIAS, "x", "webhook/weight", "webhook/aws-weight"])
values = st.sampled_from(["true", "false", "A", "AAAA", "", "1"])
endpoints = st.builds(
    HookEndpoint,
    st.just("a.example.com"),
    st.one_of(st.none(), st.lists(st.sampled_from([BALANCER, "192.0.2.1", HERE]), max_size=2).map(tuple)),
    st.sampled_from(["A", "AAAA", "CNAME", "TXT", "MX", ""]),
    st.sampled_from(["", "s"]),
    st.integers(0, 900),
    st.none(),
    st.one_of(st.none(), st.lists(st.builds(Property, names, values), max_size=4).map(tuple)),
)


@given(st.lists(endpoints, max_size=5), st.booleans())
def test_what_is_adjusted_needs_no_second_adjustment(found, prefer):
    """A second time may only make A and AAAA of what says so: `A` and `AAAA` are aliases of a CNAME alone."""
    once = adjusted(found, Records(prefer_cname=prefer))
    settled = [each for each in once if not any(prop.name == "alias" and prop.value in {"A", "AAAA"} for prop in each.properties or ())]
    assert [sorting(each) for each in adjusted(settled, Records(prefer_cname=prefer))] == [sorting(each) for each in settled]
