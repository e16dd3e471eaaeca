"""The connection to Route53 of one account: one call at a time and thread, each with exactly one attempt.

Rules kept here (botocore, `Config`; boto3 guide, "Multithreading"):

- boto3 does not retry: every attempt has to pass the budget.
- A ticket is checked when the request is signed and leaves, so that waiting for credentials counts as waiting.
- What went wrong before a request left, or while its connection was being made, surely had no effect. What went wrong
  afterwards may have had one.
- The form of InvalidChangeBatch that the API model describes is read here, because botocore drops its messages.
"""

import html
import os
import re
from collections.abc import Iterable
from threading import local
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ProxyConnectionError,
)
from botocore.parsers import ResponseParserError

from dnsguard import __version__
from dnsguard.core.accounts import Account
from dnsguard.errors import ConfigError
from dnsguard.model.changes import Accepted, Call, Outcome, Refusal, Refused, Unavailable, Why
from dnsguard.model.settings import Aws
from dnsguard.route53.credentials import base_session, session_of, signing_region
from dnsguard.route53.refusals import DENIED, lost, outcome_of
from dnsguard.route53.ticket import Ticket, TooLate
from dnsguard.route53.wire import to_params, to_result

_NEVER_CONNECTED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_ASSUME_ROLE = "AssumeRole"
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)


def connect(aws: Aws, accounts: Iterable[Account], owner: str, threads: int) -> list["Connection"]:
    """Return a connection for each of *accounts*; ConfigError if the profile, the region or the endpoint of *aws* is none."""
    try:
        base = base_session(aws)
        return [
            Connection(session_of(base, aws.profile, account, owner), aws.endpoint_url, threads, account.role_arn) for account in accounts
        ]
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(f"aws: {_one_line(error)}") from error


class Connection:
    """A boto3 client of Route53; made by one thread, then used by up to *threads* at once.

    *role* is the one that *session* assumes, for those who read of it.
    """

    def __init__(self, session: boto3.Session, endpoint_url: str, threads: int, role: str = "") -> None:
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=2,
            read_timeout=5,
            max_pool_connections=threads,
            user_agent_extra=f"dnsguard/{__version__}",
        )
        # Without an endpoint of its own the client knows by itself where to sign for.
        region = signing_region(session) if endpoint_url else None
        self._client = session.client("route53", region_name=region, endpoint_url=endpoint_url or None, config=config)
        self._role = role
        self._local = local()
        events = self._client.meta.events
        events.register("before-send.route-53", self._leaving)
        events.register("after-call.route-53.ChangeResourceRecordSets", _read_modeled)

    def carry_out(self, call: Call, ticket: Ticket) -> Outcome:
        """Make *call* unless its ticket has run out, and return what became of it; blocks."""
        try:
            operation, params = to_params(call)
        except ValueError as error:
            return _unfit(str(error))
        self._local.ticket = ticket
        try:
            response = getattr(self._client, xform_name(operation))(**params)
            return Accepted(to_result(call, response))
        except ClientError as error:
            return self._answered(call, operation, error)
        except ParamValidationError as error:
            return _unfit(_one_line(error))
        except (TooLate, BotoCoreError, ResponseParserError, OSError, RuntimeError) as error:
            return _failed(call, ticket, error)
        except KeyError as error:
            return lost(call, f"the answer is not Route53's: it lacks {error}")

    def close(self) -> None:
        """Close the connections that are idle."""
        self._client.close()

    def _leaving(self, **_: Any) -> None:
        self._local.ticket.leave()

    def _answered(self, call: Call, operation: str, error: ClientError) -> Outcome:
        said = error.response.get("Error", {})
        code, message = said.get("Code", ""), said.get("Message", "")
        if error.operation_name == operation:
            return outcome_of(call, error.response["ResponseMetadata"]["HTTPStatusCode"], code, message)
        return self._no_role(error.operation_name, code, f"{code}: {message}")

    def _no_role(self, operation: str, code: str, said: str) -> Unavailable:
        """Return the outcome of a call for which another service gave no credentials."""
        sts = operation.startswith("AssumeRole")
        action = f"sts:{operation}" if sts else operation
        role = self._role if operation == _ASSUME_ROLE else os.environ.get("AWS_ROLE_ARN", "") if sts else ""
        whose = f" of {role}" if role else ""
        return Unavailable(f"no credentials for Route53: {action}{whose} was refused: {said}", action if sts and code in DENIED else "")


def _failed(call: Call, ticket: Ticket, error: Exception) -> Outcome:
    if isinstance(error, TooLate):
        return Unavailable("the deadline had passed before the call could be sent")
    if isinstance(error, _NEVER_CONNECTED):
        return Unavailable(f"no connection to Route53: {_one_line(error)}")
    if ticket.left:
        return lost(call, f"no answer from Route53: {_one_line(error)}")
    return Unavailable(f"no credentials for Route53: {_one_line(error)}")


def _unfit(text: str) -> Refused:
    return Refused((Refusal(Why.UNKNOWN, text),))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _read_modeled(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
    """Put the messages of a modeled InvalidChangeBatch where those of other errors are."""
    if http_response.status_code == 400 and not parsed.get("Error", {}).get("Code"):
        messages = [html.unescape(found).strip() for found in _MESSAGE.findall(http_response.text)]
        parsed["Error"] = {"Code": "InvalidChangeBatch", "Message": f"[{', '.join(messages)}]" if messages else ""}
