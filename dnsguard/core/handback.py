"""Handing back: what external-dns, with our owner id and policy sync, would do at once, by its rules and a fresh look.

Rules kept here (external-dns, `plan/plan.go`, `registry/txt`):

- Only what statuses publish now counts: nothing is held, nothing waits, no claim is needed.
- Of a row that nothing is published for, all that is ours is deleted; so is a type that is not published any more.
- A type that is published and absent is created, if nothing of its row is there or all of it is ours.
- What is ours and not as it is published is changed; the TTL counts only where an annotation asks for one.
- A record of ours without a TXT of the present form is written again together with that TXT.
- What by its TXT comes from a source that is not configured here is not judged, nor what lies in a zone that its name does
  not belong to, nor a wish that no record set can be made of.
"""

from collections import Counter
from collections.abc import Container, Iterator

from msgspec.structs import replace

from dnsguard.core.drafting import Drafting
from dnsguard.core.group import Group, Row
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.said import value
from dnsguard.core.shape import Wanted
from dnsguard.core.standing import Standing
from dnsguard.core.survey import Survey
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.handback import Handback, Kind, Step
from dnsguard.model.records import RecordSet

UNJUDGED = (Reason.OTHER_SOURCE, Reason.OCCLUDED, Reason.INVALID)
UNPUBLISHED = "nothing publishes it now"
OLD_TEXT = "its ownership TXT has not the present form, and is written again"
DIFFERS = "it is not as it is published"
ABSENT = "it is published and not there"


def handback(survey: Survey, inventory: Inventory, drafting: Drafting, now: float) -> Handback:
    """Return what external-dns would do, by what is known at *now*: nothing may be held yet, or it passes for published."""
    steps: list[Step] = []
    spared: Counter[str] = Counter()
    names = sorted({*inventory.names(), *(name for lane in survey.lanes.values() for name in lane.ledger)})
    for name in names:
        for zone in survey.zones.holding(name):
            lane = survey.lanes[zone.id]
            group, standing = drafting.situation(lane, survey.lanes, name, now)
            steps += _Group(lane, group, standing, drafting.types, spared).steps()
    return Handback(tuple(steps), {reason: count for reason, count in sorted(spared.items()) if count})


class _Group:
    """One name in one zone, as external-dns would look at it; counts in *spared* what is not judged."""

    def __init__(self, lane: Lane, group: Group, standing: Standing, types: Container[str], spared: Counter[str]) -> None:
        state = lane.states.get(group.name)
        self._verdicts = tuple(state.verdicts) if state is not None else ()
        self._group = group
        self._standing = standing
        self._types = types
        self._spared = spared

    def steps(self) -> Iterator[Step]:
        for row in self._group.rows:
            yield from self._row(row)

    def _row(self, row: Row) -> Iterator[Step]:
        records = [held.value for held in self._group.sets if held.value.set_id == row.set_id]
        here = {record.type: record for record in records if record.type in self._types}
        ours = {kind: record for kind, record in here.items() if self._standing.title(record).ours}
        spare = next((reason for reason in UNJUDGED if self._said(row.set_id, reason)), None)
        if spare is not None:
            self._spared[spare.value] += len(ours)
            return
        wanted = {each.record.type: each for each in row.wanted}
        for kind, record in ours.items():
            if kind not in wanted:
                yield self._step("delete", record, None, self._why(record))
            else:
                yield from self._change(row, record, wanted[kind])
        for kind, each in wanted.items():
            if kind not in here and len(ours) == len(here):
                yield self._step("create", None, each.record, self._why(each.record, ABSENT))

    def _change(self, row: Row, record: RecordSet, wanted: Wanted) -> Iterator[Step]:
        after = wanted.record
        if not any(wish.contribution.ttl == after.ttl for wish in row.demand.wishes):
            after = replace(after, ttl=record.ttl)
        place = self._standing.place(wanted)
        if after != record:
            yield self._step("change", record, after, self._why(record, DIFFERS))
        elif place.text is not None and place.standing is None:
            yield self._step("change", record, after, OLD_TEXT)

    def _step(self, kind: Kind, before: RecordSet | None, after: RecordSet | None, why: str) -> Step:
        record = before or after
        assert record is not None
        stands, wants = (value(side) if side is not None else "" for side in (before, after))
        return Step(kind, self._group.zone.name, record.name, record.type, record.set_id, stands, wants, why)

    def _said(self, set_id: str, *reasons: Reason) -> Verdict | None:
        return next((verdict for verdict in self._verdicts if verdict.set_id == set_id and verdict.reason in reasons), None)

    def _why(self, record: RecordSet, otherwise: str = UNPUBLISHED) -> str:
        """Return what is said here of a record set, which mostly tells why external-dns finds it otherwise."""
        said = [verdict for verdict in self._verdicts if verdict.set_id == record.set_id and verdict.type in {"", record.type}]
        why = next((f"{verdict.reason.value}: {verdict.text}" for verdict in said if verdict.reason is not Reason.SHADOW), otherwise)
        return f"{why}; dnsguard would do so too" if said and why is otherwise else why
