"""Calls become the parameters that Route53 takes, in an order that it takes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.changes import (
    ChangeInfo,
    Create,
    Cursor,
    Delete,
    GetChange,
    GetZone,
    ListRecords,
    ListTags,
    ListZones,
    Page,
    Replace,
    Tags,
    Upsert,
    Write,
    ZoneFound,
    ZonePage,
)
from dnsguard.model.records import Alias, RecordSet, Stored
from dnsguard.route53.record_sets import from_wire, to_wire
from dnsguard.route53.wire import to_params, to_result


def address(name, value="192.0.2.1"):
    return RecordSet(name, "A", ttl=300, values=(value,))


def alias(name, target, zone="Z1"):
    return RecordSet(name, "A", alias=Alias(zone, target, evaluate_health=False))


def order(*changes):
    _, params = to_params(Write("Z1", changes))
    return [(one["Action"], one["ResourceRecordSet"]["Name"]) for one in params["ChangeBatch"]["Changes"]]


@pytest.mark.parametrize(
    ("call", "operation", "params"),
    [
        (ListRecords("Z1"), "ListResourceRecordSets", {"HostedZoneId": "Z1", "MaxItems": "300"}),
        (
            ListRecords("Z1", Cursor("*.example.com", "A", "s"), 20),
            "ListResourceRecordSets",
            {
                "HostedZoneId": "Z1",
                "MaxItems": "20",
                "StartRecordName": "\\052.example.com.",
                "StartRecordType": "A",
                "StartRecordIdentifier": "s",
            },
        ),
        (
            ListRecords("Z1", Cursor("a.example.com"), 1),
            "ListResourceRecordSets",
            {"HostedZoneId": "Z1", "MaxItems": "1", "StartRecordName": "a.example.com."},
        ),
        (ListZones(), "ListHostedZones", {"MaxItems": "100"}),
        (ListZones("Z9"), "ListHostedZones", {"MaxItems": "100", "Marker": "Z9"}),
        (GetZone("Z1"), "GetHostedZone", {"Id": "Z1"}),
        (ListTags(("Z1", "Z2")), "ListTagsForResources", {"ResourceType": "hostedzone", "ResourceIds": ["Z1", "Z2"]}),
        (GetChange("C1"), "GetChange", {"Id": "C1"}),
    ],
)
def test_reads_become_these_parameters(call, operation, params):
    assert to_params(call) == (operation, params)


def test_a_comment_is_cut_to_256_characters_and_none_is_sent_for_none():
    record = address("a.example.com")
    assert to_params(Write("Z1", (Create(record),), "x" * 300))[1]["ChangeBatch"]["Comment"] == "x" * 256
    assert "Comment" not in to_params(Write("Z1", (Create(record),)))[1]["ChangeBatch"]


def test_a_replacement_deletes_exactly_what_stands_there():
    wire = {"Name": "a.example.com.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "B.example.net."}]}
    after = address("a.example.com")
    _, params = to_params(Write("Z1", (Replace(from_wire(wire), after),)))
    assert params["ChangeBatch"]["Changes"] == [
        {"Action": "DELETE", "ResourceRecordSet": wire},
        {"Action": "CREATE", "ResourceRecordSet": to_wire(after)},
    ]


def test_deletes_come_first_and_aliases_stand_on_their_targets():
    changes = (
        Create(alias("a.example.com", "b.example.com")),
        Create(alias("b.example.com", "c.example.com")),
        Upsert(Stored(address("c.example.com")), address("c.example.com", "192.0.2.9")),
        Delete(Stored(address("x.example.com"))),
        Delete(Stored(alias("y.example.com", "x.example.com"))),
        Delete(Stored(alias("z.example.com", "y.example.com"))),
    )
    expected = [
        ("DELETE", "z.example.com."),
        ("DELETE", "y.example.com."),
        ("DELETE", "x.example.com."),
        ("UPSERT", "c.example.com."),
        ("CREATE", "b.example.com."),
        ("CREATE", "a.example.com."),
    ]
    assert order(*changes) == expected
    assert order(*changes[::-1]) == expected


def test_aliases_in_a_circle_are_sent_for_route53_to_refuse():
    assert order(Create(alias("b.example.com", "a.example.com")), Create(alias("a.example.com", "b.example.com"))) == [
        ("CREATE", "a.example.com."),
        ("CREATE", "b.example.com."),
    ]


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(6)), st.permutations(range(6)))
def test_chains_of_aliases_can_be_built_replaced_and_taken_down_in_one_batch(first, second):
    route53 = StrictRoute53()
    zone = route53.create_zone("example.com")
    chain = [address("n0.example.com"), *(alias(f"n{i}.example.com", f"n{i - 1}.example.com", zone) for i in range(1, 6))]
    turned = [alias(f"n{i}.example.com", f"n{i + 1}.example.com", zone) for i in range(5)] + [address("n5.example.com")]
    for changes in (
        [Create(chain[i]) for i in first],
        [Replace(Stored(chain[i]), turned[i]) for i in second],
        [Delete(Stored(turned[i])) for i in first],
    ):
        operation, params = to_params(Write(zone, tuple(changes)))
        route53.call(operation, params, 0.0)
    assert len(route53.records(zone)) == 2


def test_a_name_can_change_its_type_in_one_batch():
    route53 = StrictRoute53()
    zone = route53.create_zone("example.com")
    cname = RecordSet("a.example.com", "CNAME", ttl=60, values=("b.example.net",))
    route53.call(*to_params(Write(zone, (Create(cname),))), 0.0)
    answer = route53.call(*to_params(Write(zone, (Create(address("a.example.com")), Delete(Stored(cname))))), 0.0)
    assert to_result(Write(zone, ()), answer) == ChangeInfo("C0000000000002")


def test_zones_are_read_with_visibility_and_who_owns_them():
    route53 = StrictRoute53()
    public = route53.create_zone("Example.com", zone_id="Z1")
    route53.create_zone("example.com", private=True, zone_id="Z2", tags={"team": "dns"})
    route53.create_zone("svc.local", linked=True, zone_id="Z3")
    found = to_result(ListZones(), route53.call(*to_params(ListZones()), 0.0))
    assert found == ZonePage(
        (
            ZoneFound(public, "example.com", private=False),
            ZoneFound("Z2", "example.com", private=True),
            ZoneFound("Z3", "svc.local", private=False, linked=True),
        )
    )
    one = GetZone("Z2")
    assert to_result(one, route53.call(*to_params(one), 0.0)) == ZonePage((ZoneFound("Z2", "example.com", private=True),))
    tags = ListTags(("Z1", "Z2"))
    assert to_result(tags, route53.call(*to_params(tags), 0.0)) == Tags({"Z1": {}, "Z2": {"team": "dns"}})


def test_the_next_page_of_zones_starts_at_the_marker():
    route53 = StrictRoute53()
    for number in range(101):
        route53.create_zone(f"z{number}.example", zone_id=f"Z{number:03}")
    page = to_result(ListZones(), route53.call(*to_params(ListZones()), 0.0))
    assert page.next == "Z100"
    last = ListZones(page.next)
    assert to_result(last, route53.call(*to_params(last), 0.0)).next == ""


def test_pages_go_on_where_they_ended_within_a_weighted_group():
    route53 = StrictRoute53()
    zone = route53.create_zone("example.com")
    group = [
        {"Name": "*.example.com", "Type": "A", "SetIdentifier": s, "Weight": 1, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        for s in ("a", "b", "c")
    ]
    route53.load(zone, group)
    call, seen = ListRecords(zone, None, 1), []
    while True:
        page = to_result(call, route53.call(*to_params(call), 0.0))
        assert isinstance(page, Page)
        seen += [(one.value.name, one.value.type, one.value.set_id) for one in page.sets]
        if page.next is None:
            break
        call = ListRecords(zone, page.next, 1)
    assert [one for one in seen if one[1] == "A"] == [("*.example.com", "A", s) for s in ("a", "b", "c")]


def test_a_change_is_insync_when_route53_says_so():
    info = {"ChangeInfo": {"Id": "/change/C1", "Status": "INSYNC"}}
    assert to_result(GetChange("C1"), info) == ChangeInfo("C1", insync=True)
