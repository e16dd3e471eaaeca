"""Probes answer for themselves, and metrics come from the registry."""

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from dnsguard.errors import ConfigError
from dnsguard.web.health import make_app, serve


class Standing:
    """A readiness that says what it is told to say."""

    def __init__(self, *said):
        self.said = said

    def reasons(self):
        return self.said


async def get(readiness, path, registry=None, **headers):
    app = make_app(readiness, registry or CollectorRegistry())
    async with (
        serve(app, "127.0.0.1:0") as (host, port),
        aiohttp.ClientSession() as session,
        session.get(f"http://{host}:{port}{path}", headers=headers) as response,
    ):
        return response.status, await response.text(), response.headers["Content-Type"]


async def test_healthz_is_ok_whatever_stands_in_the_way():
    assert (await get(Standing("Route53 is away"), "/healthz"))[:2] == (200, "ok\n")


async def test_readyz_is_ok_when_nothing_stands_in_the_way():
    assert (await get(Standing(), "/readyz"))[:2] == (200, "ok\n")


async def test_readyz_tells_every_reason():
    status, text, _ = await get(Standing("not synced", "zone Z1 is not read"), "/readyz")
    assert (status, text) == (503, "not synced\nzone Z1 is not read\n")


async def test_metrics_come_from_the_registry_in_the_form_that_is_asked_for():
    registry = CollectorRegistry()
    Counter("apples", "Apples", registry=registry).inc(3)
    status, text, kind = await get(Standing(), "/metrics", registry)
    assert (status, kind.startswith("text/plain")) == (200, True)
    assert "apples_total 3.0" in text
    _, text, kind = await get(Standing(), "/metrics", registry, Accept="application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


async def test_other_paths_are_not_there():
    assert (await get(Standing(), "/"))[0] == 404


async def test_a_port_that_is_taken_is_a_config_error():
    app = make_app(Standing(), CollectorRegistry())
    async with serve(app, "127.0.0.1:0") as (host, port):
        with pytest.raises(ConfigError, match=rf"http\.listen: nothing can listen at '127.0.0.1:{port}': Address already in use"):
            async with serve(make_app(Standing(), CollectorRegistry()), f"{host}:{port}"):
                raise AssertionError("it listens twice")


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999", "192.0.2.1:0"])
async def test_an_address_that_nobody_has_is_a_config_error(listen):
    with pytest.raises(ConfigError, match=r"http\.listen: nothing can listen at"):
        async with serve(make_app(Standing(), CollectorRegistry()), listen):
            raise AssertionError("it listens")
