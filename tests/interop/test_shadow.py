"""dnsguard in shadow beside a live external-dns, on one zone, under churn and true edits: it agrees at every quiet moment.

`DNSGUARD_SHADOW_SECONDS` says how long; five minutes if it is not set. The seed of the edits is printed.
"""

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import asynccontextmanager
from threading import Lock

import pytest

from dnsguard.app import Controller
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.facts import Cleared, Reason, Withheld, ZoneRead
from tests.interop.externaldns import staying
from tests.interop.live import addresses, running, settings_for
from tests.interop.objects import accept, put_gateway, put_namespace, put_route, route_path, set_addresses

SECONDS = float(os.environ.get("DNSGUARD_SHADOW_SECONDS") or 300)
ZONE = "shadow.example"
TEAM = "shadow"
PREFIX = "external-dns.kubernetes.io/"
ROUTES = 60
EDITS = 4
"""True edits between two quiet moments."""
PACE = 0.1
"""Seconds between two useless status writes."""
CALM = 12.0
"""Seconds without a write by external-dns after which it has converged: it syncs once in 5 s at most while events come."""
WRITE = "ChangeResourceRecordSets"


class Door:
    """One client's way into a strict Route53 that several share; counts the client's calls."""

    def __init__(self, strict, turn):
        self.faults = strict.faults
        self.calls = Counter()
        self.wrote = time.monotonic()
        self._strict = strict
        self._turn = turn

    def call(self, operation, params, now):
        with self._turn:
            self.calls[operation] += 1
            if operation == WRITE:
                self.wrote = time.monotonic()
            return self._strict.call(operation, params, now)


class Team:
    """Routes, the true edits of those who own them, and what the zone has to hold then."""

    def __init__(self, cluster, chance):
        self.edits = Counter()
        self.frames = 0
        self.routes = {}
        self._cluster = cluster
        self._chance = chance
        self._address = 1
        self._number = 0
        self._turn = Lock()
        put_namespace(cluster, TEAM)
        put_gateway(cluster, TEAM, "public", ["192.0.2.1"])
        for _ in range(ROUTES):
            self._add()

    def wanted(self):
        """The values of the zone's A record sets by name, as Route53 prints it."""
        return {host.replace("*", "\\052"): [f"192.0.2.{self._address}"] for hosts in self.routes.values() for host in hosts}

    def churn(self):
        """Rewrite a timestamp of one route's status; the value has never been there before."""
        with self._turn:
            self.frames += 1
            names = list(self.routes)
            accept(self._cluster, TEAM, names[self.frames % len(names)], written=stamp(self.frames))

    def edit(self):
        kinds = (self._add, self._delete, self._rename, self._set_ttl, self._move)
        kind = self._chance.choices(kinds, (4, 3, 3, 3, 1))[0]
        with self._turn:
            kind()
        self.edits[kind.__name__.strip("_")] += 1

    def _add(self):
        self._number += 1
        name = f"app-{self._number}"
        self.routes[name] = self._hosts(name)
        put_route(self._cluster, TEAM, name, self.routes[name])

    def _delete(self):
        name = self._any()
        del self.routes[name]
        self._cluster.delete(route_path(TEAM, name))

    def _rename(self):
        name = self._any()
        self._number += 1
        self.routes[name] = self._hosts(f"renamed-{self._number}")
        self._cluster.merge(route_path(TEAM, name), {"spec": {"hostnames": self.routes[name]}})

    def _set_ttl(self):
        ttl = {f"{PREFIX}ttl": str(self._chance.randrange(60, 3600))}
        self._cluster.merge(route_path(TEAM, self._any()), {"metadata": {"annotations": ttl}})

    def _move(self):
        self._address = self._address % 250 + 1
        set_addresses(self._cluster, TEAM, "public", [f"192.0.2.{self._address}"])

    def _any(self):
        return self._chance.choice(sorted(self.routes))

    def _hosts(self, name):
        return [f"{name}.{ZONE}", f"*.{name}.{ZONE}"][: self._chance.choice((1, 1, 2))]


def stamp(number):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_770_000_000 + number))


@asynccontextmanager
async def churning(team):
    async def always():
        while True:
            await asyncio.to_thread(team.churn)
            await asyncio.sleep(PACE)

    task = asyncio.create_task(always())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def quiet(strict, zone, team, incumbent, said, seconds=90.0):
    """Wait until external-dns has brought the zone into order and has nothing left to write."""
    end = time.monotonic() + seconds
    while addresses(strict, zone) != team.wanted() or time.monotonic() < incumbent.wrote + CALM:
        assert time.monotonic() < end, f"external-dns did not converge: {said()[-3000:]}"
        await asyncio.sleep(0.1)


async def divergences(settings):
    """Return what dnsguard would send now and what it would leave undone, read from nothing but the cluster and the zone."""
    facts = []
    controller = Controller(settings, listeners=(lambda fact, _: facts.append(fact),))
    async with asyncio.timeout(60):
        await controller.run(once=True, probes=False)
    assert controller.engine.idle(), facts[-5:]
    assert any(isinstance(fact, ZoneRead) and fact.ours for fact in facts)
    return [(name, units) for _, name, units in controller.engine.planned()], standing(facts)


def standing(facts):
    """Return the verdicts that stand after *facts*."""
    verdicts = {}
    for fact in facts:
        if isinstance(fact, Withheld):
            verdicts[fact.verdict] = None
        elif isinstance(fact, Cleared):
            verdicts.pop(fact.verdict, None)
    return list(verdicts)


@pytest.mark.timeout(SECONDS * 2 + 300)
async def test_shadow_beside_external_dns_agrees_at_every_quiet_moment_and_writes_nothing(cluster):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    strict, turn = StrictRoute53("cbt-10"), Lock()
    zone = strict.create_zone(ZONE)
    incumbent, ours = Door(strict, turn), Door(strict, turn)
    team = await asyncio.to_thread(Team, cluster, random.Random(seed))
    moments, seen = 0, []
    with Route53Server(incumbent) as theirs, Route53Server(ours) as route53, staying(cluster, theirs, ZONE) as said:
        await quiet(strict, zone, team, incumbent, said)
        settings = settings_for(cluster, route53, ZONE, policy="shadow", namespaces=TEAM)
        async with running(settings, strict, zone) as live:
            await live.until(live.controller.engine.idle, "at rest")
            end = time.monotonic() + SECONDS
            async with churning(team) as churn:
                while time.monotonic() < end:
                    for _ in range(EDITS):
                        await asyncio.to_thread(team.edit)
                        await asyncio.sleep(1)
                    incumbent.wrote = time.monotonic()
                    await quiet(strict, zone, team, incumbent, said)
                    assert not churn.done(), churn
                    moments += 1
                    assert await divergences(settings) == ([], []), f"seed {seed}, moment {moments}, {team.edits}"
                    seen.append(sum(verdict.reason is Reason.SHADOW for verdict in standing(live.facts)))
            # It looks again with a growing back-off, so what external-dns did last is noticed a little later.
            await live.until(lambda: not standing(live.facts), "the running controller has nothing left to say", 120)
    print(
        f"{moments} quiet moments, {team.frames} useless events, edits {dict(team.edits)}; external-dns {dict(incumbent.calls)}, "
        f"dnsguard {dict(ours.calls)}; shadow verdicts standing in the running controller: {seen}"
    )
    assert moments
    assert incumbent.calls[WRITE] > 0
    assert ours.calls[WRITE] == 0
