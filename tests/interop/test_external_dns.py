"""What the real external-dns wrote leaves dnsguard nothing to do, and the other way round, under every form of the registry."""

import asyncio

import pytest

from dnsguard.app import Controller
from dnsguard.cli.troubles import Standing
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.facts import Reason
from tests.interop.externaldns import run_once
from tests.interop.live import addresses, settings_for
from tests.interop.objects import put_gateway, put_namespace, put_route, route_path

ZONE = "shop.example"
TEAM = "shop"
PREFIX = "external-dns.kubernetes.io/"
REGISTRIES = {
    "none": {},
    "prefix": {"prefix": "txt-"},
    "suffix": {"suffix": "-txt"},
    "template": {"prefix": "%{record_type}-"},
    "template with dots": {"prefix": "%{record_type}.owner."},
    "wildcard": {"wildcard_replacement": "any"},
    "prefix and wildcard": {"prefix": "txt.", "wildcard_replacement": "any"},
}
FLAGS = {"prefix": "--txt-prefix", "suffix": "--txt-suffix", "wildcard_replacement": "--txt-wildcard-replacement"}
ROUTES = {
    "plain": (["a"], "public", {}),
    "several": (["b", "c", "deep.er.d"], "public", {}),
    "wildcard": (["*.wild"], "public", {}),
    "ttl": (["ttl"], "public", {"ttl": "60"}),
    "long-ttl": (["hour"], "public", {"ttl": "1h"}),
    "named": (["cname"], "named", {}),
    "named-wildcard": (["*.cname-wild"], "named", {}),
    "balancer": (["alias"], "balancer", {}),
    "balancer-wildcard": (["*.alias-wild"], "balancer", {}),
    "weighted": (["weighted"], "public", {"set-identifier": "one", "aws-weight": "10"}),
    "shared-1": (["shared"], "public", {}),
    "shared-2": (["shared"], "public", {}),
}


@pytest.fixture(scope="module", autouse=True)
def objects(cluster):
    put_namespace(cluster, TEAM)
    put_gateway(cluster, TEAM, "public", ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
    put_gateway(cluster, TEAM, "named", ["edge.other.example"])
    put_gateway(cluster, TEAM, "balancer", ["front-1.eu-west-1.elb.amazonaws.com"])
    for name, (hosts, gateway, annotations) in ROUTES.items():
        said = {PREFIX + key: value for key, value in annotations.items()}
        put_route(cluster, TEAM, name, [f"{host}.{ZONE}" for host in hosts], gateway, said)


@pytest.fixture(params=REGISTRIES, ids=lambda name: name.replace(" ", "-"))
def registry(request):
    return REGISTRIES[request.param]


def flags(registry):
    return [f"{FLAGS[key]}={value}" for key, value in registry.items()]


def ownership(registry):
    return ", ".join(f"{key}: '{value}'" for key, value in registry.items())


async def dnsguard_once(cluster, route53, registry, *, dry):
    standing = Standing()
    settings = settings_for(cluster, route53, ZONE, ownership=ownership(registry))
    controller = Controller(settings, listeners=(standing.tell,), log=None, dry=dry)
    async with asyncio.timeout(120):
        await controller.run(once=True, probes=False)
    assert controller.engine.idle()
    planned = [unit for _, _, units in controller.engine.planned() for unit in units]
    return planned, list(standing.verdicts)


async def test_what_external_dns_wrote_leaves_dnsguard_nothing_to_do(cluster, route53, registry):
    zone = route53.strict.create_zone(ZONE)
    await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))
    filled = route53.strict.records(zone)
    assert len(addresses(route53.strict, zone)) > 5

    assert await dnsguard_once(cluster, route53, registry, dry=True) == ([], [])
    assert route53.strict.records(zone) == filled


async def test_what_dnsguard_wrote_leaves_external_dns_nothing_to_do(cluster, route53, registry):
    zone = route53.strict.create_zone(ZONE)
    _, verdicts = await dnsguard_once(cluster, route53, registry, dry=False)
    filled, writes = route53.strict.records(zone), route53.strict.calls["ChangeResourceRecordSets"]
    assert len(addresses(route53.strict, zone)) > 5
    assert verdicts == []

    log = await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))

    assert route53.strict.calls["ChangeResourceRecordSets"] == writes, log[-4000:]
    assert route53.strict.records(zone) == filled


async def test_both_fill_an_empty_zone_with_the_same_record_sets(cluster, route53, registry):
    zone = route53.strict.create_zone(ZONE, zone_id="Z1")
    await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))
    with Route53Server(StrictRoute53("cbt-10")) as other:
        other.strict.create_zone(ZONE, zone_id="Z1")
        await dnsguard_once(cluster, other, registry, dry=False)

        assert as_sets(other.strict.records("Z1")) == as_sets(route53.strict.records(zone))


def as_sets(records):
    """Record sets by key. The order of values means nothing.

    Where two objects ask for one name, external-dns writes now the one and now the other into its TXT.
    """
    for record in records:
        values = record.get("ResourceRecords", [])
        values.sort(key=lambda value: value["Value"])
        for value in values:
            value["Value"] = value["Value"].replace(f"/{TEAM}/shared-2", f"/{TEAM}/shared-1")
    return {(record["Name"], record["Type"], record.get("SetIdentifier", "")): record for record in records}


async def test_zone_written_under_another_prefix_is_foreign(cluster, route53):
    zone = route53.strict.create_zone(ZONE)
    await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=["--txt-prefix=other-"])
    filled = route53.strict.records(zone)

    planned, verdicts = await dnsguard_once(cluster, route53, {"prefix": "txt-"}, dry=True)

    assert planned == []
    assert {verdict.reason for verdict in verdicts} == {Reason.FOREIGN}
    assert route53.strict.records(zone) == filled


async def test_old_annotation_prefix_of_external_dns_is_understood(cluster, route53):
    old = "external-dns.alpha.kubernetes.io/"
    put_route(cluster, TEAM, "old", [f"old.{ZONE}"], annotations={f"{old}ttl": "77"})
    try:
        zone = route53.strict.create_zone(ZONE)
        await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=[f"--annotation-prefix={old}"])
        ttl = {record["Name"]: record["TTL"] for record in route53.strict.records(zone) if "TTL" in record}
        with Route53Server(StrictRoute53("cbt-10")) as other:
            found = other.strict.create_zone(ZONE)
            await dnsguard_once(cluster, other, {}, dry=False)
            assert {each["Name"]: each["TTL"] for each in other.strict.records(found) if "TTL" in each}[f"old.{ZONE}."] == 77
        assert ttl[f"old.{ZONE}."] == 77
    finally:
        cluster.delete(route_path(TEAM, "old"))
