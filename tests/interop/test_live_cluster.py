"""A real API server that forgets, restarts, changes tokens and loses a kind: the zone converges, and nothing is deleted wrongly."""

import asyncio
import time
from contextlib import suppress

import pytest

from dnsguard.model.facts import SourceFailed, SourceListed, SourceTroubled, Synced
from tests.interop.cluster import Refused
from tests.interop.live import running, settings_for
from tests.interop.objects import accept, put_gateway, put_namespace, put_route, route_path, set_addresses

ROUTES = 50
FIRST, SECOND = "192.0.2.1", "192.0.2.2"


def host(number, zone):
    return f"app-{number}.{zone}"


def named(numbers, zone, address):
    return {host(number, zone): [address] for number in numbers}


def fill(cluster, team, zone, numbers=range(ROUTES)):
    for number in numbers:
        put_route(cluster, team, f"app-{number}", [host(number, zone)])


@pytest.fixture
def team(request, cluster):
    """A namespace of the test's own, with a Gateway and fifty routes."""
    name = request.node.name.replace("_", "-")[:40].strip("-")
    zone = f"{name.split('-')[1]}.example"
    put_namespace(cluster, name)
    put_gateway(cluster, name, "public", [FIRST])
    fill(cluster, name, zone)
    yield name, zone
    with suppress(Refused):
        cluster.delete(route_path(name))


async def converged(live, zone, numbers=range(ROUTES), address=FIRST):
    wanted = named(numbers, zone, address)
    await live.until(lambda: live.addresses() == wanted, f"{len(wanted)} names at {address}")
    await live.until(live.controller.engine.idle, "at rest")


async def test_timestamps_only_cost_no_call_and_a_true_change_arrives(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    async with running(settings_for(cluster, route53, zone, namespaces=name), route53.strict, zone_id) as live:
        await converged(live, zone)
        calls = sum(route53.strict.calls.values())
        for turn in range(3):
            for number in range(ROUTES):
                await asyncio.to_thread(accept, cluster, name, f"app-{number}", written=f"2026-02-0{turn + 1}T00:00:00Z")
        assert sum(route53.strict.calls.values()) == calls

        await asyncio.to_thread(set_addresses, cluster, name, "public", [SECOND])
        await converged(live, zone, address=SECOND)

        assert live.deleted == set()
        await asyncio.to_thread(cluster.delete, route_path(name, "app-0"))
        await converged(live, zone, range(1, ROUTES), SECOND)


async def test_compaction_and_lost_watches_cost_no_call(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    async with running(settings_for(cluster, route53, zone, namespaces=name), route53.strict, zone_id) as live:
        await converged(live, zone)
        reads = sum(route53.strict.calls.values()) - live.writes
        writes = live.writes

        await asyncio.to_thread(cluster.compact)
        await asyncio.to_thread(cluster.restart)
        assert live.writes == writes
        await asyncio.to_thread(fill, cluster, name, zone, range(ROUTES, ROUTES + 5))
        await converged(live, zone, range(ROUTES + 5))

        assert sum(route53.strict.calls.values()) - live.writes == reads
        assert live.deleted == set()


async def test_restart_of_the_server_loses_no_edit(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    async with running(settings_for(cluster, route53, zone, namespaces=name), route53.strict, zone_id) as live:
        await converged(live, zone)
        for turn in range(2):
            await asyncio.to_thread(cluster.restart)
            first = ROUTES + 5 * turn
            await asyncio.to_thread(fill, cluster, name, zone, range(first, first + 5))
            await asyncio.to_thread(cluster.delete, route_path(name, f"app-{turn}"))
            await converged(live, zone, range(turn + 1, first + 5))

        assert live.deleted == {host(0, zone), host(1, zone)}


async def test_token_changes_are_noticed_without_a_restart_of_ours(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    async with running(settings_for(cluster, route53, zone, namespaces=name), route53.strict, zone_id) as live:
        await converged(live, zone)
        await asyncio.to_thread(cluster.change_token, "dnsguard")
        await live.until(lambda: any("401" in fact.text for fact in live.seen(SourceTroubled)), "the old token is refused")
        await asyncio.to_thread(fill, cluster, name, zone, range(ROUTES, ROUTES + 1))

        await asyncio.to_thread(cluster.kubeconfig, "dnsguard")
        await converged(live, zone, range(ROUTES + 1))
        assert live.deleted == set()


async def test_kind_that_vanishes_proves_nothing(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    async with running(settings_for(cluster, route53, zone, namespaces=name, grace="10s"), route53.strict, zone_id) as live:
        await converged(live, zone)
        writes = live.writes

        await asyncio.to_thread(cluster.remove_definition, "httproutes")
        await live.until(lambda: any(fact.kind == "HTTPRoute" for fact in live.seen(SourceFailed)), "the kind is known to be gone")
        end = time.monotonic() + 20
        await live.until(lambda: time.monotonic() > end, "more than the grace of deletions has passed")
        assert (live.writes, live.deleted, len(live.addresses())) == (writes, set(), ROUTES)

        lists = len(live.seen(SourceListed))
        await asyncio.to_thread(cluster.install)
        await asyncio.to_thread(fill, cluster, name, zone)
        await live.until(lambda: len(live.seen(SourceListed)) > lists, "the kind is listed again", 180)
        end = time.monotonic() + 15
        await live.until(lambda: time.monotonic() > end, "more than the grace of deletions has passed")
        await converged(live, zone)
        assert (live.writes, live.deleted) == (writes, set())
        assert len(live.seen(Synced)) == 1
