"""From endpoints to record sets, as external-dns's AWS provider makes them."""

import pytest

from dnsguard.core.alias import CLOUDFRONT
from dnsguard.core.desired import Wish
from dnsguard.core.shape import Shape, Wanted, in_zone
from dnsguard.model.endpoints import Contribution, Endpoint
from dnsguard.model.objects import Ref
from dnsguard.model.records import Alias, RecordSet, Weighted, Zone
from dnsguard.model.settings import Records

ZONE = Zone("Z1", "example.com", private=False, entry=0)
LB = "x.us-east-1.elb.amazonaws.com"
LB_ZONE = "Z35SXDOTRQ7X7K"
NAME = "www.example.com"
DEFAULT = Records()


def made(kind="CNAME", *targets, records=DEFAULT, ttl=None, set_id="", **properties):
    named = tuple(sorted((key.replace("__", "/").replace("_", "-"), value) for key, value in properties.items()))
    return [
        each.record for each in Shape(records).record_sets(Endpoint(NAME, kind, targets, set_id, ttl, named, "httproute/team/www"), ZONE)
    ]


def aliases(zone, target, *, health):
    return [RecordSet(NAME, kind, alias=Alias(zone, target, health)) for kind in ("A", "AAAA")]


def test_addresses_have_the_default_ttl_or_their_own():
    assert made("A", "192.0.2.1") == [RecordSet(NAME, "A", "", 300, ("192.0.2.1",))]
    assert made("A", "192.0.2.1", ttl=60) == [RecordSet(NAME, "A", "", 60, ("192.0.2.1",))]
    assert made("AAAA", "2001:db8::1", records=Records(default_ttl=20)) == [RecordSet(NAME, "AAAA", "", 20, ("2001:db8::1",))]


def test_addresses_are_never_aliases():
    assert made("A", "192.0.2.1", alias="true")[0].alias is None


def test_another_host_is_a_cname():
    assert made("CNAME", "lb.example.net") == [RecordSet(NAME, "CNAME", "", 300, ("lb.example.net",))]


def test_a_load_balancer_is_an_alias_of_both_families_without_ttl():
    assert made("CNAME", LB, ttl=60) == aliases(LB_ZONE, LB, health=True)


def test_a_load_balancer_is_a_cname_where_that_is_preferred():
    assert made("CNAME", LB, records=Records(prefer_cname=True)) == [RecordSet(NAME, "CNAME", "", 300, (LB,))]
    assert made("CNAME", LB, records=Records(prefer_cname=True), alias="true") == aliases(LB_ZONE, LB, health=True)


@pytest.mark.parametrize(
    ("default", "wish", "expected"),
    [(True, "", True), (False, "", False), (True, "false", False), (False, "true", True), (True, "odd", True)],
)
def test_the_property_decides_on_health_else_the_default(default, wish, expected):
    found = made("CNAME", LB, records=Records(evaluate_target_health=default), aws__evaluate_target_health=wish)
    assert found == aliases(LB_ZONE, LB, health=expected)


def test_cloudfronts_health_is_not_evaluated():
    target = "d1.cloudfront.net"
    assert made("CNAME", target, aws__evaluate_target_health="true") == aliases(CLOUDFRONT, target, health=False)


def test_an_alias_within_the_zone_has_the_zones_id():
    assert made("CNAME", "other.example.com", alias="true") == aliases("Z1", "other.example.com", health=True)


def test_an_alias_that_lies_nowhere_is_refused_unless_its_zone_is_named():
    with pytest.raises(ValueError, match=r"lies neither in the zone example\.com nor with a known AWS service"):
        made("CNAME", "lb.example.net", alias="true")
    assert made("CNAME", "lb.example.net", alias="true", aws__target_hosted_zone="Z9") == aliases("Z9", "lb.example.net", health=True)


@pytest.mark.parametrize(
    ("properties", "fault"),
    [
        ({"aws__multi_value_answer": ""}, "multivalue"),
        ({"aws__failover": "PRIMARY", "aws__evaluate_target_health": "false"}, "failover"),
    ],
)
def test_an_alias_that_its_routing_policy_forbids_is_refused(properties, fault):
    with pytest.raises(ValueError, match=fault):
        made("CNAME", LB, set_id="one", **properties)


def test_a_failover_alias_that_evaluates_health_is_made():
    assert [each.type for each in made("CNAME", LB, set_id="one", aws__failover="PRIMARY")] == ["A", "AAAA"]


def test_routing_and_health_check_are_those_of_the_properties():
    (found,) = made("A", "192.0.2.1", set_id="blue", aws__weight="5", aws__health_check_id="check")
    assert (found.set_id, found.routing, found.health_check) == ("blue", Weighted(5), "check")
    with pytest.raises(ValueError, match="routing policy"):
        made("A", "192.0.2.1", set_id="blue")


def test_types_that_are_not_managed_are_not_made():
    assert made("AAAA", "2001:db8::1", records=Records(managed_types=("A",))) == []
    assert [each.type for each in made("CNAME", LB, records=Records(managed_types=("A", "CNAME")))] == ["A"]


def test_the_label_of_the_object_goes_with_the_record_set():
    endpoint = Endpoint(NAME, "A", ("192.0.2.1",), resource="httproute/team/www")
    assert Shape(Records()).record_sets(endpoint, ZONE) == (Wanted(RecordSet(NAME, "A", "", 300, ("192.0.2.1",)), "httproute/team/www"),)


def test_a_wish_for_one_zone_is_kept_out_of_the_others():
    def wish(*properties):
        return Wish(Ref("HTTPRoute", "team", "www"), "", "", Contribution(("192.0.2.1",), None, properties))

    here, there, anywhere = wish(("aws/hosted-zone-id", "Z1")), wish(("aws/hosted-zone-id", "Z2")), wish()
    assert in_zone([here, there, anywhere], "Z1") == (here, anywhere)
