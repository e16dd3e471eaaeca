"""Pages: how many, and how they go on.

Rules:
1. MaxItems is text on the wire; at least 1; more than the cap (300 record sets, 100 zones) counts as the cap.
2. A page of record sets starts at the first set that is not before the given name, type and identifier; a type needs a name
   and an identifier needs a type.
3. A truncated page names the set that the next page starts with, and its identifier if it has one.
"""

from typing import Any

from dnsguard.lab.strict.errors import BatchRefused, invalid_input
from dnsguard.lab.strict.names import NameProblem, printed
from dnsguard.lab.strict.rrset import Params
from dnsguard.lab.strict.zone import Place, Zone, place

RECORDS_CAP = 300
RECORDS_DEFAULT = 100


def limit_of(params: Params, default: int, cap: int) -> int:
    """Return how many items a page may hold; InvalidInput unless MaxItems is a positive number."""
    text = str(params.get("MaxItems") or default) if params.get("MaxItems") != 0 else "0"
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise invalid_input(f"Invalid value '{text}' for MaxItems: a positive number is expected")
    return min(int(text), cap)


def printed_name(name: str) -> str:
    """Return *name* as printed, as a request's own error if it is none."""
    try:
        return printed(name)
    except NameProblem as problem:
        raise BatchRefused([str(problem)]) from problem


def _start(params: Params) -> Place | None:
    name = params.get("StartRecordName") or ""
    record_type = params.get("StartRecordType") or ""
    set_id = params.get("StartRecordIdentifier") or ""
    if (record_type and not name) or (set_id and not record_type):
        raise invalid_input("The input is not valid")
    return place(printed_name(name), record_type, set_id) if name else None


def list_records(zone: Zone, params: Params) -> dict[str, Any]:
    """Answer ListResourceRecordSets."""
    limit = limit_of(params, RECORDS_DEFAULT, RECORDS_CAP)
    found, following = zone.page(_start(params), limit)
    answer: dict[str, Any] = {
        "ResourceRecordSets": [rrset.shown() for rrset in found],
        "IsTruncated": following is not None,
        "MaxItems": str(limit),
    }
    if following is not None:
        answer["NextRecordName"] = following.name
        answer["NextRecordType"] = following.type
        if following.set_id:
            answer["NextRecordIdentifier"] = following.set_id
    return answer
