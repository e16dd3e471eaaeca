"""What `dnsguard handback` lists is what the real external-dns then does, record set by record set."""

import asyncio

from dnsguard.app import Controller
from tests.interop.externaldns import run_once
from tests.interop.live import settings_for
from tests.interop.objects import put_gateway, put_namespace, put_route, route_path

ZONE = "back.example"
TEAM = "back"
PREFIX = "external-dns.kubernetes.io/"
ROUTES = {
    # name: Gateway, annotations
    "in-order": ("public", {}),
    "lost-address": ("empty", {}),
    "lost-status": ("public", {}),
    "moved": ("public", {}),
    "private": ("inside", {}),
    "another-ttl": ("public", {"ttl": "60"}),
    "a-ttl-nobody-asks-for": ("public", {}),
    "absent": ("public", {}),
    "absent-balancer": ("balancer", {}),
    "retyped": ("named", {}),
    "one-type-less": ("public", {}),
    "foreign": ("public", {}),
    "nobody's": ("public", {}),
    "old-text": ("public", {}),
    "blue": ("public", {"set-identifier": "blue", "aws-weight": "10"}),
    "weight": ("public", {"set-identifier": "blue", "aws-weight": "20"}),
    "alias": ("balancer", {}),
}
PUBLIC, BALANCER = "192.0.2.1", "front-1.eu-west-1.elb.amazonaws.com"


def a(name, value=PUBLIC, ttl=300, kind="A", **more):
    return {"Name": f"{name}.{ZONE}", "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}], **more}


def alias(name, kind):
    target = {"HostedZoneId": "Z32O12XQLNTSW2", "DNSName": BALANCER, "EvaluateTargetHealth": True}
    return {"Name": f"{name}.{ZONE}", "Type": kind, "AliasTarget": target}


def text(name, kind="a-", owner="interop", resource=None, **more):
    value = f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource or f"httproute/{TEAM}/{name}"}"'
    return {"Name": f"{kind}{name}.{ZONE}", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}], **more}


def both(name, *, kind="A", **more):
    said = {key: more[key] for key in ("SetIdentifier", "Weight") if key in more}
    return [a(name, kind=kind, **more), text(name, f"{kind.lower()}-", **said)]


BLUE, GREEN = {"SetIdentifier": "blue", "Weight": 10}, {"SetIdentifier": "green", "Weight": 10}
STANDING = [
    *both("in-order"),
    *both("lost-address"),
    *both("lost-status"),
    *both("moved", value="192.0.2.99"),
    *both("private"),
    *both("another-ttl"),
    *both("a-ttl-nobody-asks-for", ttl=77),
    *both("retyped"),
    *both("one-type-less"),
    *both("one-type-less", kind="AAAA", value="2001:db8::9"),
    *both("gone"),
    a("foreign", "192.0.2.98"),
    text("foreign", owner="them"),
    a("nobodys", "192.0.2.97"),
    a("old-text"),
    text("old-text", ""),
    *both("blue", **BLUE),
    *both("blue", **GREEN),
    *both("weight", **BLUE),
    text("alone"),
    alias("alias", "A"),
    text("alias"),
    alias("alias", "AAAA"),
    text("alias", "aaaa-"),
]


def host(name):
    return f"{name.replace(chr(39), '')}.{ZONE}"


def put_everything(cluster):
    put_namespace(cluster, TEAM)
    put_gateway(cluster, TEAM, "public", [PUBLIC])
    put_gateway(cluster, TEAM, "empty", [])
    put_gateway(cluster, TEAM, "inside", ["10.0.0.1"])
    put_gateway(cluster, TEAM, "named", ["edge.other.example"])
    put_gateway(cluster, TEAM, "balancer", [BALANCER])
    for name, (gateway, annotations) in ROUTES.items():
        said = {PREFIX + key: value for key, value in annotations.items()}
        put_route(cluster, TEAM, name.replace("'", ""), [host(name)], gateway, said)
    cluster.merge(f"{route_path(TEAM, 'lost-status')}/status", {"status": {"parents": []}})


async def handback(cluster, route53):
    controller = Controller(settings_for(cluster, route53, ZONE), dry=True)
    async with asyncio.timeout(120):
        await controller.run(once=True, probes=False)
    assert controller.engine.idle()
    return controller.engine.handback(controller.clock.now())


def sets(strict, zone):
    return {(each["Name"].rstrip("."), each["Type"], each.get("SetIdentifier", "")): each for each in strict.records(zone)}


def done(before, after):
    """What became of the record sets that are no TXT, and of those whose TXT alone is new."""
    for key in sorted({*before, *after}):
        name, kind, set_id = key
        if kind == "TXT":
            continue
        fresh = (f"{kind.lower()}-{name}", "TXT", set_id)
        if key not in after:
            yield "delete", *key
        elif key not in before:
            yield "create", *key
        elif before[key] != after[key] or (fresh in after and fresh not in before):
            yield "change", *key


async def test_external_dns_does_what_handback_lists_and_nothing_else(cluster, route53):
    await asyncio.to_thread(put_everything, cluster)
    zone = route53.strict.create_zone(ZONE)
    route53.strict.load(zone, STANDING)
    before = sets(route53.strict, zone)

    found = await handback(cluster, route53)
    listed = sorted((step.kind, step.name, step.type, step.set_id) for step in found.steps)
    assert sets(route53.strict, zone) == before
    log = await asyncio.to_thread(run_once, cluster, route53, ZONE)

    assert listed == sorted(done(before, sets(route53.strict, zone))), log[-4000:]
    assert {kind for kind, *_ in listed} == {"create", "change", "delete"}
    assert len(listed) > 10
    assert (await handback(cluster, route53)).steps == ()
