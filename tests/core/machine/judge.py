"""The judge: looks at every write that had its effect, and compares the zone before and after with the plain reading of the world."""

from dnsguard.lab.world import PRIVATE
from dnsguard.model.changes import Write
from dnsguard.model.facts import Tripped, Untripped
from dnsguard.model.settings import Settings
from tests.core.machine.people import People, pending
from tests.core.machine.plain import MANAGED, Record, Sets, group_of, is_mark, ours, owned, read, targets
from tests.core.machine.scenery import NOWHERE, PRIVATE_REACH, PUBLIC, REACH
from tests.core.machine.wishes import Wishes

SLACK = 1e-6


class Judge:
    """Watches the zones of one world; zones are labels."""

    def __init__(self, settings: Settings, wishes: Wishes, people: People, now: float) -> None:
        self.wrongs: list[str] = []
        self.meddled: dict[tuple[str, str], float] = {}
        self._settings = settings
        self._guard = settings.guard
        self._wishes = wishes
        self._people = people
        self.restarted(now)

    def restarted(self, now: float) -> None:
        """Begin anew: a new engine remembers nothing."""
        self._begun = now
        self._gone: dict[str, dict[str, float]] = {}
        self._went: dict[str, dict[str, float]] = {}
        self._edits: dict[tuple[str, str], tuple[str, object]] = {}
        self._looked: set[str] = set()
        self._known: dict[str, set[str]] = {}
        self._most: dict[str, int] = {}
        self._released: dict[tuple[str, str], float] = {}
        # A start reads the zones: what others did before it is known then.
        self.meddled.clear()

    def wrong(self, text: str) -> None:
        self.wrongs.append(text)

    # What leaves

    def leaves(self, zone: str, call: Write, now: float) -> None:
        """Judge a write at the moment at which it leaves."""
        if self._settings.policy == "shadow":
            self.wrong("something was written under shadow")
        for change in call.changes:
            for side in ("before", "after"):
                found = getattr(change, side, None)
                record = getattr(found, "value", found)
                if record is not None and self._people.freezes(zone, group_of(record.name, record.type), now):
                    self.wrong(f"wrote {record.name} {record.type}, which is frozen")

    def owned(self, zone: str, sets: Sets, now: float) -> None:
        """Note how many names of a zone are ours: what others take later the engine need not know."""
        known = self._known.setdefault(zone, set())
        known |= {name for name in ours(sets) if not self.exempt(name)}
        self._most[zone] = max(self._most.get(zone, 0), len(known | self.gone(zone, now)))

    def edited(self, zone: str, name: str, value: str) -> None:
        """Note that somebody else wrote a value to the A of a name, and what was wished of it then.

        What was written before a start had read the zone is not known to be somebody else's.
        """
        if zone in self._looked:
            self._edits[zone, name] = value, self._wishes.wish(name)

    def looked(self, zone: str) -> None:
        """Note that a zone was read since the start."""
        self._looked.add(zone)

    def repaired(self, name: str) -> None:
        """Note that a person wants a name put right."""
        self._edits = {place: edit for place, edit in self._edits.items() if place[1] != name}

    # What was done

    def compare(self, zone: str, before: list[Record], after: list[Record], now: float) -> None:
        """Judge what one call did."""
        old, new = read(before), read(after)
        for name, kind in old.keys() | new.keys():
            if old.get((name, kind)) != new.get((name, kind)):
                self._touched(zone, old, new, name, kind)
        had, has = ours(old), ours(new)
        self.owned(zone, old, now)
        self.owned(zone, new, now)
        for name, kinds in had.items():
            lost = {kind for kind in kinds if (name, kind) not in new}
            if lost:
                self._lost(zone, name, lost, set(has.get(name, ())), now)
            if name in has:
                self._turned(zone, name, kinds, has[name])
            else:
                self._known[zone].discard(name)
        for name, kinds in has.items():
            self._wanted(zone, name, had.get(name, {}), kinds)
        self._leftovers(zone, old, new, has, now)

    def _touched(self, zone: str, old: Sets, new: Sets, name: str, kind: str) -> None:
        was, is_ = old.get((name, kind)), new.get((name, kind))
        # An UPSERT overwrites what stands, whosever it has become since it was read.
        blind = self._settings.policy in {"upsert-only", "create-only"} and (zone, group_of(name, kind)) in self.meddled
        if kind not in MANAGED:
            if kind != "TXT" or group_of(name, kind) == name:
                self.wrong(f"touched {name} {kind}, which is nothing that is managed")
            elif not blind and any(record is not None and not is_mark(record) for record in (was, is_)):
                self.wrong(f"touched the TXT {name}, which is none of ours")
            return
        if was is not None and is_ is not None and not blind and self._settings.drift.modified == "report":
            value, wish = self._edits.get((zone, name), ("", None))
            if (*targets(was),) == (value,) and kind == "A" and self._wishes.wish(name) == wish:
                self.wrong(f"wrote over {value} of {name}, which somebody else had written")
        if was is not None and not owned(old, name, kind) and not blind:
            self.wrong(f"touched {name} {kind}, which is not ours")
        if is_ is not None and not owned(new, name, kind):
            self.wrong(f"wrote {name} {kind} without its TXT")
        if self._settings.policy in {"upsert-only", "create-only"} and is_ is None:
            self.wrong(f"deleted {name} {kind} under {self._settings.policy}")
        if self._settings.policy == "create-only" and was is not None:
            self.wrong(f"changed {name} {kind} under create-only")

    def _lost(self, zone: str, name: str, lost: set[str], left: set[str], now: float) -> None:
        """Judge that record sets of a name are gone."""
        if left and ("CNAME" in lost or "CNAME" in left):
            return
        since = max(self._begun, self._released.get((zone, name), 0.0))
        if left:
            since = max(since, *(self._wishes.typed_at.get((name, kind), 0.0) for kind in lost))
        else:
            since = max(since, self._wishes.claimed_at.get(name, 0.0))
            if name in self._wishes.claimed(now) and (zone, name) not in self.meddled:
                self.wrong(f"deleted the last of {name}, which is claimed")
                return
            if name not in self._wishes.claimed_at and self._guard.orphans != "delete" and (zone, name) not in self.meddled:
                self.wrong(f"deleted {name}, which nobody was seen to claim")
        if now - since < self._guard.delete_grace - SLACK and (zone, name) not in self.meddled:
            self.wrong(f"deleted {sorted(lost)} of {name} {now - since} s after it was last wanted")
        self._went.setdefault(zone, {})[name] = now
        if not self.exempt(name) and not self._people.allows(zone, name, since):
            self._count(zone, name, now)

    def _count(self, zone: str, name: str, now: float) -> None:
        gone = self._gone.setdefault(zone, {})
        gone[name] = now
        inside = self.gone(zone, now)
        limit = self.limit(self._most[zone])
        if len(inside) > limit:
            self.wrong(f"deleted {len(inside)} names of {zone} within a window, where {limit} may go: {sorted(inside)}")

    def _turned(self, zone: str, name: str, before: dict[str, Record], after: dict[str, Record]) -> None:
        """Judge the targets of a name that something of ours stood for and stands for."""
        had, has = (self._reaches(kinds) for kinds in (before, after))
        worst = max(has)
        private = self._guard.targets.private_in_public_zone
        allowed = worst == PRIVATE_REACH and (zone.startswith(PRIVATE) or private == "allow")
        if PUBLIC in had and PUBLIC not in has and not allowed:
            self.wrong(f"a public target of {name} in {zone} gave way to {[targets(each) for each in after.values()]}")

    def _wanted(self, zone: str, name: str, before: dict[str, Record], after: dict[str, Record]) -> None:
        """Judge what was written of a name: nothing but what its claims publish, or published last."""
        wanted = {target for claim, value in self._wishes.last.items() if claim[2] == name for target in value}
        deny = self._guard.targets.private_in_public_zone == "deny" and not zone.startswith(PRIVATE)
        for kind, record in after.items():
            if before.get(kind) == record:
                continue
            strange = set(targets(record)) - wanted
            if strange and (zone, name) not in self.meddled:
                self.wrong(f"wrote {sorted(strange)} to {name} {kind}, which nobody publishes; wanted are {sorted(wanted)}")
            if deny and {PRIVATE_REACH, NOWHERE} & self._reaches({kind: record}):
                self.wrong(f"wrote {targets(record)} to {name} {kind} in a public zone")

    def _leftovers(self, zone: str, old: Sets, new: Sets, has: dict[str, dict[str, Record]], now: float) -> None:
        """Judge the deletion of ownership TXT that stood for nothing."""
        for name, kind in old.keys() - new.keys():
            group = group_of(name, kind)
            stood = (group, name.partition("-")[0].upper()) in old
            if kind != "TXT" or stood or group in has or (zone, group) in self.meddled:
                continue
            since = max(self._begun, self._wishes.claimed_at.get(group, 0.0))
            if now - since < self._guard.delete_grace - SLACK:
                self.wrong(f"deleted the TXT {name} {now - since} s after {group} was last claimed")

    # What was said

    def tripped(self, zone: str, sets: Sets, fact: Tripped, now: float) -> None:
        """Judge that the breaker tripped: only if by the plain reading there is more to be deleted than may go."""
        if any(where == zone for where, _ in self.meddled):
            return
        # Nobody else knows for which deletions the engine used up what was approved for a while.
        names = {name for name in pending(sets, self._wishes, now) | self._within(self._went, zone, now) if not self.exempt(name)}
        owned_names = {name for name in ours(sets) if not self.exempt(name)} | self.gone(zone, now)
        if len(names) <= self.limit(len(owned_names)):
            self.wrong(f"tripped with {sorted(names)} of {len(owned_names)}: {fact}")

    def released(self, zone: str, names: set[str], fact: Untripped, now: float) -> None:
        """Note that what was parked begins a new grace, if nobody approved it."""
        if "approved" not in fact.why:
            self._released.update({(zone, name): now for name in names})

    def read(self, zone: str, begun: float) -> None:
        """Note that a zone was read completely by a reading that began then."""
        self.meddled = {key: at for key, at in self.meddled.items() if key[0] != zone or at >= begun}

    # What counts

    def exempt(self, name: str) -> bool:
        return any(name == each or (each.startswith("*.") and name.endswith(each[1:])) for each in self._guard.deletes.exempt)

    def gone(self, zone: str, now: float) -> set[str]:
        return self._within(self._gone, zone, now)

    def _within(self, kept: dict[str, dict[str, float]], zone: str, now: float) -> set[str]:
        return {name for name, at in kept.get(zone, {}).items() if at > now - self._guard.deletes.window}

    def limit(self, owned_names: int) -> int:
        deletes = self._guard.deletes
        share = owned_names if deletes.share >= 1 else int(deletes.share * owned_names + 1e-9)
        return max(deletes.always, min(share, deletes.cap or share))

    @staticmethod
    def _reaches(kinds: dict[str, Record]) -> set[int]:
        return {REACH.get(target, PUBLIC) for record in kinds.values() for target in targets(record)}
