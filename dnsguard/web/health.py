"""Probes and metrics over HTTP: `/healthz`, `/readyz` and `/metrics`.

Rules kept here:

- `/healthz` is 200 while the event loop turns and depends on nothing else: a restart cures neither AWS nor the cluster.
- `/readyz` is 200 only while nothing stands in the way, else 503 with one reason per line.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from dnsguard.errors import ConfigError


class Readiness(Protocol):
    """Whoever knows whether this process is synced and not stale."""

    def reasons(self) -> Sequence[str]:
        """Return why it is not ready, one sentence each; empty if it is."""


def make_app(readiness: Readiness, registry: CollectorRegistry) -> web.Application:
    """Make the application."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        reasons = readiness.reasons()
        return web.Response(status=503 if reasons else 200, text="\n".join(reasons or ["ok"]) + "\n")

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


@asynccontextmanager
async def serve(app: web.Application, listen: str, setting: str = "http.listen", **options: Any) -> AsyncIterator[tuple[str, int]]:
    """Serve *app* at *listen*, `host:port` (port 0: a free one), while the context lasts; yields the bound host and port.

    Raises ConfigError, which names *setting*, if it cannot listen there. *options* are aiohttp's own.
    """
    host, _, port = listen.rpartition(":")
    # A body that cannot be unpacked would never be said to have ended; whoever hands bodies on wants them as they came.
    runner = web.AppRunner(app, access_log=None, handle_signals=False, auto_decompress=False, **options)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except (OSError, ValueError, OverflowError) as error:
            raise ConfigError(f"{setting}: nothing can listen at {listen!r}: {_why(error)}") from error
        bound = runner.addresses[0]
        yield bound[0], bound[1]
    finally:
        await runner.cleanup()


def _why(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number and number > 0 else str(error)
