"""The sidecar over real listeners: external-dns's side of the protocol, a strict Route53 behind HTTP, a journal, and its own probes."""

import asyncio
import io
import json
from contextlib import asynccontextmanager, suppress

import aiohttp
import msgspec
import pytest

from dnsguard.errors import ConfigError
from dnsguard.lab.asker import Asker
from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53, Throttle
from dnsguard.model.settings import Aws, Cluster, Drift, Duration, Guard, Http, Ownership, Settings, State, Webhook, ZoneEntry
from dnsguard.model.webhook import HookChanges, HookEndpoint
from dnsguard.sidecar import Sidecar, find_cluster
from dnsguard.store.database import look_into
from dnsguard.web.webhook import LARGEST, MEDIA_TYPE

ZONE = "example.com"
PATIENCE = 30.0


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "none")
    lend_credentials()


class Post:
    """A sidecar, its Route53, and external-dns's client."""

    def __init__(self, tmp_path, **said):
        self.strict = StrictRoute53("cbt-10")
        self.zone = self.strict.create_zone(ZONE)
        self.route53 = Route53Server(self.strict)
        self._settings = {
            "zones": (ZoneEntry(domains=(ZONE,), exclude_domains=("left.example.com",)),),
            "ownership": Ownership(owner="lab"),
            "policy": "sync",
            "guard": Guard(delete_grace=Duration(1.0)),
            "drift": Drift(period="never"),
            "state": State(path=str(tmp_path / "journal.sqlite")),
            "http": Http(listen="127.0.0.1:0", api=""),
            "webhook": Webhook(listen="127.0.0.1:0", watch="never"),
            **said,
        }
        self.asker = Asker()

    async def start(self):
        settings = Settings(aws=Aws(endpoint_url=self.route53.url, region="us-east-1"), **self._settings)
        self.sidecar = Sidecar(settings, watched=False)
        self.task = asyncio.create_task(self.sidecar.run(), name="sidecar")
        await self.until(lambda: hasattr(self.sidecar, "address"))
        self.url = "http://{}:{}".format(*self.sidecar.address)

    async def stop(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.01)

    async def synced(self):
        await self.until(lambda: not self.sidecar.readiness.reasons())

    async def get(self, path, **headers):
        async with self.client.get(self.url + path, headers={"Accept": MEDIA_TYPE, **headers}) as answer:
            return answer.status, answer.headers.get("Content-Type"), await answer.text()

    async def post(self, path, body, **headers):
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        async with self.client.post(self.url + path, data=data, headers={"Content-Type": MEDIA_TYPE, **headers}) as answer:
            return answer.status, answer.headers.get("Content-Type"), await answer.text()

    async def records(self):
        status, kind, text = await self.get("/records")
        assert (status, kind) == (200, MEDIA_TYPE)
        return msgspec.json.decode(text, type=list[HookEndpoint])

    async def loop(self, *wanted):
        changes = self.asker.plan(await self.records(), wanted)
        if changes == HookChanges(create=(), update_old=(), update_new=(), delete=()):
            return False
        assert (await self.post("/records", changes))[0] == 204
        return True

    def names(self):
        return {record["Name"] for record in self.strict.records(self.zone) if record["Type"] not in {"NS", "SOA"}}


@pytest.fixture
def post(tmp_path):
    @asynccontextmanager
    async def make(**said):
        made = Post(tmp_path, **said)
        with made.route53:
            async with aiohttp.ClientSession() as made.client:
                await made.start()
                try:
                    yield made
                finally:
                    await made.stop()

    return make


def wanted(name, *targets, kind="A"):
    return HookEndpoint(f"{name}.{ZONE}", targets, kind)


async def test_one_loop_of_external_dns(post):
    async with post() as made:
        await made.synced()
        status, kind, text = await made.get("/")
        assert (status, kind, json.loads(text)) == (200, MEDIA_TYPE, {"include": [ZONE], "exclude": ["left.example.com"]})
        assert {each.type for each in await made.records()} == {"NS"}
        reads = made.strict.calls["ListResourceRecordSets"]

        assert await made.loop(wanted("a", "192.0.2.1"), wanted("b", "lb.example.net", kind="CNAME"))
        assert not await made.loop(wanted("a", "192.0.2.1"), wanted("b", "lb.example.net", kind="CNAME"))
        await made.until(lambda: len(made.names()) == 4)
        assert not await made.loop(wanted("a", "192.0.2.1"), wanted("b", "lb.example.net", kind="CNAME"))

        assert await made.loop(wanted("a", "192.0.2.1"))
        assert len(made.names()) == 4
        await made.until(lambda: len(made.names()) == 2)
        assert made.strict.calls["ListResourceRecordSets"] == reads
        assert made.strict.calls["ChangeResourceRecordSets"] == 2


async def test_endpoints_are_adjusted_in_full_and_in_order(post):
    async with post() as made:
        asked = [wanted("a", "192.0.2.1"), wanted("b", "lb.us-east-1.elb.amazonaws.com", kind="CNAME"), wanted("c", "x", kind="TXT")]
        status, kind, text = await made.post("/adjustendpoints", asked)
        assert (status, kind) == (200, MEDIA_TYPE)
        assert [(each["dnsName"], each["recordType"]) for each in json.loads(text)] == [
            ("a.example.com", "A"),
            ("b.example.com", "A"),
            ("c.example.com", "TXT"),
            ("b.example.com", "AAAA"),
        ]
        assert (await made.post("/adjustendpoints", b"null"))[::2] == (200, "[]")


async def test_before_it_is_synced_it_answers_503_and_says_why(post):
    async with post() as made:
        await made.synced()
        await made.stop()
        made.strict.faults.inject(Throttle())
        await made.start()
        # What the journal remembers is not told before the zones were found.
        status, _, text = await made.get("/records")
        assert (status, text) == (503, "the hosted zones have not been found yet\n")
        # external-dns would end at once; which names are looked after is in the config.
        assert (await made.get("/"))[0] == 200
        assert (await made.post("/records", HookChanges(create=(wanted("a", "192.0.2.1"),))))[0] == 503
        made.strict.faults.clear()
        await made.synced()
        assert (await made.get("/"))[0] == 200


async def test_which_names_are_looked_after_is_not_known_before_the_zones_where_the_config_names_none(post):
    async with post(zones=(ZoneEntry(),)) as made:
        await made.synced()
        await made.stop()
        made.strict.faults.inject(Throttle())
        await made.start()
        assert (await made.get("/"))[0] == 503
        made.strict.faults.clear()
        await made.synced()
        assert json.loads((await made.get("/"))[2]) == {"include": [ZONE]}


async def test_with_every_call_throttled_it_answers_at_once_and_accepts(post):
    async with post() as made:
        await made.synced()
        made.strict.faults.inject(Throttle())
        names = [wanted(f"n{number}", "192.0.2.1") for number in range(500)]
        assert await made.loop(*names)
        for _ in range(5):
            assert not await made.loop(*names)
        assert made.names() == set()
        made.strict.faults.clear()
        await made.until(lambda: len(made.names()) == 1000)


async def test_what_was_answered_with_204_survives_a_kill(post, tmp_path):
    async with post() as made:
        await made.synced()
        made.strict.faults.inject(Throttle())
        assert await made.loop(wanted("a", "192.0.2.1"))
        # Nothing is finished in good order: what the journal holds at this moment is all that is left.
        with look_into(tmp_path / "journal.sqlite") as base:
            assert base.execute("SELECT key FROM kept WHERE kind = 'asked'").fetchall() == [(f"{made.zone}/a.example.com",)]
        await made.stop()
        made.strict.faults.clear()
        await made.start()
        await made.synced()
        assert not await made.loop(wanted("a", "192.0.2.1"))
        await made.until(lambda: made.names() == {"a.example.com.", "a-a.example.com."})


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "/records", {"Content-Type": MEDIA_TYPE}, b"{", 400),
        ("POST", "/records", {"Content-Type": MEDIA_TYPE}, b"[]", 400),
        ("POST", "/records", {"Content-Type": MEDIA_TYPE}, b'{"create":[{"targets":"x"}]}', 400),
        ("POST", "/records", {"Content-Type": "application/json"}, b"{}", 415),
        ("POST", "/records", {"Content-Type": "application/external.dns.webhook+json;version=2"}, b"{}", 415),
        ("POST", "/records", {"Content-Type": "application/external.dns.webhook+json; version=1"}, b"{}", 204),
        ("POST", "/records", {"Content-Type": MEDIA_TYPE}, b" " * (LARGEST + 1), 413),
        ("POST", "/records", {"Content-Type": MEDIA_TYPE}, b'{"create":null,"unknown":1}', 204),
        ("POST", "/adjustendpoints", {"Content-Type": MEDIA_TYPE}, b"{}", 400),
        ("PUT", "/records", {}, b"", 400),
        ("GET", "/adjustendpoints", {}, b"", 400),
        ("POST", "/", {}, b"", 400),
        ("GET", "/", {"Accept": "application/external.dns.webhook+json;version=2"}, b"", 406),
        ("GET", "/", {"Accept": "*/*"}, b"", 200),
        ("GET", "/nothing", {}, b"", 404),
        ("GET", "/", {"Host": "evil.example:8888"}, b"", 403),
    ],
)
async def test_status_codes(post, method, path, headers, body, status):
    async with post() as made:
        await made.synced()
        async with made.client.request(method, made.url + path, data=io.BytesIO(body), headers=headers) as answer:
            assert answer.status == status
            text = await answer.text()
        assert status < 400 or text.endswith("\n")
        assert made.names() == set()


async def test_probes_and_metrics_have_a_port_of_their_own(post):
    async with post() as made:
        await made.synced()
        assert (await made.get("/metrics"))[0] == 404
        made.strict.faults.inject(Throttle())
        await made.loop(wanted("a", "192.0.2.1"))
        assert made.sidecar.registry.get_sample_value("dnsguard_unapplied_names") == 1
        assert made.sidecar.registry.get_sample_value("dnsguard_oldest_seconds", {"what": "unapplied"}) > 0


async def test_the_cluster_is_looked_at_where_there_are_credentials_for_it(monkeypatch, tmp_path):
    for name in ("KUBERNETES_SERVICE_HOST", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    def settings(watch, server=""):
        entry = (ZoneEntry(),)
        return Settings(
            zones=entry, ownership=Ownership(owner="x"), policy="sync", cluster=Cluster(server=server), webhook=Webhook(watch=watch)
        )

    assert not await find_cluster(settings("auto"))
    assert await find_cluster(settings("auto", "http://127.0.0.1:1"))
    assert not await find_cluster(settings("never", "http://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="cluster"):
        await find_cluster(settings("always"))
