"""The real external-dns with `dnsguard webhook` beside it: it converges for no reads, survives what happens to pods, and loses nothing.

`DNSGUARD_WEBHOOK_SECONDS` says how much of the tape is played; a minute if it is not set.
"""

import asyncio
import os
import subprocess
from contextlib import asynccontextmanager
from importlib.resources import files

import pytest

from dnsguard.app import kinds_of
from dnsguard.kubernetes.tape import Tape, events, read_tape
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.objects import UNBOUND
from dnsguard.lab.rehearsal import least
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53, Throttle
from dnsguard.model.changes import Delete
from dnsguard.model.facts import Called
from dnsguard.model.settings import Aws, Cluster, Drift, Duration, Guard, Http, Ownership, Settings, Webhook, ZoneEntry
from dnsguard.modes.clock import SteadyClock
from dnsguard.sidecar import Sidecar
from tests.interop.live import addresses
from tests.interop.objects import put_gateway, put_namespace, put_route, set_addresses
from tests.interop.sidecar import Pod, Process, external_dns

SECONDS = float(os.environ.get("DNSGUARD_WEBHOOK_SECONDS") or 60)
TAPE = "traefik-3.1.0-duo"
ZONE = "example.com"
ZONE_ID = "Z1"
GRACE = 5.0
SETTLING = 25.0
"""Seconds after the tape's end: a sync of external-dns, its posts, and the grace of the last deletion."""
WRITE = "ChangeResourceRecordSets"
READS = ("ListResourceRecordSets", "ListHostedZones", "GetHostedZone")


def tape():
    whole = read_tape(str(files("dnsguard.lab") / "tapes" / f"{TAPE}.jsonl.gz"))
    return Tape(whole.name, whole.header, tuple(line for line in whole.lines if line.seconds <= SECONDS))


def least_calls(played):
    settings = Settings(
        zones=(ZoneEntry(domains=(ZONE,)),),
        ownership=Ownership(owner="interop"),
        policy="sync",
        guard=Guard(delete_grace=Duration(GRACE)),
    )
    return least(settings, lambda: events(played, kinds_of(settings)), (ZONE,))


class Witness:
    """The way into a strict Route53; *deleted* are the names whose record set an accepted batch took away with none in its place."""

    def __init__(self, strict):
        self.faults, self.deleted = strict.faults, set()
        self._strict = strict

    def call(self, operation, params, now):
        answer = self._strict.call(operation, params, now)
        changes = params["ChangeBatch"]["Changes"] if operation == WRITE else ()
        sets = [(change["Action"], change["ResourceRecordSet"]) for change in changes]
        made = {each["Name"] for action, each in sets if action != "DELETE"}
        self.deleted |= {each["Name"] for action, each in sets if action == "DELETE" and each["Type"] != "TXT"} - made
        return answer


@asynccontextmanager
async def stage(tmp_path, **settings):
    """A tape that is played in its own time, an account with one zone, and a pod whose dnsguard is ready."""
    played = tape()
    strict = StrictRoute53("cbt-10")
    strict.create_zone(ZONE, zone_id=ZONE_ID)
    async with TapeServer(played, speed=1.0) as server:
        witness = Witness(strict)
        with Route53Server(witness) as route53:
            pod = Pod(tmp_path, server.url, route53, settings=settings)
            try:
                await pod.start()
                yield pod, strict, server, witness
            finally:
                await asyncio.to_thread(pod.stop)


async def by_the_aws_provider(tmp_path, server):
    """Return the record sets that external-dns's own AWS provider makes of what *server* shows now."""
    strict = StrictRoute53("cbt-10")
    strict.create_zone(ZONE, zone_id=ZONE_ID)
    with Route53Server(strict) as route53:
        own = ("--provider", "--webhook", "--events")
        argv = [flag for flag in external_dns(tmp_path / "open.kubeconfig", 0) if not flag.startswith(own)]
        environ = {**os.environ, "AWS_ENDPOINT_URL_ROUTE_53": route53.url, "AWS_ENDPOINT_URL": route53.url}
        done = await asyncio.to_thread(
            subprocess.run, [*argv, "--provider=aws", "--once"], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
    return as_sets(strict.records(ZONE_ID))


def as_sets(records):
    for record in records:
        record.get("ResourceRecords", []).sort(key=lambda value: value["Value"])
    return {(record["Name"], record["Type"], record.get("SetIdentifier", "")): record for record in records}


@pytest.mark.timeout(SECONDS + 400)
async def test_it_writes_what_the_aws_provider_writes_in_few_calls_and_reads_nothing(tmp_path):
    async with stage(tmp_path) as (pod, strict, server, witness):
        reads = {action: strict.calls[action] for action in READS}
        pod.external_dns.start()
        await pod.until(lambda: server.done, "the tape is over", SECONDS + 60)
        await pod.wait(SETTLING)

        assert {action: strict.calls[action] for action in READS} == reads
        writes, fewest = strict.calls[WRITE], least_calls(server.tape)
        print(f"{SECONDS:g} s of {TAPE}: {writes} write calls, at least {fewest} needed; reads after the start: 0")
        assert writes <= 1.1 * fewest
        assert as_sets(strict.records(ZONE_ID)) == await by_the_aws_provider(tmp_path, server)
        assert witness.deleted
        assert witness.deleted & {key[0] for key in as_sets(strict.records(ZONE_ID))} == set()
        assert pod.external_dns.exits == 0
        assert pod.external_dns.errors() == []


@pytest.mark.timeout(SECONDS + 600)
async def test_it_converges_while_route53_throttles_and_poisons_and_dnsguard_is_killed(tmp_path):
    async with stage(tmp_path) as (pod, strict, server, witness):
        # A name that no edit of the tape concerns. Nobody was told of what stands there, so Route53 itself has to refuse it.
        poisoned = "app-30.example.com."
        other = {"Name": poisoned, "Type": "CNAME", "TTL": 5, "ResourceRecords": [{"Value": "elsewhere.example.net"}]}
        change = {"Action": "CREATE", "ResourceRecordSet": other}
        strict.call(WRITE, {"HostedZoneId": ZONE_ID, "ChangeBatch": {"Changes": [change]}}, 0.0)
        strict.faults.inject(Throttle(), probability=0.5)
        pod.external_dns.start()
        for kill in range(2):
            await pod.until(lambda kill=kill: server.position() >= SECONDS * (kill + 1) / 3, "a third of the tape", SECONDS + 60)
            pod.dnsguard.kill()
        await pod.until(lambda: server.done, "the tape is over", SECONDS + 120)
        strict.faults.clear()
        wanted = await by_the_aws_provider(tmp_path, server)
        good = {key: record for key, record in wanted.items() if "app-30.example.com." not in key[0]}

        def converged():
            found = as_sets(strict.records(ZONE_ID))
            return {key: found.get(key) for key in good} == good and not any(
                key not in good and key[0] != poisoned for key in found if key[1] == "A"
            )

        await pod.until(converged, "every good name stands as the AWS provider would write it", 180)
        assert pod.dnsguard.exits == 2
        # It is tried again from time to time, and for that moment it is not.
        await pod.until(lambda: 'dnsguard_withheld{reason="quarantined"} 1.0' in pod.get("/metrics")[1], "the poisoned name is told", 60)
        said = [line for line in pod.dnsguard.said().splitlines() if "app-30.example.com" in line and "conflicting" in line]
        assert said, "the log does not name what Route53 refuses"
        assert witness.deleted & {key[0] for key in wanted} == set(), "a name was deleted that is still asked for"
        throttled = sum(call.outcome == "Throttling" for call in strict.log)
        print(
            f"external-dns was started again {pod.external_dns.exits} times, {throttled} calls were throttled, {len(good)} sets as wanted"
        )


# Status lost, on a clock of the lab


SPEED = 20.0
ROUTES = 20
TEAM = "webhook"


@pytest.fixture(scope="module")
def team(cluster):
    put_namespace(cluster, TEAM)
    put_gateway(cluster, TEAM, "public", ["192.0.2.1"])
    for number in range(ROUTES):
        put_route(cluster, TEAM, f"app-{number}", [f"app-{number}.{ZONE}"])


@pytest.mark.parametrize("watched", [True, False], ids=["with the cluster in view", "without it"])
async def test_a_status_that_is_lost_for_ten_minutes_deletes_nothing(cluster, team, tmp_path, watched):
    clock = SteadyClock(SPEED)
    strict = StrictRoute53("cbt-10")
    strict.create_zone(ZONE, zone_id=ZONE_ID)
    facts = []
    grace = 300.0 if watched else 1200.0
    with Route53Server(strict, clock=clock.now) as route53:
        settings = Settings(
            zones=(ZoneEntry(domains=(ZONE,)),),
            ownership=Ownership(owner="interop"),
            policy="sync",
            cluster=Cluster(kubeconfig=str(cluster.kubeconfig("dnsguard"))),
            aws=Aws(endpoint_url=route53.url, region="us-east-1"),
            guard=Guard(delete_grace=Duration(grace), deletes=UNBOUND),
            drift=Drift(period="never"),
            http=Http(listen="127.0.0.1:0", api=""),
            webhook=Webhook(listen="127.0.0.1:0"),
        )
        sidecar = Sidecar(settings, watched=watched, clock=clock, listeners=(lambda fact, _: facts.append(fact),))
        task = asyncio.create_task(sidecar.run(), name="sidecar")
        program = None
        try:
            await until(lambda: hasattr(sidecar, "address") and not sidecar.readiness.reasons(), task)
            argv = external_dns(
                cluster.kubeconfig("dnsguard", "externaldns"), sidecar.address[1], ("--events", "--min-event-sync-interval=1s")
            )
            program = Process(argv, tmp_path / "external-dns.log", dict(os.environ))
            program.start()
            await until(lambda: len(addresses(strict, ZONE_ID)) == ROUTES, task)
            before, writes = as_sets(strict.records(ZONE_ID)), strict.calls[WRITE]

            await asyncio.to_thread(set_addresses, cluster, TEAM, "public", [])
            await until(lambda: len(sidecar.engine.reception) == ROUTES, task)
            await asyncio.sleep(600 / SPEED)
            [deletions] = [each for each in sidecar.engine.status(clock.now()).verdicts if each.reason.value in {"held", "grace"}]
            assert (deletions.reason.value, deletions.count) == ("held" if watched else "grace", ROUTES)
            await asyncio.to_thread(set_addresses, cluster, TEAM, "public", ["192.0.2.1"])
            await until(lambda: len(sidecar.engine.reception) == 0, task)
            await asyncio.sleep(2 * grace / SPEED if watched else 10)

            assert as_sets(strict.records(ZONE_ID)) == before
            assert strict.calls[WRITE] == writes
            sent = (change for fact in facts if isinstance(fact, Called) for group in fact.carried for change in group.changes)
            assert not any(isinstance(change, Delete) for change in sent)
            assert program.exits == 0
            assert program.errors() == []
        finally:
            if program is not None:
                await asyncio.to_thread(program.stop)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(so, task, seconds=120.0):
    async with asyncio.timeout(seconds):
        while not so():
            if task.done():
                task.result()
            await asyncio.sleep(0.05)
