"""The composition root: the only place that makes engines, clocks and clients, and joins them."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from random import Random
from typing import TextIO

import aiohttp
from prometheus_client import CollectorRegistry

from dnsguard.core.accounts import accounts_of
from dnsguard.core.diagnosis.diagnosis import Diagnosis
from dnsguard.core.diagnosis.screen import Screen
from dnsguard.core.dispute import Disputes
from dnsguard.core.engine import Engine
from dnsguard.core.gate import Gate
from dnsguard.core.inspection import Inspection
from dnsguard.core.intake import Intake
from dnsguard.core.inventory import Inventory
from dnsguard.core.ownership import Seal
from dnsguard.core.policy import blind
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.core.scorecard import Scorekeeper
from dnsguard.errors import ConfigError
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.credentials import own_namespace, reach
from dnsguard.kubernetes.permissions import inspect, inspect_events
from dnsguard.kubernetes.reflector import Recovered, Reflector, Trouble
from dnsguard.kubernetes.resources import RESOURCES, SHEETS, Resource
from dnsguard.model.access import Finding
from dnsguard.model.changes import Job, Outcome
from dnsguard.model.facts import Fact, SourceFailed, SourceRecovered, SourceTroubled
from dnsguard.model.orders import Thaw
from dnsguard.model.settings import Flap, Http, Ownership, Settings
from dnsguard.modes.announcer import Announcer
from dnsguard.modes.clerk import After, Clerk
from dnsguard.modes.clock import SteadyClock
from dnsguard.modes.controller import Source, control
from dnsguard.modes.driver import Driver, Keeper, Listener
from dnsguard.modes.inquiry import Inquiry
from dnsguard.modes.readiness import Readiness
from dnsguard.modes.service import Service
from dnsguard.route53.client import Route53
from dnsguard.settings import read_key, read_token
from dnsguard.store.database import Database, file_of
from dnsguard.store.history import Chronicle
from dnsguard.store.journal import Journal
from dnsguard.web.api import make_api
from dnsguard.web.health import Readiness as Ready
from dnsguard.web.health import make_app, serve
from dnsguard.web.levels import LevelCollector
from dnsguard.web.log import Log
from dnsguard.web.metrics import Metrics
from dnsguard.web.scorecard import route


def kinds_of(settings: Settings) -> tuple[str, ...]:
    """Return the kinds of objects that the configured sources read."""
    sets = ("ListenerSet",) if settings.sources.gateway.listener_sets else ()
    return ("HTTPRoute", "Gateway", *sets, "Namespace")


def seal_of(ownership: Ownership) -> Seal | None:
    """Return what opens and makes encrypted TXT, None without a key file; raises ConfigError if that is wrong."""
    if not ownership.encrypt_key_file:
        return None
    # Most installations have no key, and need no cryptography.
    from dnsguard.route53.sealing import AesSeal

    try:
        return AesSeal(read_key(ownership.encrypt_key_file))
    except ValueError as error:
        raise ConfigError(f"ownership.encrypt_key_file {error}") from error


def watched(settings: Settings) -> Iterator[tuple[Resource, tuple[str, ...], bool]]:
    """Yield what is watched: the resource, the namespaces (none: all), and whether it may be missing from the cluster."""
    sources = settings.sources
    namespaces = {"HTTPRoute": sources.namespaces, "Gateway": (sources.gateway.namespace,) if sources.gateway.namespace else ()}
    for kind in kinds_of(settings):
        yield RESOURCES[kind], namespaces.get(kind, ()), kind == "ListenerSet"


def emits(settings: Settings) -> bool:
    """Return whether Events are written: an installation that only looks tells nobody of what does not happen."""
    return settings.events.emit and settings.policy != "shadow"


def sheets_in(settings: Settings) -> str:
    """Return the namespace whose ConfigMaps may hold orders, "" if there is none."""
    if not settings.orders.read:
        return ""
    return settings.orders.namespace or own_namespace(settings.cluster, os.environ)


def build_engine(settings: Settings, chance: Random, now: float, *, ride: bool = True, dry: bool = False) -> Engine:
    """Make the engine of *settings*; *ride* and *dry* as there. Raises ConfigError if its key file is wrong."""
    rules = compile_rules(settings.sources, settings.zones)
    gate, resolve, seal = Gate(Projection(rules)), Resolver(rules).resolve, seal_of(settings.ownership)
    return Engine(settings, gate, resolve, kinds_of(settings), chance, now, ride=ride, dry=dry, seal=seal, rules=rules)


def build_diagnosis(settings: Settings) -> Diagnosis:
    """Make the diagnosis of a stream under *settings*, with the gates that an engine of the same settings has."""
    rules = compile_rules(settings.sources, settings.zones)
    projection = Projection(rules)
    inventory, behind = Inventory(None), Gate(projection)
    # Undamped: what fights has to be seen.
    intake = Intake(behind, Resolver(rules).resolve, inventory, kinds_of(settings), Disputes(Flap(turns=0)))
    return Diagnosis(settings, Screen(Gate(projection), behind, intake), inventory)


def _token_of(http: Http) -> Callable[[], str] | None:
    """Return what reads the token that the API asks for, None if it asks for none."""
    return partial(read_token, http.token_file) if http.token_file else None


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[ApiServer]:
    """Give the API server of *settings* while the context lasts; ConfigError where there is none."""
    url, credentials = await reach(settings.cluster, os.environ)
    async with aiohttp.ClientSession() as session:
        yield ApiServer(session, url, credentials)


def _fact(told: Trouble | Recovered) -> Fact:
    return SourceTroubled(told.kind, told.why, told.wait) if isinstance(told, Trouble) else SourceRecovered(told.kind)


async def check_access(
    settings: Settings, tell: Callable[[Finding], None], progress: Callable[[int, int], None], clock: SteadyClock | None = None
) -> None:
    """Tell what is found out about the permissions that *settings* need: those of the cluster, then those of AWS.

    *progress* hears how many calls to AWS were made, of how many (0: not known yet). ConfigError as for a run.
    """
    chance = Random()
    accounts = accounts_of(settings.zones)
    route53 = Route53(settings.aws, accounts, settings.ownership.owner)
    try:
        async with connected(settings) as api:
            asked = [inspect(api, resource, namespaces, optional=optional) for resource, namespaces, optional in watched(settings)]
            if emits(settings):
                asked.append(inspect_events(api, settings.sources.namespaces))
            if namespace := sheets_in(settings):
                asked.append(inspect(api, SHEETS, (namespace,), optional=True))
            for findings in await asyncio.gather(*asked):
                for finding in findings:
                    tell(finding)
        inquiry = Inquiry(route53.carry_out, settings.budget, len(accounts), clock or SteadyClock(), chance)
        await inquiry.run(Inspection(settings, chance, tell), progress)
    finally:
        route53.close()


class _Despair:
    """Ends a run that is to happen once when a source cannot be read."""

    def __init__(self, enough: asyncio.Event | None) -> None:
        self._enough = enough

    def tell(self, fact: Fact, _: float) -> None:
        """Take in one fact."""
        if self._enough is not None and (isinstance(fact, SourceFailed) or (isinstance(fact, SourceTroubled) and fact.wait > 0)):
            self._enough.set()


class Controller:
    """Controller mode, put together: the engine, its clients and its listeners.

    *listeners* hear every fact beside the metrics and the *log*; without one, it is silent.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: SteadyClock | None = None,
        listeners: Sequence[Listener] = (),
        log: TextIO | None = None,
        dry: bool = False,
    ) -> None:
        self.settings = settings
        self._dry = dry
        self.clock = clock or SteadyClock()
        # Jitter keeps installations apart, so each draws its own.
        self._chance = Random()
        self.engine = self._build()
        self.registry = CollectorRegistry()
        self.registry.register(LevelCollector(lambda: self.engine.status(self.clock.now())))
        readiness = Readiness(self.clock.now)
        self.readiness: Ready = readiness
        self.scorekeeper = Scorekeeper(settings, self.clock.now())
        self._listeners: list[Listener] = [Metrics(self.registry).tell, readiness.tell, self.scorekeeper.tell, *listeners]
        if log is not None:
            self._listeners.append(Log(log, settings.log.format, settings.log.level, self.clock.now).tell)

    async def run(self, *, once: bool = False, probes: bool = True) -> None:
        """Run until cancelled, or, if *once*, until nothing is left to do now; *probes*: serve `http.listen` and `http.api`."""
        settings = self.settings
        route53 = Route53(settings.aws, accounts_of(settings.zones), settings.ownership.owner)
        enough = asyncio.Event() if once else None
        journal = None if self._dry else self._open_journal()
        listeners = [*self._listeners, _Despair(enough).tell]
        driver = Driver(self.engine, self.port(route53), self.clock, listeners, enough, self.keeper(journal))
        try:
            async with AsyncExitStack() as stack:
                if journal is not None:
                    stack.callback(self._close, journal)
                if probes:
                    await stack.enter_async_context(serve(make_app(self.readiness, self.registry), settings.http.listen))
                if probes and settings.http.api:
                    card = route(lambda: self.scorekeeper.card(self.clock.now()))
                    history = None if journal is None else file_of(settings.state.path)
                    service = Service(self.engine, driver, self.clock, history, blind=blind(settings))
                    api = make_api(service, _token_of(settings.http), [card])
                    await stack.enter_async_context(serve(api, settings.http.api, "http.api"))
                await self._attend(stack, driver, enough)
        finally:
            route53.close()

    def _build(self) -> Engine:
        return build_engine(self.settings, self._chance, self.clock.now(), dry=self._dry)

    async def _attend(self, stack: AsyncExitStack, driver: Driver, enough: asyncio.Event | None) -> None:
        cluster = await stack.enter_async_context(connected(self.settings))
        await control(driver, self._work(cluster, driver, once=enough is not None), enough)

    def _open_journal(self) -> Journal | None:
        """Open the journal, and have the engine take in what it remembers; None if the config names none."""
        state = self.settings.state
        if not state.path:
            return None
        chronicle = Chronicle(self.clock.now())
        self._listeners.append(chronicle.tell)
        database = Database(file_of(state.path), self.settings.ownership.owner, state.max_size << 20, self.witness)
        journal = Journal(database, self._tell, self.clock.now, chronicle)
        self.engine.recall(journal.recall(), self.clock.now())
        return journal

    def _close(self, journal: Journal) -> None:
        while entries := self.engine.entries(self.clock.now()):
            journal.finish(entries)
        journal.close()

    def _tell(self, fact: Fact) -> None:
        for listener in self._listeners:
            listener(fact, self.clock.now())

    def port(self, route53: Route53) -> Callable[[Job], Awaitable[Outcome]]:
        """Return what carries jobs out: a room for whoever tries what happens in between."""
        return route53.carry_out

    def keeper(self, journal: Journal | None) -> Keeper | None:
        """Return what keeps entries: likewise."""
        return journal

    witness: Callable[[str], None] | None = None
    """Hears every statement of the journal: likewise."""

    def _work(self, api: ApiServer, driver: Driver, *, once: bool) -> Iterator[Source]:
        """Yield what runs beside the driver: the sources, and the aids that no record depends on."""
        if emits(self.settings) and not once and not self._dry:
            announcer = Announcer(api, self.engine.about, driver.tell, self.clock, Random(), socket.gethostname())
            driver.listen(announcer.tell)
            yield announcer
        namespace = "" if self._dry else sheets_in(self.settings)
        standing = self.engine.status(self.clock.now()).freezes
        if not namespace:
            # What a journal remembers of sheets that nobody reads any more would have no end.
            for freeze in standing:
                if freeze.sheet:
                    driver.order(Thaw(freeze.zone, freeze.pattern, sheet=freeze.sheet))
            yield from self._sources(api, driver)
            return
        clerk = Clerk(driver.order, driver.tell, self.clock, standing)
        driver.listen(clerk.tell)
        yield clerk
        yield Reflector(api, SHEETS, (namespace,), clerk.observe, chance=self._chance, tell=clerk.trouble)
        yield from (After(clerk, source) for source in self._sources(api, driver))

    def _sources(self, api: ApiServer, driver: Driver) -> Iterable[Reflector]:
        for resource, namespaces, optional in watched(self.settings):
            yield Reflector(
                api,
                resource,
                namespaces,
                driver.observe,
                chance=self._chance,
                optional=optional,
                streaming=True,
                tell=lambda told: driver.tell([_fact(told)]),
            )
