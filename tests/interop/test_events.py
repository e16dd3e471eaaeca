"""A real API server takes dnsguard's Events, shows them on their objects, and costs nothing when it does not."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest

from dnsguard.model.facts import AidFailed, AidRecovered, Contested
from tests.interop.cluster import READER, Refused
from tests.interop.live import running, settings_for
from tests.interop.objects import gateway_path, put_gateway, put_namespace, put_route, route_path, set_addresses
from tests.lab.event_cases import CHANGED, COLLECTION, MERGE, NEW, event

ROLE = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{READER}"
ROUTES = 5


@pytest.fixture
def team(request, cluster):
    """A namespace of the test's own, with a Gateway and a few routes; the first one asks for many names."""
    name = request.node.name.replace("_", "-")[:40].strip("-")
    zone = f"{name.split('-')[1]}.example"
    put_namespace(cluster, name)
    put_gateway(cluster, name, "public", ["192.0.2.1"])
    put_route(cluster, name, "app-0", [f"n{number}.{zone}" for number in range(12)])
    for number in range(1, ROUTES):
        put_route(cluster, name, f"app-{number}", [f"app-{number}.{zone}"])
    yield name, zone
    with suppress(Refused):
        cluster.delete(route_path(name))


def described(cluster, path, kind):
    """Return what `kubectl describe` shows of an object: the Events with its name, kind and uid."""
    metadata = cluster.request("GET", path)["metadata"]
    about = {"name": metadata["name"], "namespace": metadata["namespace"], "kind": kind, "uid": metadata["uid"]}
    selector = ",".join(f"involvedObject.{key}={value}" for key, value in about.items())
    return cluster.request("GET", f"/api/v1/namespaces/{metadata['namespace']}/events?{urlencode({'fieldSelector': selector})}")["items"]


def reasons(found):
    return sorted(each["reason"] for each in found)


async def described_in_time(cluster, path, kind, so, live):
    """Return what is described once it is *so*."""
    end = time.monotonic() + 60
    while not so(found := await asyncio.to_thread(described, cluster, path, kind)):
        assert time.monotonic() < end, f"it never came: {found}; said: {live.seen(AidFailed)}"
        await asyncio.sleep(0.2)
    return found


def started(cluster, route53, zone, name, **more):
    zone_id = route53.strict.create_zone(zone)
    return running(settings_for(cluster, route53, zone, namespaces=name, **more), route53.strict, zone_id)


@pytest.mark.parametrize(("name", "changes", "status"), NEW, ids=lambda value: value if isinstance(value, str) else "")
def test_the_table_of_new_events_is_that_of_a_real_server(cluster, name, changes, status):
    try:
        cluster.create(COLLECTION, event(f"new-{name}", **{key: value for key, value in changes.items() if key != "metadata"}) | changes)
        found = 201
    except Refused as refused:
        found = refused.status
    assert found == status


@pytest.mark.parametrize(("name", "patch", "status"), CHANGED, ids=lambda value: value if isinstance(value, str) else "")
def test_the_table_of_changed_events_is_that_of_a_real_server(cluster, name, patch, status):
    cluster.create(COLLECTION, event(f"changed-{name}"))
    try:
        cluster.request("PATCH", f"{COLLECTION}/changed-{name}", patch, kind=MERGE)
        found = 200
    except Refused as refused:
        found = refused.status
    assert found == status


async def test_records_are_told_on_their_routes_and_many_names_are_one_event(cluster, route53, team):
    name, zone = team
    async with started(cluster, route53, zone, name, grace="2s") as live:
        path = route_path(name, "app-0")
        found = await described_in_time(cluster, path, "HTTPRoute", lambda found: reasons(found) == ["RecordCreated"], live)
        assert found[0]["message"].startswith(f"n0.{zone}, n1.{zone}, n10.{zone} and 9 more: created A 192.0.2.1")
        assert (found[0]["type"], found[0]["reportingComponent"]) == ("Normal", "dnsguard")

        cluster.merge(route_path(name, "app-1"), {"spec": {"hostnames": [f"other.{zone}"]}})
        wanted = ["Grace", "RecordCreated", "RecordCreated", "RecordDeleted"]
        await described_in_time(cluster, route_path(name, "app-1"), "HTTPRoute", lambda found: reasons(found) == wanted, live)
        assert live.seen(AidFailed) == []
        ours = cluster.request("GET", f"/api/v1/namespaces/{name}/events?fieldSelector=reportingComponent%3Ddnsguard")["items"]
        assert len(ours) >= ROUTES


async def test_what_somebody_else_holds_is_a_warning_that_counts_up(cluster, route53, team):
    name, zone = team
    zone_id = route53.strict.create_zone(zone)
    foreign = {"Name": f"app-1.{zone}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    change = {"HostedZoneId": zone_id, "ChangeBatch": {"Changes": [{"Action": "CREATE", "ResourceRecordSet": foreign}]}}
    route53.strict.call("ChangeResourceRecordSets", change, 0.0)
    async with running(settings_for(cluster, route53, zone, namespaces=name), route53.strict, zone_id) as live:
        path = route_path(name, "app-1")
        (found,) = await described_in_time(cluster, path, "HTTPRoute", lambda found: reasons(found) == ["Foreign"], live)
        assert found["type"] == "Warning"
        assert "no TXT says that it is ours" in found["message"]
        assert "give the name up here" in found["message"]
        # Told again: the name is given up, and asked for again.
        for hosts in ([f"else.{zone}"], [f"app-1.{zone}"]):
            cluster.merge(path, {"spec": {"hostnames": hosts}})
            await asyncio.sleep(2)
        await described_in_time(cluster, path, "HTTPRoute", lambda found: counts(found, "Foreign") == [2], live)


def counts(found, reason):
    """Return the counts of the series with a reason; the first update waits out a minute."""
    return [each["series"]["count"] for each in found if each["reason"] == reason and each.get("series")]


async def test_a_contested_gateway_is_a_warning_on_it(cluster, route53, team):
    name, zone = team
    async with started(cluster, route53, zone, name) as live:
        await live.until(lambda: live.writes, "the first records")
        for turn in range(10):
            await asyncio.to_thread(set_addresses, cluster, name, "public", [f"192.0.2.{1 + turn % 2}"])
        await live.until(lambda: live.seen(Contested), "it is contested")
        path = gateway_path(name, "public")
        found = await described_in_time(cluster, path, "Gateway", lambda found: "Contested" in reasons(found), live)
        (contested,) = [each for each in found if each["reason"] == "Contested"]
        assert contested["type"] == "Warning"
        assert "stays published until that has been calm" in contested["message"]


async def test_without_the_permission_it_is_one_sentence_and_with_it_events_come(cluster, route53, team):
    name, zone = team
    rules = cluster.request("GET", ROLE)["rules"]
    cluster.merge(ROLE, {"rules": [rule for rule in rules if rule["resources"] != ["events"]]})
    await asyncio.sleep(2)
    try:
        async with started(cluster, route53, zone, name) as live:
            await live.until(lambda: len(live.addresses()) == 11 + ROUTES, "all records")
            await live.until(lambda: live.seen(AidFailed), "the permission is missing")
            begins = "No permission to create events.events.k8s.io (config/kustomize/rbac.yaml grants it): POST "
            assert [fact.text.startswith(begins) for fact in live.seen(AidFailed)] == [True]
            cluster.merge(ROLE, {"rules": rules})
            end = time.monotonic() + 120
            for number in range(100):
                await asyncio.to_thread(put_route, cluster, name, f"late-{number}", [f"late-{number}.{zone}"])
                await asyncio.sleep(5)
                if live.seen(AidRecovered) or time.monotonic() > end:
                    break
            assert (len(live.seen(AidFailed)), len(live.seen(AidRecovered))) == (1, 1)
    finally:
        cluster.merge(ROLE, {"rules": rules})


async def test_a_server_that_restarts_costs_nothing_and_events_go_on(cluster, route53, team):
    name, zone = team
    async with started(cluster, route53, zone, name) as live:
        await live.until(lambda: len(live.addresses()) == 11 + ROUTES, "all records")
        await asyncio.to_thread(cluster.restart)
        await asyncio.to_thread(put_route, cluster, name, "late", [f"late.{zone}"])
        path = route_path(name, "late")
        await described_in_time(cluster, path, "HTTPRoute", lambda found: reasons(found) == ["RecordCreated"], live)
        assert live.seen(AidFailed) == []
