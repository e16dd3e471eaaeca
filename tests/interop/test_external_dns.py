"""What the real external-dns wrote leaves dnsguard nothing to do, and the other way round, under every form of the registry."""

import asyncio

import pytest

from dnsguard.app import Controller
from dnsguard.cli.troubles import Standing
from tests.interop.externaldns import run_once
from tests.interop.live import addresses, settings_for
from tests.interop.objects import put_gateway, put_namespace, put_route

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
