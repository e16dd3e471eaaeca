"""Whatever an object holds, it gets its sentence, and the rest goes on."""

import copy
import json

import msgspec

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.lab.churn.scene import address, new_route
from dnsguard.model.facts import Misunderstood, Reason, SourceTroubled, Withheld

MEBIBYTE = 1024 * 1024


def verdicts(house, reason):
    return {fact.verdict for fact in house.of(Withheld) if fact.verdict.reason is reason}


def misunderstood(house, name):
    return [fact.text for fact in house.of(Misunderstood) if fact.ref.name == name]


def late(made, number=9):
    """Add a good route at the end: what came before it did not spoil the stream."""
    made.write(new_route(number), 5.0, "ADDED")


async def test_frames_that_mean_nothing_are_told_and_the_others_count(stage, script):
    made = script().open()
    route = made.scene.routes[0]
    made.raw(b"{", 1.0, route)
    made.raw(b'{"type":"SURPRISE","object":{}}', 1.1, route)
    made.raw(b'{"type":"MODIFIED","object":{"metadata":7}}', 1.2, route)
    made.raw(b"\xff\xfe", 1.3, route)
    made.raw(b"[" * 100_000, 1.4, route)
    late(made)
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "app-1.example.com", "app-2.example.com", "app-9.example.com"}
        assert len({fact.text for fact in house.of(SourceTroubled)}) >= 4
        assert house.said("WARNING", "HTTPRoute", "cannot be understood")
        assert house.metric("dnsguard_source_failures_total", kind="HTTPRoute") >= 5
        assert house.tally.changes["deleted"] == 0


async def test_an_object_with_a_wrong_type_is_told_by_name_and_its_records_stay(stage, script):
    made = script().open()
    broken = copy.deepcopy(made.scene.routes[1])
    broken["spec"]["hostnames"] = 5
    frame = json.dumps({"type": "MODIFIED", "object": broken}).encode()
    made.raw(frame, 2.0, made.scene.routes[1])
    late(made)
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "app-1.example.com", "app-2.example.com", "app-9.example.com"}
        (text,) = misunderstood(house, "app-1")
        assert "spec.hostnames" in text
        assert house.said("WARNING", "HTTPRoute", "app-1", "spec.hostnames")
        assert house.metric("dnsguard_events_misunderstood_total", kind="HTTPRoute") == 1


async def test_an_object_that_is_listed_with_a_wrong_type_is_told_by_name(stage, script):
    made = script()
    made.scene.routes[1]["spec"]["parentRefs"] = "all"
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "app-2.example.com"}
        assert house.said("WARNING", "app-1", "spec.parentRefs")


async def test_an_object_of_ten_megabytes_counts_like_others(stage, script):
    made = script().open()
    large = new_route(7)
    large["metadata"]["annotations"] = {"notes": "x" * (10 * MEBIBYTE)}
    made.write(large, 1.0, "ADDED")
    late(made)
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert {"app-7.example.com", "app-9.example.com"} <= set(house.addresses())


async def test_a_frame_that_is_too_long_is_told_and_the_list_that_follows_makes_up_for_it(stage, script):
    made = script().open()
    huge = new_route(7)
    huge["metadata"]["annotations"] = {"notes": "x" * (17 * MEBIBYTE)}
    made.write(huge, 1.0, "ADDED")
    late(made)
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert "app-9.example.com" in house.addresses()
        assert house.said("WARNING", "HTTPRoute", "bytes", "skipped")


async def test_host_names_that_are_none_are_told_and_the_good_ones_of_the_same_route_count(stage, script):
    made = script()
    made.scene.routes[1]["spec"]["hostnames"] = ["good.example.com", "bad name.example.com", f"{'x' * 64}.example.com", "a..example.com"]
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "good.example.com", "app-2.example.com"}
        texts = " ".join(misunderstood(house, "app-1"))
        assert "'bad name.example.com'" in texts
        assert "'a..example.com'" in texts
        assert house.said("WARNING", "app-1", "bad name.example.com")
        assert house.metric("dnsguard_events_misunderstood_total", kind="HTTPRoute") >= 3


async def test_a_route_that_names_a_missing_gateway_asks_for_nothing_and_the_others_count(stage, script):
    made = script()
    for place in (made.scene.routes[1]["spec"]["parentRefs"], [made.scene.routes[1]["status"]["parents"][0]["parentRef"]]):
        place[0]["name"] = "nowhere"
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "app-2.example.com"}


async def test_of_two_routes_that_want_one_name_the_loser_is_told(stage, script):
    made = script()
    winner, loser = made.scene.routes[0], made.scene.routes[1]
    loser["spec"]["hostnames"] = list(winner["spec"]["hostnames"])
    loser["metadata"]["annotations"] = {"external-dns.kubernetes.io/ttl": "77"}
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert set(house.addresses()) == {"app-0.example.com", "app-2.example.com"}
        (verdict,) = verdicts(house, Reason.CONFLICT)
        assert loser["metadata"]["name"] in verdict.text
        assert house.said("WARNING", "app-0.example.com", "conflict", "app-1")
        assert house.metric("dnsguard_withheld", reason="conflict") == 1


async def test_targets_that_are_no_addresses_are_told_and_the_good_ones_count(stage, script):
    made = script()
    address(made.scene.gateway, "203.0.113.10", "not an address", "300.1.1.1", "fe80::1%eth0")
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert house.addresses()["app-0.example.com"] == ("203.0.113.10",)
        texts = " ".join(misunderstood(house, made.scene.gateway["metadata"]["name"])) or " ".join(misunderstood(house, "app-0"))
        assert "'not an address'" in texts
        assert house.said("WARNING", "not an address")


async def test_a_value_that_route53_refuses_is_told_and_the_others_are_written(stage, script):
    made = script()
    made.scene.routes[1]["metadata"]["annotations"] = {"external-dns.kubernetes.io/ttl": str(2**31 + 5)}
    async with stage(made.tape()) as house:
        house.start()
        await house.until(lambda: {"app-0.example.com", "app-2.example.com"} <= set(house.addresses()))
        await house.until(lambda: house.said("app-1"))
        assert len(house.calls("ChangeResourceRecordSets", "")) <= 4


async def test_a_zone_of_the_config_that_does_not_exist_is_told_and_nothing_is_written(stage, script):
    async with stage(script().tape(), zones=("another.org",)) as house:
        house.start()
        await house.until(lambda: house.said("ERROR", "no hosted zone matches"))
        await house.until(lambda: verdicts(house, Reason.NO_ZONE))
        assert not house.calls("ChangeResourceRecordSets", "")
        assert house.metric("dnsguard_zones", visibility="public") == 0
        assert house.metric("dnsguard_alerts_total") >= 1
        assert house.metric("dnsguard_withheld", reason="no-zone") == 3


async def test_a_frame_of_another_resource_is_no_route(stage, script):
    made = script().open()
    body = {"type": "ADDED", "object": {"kind": "Secret", "metadata": {"name": "app-8", "namespace": "team"}, "spec": {}}}
    made.raw(msgspec.json.encode(body), 1.0, made.scene.routes[0])
    late(made)
    async with stage(made.tape()) as house:
        house.start()
        await house.settled()
        assert "app-9.example.com" in house.addresses()
        assert misunderstood(house, "app-8")


async def test_a_gateway_that_is_made_later_brings_its_routes(stage, script):
    made = script().open()
    gateway = made.scene.gateway
    made.write(copy.deepcopy(gateway), 1.0, "DELETED")
    gateway["metadata"]["uid"] = "second"
    made.write(gateway, 3.0, "ADDED")
    async with stage(made.tape(), grace=200.0) as house:
        house.start()
        await house.settled()
        assert len(house.addresses()) == 3
        assert house.tally.changes["deleted"] == 0
        assert RESOURCES["Gateway"].kind == gateway["kind"]
