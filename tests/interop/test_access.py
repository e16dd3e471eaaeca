"""What a real API server says of permissions and definitions that are missing is understood, and named."""

import asyncio
import time

import pytest

from dnsguard.app import check_access
from dnsguard.model.access import State
from dnsguard.model.facts import SourceFailed
from tests.interop.cluster import READER
from tests.interop.live import running, settings_for

ROLE = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{READER}"
GROUP = "gateway.networking.k8s.io"
KINDS = (f"httproutes.{GROUP}", f"gateways.{GROUP}", "namespaces")
ZONE = "access.example"


def settings(cluster, route53):
    if not route53.strict.calls:
        route53.strict.create_zone(ZONE)
    return settings_for(cluster, route53, ZONE)


async def found(cluster, route53):
    """Return the findings about the cluster."""
    findings = []
    await check_access(settings(cluster, route53), findings.append, lambda *_: None)
    return [finding for finding in findings if not finding.permission.startswith("route53:")]


async def eventually(cluster, route53, so):
    """Return the findings once they are *so*: a role takes a moment to be known to the authorizer."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        findings = await found(cluster, route53)
        if so(findings):
            return findings
        await asyncio.sleep(0.2)
    raise AssertionError(f"it never came: {findings}")


def missing(findings):
    return {finding.permission for finding in findings if finding.state is State.MISSING}


@pytest.fixture
def role(cluster):
    """The rules of dnsguard's role, to be changed; put back afterwards."""
    rules = cluster.request("GET", ROLE)["rules"]

    def put(*, without, of):
        changed = [
            {**rule, "resources": [name], "verbs": [verb for verb in rule["verbs"] if name != of or verb not in without]}
            for rule in rules
            for name in rule["resources"]
        ]
        cluster.merge(ROLE, {"rules": [rule for rule in changed if rule["verbs"]]})

    yield put
    cluster.merge(ROLE, {"rules": rules})


async def test_everything_is_granted_by_the_role_that_ships(cluster, route53):
    findings = await found(cluster, route53)
    reading = {f"{verb} {kind}" for kind in KINDS for verb in ("list", "watch")}
    assert {finding.permission for finding in findings} == reading | {f"{verb} events.events.k8s.io" for verb in ("create", "patch")}
    assert {finding.state for finding in findings} == {State.GRANTED}


@pytest.mark.parametrize("without", [("list",), ("watch",), ("get", "list", "watch")], ids=" ".join)
async def test_verbs_that_the_role_lacks_are_named_with_the_user(cluster, route53, role, without):
    await asyncio.to_thread(role, without=without, of="httproutes")
    lacking = {f"{verb} httproutes.{GROUP}" for verb in without if verb != "get"}
    findings = await eventually(cluster, route53, lambda found: missing(found) == lacking)
    named = [finding for finding in findings if finding.state is State.MISSING]
    assert {(finding.who, finding.where) for finding in named} == {("dnsguard", "config/kustomize/rbac.yaml")}
    assert all("is forbidden: User" in finding.text and "at the cluster scope" in finding.text for finding in named)


@pytest.mark.parametrize("without", [("create",), ("patch",), ("create", "patch")], ids=" ".join)
async def test_verbs_for_events_that_the_role_lacks_are_named_with_the_user(cluster, route53, role, without):
    await asyncio.to_thread(role, without=without, of="events")
    findings = await eventually(cluster, route53, lambda found: missing(found) == {f"{verb} events.events.k8s.io" for verb in without})
    assert {finding.who for finding in findings if finding.state is State.MISSING} == {"dnsguard"}


async def test_a_run_names_the_verb_that_its_role_lacks(cluster, route53, role):
    await asyncio.to_thread(role, without=("watch",), of="gateways")
    await eventually(cluster, route53, lambda found: missing(found) == {f"watch gateways.{GROUP}"})
    made = settings(cluster, route53)
    async with running(made, route53.strict, "") as live:
        begins = (
            f"No permission to watch gateways.{GROUP} (config/kustomize/rbac.yaml grants it): GET /apis/{GROUP}/v1/gateways was answered"
        )
        await live.until(lambda: any(fact.text.startswith(begins) for fact in live.seen(SourceFailed)), "the verb is named")


async def test_a_definition_that_is_missing_is_named_and_its_verbs_are_granted(cluster, route53):
    await asyncio.to_thread(cluster.remove_definition, "gateways")
    findings = await found(cluster, route53)
    assert missing(findings) == {f"resource gateways.{GROUP}"}
    states = {finding.permission: finding.state for finding in findings}
    assert states[f"list gateways.{GROUP}"] is states[f"watch gateways.{GROUP}"] is State.GRANTED
    await asyncio.to_thread(cluster.install)
    await eventually(cluster, route53, lambda found: not missing(found))
