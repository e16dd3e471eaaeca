"""What shadow would have written: in how many calls at least, and whether somebody else did it.

Rules kept here:

- A group counts when it is due, as it would be under another policy; what is withdrawn or changed before is not, or counts
  as it then is.
- What only puts back what somebody else deleted while it is held is not counted: dnsguard alone would not have to.
- Due groups are gathered into the least number of calls (`least`), so the number is a lower bound: calls that fail, and a
  budget that is short, make it more. They are gathered a while later (`LAG`), since what is told late may ride along.
- What is still to be sent after a while is a divergence (`divergences`).
"""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from dnsguard.core.divergences import Divergences, Key
from dnsguard.core.least import Calls, Interval
from dnsguard.core.ledger import record_of
from dnsguard.core.weights import NOTHING, weigh
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Reason, Unsent
from dnsguard.model.settings import Debounce

LAG = 60.0
"""Seconds after its end at which an interval is put into a call: a change of many names is planned in slices, for so long."""
AT_ONCE = 4
"""Calls that are gathered at once: some milliseconds each."""

Place = tuple[str, str]
"""Zone and name."""


class Group(Struct, gc=False):
    """What would be sent of one name in one zone: dirty since *first*, to be sent by *due*; *ticket* is that of its interval."""

    first: float
    due: float = 0.0
    changes: tuple[Change, ...] = ()
    ticket: int | None = None


class Unwritten:
    """The groups that shadow does not send."""

    def __init__(self, debounce: Debounce, divergences: Divergences) -> None:
        self._quiet, self._longest = float(debounce.quiet), float(debounce.longest)
        self._lag = LAG + self._longest
        self._divergences = divergences
        self._groups: dict[Place, Group] = {}
        self._calls: dict[str, Calls[tuple[Change, ...]]] = {}
        self.writes = 0
        self.agreed = 0
        self.changes: Counter[str] = Counter()

    def unsent(self, fact: Unsent, now: float, *, counts: bool = True) -> None:
        """Take in what would be sent of one group now; unless it *counts*, it is not to be sent in any call."""
        self.gather(now)
        place = fact.zone, fact.name
        group = self._groups.get(place)
        if group is not None and group.ticket is not None and now <= group.due:
            # It has not been sent yet, as it would be: it goes as it is now, or not at all.
            self._calls[fact.zone].drop(group.ticket)
        if not fact.changes:
            if group is not None:
                self._close(place, now)
            return
        if group is None:
            group = self._groups[place] = Group(fact.first)
        elif now > group.due:
            group.first = fact.first
        group.changes = fact.changes
        deletion = all(isinstance(change, Delete) for change in records_of(fact.changes))
        group.due = group.first + self._longest if deletion else min(group.first + self._longest, fact.first + self._quiet)
        group.ticket = self._calls.setdefault(fact.zone, Calls()).add(_interval(fact.zone, group), fact.changes) if counts else None
        self._divergences.put(_key(place), fact.changes, fact.first)

    def creates(self, zone: str, name: str, kind: str, set_id: str) -> bool:
        """Return whether a record set of a row would be created; *kind* "": of any type."""
        group = self._groups.get((zone, name))
        created = created_by(group.changes) if group is not None else ()
        return any(set_id == made[1] and kind in {"", made[0]} for made in created)

    def keep_zones(self, zones: frozenset[str]) -> None:
        """Forget what would be sent to zones that are no longer in use."""
        for place in [place for place in self._groups if place[0] not in zones]:
            del self._groups[place]
        self._calls = {zone: calls for zone, calls in self._calls.items() if zone in zones}

    def gather(self, now: float, most: int = 1) -> None:
        """Put what was due a while before *now* into calls, at most *most* of them."""
        for calls in self._calls.values():
            while most and (due := calls.next_due()) is not None and due < now - self._lag:
                for changes in calls.call():
                    self.changes.update(kind_of(change) for change in records_of(changes))
                self.writes += 1
                most -= 1

    def _close(self, place: Place, now: float) -> None:
        group = self._groups.pop(place)
        if not self._divergences.drop(_key(place), now) and group.ticket is not None and now > group.due:
            self.agreed += 1


def records_of(changes: tuple[Change, ...]) -> list[Change]:
    """Return those of *changes* that do not concern an ownership TXT."""
    return [change for change in changes if record_of(change).type != "TXT"]


def created_by(changes: tuple[Change, ...]) -> Iterator[tuple[str, str]]:
    """Yield type and set identifier of the record sets that are created."""
    return ((change.after.type, change.after.set_id) for change in records_of(changes) if isinstance(change, Create))


def kind_of(change: Change) -> str:
    """Return whether a record set is created, replaced or deleted."""
    if isinstance(change, Create):
        return "created"
    return "deleted" if isinstance(change, Delete) else "replaced"


def _interval(zone: str, group: Group) -> Interval:
    weight = NOTHING
    for change in group.changes:
        weight = weight.plus(weigh(change))
    return Interval(zone, group.first, group.due, weight)


def _key(place: Place) -> Key:
    return place[0], place[1], "", "", Reason.SHADOW
