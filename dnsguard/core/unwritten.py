"""What shadow would have written: in how many calls at least, and whether somebody else did it.

Rules kept here:

- A group counts when it is due, as it would be under another policy; what is withdrawn or changed before is not, or counts
  as it then is.
- Due groups are gathered into the least number of calls (`least`), so the number is a lower bound: calls that fail, and a
  budget that is short, make it more.
- What is still to be sent after a while is a divergence (`divergences`).
"""

from collections import Counter

from dnsguard.core.divergences import Divergences, Key
from dnsguard.core.least import Interval, after_one_call, in_order
from dnsguard.core.ledger import record_of
from dnsguard.core.said import value
from dnsguard.core.weights import NOTHING, weigh
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Reason, Unsent
from dnsguard.model.scorecard import Divergence
from dnsguard.model.settings import Debounce

NEVER = float("inf")
NONE = "nothing"


class Group:
    """What would be sent of one name in one zone: dirty since *first*, to be sent by *due*."""

    __slots__ = ("changes", "due", "first", "sent")

    def __init__(self, first: float) -> None:
        self.first = first
        self.due = first
        self.changes: tuple[Change, ...] = ()
        self.sent = False


class Unwritten:
    """The groups that shadow does not send."""

    def __init__(self, debounce: Debounce, divergences: Divergences) -> None:
        self._quiet, self._longest = float(debounce.quiet), float(debounce.longest)
        self._divergences = divergences
        self._groups: dict[tuple[str, str], Group] = {}
        self._waiting: dict[tuple[str, str], Group] = {}
        self._next = NEVER
        self.writes = 0
        self.agreed = 0
        self.changes: Counter[str] = Counter()

    def unsent(self, fact: Unsent, now: float) -> None:
        """Take in what would be sent of one group now."""
        self.send(now)
        key = fact.zone, fact.name
        group = self._groups.get(key)
        if not fact.changes:
            if group is not None:
                self._close(key, now)
            return
        if group is None:
            group = self._groups[key] = Group(fact.first)
        elif group.sent:
            group.first, group.sent = fact.first, False
        group.changes = fact.changes
        deletion = all(isinstance(change, Delete) for change in records_of(fact.changes))
        group.due = group.first + self._longest if deletion else min(group.first + self._longest, fact.first + self._quiet)
        self._waiting[key] = group
        self._next = min(self._next, group.due)
        stands, wanted = sides(fact.changes)
        self._divergences.put(_key(key), Divergence(*key, Reason.SHADOW, stands, wanted, fact.first))

    def creates(self, zone: str, name: str, kind: str, set_id: str) -> bool:
        """Return whether a record set of a row would be created; *kind* "": of any type."""
        group = self._groups.get((zone, name))
        made = [change.after for change in records_of(group.changes) if isinstance(change, Create)] if group is not None else []
        return any(record.set_id == set_id and kind in {"", record.type} for record in made)

    def keep_zones(self, zones: frozenset[str]) -> None:
        """Forget what would be sent to zones that are no longer in use."""
        for key in [key for key in self._groups if key[0] not in zones]:
            del self._groups[key]
            self._waiting.pop(key, None)

    def send(self, now: float) -> None:
        """Gather what was due before *now* into calls: what comes at the moment itself rides along."""
        if now <= self._next:
            return
        by_zone: dict[str, list[Interval]] = {}
        for (zone, name), group in self._waiting.items():
            weight = NOTHING
            for change in group.changes:
                weight = weight.plus(weigh(change))
            by_zone.setdefault(zone, []).append(Interval(zone, group.first, group.due, weight, name))
        for zone, intervals in by_zone.items():
            left = in_order(intervals)
            while left and left[0].due < now:
                left = after_one_call(left)
                self.writes += 1
            staying = {interval.name for interval in left}
            for name in [interval.name for interval in intervals if interval.name not in staying]:
                self._sent((zone, name))
        self._next = min((group.due for group in self._waiting.values()), default=NEVER)

    def _sent(self, key: tuple[str, str]) -> None:
        group = self._waiting.pop(key)
        group.sent = True
        self.changes.update(kind_of(change) for change in records_of(group.changes))

    def _close(self, key: tuple[str, str], now: float) -> None:
        group = self._groups.pop(key)
        self._waiting.pop(key, None)
        if not self._divergences.drop(_key(key), now) and group.sent:
            self.agreed += 1


def records_of(changes: tuple[Change, ...]) -> list[Change]:
    """Return those of *changes* that do not concern an ownership TXT."""
    return [change for change in changes if record_of(change).type != "TXT"]


def kind_of(change: Change) -> str:
    """Return whether a record set is created, replaced or deleted."""
    if isinstance(change, Create):
        return "created"
    return "deleted" if isinstance(change, Delete) else "replaced"


def sides(changes: tuple[Change, ...]) -> tuple[str, str]:
    """Return in a few words what stands of a group and what is wanted."""
    records = records_of(changes) or changes
    stands = [value(change.before.value) for change in records if not isinstance(change, Create)]
    wanted = [value(change.after) for change in records if not isinstance(change, Delete)]
    return "; ".join(stands) or NONE, "; ".join(wanted) or NONE


def _key(key: tuple[str, str]) -> Key:
    return key[0], key[1], "", "", Reason.SHADOW
