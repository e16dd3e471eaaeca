import http.client
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import Busy, Dropped, Faults, Latency, ServerError, StrictRoute53, Throttle


@pytest.fixture
def strict():
    return StrictRoute53()


@pytest.fixture
def zone(strict):
    return strict.create_zone("example.com")


@pytest.fixture
def server(strict):
    with Route53Server(strict, clock=lambda: 0.0) as server:
        yield server


@pytest.fixture
def client(server):
    client = boto3.client(
        "route53",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=20),
    )
    yield client
    client.close()


def record(name):
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}


def create(client, zone, *names):
    changes = [{"Action": "CREATE", "ResourceRecordSet": record(name)} for name in names]
    return client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


@pytest.mark.parametrize("applied", [False, True])
def test_a_dropped_connection_has_no_answer_whether_the_call_had_its_effect_or_not(strict, zone, client, applied):
    strict.faults.inject(Dropped(applied=applied), count=1)

    with pytest.raises(ConnectionClosedError):
        create(client, zone, "a.example.com")

    assert len(strict.records(zone)) == 2 + applied


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Throttle(), 400, "Throttling"),
        (Busy(), 400, "PriorRequestNotComplete"),
        (ServerError(503), 503, "ServiceUnavailable"),
        (ServerError(500), 500, "InternalFailure"),
    ],
)
def test_an_injected_refusal_has_its_status_and_code(strict, zone, client, fault, status, code):
    strict.faults.inject(fault, count=1)

    with pytest.raises(ClientError) as caught:
        create(client, zone, "a.example.com")

    told = caught.value.response
    assert (told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"]) == (status, code)
    assert len(strict.records(zone)) == 2


class Noticing(Faults):
    """Faults that tell when a call has begun to wait."""

    def __init__(self):
        super().__init__()
        self.waiting = Event()

    def delay(self, operation):
        seconds = super().delay(operation)
        if seconds:
            self.waiting.set()
        return seconds


def test_slow_calls_do_not_hold_up_others_and_end_with_the_server(strict, zone, server, client):
    strict.faults = Noticing()
    strict.faults.inject(Latency(3600.0), "GetHostedZone", count=1)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(client.get_hosted_zone, Id=zone)
        assert strict.faults.waiting.wait(20.0)
        create(client, zone, "a.example.com")
        assert not slow.done()
        server.stop()

        assert slow.result()["HostedZone"]["ResourceRecordSetCount"] == 3


def test_no_change_is_lost_between_threads(strict, zone, client):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: create(client, zone, f"n{n}.example.com"), range(64)))

    assert len(strict.records(zone)) == 66


def test_values_and_comments_arrive_as_they_were_sent(zone, client):
    text = '" a  <b> & \\"c\\" "'
    raw = {"Name": "t.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": text}]}
    batch = {"Comment": "<why> & so", "Changes": [{"Action": "CREATE", "ResourceRecordSet": raw}]}

    made = client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]

    assert client.get_change(Id=made["Id"])["ChangeInfo"]["Comment"] == "<why> & so"
    found = client.list_resource_record_sets(HostedZoneId=zone, StartRecordName="t.example.com")["ResourceRecordSets"]
    assert found == [{**raw, "Name": "t.example.com."}]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "UnknownOperationException"),
        ("POST", "/2013-04-01/hostedzone/{zone}/rrset/", b"<Change", 400, "InvalidInput"),
        ("POST", "/2013-04-01/hostedzone/{zone}/rrset/", b"", 400, "InvalidInput"),
        ("GET", "/2013-04-01/healthcheck", b"", 404, "UnknownOperationException"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_route53s_words(zone, server, capfd, method, path, body, status, code):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request(method, path.format(zone=zone), body, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()

    assert answer.status == status
    assert f"<Code>{code}</Code>" in answer.read().decode()
    connection.close()
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_an_error_of_the_caller(strict, server):
    with pytest.raises(OSError, match="in use"):
        Route53Server(strict, port=urlsplit(server.url).port).start()


def test_a_stopped_server_can_be_started_again(strict, zone):
    server = Route53Server(strict)
    server.stop()
    for _ in range(2):
        with server, pytest.raises(RuntimeError, match="already"):
            server.start()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = server.url
