import string

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53

LABEL = st.text(string.ascii_lowercase[:3] + "-_0", min_size=1, max_size=3) | st.just("*")
NAME = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
CURSOR = ("Name", "Type", "Identifier")


def weighted(name, set_id):
    return {"Name": name, "Type": "A", "SetIdentifier": set_id, "Weight": 1, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}


def simple(name, kind="TXT"):
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}


def pages(strict, zone, size):
    cursor = {}
    while True:
        page = strict.call("ListResourceRecordSets", {"HostedZoneId": zone, "MaxItems": str(size), **cursor}, 0.0)
        yield page["ResourceRecordSets"]
        if not page["IsTruncated"]:
            return
        cursor = {f"StartRecord{part}": page[f"NextRecord{part}"] for part in CURSOR if f"NextRecord{part}" in page}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAME, st.integers(0, 4), max_size=8), st.integers(1, 5))
def test_pages_of_any_size_make_up_the_listing_in_order(names, size):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    sets = []
    for name, members in names.items():
        full = f"{name}.example.com"
        sets += [weighted(full, f"s{n}") for n in range(members)] if members else [simple(full)]
    strict.load(zone, sets)

    found = list(pages(strict, zone, size))

    def place(one):
        return ".".join(reversed(one["Name"].removesuffix(".").split("."))) + ".", one["Type"], one.get("SetIdentifier", "")

    listed = [one for page in found for one in page]
    assert listed == strict.records(zone)
    assert listed == sorted(listed, key=place)
    assert len(listed) == len(sets) + 2
    assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_botocores_paginator_gets_through_weighted_groups(size):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    strict.load(zone, [weighted(f"{name}.example.com", f"s{n}") for name in "ab" for n in range(5)])
    with Route53Server(strict) as server:
        client = boto3.client(
            "route53",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )
        paginator = client.get_paginator("list_resource_record_sets")
        found = paginator.paginate(HostedZoneId=zone, PaginationConfig={"PageSize": size}).build_full_result()
        client.close()

    assert found["ResourceRecordSets"] == strict.records(zone)


def test_zones_are_paged_by_id_and_by_name():
    strict = StrictRoute53()
    names = {strict.create_zone(f"{name}.com", zone_id=f"Z{n}"): f"{name}.com." for n, name in enumerate("cabcab")}

    ids, marker = [], {}
    while True:
        page = strict.call("ListHostedZones", {"MaxItems": "2", **marker}, 0.0)
        ids += [zone["Id"].removeprefix("/hostedzone/") for zone in page["HostedZones"]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["NextMarker"]}

    by_name, start = [], {}
    while True:
        page = strict.call("ListHostedZonesByName", {"MaxItems": "2", **start}, 0.0)
        by_name += [(zone["Name"], zone["Id"].removeprefix("/hostedzone/")) for zone in page["HostedZones"]]
        if not page["IsTruncated"]:
            break
        start = {"DNSName": page["NextDNSName"], "HostedZoneId": page["NextHostedZoneId"]}

    assert ids == sorted(names)
    assert by_name == sorted((name, zone) for zone, name in names.items())
