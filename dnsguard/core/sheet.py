"""A sheet: the plan of one row while it is being drawn, and what every drawing has in common.

Rules kept here:

- A deletion waits out its grace, which begins when it is first asked for; while the breaker is tripped none is planned.
  What a person ordered waits for neither.
- A row whose creations are impossible is given up whole: none of its deletions is planned either.
"""

from msgspec import Struct

from dnsguard.core import said
from dnsguard.core.batch import Unit
from dnsguard.core.group import Group, Memory, Row
from dnsguard.core.ledger import Key
from dnsguard.core.policy import blind
from dnsguard.core.sanity import Sanity
from dnsguard.core.standing import Scope, Title
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.changes import Change, Replace
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Settings

WHOLE = ""
"""In place of a type: the whole row."""
LEFTOVER = "TXT"
"""In place of a type: ownership TXT without a record set."""


class Rules(Struct, frozen=True):
    """What the settings say about plans; *grace* in seconds."""

    types: frozenset[str]
    repair: bool
    restore: bool
    orphans: str
    grace: float
    scope: Scope
    sanity: Sanity
    swaps: bool = True

    @classmethod
    def of(cls, settings: Settings, scope: Scope) -> "Rules":
        """Read the settings."""
        guard, drift = settings.guard, settings.drift
        types = frozenset[str](settings.records.managed_types)
        sanity = Sanity(guard.targets.private_in_public_zone)
        grace = float(guard.delete_grace)
        swaps = not blind(settings)
        return cls(types, drift.modified == "repair", drift.missing == "repair", guard.orphans, grace, scope, sanity, swaps)


class Sheet:
    """The plan of one row while it is being drawn.

    *spare* is what may be forced out, because nobody wants it any more; *beside* is what stands where the TXT of creations go;
    *ours*: the row holds a record set of ours; *heir*: somebody wants the row.
    """

    def __init__(self, rules: Rules, group: Group, row: Row, memory: Memory, now: float) -> None:
        self.row = row
        self.units: list[Unit] = []
        self.verdicts = Verdicts(group.zone.id, group.name)
        self.graces: list[Key] = []
        self.edited: list[tuple[Key, RecordSet]] = []
        self.agreed: list[Key] = []
        self.spare: list[tuple[Stored, Title]] = []
        self.beside: list[Stored] = []
        self.ours = False
        self.heir = row.demand.claimed
        self._rules = rules
        self._group = group
        self._memory = memory
        self._now = now

    def forget(self, text: str, reason: Reason = Reason.IMPOSSIBLE) -> None:
        """Give up the row: no creation of it is possible, so none of its deletions is planned."""
        self.units = []
        self.verdicts.add(self.row.set_id, WHOLE, reason, text)

    def stay(self, until: float) -> None:
        """Hold a row that ended, at most *until* then: the one that took its place has nothing to publish."""
        self.units, self.graces, self.spare = [], [], []
        self.verdicts = Verdicts(self._group.zone.id, self._group.name)
        self.verdicts.add(self.row.set_id, WHOLE, Reason.HELD, said.held_for_heir(), until=until)

    def proven(self, title: Title) -> tuple[Change, ...]:
        """Return what has a change refused when somebody else took over the TXT of an old form that makes its record set ours."""
        return () if title.proof is None or not self._rules.swaps else (Replace(title.proof, title.proof.value),)

    def _grace_over(self, kind: str, text: str) -> bool:
        """Return whether what goes of the row, *kind* in place of its type, may go now; note what it waits for."""
        if self.row.demand.ordered:
            return True
        key = (self._group.name, kind, self.row.set_id)
        self.graces.append(key)
        end = self._memory.graces.get(key, self._now + self._rules.grace)
        if self._memory.parked and kind != LEFTOVER:
            self.verdicts.add(self.row.set_id, kind, Reason.PARKED, said.parked(self._group.zone))
            return False
        if end <= self._now:
            return True
        self.verdicts.add(self.row.set_id, kind, Reason.GRACE, text, until=end)
        return False
