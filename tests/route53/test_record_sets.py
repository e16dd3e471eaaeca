"""Record sets: canonical in, exactly the same out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
)
from dnsguard.route53.record_sets import from_wire, to_wire

LABEL = st.from_regex(r"[a-z0-9_/@-]{1,10}", fullmatch=True) | st.just("xn--bcher-kva")
NAME = st.builds(
    lambda star, labels: ".".join([*star, *labels, "example.com"]), st.lists(st.just("*"), max_size=1), st.lists(LABEL, max_size=3)
)
IPV6 = st.ip_addresses(v=6).map(
    lambda ip: f"::ffff:{int(ip.ipv4_mapped) >> 16:x}:{int(ip.ipv4_mapped) & 0xFFFF:x}" if ip.ipv4_mapped else str(ip)
)
TEXT = st.text(max_size=30) | st.text('"\\é', min_size=1, max_size=7).map(lambda part: (part * 4000)[:4000])
PORT = st.integers(0, 65535)
VALUES = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": IPV6,
    "CNAME": NAME,
    "NS": NAME,
    "PTR": NAME,
    "MX": st.builds("{} {}".format, PORT, NAME | st.just(".")),
    "SRV": st.builds("{} {} {} {}".format, PORT, PORT, PORT, NAME),
    "TXT": TEXT,
    "CAA": st.just('0 issue "CA.example"'),
}
PLACES = st.one_of(
    st.builds(Geoproximity, region=st.just("eu-west-1"), bias=st.integers(-99, 99)),
    st.builds(Geoproximity, coordinates=st.just(("49.22", "-74.01")), bias=st.integers(-99, 99)),
    st.builds(Geoproximity, local_zone_group=st.just("us-east-1-bue-1")),
)
ROUTING = st.one_of(
    st.builds(Weighted, st.integers(0, 255)),
    st.builds(Latency, st.sampled_from(["eu-west-1", "us-east-1"])),
    st.builds(Failover, st.sampled_from(["PRIMARY", "SECONDARY"])),
    st.builds(Geolocation, continent=st.just("EU")),
    st.builds(Geolocation, country=st.sampled_from(["*", "US"])),
    st.builds(Geolocation, country=st.just("US"), subdivision=st.just("CA")),
    PLACES,
    st.just(Multivalue()),
    st.just(Opaque('{"CidrRoutingConfig":{"CollectionId":"c","LocationName":"l"}}')),
)


@st.composite
def record_sets(draw):
    kind = draw(st.sampled_from(sorted(VALUES)))
    routing = draw(st.none() | ROUTING)
    set_id = "" if routing is None else draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128))
    health = draw(st.sampled_from(["", "abc-1"]))
    if draw(st.booleans()):
        alias = draw(st.builds(Alias, st.just("Z1"), NAME, st.booleans()))
        return RecordSet(draw(NAME), kind, set_id, None, (), alias, routing, health)
    values = tuple(sorted(draw(st.lists(VALUES[kind], min_size=1, max_size=4, unique=True))))
    return RecordSet(draw(NAME), kind, set_id, draw(st.integers(0, 2**31 - 1)), values, None, routing, health)


def plain(kind="A", *values, **members):
    return {"Name": "a.example.com.", "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": v} for v in values], **members}


@settings(max_examples=200, deadline=None)
@given(record_sets())
def test_what_we_write_is_what_we_read(record):
    assert from_wire(to_wire(record)) == Stored(record)


@settings(max_examples=100, deadline=None)
@given(record_sets(), st.booleans(), st.booleans())
def test_every_spelling_is_the_same_set_and_is_deleted_as_it_was_spelled(record, dots, backwards):
    wire = to_wire(record)
    if dots and record.type in {"CNAME", "NS", "PTR", "MX", "SRV"}:
        wire["ResourceRecords"] = [{"Value": one["Value"].rstrip(".").upper() + "."} for one in wire.get("ResourceRecords", [])]
    if backwards:
        wire["ResourceRecords"] = wire.get("ResourceRecords", [])[::-1]
    stored = from_wire(wire)
    assert stored.value == record
    sent = to_wire(stored)
    assert sent == {member: detail for member, detail in wire.items() if detail or member != "ResourceRecords"}
    assert (stored.raw is None) == (sent == to_wire(record))


@pytest.mark.parametrize(
    ("wire", "values"),
    [
        (plain("A", "192.0.2.2", "192.0.2.1"), ("192.0.2.1", "192.0.2.2")),
        (plain("AAAA", "2001:DB8:0:0:0:0:0:1"), ("2001:db8::1",)),
        (plain("AAAA", "::ffff:192.0.2.1"), ("::ffff:c000:201",)),
        (plain("AAAA", "::FFFF:0.0.0.1"), ("::ffff:0:1",)),
        (plain("CNAME", "LB.Example.NET."), ("lb.example.net",)),
        (plain("CNAME", "\\052.example.net."), ("*.example.net",)),
        (plain("MX", "010 Mail.Example.net."), ("10 mail.example.net",)),
        (plain("MX", "0 ."), ("0 .",)),
        (plain("SRV", "1 2 3 Host.Example.net."), ("1 2 3 host.example.net",)),
        (plain("TXT", '"A" "b"'), ("Ab",)),
        (plain("TXT", "not quoted"), ("not quoted",)),
        (plain("TXT", '"\\377"'), ('"\\377"',)),
        (plain("A", "no address"), ("no address",)),
        (plain("AAAA", "fe80::1%eth0"), ("fe80::1%eth0",)),
        (plain("SRV", "1 2 host.example.net."), ("1 2 host.example.net.",)),
        (plain("CAA", '0 issue "CA.example."'), ('0 issue "CA.example."',)),
    ],
)
def test_values_are_read_into_canonical_form(wire, values):
    stored = from_wire(wire)
    assert stored.value.values == values
    assert to_wire(stored) == wire


def test_what_external_dns_wrote_needs_no_copy_of_the_wire():
    assert from_wire(plain("TXT", '"heritage=external-dns,external-dns/owner=o"')).raw is None
    assert from_wire(plain("CNAME", "lb.example.net")).raw is None


def test_a_cname_is_written_without_trailing_dot():
    assert to_wire(RecordSet("a.example.com", "CNAME", ttl=1, values=("b.example.net",)))["ResourceRecords"] == [{"Value": "b.example.net"}]


def test_an_alias_has_no_ttl_and_the_bare_id_of_its_zone():
    target = {"HostedZoneId": "/hostedzone/Z1", "DNSName": "LB.Example.net.", "EvaluateTargetHealth": True}
    wire = {"Name": "\\052.example.com.", "Type": "A", "AliasTarget": target, "TTL": 0, "ResourceRecords": []}
    stored = from_wire(wire)
    assert stored.value == RecordSet("*.example.com", "A", alias=Alias("Z1", "lb.example.net", evaluate_health=True))
    assert to_wire(stored) == {"Name": "\\052.example.com.", "Type": "A", "AliasTarget": target, "TTL": 0}


@pytest.mark.parametrize(
    ("members", "routing"),
    [
        ({"Weight": 0}, Weighted(0)),
        ({"Region": "eu-west-1"}, Latency("eu-west-1")),
        ({"GeoLocation": {"CountryCode": "*"}}, Geolocation(country="*")),
        ({"MultiValueAnswer": True}, Multivalue()),
        ({"MultiValueAnswer": False}, Opaque('{"MultiValueAnswer":false}')),
        ({"GeoLocation": {"Planet": "3"}}, Opaque('{"GeoLocation":{"Planet":"3"}}')),
        ({"GeoProximityLocation": {"Coordinates": {"Altitude": "1"}}}, Opaque('{"GeoProximityLocation":{"Coordinates":{"Altitude":"1"}}}')),
        ({"GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 0}}, Geoproximity("eu-west-1")),
        ({"TrafficPolicyInstanceId": "t"}, Opaque('{"TrafficPolicyInstanceId":"t"}')),
        ({"Zeta": 1, "Alpha": {"b": 1, "a": 2}}, Opaque('{"Alpha":{"a":2,"b":1},"Zeta":1}')),
    ],
)
def test_routing_is_read_and_kept(members, routing):
    wire = plain("A", "192.0.2.1", SetIdentifier="s", **members)
    stored = from_wire(wire)
    assert stored.value.routing == routing
    assert to_wire(stored) == wire


def test_a_name_that_could_not_be_written_is_read_all_the_same():
    wire = plain("CNAME", "\u2764.example.net")
    assert to_wire(from_wire(wire)) == wire
