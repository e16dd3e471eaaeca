"""Routes in a real cluster, and a controller that rewrites their status without a reason.

Rules kept here:
- A useless write changes `lastTransitionTime` and nothing else, through the status subresource, as Traefik up to v3.1.1 does
  about ten times a second with two replicas.
- Every write changes the object, so that every watch gets a frame: the API server drops a write that changes nothing.
"""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.interop.cluster import GATEWAY_API, Cluster

TEAM = "shop"
GATEWAY = "public"
GROUP = "gateway.networking.k8s.io"
HANDS = 16
"""Requests at a time while the cluster is filled."""
MERGE = {"Content-Type": "application/merge-patch+json"}
BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Administrator:
    """Writes Gateway API objects and their status into a cluster."""

    def __init__(self, session: aiohttp.ClientSession, routes: int, zone: str) -> None:
        self._session = session
        self._zone = zone
        self.routes = routes

    async def fill(self) -> None:
        """Put a Gateway and the routes into the cluster, each with one host name and the status of a route that is taken."""
        await self._create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM}})
        listener = {"name": "web", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
        gateway = _object("Gateway", GATEWAY, {"gatewayClassName": "bench", "listeners": [listener]})
        await self._create(_path("gateways"), gateway)
        address = {"addresses": [{"type": "IPAddress", "value": "192.0.2.1"}]}
        await self._merge(f"{_path('gateways')}/{GATEWAY}/status", {"status": address})
        turn = asyncio.Semaphore(HANDS)
        async with asyncio.TaskGroup() as group:
            for number in range(self.routes):
                group.create_task(self._put(number, turn))

    async def churn(self, rate: float, seconds: float) -> int:
        """Rewrite the routes' status in turn, *rate* times a second for *seconds*; return how often it was done."""
        clock = asyncio.get_running_loop().time
        begin = clock()
        for turn in range(int(rate * seconds)):
            await asyncio.sleep(begin + turn / rate - clock())
            await self._accept(turn % self.routes, turn + 1)
        return int(rate * seconds)

    async def _put(self, number: int, turn: asyncio.Semaphore) -> None:
        spec = {"hostnames": [f"app-{number}.{self._zone}"], "parentRefs": [{"name": GATEWAY}]}
        async with turn:
            await self._create(_path("httproutes"), _object("HTTPRoute", f"app-{number}", spec))
            await self._accept(number, 0)

    async def _accept(self, number: int, second: int) -> None:
        written = (BEGIN + dt.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [
            {"type": kind, "status": "True", "reason": kind, "message": "", "lastTransitionTime": written}
            for kind in ("Accepted", "ResolvedRefs")
        ]
        reference = {"group": GROUP, "kind": "Gateway", "name": GATEWAY}
        parent = {"parentRef": reference, "controllerName": "dnsguard.dev/bench", "conditions": conditions}
        await self._merge(f"{_path('httproutes')}/app-{number}/status", {"status": {"parents": [parent]}})

    async def _create(self, path: str, body: Any) -> None:
        async with self._session.post(path, json=body) as answer:
            answer.raise_for_status()

    async def _merge(self, path: str, body: Any) -> None:
        async with self._session.patch(path, json=body, headers=MERGE) as answer:
            answer.raise_for_status()


@asynccontextmanager
async def administrator(cluster: Cluster, routes: int, zone: str) -> AsyncIterator[Administrator]:
    """Give the administrator of *cluster* while the context lasts."""
    context = ssl.create_default_context(cafile=cluster.authorities)
    headers = {"Authorization": f"Bearer {cluster.tokens['admin']}"}
    async with aiohttp.ClientSession(cluster.url, headers=headers, connector=aiohttp.TCPConnector(ssl=context)) as session:
        yield Administrator(session, routes, zone)


def _path(plural: str) -> str:
    return f"{GATEWAY_API}/namespaces/{TEAM}/{plural}"


def _object(kind: str, name: str, spec: Any) -> Any:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name, "namespace": TEAM}, "spec": spec}
