"""A streaming list is a list until its end: whatever breaks it off before, nothing is concluded from it."""

import asyncio
import json
import random
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web

from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.reflector import Reflector
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.objects import Ref

ROUTES = RESOURCES["HTTPRoute"]


def route(name, version):
    return {"metadata": {"name": name, "namespace": "n", "resourceVersion": str(version)}, "spec": {}}


def frame(kind, obj):
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def bookmark(version, *, end):
    annotations = {"k8s.io/initial-events-end": "true"} if end else {}
    return frame("BOOKMARK", {"metadata": {"resourceVersion": str(version), "annotations": annotations}})


END = bookmark(9, end=True)
A, B = frame("ADDED", route("a", 7)), frame("ADDED", route("b", 3))
PAGE = {"metadata": {"resourceVersion": "9"}, "items": [route("a", 7), route("b", 3)]}


class Scripted:
    """An API server whose streaming lists answer with the given bodies, one after the other; then it is idle."""

    def __init__(self, *streams):
        self.streams = list(streams)
        self.requests = []

    async def answer(self, request):
        way = "stream" if "sendInitialEvents" in request.query else "watch" if "watch" in request.query else "list"
        self.requests.append((way, request.query.get("resourceVersion", "")))
        if way == "list":
            return web.json_response(PAGE)
        body = self.streams.pop(0) if way == "stream" else None
        if isinstance(body, int):
            return web.json_response({"kind": "Status", "code": body}, status=body)
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in body or ():
            await response.write(piece)
        if body is None or body[-1] == b"\n":
            await asyncio.sleep(60)
        return response


async def reflect(server, enough):
    """Reflect until *enough* events came and the server has nothing left to say; return events, and the requests it took."""
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    events = []
    async with aiohttp.ClientSession() as session:
        api = ApiServer(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        reflector = Reflector(api, ROUTES, (), events.append, chance=random.Random(1), sleep=lambda _: asyncio.sleep(0.001), streaming=True)
        task = asyncio.create_task(reflector.run())
        async with asyncio.timeout(20):
            while len(events) < enough or server.streams or server.requests[-1][0] == "list":  # noqa: ASYNC110 -- has no event
                await asyncio.sleep(0.002)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await runner.cleanup()
    return [brief(event) for event in events], server.requests


def brief(event):
    match event:
        case Upserted(view):
            return "+" + view.ref.name
        case Deleted(ref):
            return "-" + ref.name
        case Unreadable(ref, _):
            return "?" + ref.name
        case Listed(_, refs):
            return "=" + "".join(sorted(ref.name for ref in refs))
        case SourceLost():
            return "lost"


LISTED = ["+a", "+b", "=ab"]


async def test_a_streaming_list_goes_on_as_a_watch():
    events, requests = await reflect(Scripted([A, B, END, frame("DELETED", route("a", 10)), b"\n"]), 4)

    assert events == [*LISTED, "-a"]
    assert requests == [("stream", "")]


async def test_after_a_streaming_list_a_watch_resumes_at_its_end():
    events, requests = await reflect(Scripted([A, B, END]), 3)
    assert events == LISTED
    assert requests[:2] == [("stream", ""), ("watch", "9")]


async def test_what_changes_before_the_end_is_part_of_the_list():
    unreadable = frame("MODIFIED", {**route("b", 9), "spec": 1})
    events, _ = await reflect(Scripted([A, B, frame("DELETED", route("a", 8)), unreadable, END, b"\n"]), 5)

    assert events == ["+a", "+b", "-a", "?b", "=b"]


@pytest.mark.parametrize("status", [400, 422])
async def test_where_there_are_no_streaming_lists_pages_are_asked_for(status):
    events, requests = await reflect(Scripted(status), 3)

    assert events == LISTED
    assert [way for way, _ in requests] == ["stream", "list", "watch"]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([A], id="it ends"),
        pytest.param([], id="it ends at once"),
        pytest.param([A, bookmark(8, end=False), b"\n"], id="a bookmark that is not its end"),
        pytest.param([A, b"{\n", b"\n"], id="a line that means nothing"),
        pytest.param([A, frame("ERROR", {"code": 500, "message": "no"}), b"\n"], id="an error"),
        pytest.param([A, frame("ERROR", {"code": 410, "message": "old"}), b"\n"], id="an expired version"),
    ],
)
async def test_a_streaming_list_that_breaks_off_concludes_nothing_and_is_followed_by_pages(broken):
    events, requests = await reflect(Scripted(broken), 3)

    assert events[-3:] == LISTED
    assert [event for event in events[:-3] if event != "+a"] == []
    assert [way for way, _ in requests][:3] == ["stream", "list", "watch"]


@pytest.mark.parametrize(("status", "lost"), [(403, ["lost"]), (404, ["lost"]), (429, []), (500, [])])
async def test_a_refusal_means_the_same_as_of_a_list(status, lost):
    events, requests = await reflect(Scripted(status), 3 + len(lost))

    assert events == [*lost, *LISTED]
    assert [way for way, _ in requests] == ["stream", "list", "watch"]


@pytest.mark.parametrize("streaming", [False, True])
async def test_the_lab_serves_streaming_lists_as_real_servers_do(streaming):
    tape = tape_of("few", PROFILES["real-edits"].lines(Scale(routes=5)))
    events = []
    async with TapeServer(tape, streaming=streaming) as server, aiohttp.ClientSession() as session:
        server.pause()
        reflector = Reflector(ApiServer(session, server.url), ROUTES, (), events.append, chance=random.Random(1), streaming=True)
        task = asyncio.create_task(reflector.run())
        async with asyncio.timeout(20):
            while not any(isinstance(event, Listed) for event in events) or not server.watches:  # noqa: ASYNC110 -- has no event
                await asyncio.sleep(0.002)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

        assert [len(event.refs) for event in events if isinstance(event, Listed)] == [5]
        assert all(isinstance(ref, Ref) for ref in events[-1].refs)
        assert any("watch=" not in path for path in server.requests) is not streaming
