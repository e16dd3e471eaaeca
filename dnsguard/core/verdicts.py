"""What is said to people about a row that is not, or not yet, as it was asked for: one sentence and one way out each."""

from dnsguard.core.inventory import NEVER
from dnsguard.model.facts import Reason, Verdict

WAYS_OUT = {
    Reason.HELD: "it moves again when a status publishes it, and may go when the spec stops claiming it",
    Reason.GRACE: "it is called back when somebody claims it again",
    Reason.DOUBTFUL: "it ends when the object is seen again, or a DELETED frame names it",
    Reason.ORPHAN: "claim the name, delete the record set by hand, or set guard.orphans to delete",
    Reason.OTHER_SOURCE: "it is left to whoever runs that source under this owner id",
    Reason.FOREIGN: "give the name up here, or remove the record set and its TXT there",
    Reason.EDITED: "undo the edit, change the wish, order a repair (dnsguard repair), or set drift.modified to repair",
    Reason.UNOWNABLE: "choose another name, or a fitting ownership.prefix",
    Reason.IMPOSSIBLE: "remove what excludes it, or give the name up",
    Reason.OCCLUDED: "delete it by hand, or take the longer zone out of the config",
    Reason.POLICY: "choose a policy that allows it, or change it by hand",
    Reason.SHADOW: "choose another policy than shadow",
    Reason.QUARANTINED: "it is tried again by itself, and at once when the wish changes",
    Reason.ZONE_FULL: "raise the zone's quota (MAX_RRSETS_BY_ZONE) or delete record sets",
    Reason.INVALID: "correct the object",
    Reason.CONFLICT: "let one object alone ask for it",
    Reason.PARKED: "approve it (dnsguard approve), or claim the names again",
    Reason.FROZEN: "it ends at its moment, with dnsguard thaw, or with the annotation of the ConfigMap that ordered it",
    Reason.UNDONE: "dnsguard thaw releases it: by its name alone, or with all that was undone with it by --undone",
    Reason.TARGET: "correct the target, or choose another guard.targets",
    Reason.MISSING: "order a repair (dnsguard repair), change the wish, or set drift.missing to repair",
    Reason.NO_ZONE: "add a zone entry that holds it, or ignore this",
}


class Verdicts:
    """The verdicts of one group, each row, type and reason once."""

    def __init__(self, zone: str, name: str) -> None:
        self._zone = zone
        self._name = name
        self._found: dict[tuple[str, str, Reason], Verdict] = {}

    def add(self, set_id: str, kind: str, reason: Reason, text: str, until: float = NEVER) -> None:
        """Note a verdict; the first of its kind stands."""
        verdict = Verdict(self._zone, self._name, kind, set_id, reason, text, WAYS_OUT[reason], until if until < NEVER else None)
        self._found.setdefault((set_id, kind, reason), verdict)

    def extend(self, others: "Verdicts") -> None:
        """Take over the verdicts of *others*."""
        for verdict in others.all():
            self._found.setdefault((verdict.set_id, verdict.type, verdict.reason), verdict)

    def all(self) -> tuple[Verdict, ...]:
        """Return the verdicts in the order in which they were found."""
        return tuple(self._found.values())
