"""The real external-dns with --events behind the proxy, beside one without it, at the real API server and at a tape.

Under churn the one behind the proxy makes its interval syncs and one for every true edit; the other syncs all the time. What both
spend, and how long an edit takes, is printed. `DNSGUARD_PROXY_SECONDS` says how long the churn lasts; 150 if it is not set.
"""

import asyncio
import json
import os
import statistics
import time
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path

import aiohttp
import pytest
import yaml

from dnsguard.app import proxying
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.settings import Cluster, Ownership, Proxy, Settings
from dnsguard.web.proxy_report import table
from tests.interop import building
from tests.interop.cluster import DEFINITIONS, GATEWAY_API, Refused
from tests.interop.externaldns import open_kubeconfig, staying_at
from tests.interop.live import addresses
from tests.interop.objects import accept, put_gateway, put_namespace, put_route, route_path

SECONDS = float(os.environ.get("DNSGUARD_PROXY_SECONDS") or 150)
ZONE = "proxied.example"
TEAM = "proxied"
ROUTES = 60
PACE = 0.1
"""Seconds between two useless status writes."""
INTERVAL = 60.0
"""Seconds between two interval syncs of external-dns."""
EDITS = 6
PATIENCE = 60.0
LIST, ZONES, WRITE = "ListResourceRecordSets", "ListHostedZones", "ChangeResourceRecordSets"


class Incumbent:
    """One external-dns with a Route53 of its own."""

    def __init__(self, name, zone):
        self.name = name
        self.strict = StrictRoute53("cbt-10")
        self.zone = self.strict.create_zone(zone)

    @property
    def listings(self):
        """How many pages of record sets it listed: one for each sync of a zone of at most 300."""
        return self.strict.calls[LIST]

    @property
    def calls(self):
        return dict(self.strict.calls)

    def addresses(self):
        return addresses(self.strict, self.zone)


def settings(**cluster):
    return Settings(
        zones=(), ownership=Ownership(owner="x"), policy="shadow", cluster=Cluster(**cluster), proxy=Proxy(listen="127.0.0.1:0")
    )


@asynccontextmanager
async def side_by_side(zone, direct, settings_of_proxy, folder, flags):
    """Give an external-dns at the kubeconfig *direct*, one behind a proxy, and the proxy."""
    without, behind = Incumbent("without", zone), Incumbent("behind the proxy", zone)
    async with AsyncExitStack() as stack:
        proxy, url = await stack.enter_async_context(proxying(settings_of_proxy, lambda said: print(said.message)))
        with ExitStack() as programs:
            for one, kubeconfig in ((without, direct), (behind, open_kubeconfig(folder / "proxied", url))):
                server = programs.enter_context(Route53Server(one.strict))
                programs.enter_context(staying_at(kubeconfig, server, zone, flags=flags))
            yield without, behind, proxy


async def until(so, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, f"after {seconds:.0f} s still not: {what}"
        await asyncio.sleep(0.05)


def report(what, seconds, *pair):
    for one in pair:
        print(f"{what}, {seconds:.0f} s, external-dns {one.name}: {one.listings} listings, {sum(one.calls.values())} calls {one.calls}")


def reset(*pair):
    for one in pair:
        one.strict.calls.clear()


def fill(cluster):
    put_namespace(cluster, TEAM)
    put_gateway(cluster, TEAM, "public", ["192.0.2.1"])
    for number in range(ROUTES):
        put_route(cluster, TEAM, f"app-{number}", [f"app-{number}.{ZONE}"])


async def churn(cluster, counts):
    """Rewrite one timestamp after another, for ever."""
    while True:
        number = counts["useless"]
        counts["useless"] += 1
        written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_770_000_000 + number))
        await asyncio.to_thread(accept, cluster, TEAM, f"app-{number % ROUTES}", written=written)
        await asyncio.sleep(PACE)


@pytest.mark.timeout(SECONDS * 2 + 600)
async def test_behind_the_proxy_churn_at_the_real_api_server_costs_interval_syncs_and_edits_arrive(cluster, tmp_path):
    await asyncio.to_thread(fill, cluster)
    direct = cluster.kubeconfig("dnsguard", "direct")
    through = settings(kubeconfig=str(cluster.kubeconfig("dnsguard", "proxy")))
    flags = (f"--namespace={TEAM}", "--events", f"--interval={INTERVAL:.0f}s")
    counts = {"useless": 0}
    async with side_by_side(ZONE, direct, through, tmp_path, flags) as (without, behind, proxy):
        pair = (without, behind)
        await until(lambda: all(len(one.addresses()) == ROUTES for one in pair), "both have written the zone", 120)
        await edits("in calm", cluster, pair)
        churning = asyncio.create_task(churn(cluster, counts))
        # Each is on its own clock; whatever their first syncs still had to follow is over by then.
        await asyncio.sleep(12)
        reset(*pair)
        began, frames = time.monotonic(), counts["useless"]
        await asyncio.sleep(SECONDS)
        lasted, useless = time.monotonic() - began, counts["useless"] - frames
        print(f"{useless} useless status writes in {lasted:.0f} s")
        report("churn", lasted, *pair)
        assert behind.listings <= lasted // INTERVAL + 1
        assert without.listings > lasted / 15
        assert behind.strict.calls[WRITE] == 0

        await edits("amid churn", cluster, pair)
        assert not churning.done(), churning
        churning.cancel()
        print(table(proxy.tally.lines()))
        replaced = sum(line.replaced for line in proxy.tally.lines())
        assert replaced > counts["useless"] * 0.9


async def edits(when, cluster, pair):
    """Make true edits, each once the one before has arrived, and print what they cost and how long they took."""
    reset(*pair)
    began = time.monotonic()
    taken = [await edit(cluster, number, pair) for number in range(EDITS)]
    report(f"{EDITS} edits {when}", time.monotonic() - began, *pair)
    for one, seconds in zip(pair, zip(*taken, strict=True), strict=True):
        print(f"from an edit {when} to Route53, {one.name}: median {statistics.median(seconds):.1f} s, worst {max(seconds):.1f} s")


async def edit(cluster, number, pair):
    """Rename a host, and return how many seconds passed until each has it in its zone.

    External-dns waits 5 s after a lone event, whatever its flags say; one that syncs all the time takes an edit along sooner.
    """
    name = f"app-{number}"
    host = f"edited-{number}-{time.monotonic_ns()}.{ZONE}"
    await asyncio.sleep(1.7 * number)
    began = time.monotonic()
    await asyncio.to_thread(cluster.merge, route_path(TEAM, name), {"spec": {"hostnames": [host]}})
    arrived = {}

    def so():
        for one in pair:
            if one.name not in arrived and host in one.addresses():
                arrived[one.name] = time.monotonic() - began
        return len(arrived) == len(pair)

    await until(so, f"both have written {host}")
    return [arrived[one.name] for one in pair]


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces", "/api/v1/namespaces/listed/services", f"{GATEWAY_API}/namespaces/listed/httproutes"]
)
async def test_the_first_useless_update_after_a_list_of_the_real_api_server_is_a_bookmark(cluster, path):
    name = path.rpartition("/")[2]
    prepare(cluster)
    through = settings(kubeconfig=str(cluster.kubeconfig("admin", "proxy")))
    headers = {"Accept": "application/vnd.kubernetes.protobuf,application/json"} if name != "httproutes" else {}
    async with proxying(through, lambda _: None) as (_, url), aiohttp.ClientSession(url, headers=headers) as session:
        async with session.get(path, params={"limit": "500", "resourceVersion": "0"}) as answer:
            version = (await answer.json())["metadata"]["resourceVersion"]
        said = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": version}
        async with session.get(path, params=said) as watch, asyncio.timeout(30):
            target = path if name != "namespaces" else "/api/v1/namespaces/listed"
            target = target if name == "namespaces" else f"{target}/listed"
            await asyncio.to_thread(own, cluster, target)
            useless = json.loads(await watch.content.readuntil(b"\n"))
            await asyncio.to_thread(cluster.merge, target, {"metadata": {"annotations": {"true": "edit"}}})
            edit = json.loads(await watch.content.readuntil(b"\n"))
    assert (useless["type"], useless["object"].keys()) == ("BOOKMARK", {"apiVersion", "kind", "metadata"})
    assert (edit["type"], edit["object"]["metadata"]["annotations"]["true"]) == ("MODIFIED", "edit")
    assert useless["object"]["kind"] == edit["object"]["kind"]
    assert useless["object"]["apiVersion"] == edit["object"]["apiVersion"]


def prepare(cluster):
    """Put one object of each kind that is asked about into the cluster."""
    collections = {
        "/api/v1/namespaces": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "listed", "labels": {"own": "x"}}},
        "/api/v1/namespaces/listed/services": {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "listed", "labels": {"own": "x"}},
            "spec": {"ports": [{"port": 80}]},
        },
        f"{GATEWAY_API}/namespaces/listed/httproutes": {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "listed", "labels": {"own": "x"}},
            "spec": {"hostnames": ["listed.example.com"]},
        },
    }
    for path, body in collections.items():
        with suppress(Refused):
            cluster.create(path, body)


def own(cluster, path):
    """Apply what the object says anyway, as another manager: only managedFields change."""
    one = cluster.request("GET", path)
    body = {"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": {"name": one["metadata"]["name"], "labels": {"own": "x"}}}
    manager = f"manager-{time.monotonic_ns()}"
    cluster.request("PATCH", f"{path}?fieldManager={manager}", body, kind="application/apply-patch+yaml")


ENDPOINTS = "/apis/externaldns.k8s.io/v1alpha1"


async def test_a_dnsendpoint_has_its_status_written_once_for_each_edit_and_useless_updates_are_bookmarks(cluster, tmp_path):
    zone, path = "endpoints.example", f"{ENDPOINTS}/namespaces/default/dnsendpoints"
    prepare(cluster)
    cluster.create(DEFINITIONS, yaml.safe_load(building.endpoint_definition().read_text()))
    cluster.wait_for(f"{ENDPOINTS}/dnsendpoints")
    wanted = [{"dnsName": f"a.{zone}", "recordType": "A", "targets": ["192.0.2.7"]}]
    body = {"apiVersion": "externaldns.k8s.io/v1alpha1", "kind": "DNSEndpoint", "metadata": {"name": "one"}, "spec": {"endpoints": wanted}}
    await asyncio.to_thread(cluster.create, path, {**body, "metadata": {"name": "one", "labels": {"own": "x"}}})
    one = Incumbent("behind the proxy", zone)
    through = settings(kubeconfig=str(cluster.kubeconfig("admin", "proxy")))
    flags = ("--source=crd", "--events", "--interval=1h")
    async with proxying(through, lambda said: print(said.message)) as (proxy, url):
        kubeconfig = open_kubeconfig(tmp_path / "proxied", url)
        with Route53Server(one.strict) as route53, staying_at(kubeconfig, route53, zone, flags=flags):

            async def observed(generation, address):
                await until(lambda: one.addresses() == {f"a.{zone}": [address]}, f"{address} is in the zone")
                await until(lambda: proxy.requests["update", "200"] == generation, f"{generation} statuses were written")
                found = await asyncio.to_thread(cluster.request, "GET", f"{path}/one")
                assert found["status"]["observedGeneration"] == found["metadata"]["generation"] == generation

            await observed(1, "192.0.2.7")
            for _ in range(5):
                await asyncio.to_thread(own, cluster, f"{path}/one")
            wanted[0]["targets"] = ["192.0.2.8"]
            await asyncio.to_thread(cluster.merge, f"{path}/one", {"spec": {"endpoints": wanted}})
            await observed(2, "192.0.2.8")
            await asyncio.sleep(7)
            assert {pair: number for pair, number in proxy.requests.items() if pair[0] == "update"} == {("update", "200"): 2}
        (line,) = [line for line in proxy.tally.lines() if line.replaced]
        assert (line.resource, sum(each.replaced for each in proxy.tally.lines())) == ("dnsendpoints.externaldns.k8s.io", line.replaced)


TAPES = Path(str(files("dnsguard.lab"))) / "tapes"


@pytest.mark.timeout(SECONDS * 2 + 300)
async def test_behind_the_proxy_a_recorded_traefik_costs_its_edits_and_the_zone_ends_up_the_same(tmp_path):
    name, zone = "traefik-3.1.0-duo", "example.com"
    records = json.loads((TAPES / f"{name}.truth.json").read_text())["records"]
    truth = {each["name"].rstrip(".").replace("*", "\\052"): each["values"] for each in records if each["type"] == "A"}
    async with TapeServer(TAPES / f"{name}.jsonl.gz", speed=188 / min(188, SECONDS)) as server:
        began = time.monotonic()
        direct = open_kubeconfig(tmp_path / "direct", server.url)
        flags = ("--events", "--interval=1h")
        async with side_by_side(zone, direct, settings(server=server.url), tmp_path, flags) as (without, behind, proxy):
            async with asyncio.timeout(SECONDS + 200):
                await server.finished()
            await until(lambda: all(one.addresses().keys() >= truth.keys() for one in (without, behind)), "both zones hold all names")
            await until(lambda: without.addresses() == behind.addresses(), "both zones hold the same")
            report(f"tape {name}", time.monotonic() - began, without, behind)
            print(table(proxy.tally.lines()))
            assert behind.addresses() == truth
    # The faster it is played, the less time its edits leave between them in which the other could sync for nothing.
    assert behind.listings <= without.listings
