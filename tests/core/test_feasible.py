"""What may stand together at one name is what Route53 lets stand together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.feasible import excludes, obstacle
from dnsguard.model.records import Failover, Geolocation, Geoproximity, Latency, Multivalue, Opaque, RecordSet, Weighted

APEX = "example.com"
ROUTINGS = (
    None,
    Weighted(1),
    Weighted(2),
    Latency("eu-west-1"),
    Latency("us-east-1"),
    Failover("PRIMARY"),
    Failover("SECONDARY"),
    Geolocation(country="DE"),
    Geolocation(country="*"),
    Geoproximity(region="eu-west-1"),
    Multivalue(),
    Opaque('{"CidrRoutingConfig":{}}'),
)


def record(kind="A", set_id="", routing=None, name="a.example.com"):
    return RecordSet(name, kind, set_id, 300, ("192.0.2.1",), routing=routing)


RECORDS = st.builds(
    record, st.sampled_from(["A", "AAAA", "CNAME", "TXT", "MX"]), st.sampled_from(["", "x", "y"]), st.sampled_from(ROUTINGS)
)


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        (record(), record("AAAA"), False),
        (record(), record("TXT"), False),
        (record("CNAME"), record(), True),
        (record("CNAME"), record("TXT"), True),
        (record("CNAME"), record("CNAME"), True),
        (record("CNAME", "x", Weighted(1)), record("CNAME", "y", Weighted(2)), False),
        (record(), record(), True),
        (record(), record("A", "x", Weighted(1)), True),
        (record("A", "x", Weighted(1)), record("A", "y", Weighted(1)), False),
        (record("A", "x", Weighted(1)), record("A", "x", Weighted(2)), True),
        (record("A", "x", Weighted(1)), record("A", "y", Latency("eu-west-1")), True),
        (record("A", "x", Latency("eu-west-1")), record("A", "y", Latency("eu-west-1")), True),
        (record("A", "x", Latency("eu-west-1")), record("A", "y", Latency("us-east-1")), False),
        (record("A", "x", Failover("PRIMARY")), record("A", "y", Failover("PRIMARY")), True),
        (record("A", "x", Failover("PRIMARY")), record("A", "y", Failover("SECONDARY")), False),
        (record("A", "x", Geolocation(country="DE")), record("A", "y", Geolocation(country="DE")), True),
        (record("A", "x", Geolocation(country="DE")), record("A", "y", Geolocation(country="*")), False),
        (record("A", "x", Multivalue()), record("A", "y", Multivalue()), False),
        (record("A", "x", Geoproximity("eu-west-1")), record("A", "y", Geoproximity("eu-west-1")), False),
    ],
)
def test_sets_exclude_each_other_as_route53_says(one, other, excluded):
    assert excludes(one, other) is excluded


@given(RECORDS, RECORDS)
def test_exclusion_is_mutual(one, other):
    assert excludes(one, other) == excludes(other, one)


@given(RECORDS)
def test_no_set_stands_twice(one):
    assert excludes(one, one)


def test_a_cname_cannot_stand_at_the_apex_whatever_stands_there():
    sentence = obstacle(record("CNAME", name=APEX), [], APEX)
    assert sentence == "a CNAME cannot stand at the apex of a zone"
    assert obstacle(record(name=APEX), [record("NS", name=APEX), record("SOA", name=APEX)], APEX) is None


@given(RECORDS, st.lists(RECORDS, max_size=4))
def test_an_obstacle_is_the_first_that_excludes_and_none_means_that_all_may_stand(new, standing):
    excluding = [other for other in standing if excludes(other, new)]
    assert obstacle(new, standing, APEX) == (excluding[0] if excluding else None)
