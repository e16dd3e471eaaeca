"""The plainest reading of record sets: what stands, what of it carries our mark, where it points."""

from typing import Any

MANAGED = ("A", "AAAA", "CNAME")
Record = dict[str, Any]
Sets = dict[tuple[str, str], Record]
"""Record sets by name, as the model spells it, and type."""


def key(record: Record) -> tuple[str, str]:
    return record["Name"].rstrip(".").replace("\\052", "*"), record["Type"]


def read(records: list[Record]) -> Sets:
    return {key(record): record for record in records}


def text_of(sets: Sets, name: str, kind: str) -> str:
    """Return the ownership TXT of a record set as it stands on the wire, "" if there is none."""
    found = sets.get((f"{kind.lower()}-{name}", "TXT"))
    return found["ResourceRecords"][0]["Value"] if found is not None else ""


def is_mark(record: Record) -> bool:
    """Say whether a TXT is an ownership TXT of ours."""
    return record["Type"] == "TXT" and "external-dns/owner=lab" in record["ResourceRecords"][0]["Value"]


def owned(sets: Sets, name: str, kind: str) -> bool:
    return "external-dns/owner=lab" in text_of(sets, name, kind)


def targets(record: Record) -> tuple[str, ...]:
    alias = record.get("AliasTarget")
    if alias is not None:
        return (alias["DNSName"].rstrip("."),)
    return tuple(sorted(value["Value"].rstrip(".") for value in record["ResourceRecords"]))


def ours(sets: Sets) -> dict[str, dict[str, Record]]:
    """Return the record sets of managed types with our mark, by name and type."""
    found: dict[str, dict[str, Record]] = {}
    for (name, kind), record in sets.items():
        if kind in MANAGED and owned(sets, name, kind):
            found.setdefault(name, {})[kind] = record
    return found


def group_of(name: str, kind: str) -> str:
    """Return the name that a record set is about: that of a TXT is what it stands for."""
    head, dash, rest = name.partition("-")
    return rest if kind == "TXT" and dash and head in {"a", "aaaa", "cname"} else name
