"""A stage: a tape served as a cluster, a strict Route53 behind HTTP, and controllers between them on a clock that runs fast."""

import asyncio
import io
import json
import time
from contextlib import asynccontextmanager, suppress
from importlib.resources import files

import msgspec
import pytest

from dnsguard.app import Controller, kinds_of
from dnsguard.kubernetes.tape import Line, Tape, read_tape
from dnsguard.lab.churn import tape_of
from dnsguard.lab.churn.scene import Scale, Scene
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.objects import UNBOUND
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.facts import Cleared, Withheld
from dnsguard.model.settings import Aws, Cluster, Duration, Guard, Http, Ownership, Settings, ZoneEntry
from dnsguard.modes.clock import SteadyClock
from dnsguard.modes.tally import Tally

TAPES = files("dnsguard.lab") / "tapes"
PATIENCE = 30.0
SPEED = 80.0
ZONE = "example.com"


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    """Leave the environment of this machine out of it, and put it back afterwards."""
    monkeypatch.setenv("AWS_PROFILE", "none")
    lend_credentials()


def packaged(name):
    return read_tape(str(TAPES / f"{name}.jsonl.gz"))


def truth(name):
    return dict(map(entry, json.loads((TAPES / f"{name}.truth.json").read_text())["records"]))


def entry(record):
    """Return the key and value of a record set, of boto3 or of a truth file."""
    name = record.get("Name", record.get("name")).rstrip(".").replace("\\052", "*")
    values = record["values"] if "values" in record else [value["Value"] for value in record.get("ResourceRecords", [])]
    return (name, record.get("Type", record.get("type"))), (record.get("TTL", record.get("ttl")), tuple(sorted(values)))


class Stage:
    """Everything of one test; *facts* are those of all controllers, *log* is what they wrote."""

    def __init__(self, tape, zones=(ZONE,), speed=SPEED, grace=20.0, owner="lab", **settings):
        self.speed = speed
        self.clock = SteadyClock(speed)
        self.strict = StrictRoute53("legacy-5")
        self.zones = [self.strict.create_zone(name) for name in zones]
        self.route53 = Route53Server(self.strict, clock=self.clock.now)
        self.cluster = TapeServer(tape, speed=speed)
        self.facts = []
        self.log = io.StringIO()
        self.tally = Tally(2.0)
        self.task = self.controller = None
        self._settings = {
            "zones": (ZoneEntry(domains=(ZONE,)),),
            "guard": Guard(delete_grace=Duration(grace), deletes=UNBOUND),
            "http": Http(listen="127.0.0.1:0", api=""),
            "ownership": Ownership(owner=owner),
            "policy": "sync",
            **settings,
        }

    def settings(self):
        return Settings(
            cluster=Cluster(server=self.cluster.url), aws=Aws(endpoint_url=self.route53.url, region="us-east-1"), **self._settings
        )

    def start(self, *, probes=False, dry=False):
        listeners = (self._hear, self.tally.tell)
        self.controller = Controller(self.settings(), clock=self.clock, listeners=listeners, log=self.log, dry=dry)
        self.task = asyncio.create_task(self.controller.run(probes=probes), name="controller")
        return self.controller

    async def stop(self):
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
            self.task = None

    async def until(self, condition, what=""):
        """Wait until *condition* holds; fail if it does not in time or the controller ends."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it never came: {what or condition}\n{self.log.getvalue()[-3000:]}"
            if self.task is not None and self.task.done():
                self.task.result()
            await asyncio.sleep(0.01)

    async def settled(self):
        """Wait until the tape is over, every watch has brought all of it, and the engine would only wake for routine looks."""
        await self.until(self._at_rest, "rest")
        # The last bytes may still be under way.
        await asyncio.sleep(0.05)
        await self.until(self._at_rest, "rest")

    def _at_rest(self):
        watched = self.cluster.watches == len(kinds_of(self.settings()))
        return watched and self.cluster.done and self.engine.idle() and self.engine.busy_until() is None

    @property
    def engine(self):
        return self.controller.engine

    def of(self, kind):
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def standing(self):
        """Return the verdicts that stand."""
        found = {}
        for fact in self.facts:
            if isinstance(fact, Withheld):
                found[fact.verdict] = None
            elif isinstance(fact, Cleared):
                found.pop(fact.verdict, None)
        return list(found)

    def records(self, zone=0):
        found = dict(map(entry, self.strict.records(self.zones[zone])))
        return {key: value for key, value in found.items() if key[1] not in {"NS", "SOA"}}

    def addresses(self):
        """Return the A records of the zone: name to values."""
        return {name: values for (name, kind), (_, values) in self.records().items() if kind == "A"}

    def calls(self, operation, outcome="accepted"):
        return [call for call in self.strict.log if call.operation == operation and outcome in {"", call.outcome}]

    def said(self, *words):
        """Return the lines of the log that hold all of *words*."""
        return [line for line in self.log.getvalue().splitlines() if all(word in line for word in words)]

    def metric(self, name, **labels):
        return self.controller.registry.get_sample_value(name, labels)

    def _hear(self, fact, _):
        self.facts.append(fact)


@pytest.fixture
def stage():
    @asynccontextmanager
    async def make(tape, **options):
        made = Stage(packaged(tape) if isinstance(tape, str) else tape, **options)
        with made.route53:
            async with made.cluster:
                try:
                    yield made
                finally:
                    await made.stop()

    return make


@pytest.fixture(name="truth")
def truth_of():
    return truth


class Script:
    """A tape in the making: a scene with *routes* on one Gateway, and frames that are added to it."""

    def __init__(self, routes=3):
        self.scene = Scene(Scale(routes=routes))
        self._frames = []

    def write(self, item, at, kind="MODIFIED"):
        self._frames += self.scene.write(item, at, kind)

    def raw(self, frame, at, like):
        """Add the bytes *frame* to the stream that objects of *like*'s kind come by."""
        resource = next(iter(self.scene.write({**like, "spec": {"at": at}}, at))).resource
        self._frames.append(Line(at, resource, "frame", msgspec.Raw(frame)))

    def tape(self) -> Tape:
        opening = Scene.opening(self.scene) if not self._frames else self._opening
        return tape_of("script", [*opening, *self._frames])

    def open(self):
        """End the making of the lists: what is written from here on are frames."""
        self._opening = list(self.scene.opening())
        return self


@pytest.fixture
def script():
    return Script
