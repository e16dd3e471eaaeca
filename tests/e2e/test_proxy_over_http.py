"""The proxy over sockets: what goes through byte for byte, who is told when somebody leaves, who may ask for what."""

import asyncio
import gzip
import io
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from dnsguard.core.sieve.kinds import KINDS
from dnsguard.kubernetes.access import Access, Nobody
from dnsguard.kubernetes.upstream import accepted, reached
from dnsguard.lab.wire import STAY, WireServer, answer, chunk, opened
from dnsguard.model.settings import Ownership, Proxy, ProxyKind, Settings
from dnsguard.modes.proxy import Proxy as Mode
from dnsguard.web.health import make_app, serve
from dnsguard.web.proxy_report import ProxyCollector, summary_route, table
from dnsguard.web.relay import LARGEST, SERVING, make_relay
from tests.kubernetes.test_reduction import ENDPOINT
from tests.kubernetes.test_sifting import CHURN, bookmark, frame, page, route

ROUTES = "/apis/gateway.networking.k8s.io/v1/httproutes"
WATCH = f"{ROUTES}?watch=true&allowWatchBookmarks=true&resourceVersion=1"
ENDPOINTS = "/apis/externaldns.k8s.io/v1alpha1/dnsendpoints"
SOON = 10.0


class Token:
    """Credentials whose token is renewed."""

    def __init__(self):
        self.token = "old"

    async def current(self):
        return Access({"Authorization": f"Bearer {self.token}"})

    async def renewed(self, _):
        self.token = "new"
        return await self.current()


class Stage:
    """A proxy between a server on the wire and a client."""

    def __init__(self, server, mode, url, session):
        self.server = server
        self.mode = mode
        self.url = url
        self.session = session

    @asynccontextmanager
    async def get(self, target, method="GET", **options):
        headers = {"User-Agent": "external-dns/v0.22.0 (linux)", **options.pop("headers", {})}
        async with asyncio.timeout(SOON), self.session.request(method, self.url + target, headers=headers, **options) as response:
            yield response

    async def read(self, target, method="GET", **options):
        async with self.get(target, method, **options) as response:
            return response.status, await response.read()

    def whys(self):
        return {
            why: number for line in self.mode.tally.lines() for why, number in [("same", line.replaced), *line.passed.items()] if number
        }


@asynccontextmanager
async def staged(answers, credentials=None, silence=90.0, told=None, **proxy):
    settings = Settings(zones=(), ownership=Ownership(owner="x"), policy="shadow", proxy=Proxy(**proxy))
    async with (
        WireServer(answers) as server,
        reached(server.url, credentials or Nobody(), silence=silence) as upstream,
        aiohttp.ClientSession(auto_decompress=False) as session,
    ):
        mode = Mode(settings, upstream, (told if told is not None else []).append)
        async with serve(make_relay(mode), "127.0.0.1:0", "proxy.listen", **SERVING) as (host, port):
            yield Stage(server, mode, f"http://{host}:{port}", session)


def always(*pieces):
    return lambda _: pieces


# Watches


async def test_frames_that_say_nothing_new_reach_the_client_as_bookmarks():
    async with staged(always(opened(), *map(chunk, CHURN), chunk(b""))) as stage:
        assert await stage.read(WATCH) == (200, CHURN[0] + bookmark("3") + bookmark("4"))
        assert stage.whys() == {"unseen": 1, "same": 2}


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
async def test_wherever_chunks_end_the_client_gets_the_same(size):
    stream = b"".join(CHURN)
    parts = [chunk(stream[at : at + size]) for at in range(0, len(stream), size)]
    async with staged(always(opened(), b"".join(parts), chunk(b""))) as stage:
        assert (await stage.read(WATCH))[1] == CHURN[0] + bookmark("3") + bookmark("4")


async def test_a_frame_reaches_the_client_while_the_watch_goes_on():
    async with staged(always(opened(), chunk(CHURN[0]), chunk(CHURN[1][:50]), STAY)) as stage, stage.get(WATCH) as response:
        assert await response.content.readexactly(len(CHURN[0])) == CHURN[0]


async def test_the_head_of_a_watch_reaches_the_client_before_any_frame():
    async with staged(always(opened("X-Own: 1"), STAY)) as stage, stage.get(WATCH) as response:
        assert (response.status, response.headers["X-Own"]) == (200, "1")


@pytest.mark.parametrize(
    ("target", "headers", "head"),
    [
        (WATCH.replace("&allowWatchBookmarks=true", ""), {}, opened()),
        (WATCH.replace("watch=true", "watch=yes"), {}, opened()),
        (WATCH + "&labelSelector=a&labelSelector=b", {}, opened()),
        (WATCH, {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}, opened()),
        (WATCH, {"Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}, opened()),
        (WATCH, {}, opened().replace(b"application/json", b"application/vnd.kubernetes.protobuf;stream=watch")),
        (WATCH, {}, opened("Content-Encoding: gzip")),
        (WATCH, {}, opened().replace(b"200 OK", b"410 Gone")),
        ("/api/v1/endpoints?watch=true&allowWatchBookmarks=true", {}, opened()),
    ],
)
async def test_what_is_not_certain_to_be_a_watch_of_a_known_kind_in_json_passes_byte_for_byte(target, headers, head):
    resources = ("httproutes.gateway.networking.k8s.io", "endpoints")
    async with staged(always(head, *map(chunk, CHURN), chunk(b"")), resources=resources) as stage:
        status, body = await stage.read(target, headers=headers)
        assert status in {200, 410}
        assert body == b"".join(CHURN)
        assert "same" not in stage.whys()


async def test_a_kind_that_is_off_passes():
    kinds = (ProxyKind(kind="HTTPRoute", preset="off"),)
    async with staged(always(opened(), *map(chunk, CHURN), chunk(b"")), kinds=kinds) as stage:
        assert (await stage.read(WATCH))[1] == b"".join(CHURN)


async def test_frames_of_16_mib_go_through():
    big = frame("MODIFIED", {**route("2"), "data": "x" * (2**24 - 5000)})
    bigger = frame("MODIFIED", {**route("3"), "data": "x" * 2**24})
    async with staged(always(opened(), *map(chunk, [big, big, bigger, *CHURN[:2]]), chunk(b""))) as stage:
        _, body = await stage.read(WATCH)
        assert body == big + bookmark("2") + bigger + CHURN[0] + bookmark("3")


# From watch to watch


def by_turns(*answers):
    turn = iter(answers)
    return lambda _: next(turn)


def watch_of(*frames):
    return (opened(), *map(chunk, frames), chunk(b""))


async def test_a_watch_goes_on_from_what_the_list_before_it_told():
    body = page([route("1")])
    packed = gzip.compress(body)
    for listed in (
        answer(body, "200 OK", "Content-Type: application/json"),
        answer(packed, "200 OK", "Content-Type: application/json", "Content-Encoding: gzip"),
    ):
        async with staged(by_turns((listed,), watch_of(*CHURN))) as stage:
            assert (await stage.read(f"{ROUTES}?limit=500&resourceVersion=0"))[1] == (packed if packed in listed else body)
            assert (await stage.read(WATCH))[1] == bookmark("2") + bookmark("3") + bookmark("4")


async def test_a_watch_goes_on_from_the_one_before_it_at_its_very_last_version():
    later = [frame("MODIFIED", route(str(number), written=f"l-{number}")) for number in (5, 6)]
    async with staged(by_turns(watch_of(*CHURN), watch_of(later[0]), watch_of(later[0]), watch_of(later[1]))) as stage:
        await stage.read(WATCH)
        assert (await stage.read(WATCH.replace("=1", "=3")))[1] == later[0]
        assert (await stage.read(WATCH.replace("=1", "=4")))[1] == bookmark("5")
        assert (await stage.read(WATCH.replace("=1", "=5"), headers={"User-Agent": "another"}))[1] == later[1]


async def test_a_watch_that_begins_with_the_state_knows_the_objects_that_it_was_sent():
    added = frame("ADDED", route("1"))
    async with staged(always(*watch_of(added, *CHURN))) as stage:
        target = f"{ROUTES}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        assert (await stage.read(target))[1] == added + bookmark("2") + bookmark("3") + bookmark("4")


async def test_a_status_that_external_dns_has_yet_to_write_passes_on_the_version_that_it_needs():
    def endpoint(version, observed):
        return frame(
            "MODIFIED",
            {**ENDPOINT, "metadata": {**ENDPOINT["metadata"], "resourceVersion": version}, "status": {"observedGeneration": observed}},
        )

    frames = [endpoint("2", 1), endpoint("3", 1), endpoint("4", 2), endpoint("5", 2)]
    resources = ("dnsendpoints.externaldns.k8s.io",)
    async with staged(always(*watch_of(*frames)), resources=resources) as stage:
        _, body = await stage.read(f"{ENDPOINTS}?watch=true&allowWatchBookmarks=true&resourceVersion=1")
    assert body.splitlines()[:3] == [each.strip() for each in frames[:3]]
    assert json.loads(body.splitlines()[3])["type"] == "BOOKMARK"


# Whoever leaves


async def test_a_client_that_leaves_ends_the_watch_at_the_server():
    async with staged(always(opened(), chunk(CHURN[0]), STAY)) as stage:
        async with stage.get(WATCH) as response:
            await response.content.readexactly(10)
            assert stage.server.connections == 1
        async with asyncio.timeout(SOON):
            await stage.server.until(lambda: not stage.server.connections)
        assert stage.mode.watches.total() == 0


@pytest.mark.parametrize("pieces", [(opened(), chunk(CHURN[0])), (opened(), chunk(CHURN[0])[:-30]), (opened(), chunk(CHURN[0] + b"rest"))])
async def test_an_answer_that_breaks_off_breaks_the_clients_connection(pieces):
    async with staged(always(*pieces)) as stage, stage.get(WATCH) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_an_answer_that_is_too_short_breaks_the_clients_connection():
    short = answer(b"x" * 100).replace(b"Length: 100", b"Length: 200")
    async with staged(always(short)) as stage, stage.get(ROUTES) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_a_watch_that_ends_in_good_order_ends_so_for_the_client():
    async with staged(always(opened(), chunk(CHURN[0]), chunk(b""))) as stage:
        assert await stage.read(WATCH) == (200, CHURN[0])


async def test_a_silent_watch_is_broken_for_those_who_wait_for_bookmarks():
    async with staged(always(opened(), STAY), silence=0.2) as stage:
        async with stage.get(WATCH) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        async with stage.get(WATCH.replace("&allowWatchBookmarks=true", "")) as response:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(response.read(), 0.6)


async def test_a_slow_reader_slows_the_server_and_nothing_piles_up():
    edits = [frame("MODIFIED", {**route(str(at), f"h-{at}"), "data": "x" * 100_000}) for at in range(2, 12)]
    flood = b"".join(chunk(each) for each in edits)

    def answers(_):
        return (opened(), *[flood] * 200, chunk(b""))

    async with staged(answers) as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(stage.url.rpartition(":")[2]), limit=2**16)
        writer.write(f"GET {WATCH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await reader.readexactly(1000)
        before = -1
        async with asyncio.timeout(SOON):
            while before != stage.server.written:
                before = stage.server.written
                await asyncio.sleep(0.3)
        # Of 200 MB, what the sockets and the buffers of both sides hold.
        assert stage.server.written < 40_000_000
        writer.transport.abort()
        async with asyncio.timeout(SOON):
            await stage.server.until(lambda: not stage.server.connections)


# Everything else


@pytest.mark.parametrize(
    ("target", "whole"),
    [
        (ROUTES, answer(b'{"kind":"Status","code":500}', "500 Internal Server Error", "Content-Type: application/json", "Audit-Id: 7")),
        (ROUTES, answer(b"slow down", "429 Too Many Requests", "Retry-After: 3", "Content-Type: text/plain")),
        (ROUTES, answer(gzip.compress(b"{}"), "200 OK", "Content-Type: application/json", "Content-Encoding: gzip", "Vary: Accept")),
        (ROUTES, answer(b"k8s\x00\x00", "200 OK", "Content-Type: application/vnd.kubernetes.protobuf")),
        ("/version", answer(b'{"major":"1"}', "200 OK", "Content-Type: application/json", 'ETag: "x"')),
        ("/readyz", answer(b"ok", "200 OK", "Content-Type: text/plain", "X-Content-Type-Options: nosniff")),
        ("/apis", answer(b"{}", "200 OK", "Content-Type: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")),
        ("/apis", answer(b"", "304 Not Modified", 'ETag: "x"')),
        ("/openapi/v3/apis/apps/v1", answer(b"\x0a\x0b" * 100_000, "200 OK", "Content-Type: application/octet-stream")),
    ],
)
async def test_other_answers_pass_with_status_headers_and_bytes(target, whole):
    head, _, body = whole.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    async with staged(always(whole)) as stage, stage.get(target) as response:
        assert await response.read() == body
        assert f"HTTP/1.1 {response.status} {response.reason}" == line
        said = {name: value.strip() for name, _, value in (each.partition(":") for each in headers) if name != "Connection"}
        if response.status == 304:
            del said["Content-Length"]
        got = {name.decode(): value.decode() for name, value in response.raw_headers}
        assert said.items() <= got.items()


async def test_path_and_query_leave_as_they_came():
    target = f"{ROUTES}?labelSelector=app%3Da%2Cb%20in%20(c)&limit=500&continue=abc%2F%3D%3D&x=%e2"
    async with staged(always(answer(b"{}"))) as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(stage.url.rpartition(":")[2]))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        await reader.read()
        writer.close()
        assert stage.server.asked[0].line == f"GET {target} HTTP/1.1"


async def test_a_request_carries_our_credentials_and_none_of_the_clients():
    sent = {
        "Authorization": "Bearer client",
        "Impersonate-User": "system:admin",
        "Impersonate-Extra-Scopes": "x",
        "X-Remote-User": "root",
        "Cookie": "a=b",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Upgrade": "SPDY/3.1",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Kubectl-Command": "own",
    }
    async with staged(always(answer(b"{}")), Token()) as stage:
        await stage.read(ROUTES, headers=sent)
        (asked,) = stage.server.asked
    assert asked.header("Authorization") == "Bearer old"
    assert [name for name in sent if asked.header(name) == sent[name]] == ["Accept", "Accept-Encoding", "Kubectl-Command"]
    assert asked.header("User-Agent") == "external-dns/v0.22.0 (linux)"
    assert asked.header("Host") == stage.server.url.removeprefix("http://")


async def test_after_a_401_the_token_is_renewed_and_the_request_made_once_more():
    refusal = answer(b"no", "401 Unauthorized")
    async with staged(lambda asked: (answer(b"{}") if "new" in asked.header("Authorization") else refusal,), Token()) as stage:
        assert await stage.read(ROUTES) == (200, b"{}")
        assert len(stage.server.asked) == 2
    async with staged(always(refusal), Token()) as stage:
        assert await stage.read(ROUTES) == (401, b"no")
        assert len(stage.server.asked) == 2


EVENTS = "/apis/events.k8s.io/v1/namespaces/team/events"


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", EVENTS), ("PATCH", f"{EVENTS}/x"), ("PUT", "/apis/externaldns.k8s.io/v1alpha1/namespaces/team/dnsendpoints/x/status")],
)
async def test_the_writes_that_the_client_needs_go_through_with_their_bodies(method, target):
    body = gzip.compress(b'{"a":1}')
    async with staged(always(answer(b"done", "201 Created"))) as stage:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        assert await stage.read(target, method, data=body, headers=headers) == (201, b"done")
        (asked,) = stage.server.asked
    assert (asked.line, asked.body, asked.header("Content-Encoding")) == (f"{method} {target} HTTP/1.1", body, "gzip")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/v1/secrets"),
        ("GET", "/api/v1/namespaces/team/secrets/x"),
        ("GET", "/apis/apps/v1/deployments?watch=true"),
        ("POST", ROUTES),
        ("DELETE", f"{ROUTES}/x"),
        ("PUT", "/apis/externaldns.k8s.io/v1alpha1/namespaces/team/dnsendpoints/x"),
        ("GET", "/api/v1/namespaces/team/pods/x/exec?command=sh"),
        ("GET", "/api/v1/namespaces/team/services/x/proxy/"),
        ("GET", "/api/v1/watch/pods"),
        ("GET", "/metrics"),
        ("GET", "/"),
        ("POST", "/version"),
        ("POST", "/apis/authentication.k8s.io/v1/tokenreviews"),
        ("OPTIONS", ROUTES),
    ],
)
async def test_everything_else_is_refused_as_the_api_server_would_and_never_sent(method, target):
    told = []
    async with staged(always(answer(b"secret")), told=told) as stage:
        for _ in range(2):
            status, body = await stage.read(target, method)
            said = json.loads(body)
            assert (status, said["kind"], said["apiVersion"], said["code"], said["reason"]) == (403, "Status", "v1", 403, "Forbidden")
        assert stage.server.asked == []
    assert len(told) == 1
    assert "was refused" in told[0].message


async def test_what_is_asked_under_another_name_than_that_of_this_machine_is_refused():
    async with staged(always(answer(b"secret"))) as stage:
        assert (await stage.read("/version", headers={"Host": "evil.example"}))[0] == 403
        assert (await stage.read("/version", headers={"Host": "localhost:8001"}))[0] == 200


async def test_a_body_that_is_too_large_is_refused():
    async with staged(always(answer(b""))) as stage:
        status, body = await stage.read(EVENTS, "POST", data=io.BytesIO(b"x" * (LARGEST + 1)))
        assert (status, json.loads(body)["code"]) == (413, 413)
        assert stage.server.asked == []


async def test_a_server_that_does_not_answer_is_503_is_told_once_and_its_return_too():
    told, up = [], []
    async with staged(lambda _: up, told=told) as stage:
        for _ in range(2):
            status, body = await stage.read("/version")
            assert (status, json.loads(body)["reason"]) == (503, "ServiceUnavailable")
            assert stage.mode.reasons() != []
        up.append(answer(b"ok"))
        assert await stage.read("/version") == (200, b"ok")
        assert stage.mode.reasons() == []
    assert [each.level.name for each in told] == ["ERROR", "INFO"]


CORE = "application/vnd.kubernetes.protobuf,application/json"


@pytest.mark.parametrize(
    ("accept", "core", "asked", "readable"),
    [
        (CORE, True, "application/json", True),
        (CORE, False, CORE, True),
        ("application/json, */*", True, "application/json, */*", True),
        ("application/vnd.kubernetes.protobuf", True, "application/vnd.kubernetes.protobuf", True),
        (f"application/json;as=Table;v=v1,{CORE}", True, f"application/json;as=Table;v=v1,{CORE}", False),
        ("application/json; as = Table", True, "application/json; as = Table", False),
    ],
)
def test_protobuf_is_not_asked_for_where_it_would_hide_a_core_kind_from_us(accept, core, asked, readable):
    headers, found = accepted([("Accept", accept), ("X", "y")], core=core)
    assert dict(headers) == {"Accept": asked, "X": "y"}
    assert found is readable


@pytest.mark.parametrize(("path", "asked"), [("/api/v1/namespaces", "application/json"), (ROUTES, CORE)])
async def test_core_kinds_are_asked_for_as_json_and_custom_ones_as_the_client_says(path, asked):
    async with staged(always(answer(b"{}"))) as stage:
        await stage.read(path, headers={"Accept": CORE})
        assert stage.server.asked[0].header("Accept") == asked


async def test_what_was_seen_is_told_by_client_resource_and_writer():
    async with staged(always(*watch_of(*CHURN))) as stage:
        await stage.read(WATCH)
        registry = CollectorRegistry()
        registry.register(ProxyCollector(stage.mode))
        metrics = generate_latest(registry).decode()
        said = table(stage.mode.tally.lines())
        probes = make_app(stage.mode, registry)
        probes.add_routes([summary_route(stage.mode)])
        async with serve(probes, "127.0.0.1:0") as (host, port), stage.session.get(f"http://{host}:{port}/summary") as answered:
            assert await answered.text() == said
    labels = (
        'client="external-dns/v0.22.0",outcome="replaced",reason="same",resource="httproutes.gateway.networking.k8s.io",writer="traefik"'
    )
    assert f"dnsguard_proxy_frames_total{{{labels}}} 2.0" in metrics
    assert 'dnsguard_proxy_requests_total{code="200",verb="watch"} 1.0' in metrics
    assert said.splitlines()[1].split()[:6] == ["3", "2", "1", "external-dns/v0.22.0", "httproutes.gateway.networking.k8s.io", "traefik"]
    assert said.endswith("object not seen before 1\n")


async def test_the_summary_is_told_again_at_the_end():
    told = []
    async with staged(always(*watch_of(*CHURN)), told=told) as stage:
        task = asyncio.create_task(stage.mode.summarise(3600))
        await stage.read(WATCH)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (saying,) = told
    assert saying.message == (
        "2 of 3 frames of httproutes.gateway.networking.k8s.io by traefik were replaced; passed: 1 object not seen before"
    )


def test_every_kind_is_served_where_the_default_lets_it_be_read():
    assert {kind.resource for kind in KINDS.values()} == set(Proxy().resources)
