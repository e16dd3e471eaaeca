"""What the probes, the metrics and the log say of a controller, in good times and in bad ones."""

import json
from pathlib import Path

import aiohttp
import pytest

from dnsguard.errors import ConfigError
from dnsguard.lab.strict import Dropped, Policies, ServerError, Throttle
from dnsguard.model.facts import Synced
from dnsguard.model.settings import Http

WRITE = "ChangeResourceRecordSets"
TAPE = "traefik-3.1.0-solo"


class Probes:
    """The three paths of a running controller."""

    def __init__(self, session, port):
        self._session = session
        self._base = f"http://127.0.0.1:{port}"

    async def get(self, path):
        async with self._session.get(self._base + path) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


def probed(stage, port):
    return stage(TAPE, http=Http(listen=f"127.0.0.1:{port}", api=""))


async def listening(house, probes):
    """Wait until the probes answer."""

    async def answers():
        try:
            return (await probes.get("/healthz"))[0] == 200
        except aiohttp.ClientConnectionError:
            return False

    while not await answers():
        await house.until(lambda: True)


async def test_a_controller_is_ready_once_its_sources_are_listed_and_its_zones_are_read(stage, session, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        house.cluster.refuse(503, "httproutes", times=float("inf"))
        house.start(probes=True)
        probes = Probes(session, unused_tcp_port)
        await listening(house, probes)
        await house.until(lambda: house.said("zone", "is read"))
        status, text = await probes.get("/readyz")
        assert (status, text) == (503, "not every source has been listed yet\n")
        assert not house.calls(WRITE, "")
        house.cluster.forgive()
        await house.until(lambda: house.of(Synced))
        assert await probes.get("/readyz") == (200, "ok\n")
        assert (await probes.get("/healthz"))[0] == 200


async def test_the_metrics_tell_what_happened(stage, session, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        house.start(probes=True)
        await house.settled()
        status, text = await Probes(session, unused_tcp_port).get("/metrics")
        assert status == 200
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert float(lines['dnsguard_events_stopped_total{gate="same-view"}']) > 200
        assert float(lines['dnsguard_events_stopped_total{gate="same-wish"}']) >= 1
        assert float(lines[f'dnsguard_calls_total{{action="{WRITE}",outcome="accepted"}}']) == len(house.calls(WRITE))
        assert float(lines['dnsguard_changes_total{kind="deleted",of="record"}']) == house.tally.changes["deleted"]
        assert lines["dnsguard_synced"] == "1.0"
        assert lines["dnsguard_throttles_total"] == "0.0"


@pytest.mark.parametrize("fault", [ServerError(503), Throttle(), Dropped()], ids=lambda fault: type(fault).__name__)
async def test_a_controller_that_route53_refuses_lives_says_so_and_waits(fault, stage, session, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        house.strict.faults.inject(fault)
        house.start(probes=True)
        probes = Probes(session, unused_tcp_port)
        await listening(house, probes)
        await house.until(lambda: house.said("WARNING", "ListHostedZones") and house.of(Synced))
        assert (await probes.get("/healthz"))[0] == 200
        status, text = await probes.get("/readyz")
        assert (status, text) == (503, "the hosted zones have not been found yet\n")


async def test_a_controller_stays_ready_while_route53_refuses_its_writes(stage, session, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        house.strict.faults.inject(ServerError(503), WRITE)
        house.start(probes=True)
        probes = Probes(session, unused_tcp_port)
        await listening(house, probes)
        await house.until(lambda: house.calls(WRITE, "ServiceUnavailable"))
        assert (await probes.get("/readyz"))[0] == 200
        assert (await probes.get("/healthz"))[0] == 200


@pytest.mark.parametrize("status", [404, 403])
@pytest.mark.parametrize(("kind", "plural", "other"), [("HTTPRoute", "httproutes", "Gateway"), ("Gateway", "gateways", "HTTPRoute")])
async def test_without_a_resource_nothing_is_written_and_it_is_said(status, kind, plural, other, stage, session, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        if status == 404:
            house.cluster.remove(plural)
        else:
            house.cluster.refuse(403, plural, times=float("inf"))
        house.start(probes=True)
        probes = Probes(session, unused_tcp_port)
        await listening(house, probes)
        await house.until(lambda: house.said("zone", "is read") and house.said(kind, str(status)))
        assert (await probes.get("/readyz"))[0] == 503
        assert (await probes.get("/healthz"))[0] == 200
        assert not house.calls(WRITE, "")
        assert house.metric("dnsguard_source_up", kind=kind) == 0
        assert house.metric("dnsguard_source_up", kind=other) == 1
        assert len(house.said(f"{kind} cannot be listed or watched")) == 1


@pytest.mark.parametrize("plural", ["httproutes", "gateways"])
async def test_a_crd_that_is_taken_away_deletes_nothing(plural, stage, truth):
    async with stage(TAPE, grace=1.0) as house:
        house.start()
        await house.until(lambda: house.cluster.position() > 30)
        house.cluster.remove(plural)
        await house.until(lambda: house.said("cannot be listed or watched", "404"))
        deleted = house.tally.changes["deleted"]
        await house.until(lambda: house.cluster.done and house.engine.idle() and house.engine.busy_until() is None)
        assert house.tally.changes["deleted"] <= max(deleted, 8)
        assert {"app-0.example.com", "app-1.example.com"} <= set(house.addresses())


async def test_missing_credentials_are_told_and_a_controller_goes_on_trying(stage, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    async with stage(TAPE) as house:
        house.start()
        await house.until(lambda: house.said("ERROR", "the hosted zones cannot be listed", "Unable to locate credentials"))
        await house.until(lambda: len(house.said("ListHostedZones is unavailable")) >= 2)
        assert not house.strict.log


async def test_a_port_that_is_taken_is_one_sentence(stage, unused_tcp_port):
    async with probed(stage, unused_tcp_port) as house:
        house.start(probes=True)
        await house.until(lambda: house.of(Synced))
        first, house.task = house.task, None
        house.start(probes=True)
        with pytest.raises(ConfigError, match=r"^http\.listen: nothing can listen at .*: Address already in use$"):
            await house.task
        house.task = first


async def test_a_dry_controller_writes_nothing(stage):
    async with stage(TAPE) as house:
        house.start(dry=True)
        await house.settled()
        assert list(house.engine.planned())
        assert not house.calls(WRITE, "")


async def test_the_shadow_policy_reads_and_reports_and_never_writes(stage):
    async with stage(TAPE, policy="shadow") as house:
        house.start()
        await house.settled()
        assert house.said("app-0.example.com", "shadow", "would create")
        assert not house.calls(WRITE, "")


async def test_a_sources_trouble_does_not_stop_the_others(stage, script):
    made = script().open()
    async with stage(made.tape()) as house:
        house.cluster.refuse(500, "gateways", times=2)
        house.start()
        await house.settled()
        assert house.said("WARNING", "Gateway", "500")
        assert len(house.addresses()) == 3


IAM = Path(__file__).parents[2] / "config" / "iam"
TOO_LITTLE = {
    "ListHostedZones": "the hosted zones cannot be listed",
    "ListResourceRecordSets": "zone example.com (ZONE) cannot be read",
    WRITE: "and perhaps more, cannot be written in zone example.com (ZONE)",
}


def granted(house, *without):
    """Let the controller do what `sync.json` grants for the zone, less some actions."""
    text = (IAM / "sync.json").read_text().replace("ZONE_ID", house.zones[0])
    for action in without:
        text = text.replace(f'"route53:{action}"', '"route53:Nothing"')
    return Policies(json.loads(text))


async def test_the_policy_for_writing_is_enough_for_a_whole_stream(stage, truth):
    async with stage(TAPE) as house:
        house.strict.policies = granted(house)
        house.start()
        await house.settled()
        assert house.records() == truth(TAPE)
        assert {call.outcome for call in house.strict.log} == {"accepted"}


@pytest.mark.parametrize("action", TOO_LITTLE)
async def test_a_permission_that_is_missing_is_one_alert_that_names_it_until_it_is_granted(stage, action):
    async with stage(TAPE, speed=150.0) as house:
        house.strict.policies = granted(house, action)
        house.start()
        what = f"{TOO_LITTLE[action].replace('ZONE', house.zones[0])}: route53:{action} is missing (config/iam/sync.json grants it)"
        await house.until(lambda: house.said("ERROR", what, f"is not authorized to perform: route53:{action}"))
        await house.until(lambda: len(house.calls(action, "AccessDenied")) >= 3)
        assert len(house.said(what, "alert=")) == 1
        assert not house.records()
        house.strict.policies = granted(house)
        await house.until(lambda: len(house.addresses()) >= 20)


async def test_a_verb_that_is_missing_is_named(stage):
    async with stage(TAPE) as house:
        house.cluster.refuse(403, "gateways", times=float("inf"))
        house.start()
        granting = "No permission to watch gateways.gateway.networking.k8s.io (config/kustomize/rbac.yaml grants it)"
        await house.until(lambda: house.said("WARNING", "Gateway cannot be listed or watched", granting))
