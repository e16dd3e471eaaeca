"""Orders in ConfigMaps of a real cluster: they take effect, thaw when they go, and outlast restarts of the server and of dnsguard."""

import asyncio
from contextlib import suppress

import pytest
import yaml

from dnsguard.core.breaker import checksum_of
from dnsguard.model.facts import AidFailed, Misunderstood, Ordered, Reason, SourceListed, Synced, Tripped, Withheld
from tests.interop.cluster import RBAC, Refused
from tests.interop.live import running, settings_for
from tests.interop.objects import put_gateway, put_namespace, put_route, route_path, set_addresses

ROUTES = 20
FIRST, SECOND = "192.0.2.1", "192.0.2.2"
SHIPPED = RBAC.parent / "orders.yaml"


class Office:
    """A namespace with routes, and one with the ConfigMap that ships."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.zone = f"{name.split('-')[1]}.example"
        self.place = f"{name}-orders"[-60:].strip("-")
        put_namespace(cluster, name)
        put_namespace(cluster, self.place)
        put_gateway(cluster, name, "public", [FIRST])
        for number in range(ROUTES):
            put_route(cluster, name, f"app-{number}", [f"app-{number}.{self.zone}"])
        self.path = f"/api/v1/namespaces/{self.place}/configmaps"
        cluster.create(self.path, yaml.safe_load(SHIPPED.read_text()))

    def annotate(self, **named):
        """Set annotations of the ConfigMap, or take them away (None), as kubectl does."""
        annotations = {f"dnsguard.io/{key.replace('_', '-')}": value for key, value in named.items()}
        patch = {"metadata": {"annotations": annotations}}
        self.cluster.request(
            "PATCH", f"{self.path}/dnsguard-orders?fieldManager=kubectl-annotate", patch, kind="application/merge-patch+json"
        )

    def settings(self, route53, grace="5s"):
        more = f"orders: {{namespace: {self.place}}}"
        return settings_for(self.cluster, route53, self.zone, namespaces=self.name, grace=grace, more=more)

    def told(self):
        """Return the reasons of the Events about the ConfigMap."""
        found = self.cluster.request("GET", f"/api/v1/namespaces/{self.place}/events")["items"]
        return {each["reason"] for each in found if each["involvedObject"]["name"] == "dnsguard-orders"}


@pytest.fixture
def office(request, cluster):
    made = Office(cluster, request.node.name.replace("_", "-")[:40].strip("-"))
    cluster.admit_orders(made.place)
    yield made
    with suppress(Refused):
        cluster.delete(route_path(made.name))


def moved(live):
    return sum(values == [SECOND] for values in live.addresses().values())


def orders(live):
    return [(type(fact.order).__name__, fact.reply.done) for fact in live.seen(Ordered)]


async def test_frozen_by_a_configmap_until_its_annotation_goes_with_a_restart_in_between(cluster, route53, office):
    zone_id = route53.strict.create_zone(office.zone)
    async with running(office.settings(route53), route53.strict, zone_id) as live:
        await live.until(lambda: len(live.addresses()) == ROUTES, "all records")
        await asyncio.to_thread(office.annotate, freeze=f"*.{office.zone}", freeze_reason="move")
        await live.until(lambda: orders(live) == [("Freeze", True)], "it is frozen")
        assert {fact.order.by for fact in live.seen(Ordered)} == {"kubectl-annotate"}
        await asyncio.to_thread(set_addresses, cluster, office.name, "public", [SECOND])
        await live.until(lambda: any(fact.verdict.reason is Reason.FROZEN for fact in live.seen(Withheld)), "it is held back")
        await asyncio.to_thread(cluster.restart)
        await asyncio.to_thread(put_route, cluster, office.name, "late", [f"late.{office.zone}"])
        await live.until(lambda: any(fact.verdict.name.startswith("late.") for fact in live.seen(Withheld)), "the stream goes on")
        assert (moved(live), len(live.addresses())) == (0, ROUTES)

        await asyncio.to_thread(office.annotate, freeze=None, freeze_reason=None)
        await live.until(lambda: moved(live) == ROUTES + 1, "it is thawed")
        assert orders(live) == [("Freeze", True), ("Thaw", True)]
        await live.until(lambda: "OrderCarriedOut" in office.told(), "the ConfigMap tells of it")


async def test_a_freeze_that_stands_there_counts_from_the_start_and_ends_with_the_configmap(cluster, route53, office):
    zone_id = route53.strict.create_zone(office.zone)
    office.annotate(freeze="all")
    async with running(office.settings(route53), route53.strict, zone_id) as live:
        await live.until(lambda: len(live.seen(Withheld)) >= ROUTES, "all is held back")
        assert live.writes == 0
        await asyncio.to_thread(cluster.delete, f"{office.path}/dnsguard-orders")
        await live.until(lambda: len(live.addresses()) == ROUTES, "it is thawed")


async def test_parked_deletions_are_approved_by_their_checksum(cluster, route53, office):
    zone_id = route53.strict.create_zone(office.zone)
    gone = list(range(8))
    async with running(office.settings(route53), route53.strict, zone_id) as live:
        await live.until(lambda: len(live.addresses()) == ROUTES, "all records")
        for number in gone:
            await asyncio.to_thread(cluster.delete, route_path(office.name, f"app-{number}"))
        await live.until(lambda: live.seen(Tripped), "the breaker trips")
        names = sorted(f"app-{number}.{office.zone}" for number in gone)
        await live.until(lambda: parked(live) == set(names), "all are parked")
        await asyncio.to_thread(office.annotate, approve=f"{office.zone} 00000000")
        await live.until(lambda: orders(live) == [("Approve", False)], "the wrong checksum is declined")
        assert len(live.addresses()) == ROUTES
        await asyncio.to_thread(office.annotate, approve=f"{office.zone} {checksum_of(names)}")
        await live.until(lambda: len(live.addresses()) == ROUTES - len(gone), "they are gone")
        assert orders(live) == [("Approve", False), ("Approve", True)]
        await live.until(lambda: office.told() >= {"OrderDeclined", "OrderCarriedOut"}, "the ConfigMap tells of it")


def parked(live):
    return {fact.verdict.name for fact in live.seen(Withheld) if fact.verdict.reason is Reason.PARKED}


async def test_what_is_wrong_is_said_on_the_configmap_and_the_rest_counts(cluster, route53, office):
    zone_id = route53.strict.create_zone(office.zone)
    office.annotate(freeze=f"app-0.{office.zone}, a..b", approve="nonsense")
    async with running(office.settings(route53), route53.strict, zone_id) as live:
        await live.until(lambda: len(live.addresses()) == ROUTES - 1, "the others are written")
        await live.until(lambda: len(live.seen(Misunderstood)) == 2, "both are named")
        await live.until(lambda: "Misunderstood" in office.told(), "the ConfigMap tells of it")


async def test_without_the_role_it_is_one_sentence_and_nothing_waits(cluster, route53, request):
    office = Office(cluster, "test-unread")
    zone_id = route53.strict.create_zone(office.zone)
    async with running(office.settings(route53), route53.strict, zone_id) as live:
        await live.until(lambda: len(live.addresses()) == ROUTES, "all records")
        await live.until(lambda: live.seen(AidFailed), "it is said")
        assert live.seen(Synced)
        assert not [fact for fact in live.seen(SourceListed) if fact.kind == "ConfigMap"]
        assert live.controller.readiness.reasons() == []
        assert [fact.text.partition(" (")[0] for fact in live.seen(AidFailed)] == ["No permission to list configmaps"]
