"""Runs the contract's cases one after the other and leaves the zone as it was.

Rules kept here:

- A case gets names of its own, numbered by its place in the table, and what it leaves there is deleted whatever became of it.
- The transcript has one line per call: the case, the request, the answer and the verdict.
- A case ends with its first wrong answer.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from dnsguard.lab.contract.case import Ask, Case, Evidence, Stands
from dnsguard.lab.contract.doors import Door
from dnsguard.lab.contract.matching import filled, verdict
from dnsguard.lab.contract.table import CASES
from dnsguard.lab.strict import ApiError

Tell = Callable[[str], None]
_LONGEST_LINE = 600
_ELEMENTS = 400
_CHARACTERS = 30_000


class CaseResult(Struct, frozen=True):
    """What became of a case; *problem* is "" when the claim holds."""

    name: str
    source: str
    evidence: Evidence
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether Route53 answered as the case claims."""
        return not self.problem


def run(door: Door, zone_id: str, zone_name: str, tell: Tell, *, reference: str = "", cases: Sequence[Case] = CASES) -> list[CaseResult]:
    """Run *cases* in a zone that nobody else writes to; *tell* gets the transcript, line by line.

    *reference* begins the caller references of the hosted zones that some cases make; without it those cases are left out.
    """
    zone = zone_name.removesuffix(".") + "."
    words = {"{z}": zone, "{id}": zone_id, "{run}": reference}
    apex = door.call("ListResourceRecordSets", {"HostedZoneId": zone_id, "StartRecordName": zone, "MaxItems": "20"})
    for found in apex["ResourceRecordSets"]:
        if found["Name"] == zone and found["Type"] in {"NS", "SOA"}:
            words[f"{{{found['Type']}}}"] = found
    chosen = [(at, case) for at, case in enumerate(cases) if reference or not case.zones]
    return [_Trial(door, case, {**words, "{n}": f"case-{at:03}.{zone}"}, tell).result() for at, case in chosen]


class _Trial:
    """One case being run."""

    def __init__(self, door: Door, case: Case, words: dict[str, Any], tell: Tell) -> None:
        self._door = door
        self._case = case
        self._words = words
        self._tell = tell
        self._made: list[str] = []

    def result(self) -> CaseResult:
        try:
            problem = next(filter(None, map(self._step, self._case.steps)), "")
        finally:
            self._clear()
        return CaseResult(self._case.name, self._case.source, self._case.evidence, problem)

    def _step(self, step: Ask | Stands) -> str:
        match step:
            case Ask(operation, params, expect):
                request = filled(params, self._words)
                outcome = self._outcome(operation, request)
                problem = verdict(expect, outcome, self._words)
                self._line(operation, request, outcome, problem)
            case Stands(sets):
                found, expected = list(self._standing()), filled(sets, self._words)
                problem = "" if found == expected else f"stands {found}, expected {expected}"
                self._line("listing", {"Name": self._words["{n}"]}, found, problem)
        return problem

    def _outcome(self, operation: str, request: dict[str, Any]) -> dict[str, Any] | ApiError:
        try:
            answer = self._door.call(operation, request)
        except ApiError as error:
            return error
        if operation == "CreateHostedZone":
            made = answer["HostedZone"]["Id"].removeprefix("/hostedzone/")
            self._made.append(made)
            self._words["{made}"] = made
        if operation == "DeleteHostedZone":
            self._made = [made for made in self._made if made != request["Id"]]
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _line(self, operation: str, request: Any, outcome: Any, problem: str) -> None:
        asked = json.dumps(request, default=str)[:_LONGEST_LINE]
        got = str(outcome) if isinstance(outcome, ApiError) else json.dumps(outcome, default=str)
        self._tell(f"{self._case.name} | {operation} {asked} | {got[:_LONGEST_LINE]} | {problem or 'as expected'}")

    def _standing(self) -> Iterator[dict[str, Any]]:
        own = self._words["{n}"]
        cursor = {"StartRecordName": own}
        while cursor:
            page = self._door.call("ListResourceRecordSets", {"HostedZoneId": self._words["{id}"], "MaxItems": "300", **cursor})
            for found in page["ResourceRecordSets"]:
                if found["Name"] != own and not found["Name"].endswith("." + own):
                    return
                yield found
            following = {key: page.get(f"Next{key.removeprefix('Start')}") for key in _CURSOR} if page["IsTruncated"] else {}
            cursor = {key: value for key, value in following.items() if value}

    def _clear(self) -> None:
        for made in self._made:
            self._door.call("DeleteHostedZone", {"Id": made})
        # Aliases go before what they may point to.
        left = sorted(self._standing(), key=lambda found: "AliasTarget" not in found)
        for part in _parts(left):
            changes = [{"Action": "DELETE", "ResourceRecordSet": found} for found in part]
            self._door.call("ChangeResourceRecordSets", {"HostedZoneId": self._words["{id}"], "ChangeBatch": {"Changes": changes}})


_CURSOR = ("StartRecordName", "StartRecordType", "StartRecordIdentifier")


def _parts(sets: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    elements = characters = 0
    for found in sets:
        values = [record["Value"] for record in found.get("ResourceRecords", ())]
        weight, length = len(values) or 1, sum(map(len, values)) or len(found.get("AliasTarget", {}).get("DNSName", ""))
        if part and (elements + weight > _ELEMENTS or characters + length > _CHARACTERS):
            yield part
            part, elements, characters = [], 0, 0
        part.append(found)
        elements += weight
        characters += length
    if part:
        yield part
