import pytest

from dnsguard.lab.strict import ApiError, StrictRoute53

CHANGE = "ChangeResourceRecordSets"
ELB = "Z32O12XQLNTSW2"
CLOUDFRONT = "Z2FDTNDATAQYW2"


def a(name, *values, ttl=60, **more):
    return {"Name": name, "Type": "A", **more, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values or ("192.0.2.1",)]}


def alias(zone, target, *, evaluate=False):
    pointed = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": evaluate}
    return {"Name": "www.example.com", "Type": "A", "AliasTarget": pointed}


def send(strict, zone, *changes, now=0.0):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": raw} for action, raw in changes]}
    return strict.call(CHANGE, {"HostedZoneId": zone, "ChangeBatch": batch}, now)["ChangeInfo"]


def refusal(strict, zone, *changes, now=0.0):
    with pytest.raises(ApiError) as caught:
        send(strict, zone, *changes, now=now)
    return caught.value


def test_a_change_is_pending_until_it_has_propagated():
    strict = StrictRoute53(propagation=10.0)
    zone = strict.create_zone("example.com")
    info = send(strict, zone, ("CREATE", a("a.example.com")), now=100.0)

    def status(now):
        return strict.call("GetChange", {"Id": info["Id"]}, now)["ChangeInfo"]["Status"]

    assert [info["Status"], status(109.9), status(110.0)] == ["PENDING", "PENDING", "INSYNC"]


def test_what_is_pending_is_listed_at_once():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    send(strict, zone, ("CREATE", a("a.example.com")))

    assert len(strict.call("ListResourceRecordSets", {"HostedZoneId": zone}, 0.0)["ResourceRecordSets"]) == 3


def test_a_zone_processes_one_write_at_a_time():
    strict = StrictRoute53(processing=2.0)
    one, two = strict.create_zone("example.com"), strict.create_zone("example.net")
    send(strict, one, ("CREATE", a("a.example.com")), now=0.0)

    assert refusal(strict, one, ("CREATE", a("b.example.com")), now=1.9).code == "PriorRequestNotComplete"
    send(strict, two, ("CREATE", a("b.example.net")), now=1.9)
    strict.call("ListResourceRecordSets", {"HostedZoneId": one}, 1.9)
    send(strict, one, ("CREATE", a("b.example.com")), now=2.0)


def test_a_refused_write_does_not_keep_the_zone_busy():
    strict = StrictRoute53(processing=2.0)
    zone = strict.create_zone("example.com")

    assert refusal(strict, zone, ("DELETE", a("a.example.com"))).code == "InvalidChangeBatch"
    send(strict, zone, ("CREATE", a("a.example.com")))


def test_a_full_zone_takes_no_more_sets_but_changes_and_deletions():
    strict = StrictRoute53(zone_limit=3)
    zone = strict.create_zone("example.com")
    send(strict, zone, ("CREATE", a("a.example.com")))

    assert refusal(strict, zone, ("CREATE", a("b.example.com"))).message == f"[Exceeded limit MAX_RRSETS_BY_ZONE for zone: {zone}]"
    send(strict, zone, ("UPSERT", a("a.example.com", ttl=30)))
    send(strict, zone, ("DELETE", a("a.example.com", ttl=30)), ("CREATE", a("b.example.com")))


def test_a_zone_of_an_aws_service_is_read_only():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com", linked=True)

    assert refusal(strict, zone, ("CREATE", a("a.example.com"))).code == "AccessDenied"


def test_a_negative_ttl_is_malformed():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")

    assert refusal(strict, zone, ("CREATE", a("a.example.com", ttl=-1))).code == "InvalidInput"


def test_a_known_health_check_is_taken():
    strict = StrictRoute53(health_checks=["check"])
    zone = strict.create_zone("example.com")

    send(strict, zone, ("CREATE", a("a.example.com", SetIdentifier="x", Weight=1, HealthCheckId="check")))


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        (alias(ELB, "dualstack.lb-1.eu-west-1.elb.amazonaws.com", evaluate=True), True),
        (alias(CLOUDFRONT, "d1.cloudfront.net"), True),
        (alias(CLOUDFRONT, "d1.cloudfront.net", evaluate=True), False),
        (alias(ELB, "d1.cloudfront.net"), False),
        (alias(CLOUDFRONT, "lb-1.eu-west-1.elb.amazonaws.com"), False),
        (alias(ELB, "www.example.net"), False),
    ],
)
def test_an_alias_outside_its_zone_points_to_a_service(target, taken):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")

    if taken:
        send(strict, zone, ("CREATE", target))
    else:
        assert refusal(strict, zone, ("CREATE", target)).code == "InvalidChangeBatch"


def test_a_refused_upsert_hides_nothing_from_the_changes_after_it():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    send(
        strict,
        zone,
        ("CREATE", a("a.example.com", SetIdentifier="x", Weight=1)),
        ("CREATE", a("a.example.com", SetIdentifier="y", Weight=1)),
    )

    said = refusal(
        strict,
        zone,
        ("UPSERT", a("a.example.com", SetIdentifier="x", Weight=1, ttl=30)),
        ("UPSERT", a("a.example.com", SetIdentifier="y", Weight=1, ttl=30)),
    )

    assert said.message.count("must contain the same TTL") == 2


def test_loaded_sets_stand_in_the_zones_order_and_are_counted():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")

    strict.load(zone, [a("b.example.com"), a("A.example.com")])

    assert [found["Name"] for found in strict.records(zone)][2:] == ["a.example.com.", "b.example.com."]
    assert strict.call("GetHostedZone", {"Id": zone}, 0.0)["HostedZone"]["ResourceRecordSetCount"] == 4


def test_every_call_is_counted_and_logged_with_its_outcome():
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    send(strict, zone, ("CREATE", a("a.example.com")), ("CREATE", a("b.example.com")), now=1.0)
    refusal(strict, zone, ("CREATE", a("a.example.com")), now=2.0)

    assert strict.calls == {CHANGE: 2}
    assert [(one.now, one.zone, one.changes, one.outcome) for one in strict.log] == [
        (1.0, zone, 2, "accepted"),
        (2.0, zone, 1, "InvalidChangeBatch"),
    ]


def test_private_zones_of_one_name_do_not_share_a_vpc():
    strict = StrictRoute53()

    def ask(reference, vpc):
        return {"Name": "example.com", "CallerReference": reference, "VPC": {"VPCRegion": "eu-west-1", "VPCId": vpc}}

    made = strict.call("CreateHostedZone", ask("1", "vpc-1"), 0.0)
    strict.call("CreateHostedZone", ask("2", "vpc-2"), 0.0)
    with pytest.raises(ApiError) as caught:
        strict.call("CreateHostedZone", ask("3", "vpc-1"), 0.0)

    assert made["HostedZone"]["Config"] == {"PrivateZone": True}
    assert caught.value.code == "ConflictingDomainExists"
