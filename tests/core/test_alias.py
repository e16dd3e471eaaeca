"""Targets that are AWS services are known by their suffix, with the hosted zone that an alias has to name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.alias import CLOUDFRONT, SERVICE_ZONES, service_zone


@pytest.mark.parametrize(
    ("target", "zone"),
    [
        ("my-lb-123.us-east-1.elb.amazonaws.com", "Z35SXDOTRQ7X7K"),
        ("dualstack.my-lb-123.us-east-1.elb.amazonaws.com", "Z35SXDOTRQ7X7K"),
        ("net-1.elb.us-east-1.amazonaws.com", "Z26RNL4JYFTOTI"),
        ("vpce-1.vpce-svc.us-east-1.vpce.amazonaws.com", "Z7HUB22UULQXV"),
        ("d-abc.execute-api.eu-west-1.amazonaws.com", "ZLY8HYME6SFDD"),
        ("lb.cn-north-1.elb.amazonaws.com.cn", "Z1GDH35T77C1KE"),
        ("d111.cloudfront.net", CLOUDFRONT),
        ("a.awsglobalaccelerator.com", "Z2BJ6XQ5FK7U4H"),
        ("lb.cn-north-1.elb.amazonaws.com", ""),
        ("vpce.cn-north-1.vpce.amazonaws.com.cn", ""),
        ("cloudfront.net", CLOUDFRONT),
        ("notcloudfront.net", ""),
        ("cloudfront.net.example.com", ""),
        ("elb.amazonaws.com", ""),
        ("lb.example.net", ""),
        ("com", ""),
    ],
)
def test_a_service_is_known_by_its_suffix_at_label_boundaries(target, zone):
    assert service_zone(target) == zone


def test_the_table_is_external_dns_s():
    assert len(SERVICE_ZONES) == 133
    assert all(zone.startswith("Z") and zone.isalnum() and zone.isupper() for zone in SERVICE_ZONES.values())


@given(st.sampled_from(sorted(SERVICE_ZONES)), st.text("abc0-.", max_size=12))
def test_whatever_stands_before_a_known_suffix_belongs_to_it(suffix, front):
    assert service_zone(f"{front}.{suffix}") == SERVICE_ZONES[suffix]
    assert service_zone(f"x{suffix}") == ""


def test_no_suffix_hides_another():
    assert not [one for one in SERVICE_ZONES for other in SERVICE_ZONES if one.endswith("." + other)]
