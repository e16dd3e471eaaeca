"""Whatever comes in through the webhook's door is answered, in time, with a status that is meant; and the service goes on."""

import asyncio
import http.client
import json
import socket
import threading
import time

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.settings import Aws, Drift, Duration, Guard, Http, Ownership, Settings, State, Webhook, ZoneEntry
from dnsguard.model.webhook import HookEndpoint
from dnsguard.sidecar import Sidecar
from dnsguard.web.webhook import MEDIA_TYPE

PATIENCE = 20.0
"""Seconds after which an answer counts as none."""
MEANT = {200, 204, 400, 403, 404, 406, 413, 415, 503}
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class Fort:
    """A sidecar in a thread of its own."""

    def __init__(self, folder):
        self.strict = StrictRoute53("cbt-10")
        self.strict.create_zone("example.com")
        self._route53 = Route53Server(self.strict)
        self._folder = folder
        self._up = threading.Event()
        self._failure = None

    def __enter__(self):
        self._route53.__enter__()
        self._thread = threading.Thread(target=self._run, name="fort")
        self._thread.start()
        assert self._up.wait(PATIENCE)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE)
        self._route53.__exit__(None, None, None)

    @property
    def alive(self):
        return self._thread.is_alive()

    def _run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        settings_ = Settings(
            zones=(ZoneEntry(),),
            ownership=Ownership(owner="lab"),
            policy="sync",
            aws=Aws(endpoint_url=self._route53.url, region="us-east-1"),
            guard=Guard(delete_grace=Duration(0.1)),
            drift=Drift(period="never"),
            state=State(path=str(self._folder / "journal.sqlite")),
            http=Http(listen="127.0.0.1:0", api=""),
            webhook=Webhook(listen="127.0.0.1:0", watch="never"),
        )
        self.sidecar = Sidecar(settings_, watched=False)
        self._task = asyncio.create_task(self.sidecar.run())
        for _ in range(int(PATIENCE * 100)):
            if not self.sidecar.readiness.reasons() and hasattr(self.sidecar, "address"):
                break
            await asyncio.sleep(0.01)
        self.host, self.port = self.sidecar.address
        self._up.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def ask(self, method, path, headers, body=b""):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def well(self):
        status, body = self.ask("GET", "/records", {"Accept": MEDIA_TYPE})
        assert self.alive
        assert status == 200
        return msgspec.json.decode(body, type=list[HookEndpoint])


@pytest.fixture(scope="module")
def fort(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_PROFILE", "none")
        lend_credentials()
        with Fort(tmp_path_factory.mktemp("fort")) as found:
            yield found


NAMES = ["a.example.com", "*.example.com", "example.com", "a-a.example.com", "x.example.org", "", ".", "..", "\\052.example.com"]
ODD = ["a" * 64 + ".example.com", "é.example.com", "\ud800", "\x00", "a b.example.com"]
KINDS = ["A", "AAAA", "CNAME", "TXT", "MX", "SRV", "NS", "SOA", "NAPTR", "DNAME", "CAA", "a", ""]
VALUES = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", '"x"', '"', '"\\777"', "10 mail.example.com", "fe80::1%eth0"]
PROPERTIES = ["alias", "aws/weight", "aws/region", "aws/hosted-zone-id", "aws/geoproximity-coordinates"]
texts = st.one_of(st.sampled_from(NAMES), st.text(max_size=20), st.sampled_from(ODD))
kinds = st.one_of(st.sampled_from(KINDS), st.text(max_size=5))
targets = st.one_of(texts, st.sampled_from(VALUES))
numbers = st.one_of(st.integers(-5, 400), st.integers(-(2**70), 2**70))
properties = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(st.sampled_from(PROPERTIES), texts),
        "value": st.one_of(st.sampled_from(["true", "1", "-1", "1e9", "9" * 30, "1,2"]), texts),
    },
)
endpoints = st.fixed_dictionaries(
    {},
    optional={
        "dnsName": texts,
        "targets": st.one_of(st.none(), st.lists(targets, max_size=3)),
        "recordType": kinds,
        "setIdentifier": texts,
        "recordTTL": numbers,
        "labels": st.one_of(st.none(), st.dictionaries(st.sampled_from(["ownedRecord", "owner", "x"]), texts, max_size=2)),
        "providerSpecific": st.one_of(st.none(), st.lists(properties, max_size=3)),
    },
)
lists = st.one_of(st.none(), st.lists(endpoints, max_size=4))
changes = st.fixed_dictionaries({}, optional=dict.fromkeys(("create", "updateOld", "updateNew", "delete", "unknown"), lists))
plain = st.one_of(st.none(), st.booleans(), numbers, st.floats(), texts)
anything = st.recursive(plain, lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)))


@OFTEN
@given(asked=changes)
@example(asked={"create": [{"dnsName": "a.example.com", "targets": ["\ud800"], "recordType": "TXT", "setIdentifier": "\ud800"}]})
@example(asked={"create": [{"dnsName": "a.example.com", "targets": ["::ffff:1.2.3.4", "fe80::1%x"], "recordType": "AAAA"}]})
@example(asked={"delete": [{"dnsName": "example.com", "recordType": "SOA"}, {"dnsName": "example.com", "recordType": "NS"}]})
def test_any_changes_of_the_right_form_are_taken_or_called_wrong(fort, asked):
    status, _ = fort.ask("POST", "/records", {"Content-Type": MEDIA_TYPE}, json.dumps(asked).encode())
    assert status in {204, 400}
    told = fort.well()
    assert {("example.com", "NS")} <= {(each.name, each.type) for each in told}


@OFTEN
@given(asked=st.lists(endpoints, max_size=5))
def test_any_endpoints_are_adjusted_or_called_wrong(fort, asked):
    status, body = fort.ask("POST", "/adjustendpoints", {"Content-Type": MEDIA_TYPE}, json.dumps(asked).encode())
    assert status in {200, 400}
    assert status == 400 or len(msgspec.json.decode(body, type=list[HookEndpoint])) >= len(asked)


@OFTEN
@given(asked=anything, path=st.sampled_from(["/records", "/adjustendpoints"]))
@example(asked=[[[]]] * 3, path="/records")
def test_any_json_gets_a_status_that_is_meant(fort, asked, path):
    status, _ = fort.ask("POST", path, {"Content-Type": MEDIA_TYPE}, json.dumps(asked).encode())
    assert status in {200, 204, 400}


@OFTEN
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "FOO"]),
    path=st.sampled_from(["/", "/records", "/adjustendpoints", "/records/", "//", "/x?y=%ff", "/%2e%2e"]),
    kind=st.sampled_from([None, "", MEDIA_TYPE, MEDIA_TYPE.upper(), "application/json", "x" * 5000]),
    encoding=st.sampled_from([None, "gzip", "deflate", "br", "x"]),
    body=st.one_of(st.binary(max_size=200), st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"null", b"{}", b"[]"])),
)
def test_any_request_gets_a_status_that_is_meant(fort, method, path, kind, encoding, body):
    headers = {
        name: value for name, value in (("Content-Type", kind), ("Accept", kind), ("Content-Encoding", encoding)) if value is not None
    }
    status, _ = fort.ask(method, path, headers, body)
    assert status in MEANT


@pytest.mark.parametrize("encoding", ["deflate", "gzip"])
def test_a_packed_body_that_comes_late_and_cannot_be_unpacked_is_answered(fort, encoding):
    head = f"POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Encoding: {encoding}\r\n"
    with socket.create_connection((fort.host, fort.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}Content-Length: 4\r\n\r\n".encode())
        time.sleep(0.1)
        connection.sendall(b"9\x0fc$")
        assert connection.recv(65536).startswith(b"HTTP/1.1 415")


@OFTEN
@given(
    data=st.one_of(st.binary(max_size=400), st.sampled_from([b"GET /records HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"]))
)
@example(data=b"POST /records HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
def test_any_bytes_are_answered_or_hung_up_on(fort, data):
    with socket.create_connection((fort.host, fort.port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
    assert not answer.startswith(b"HTTP/1.1 500")
    assert fort.alive


def test_after_all_that_it_is_well_and_nothing_was_put_aside(fort):
    fort.well()
    assert [path.name for path in fort._folder.glob("*aside*")] == []
