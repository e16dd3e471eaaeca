"""Webhook mode's composition root: what `app` joins for a controller, asked by external-dns.

Rules kept here:

- The pod's service account is external-dns's, made for what that reads: no Events are written, and no orders read from ConfigMaps.
- Under `webhook.watch: auto` the cluster is looked at where there are credentials for it.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import TextIO

from msgspec.structs import replace

from dnsguard.app import Controller, kinds_of, seal_of
from dnsguard.core.engine import Engine
from dnsguard.core.gate import Gate
from dnsguard.core.projection import Projection
from dnsguard.core.requests import Requests
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.errors import ConfigError
from dnsguard.kubernetes.credentials import reach
from dnsguard.model.settings import Settings
from dnsguard.modes.clock import SteadyClock
from dnsguard.modes.controller import control
from dnsguard.modes.driver import Driver, Listener
from dnsguard.modes.webhook import Hook
from dnsguard.web.health import serve
from dnsguard.web.webhook import make_webhook


def build_answering_engine(settings: Settings, chance: Random, now: float, *, watched: bool) -> Engine:
    """Make the engine that answers external-dns; *watched*: it looks at the cluster, too. Raises ConfigError likewise."""
    rules = compile_rules(settings.sources, settings.zones)
    gate, resolve, seal = Gate(Projection(rules)), Resolver(rules).resolve, seal_of(settings.ownership)
    kinds = kinds_of(settings) if watched else ()
    return Engine(settings, gate, resolve, kinds, chance, now, seal=seal, rules=rules, requests=Requests())


class Sidecar(Controller):
    """Webhook mode, put together: the same, asked by external-dns; *watched*: it looks at the cluster, too."""

    def __init__(
        self,
        settings: Settings,
        *,
        watched: bool,
        clock: SteadyClock | None = None,
        listeners: Sequence[Listener] = (),
        log: TextIO | None = None,
    ) -> None:
        self._watched = watched
        alone = replace(settings, events=replace(settings.events, emit=False), orders=replace(settings.orders, read=False))
        super().__init__(alone, clock=clock, listeners=listeners, log=log)
        reception = self.engine.reception
        assert reception is not None
        self.readiness = self._reception = reception

    def _build(self) -> Engine:
        return build_answering_engine(self.settings, self._chance, self.clock.now(), watched=self._watched)

    async def _attend(self, stack: AsyncExitStack, driver: Driver, enough: asyncio.Event | None) -> None:
        hook = Hook(self._reception, driver, self.clock, self.settings.records)
        self.address = await stack.enter_async_context(serve(make_webhook(hook), self.settings.webhook.listen, "webhook.listen"))
        if self._watched:
            await super()._attend(stack, driver, enough)
        else:
            await control(driver, (), enough)


async def find_cluster(settings: Settings) -> bool:
    """Return whether the webhook is to look at the cluster; ConfigError where it has to and there are no credentials."""
    if settings.webhook.watch == "never":
        return False
    try:
        await reach(settings.cluster, os.environ)
    except ConfigError:
        if settings.webhook.watch == "always":
            raise
        return False
    return True


async def attend(settings: Settings, log: TextIO) -> None:
    """Run webhook mode until cancelled."""
    await Sidecar(settings, watched=await find_cluster(settings), log=log).run()
