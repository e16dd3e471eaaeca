"""What the real external-dns wrote leaves dnsguard nothing to do, and the other way round, under every form of the registry."""

import asyncio
import subprocess
from base64 import b64encode
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from dnsguard.app import Controller
from dnsguard.cli.troubles import Standing
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.facts import Reason
from dnsguard.model.settings import Http, Webhook
from dnsguard.route53.sealing import AesSeal
from dnsguard.settings import read_key
from dnsguard.sidecar import Sidecar
from tests.interop.externaldns import run_once
from tests.interop.live import addresses, settings_for
from tests.interop.objects import put_gateway, put_namespace, put_route, route_path
from tests.interop.sidecar import external_dns

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
KEYS = {
    "encrypted": b")K_Fy|?Z.64#UuHm`}[d!GC%WJM_fs{_",
    "prefix and wildcard, encrypted": b64encode(bytes(range(224, 256))),
}
"""What --txt-encrypt-aes-key says, by the registries of which everything else is in `REGISTRIES`."""
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


@pytest.fixture(params=[*REGISTRIES, *KEYS], ids=lambda name: name.replace(" ", "-").replace(",", ""))
def registry(request, tmp_path):
    name = request.param
    return keyed(tmp_path, name) if name in KEYS else REGISTRIES[name]


def keyed(folder, name="encrypted"):
    """Return the registry of that name, with its key in a file of *folder*."""
    path = folder / "key"
    path.write_bytes(KEYS[name])
    return {**REGISTRIES.get(name.partition(",")[0], {}), "encrypt_key_file": str(path)}


def flags(registry):
    plain = [f"{FLAGS[key]}={value}" for key, value in registry.items() if key in FLAGS]
    path = registry.get("encrypt_key_file")
    return [*plain, "--txt-encrypt-enabled", f"--txt-encrypt-aes-key={Path(path).read_text()}"] if path else plain


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

        assert as_sets(other.strict.records("Z1"), registry) == as_sets(route53.strict.records(zone), registry)


@asynccontextmanager
async def sidecar(cluster, route53):
    """A `dnsguard webhook` for the zone; give the command line of an external-dns that asks it once."""
    settings = structs.replace(
        settings_for(cluster, route53, ZONE),
        http=Http(listen="127.0.0.1:0", api=""),
        webhook=Webhook(listen="127.0.0.1:0", watch="never"),
    )
    made = Sidecar(settings, watched=False)
    task = asyncio.create_task(made.run(), name="sidecar")
    try:
        async with asyncio.timeout(60):
            while not hasattr(made, "address") or made.readiness.reasons():
                assert not task.done(), task
                await asyncio.sleep(0.05)
        yield made, external_dns(cluster.kubeconfig("dnsguard", "externaldns"), made.address[1], ("--once",), ZONE)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextmanager
def weighted_for_a_webhook(cluster):
    """With a webhook, external-dns drops what annotations say for AWS; with both, v0.22 loses some of either for names of two types."""

    def annotate(aws, webhook):
        annotations = {f"{PREFIX}aws-weight": aws, f"{PREFIX}webhook-weight": webhook}
        cluster.merge(route_path(TEAM, "weighted"), {"metadata": {"annotations": annotations}})

    annotate(None, "10")
    try:
        yield
    finally:
        annotate("10", None)


async def ask(command, registry):
    done = await asyncio.to_thread(subprocess.run, [*command, *flags(registry)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


async def test_through_a_webhook_it_writes_what_its_own_provider_writes_and_has_nothing_to_ask_then(cluster, route53, registry):
    zone = route53.strict.create_zone(ZONE, zone_id="Z1")
    await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))
    with Route53Server(StrictRoute53("cbt-10")) as other:
        other.strict.create_zone(ZONE, zone_id="Z1")
        with weighted_for_a_webhook(cluster):
            await ask_until_nothing_is_left(cluster, other, registry)
        assert as_sets(other.strict.records("Z1"), registry) == as_sets(route53.strict.records(zone), registry)


async def ask_until_nothing_is_left(cluster, other, registry):
    async with sidecar(cluster, other) as (made, command):
        await ask(command, registry)
        # What is accepted is told at once, so a second run has nothing to ask even before all of it is written.
        assert "All records are already up to date" in await ask(command, registry)
        for _ in range(600):
            if not len(made.engine.reception):
                break
            await asyncio.sleep(0.1)
        assert "All records are already up to date" in await ask(command, registry)


def as_sets(records, registry):
    """Record sets by key, with sealed TXT as what they say. The order of values means nothing.

    Where two objects ask for one name, external-dns writes now the one and now the other into its TXT.
    """
    path = registry.get("encrypt_key_file")
    seal = AesSeal(read_key(path)) if path else None
    for record in records:
        values = record.get("ResourceRecords", [])
        values.sort(key=lambda value: value["Value"])
        for value in values:
            if seal is not None and record["Type"] == "TXT":
                value["Value"] = seal.unseal(value["Value"].strip('"'))
            value["Value"] = value["Value"].replace(f"/{TEAM}/shared-2", f"/{TEAM}/shared-1")
    return {(record["Name"], record["Type"], record.get("SetIdentifier", "")): record for record in records}


def sealed_by(records, registry):
    """Return what the TXT of a zone say that open with the key, and what those hold that do not."""
    seal = AesSeal(read_key(registry["encrypt_key_file"]))
    values = [each["ResourceRecords"][0]["Value"].strip('"') for each in records if each["Type"] == "TXT"]
    return [text for value in values if (text := seal.unseal(value))], [value for value in values if seal.unseal(value) is None]


@pytest.mark.parametrize("first", ["external-dns", "dnsguard"])
async def test_what_one_sealed_the_other_changes_and_the_first_finds_in_order(cluster, route53, tmp_path, first):
    registry = keyed(tmp_path)
    zone = route53.strict.create_zone(ZONE)

    async def external_dns():
        await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))

    async def dnsguard():
        assert (await dnsguard_once(cluster, route53, registry, dry=False))[1] == []

    one, other = (external_dns, dnsguard) if first == "external-dns" else (dnsguard, external_dns)
    await one()
    opened, closed = sealed_by(route53.strict.records(zone), registry)
    assert closed == []
    assert len(opened) > 10

    change_ttl(cluster, "120")
    try:
        await other()
        ttl = {each["Name"]: each["TTL"] for each in route53.strict.records(zone) if each["Type"] == "A" and "TTL" in each}
        assert ttl[f"ttl.{ZONE}."] == 120
        assert sealed_by(route53.strict.records(zone), registry) == (opened, [])
        writes = route53.strict.calls["ChangeResourceRecordSets"]
        await one()
        assert route53.strict.calls["ChangeResourceRecordSets"] == writes
    finally:
        change_ttl(cluster, "60")


def change_ttl(cluster, seconds):
    cluster.merge(route_path(TEAM, "ttl"), {"metadata": {"annotations": {f"{PREFIX}ttl": seconds}}})


async def test_external_dns_022_deletes_what_dnsguard_sealed_only_once_it_has_written_it_itself(cluster, route53, tmp_path):
    # For a deletion it compresses the text again, and Go's compressor makes other bytes of it. Since v0.23 it deletes what it read.
    registry = keyed(tmp_path)
    zone = route53.strict.create_zone(ZONE)
    for name in ("untouched", "touched"):
        put_route(cluster, TEAM, name, [f"{name}.{ZONE}"])
    try:
        await dnsguard_once(cluster, route53, registry, dry=False)
        cluster.merge(route_path(TEAM, "touched"), {"metadata": {"annotations": {f"{PREFIX}ttl": "70"}}})
        await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))
    finally:
        for name in ("untouched", "touched"):
            cluster.delete(route_path(TEAM, name))

    with pytest.raises(RuntimeError, match="but the values provided do not match the current values"):
        await asyncio.to_thread(run_once, cluster, route53, ZONE, flags=flags(registry))

    left = {each["Name"] for each in route53.strict.records(zone)}
    assert {f"untouched.{ZONE}.", f"a-untouched.{ZONE}."} <= left
    assert not {f"touched.{ZONE}.", f"a-touched.{ZONE}."} & left


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
