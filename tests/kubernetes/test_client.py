"""The client asks as the API server wants to be asked, and carries credentials with every request."""

import aiohttp
import pytest
from aiohttp import web

from dnsguard.errors import ClusterUnavailable, SourceGone, VersionExpired
from dnsguard.kubernetes.access import Access, Nobody
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.cluster import TapeServer

ROUTES = RESOURCES["HTTPRoute"]


class Rotating:
    """Credentials that are others with every request, and again others after a refusal."""

    def __init__(self):
        self.number = 0
        self.refused = []

    async def current(self):
        self.number += 1
        return Access({"Authorization": f"Bearer token-{self.number}"})

    async def renewed(self, refused):
        self.refused.append(refused.headers["Authorization"])
        return await self.current()


async def serving(answer):
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def heard():
    """An address that answers everything with an empty list, and the requests that came."""
    requests = []

    async def answer(request):
        requests.append(request)
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []})

    runner, url = await serving(answer)
    yield f"{url}/", requests
    await runner.cleanup()


async def test_every_request_asks_for_json_with_the_credentials_of_the_moment(heard):
    url, requests = heard
    async with aiohttp.ClientSession() as session:
        api = ApiServer(session, url, Rotating())
        await api.list_page(ROUTES, "team", 500, "a+b=/&")
        assert [line async for line in api.watch(ROUTES, "", "7", 0.0)] == []

    first, second = requests
    assert (first.path, dict(first.query)) == (ROUTES.path("team"), {"limit": "500", "continue": "a+b=/&"})
    assert second.path == ROUTES.path()
    assert second.query["resourceVersion"] == "7"
    assert [item.headers["Authorization"] for item in requests] == ["Bearer token-1", "Bearer token-2"]
    assert {item.headers["Accept"] for item in requests} == {"application/json"}
    assert "gzip" in first.headers["Accept-Encoding"]


async def test_a_long_list_comes_gzipped_and_is_unpacked():
    tape = tape_of("many", PROFILES["real-edits"].lines(Scale(routes=500)))
    async with TapeServer(tape) as server, aiohttp.ClientSession() as session:
        body = await ApiServer(session, server.url).list_page(ROUTES)
        async with session.get(server.url + ROUTES.path()) as answer:
            assert answer.headers["Content-Encoding"] in {"gzip", "deflate"}

    assert body == bytes(next(line.data for line in tape.lines if line.resource == ROUTES.tape_name))


@pytest.mark.parametrize(("status", "error"), [(410, VersionExpired), (403, SourceGone), (404, SourceGone), (500, ClusterUnavailable)])
@pytest.mark.parametrize("watching", [False, True])
async def test_refusals_become_errors_that_name_the_path(status, error, watching):
    tape = tape_of("few", PROFILES["real-edits"].lines(Scale(routes=1)))
    async with TapeServer(tape) as server, aiohttp.ClientSession() as session:
        server.refuse(status)
        api = ApiServer(session, server.url)
        with pytest.raises(error, match=rf"\bGET {ROUTES.path()} was answered with {status}: refused by the lab\.$"):
            [line async for line in api.watch(ROUTES, "", "1", 0.5)] if watching else await api.list_page(ROUTES)


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_401_is_answered_with_renewed_credentials_once_and_at_once(refusals):
    requests = []

    async def answer(request):
        requests.append(request.headers["Authorization"])
        status = 401 if len(requests) <= refusals else 200
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []}, status=status)

    credentials = Rotating()
    runner, url = await serving(answer)
    async with aiohttp.ClientSession() as session:
        api = ApiServer(session, url, credentials)
        if refusals == 1:
            await api.list_page(ROUTES)
        else:
            with pytest.raises(ClusterUnavailable, match="401"):
                await api.list_page(ROUTES)
    await runner.cleanup()

    assert requests == ["Bearer token-1", "Bearer token-2"]
    assert credentials.refused == ["Bearer token-1"]


async def test_a_request_goes_through_the_proxy_of_the_credentials():
    asked = []

    async def answer(request):
        asked.append(str(request.url))
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []})

    runner, url = await serving(answer)
    async with aiohttp.ClientSession() as session:
        await ApiServer(session, "http://cluster.example", Nobody(url)).list_page(ROUTES)
    await runner.cleanup()

    assert asked == [f"http://cluster.example{ROUTES.path()}?limit=500"]
