"""The client over real HTTP: one attempt each, and an outcome that says whether the call may have had its effect."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest

from dnsguard.core.accounts import Account
from dnsguard.errors import ConfigError
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import Busy as StillProcessing
from dnsguard.lab.strict import Dropped, Latency, ServerError, StrictRoute53, Throttle
from dnsguard.model.changes import (
    Accepted,
    Busy,
    ChangeInfo,
    Create,
    GetChange,
    GetZone,
    Job,
    ListRecords,
    ListTags,
    ListZones,
    Refusal,
    Refused,
    Tags,
    Throttled,
    Unavailable,
    Uncertain,
    Why,
    Write,
)
from dnsguard.model.records import RecordSet
from dnsguard.model.settings import Aws
from dnsguard.route53.client import Route53

ROLE = Account("arn:aws:iam::123456789012:role/dns", "secret-word")
WRITE = "ChangeResourceRecordSets"
LIST = "ListResourceRecordSets"
RECORD = RecordSet("*.a_b.example.com", "TXT", ttl=300, values=('say "é" & <b>' * 30,))
EXISTS = "Tried to create resource record set [name='a.example.com.', type='A'] but it already exists"
STS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"


@pytest.fixture
def lab():
    strict = StrictRoute53()
    strict.create_zone("example.com", zone_id="Z1", tags={"team": "dns"})
    with Route53Server(strict) as server:
        yield server


@asynccontextmanager
async def client(url, *accounts, **limits):
    made = Route53(Aws(endpoint_url=url), accounts or (Account(),), "me", **limits)
    try:
        yield made
    finally:
        made.close()


async def once(url, call, *accounts, **limits):
    async with client(url, *accounts, **limits) as route53:
        return await route53.carry_out(Job(1, 0, call))


def write(record=RECORD):
    return Write("Z1", (Create(record),), "why")


async def test_what_is_written_is_read_back(lab):
    async with client(lab.url) as route53:
        assert await route53.carry_out(Job(1, 0, write())) == Accepted(ChangeInfo("C0000000000001"))
        found = await route53.carry_out(Job(2, 0, ListRecords("Z1")))
    assert RECORD in [held.value for held in found.result.sets]
    assert [held.raw for held in found.result.sets if held.value == RECORD] == [None]


@pytest.mark.parametrize("call", [ListZones(), GetZone("Z1")])
async def test_zones_are_found(lab, call):
    outcome = await once(lab.url, call)
    assert [(zone.id, zone.name) for zone in outcome.result.zones] == [("Z1", "example.com")]


async def test_tags_are_found(lab):
    assert await once(lab.url, ListTags(("Z1",))) == Accepted(Tags({"Z1": {"team": "dns"}}))


async def test_a_change_is_followed(lab):
    async with client(lab.url) as route53:
        written = await route53.carry_out(Job(1, 0, write()))
        assert await route53.carry_out(Job(2, 0, GetChange(written.result.id))) == Accepted(ChangeInfo(written.result.id))


async def test_a_refusal_names_the_set(lab):
    async with client(lab.url) as route53:
        await route53.carry_out(Job(1, 0, write()))
        outcome = await route53.carry_out(Job(2, 0, write()))
    assert [(one.why, one.name, one.type) for one in outcome.refusals] == [(Why.STALE, "*.a_b.example.com", "TXT")]


@pytest.mark.parametrize(
    ("fault", "written", "listed", "applied"),
    [
        (Throttle(), Throttled, Throttled, False),
        (StillProcessing(), Busy, Busy, False),
        (ServerError(503), Unavailable, Unavailable, False),
        (ServerError(500), Uncertain, Unavailable, False),
        (ServerError(500, applied=True), Uncertain, Unavailable, True),
        (Dropped(), Uncertain, Unavailable, False),
        (Dropped(applied=True), Uncertain, Unavailable, True),
    ],
)
async def test_a_fault_has_its_outcome_after_one_attempt(lab, fault, written, listed, applied):
    lab.strict.faults.inject(fault)
    async with client(lab.url) as route53:
        assert type(await route53.carry_out(Job(1, 0, write()))) is written
        assert type(await route53.carry_out(Job(2, 0, ListRecords("Z1")))) is listed
    assert lab.strict.calls == {WRITE: 1, LIST: 1}
    assert (len(lab.strict.records("Z1")) == 3) is applied


async def test_a_write_without_an_answer_in_time_is_in_doubt_and_a_read_is_not(lab):
    lab.strict.faults.inject(Latency(9))
    async with client(lab.url, deadline=1.5) as route53:
        assert await route53.carry_out(Job(1, 0, write())) == Uncertain("no answer within 1.5 s")
        assert await route53.carry_out(Job(2, 0, ListRecords("Z1"))) == Unavailable("no answer within 1.5 s")


async def test_a_call_whose_deadline_passed_in_the_queue_is_never_sent(canned):
    canned.release.clear()
    async with client(canned.url, deadline=1.5, threads=1) as route53:
        outcomes = await asyncio.gather(route53.carry_out(Job(1, 0, write())), route53.carry_out(Job(2, 0, write())))
        canned.release.set()
        late = await route53.carry_out(Job(3, 0, ListRecords("Z2")))
    assert outcomes == [Uncertain("no answer within 1.5 s"), Unavailable("no answer within 1.5 s: the call was never sent")]
    assert isinstance(late, Unavailable)
    assert [method for method, _, _ in canned.seen] == ["POST", "GET"]


async def test_a_call_is_not_sent_after_its_deadline(lab):
    outcome = await once(lab.url, write(), deadline=0.0)
    assert isinstance(outcome, Unavailable)
    assert not lab.strict.calls


async def test_a_call_that_was_cancelled_in_the_queue_is_never_sent(canned):
    canned.release.clear()
    async with client(canned.url, threads=1) as route53:
        tasks = [asyncio.create_task(route53.carry_out(Job(number, 0, write()))) for number in range(2)]
        await asyncio.to_thread(canned.reached.wait, 5)
        for task in tasks:
            task.cancel()
        assert all(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*tasks, return_exceptions=True))
        canned.release.set()
        await route53.carry_out(Job(3, 0, ListRecords("Z1")))
    assert [method for method, _, _ in canned.seen] == ["POST", "GET"]


async def test_what_is_queued_when_the_client_closes_is_never_sent(canned):
    canned.release.clear()
    async with client(canned.url, threads=1, deadline=3.0) as route53:
        tasks = [asyncio.create_task(route53.carry_out(Job(number, 0, write()))) for number in range(2)]
        await asyncio.to_thread(canned.reached.wait, 5)
        route53.close()
        canned.release.set()
        assert isinstance((await asyncio.gather(*tasks))[1], Unavailable)
    assert len(canned.seen) == 1


@pytest.mark.parametrize("call", [write(), ListRecords("Z1")])
async def test_nobody_listening_is_no_effect(call):
    outcome = await once("http://127.0.0.1:1", call)
    assert isinstance(outcome, Unavailable)
    assert "Could not connect to the endpoint" in outcome.text


async def test_no_credentials_is_no_effect(lab, aws_environment):
    aws_environment.delenv("AWS_ACCESS_KEY_ID")
    aws_environment.delenv("AWS_SECRET_ACCESS_KEY")
    assert await once(lab.url, write()) == Unavailable("no credentials for Route53: Unable to locate credentials")
    assert not lab.strict.calls


async def test_the_modeled_form_of_a_refused_batch_keeps_its_messages(canned):
    message = EXISTS.replace("'", "&apos;")
    canned.status = 400
    canned.body = f"<InvalidChangeBatch><Messages><Message>{message}</Message><Message>New</Message></Messages></InvalidChangeBatch>"
    assert await once(canned.url, write()) == Refused((Refusal(Why.STALE, EXISTS, "a.example.com", "A"), Refusal(Why.UNKNOWN, "New")))


@pytest.mark.parametrize(
    ("status", "body", "written", "listed"),
    [
        (502, "<html>bad gateway</html>", Uncertain, Unavailable),
        (503, "<html>out of order</html>", Unavailable, Unavailable),
        (407, "<html>who are you</html>", Unavailable, Unavailable),
        (200, "<html>welcome</html>", Uncertain, Unavailable),
        (200, "no XML", Uncertain, Unavailable),
        (200, "", Uncertain, Unavailable),
        (302, "", Unavailable, Unavailable),
    ],
)
async def test_answers_that_are_not_route53s_have_an_outcome(canned, status, body, written, listed):
    canned.status, canned.body = status, body
    assert type(await once(canned.url, write())) is written
    assert type(await once(canned.url, ListRecords("Z1"))) is listed


async def test_parameters_that_boto3_does_not_take_are_refused(lab):
    outcome = await once(lab.url, Write("Z1", (Create(RecordSet("a.example.com", "A", ttl="x", values=("192.0.2.1",))),)))
    assert [one.why for one in outcome.refusals] == [Why.UNKNOWN]
    assert not lab.strict.calls


async def test_names_that_cannot_be_written_are_refused(lab):
    outcome = await once(lab.url, write(RecordSet("\u2764.example.com", "A", ttl=1, values=("192.0.2.1",))))
    assert [one.why for one in outcome.refusals] == [Why.UNKNOWN]


async def test_requests_say_who_sends_them(canned):
    await once(canned.url, ListZones())
    assert "dnsguard/" in canned.headers[0]["user-agent"]


async def test_a_role_is_assumed_once_with_its_external_id_and_the_owners_name(lab, canned, aws_environment):
    aws_environment.setenv("AWS_ENDPOINT_URL_STS", canned.url)
    canned.body = STS
    async with client(lab.url, Account(), ROLE) as route53:
        assert isinstance(await route53.carry_out(Job(1, 0, ListZones())), Accepted)
        assert not canned.seen
        assert isinstance(await route53.carry_out(Job(2, 1, ListZones())), Accepted)
        assert isinstance(await route53.carry_out(Job(3, 1, ListZones())), Accepted)
    assert len(canned.seen) == 1
    assert "ExternalId=secret-word" in canned.seen[0][2]
    assert "RoleSessionName=dnsguard-me" in canned.seen[0][2]


@pytest.mark.parametrize("call", [write(), ListZones()])
async def test_a_role_that_must_not_be_assumed_is_no_effect(lab, canned, aws_environment, call):
    aws_environment.setenv("AWS_ENDPOINT_URL_STS", canned.url)
    canned.status, canned.body = 403, DENIED
    text = f"no credentials for Route53: sts:AssumeRole of {ROLE.role_arn} was refused: AccessDenied: no"
    assert await once(lab.url, call, ROLE) == Unavailable(text, "sts:AssumeRole")
    assert not lab.strict.calls


async def test_a_token_service_that_is_away_is_no_effect(lab, aws_environment):
    aws_environment.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    assert isinstance(await once(lab.url, write(), ROLE), Unavailable)
    assert not lab.strict.calls


@pytest.mark.parametrize("aws", [Aws(profile="nobody"), Aws(region="no region"), Aws(endpoint_url="no url")])
def test_settings_of_nothing_are_a_mistake_in_the_config(aws):
    with pytest.raises(ConfigError, match=r"^aws: "):
        Route53(aws, (ROLE,), "me")


def test_the_client_is_known_without_boto3():
    code = "import sys, dnsguard.route53.client; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
