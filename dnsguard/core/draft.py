"""The plan of one row: what stands of it, whose that is, and what has to be sent.

Rules kept here:

- What stands and is not ours is never touched, and nothing is created beside it in its row.
- What stands, is ours and equals the wish needs nothing; equality is of canonical values, and neither the spelling nor
  the `resource` label of a TXT makes a change.
- What is wanted and absent is created with its ownership TXT; a TXT of ours that is already there is replaced.
- A replaced set is swapped against exactly what stands, and its TXT with it, so that both are proof.
- What stands, is ours and is no longer wanted goes only on proof: its claim was seen to end, and the grace is over.
  A type that is no longer wanted while the row wants others goes after the grace; at once only where the CNAME rule
  forces it.
- What is wanted and would leave the row no public target is not carried out (`sanity`).
- A set that somebody else edited is left until the wish changes, the edit goes, or `drift.modified` says repair; an edit
  that is what the wish asks for is none. One that somebody else deleted is put back, unless `drift.missing` says to report it.
- While the breaker is tripped no deletion is planned; what one row has to give up for another still goes.
- What a person ordered to be turned back needs neither proof nor grace, and is not parked.
"""

from collections.abc import Iterator

from dnsguard.core import said
from dnsguard.core.group import Group, Memory, Row
from dnsguard.core.inventory import NEVER
from dnsguard.core.ledger import key_of
from dnsguard.core.shape import Wanted
from dnsguard.core.sheet import LEFTOVER, WHOLE, Rules, Sheet
from dnsguard.core.standing import Standing, Title
from dnsguard.model.changes import Change, Create, Delete, Replace
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet, Stored


class Draft(Sheet):
    """The plan of one row of a controller, which owns what it plans."""

    def __init__(self, rules: Rules, group: Group, row: Row, standing: Standing, memory: Memory, now: float) -> None:
        super().__init__(rules, group, row, memory, now)
        self._standing = standing
        mine = [held for held in group.sets if held.value.set_id == row.set_id and held.value.type in rules.types]
        self._stored = {held.value.type: held for held in mine}
        self._titles = {kind: standing.title(held.value) for kind, held in self._stored.items()}
        self.ours = any(title.ours for title in self._titles.values())

    def draw(self) -> None:
        """Draw the plan of the row, without regard to the other rows."""
        for reason, text in self.row.problems:
            self.verdicts.add(self.row.set_id, WHOLE, reason, text)
        demand = self.row.demand
        if self.row.wanted:
            if demand.held or demand.doubtful:
                reason, text = (Reason.DOUBTFUL, said.vanished()) if demand.doubtful else (Reason.HELD, said.held())
                self.verdicts.add(self.row.set_id, WHOLE, reason, text, until=demand.until)
            self._draw_wanted()
        elif self.ours:
            self._draw_unwanted()
        else:
            self._draw_leftovers()

    def occluded(self) -> None:
        """Leave a row in a zone that its name does not belong to."""
        if self.ours:
            self.verdicts.add(self.row.set_id, WHOLE, Reason.OCCLUDED, said.occluded(self._group.zone))

    def _draw_wanted(self) -> None:
        outsider = next((title for title in self._titles.values() if not title.ours), None)
        kinds = {wanted.record.type for wanted in self.row.wanted}
        gone = [kind for kind in self._stored if kind not in kinds and self._titles[kind].ours]
        forced = [kind for kind in gone if "CNAME" in kinds or kind == "CNAME"]
        creations: list[Change] = []
        loss = self._loss()
        for wanted in self.row.wanted:
            objection = loss or self._objection(wanted.record)
            if objection is not None:
                self.forget(objection, Reason.TARGET)
                return
            held = self._stored.get(wanted.record.type)
            if held is None and outsider is not None:
                self.forget(said.beside_foreign(outsider.owner), Reason.FOREIGN)
                return
            if held is None:
                made = self._creation(wanted)
                if made is None:
                    return
                creations.extend(made)
            else:
                self._replacement(wanted, held, self._titles[wanted.record.type])
        if any(not title.ours for kind, title in self._titles.items() if kind in kinds):
            # What another holds is not published by us: nothing that is ours has to go for it.
            return
        removals = [change for kind in forced for change in self._removal(kind)]
        if removals or creations:
            self.units.append((*removals, *creations))
        for kind in gone:
            if kind not in forced:
                self._remove_type(kind)

    def _loss(self) -> str | None:
        """Return why the row as a whole must not take the place of what is ours and stands, also in ended rows if it is new."""
        standing = [held.value for kind, held in self._stored.items() if self._titles[kind].ours] or self._predecessors()
        wanted = [wanted.record for wanted in self.row.wanted]
        return self._rules.sanity.loss(standing, wanted, public=not self._group.zone.private)

    def _objection(self, record: RecordSet) -> str | None:
        """Return why *record* must not come instead of what stands."""
        held = self._stored.get(record.type)
        if held is not None and (held.value == record or not self._titles[record.type].ours):
            return None
        standing = [] if held is None else [held.value]
        return self._rules.sanity.objection(standing, record, public=not self._group.zone.private)

    def _predecessors(self) -> list[RecordSet]:
        """Return what is ours in the rows that nobody claims any more: a new row takes their place."""
        left = {row.set_id for row in self._group.rows if not row.demand.claimed}
        standing = [held.value for held in self._group.sets if held.value.set_id in left and held.value.type in self._rules.types]
        return [record for record in standing if self._standing.title(record).ours]

    def _creation(self, wanted: Wanted) -> list[Change] | None:
        lost = self._memory.lost.get(key_of(wanted.record))
        if lost == wanted.record and not (self._rules.restore or self._memory.repair):
            self.forget(said.missing(lost), Reason.MISSING)
            return None
        place = self._standing.place(wanted)
        if place.text is None:
            self.forget(place.trouble, Reason.UNOWNABLE)
            return None
        if place.foreign:
            self.forget(place.trouble, Reason.FOREIGN)
            return None
        self.beside += place.beside
        return [Create(wanted.record), *place.writes()]

    def _replacement(self, wanted: Wanted, held: Stored, title: Title) -> None:
        record = wanted.record
        if not title.ours:
            text = said.foreign(title.owner) if held.value != record else said.foreign_equal(title.owner)
            self.verdicts.add(self.row.set_id, record.type, Reason.FOREIGN, text)
            return
        key = key_of(held.value)
        if held.value == record:
            if key in self._memory.edited:
                self.agreed.append(key)
            return
        met = key in self._memory.edited and self._memory.fought.get(key, record) == record
        if met and not (self._rules.repair or self._memory.repair):
            self.edited.append((key, record))
            self.verdicts.add(self.row.set_id, record.type, Reason.EDITED, said.edited(held.value, record))
            return
        changes: list[Change] = [Replace(held, record)]
        place = self._standing.place(wanted)
        if place.text is not None and not place.trouble:
            self.beside += place.beside
            changes += place.writes()
        self.units.append((*changes, *self.proven(title)))

    def _removal(self, kind: str) -> list[Change]:
        title = self._titles[kind]
        changes: list[Change] = [Delete(self._stored[kind])]
        if title.txt is not None:
            changes.append(Delete(title.txt))
        return [*changes, *self.proven(title)]

    def _remove_type(self, kind: str) -> None:
        demand = self.row.demand
        if demand.silent:
            self.verdicts.add(self.row.set_id, kind, Reason.HELD, said.held_type(kind), until=demand.until)
        elif self._grace_over(kind, said.unwanted_type(kind)):
            self.units.append(tuple(self._removal(kind)))

    def _draw_unwanted(self) -> None:
        ours = [kind for kind, title in self._titles.items() if title.ours]
        label = next((self._titles[kind].resource for kind in ours if self._titles[kind].resource), "")
        demand = self.row.demand
        refusal = None if demand.ordered else self._unproven(label)
        if refusal is not None:
            reason, text = refusal
            self.verdicts.add(self.row.set_id, WHOLE, reason, text, until=demand.until if demand.claimed else NEVER)
            return
        if not demand.claimed and not demand.ended and self._rules.orphans == "keep":
            return
        if self._grace_over(WHOLE, said.unclaimed(label)):
            for kind in ours:
                self.units.append(tuple(self._removal(kind)))
        elif demand.ended:
            self.spare = [(self._stored[kind], self._titles[kind]) for kind in ours]
            # A TXT that lost its record set must not keep the row that takes the place of this one from coming.
            self.spare += [(held, Title(ours=True, resource=label)) for held, label in self._lone() if not self._standing.suspect]

    def _lone(self) -> Iterator[tuple[Stored, str]]:
        """Yield the TXT of ours without a record set whose objects this installation sees, with their labels."""
        scope = self._rules.scope
        for held, label in self._standing.leftovers(self._group.name, self.row.set_id):
            if not scope.unreadable(label, self._group.name) and not scope.elsewhere(label):
                yield held, label

    def _unproven(self, label: str) -> tuple[Reason, str] | None:
        """Return why nothing proves that the row may go, or None if something does."""
        demand = self.row.demand
        if demand.claimed:
            return (Reason.DOUBTFUL, said.vanished()) if demand.doubtful else (Reason.HELD, said.held())
        if self._rules.scope.unreadable(label, self._group.name):
            return Reason.DOUBTFUL, said.unreadable(label)
        if demand.ended:
            return None
        if self._rules.scope.elsewhere(label):
            return Reason.OTHER_SOURCE, said.other_source(label)
        if self._rules.orphans == "park":
            return Reason.ORPHAN, said.orphan(label)
        return None

    def _draw_leftovers(self) -> None:
        delegated = self._group.name != self._group.zone.name and any(held.value.type == "NS" for held in self._group.sets)
        if self.row.demand.claimed or delegated:
            # What the TXT of a delegated name is for stands in the zone below.
            return
        scope, suspect = self._rules.scope, self._standing.suspect
        for held, label in self._standing.leftovers(self._group.name, self.row.set_id):
            if scope.unreadable(label, self._group.name):
                self.verdicts.add(self.row.set_id, LEFTOVER, Reason.DOUBTFUL, said.unreadable(label))
                continue
            if scope.elsewhere(label):
                self.verdicts.add(self.row.set_id, LEFTOVER, Reason.OTHER_SOURCE, said.other_source(label))
                continue
            proven = self.row.demand.ended or self._rules.orphans == "delete"
            if proven and not suspect and self._grace_over(LEFTOVER, said.leftover(held.value)):
                self.units.append((Delete(held),))
                continue
            if not suspect:
                self.spare.append((held, Title(ours=True, resource=label)))
            if suspect if proven else self._rules.orphans == "park":
                # Under a wrong affix it may be the TXT of another name.
                self.verdicts.add(self.row.set_id, LEFTOVER, Reason.ORPHAN, said.lone(held.value, suspect=suspect))
