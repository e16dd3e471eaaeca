"""What the API server answers to a list and a watch tells which verb is missing, and whether the resource is there."""

import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.permissions import CRDS, inspect, inspect_events
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer
from dnsguard.model.access import Finding, State

ROUTES, NAMESPACES, SETS = RESOURCES["HTTPRoute"], RESOURCES["Namespace"], RESOURCES["ListenerSet"]
LIST, WATCH = "list httproutes.gateway.networking.k8s.io", "watch httproutes.gateway.networking.k8s.io"
ALL = "all namespaces"
ROLE = "config/kustomize/rbac.yaml"


@pytest.fixture
async def cluster():
    async with TapeServer(tape_of("few", PROFILES["real-edits"].lines(Scale(routes=3)))) as server:
        yield server


@asynccontextmanager
async def answering(status, text):
    """Answer everything like this; give the address."""

    async def answer(_):
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def found(url, resource=ROUTES, namespaces=(), *, optional=False):
    async with aiohttp.ClientSession() as session:
        return await inspect(ApiServer(session, url), resource, namespaces, optional=optional)


def states(findings):
    return {(finding.permission, finding.on): finding.state for finding in findings}


async def test_what_can_be_listed_and_watched_is_granted_and_costs_one_object_and_no_stream(cluster):
    assert await found(cluster.url) == [Finding(LIST, ALL, State.GRANTED), Finding(WATCH, ALL, State.GRANTED)]
    listed, watched = cluster.requests
    assert listed.endswith("/httproutes?limit=1")
    assert "watch=true" in watched
    assert "resourceVersion=&" not in watched


async def test_a_resource_without_namespaces_is_asked_for_as_a_whole(cluster):
    assert states(await found(cluster.url, NAMESPACES, ("team",))) == {
        ("list namespaces", ""): State.GRANTED,
        ("watch namespaces", ""): State.GRANTED,
    }


@pytest.mark.parametrize(("watching", "missing"), [(False, LIST), (True, WATCH)])
async def test_a_verb_that_is_forbidden_is_named_and_the_other_is_asked_for(cluster, watching, missing):
    cluster.refuse(403, "httproutes", watching=watching)
    findings = await found(cluster.url)
    assert states(findings) == {(verb, ALL): State.MISSING if verb == missing else State.GRANTED for verb in (LIST, WATCH)}
    (lacking,) = [finding for finding in findings if finding.state is State.MISSING]
    assert (lacking.who, lacking.where) == ("the credentials of this client", ROLE)


async def test_every_namespace_is_asked_for_by_itself(cluster):
    cluster.refuse(403, "/namespaces/two/httproutes", times=2)
    assert states(await found(cluster.url, namespaces=("one", "two", "one"))) == {
        (LIST, "namespace one"): State.GRANTED,
        (WATCH, "namespace one"): State.GRANTED,
        (LIST, "namespace two"): State.MISSING,
        (WATCH, "namespace two"): State.MISSING,
    }


async def test_the_user_whom_the_server_names_is_the_one_who_lacks_it():
    user = "system:serviceaccount:dnsguard:dnsguard"
    group = "gateway.networking.k8s.io"
    text = f'httproutes.{group} is forbidden: User "{user}" cannot list resource "httproutes" in API group "{group}" at the cluster scope'
    async with answering(403, json.dumps({"kind": "Status", "message": text})) as url:
        findings = await found(url)
    assert {finding.who for finding in findings} == {user}
    assert all(text in finding.text for finding in findings)


@pytest.mark.parametrize(("optional", "state"), [(False, State.MISSING), (True, State.GRANTED)])
async def test_a_crd_that_is_missing_is_named_beside_its_verbs(cluster, optional, state):
    cluster.remove("httproutes")
    findings = await found(cluster.url, optional=optional)
    crd = "resource httproutes.gateway.networking.k8s.io"
    assert states(findings) == {(LIST, ALL): State.GRANTED, (WATCH, ALL): State.GRANTED, (crd, ""): state}
    assert (findings[-1].where == CRDS) is not optional


async def test_an_expired_version_is_no_want_of_permission(cluster):
    cluster.refuse(410, "httproutes", watching=True)
    assert set(states(await found(cluster.url)).values()) == {State.GRANTED}


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_other_answers_leave_it_open(cluster, status):
    cluster.refuse(status, "httproutes", times=4)
    findings = await found(cluster.url)
    assert set(states(findings).values()) == {State.UNKNOWN}
    assert all(str(status) in finding.text for finding in findings)


async def test_no_answer_leaves_it_open():
    findings = await found("http://127.0.0.1:9")
    assert set(states(findings).values()) == {State.UNKNOWN}


async def test_a_page_that_is_no_list_leaves_it_open():
    async with answering(200, "<html>log in</html>") as url:
        findings = await found(url)
    assert set(states(findings).values()) == {State.UNKNOWN}


async def events(url, *namespaces):
    async with aiohttp.ClientSession() as session:
        return await inspect_events(ApiServer(session, url), namespaces)


CREATE, PATCH = "create events.events.k8s.io", "patch events.events.k8s.io"


async def test_events_that_can_be_written_are_granted_and_none_is_kept(cluster):
    assert await events(cluster.url) == [Finding(CREATE, ALL, State.GRANTED), Finding(PATCH, ALL, State.GRANTED)]
    assert not cluster.events.kept


async def test_a_verb_for_events_that_is_forbidden_is_named_and_the_other_is_asked_for(cluster):
    cluster.refuse(403, "/namespaces/two/events", times=1)
    findings = await events(cluster.url, "one", "two")
    assert states(findings) == {
        (CREATE, "namespace one"): State.GRANTED,
        (PATCH, "namespace one"): State.GRANTED,
        (CREATE, "namespace two"): State.MISSING,
        (PATCH, "namespace two"): State.GRANTED,
    }
    (lacking,) = [finding for finding in findings if finding.state is State.MISSING]
    assert lacking.where == ROLE
    assert lacking.text.startswith(f"No permission to {CREATE} ({ROLE} grants it): POST ")


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_other_answers_to_a_write_leave_it_open(cluster, status):
    cluster.refuse(status, "/events", times=4)
    assert set(states(await events(cluster.url)).values()) == {State.UNKNOWN}
