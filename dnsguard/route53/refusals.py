"""Error answers as outcomes.

Rules kept here (Route53 API reference, "Common errors" and ChangeResourceRecordSets):

- The code and the status decide, never the class of an exception. Throttling and PriorRequestNotComplete come before a call
  is processed. 503 does too; after any other 5xx a write may have been carried out.
- HTTP 400 without a code on a write is InvalidChangeBatch in the form of the API model, whose messages boto3 loses.
- No code, or one that is only the status, comes from something between us and Route53: below 500 the call did not get there.
- Where a message names no record set, the call tells which sets it can mean: by alias target, value, number of values or
  health check. A health check that is not named is the missing one if it is the only one of the call.
"""

import re
from collections.abc import Iterator
from typing import assert_never

import msgspec

from dnsguard.model.changes import (
    Busy,
    Call,
    Create,
    Delete,
    Outcome,
    Refusal,
    Refused,
    Replace,
    Throttled,
    Unavailable,
    Uncertain,
    Upsert,
    Why,
    Write,
)
from dnsguard.model.records import RecordSet
from dnsguard.route53.escapes import unescape
from dnsguard.route53.messages import Message, read_messages
from dnsguard.route53.rdata import wire_value
from dnsguard.route53.record_sets import to_wire

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "429"}
)
_BUSY = "PriorRequestNotComplete"
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation", "OptInRequired"})
"""Codes that mean: not allowed."""
_CREDENTIALS = frozenset({
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
})  # fmt: skip
_BATCH = frozenset({"", "InvalidChangeBatch", "InvalidInput", "InvalidArgument", "InvalidDomainName"})
_BAD_INPUT = _BATCH - {"", "InvalidChangeBatch"}


def outcome_of(call: Call, status: int, code: str, message: str) -> Outcome:
    """Return what became of *call*, answered with HTTP *status*, `Error.Code` and `Error.Message`."""
    said = f"{code}: {message}" if code and message else code or message or f"HTTP {status} without a message"
    if code in _THROTTLED or status == 429:
        return Throttled(said)
    if code == _BUSY:
        return Busy(said)
    if code in _CREDENTIALS or status == 503:
        return Unavailable(said)
    if status >= 500:
        return lost(call, said)
    if code == str(status) or status < 400 or not (code or status == 400):
        return Unavailable(f"HTTP {status} from something that is not Route53: {message or 'no message'}")
    return Refused(tuple(_refusals(call, code, message, said)))


def lost(call: Call, text: str) -> Outcome:
    """Return the outcome of a call that was sent and never properly answered."""
    return Uncertain(text) if isinstance(call, Write) else Unavailable(text)


def _refusals(call: Call, code: str, message: str, said: str) -> Iterator[Refusal]:
    if code in DENIED:
        yield Refusal(Why.DENIED, said)
    elif code == "NoSuchHostedZone":
        yield Refusal(Why.NO_ZONE, said)
    elif code == "NoSuchHealthCheck":
        yield from _blaming(Refusal(Why.NO_HEALTH_CHECK, said), _checked(call, message))
    elif code in _BATCH and message:
        # A target or value that many sets share is complained of once for each of them.
        for refusal, found in {found.refusal: found for found in read_messages(message)}.items():
            is_bad_input = code in _BAD_INPUT and refusal.why is Why.UNKNOWN
            understood = msgspec.structs.replace(refusal, why=Why.BAD_VALUE) if is_bad_input else refusal
            yield from (understood,) if understood.name else _blaming(understood, _meant(call, found))
    else:
        yield Refusal(Why.BAD_VALUE if code in _BAD_INPUT else Why.UNKNOWN, said)


def _blaming(refusal: Refusal, culprits: Iterator[RecordSet]) -> Iterator[Refusal]:
    """Yield *refusal* once for each of *culprits*; as it is if there are none."""
    blamed = [msgspec.structs.replace(refusal, name=record.name, type=record.type, set_id=record.set_id) for record in culprits]
    yield from blamed or (refusal,)


def _checked(call: Call, message: str) -> Iterator[RecordSet]:
    """Yield the sets whose health check *message* can mean."""
    checked = [record for record in _sent(call) if record.health_check]
    only = len({record.health_check for record in checked}) == 1
    for record in checked:
        if only or re.search(rf"(?<![\w-]){re.escape(record.health_check)}(?![\w-])", message):
            yield record


def _meant(call: Call, message: Message) -> Iterator[RecordSet]:
    clues = message.clues
    for record in _sent(call):
        if "target" in clues:
            target = unescape(clues["target"])
            if record.alias is not None and (record.alias.name, record.type) == (target, clues["target_type"]):
                yield record
        elif "value" in clues:
            if record.name == unescape(clues["value"]) or _holds(record, clues["value"]):
                yield record
        elif "member" in clues:
            if clues["member"] in _members(record):
                yield record
        elif "most" in clues and len(record.values) > int(clues["most"]):
            yield record


def _holds(record: RecordSet, wire: str) -> bool:
    return any(wire in {value, wire_value(record.type, value)} for value in record.values)


def _members(record: RecordSet) -> set[str]:
    """Return all that a set has on the wire, flat."""
    wire = to_wire(record)
    values = [held["Value"] for held in wire.pop("ResourceRecords", ())]
    return {str(member) for part in (wire.pop("AliasTarget", {}), wire) for member in part.values()}.union(values)


def _sent(call: Call) -> Iterator[RecordSet]:
    """Yield the sets that *call* wants to stand."""
    if not isinstance(call, Write):
        return
    for change in call.changes:
        match change:
            case Create(after) | Replace(_, after) | Upsert(_, after):
                yield after
            case Delete():
                pass
            case _:
                assert_never(change)
