"""Orders in ConfigMaps take effect over real HTTP, and what cannot be read of them stops nothing."""

import json

import pytest
from msgspec import Raw

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn import tape_of
from dnsguard.model.facts import AidFailed, AidRecovered, Ordered, Synced
from dnsguard.model.settings import Http, Sheets, State
from tests.e2e.test_steering import ask

OURS = Sheets(namespace="dnsguard")
WRITE = "ChangeResourceRecordSets"
LABELS = {"dnsguard.io/orders": "true"}


def sheet(version, name="orders", labels=LABELS, **named):
    annotations = {f"dnsguard.io/{key.replace('_', '-')}": value for key, value in named.items()}
    owned = {"f:metadata": {"f:annotations": {f"f:{key}": {} for key in annotations}}}
    fields = [{"manager": "kubectl-annotate", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": owned}]
    metadata = {"name": name, "namespace": "dnsguard", "uid": f"u-{name}", "resourceVersion": str(version), "labels": labels}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {**metadata, "annotations": annotations, "managedFields": fields}}


def line(op, data, at=0.0):
    return Line(at, "core/v1/configmaps", op, Raw(json.dumps(data).encode()))


def tape(script, listed, *frames):
    """Return a tape of three routes, of the ConfigMaps that are there, and of what becomes of them."""
    body = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": listed}
    changes = [line("frame", {"type": kind, "object": item}, at) for at, kind, item in frames]
    return tape_of("orders", [*script().open().tape().lines, line("list", body), *changes])


def told(house):
    return [(event["reason"], event["note"]) for event in house.cluster.events.about("ConfigMap", "dnsguard", "orders")]


async def test_a_freeze_that_stands_there_counts_from_the_start_and_ends_with_its_annotation(stage, script):
    made = tape(script, [sheet(1, freeze="example.com", freeze_reason="move")], (40.0, "MODIFIED", sheet(10)))
    async with stage(made, orders=OURS) as house:
        house.start()
        await house.until(lambda: house.said("frozen by kubectl-annotate in ConfigMap dnsguard/orders: move"))
        assert not house.calls(WRITE, "")
        await house.until(lambda: len(house.addresses()) == 3)
        assert [type(fact.order).__name__ for fact in house.of(Ordered)] == ["Freeze", "Thaw"]
        assert {fact.order.by for fact in house.of(Ordered)[:1]} == {"kubectl-annotate"}
        await house.until(lambda: [reason for reason, _ in told(house)] == ["OrderCarriedOut"] * 2)


async def test_a_freeze_ends_with_its_configmap_and_with_its_label(stage, script):
    made = tape(
        script,
        [sheet(1, freeze="all"), sheet(2, "other", freeze="all"), sheet(3, "no", labels={}, freeze="all")],
        (30.0, "DELETED", sheet(10, freeze="all")),
        (60.0, "MODIFIED", sheet(11, "other", labels={}, freeze="all")),
    )
    async with stage(made, orders=OURS) as house:
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        assert house.cluster.position() >= 60.0
        assert [(type(fact.order).__name__, fact.order.sheet.partition("/")[2]) for fact in house.of(Ordered)] == [
            ("Freeze", "orders"),
            ("Freeze", "other"),
            ("Thaw", "orders"),
            ("Thaw", "other"),
        ]


async def test_a_freeze_that_a_journal_remembers_ends_if_its_configmap_went_meanwhile(stage, script, tmp_path):
    made = tape(script, [sheet(1, freeze="all", freeze_reason="move")], (60.0, "DELETED", sheet(10, freeze="all")))
    async with stage(made, orders=OURS, state=State(path=f"{tmp_path}/")) as house:
        house.start()
        await house.until(lambda: house.said("frozen by kubectl-annotate in ConfigMap dnsguard/orders: move"))
        await house.stop()
        assert not house.calls(WRITE, "")
        await house.until(lambda: house.cluster.position() >= 60.0)
        house.facts.clear()
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        assert [type(fact.order).__name__ for fact in house.of(Ordered)] == ["Thaw"]


async def test_what_is_wrong_with_a_configmap_is_said_once_in_the_log_and_on_it_and_the_rest_counts(stage, script):
    made = tape(script, [sheet(1, freeze="app-0.example.com, a..b", approve="example.com")], (5.0, "MODIFIED", sheet(10, freeze="a..b")))
    async with stage(made, orders=OURS) as house:
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        await house.until(lambda: house.cluster.done and len(told(house)) >= 3)
        for words in (("has 'a..b', which is neither",), ("has 'example.com', allowed is ZONE CHECKSUM",)):
            assert len(house.said("WARNING", "ConfigMap dnsguard/orders cannot be understood", *words)) == 1
        assert {reason for reason, _ in told(house)} == {"Misunderstood", "OrderCarriedOut"}
        assert house.metric("dnsguard_events_misunderstood_total", kind="ConfigMap") == 2


async def test_without_the_permission_it_is_said_once_and_records_are_written(stage, script):
    async with stage(tape(script, [sheet(1, freeze="all")]), orders=OURS) as house:
        house.cluster.refuse(403, "/configmaps")
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        lacking = "No permission to list configmaps (config/kustomize/rbac.yaml grants it)"
        await house.until(lambda: house.of(AidFailed))
        assert house.metric("dnsguard_aid_up", aid="orders") == 0
        await house.until(lambda: house.of(AidRecovered) and house.of(Ordered))
        assert len(house.said("WARNING", "no orders can be read from ConfigMaps", lacking)) == 1
        assert house.metric("dnsguard_aid_up", aid="orders") == 1


async def test_configmaps_that_do_not_answer_hold_up_neither_the_sources_nor_readiness(stage, script):
    async with stage(tape(script, []), orders=OURS) as house:
        house.cluster.refuse(503, "/configmaps", times=float("inf"))
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        assert house.of(Synced)
        assert house.controller.readiness.reasons() == []
        assert house.metric("dnsguard_source_up", kind="ConfigMap") is None


@pytest.mark.parametrize("orders", [Sheets(), Sheets(read=False, namespace="dnsguard")], ids=["outside", "off"])
async def test_nothing_is_read_outside_of_a_cluster_and_where_the_config_says_so(stage, script, orders):
    async with stage(tape(script, [sheet(1, freeze="all")]), orders=orders) as house:
        house.start()
        await house.until(lambda: len(house.addresses()) == 3)
        assert not [path for path in house.cluster.requests if "configmaps" in path]


async def test_a_freeze_by_configmap_is_shown_with_its_way_out_and_stays_when_one_by_http_ends(stage, script, unused_tcp_port):
    http = Http(listen="127.0.0.1:0", api=f"127.0.0.1:{unused_tcp_port}")
    async with stage(tape(script, [sheet(1, freeze="all", freeze_reason="move")]), orders=OURS, http=http) as house:
        house.start(probes=True)
        await house.until(lambda: house.said("frozen by kubectl-annotate in ConfigMap dnsguard/orders: move"))
        shown = (await ask(unused_tcp_port, "status"))[1]
        assert "frozen: everything by kubectl-annotate: move (take the annotation of ConfigMap dnsguard/orders away)" in shown
        assert (await ask(unused_tcp_port, "freeze", "--reason", "x"))[0] == 0
        status, text = await ask(unused_tcp_port, "thaw")
        assert status == 0
        assert "ConfigMap dnsguard/orders still freezes it: take the annotation away there" in text
        status, text = await ask(unused_tcp_port, "thaw")
        assert status == 1
        assert "ConfigMap dnsguard/orders still freezes it" in text
        assert not house.calls(WRITE, "")
