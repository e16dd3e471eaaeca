"""How a verdict ended: by what stands of what it was about, and by what is planned in its place.

Rules kept here:

- What it was about is the row, or the type of the row that it names.
- A row that gets a record set of another type in the same plan is changed, not deleted.
"""

from collections.abc import Iterable

from dnsguard.core.desired import TYPES
from dnsguard.core.plan import Plan
from dnsguard.model.changes import Create, Delete
from dnsguard.model.facts import End, Verdict
from dnsguard.model.records import RecordSet, Stored


def end_of(verdict: Verdict, standing: Iterable[Stored], plan: Plan) -> End:
    """Return how *verdict* ended, with what stands at its name, and with the *plan* that took its place."""
    row = [held for held in standing if _about(verdict, held.value)]
    if not row:
        return End.GONE
    changes = [change for unit in plan.units for change in unit]
    if any(isinstance(change, Create) and _about(verdict, change.after) for change in changes):
        return End.OVER
    leaving = [change.before for change in changes if isinstance(change, Delete)]
    return End.LEAVES if any(held in leaving for held in row) else End.OVER


def _about(verdict: Verdict, record: RecordSet) -> bool:
    same = (record.name, record.set_id) == (verdict.name, verdict.set_id)
    return same and (record.type == verdict.type if verdict.type else record.type in TYPES)
