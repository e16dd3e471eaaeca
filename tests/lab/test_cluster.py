"""The tape server answers as an API server does, from the state that its clock has reached."""

import asyncio
import json
from pathlib import Path

import aiohttp
import msgspec
import pytest

import dnsguard.lab
from dnsguard.errors import ConfigError
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Line, read_tape
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer

ROUTES = RESOURCES["HTTPRoute"].path()
SOLO = Path(dnsguard.lab.__file__).parent / "tapes" / "traefik-3.1.0-solo.jsonl.gz"
WATCH = {"watch": "true", "allowWatchBookmarks": "true"}


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


async def get(session, server, path=ROUTES, **params):
    async with session.get(server.url + path, params=params) as answer:
        return answer.status, await answer.json()


async def listed(session, server, **params):
    status, body = await get(session, server, **params)
    assert status == 200
    return body


def objects(body):
    return {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in body["items"]}


async def watched(session, server, version, lines, path=ROUTES, **params):
    found = []
    async with session.get(server.url + path, params={**WATCH, **params, "resourceVersion": version}) as answer:
        assert answer.status == 200
        while len(found) < lines:
            found.append((await answer.content.readuntil(b"\n")).rstrip(b"\n"))
    return found


def edits(**scale):
    return tape_of("edits", PROFILES["real-edits"].lines(Scale(**scale)))


async def test_the_first_list_is_the_recorded_one_byte_for_byte(session):
    tape = read_tape(SOLO)
    recorded = next(bytes(line.data) for line in tape.lines if line.op == "list" and line.resource.endswith("httproutes"))
    async with TapeServer(tape) as server, session.get(server.url + ROUTES) as answer:
        assert await answer.read() == recorded


async def test_frames_arrive_byte_for_byte_in_their_order(session):
    tape = read_tape(SOLO)
    frames = [bytes(line.data) for line in tape.lines if line.op == "frame" and line.resource.endswith("httproutes")]
    async with TapeServer(tape) as server:
        version = (await listed(session, server))["metadata"]["resourceVersion"]

        assert await watched(session, server, version, len(frames)) == frames


async def test_bookmarks_are_for_those_who_ask(session):
    async with TapeServer(SOLO) as server:
        version = (await listed(session, server))["metadata"]["resourceVersion"]
        frames = await watched(session, server, version, 308, allowWatchBookmarks="false")

    assert not any(b'"BOOKMARK"' in frame for frame in frames)


async def test_a_list_shows_the_state_of_the_clock_and_a_watch_goes_on_from_there(session):
    tape = edits(routes=8)
    async with TapeServer(tape) as server:
        before = await listed(session, server)
        server.advance(len(tape.lines))
        after = await listed(session, server)
        replayed = objects(before)
        for frame in map(json.loads, await watched(session, server, before["metadata"]["resourceVersion"], 12)):
            metadata = frame["object"]["metadata"]
            key = (metadata["namespace"], metadata["name"])
            replayed[key] = frame["object"]
            if frame["type"] == "DELETED":
                del replayed[key]

        assert objects(after) == replayed
        assert ("team-0", "app-8") in replayed
        assert ("team-3", "app-3") not in replayed


async def test_pages_are_cut_from_one_state_while_the_clock_goes_on(session):
    tape = edits(routes=7)
    async with TapeServer(tape) as server:
        whole = await listed(session, server)
        pages = [await listed(session, server, limit="3")]
        server.advance(len(tape.lines))
        while token := pages[-1]["metadata"].get("continue"):
            pages.append(await listed(session, server, limit="3", **{"continue": token}))

    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert [item for page in pages for item in page["items"]] == whole["items"]
    assert {page["metadata"]["resourceVersion"] for page in pages} == {whole["metadata"]["resourceVersion"]}


async def test_a_namespace_narrows_lists_and_watches(session):
    tape = edits(routes=8)
    async with TapeServer(tape) as server:
        path = RESOURCES["HTTPRoute"].path("team-1")
        body = await listed(session, server, path=path)
        frames = await watched(session, server, body["metadata"]["resourceVersion"], 1, path=path)

    assert [name for _, name in objects(body)] == ["app-1", "app-5"]
    assert json.loads(frames[0])["object"]["metadata"]["name"] == "app-1"


async def test_a_watch_without_a_version_begins_with_what_is_there(session):
    async with TapeServer(edits(routes=3)) as server:
        frames = [json.loads(line) for line in await watched(session, server, "", 3)]

    assert [(frame["type"], frame["object"]["metadata"]["name"]) for frame in frames] == [("ADDED", f"app-{n}") for n in range(3)]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({**WATCH, "resourceVersion": "1"}, 410),
        ({"limit": "1", "continue": "nonsense"}, 410),
        ({**WATCH, "sendInitialEvents": "true"}, 422),
        ({"labelSelector": "a in (b)"}, 400),
        ({"fieldSelector": "metadata.name=a"}, 400),
    ],
)
async def test_what_it_does_not_serve_is_refused_with_a_status(session, params, status):
    async with TapeServer(SOLO) as server:
        code, body = await get(session, server, **params)

    assert (code, body["kind"], body["code"]) == (status, "Status", status)


@pytest.mark.parametrize("path", [RESOURCES["ListenerSet"].path(), "/api/v1/pods", "/", "/api/v1/namespaces/nobody"])
async def test_what_the_tape_does_not_have_is_not_found(session, path):
    async with TapeServer(SOLO) as server:
        assert (await get(session, server, path))[0] == 404


async def test_one_object_is_served_as_it_is_at_the_moment(session):
    tape = edits(routes=8)
    async with TapeServer(tape) as server:
        path = RESOURCES["HTTPRoute"].path("team-3") + "/app-3"
        status, body = await get(session, server, path)
        assert (status, body["metadata"]["name"]) == (200, "app-3")
        server.advance(len(tape.lines))
        assert (await get(session, server, path))[0] == 404
        assert (await get(session, server, "/api/v1/namespaces/team-0"))[1]["metadata"]["name"] == "team-0"


def labelled(name, version, *labels):
    return {"metadata": {"name": name, "namespace": "n", "resourceVersion": str(version), "labels": dict.fromkeys(labels, "yes")}}


def line(op, data):
    return Line(0.0, "core/v1/configmaps", op, msgspec.Raw(json.dumps(data).encode()))


def change(kind, item):
    return line("frame", {"type": kind, "object": item})


SELECTED = [
    line("list", {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "3"}, "items": [
        labelled("a", 1, "x"), labelled("b", 2), labelled("c", 3, "x", "y")]}),
    change("MODIFIED", labelled("b", 4, "x")),
    change("MODIFIED", labelled("b", 5, "x", "y")),
    change("ADDED", labelled("d", 6)),
    change("MODIFIED", labelled("a", 7)),
    change("DELETED", labelled("a", 8)),
    change("DELETED", labelled("c", 9, "x")),
]  # fmt: skip


async def test_a_label_selector_shows_objects_come_and_go_with_their_label(session):
    path = "/api/v1/namespaces/n/configmaps"
    async with TapeServer(tape_of("labels", SELECTED)) as server:
        whole = await listed(session, server, path=path)
        some = await listed(session, server, path=path, labelSelector="x=yes")
        both = await listed(session, server, path=path, labelSelector="x=yes,y=yes")
        assert [[name for _, name in objects(body)] for body in (whole, some, both)] == [["a", "b", "c"], ["a", "c"], ["c"]]
        frames = await watched(session, server, some["metadata"]["resourceVersion"], 4, path, labelSelector="x=yes")
        told = [(frame["type"], frame["object"]["metadata"]["name"]) for frame in map(json.loads, frames)]
        assert told == [("ADDED", "b"), ("MODIFIED", "b"), ("DELETED", "a"), ("DELETED", "c")]
        assert [name for _, name in objects(await listed(session, server, path=path, labelSelector="x=yes"))] == ["b"]


async def test_versions_and_tokens_from_before_an_expiry_are_gone(session):
    async with TapeServer(SOLO) as server:
        body = await listed(session, server, limit="3")
        version, token = body["metadata"]["resourceVersion"], body["metadata"]["continue"]
        server.expire()

        assert (await get(session, server, **WATCH, resourceVersion=version))[0] == 410
        assert (await get(session, server, limit="3", **{"continue": token}))[0] == 410
        assert (await listed(session, server))["metadata"]["resourceVersion"] == version
        assert len(await watched(session, server, version, 1)) == 1


async def test_it_is_ready_and_has_a_version(session):
    async with TapeServer(SOLO) as server:
        async with session.get(server.url + "/readyz") as answer:
            assert await answer.text() == "ok"
        assert (await get(session, server, "/version"))[1]["major"] == "1"


async def test_watches_end_after_their_seconds(session):
    async with TapeServer(SOLO) as server:
        server.pause()
        version = (await listed(session, server))["metadata"]["resourceVersion"]
        async with session.get(server.url + ROUTES, params={**WATCH, "resourceVersion": version, "timeoutSeconds": "1"}) as answer:
            assert await answer.read() == b""


async def test_nothing_passes_before_the_start_and_everything_is_over_at_the_end():
    async with TapeServer(SOLO) as server:
        await asyncio.sleep(0)
        assert (server.position(), server.done) == (0.0, False)

        server.start()
        await server.finished()
        assert (server.position(), server.done) == (server.tape.seconds, True)


async def test_the_speed_sets_the_pace_and_a_pause_stops_it():
    async with TapeServer(SOLO, speed=100.0) as server:
        server.start()
        while server.position() < 1.0:  # noqa: ASYNC110 -- time passes by itself
            await asyncio.sleep(0.001)
        server.pause()
        held = server.position()
        await asyncio.sleep(0.05)
        assert server.position() == held < server.tape.seconds

        server.resume()
        await server.finished()
        assert server.position() == server.tape.seconds


async def test_several_watchers_each_get_everything(session):
    async with TapeServer(edits(routes=8)) as server:
        version = (await listed(session, server))["metadata"]["resourceVersion"]
        first, second = await asyncio.gather(*(watched(session, server, version, 12) for _ in range(2)))

    assert first == second


def test_a_tape_whose_list_is_none_is_refused():
    tape = edits(routes=1)
    broken = tape._replace(lines=(tape.lines[0], *tape.lines[3:], *(line for line in tape.lines[:1])))

    with pytest.raises(ConfigError, match=r"^edits:1: The header does not name"):
        TapeServer(broken._replace(header=type(tape.header)(1, 0.0, ())))
