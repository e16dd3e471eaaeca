"""The command line in process, as a shell would call it, and the lab's servers to point it at."""

import asyncio
import sys
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.resources import files

import pytest

from dnsguard.cli.main import main
from dnsguard.lab.cluster import TapeServer
from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.web.health import serve

SOLO = files("dnsguard.lab") / "tapes" / "traefik-3.1.0-solo.jsonl.gz"
CONFIG = """\
zones: [{domains: [example.com]}]
ownership: {owner: lab}
policy: sync
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def sentence(self):
        """What it said on standard error, which is one line."""
        (line,) = self.err.splitlines()
        return line


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_PROFILE", "none")
    lend_credentials()
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "KUBECONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.fixture
def call(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["dnsguard", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return Ended(left.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def solo():
    return SOLO


@pytest.fixture
def config(tmp_path):
    """Write a config file of these lines after the necessary ones, and return its path."""

    def write(*lines, text=CONFIG):
        path = tmp_path / "dnsguard.yaml"
        path.write_text(text + "\n".join(lines) + "\n")
        return path

    return write


@contextmanager
def aside(opened):
    """Have *opened*, an asynchronous context, last in a thread of its own; give what it gives."""
    started, ending, found = threading.Event(), asyncio.Event(), []

    async def last():
        async with opened as given:
            found.extend((given, asyncio.get_running_loop()))
            started.set()
            await ending.wait()
        # What is closed is gone some turns of the loop later, on a busy machine too.
        await asyncio.sleep(0.2)

    thread = threading.Thread(target=lambda: asyncio.run(last()))
    thread.start()
    assert started.wait(10)
    try:
        yield found[0]
    finally:
        found[1].call_soon_threadsafe(ending.set)
        thread.join()


@asynccontextmanager
async def _beginning(tape):
    async with TapeServer(tape) as server:
        server.pause()
        yield server.url


@asynccontextmanager
async def _served(app):
    async with serve(app, "127.0.0.1:0", "http.api") as (host, port):
        yield f"http://{host}:{port}"


def threaded(app):
    """Serve *app* from a thread of its own; give its address."""
    return aside(_served(app))


def serving(tape):
    """Serve the beginning of *tape* from a thread of its own, where its clock stands still; give its address."""
    return aside(_beginning(tape))


@dataclass
class House:
    """A cluster and a Route53 that a config file names."""

    strict: StrictRoute53
    zone: str
    path: object
    cluster: str
    route53: str

    def records(self):
        return [record for record in self.strict.records(self.zone) if record["Type"] not in {"NS", "SOA"}]


@pytest.fixture
def house(config):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    with Route53Server(strict) as route53, serving(SOLO) as cluster:
        path = config(f"cluster: {{server: '{cluster}'}}", f"aws: {{endpoint_url: '{route53.url}', region: us-east-1}}")
        yield House(strict, zone, path, cluster, route53.url)
