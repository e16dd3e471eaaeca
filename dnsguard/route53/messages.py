r"""The messages of a refused change batch, one by one: what each means and which record set it names.

Rules kept here (answers of Route53 as its users reported them in public issues):

- `InvalidChangeBatch` has one message, or several in brackets, joined by a comma and a space. Messages hold commas and
  brackets themselves, so they are told apart by how their sentences begin.
- A sentence that is not known still names a record set if it is built like those that do.
- Names in messages are written as in answers: trailing dot, octal escapes.
- What follows a known sentence is a message of its own.
"""

import re
from typing import NamedTuple

from dnsguard.model.changes import Refusal, Why
from dnsguard.route53.escapes import unescape

_START = re.compile(
    r"(?:^|,\s+)(?=Tried to |RRSet of type |RRSet with DNS name |The request contains an invalid set of changes"
    r"|Number of records limit|RDATA character limit|Exceeded limit |Cannot have more than |Invalid Resource Record: "
    r"|Duplicate Resource Record: |FATAL problem: |A HostedZone must contain |Invalid request: |Invalid XML ; )"
)
_SET = r"resource record set \[name='(?P<name>[^']*)', type='(?P<type>\w+)'(?:, set-identifier='(?P<set_id>.*?)')?\]"
_TYPED = r"RRSet of type (?P<type>\w+) with DNS name (?P<name>\S+)"
_NAMED = r"RRSet with DNS name (?P<name>[^\s,]+)(?:,? (?:and )?type (?P<type>\w+))?(?:, SetIdentifier (?P<set_id>.+?))?"
_ALIAS = r"Tried to create an alias that targets (?P<target>\S+), type (?P<target_type>\w+) in zone \S+, but "
_CHANGE = r"Change with \[Action=\w+, Name=(?P<name>[^\s,]*), Type=(?P<type>\w+), SetIdentifier=(?P<set_id>.*?)\]"
_QUOTED = r"'(?P<type>\w+) (?P<name>[^\s']+)(?: (?P<set_id>[^']*))?'"
_NOT_PERMITTED = r" is not permitted "
_FATAL = r"FATAL problem: \w+ \(.*?\) encountered with "
"""One problem; several are joined by a semicolon, and what is said of the first tells enough."""

_SHAPES: tuple[tuple[Why, re.Pattern[str]], ...] = tuple(
    (why, re.compile(shape, re.DOTALL))
    for why, shape in (
        (Why.STALE, rf"Tried to create {_SET} but it already exists"),
        (Why.STALE, rf"Tried to delete {_SET} but it was not found"),
        (Why.STALE, rf"Tried to delete {_SET} but the values provided do not match the current values"),
        (
            Why.STALE,
            rf"The request contains an invalid set of changes for a resource record set {_QUOTED}",
        ),
        (Why.CONFLICT, rf"{_TYPED}{_NOT_PERMITTED}as it conflicts with other records with the same DNS name in zone [^\s,]+"),
        (
            Why.CONFLICT,
            rf"{_TYPED}{_NOT_PERMITTED}because a conflicting RRSet of type\s+\w+ with the same DNS name already exists in zone [^\s,]+",
        ),
        (Why.CONFLICT, rf"{_TYPED}{_NOT_PERMITTED}at apex in zone [^\s,]+"),
        (Why.BAD_VALUE, rf"RRSet with DNS name (?P<name>\S+){_NOT_PERMITTED}in zone [^\s,]+"),
        (Why.CONFLICT, rf"{_NAMED} cannot be created as a non-[\w ]+ set exists with the same name and type\.?"),
        (Why.CONFLICT, rf"{_NAMED} cannot be created as other RRSets exist with the same name and type\.?"),
        (Why.CONFLICT, rf"{_NAMED} cannot be created as weighted sets must contain the same TTL\.?"),
        (
            Why.CONFLICT,
            rf"{_NAMED},? and [\w ]+=.+? cannot be created because an? [\w ]+ RRSet with the same name, type and \w+ already exists\.?",
        ),
        (Why.TOO_LARGE, r"Number of records limit of \d+ exceeded\.?"),
        (Why.TOO_LARGE, r"RDATA character limit of \d+ exceeded\.?"),
        (Why.ZONE_FULL, r"Exceeded limit MAX_RRSETS_BY_ZONE for zone: [^\s,]+"),
        (Why.SET_FULL, r"Cannot have more than (?P<most>\d+) records in a RRSet\.?"),
        (Why.BAD_VALUE, rf"Invalid Resource Record: '{_FATAL}'(?P<value>.*?)' ; FATAL problem: .*''"),
        (Why.BAD_VALUE, rf"Invalid Resource Record: '{_FATAL}'(?P<value>.*)''"),
        (Why.BAD_VALUE, r"Invalid Resource Record: '.*'"),
        (Why.BAD_VALUE, rf"{_FATAL}'(?P<value>.*?)' ; FATAL problem: .*'"),
        (Why.BAD_VALUE, rf"{_FATAL}'(?P<value>.*)'"),
        (Why.BAD_VALUE, r"Duplicate Resource Record: '(?P<value>.*)'"),
        (Why.CONFLICT, rf"{_ALIAS}the alias target name does not lie within the target zone\.?"),
        (Why.CONFLICT, rf"{_ALIAS}that target was not found\.?"),
        (Why.UNKNOWN, r"A HostedZone must contain exactly one SOA record\.?"),
        (Why.UNKNOWN, r"A HostedZone must contain at least one NS record for the zone itself\.?"),
        (Why.BAD_VALUE, rf"Invalid request: .*? in {_CHANGE}"),
        (Why.BAD_VALUE, r"Invalid XML ; .*?\bValue '(?P<member>.*?)' (?:with length = '\d+' )?is not facet-valid .*"),
        (Why.BAD_VALUE, r"Invalid XML ; .*"),
        # From here on sentences that are not known, but built like those that are.
        (Why.UNKNOWN, rf"Tried to \w+ {_SET} .*"),
        (Why.UNKNOWN, rf"{_ALIAS}.*"),
        (Why.UNKNOWN, rf"{_TYPED} .*"),
        (Why.UNKNOWN, rf"{_NAMED},? (?:and|cannot|is|may|must|has|does)\b.*"),
        (Why.UNKNOWN, rf".*{_CHANGE}.*"),
    )
)
_NEXT = re.compile(r"\.?\s*(?:,\s+|$)")


class Message(NamedTuple):
    """A message; *clues* are what tells the set where it has no name: target, target_type, value, member, most."""

    refusal: Refusal
    clues: dict[str, str]


def read_messages(text: str) -> list[Message]:
    """Return the messages that the text of a refusal holds; at least one."""
    listed = text.strip()
    if listed.startswith("[") and listed.endswith("]"):
        listed = listed[1:-1]
    starts = [found.end() for found in _START.finditer(listed)]
    if not starts or starts[0]:
        starts.insert(0, 0)
    pieces = [listed[start:end] for start, end in zip(starts, [*starts[1:], len(listed)], strict=True)]
    return [message for piece in pieces for message in _read(piece.strip().removesuffix(","))]


def _read(piece: str) -> list[Message]:
    for why, shape in _SHAPES:
        found = shape.match(piece)
        after = None if found is None else _NEXT.match(piece, found.end())
        if found is not None and after is not None:
            rest = piece[after.end() :]
            return [_message(why, found), *(_read(rest) if rest else ())]
    return [Message(Refusal(Why.UNKNOWN, piece), {})]


def _message(why: Why, found: re.Match[str]) -> Message:
    said = {key: value for key, value in found.groupdict().items() if value is not None}
    name, kind, set_id = unescape(said.pop("name", "")), said.pop("type", ""), said.pop("set_id", "")
    return Message(Refusal(why, found[0], name, kind, "" if set_id == "null" else set_id), said)
