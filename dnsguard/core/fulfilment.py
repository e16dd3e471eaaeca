"""A fulfilment: the plan of one row of which external-dns asks, which owns the row and keeps its own registry.

Rules kept here:

- What is asked for is sent as it is, ownership TXT included; a record set and its TXT are one unit.
- A set is swapped against exactly what stands, and its TXT with it although that stays as it is: so both are proof, and a name
  that somebody else took meanwhile is refused.
- A row loses its last address or name only when no spec claims it; what else goes, goes after the grace. What goes for
  something that takes its place goes at once with it.
- A row of which something is not understood, or whose target must not take the place of the one that stands, is left whole.
"""

from collections.abc import Mapping, Sequence

from dnsguard.core import said
from dnsguard.core.feasible import excludes
from dnsguard.core.ledger import Key, Ledger, key_of, record_of
from dnsguard.core.requests import Ask
from dnsguard.core.sheet import LEFTOVER, WHOLE, Sheet
from dnsguard.core.standing import Title
from dnsguard.model.changes import Change, Create, Delete, Replace
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet, Stored


class Fulfilment(Sheet):
    """The plan of one row as it is asked for."""

    def draw(self, asks: Mapping[Key, Ask], ledger: Ledger) -> None:
        """Draw the plan of the row from what is asked of the record sets of its group, TXT included."""
        mine = {key: ask for key, ask in asks.items() if key[2] == self.row.set_id}
        self.ours = bool(self._standing())
        self.heir = self.heir or any(ask.problem or ask.after is not None for ask in mine.values())
        wrong = next(((key, ask.problem) for key, ask in mine.items() if ask.problem), None)
        if wrong is not None:
            self.verdicts.add(self.row.set_id, wrong[0][1], Reason.INVALID, wrong[1])
            return
        making: list[Change] = []
        proofs: list[Change] = []
        going: list[Stored] = []
        for key, ask in mine.items():
            held = ledger.find(key)
            if ask.after is None:
                going += [held] if held is not None else []
            elif held is None:
                making.append(Create(ask.after))
                self.beside += ledger.at(key[0]) if key[0] != self._group.name else ()
            else:
                (proofs if held.value == ask.after else making).append(Replace(held, ask.after))
        if self._objects(making, asks):
            return
        if any(isinstance(change, Replace) for change in making):
            making += [change for change in proofs if record_of(change).name != self._group.name]
        self._draw(making, going)

    def _objects(self, making: Sequence[Change], asks: Mapping[Key, Ask]) -> bool:
        """Return whether what comes must not take the place of what stands, record set by record set and in the row as a whole."""
        public, sanity = not self._group.zone.private, self._rules.sanity
        objections = [
            sanity.objection([change.before.value], change.after, public=public)
            for change in making
            if isinstance(change, Replace) and change.after.type in self._rules.types
        ]
        standing = {key_of(record): record for record in self._standing()}
        wanted = {**standing, **{key: ask.after for key, ask in asks.items() if key[2] == self.row.set_id}}
        coming = [record for record in wanted.values() if record is not None and record.type in self._rules.types]
        objections.append(sanity.loss(standing.values() or self._leaving(asks), coming, public=public))
        objection = next(filter(None, objections), None)
        if objection is not None:
            self.forget(objection, Reason.TARGET)
        return objection is not None

    def _standing(self) -> list[RecordSet]:
        sets = (held.value for held in self._group.sets)
        return [record for record in sets if record.set_id == self.row.set_id and record.type in self._rules.types]

    def _leaving(self, asks: Mapping[Key, Ask]) -> list[RecordSet]:
        """Return what is asked to go of the name: a new row takes its place."""
        gone = {key for key, ask in asks.items() if ask.after is None and not ask.problem}
        return [held.value for held in self._group.sets if key_of(held.value) in gone and held.value.type in self._rules.types]

    def _draw(self, making: list[Change], going: Sequence[Stored]) -> None:
        records = [held for held in going if held.value.name == self._group.name]
        texts = [held for held in going if held.value.name != self._group.name]
        deletions = [Delete(held) for held in (*records, *texts)]
        coming = [change.after for change in making if isinstance(change, (Create, Replace))]
        if any(excludes(held.value, new) for held in records for new in coming if new.name == held.value.name):
            self.units.append((*deletions, *making))
            return
        if making:
            self.units.append(tuple(making))
        if going and self._may_go(records, making):
            self.units.append(tuple(deletions))
        elif going:
            self.spare = [(held, Title(ours=True, txt=text)) for held, text in zip(records, texts, strict=False)]
            self.spare += [(held, Title(ours=True)) for held in records[len(texts) :]]

    def _may_go(self, records: Sequence[Stored], making: Sequence[Change]) -> bool:
        if not records:
            return self._grace_over(LEFTOVER, said.asked_away())
        leaving = {key_of(held.value) for held in records}
        coming = any(isinstance(change, Create) and change.after.type in self._rules.types for change in making)
        stays = coming or any(key_of(record) not in leaving for record in self._standing())
        demand = self.row.demand
        if demand.claimed and not stays:
            reason, text = (Reason.DOUBTFUL, said.vanished()) if demand.doubtful else (Reason.HELD, said.still_claimed())
            self.verdicts.add(self.row.set_id, WHOLE, reason, text, until=demand.until)
            return False
        kind = "+".join(sorted(held.value.type for held in records)) if stays else WHOLE
        return self._grace_over(WHOLE if kind == LEFTOVER else kind, said.asked_away())
