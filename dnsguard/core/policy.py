"""What the policy allows of a plan, and how a replacement is written.

Rules kept here:

- `sync` allows everything; `upsert-only` nothing that removes a record set, be it a deletion or a change of type or
  routing policy; `create-only` only what creates. `shadow` plans like `sync`; that nothing is sent is the engine's doing.
- Compare-and-swap (DELETE of exactly what stands, and CREATE) is the rule under `sync`; `writes: upsert`, the default
  under the other two, overwrites what stands.
"""

from collections.abc import Iterable

from dnsguard.core.batch import Unit
from dnsguard.core.ledger import record_of
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.changes import Change, Create, Replace, Upsert
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet
from dnsguard.model.settings import Settings


class Policing:
    """The policy of one configuration."""

    def __init__(self, settings: Settings) -> None:
        self._policy = settings.policy
        self._upsert = blind(settings)

    def filter(self, units: Iterable[Unit], verdicts: Verdicts) -> tuple[Unit, ...]:
        """Return the *units* that the policy allows, as they are to be written; add a verdict for each other one."""
        allowed = []
        for unit in units:
            text = self._forbids(unit)
            if text is None:
                allowed.append(tuple(map(self._written, unit)) if self._upsert else unit)
            else:
                for record in _rows(unit):
                    verdicts.add(record.set_id, record.type, Reason.POLICY, text)
        return tuple(allowed)

    def _forbids(self, unit: Unit) -> str | None:
        if self._policy == "upsert-only" and not all(isinstance(change, Create) or _in_place(change) for change in unit):
            return "the policy upsert-only forbids to delete or to change type or routing policy"
        if self._policy == "create-only" and not (all(map(_adds, unit)) and any(isinstance(change, Create) for change in unit)):
            return "the policy create-only forbids to change or delete"
        return None

    @staticmethod
    def _written(change: Change) -> Change:
        return Upsert(change.before, change.after) if isinstance(change, Replace) and _in_place(change) else change


def blind(settings: Settings) -> bool:
    """Return whether *settings* have record sets overwritten by UPSERT, without naming what stands there."""
    chosen = settings.writes or ("compare-and-swap" if settings.policy in ("sync", "shadow") else "upsert")
    return chosen == "upsert"


def _adds(change: Change) -> bool:
    """Return whether *change* takes nothing away: it creates, or renews an ownership TXT."""
    return isinstance(change, Create) or (isinstance(change, Replace) and change.after.type == "TXT")


def _in_place(change: Change) -> bool:
    """Return whether an UPSERT could carry out *change*: it keeps key and routing policy."""
    if not isinstance(change, Replace):
        return False
    before, after = change.before.value, change.after
    same_key = (before.name, before.type, before.set_id) == (after.name, after.type, after.set_id)
    return same_key and type(before.routing) is type(after.routing) and (before.alias is None) == (after.alias is None)


def _rows(unit: Unit) -> Iterable[RecordSet]:
    """Return the first record set of each row that *unit* concerns; ownership TXT only where there is nothing else."""
    records = [record_of(change) for change in unit]
    found: dict[str, RecordSet] = {}
    for record in sorted(records, key=lambda record: record.type == "TXT"):
        found.setdefault(record.set_id, record)
    return found.values()
