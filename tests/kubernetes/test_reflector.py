"""A reflector over real HTTP keeps up with a server that ends, breaks, refuses and forgets."""

import asyncio
import json
import random
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from msgspec import Raw

import dnsguard.lab
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.reflector import Recovered, Reflector
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Line, events, read_tape
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.objects import Ref

TAPES = Path(dnsguard.lab.__file__).parent / "tapes"
ROUTES = RESOURCES["HTTPRoute"]
SETS = RESOURCES["ListenerSet"]


def route(name, version, namespace="n", **more):
    return {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)}, "spec": {}, **more}


def ref(name, namespace="n", kind="HTTPRoute"):
    return Ref(kind, namespace, name)


def listing(*items, version=1, resource=ROUTES):
    body = {"kind": f"{resource.kind}List", "apiVersion": "x/v1", "metadata": {"resourceVersion": str(version)}, "items": items}
    return Line(0.0, resource.tape_name, "list", Raw(json.dumps(body).encode()))


def frame(kind, obj, resource=ROUTES):
    data = obj if isinstance(obj, bytes) else json.dumps({"type": kind, "object": obj}).encode()
    return Line(0.0, resource.tape_name, "frame", Raw(data))


FRAMES = [
    frame("MODIFIED", route("a", 4)),
    frame("ADDED", route("c", 5)),
    frame("DELETED", route("b", 6)),
    frame("BOOKMARK", {"metadata": {"resourceVersion": "7"}}),
    frame("MODIFIED", route("c", 8)),
]
STORY = [listing(route("a", 2), route("b", 3), version=3), *FRAMES]
TOLD = [(Upserted, "a"), (Upserted, "b"), (Listed, "ab"), (Upserted, "a"), (Upserted, "c"), (Deleted, "b"), (Upserted, "c")]


class Observed:
    """What a reflector told, and how long it meant to wait; waits are cut short."""

    def __init__(self):
        self.events = []
        self.troubles = []
        self.waits = []

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await asyncio.sleep(0.002)

    async def until(self, so):
        async with asyncio.timeout(20):
            while not so():  # noqa: ASYNC110 -- what is awaited has no event of its own
                await asyncio.sleep(0.002)

    async def many(self, number):
        await self.until(lambda: len(self.events) >= number)

    @property
    def told(self):
        return [brief(event) for event in self.events]


def brief(event):
    match event:
        case Upserted(view):
            return Upserted, view.ref.name
        case Listed(_, refs):
            return Listed, "".join(sorted(item.name for item in refs))
        case SourceLost():
            return SourceLost, event.kind
        case _:
            return type(event), event.ref.name


@asynccontextmanager
async def reflecting(server, resource=ROUTES, namespaces=(), silence=90.0, **more):
    """Serve and reflect; at the end nothing may be left open."""
    seen = Observed()
    async with server, aiohttp.ClientSession() as session:
        api = ApiServer(session, server.url, silence=silence)
        reflector = Reflector(
            api, resource, namespaces, seen.events.append, chance=random.Random(1), sleep=seen.sleep, tell=seen.troubles.append, **more
        )
        task = asyncio.create_task(reflector.run())
        try:
            yield seen
        finally:
            assert not task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await seen.until(lambda: server.watches == 0)


def serve(*lines, paused=False, **more):
    server = TapeServer(tape_of("story", lines or STORY), **more)
    if paused:
        server.pause()
    return server


def lists(server):
    return [path for path in server.requests if "watch=" not in path]


@pytest.mark.parametrize("path", sorted(TAPES.glob("*.jsonl.gz")), ids=lambda path: path.name)
@pytest.mark.parametrize("kind", ["HTTPRoute", "Gateway"])
async def test_every_recorded_tape_arrives_as_it_was_recorded(path, kind):
    tape = read_tape(path)
    expected = [event for _, event in events(tape, [kind])]
    async with reflecting(TapeServer(tape), RESOURCES[kind]) as seen:
        await seen.many(len(expected))

        assert seen.events == expected
        assert seen.troubles == []


async def test_a_list_is_concluded_before_the_watch_goes_on():
    async with reflecting(serve()) as seen:
        await seen.many(len(TOLD))

        assert seen.told == TOLD


async def test_a_watch_that_the_server_ended_is_resumed_where_it_stopped():
    server = serve(end_after=1)
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert len(lists(server)) == 1
        assert seen.troubles == []


async def test_a_watch_resumes_at_the_version_of_a_bookmark():
    server = serve(paused=True)
    async with reflecting(server) as seen:
        await seen.until(lambda: server.watches == 1)
        server.advance(5)
        await seen.many(6)
        server.end_watches()
        await seen.until(lambda: any("resourceVersion=7" in path for path in server.requests))
        server.resume()
        await seen.many(len(TOLD))

        assert seen.told == TOLD


async def test_a_broken_connection_is_resumed_after_a_back_off():
    server = serve(paused=True)
    async with reflecting(server) as seen:
        await seen.until(lambda: server.watches == 1)
        server.advance(2)
        await seen.many(4)
        server.drop_connections()
        await seen.until(lambda: seen.waits)
        server.resume()
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert len(lists(server)) == 1
        assert 0.5 <= seen.waits[0] <= 1.0
        assert "/httproutes" in seen.troubles[0].why


async def test_the_back_off_grows_until_something_arrives():
    server = serve()
    server.refuse(503, watching=True, times=8)
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert [0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(seen.waits[:5])] == [True] * 5
        assert 15 <= max(seen.waits) <= 30
        assert len(lists(server)) == 1


async def test_the_server_is_obeyed_when_it_says_how_long_to_wait():
    server = serve()
    server.refuse(429, retry_after=7)
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert seen.waits[0] == 7.0
        assert seen.troubles[0].wait == 7.0


@pytest.mark.parametrize("in_stream", [False, True])
async def test_an_expired_version_makes_a_new_list_that_lacks_what_is_gone(in_stream):
    server = serve(paused=True)
    server.expire_in_stream = in_stream
    async with reflecting(server) as seen:
        await seen.until(lambda: server.watches == 1)
        server.refuse(503, watching=True, times=float("inf"))
        server.drop_connections()
        await seen.until(lambda: seen.troubles)
        server.advance(6)
        server.expire()
        server.forgive()
        await seen.many(6)

        assert seen.told == [*TOLD[:3], (Upserted, "a"), (Upserted, "c"), (Listed, "ac")]
        assert "410" in seen.troubles[-1].why


async def test_versions_that_expire_again_and_again_are_met_with_a_back_off():
    server = serve()
    server.refuse(410, watching=True, times=4)
    async with reflecting(server) as seen:
        await seen.until(lambda: seen.told[-1:] == [(Upserted, "c")])

        assert len(lists(server)) == 5
        assert [trouble.wait > 0 for trouble in seen.troubles[:4]] == [False, True, True, True]
        assert seen.troubles[4:] == [Recovered("HTTPRoute")]


async def test_a_long_list_comes_in_pages():
    tape = tape_of("many", PROFILES["real-edits"].lines(Scale(routes=1200)))
    server = TapeServer(tape)
    async with reflecting(server) as seen:
        await seen.many(1201)

        assert len(lists(server)) == 3
        assert [type(event) for event in seen.events[:1201]] == [Upserted] * 1200 + [Listed]
        assert len(seen.events[1200].refs) == 1200


async def test_an_expired_continue_token_starts_the_list_again_without_pages():
    server = TapeServer(tape_of("many", PROFILES["real-edits"].lines(Scale(routes=1200))))
    server.refuse(410, watching=False, skip=1)
    async with reflecting(server) as seen:
        await seen.many(1701)

        assert len(seen.events[1700].refs) == 1200
        assert lists(server)[-1].endswith("/httproutes")
        assert seen.troubles == []


async def test_a_list_that_broke_off_is_not_concluded():
    server = TapeServer(tape_of("many", PROFILES["real-edits"].lines(Scale(routes=600))))
    server.refuse(500, watching=False, skip=1)
    async with reflecting(server) as seen:
        await seen.many(1101)

        assert [index for index, event in enumerate(seen.events[:1101]) if isinstance(event, Listed)] == [1100]


@pytest.mark.parametrize("status", [403, 404])
async def test_what_cannot_be_had_is_lost_once_and_looked_for_again(status):
    server = serve()
    server.refuse(status, times=3)
    async with reflecting(server) as seen:
        await seen.many(1 + len(TOLD))

        assert seen.told == [(SourceLost, "HTTPRoute"), *TOLD]
        assert [0.5 * full <= wait <= full for wait, full in zip(seen.waits, (5, 10, 20), strict=False)] == [True] * 3


async def test_a_kind_that_vanishes_is_lost_and_its_list_is_concluded_again_when_it_is_back():
    server = serve(paused=True)
    async with reflecting(server) as seen:
        await seen.until(lambda: server.watches == 1)
        server.remove("httproutes")
        await seen.many(4)
        server.restore("httproutes")
        await seen.many(7)

        assert seen.told == [*TOLD[:3], (SourceLost, "HTTPRoute"), *TOLD[:3]]


async def test_an_optional_kind_that_never_was_counts_as_empty_until_it_comes():
    server = serve(listing(route("s", 1, spec={"parentRef": {"name": "g"}}), resource=SETS))
    server.remove("listenersets")
    async with reflecting(server, SETS, optional=True) as seen:
        await seen.until(lambda: len(seen.waits) >= 3)
        assert seen.told == [(Listed, "")]

        server.restore("listenersets")
        await seen.many(3)
        assert seen.told == [(Listed, ""), (Upserted, "s"), (Listed, "s")]

        server.remove("listenersets")
        await seen.many(4)
        assert seen.told[3:] == [(SourceLost, "ListenerSet")]


async def test_an_optional_kind_whose_objects_were_deleted_before_it_vanished_is_not_lost():
    gone = frame("DELETED", route("s", 2, spec={"parentRef": {"name": "g"}}), SETS)
    server = serve(listing(route("s", 1, spec={"parentRef": {"name": "g"}}), resource=SETS), gone)
    async with reflecting(server, SETS, optional=True) as seen:
        await seen.many(3)
        server.remove("listenersets")
        await seen.until(lambda: len(seen.waits) >= 3)

        assert seen.told == [(Upserted, "s"), (Listed, "s"), (Deleted, "s")]


async def test_an_optional_kind_that_is_forbidden_is_lost():
    server = serve(listing(resource=SETS))
    server.refuse(403, times=float("inf"))
    async with reflecting(server, SETS, optional=True) as seen:
        await seen.until(lambda: len(seen.waits) >= 2)

        assert seen.told == [(SourceLost, "ListenerSet")]


@pytest.mark.parametrize("broken", [b'{"type":"MODIFIED","obj', b"\xff\xfe", b'{"type":"MODIFIED","object":{"metadata":{}}}', b"[]"])
async def test_a_broken_frame_is_told_and_the_stream_goes_on(broken):
    server = serve(*STORY[:3], frame("", broken), *STORY[3:])
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert len(seen.troubles) == 1
        assert "/httproutes cannot be understood" in seen.troubles[0].why


async def test_what_a_broken_frame_hid_is_found_by_a_new_list_when_the_watch_ends():
    server = serve(*STORY, frame("", b"{"))
    async with reflecting(server) as seen:
        await seen.until(lambda: seen.troubles)
        server.end_watches()
        await seen.many(len(TOLD) + 3)

        assert seen.told == [*TOLD, (Upserted, "a"), (Upserted, "c"), (Listed, "ac")]


async def test_a_frame_that_is_too_long_is_skipped():
    big = json.dumps({"type": "MODIFIED", "object": route("a", 9, x="y" * 17_000_000)}).encode()
    server = serve(*STORY[:1], frame("", big), *STORY[1:])
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert "more than the 16777216 that are read" in seen.troubles[0].why


async def test_an_unreadable_object_is_told_and_counts_as_there():
    server = serve(listing(route("a", 2, spec=3), route("b", 3)), frame("MODIFIED", route("b", 4, spec={"hostnames": 1})))
    async with reflecting(server) as seen:
        await seen.many(4)

        assert seen.told == [(Unreadable, "a"), (Upserted, "b"), (Listed, "ab"), (Unreadable, "b")]
        assert seen.troubles == []


async def test_an_error_frame_is_followed_by_a_back_off_and_a_resume():
    failure = frame("ERROR", {"kind": "Status", "status": "Failure", "code": 500, "message": "etcd is away"})
    server = serve(*STORY[:3], failure, *STORY[3:])
    async with reflecting(server) as seen:
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert len(lists(server)) == 1
        assert "etcd is away" in seen.troubles[0].why


async def test_a_silent_connection_is_given_up_and_resumed():
    server = serve(paused=True)
    async with reflecting(server, silence=0.02) as seen:
        await seen.until(lambda: len(seen.troubles) >= 2)
        server.resume()
        await seen.many(len(TOLD))

        assert seen.told == TOLD
        assert len(lists(server)) == 1


async def test_a_list_that_is_none_is_told_and_tried_again():
    broken = Line(0.0, ROUTES.tape_name, "list", Raw(b'{"kind":"Table","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}'))
    async with reflecting(serve(broken)) as seen:
        await seen.until(lambda: len(seen.troubles) >= 2)

        assert seen.events == []
        assert seen.troubles[0].why.endswith("is a Table.")


async def test_watches_that_bring_nothing_are_not_asked_for_without_a_breath():
    server = serve(listing(route("a", 2)))
    async with reflecting(server) as seen:
        await seen.until(lambda: server.watches == 1)
        server.end_watches()
        await seen.until(lambda: seen.waits)

        assert 0.5 <= seen.waits[0] <= 1.0
        assert seen.troubles == []


NAMESPACED = [
    listing(route("a", 2, "n"), route("b", 3, "m"), route("x", 4, "other"), version=4),
    frame("ADDED", route("c", 5, "m")),
    frame("MODIFIED", route("x", 6, "other")),
    frame("DELETED", route("a", 7, "n")),
]


async def test_several_namespaces_make_one_conclusion():
    async with reflecting(serve(*NAMESPACED), namespaces=("n", "m", "n")) as seen:
        await seen.many(5)

        assert sorted(name for kind, name in seen.told[:2] if kind is Upserted) == ["a", "b"]
        assert seen.events[2] == Listed("HTTPRoute", frozenset({ref("a", "n"), ref("b", "m")}))
        assert set(seen.told[3:]) == {(Upserted, "c"), (Deleted, "a")}


async def test_a_new_list_of_one_namespace_keeps_the_objects_of_the_others():
    server = serve(*NAMESPACED)
    async with reflecting(server, namespaces=("n", "m")) as seen:
        await seen.many(5)
        server.refuse(410, "/namespaces/n/httproutes", watching=True)
        server.end_watches()
        await seen.many(6)

        assert seen.events[5:] == [Listed("HTTPRoute", frozenset({ref("b", "m"), ref("c", "m")}))]


async def test_nothing_is_concluded_while_one_namespace_cannot_be_had():
    server = serve(*NAMESPACED, paused=True)
    server.refuse(403, "/namespaces/n/httproutes", times=float("inf"))
    async with reflecting(server, namespaces=("n", "m")) as seen:
        await seen.until(lambda: server.watches == 1 and len(seen.waits) >= 3)
        assert sorted(seen.told, key=str) == sorted([(SourceLost, "HTTPRoute"), (Upserted, "b")], key=str)

        server.forgive()
        await seen.many(4)
        assert seen.events[3] == Listed("HTTPRoute", frozenset({ref("a", "n"), ref("b", "m")}))


async def test_a_cluster_that_does_not_answer_is_tried_again():
    seen = Observed()
    async with aiohttp.ClientSession() as session:
        reflector = Reflector(
            ApiServer(session, "http://127.0.0.1:1"),
            ROUTES,
            (),
            seen.events.append,
            chance=random.Random(1),
            sleep=seen.sleep,
            tell=seen.troubles.append,
        )
        task = asyncio.create_task(reflector.run())
        await seen.until(lambda: len(seen.troubles) >= 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert seen.events == []
    assert "/apis/gateway.networking.k8s.io/v1/httproutes got no answer" in seen.troubles[0].why
