"""Record sets and external-dns's endpoints: what is told, what is understood, and that both agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.adjustment import adjusted
from dnsguard.core.shape import Shape
from dnsguard.model.records import (
    Alias,
    Failover,
    Geolocation,
    Geoproximity,
    Latency,
    Multivalue,
    Opaque,
    RecordSet,
    Stored,
    Weighted,
    Zone,
)
from dnsguard.model.settings import Records
from dnsguard.model.webhook import HookChanges, HookEndpoint, Property
from dnsguard.route53.endpoints import requests_of, told
from dnsguard.route53.record_sets import from_wire

ZONE = Zone("Z1", "example.com", private=False, entry=0)
BALANCER = "lb.us-east-1.elb.amazonaws.com"
OWNED = '"heritage=external-dns,external-dns/owner=o,external-dns/resource=httproute/a/b"'


def tell(**wire):
    found = told(from_wire({"Name": "a.example.com.", "Type": "A", **wire}))
    assert found is not None
    return found


def values(*found):
    return {"TTL": 60, "ResourceRecords": [{"Value": value} for value in found]}


def properties(endpoint):
    return {each.name: each.value for each in endpoint.properties}


@pytest.mark.parametrize(
    ("wire", "targets"),
    [
        ({"Type": "A", **values("192.0.2.2", "192.0.2.1")}, {"192.0.2.1", "192.0.2.2"}),
        ({"Type": "AAAA", **values("2001:DB8:0:0::1")}, {"2001:DB8:0:0::1"}),
        ({"Type": "CNAME", **values("Other.example.net.")}, {"Other.example.net"}),
        ({"Type": "TXT", **values(OWNED)}, {OWNED}),
        ({"Type": "TXT", **values('"a" "b"')}, {'"a" "b"'}),
        ({"Type": "TXT", **values('"caf\\303\\251 \\"x\\""')}, {'"caf\\303\\251 \\"x\\""'}),
        ({"Type": "MX", **values("10 mail.example.com.")}, {"10 mail.example.com"}),
        ({"Type": "SRV", **values("0 50 80 host.example.com")}, {"0 50 80 host.example.com."}),
        ({"Type": "SRV", **values("0 50 80 host.example.com.")}, {"0 50 80 host.example.com."}),
        ({"Type": "NS", **values("ns1.example.net.")}, {"ns1.example.net"}),
        ({"Type": "DNAME", **values("other.example.net.")}, {"other.example.net"}),
        ({"Type": "NAPTR", **values('10 100 "S" "SIP+D2U" "" foo.example.com.')}, {'10 100 "S" "SIP+D2U" "" foo.example.com.'}),
    ],
)
def test_values_are_told_as_they_stand_and_hosts_without_their_dot_but_in_srv(wire, targets):
    assert set(tell(**wire).targets) == targets


@pytest.mark.parametrize("name", ["\\052.example.com.", "*.example.com."])
def test_a_wildcard_is_told_as_a_star(name):
    assert tell(Name=name, **values("192.0.2.1")).name == "*.example.com"


def test_an_alias_is_told_with_its_ttl_and_its_health():
    found = tell(AliasTarget={"HostedZoneId": "Z35", "DNSName": f"{BALANCER}.", "EvaluateTargetHealth": False})
    assert (found.type, found.targets, found.ttl) == ("A", (BALANCER,), 300)
    assert properties(found) == {"alias": "true", "aws/evaluate-target-health": "false"}


@pytest.mark.parametrize(
    ("routing", "told_as"),
    [
        (Weighted(7), {"aws/weight": "7"}),
        (Latency("eu-west-1"), {"aws/region": "eu-west-1"}),
        (Failover("PRIMARY"), {"aws/failover": "PRIMARY"}),
        (Multivalue(), {"aws/multi-value-answer": ""}),
        (Geolocation(continent="EU"), {"aws/geolocation-continent-code": "EU"}),
        (Geolocation(country="US", subdivision="CA"), {"aws/geolocation-country-code": "US", "aws/geolocation-subdivision-code": "CA"}),
        (Geolocation(country="*"), {"aws/geolocation-country-code": "*"}),
        (Geoproximity(region="aws:eu"), {"aws/geoproximity-region": "aws:eu", "aws/geoproximity-bias": "0"}),
        (Geoproximity(coordinates=("1", "2"), bias=5), {"aws/geoproximity-coordinates": "1,2", "aws/geoproximity-bias": "5"}),
        (Geoproximity(local_zone_group="g"), {"aws/geoproximity-local-zone-group": "g", "aws/geoproximity-bias": "0"}),
        (Opaque('{"CidrRoutingConfig":{}}'), {}),
    ],
)
def test_a_routing_policy_is_told_by_its_properties(routing, told_as):
    found = told(Stored(RecordSet("a.example.com", "A", "one", 60, ("192.0.2.1",), None, routing, "check")))
    assert found is not None
    assert properties(found) == {**told_as, "aws/health-check-id": "check"}


@pytest.mark.parametrize("kind", ["SOA", "CAA", "PTR", "SPF", "HTTPS"])
def test_a_type_that_external_dns_does_not_know_in_route53_is_not_told(kind):
    assert told(Stored(RecordSet("a.example.com", kind, ttl=60, values=("x",)))) is None


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        (HookEndpoint("a..example.com", ("192.0.2.1",), "A"), "empty label"),
        (HookEndpoint("", ("192.0.2.1",), "A"), "empty"),
        (HookEndpoint("a.example.com", ("192.0.2.1",), "CAA"), "no type that external-dns knows"),
        (HookEndpoint("a.example.com", (), "A"), "no target"),
        (HookEndpoint("a.example.com", None, "A"), "no target"),
        (HookEndpoint("a.example.com", ("x.example.com",), "A"), "x.example.com"),
        (HookEndpoint("a.example.com", ("192.0.2.1",), "AAAA"), "192.0.2.1"),
        (HookEndpoint("a.example.com", ("b.example.com", "c.example.com"), "CNAME"), "one target"),
        (HookEndpoint("a.example.com", ("192.0.2.1",), "A", ttl=2**31), "TTL"),
    ],
)
def test_what_cannot_be_a_record_set_is_a_request_with_a_problem(endpoint, why):
    [found] = requests_of(HookChanges(create=(endpoint,)))
    assert why in found.problem


def test_an_ownership_txt_belongs_to_the_name_that_it_is_for():
    txt = HookEndpoint("a-*.example.com", (OWNED,), "TXT", labels={"ownedRecord": "*.Example.com", "owner": "o"})
    [found] = requests_of(HookChanges(create=(txt,)))
    assert (found.group, found.endpoint.name, found.problem) == ("*.example.com", "a-*.example.com", "")


def test_what_is_deleted_and_created_at_once_is_wanted_and_an_update_of_a_key_goes_with_its_old():
    one, other = (HookEndpoint("a.example.com", (value,), "A", set_id) for value, set_id in (("192.0.2.1", "x"), ("192.0.2.2", "y")))
    asked = list(requests_of(HookChanges(delete=(one,), create=(one,))))
    assert [each.gone for each in asked] == [True, False]
    assert [(each.gone, each.endpoint.set_id) for each in requests_of(HookChanges(update_old=(one,), update_new=(other,)))] == [
        (True, "x"),
        (False, "y"),
    ]
    assert [each.gone for each in requests_of(HookChanges(update_old=(one,), update_new=(one,)))] == [False]


labels = st.sampled_from(["a", "*", "_x", "b-c"])
routings = st.one_of(
    st.builds(Weighted, st.integers(0, 255)),
    st.builds(Latency, st.sampled_from(["eu-west-1", "us-east-1"])),
    st.builds(Failover, st.sampled_from(["PRIMARY", "SECONDARY"])),
    st.just(Multivalue()),
    st.sampled_from([Geolocation(continent="EU"), Geolocation(country="US"), Geolocation(country="US", subdivision="CA")]),
    st.sampled_from([Geoproximity(region="r"), Geoproximity(coordinates=("1", "2"), bias=-5), Geoproximity(local_zone_group="g")]),
)
VALUES = {
    "A": st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2"]), min_size=1, max_size=2, unique=True),
    "AAAA": st.just(["2001:db8::1"]),
    "CNAME": st.just(["b.example.net"]),
    "TXT": st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300), min_size=1, max_size=2, unique=True),
    "MX": st.just(["10 mail.example.com"]),
    "SRV": st.just(["0 50 80 host.example.com"]),
}


@st.composite
def record_sets(draw):
    kind = draw(st.sampled_from(sorted(VALUES)))
    set_id = draw(st.sampled_from(["", "one"]))
    routing = draw(routings) if set_id else None
    name = f"{draw(labels)}.example.com"
    check = draw(st.sampled_from(["", "0d1b"]))
    if kind in {"A", "AAAA"} and not isinstance(routing, Multivalue) and draw(st.booleans()):
        alias = draw(st.sampled_from([Alias("Z35SXDOTRQ7X7K", BALANCER, True), Alias("Z1", "b.example.com", True)]))
        return RecordSet(name, kind, set_id, None, (), alias, routing, check)
    return RecordSet(name, kind, set_id, draw(st.integers(1, 900)), tuple(sorted(draw(VALUES[kind]))), None, routing, check)


@given(record_sets())
def test_what_is_told_of_a_record_set_and_asked_again_is_that_record_set(record):
    endpoint = told(Stored(record))
    assert endpoint is not None
    [again] = adjusted([endpoint], Records())
    assert (again.type, again.ttl, set(again.properties)) == (endpoint.type, endpoint.ttl, set(endpoint.properties))
    [request] = requests_of(HookChanges(create=(endpoint,)))
    assert request.problem == ""
    assert Shape(Records()).exactly(request.endpoint, ZONE) == record


def test_without_a_ttl_a_record_set_has_the_configured_one():
    [request] = requests_of(HookChanges(create=(HookEndpoint("a.example.com", ("192.0.2.1",), "A"),)))
    assert Shape(Records(default_ttl=77)).exactly(request.endpoint, ZONE).ttl == 77


def test_a_cname_to_a_service_that_says_it_is_no_alias_stays_a_cname():
    endpoint = HookEndpoint("a.example.com", (BALANCER,), "CNAME", properties=(Property("alias", "false"),))
    [request] = requests_of(HookChanges(create=(endpoint,)))
    assert Shape(Records()).exactly(request.endpoint, ZONE).type == "CNAME"
