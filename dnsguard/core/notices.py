"""Notices: which facts are told on which objects.

Rules kept here:

- A verdict is told on the objects that it is about, as far as they are known: who claims the name, else who gave it up. What only
  the config explains (orphans, other sources, occluded names, the policy) is about no object.
- A Gateway hears that its status is contested, and that this is over; a ConfigMap what became of the orders that stand in it.
- A record set is told when Route53 accepted it, on the objects that asked for it when its call left; ownership TXT are not.
- A warning is what a person has to do something about.
"""

from collections.abc import Callable, Iterator

from dnsguard.core.ledger import record_of
from dnsguard.core.said import fight, value
from dnsguard.model.changes import Accepted, Change, Create, Delete, Replace, Upsert, Write
from dnsguard.model.facts import (
    Answered,
    Called,
    Carried,
    Cleared,
    Contested,
    Fact,
    Misunderstood,
    Ordered,
    Reason,
    Settled,
    Verdict,
    Withheld,
)
from dnsguard.model.notices import Notice
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Approve, Freeze, Thaw

_ORDINARY = frozenset({Reason.HELD, Reason.GRACE, Reason.FROZEN, Reason.UNDONE})
_SILENT = frozenset({Reason.ORPHAN, Reason.OTHER_SOURCE, Reason.OCCLUDED, Reason.POLICY, Reason.SHADOW})
CAMELS = {reason: "".join(part.capitalize() for part in reason.value.split("-")) for reason in Reason}
"""The reason of the Event for each reason of a verdict."""

SHEETS = "ConfigMap"
About = Callable[[str], tuple[Ref, ...]]


class Notices:
    """Turns facts into notices; *about* returns the objects that a name is about at this moment."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._carried: dict[int, list[tuple[Carried, tuple[Ref, ...]]]] = {}

    def of(self, fact: Fact) -> Iterator[Notice]:
        """Yield what is to be told of *fact*."""
        match fact:
            case Withheld(verdict, refs) if verdict.reason not in _SILENT:
                yield from _withheld(verdict, refs)
            case Called(job, Write(), carried):
                self._carried[job] = [(group, self._about(group.name)) for group in carried]
            case Answered(job, Write(), outcome):
                groups = self._carried.pop(job, [])
                for group, refs in groups if isinstance(outcome, Accepted) else ():
                    yield from _written(group, refs)
            case Contested(ref, published, sides):
                text = f"{fight(sides)}; {', '.join(published)} stays published until that has been calm"
                yield Notice(ref, "Contested", "Damped", "", text, warning=True)
            case Settled(ref, why):
                yield Notice(ref, "Settled", "Released", "", f"its status is no longer contested: {why}")
            case Misunderstood(ref, text):
                yield Notice(ref, "Misunderstood", "LeftAlone", "", text, warning=True)
            case Ordered(Freeze() | Thaw() | Approve() as order, reply) if order.sheet:
                reason = "OrderCarriedOut" if reply.done else "OrderDeclined"
                what = type(order).__name__.lower()
                yield Notice(
                    Ref(SHEETS, *order.sheet.partition("/")[::2]), reason, "Ordered", "", f"{what}: {reply.text}", warning=not reply.done
                )
            case _:
                pass

    @staticmethod
    def ended(fact: Cleared) -> Iterator[Notice]:
        """Yield what need no longer be told."""
        if fact.verdict.reason not in _SILENT:
            yield from _withheld(fact.verdict, fact.refs)


def _withheld(verdict: Verdict, refs: tuple[Ref, ...]) -> Iterator[Notice]:
    row = " ".join(part for part in (verdict.type, verdict.name, f"({verdict.set_id})" if verdict.set_id else "") if part)
    text = f"{verdict.text} ({verdict.way_out})" if verdict.way_out else verdict.text
    for ref in refs:
        yield Notice(ref, CAMELS[verdict.reason], "Withheld", row, text, warning=verdict.reason not in _ORDINARY)


def _written(group: Carried, refs: tuple[Ref, ...]) -> Iterator[Notice]:
    for change in group.changes:
        record = record_of(change)
        if record.type == "TXT":
            continue
        subject = f"{record.name} ({record.set_id})" if record.set_id else record.name
        reason, action, text = _change(change)
        for ref in refs:
            yield Notice(ref, reason, action, subject, text)


def _change(change: Change) -> tuple[str, str, str]:
    match change:
        case Create(after):
            return "RecordCreated", "Created", f"created {value(after)}"
        case Replace(before, after) | Upsert(before, after):
            return "RecordChanged", "Changed", f"changed {value(before.value)} to {value(after)}"
        case Delete(before):
            return "RecordDeleted", "Deleted", f"deleted {value(before.value)}"
