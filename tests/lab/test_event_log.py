"""The lab's API server takes and refuses Events as the table says that a real one does."""

import json

import aiohttp
import pytest

from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer
from tests.lab.event_cases import CHANGED, COLLECTION, MERGE, NEW, event


@pytest.fixture
async def cluster():
    async with TapeServer(tape_of("few", PROFILES["real-edits"].lines(Scale(routes=1)))) as server:
        yield server


@pytest.fixture
async def ask(cluster):
    async with aiohttp.ClientSession() as session:

        async def send(method, path, body, content="application/json", **params):
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with session.request(method, cluster.url + path, data=data, headers={"Content-Type": content}, params=params) as answer:
                return answer.status, await answer.json()

        yield send


@pytest.mark.parametrize(("name", "changes", "status"), NEW, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_new_event_is_judged_as_by_a_real_server(cluster, ask, name, changes, status):
    found, body = await ask("POST", COLLECTION, event(name, **changes))
    assert found == status, body
    assert len(cluster.events.kept) == (status == 201)


@pytest.mark.parametrize(("name", "patch", "status"), CHANGED, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_change_of_an_event_is_judged_as_by_a_real_server(ask, name, patch, status):
    await ask("POST", COLLECTION, event(name))
    found, body = await ask("PATCH", f"{COLLECTION}/{name}", patch, MERGE)
    assert found == status, body


async def test_an_event_is_made_once_and_what_is_not_there_cannot_be_changed(cluster, ask):
    assert (await ask("POST", COLLECTION, event("e")))[0] == 201
    assert (await ask("POST", COLLECTION, event("e")))[0] == 409
    assert (await ask("PATCH", f"{COLLECTION}/other", {}, MERGE))[0] == 404
    assert (await ask("PATCH", f"{COLLECTION}/e", {}))[0] == 415
    assert [each["metadata"]["name"] for each in cluster.events.about("ConfigMap", "default", "x")] == ["e"]


async def test_a_dry_run_keeps_nothing(cluster, ask):
    assert (await ask("POST", COLLECTION, event("e"), dryRun="All"))[0] == 201
    assert not cluster.events.kept
    await ask("POST", COLLECTION, event("e"))
    await ask("PATCH", f"{COLLECTION}/e", CHANGED[0][1], MERGE, dryRun="All")
    assert "series" not in cluster.events.kept["default", "e"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_what_is_no_object_is_refused(ask, body):
    assert (await ask("POST", COLLECTION, body))[0] == 400
    await ask("POST", COLLECTION, event("e"))
    assert (await ask("PATCH", f"{COLLECTION}/e", body, MERGE))[0] == 400


async def test_nothing_else_can_be_written_and_writes_are_refused_on_order(cluster, ask):
    assert (await ask("POST", "/api/v1/namespaces/default/configmaps", {}))[0] == 405
    cluster.refuse(403, "/events", times=2)
    assert (await ask("POST", COLLECTION, event("e")))[0] == 403
    assert (await ask("PATCH", f"{COLLECTION}/e", {}, MERGE))[0] == 403
    assert (await ask("POST", COLLECTION, event("e")))[0] == 201
