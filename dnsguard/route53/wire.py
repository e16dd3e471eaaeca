"""Calls as boto3 operations with their parameters, and boto3's responses as results.

Rules kept here (Route53 API reference; octodns-route53 for the order):

- Route53 applies a batch in order. DELETE comes before CREATE and UPSERT, so that a type or a policy can change; an alias is
  deleted before what it points to and created after it.
- The order of a batch depends on nothing but its changes.
- Ids are bare here; answers have `/hostedzone/` and `/change/` before them. MaxItems is text. A comment has at most 256
  characters.
"""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Any, NamedTuple

from dnsguard.model.changes import (
    Call,
    Change,
    ChangeInfo,
    Create,
    Cursor,
    Delete,
    GetChange,
    GetZone,
    ListRecords,
    ListTags,
    ListZones,
    Page,
    Replace,
    Result,
    Tags,
    Upsert,
    Write,
    ZoneFound,
    ZonePage,
)
from dnsguard.model.records import RecordSet, Stored
from dnsguard.route53.escapes import escape, unescape
from dnsguard.route53.record_sets import from_wire, to_wire

_COMMENT = 256
_ZONES = "100"


def to_params(call: Call) -> tuple[str, dict[str, Any]]:
    """Return the boto3 operation of *call* and its parameters; ValueError if a name in it cannot be written."""
    match call:
        case Write():
            return "ChangeResourceRecordSets", {"HostedZoneId": call.zone, "ChangeBatch": _batch(call)}
        case ListRecords(zone, start, limit):
            return "ListResourceRecordSets", {"HostedZoneId": zone, "MaxItems": str(limit), **_start(start)}
        case ListZones(marker):
            return "ListHostedZones", {"MaxItems": _ZONES, **({"Marker": marker} if marker else {})}
        case GetZone(zone):
            return "GetHostedZone", {"Id": zone}
        case ListTags(zones):
            return "ListTagsForResources", {"ResourceType": "hostedzone", "ResourceIds": list(zones)}
        case GetChange(change):
            return "GetChange", {"Id": change}


def to_result(call: Call, response: Mapping[str, Any]) -> Result:
    """Return what *response* says; KeyError if it is no answer to *call*."""
    match call:
        case Write() | GetChange():
            info = response["ChangeInfo"]
            return ChangeInfo(info["Id"].removeprefix("/change/"), info["Status"] == "INSYNC")
        case ListRecords():
            return Page(tuple(map(from_wire, response["ResourceRecordSets"])), _next(response))
        case ListZones():
            marker = response["NextMarker"] if response["IsTruncated"] else ""
            return ZonePage(tuple(map(_zone, response["HostedZones"])), marker)
        case GetZone():
            return ZonePage((_zone(response["HostedZone"]),))
        case ListTags():
            tagged = response["ResourceTagSets"]
            return Tags({one["ResourceId"]: {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags", ())} for one in tagged})


class _Step(NamedTuple):
    """One Change element: its action, the set as it is sent, and the set as a value."""

    action: str
    wire: Stored | RecordSet
    value: RecordSet


def _batch(call: Write) -> dict[str, Any]:
    steps = [step for change in call.changes for step in _steps(change)]
    changes = [{"Action": step.action, "ResourceRecordSet": to_wire(step.wire)} for step in _ordered(steps)]
    return {"Comment": call.comment[:_COMMENT], "Changes": changes} if call.comment else {"Changes": changes}


def _steps(change: Change) -> Iterator[_Step]:
    match change:
        case Create(after):
            yield _Step("CREATE", after, after)
        case Delete(before):
            yield _Step("DELETE", before, before.value)
        case Replace(before, after):
            yield _Step("DELETE", before, before.value)
            yield _Step("CREATE", after, after)
        case Upsert(_, after):
            yield _Step("UPSERT", after, after)


def _ordered(steps: Iterable[_Step]) -> list[_Step]:
    deletes: list[_Step] = []
    others: list[_Step] = []
    for step in steps:
        (deletes if step.action == "DELETE" else others).append(step)
    going, coming = _levels(deletes), _levels(others)
    deletes.sort(key=lambda step: (-_level(step, going), *_place(step)))
    others.sort(key=lambda step: (_level(step, coming), *_place(step)))
    return deletes + others


def _place(step: _Step) -> tuple[str, str, str]:
    return step.value.name, step.value.type, step.value.set_id


def _level(step: _Step, levels: Mapping[tuple[str, str], int]) -> int:
    """Return 0 for a set that is no alias, else how many aliases of the batch lie before its target, and 1."""
    return 0 if step.value.alias is None else levels.get((step.value.name, step.value.type), 1)


def _levels(steps: Iterable[_Step]) -> dict[tuple[str, str], int]:
    """Return the level of each aliased name and type; none for aliases in a circle, which Route53 will refuse."""
    sorter: TopologicalSorter[tuple[str, str]] = TopologicalSorter()
    for step in steps:
        if step.value.alias is not None:
            sorter.add((step.value.name, step.value.type), (step.value.alias.name, step.value.type))
    try:
        sorter.prepare()
    except CycleError:
        return {}
    levels: dict[tuple[str, str], int] = {}
    for level in count():
        if not sorter.is_active():
            break
        ready = sorter.get_ready()
        levels |= dict.fromkeys(ready, level)
        sorter.done(*ready)
    return levels


def _start(start: Cursor | None) -> dict[str, str]:
    if start is None:
        return {}
    params = {"StartRecordName": escape(start.name), "StartRecordType": start.type, "StartRecordIdentifier": start.set_id}
    return {key: value for key, value in params.items() if value}


def _next(response: Mapping[str, Any]) -> Cursor | None:
    if not response["IsTruncated"]:
        return None
    name, set_id = unescape(response["NextRecordName"]), response.get("NextRecordIdentifier", "")
    return Cursor(name, response.get("NextRecordType", ""), set_id)


def _zone(found: Mapping[str, Any]) -> ZoneFound:
    private = found.get("Config", {}).get("PrivateZone", False)
    return ZoneFound(found["Id"].removeprefix("/hostedzone/"), unescape(found["Name"]), private, "LinkedService" in found)
