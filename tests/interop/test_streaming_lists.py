"""The real API server answers streaming lists where WatchList is on, and refuses them where it is not; dnsguard reads both."""

import asyncio
import random
from contextlib import asynccontextmanager

import aiohttp
import pytest

from dnsguard.errors import VersionExpired
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.credentials import reach
from dnsguard.kubernetes.reflector import Reflector
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.model.events import Deleted, Listed, Upserted
from dnsguard.model.settings import Cluster as Where
from tests.interop.cluster import Cluster
from tests.interop.objects import put_gateway, put_namespace, put_route, route_path

ROUTES = 30


@pytest.fixture(scope="module", params=["", "WatchList=true"], ids=["without", "with"])
def watched(request, tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster"), features=request.param) as cluster:
        cluster.install()
        put_namespace(cluster, "team")
        put_gateway(cluster, "team", "public", ["192.0.2.1"])
        for number in range(ROUTES):
            put_route(cluster, "team", f"app-{number}", [f"app-{number}.shop.example"])
        yield cluster, bool(request.param)


@asynccontextmanager
async def connected(cluster):
    """An API server for dnsguard, and the queries that it gets."""
    asked = []

    async def note(_session, _context, params):
        asked.append(dict(params.url.query))

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    url, credentials = await reach(Where(kubeconfig=str(cluster.kubeconfig("dnsguard"))), {})
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        yield ApiServer(session, url, credentials), asked


async def test_lists_are_streamed_where_the_server_can(watched):
    cluster, can = watched
    events = []
    async with connected(cluster) as (api, asked):
        reflector = Reflector(api, RESOURCES["HTTPRoute"], ("team",), events.append, chance=random.Random(1), streaming=True)
        task = asyncio.create_task(reflector.run())
        await until(lambda: any(isinstance(event, Listed) for event in events))
        await asyncio.to_thread(put_route, cluster, "team", "late", ["late.shop.example"])
        await asyncio.to_thread(cluster.delete, route_path("team", "late"))
        await until(lambda: any(isinstance(event, Deleted) for event in events))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    kinds = [type(event) for event in events]
    assert kinds[: ROUTES + 1] == [*[Upserted] * ROUTES, Listed]
    assert len(events[ROUTES].refs) == ROUTES
    ways = ["stream" if "sendInitialEvents" in query else "watch" if "watch" in query else "list" for query in asked]
    assert ways == (["stream"] if can else ["stream", "list", "watch"])


async def test_continue_token_expires_when_its_version_is_compacted(watched):
    cluster, _ = watched
    async with connected(cluster) as (api, _):
        body = await api.list_page(RESOURCES["HTTPRoute"], "team", 10)
        token = str(body).split('"continue":"')[1].split('"')[0]
        await asyncio.to_thread(put_route, cluster, "team", "newer", ["newer.shop.example"])
        await asyncio.to_thread(cluster.delete, route_path("team", "newer"))
        await asyncio.to_thread(cluster.compact)

        with pytest.raises(VersionExpired):
            await api.list_page(RESOURCES["HTTPRoute"], "team", 10, token)


async def until(so):
    async with asyncio.timeout(60):
        while not so():  # noqa: ASYNC110 -- what is awaited has no event of its own
            await asyncio.sleep(0.02)
