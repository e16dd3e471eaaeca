"""Routing policies from external-dns's provider properties."""

import pytest

from dnsguard.core.routing import routing_of
from dnsguard.model.records import Failover, Geolocation, Geoproximity, Latency, Multivalue, Weighted

CONTINENT, COUNTRY, SUBDIVISION = (f"aws/geolocation-{part}-code" for part in ("continent", "country", "subdivision"))
REGION, COORDINATES, GROUP, BIAS = (f"aws/geoproximity-{part}" for part in ("region", "coordinates", "local-zone-group", "bias"))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"aws/weight": "0"}, Weighted(0)),
        ({"aws/weight": "255"}, Weighted(255)),
        ({"aws/weight": "much"}, Weighted(0)),
        ({"aws/region": "eu-west-1"}, Latency("eu-west-1")),
        ({"aws/failover": "primary"}, Failover("PRIMARY")),
        ({"aws/failover": "SECONDARY"}, Failover("SECONDARY")),
        ({"aws/multi-value-answer": ""}, Multivalue()),
        ({CONTINENT: "EU"}, Geolocation(continent="EU")),
        ({CONTINENT: "EU", COUNTRY: "DE"}, Geolocation(continent="EU")),
        ({COUNTRY: "*"}, Geolocation(country="*")),
        ({COUNTRY: "US", SUBDIVISION: "CA"}, Geolocation(country="US", subdivision="CA")),
        ({REGION: "eu-west-1"}, Geoproximity(region="eu-west-1")),
        ({REGION: "eu-west-1", BIAS: "-99"}, Geoproximity(region="eu-west-1", bias=-99)),
        ({REGION: "eu-west-1", BIAS: "odd"}, Geoproximity(region="eu-west-1", bias=0)),
        ({COORDINATES: "49.22, -74.01", BIAS: "99"}, Geoproximity(coordinates=("49.22", "-74.01"), bias=99)),
        ({GROUP: "us-east-1-bos-1"}, Geoproximity(local_zone_group="us-east-1-bos-1")),
        # Coordinates that are none count for nothing (external-dns ignores them).
        ({REGION: "eu-west-1", COORDINATES: "here"}, Geoproximity(region="eu-west-1")),
    ],
)
def test_a_policy_of_properties(properties, expected):
    assert routing_of("blue", properties) == expected
    assert routing_of("", properties) is None


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({}, "needs a routing policy"),
        ({"aws/health-check-id": "x"}, "needs a routing policy"),
        ({"aws/weight": "1", "aws/region": "eu-west-1"}, "more than one routing policy: weighted, latency"),
        ({"aws/weight": "256"}, "allowed is 0 to 255"),
        ({"aws/weight": "-1"}, "allowed is 0 to 255"),
        ({"aws/failover": "third"}, "PRIMARY or SECONDARY"),
        ({SUBDIVISION: "CA"}, "continent code or a country code"),
        ({COORDINATES: "91,0"}, "exactly one of"),
        ({COORDINATES: "0,181"}, "exactly one of"),
        ({COORDINATES: "1,2,3"}, "exactly one of"),
        ({REGION: "eu-west-1", GROUP: "x"}, "exactly one of"),
        ({REGION: "eu-west-1", COORDINATES: "1,2"}, "exactly one of"),
        ({REGION: "eu-west-1", BIAS: "100"}, "allowed is -99 to 99"),
    ],
)
def test_what_can_be_no_policy_is_said_in_one_sentence(properties, sentence):
    with pytest.raises(ValueError, match=sentence):
        routing_of("blue", properties)
