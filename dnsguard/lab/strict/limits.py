"""The size limits of one change batch.

Rules (developer guide, limits of API requests):
1. At most 1000 ResourceRecord elements; under UPSERT each counts twice (text 13). Change elements have the same limit.
2. At most 32000 characters in all Value elements, counted in octets; under UPSERT each counts twice (text 14).
   AWS does not say whether an alias counts; here it does, as one element with the characters of its target (external-dns
   and its users count so), because what keeps to that keeps to the limit either way.
3. At most 400 values in one set (text 16).
4. What exceeds a limit is refused before any record set is looked at.
"""

from collections.abc import Sequence

from dnsguard.lab.strict.rrset import Params

ELEMENTS = 1000
CHARACTERS = 32000
VALUES = 400


def exceeded(changes: Sequence[Params]) -> list[str]:
    """Return the messages of all limits that *changes* exceed."""
    elements = characters = crowded = 0
    for change in changes:
        raw = change["ResourceRecordSet"]
        values = [record["Value"] for record in raw.get("ResourceRecords") or ()]
        counted = [*values, raw["AliasTarget"]["DNSName"]] if raw.get("AliasTarget") else values
        times = 2 if change["Action"] == "UPSERT" else 1
        elements += times * len(counted)
        characters += times * sum(_octets(text) for text in counted)
        crowded += len(values) > VALUES
    messages = []
    if max(elements, len(changes)) > ELEMENTS:
        messages.append(f"Number of records limit of {ELEMENTS} exceeded.")
    if characters > CHARACTERS:
        messages.append(f"RDATA character limit of {CHARACTERS} exceeded.")
    return messages + [f"Cannot have more than {VALUES} records in a RRSet."] * crowded


def _octets(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())
