"""Credentials as pods get them, and the endpoints and signatures of each partition: boto3's own ways, over real sockets."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from werkzeug.wrappers import Request, Response

from dnsguard.core.accounts import Account
from dnsguard.model.changes import Accepted, Job, ListZones, Unavailable, ZonePage
from dnsguard.model.settings import Aws
from dnsguard.route53.client import Route53
from dnsguard.route53.connection import Connection
from dnsguard.route53.credentials import base_session
from dnsguard.route53.ticket import Ticket

POD_ROLE = "arn:aws:iam::123456789012:role/dnsguard"
FAR_ROLE = "arn:aws:iam::210987654321:role/dns"
NO_ZONES = (
    '<ListHostedZonesResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZones/>'
    "<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesResponse>"
)
LISTED = Accepted(ZonePage(()))
LATER = "2999-01-01T00:00:00Z"


@dataclass
class TokenService:
    """A security token service: a key for each action, or a refusal of the actions in *denied*."""

    denied: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)

    def __call__(self, environ, start_response):
        request = Request(environ)
        asked = {key: values[0] for key, values in parse_qs(request.get_data(as_text=True)).items()}
        self.asked.append(asked)
        self.signed.append(key_of(request.headers))
        action = asked["Action"]
        if action in self.denied:
            said = f"<Code>AccessDenied</Code><Message>Not authorized to perform sts:{action}</Message>"
            return Response(f"<ErrorResponse><Error>{said}</Error></ErrorResponse>", 403)(environ, start_response)
        key = f"<AccessKeyId>{action.upper()}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>of {action}</SessionToken>"
        inner = f"<{action}Result><Credentials>{key}<Expiration>{LATER}</Expiration></Credentials></{action}Result>"
        body = f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{inner}</{action}Response>'
        return Response(body, mimetype="text/xml")(environ, start_response)


@dataclass
class PodIdentityAgent:
    """The agent on the node: gives credentials that end at *expiration* to whoever brings the token in *tokens*."""

    tokens: set[str]
    expiration: str = LATER
    brought: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, environ, start_response):
        request = Request(environ)
        token = request.headers.get("Authorization", "")
        self.brought.append((request.path, token))
        if token not in self.tokens:
            return Response("no", 400)(environ, start_response)
        found = {"AccessKeyId": f"POD{len(self.brought)}", "SecretAccessKey": "s", "Token": "of the pod", "Expiration": self.expiration}
        return Response(json.dumps(found), mimetype="application/json")(environ, start_response)


def key_of(headers):
    """Return the access key that a request is signed with, "" if it is not signed."""
    _, found, rest = headers.get("Authorization", headers.get("authorization", "")).partition("Credential=")
    return rest.partition("/")[0] if found else ""


def region_of(headers):
    return headers["authorization"].partition("Credential=")[2].split("/")[2]


@pytest.fixture
def route53(canned):
    canned.body = NO_ZONES
    return canned


@pytest.fixture
def keyless(aws_environment):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws_environment.delenv(name)
    return aws_environment


@pytest.fixture
def web_identity(keyless, tmp_path):
    """What the webhook of EKS puts into a pod, but for the region."""
    (tmp_path / "token").write_text("a web token")
    keyless.setenv("AWS_ROLE_ARN", POD_ROLE)
    keyless.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    return keyless


async def listed(url, *accounts, calls=1, **aws):
    client = Route53(Aws(endpoint_url=url, **aws), accounts or (Account(),), "me")
    try:
        return [await client.carry_out(Job(number, len(accounts or (1,)) - 1, ListZones())) for number in range(calls)]
    finally:
        client.close()


# IAM roles for service accounts


async def test_a_web_identity_is_exchanged_once_and_signs_what_follows(route53, serve, web_identity):
    sts = TokenService()
    web_identity.setenv("AWS_ENDPOINT_URL_STS", serve(sts))
    assert await listed(route53.url, calls=2) == [LISTED, LISTED]
    (asked,) = sts.asked
    assert (asked["Action"], asked["RoleArn"]) == ("AssumeRoleWithWebIdentity", POD_ROLE)
    assert asked["WebIdentityToken"] == "a web token"
    assert [key_of(headers) for headers in route53.headers] == ["ASSUMEROLEWITHWEBIDENTITY"] * 2
    assert route53.headers[0]["x-amz-security-token"] == "of AssumeRoleWithWebIdentity"


async def test_a_role_of_another_account_is_assumed_with_the_web_identity(route53, serve, web_identity):
    sts = TokenService()
    web_identity.setenv("AWS_ENDPOINT_URL_STS", serve(sts))
    assert await listed(route53.url, Account(FAR_ROLE, "secret-word")) == [LISTED]
    assert [asked["Action"] for asked in sts.asked] == ["AssumeRoleWithWebIdentity", "AssumeRole"]
    assert (sts.asked[1]["RoleArn"], sts.asked[1]["ExternalId"]) == (FAR_ROLE, "secret-word")
    assert sts.signed == ["", "ASSUMEROLEWITHWEBIDENTITY"]
    assert key_of(route53.headers[0]) == "ASSUMEROLE"


@pytest.mark.parametrize(
    ("action", "role"), [("AssumeRoleWithWebIdentity", POD_ROLE), ("AssumeRole", FAR_ROLE)], ids=["the pod's", "the zone's"]
)
async def test_a_role_that_is_denied_is_named_with_the_action(route53, serve, web_identity, action, role):
    web_identity.setenv("AWS_ENDPOINT_URL_STS", serve(TokenService(denied={action})))
    text = f"no credentials for Route53: sts:{action} of {role} was refused: AccessDenied: Not authorized to perform sts:{action}"
    assert await listed(route53.url, Account(FAR_ROLE)) == [Unavailable(text, f"sts:{action}")]
    assert not route53.seen


async def test_a_token_that_is_not_there_is_no_effect(route53, web_identity, tmp_path):
    (tmp_path / "token").unlink()
    (outcome,) = await listed(route53.url)
    assert isinstance(outcome, Unavailable)
    assert "token" in outcome.text
    assert not route53.seen


# EKS Pod Identity


@pytest.fixture
def pod_identity(keyless, serve, tmp_path):
    agent = PodIdentityAgent({"a pod's token"})
    (tmp_path / "token").write_text("a pod's token")
    keyless.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{serve(agent)}/v1/credentials")
    keyless.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    return agent


async def test_the_agent_is_asked_once_with_the_token_of_the_pod(route53, pod_identity):
    assert await listed(route53.url, calls=2) == [LISTED, LISTED]
    assert pod_identity.brought == [("/v1/credentials", "a pod's token")]
    assert [key_of(headers) for headers in route53.headers] == ["POD1", "POD1"]
    assert route53.headers[0]["x-amz-security-token"] == "of the pod"


async def test_a_token_that_was_rotated_is_read_again_when_credentials_end(route53, pod_identity, tmp_path):
    pod_identity.expiration = "2000-01-01T00:00:00Z"
    pod_identity.tokens = {"a pod's token", "another"}
    client = Route53(Aws(endpoint_url=route53.url), (Account(),), "me")
    await client.carry_out(Job(1, 0, ListZones()))
    (tmp_path / "token").write_text("another")
    pod_identity.expiration = LATER
    assert await client.carry_out(Job(2, 0, ListZones())) == LISTED
    client.close()
    assert pod_identity.brought[-1] == ("/v1/credentials", "another")


async def test_a_role_of_another_account_is_assumed_with_the_pods_identity(route53, serve, pod_identity, aws_environment):
    sts = TokenService()
    aws_environment.setenv("AWS_ENDPOINT_URL_STS", serve(sts))
    assert await listed(route53.url, Account(FAR_ROLE)) == [LISTED]
    assert sts.signed == ["POD1"]
    assert key_of(route53.headers[0]) == "ASSUMEROLE"


# Partitions

PLACES = [
    ("", "route53.amazonaws.com", "us-east-1"),
    ("eu-west-1", "route53.amazonaws.com", "us-east-1"),
    ("cn-north-1", "route53.amazonaws.com.cn", "cn-northwest-1"),
    ("cn-northwest-1", "route53.amazonaws.com.cn", "cn-northwest-1"),
    ("us-gov-west-1", "route53.us-gov.amazonaws.com", "us-gov-west-1"),
    ("us-gov-east-1", "route53.us-gov.amazonaws.com", "us-gov-west-1"),
]
WAYS = ["aws.region", "AWS_REGION", "AWS_DEFAULT_REGION"]


def chosen(way, region, environment):
    """Choose a region in one of the ways; return the settings."""
    if way != "aws.region":
        environment.setenv(way, region)
    return Aws(region=region if way == "aws.region" else "")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("region", "host", "signed"), PLACES)
def test_a_region_tells_the_endpoint_and_the_region_of_the_signature(way, region, host, signed, aws_environment):
    session = base_session(chosen(way, region, aws_environment))
    sent = []

    def keep(request, **_):
        sent.append(request)
        raise OSError("nothing leaves this machine")

    session.events.register("before-send.route-53.ListHostedZones", keep)
    Connection(session, "", 1).carry_out(ListZones(), Ticket(5))
    (request,) = sent
    assert request.url.startswith(f"https://{host}/")
    assert f"/{signed}/route53/aws4_request" in str(request.headers["Authorization"])


@pytest.mark.parametrize(
    ("settings", "region", "default_region", "found"),
    [
        ("cn-north-1", "us-gov-west-1", "eu-west-1", "cn-north-1"),
        ("", "cn-north-1", "eu-west-1", "cn-north-1"),
        ("", "", "eu-west-1", "eu-west-1"),
        ("", "", "", "us-east-1"),
    ],
)
def test_the_settings_come_first_then_aws_region_then_what_boto3_finds(settings, region, default_region, found, aws_environment):
    aws_environment.setenv("AWS_REGION", region)
    if default_region:
        aws_environment.setenv("AWS_DEFAULT_REGION", default_region)
    assert base_session(Aws(region=settings)).region_name == found


def test_the_region_of_a_profile_comes_last(aws_environment, tmp_path):
    (tmp_path / "config").write_text("[profile china]\nregion = cn-north-1\n")
    aws_environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert base_session(Aws(profile="china")).region_name == "cn-north-1"
    aws_environment.setenv("AWS_REGION", "us-gov-west-1")
    assert base_session(Aws(profile="china")).region_name == "us-gov-west-1"


@pytest.mark.parametrize(
    ("region", "signed"),
    [("", "us-east-1"), ("eu-west-1", "us-east-1"), ("cn-north-1", "cn-northwest-1"), ("us-gov-east-1", "us-gov-west-1"), ("lab", "lab")],
)
async def test_an_endpoint_of_the_config_gets_the_signature_of_the_partition(route53, region, signed):
    assert await listed(route53.url, region=region) == [LISTED]
    assert region_of(route53.headers[0]) == signed


# Where the connections go, when nothing names an endpoint


@contextmanager
def proxy():
    """A proxy that opens nothing; give its address and the places that it was asked to open."""
    asked = []
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65536).split()[1].decode())
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        # Closing alone would leave the thread in accept.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("region", "host", "signed"), PLACES)
async def test_connections_go_to_the_partition_of_the_region(way, region, host, signed, aws_environment):
    with proxy() as (url, asked):
        aws_environment.setenv("HTTPS_PROXY", url)
        client = Route53(chosen(way, region, aws_environment), (Account(),), "me")
        assert isinstance(await client.carry_out(Job(1, 0, ListZones())), Unavailable)
        client.close()
    assert asked == [f"{host}:443"]


@pytest.mark.parametrize("endpoint", ["", "https://vpce-1.route53.us-east-1.vpce.amazonaws.com"], ids=["Route53's own", "the config's"])
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
    ],
)
async def test_a_web_identity_is_exchanged_in_the_pods_own_region(region, host, endpoint, web_identity):
    web_identity.setenv("AWS_REGION", region)
    with proxy() as (url, asked):
        web_identity.setenv("HTTPS_PROXY", url)
        client = Route53(Aws(endpoint_url=endpoint), (Account(),), "me")
        assert isinstance(await client.carry_out(Job(1, 0, ListZones())), Unavailable)
        client.close()
    assert set(asked) == {f"{host}:443"}
