"""The plan of one group: what has to be sent so that a name in a zone holds what is wanted of it.

Rules kept here (those of one row are in `draft`, and in `fulfilment` for what external-dns asks):

- A row whose creations are impossible beside what stays is given up whole: none of its deletions is planned either.
- What has ended and makes a creation impossible goes in the same batch, without grace. What must make room for something
  else goes in one unit with it, deletions first.
- A row whose claim ended stays while another row of the name is claimed, or asked for, and has nothing to take its place: who gives a name
  another set identifier does not give it up.
- In a zone that the name does not belong to, nothing is changed.
- The policy filters last: what it forbids is shown.
- What must go together and exceeds what one call carries is refused with that reason.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from dnsguard.core import said
from dnsguard.core.batch import Unit, fits, weight_of
from dnsguard.core.draft import Draft
from dnsguard.core.feasible import obstacle
from dnsguard.core.fulfilment import Fulfilment
from dnsguard.core.group import Group, Memory
from dnsguard.core.inventory import NEVER
from dnsguard.core.ledger import Key, Ledger, key_of, record_of
from dnsguard.core.policy import Policing
from dnsguard.core.requests import Ask
from dnsguard.core.sheet import LEFTOVER, Rules, Sheet
from dnsguard.core.standing import Scope, Standing
from dnsguard.core.verdicts import Verdicts
from dnsguard.core.weights import NOTHING as WEIGHTLESS
from dnsguard.core.weights import Weight
from dnsguard.model.changes import Change, Create, Delete, Replace
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Settings


class Plan(Struct, frozen=True):
    """What to send, and what stands in the way.

    *units* are to be sent in order and weigh *weight*; *graces* are the deletions that wait for, or are over, their grace, by (name, type,
    set id), with type "" for a whole row and TXT for an ownership TXT alone; *edited* are the wishes that an edit keeps
    from being carried out, *agreed* the sets that were edited to what is wanted; *ours*: the zone holds a record set of ours
    under the name.
    """

    units: tuple[Unit, ...] = ()
    weight: Weight = WEIGHTLESS
    verdicts: tuple[Verdict, ...] = ()
    graces: tuple[Key, ...] = ()
    edited: tuple[tuple[Key, RecordSet], ...] = ()
    agreed: tuple[Key, ...] = ()
    ours: bool = False

    @property
    def dooms(self) -> bool:
        """Whether a record set is to be deleted with nothing in its place, now or after its grace."""
        return any(kind != LEFTOVER for _, kind, _ in self.graces)


NOTHING = Plan()


class Planner:
    """The rules of one configuration."""

    def __init__(self, settings: Settings, scope: Scope) -> None:
        self._rules = Rules.of(settings, scope)
        self._policing = Policing(settings)

    def plan(self, group: Group, standing: Standing, memory: Memory, now: float) -> Plan:
        """Plan *group*; *now* tells which graces are over."""
        drafts = [Draft(self._rules, group, row, standing, memory, now) for row in group.rows]
        for draft in drafts:
            if group.here:
                draft.draw()
            else:
                draft.occluded()
        return self._joined(group, drafts)

    def fulfil(self, group: Group, asks: Mapping[Key, Ask], ledger: Ledger, memory: Memory, now: float) -> Plan:
        """Plan *group* as it is asked for by *asks*; *ledger* is that of its zone."""
        drawn = [Fulfilment(self._rules, group, row, memory, now) for row in group.rows]
        for sheet in drawn:
            sheet.draw(asks, ledger)
        return self._joined(group, drawn)

    def _joined(self, group: Group, drafts: Sequence[Sheet]) -> Plan:
        _make_possible(group, drafts)
        _hand_over(drafts)
        verdicts = Verdicts(group.zone.id, group.name)
        for draft in drafts:
            verdicts.extend(draft.verdicts)
        units = self._policing.filter([unit for draft in drafts for unit in draft.units], verdicts)
        sent, weight = _carried(units, verdicts)
        return Plan(
            sent,
            weight,
            verdicts.all(),
            tuple(key for draft in drafts for key in draft.graces),
            tuple(pair for draft in drafts for pair in draft.edited),
            tuple(key for draft in drafts for key in draft.agreed),
            any(draft.ours for draft in drafts),
        )


def _carried(units: Iterable[Unit], verdicts: Verdicts) -> tuple[tuple[Unit, ...], Weight]:
    """Return the units that one call can carry, and what they weigh together."""
    sent: list[Unit] = []
    total = WEIGHTLESS
    for unit in units:
        weight = weight_of((unit,))
        if fits(weight):
            sent.append(unit)
            total = total.plus(weight)
        else:
            record = record_of(unit[0])
            verdicts.add(record.set_id, record.type, Reason.INVALID, said.too_large(len(unit)))
    return tuple(sent), total


def _make_possible(group: Group, drafts: Sequence[Sheet]) -> None:
    """Force out what has ended and excludes a creation; give up the rows whose creations stay impossible."""
    while any(draft.units for draft in drafts):
        forced: list[Unit] = []
        for place, draft in enumerate(drafts):
            trouble = _trouble(group, drafts, place, forced)
            if trouble is not None:
                draft.forget(said.impossible(trouble))
                break
        else:
            if forced or _entangled(group, drafts):
                _together(drafts, forced)
            return


def _hand_over(drafts: Sequence[Sheet]) -> None:
    """Keep the rows that end while those that took their place neither stand nor come."""
    heirs = [draft for draft in drafts if draft.heir]
    coming = [record for draft in drafts for record in _coming(draft.units) if record.type != "TXT"]
    if heirs and not coming and not any(draft.ours for draft in heirs):
        until = max((draft.row.demand.until for draft in heirs if draft.row.demand.claimed), default=NEVER)
        for draft in drafts:
            if draft.ours and draft.graces:
                draft.stay(until)


def _trouble(group: Group, drafts: Sequence[Sheet], place: int, forced: list[Unit]) -> RecordSet | str | None:
    """Return what excludes a creation of the draft at *place*; note in *forced* what has to go for it."""
    leaving = {key_of(held.value) for held in _leaving([*(unit for draft in drafts for unit in draft.units), *forced])}
    standing = [held.value for held in _around(group, drafts) if key_of(held.value) not in leaving]
    standing += [record for draft in drafts[:place] for record in _coming(draft.units)]
    spare = _spare(drafts)
    for new in _coming(drafts[place].units):
        while (trouble := _obstacle(new, standing, group)) is not None:
            if isinstance(trouble, str) or key_of(trouble) not in spare:
                return trouble
            unit = spare[key_of(trouble)]
            forced.append(unit)
            going = {key_of(held.value) for held in _leaving([unit])}
            standing = [record for record in standing if key_of(record) not in going]
        standing.append(new)
    return None


def _entangled(group: Group, drafts: Sequence[Sheet]) -> bool:
    """Return whether a unit creates what another unit has to make room for."""
    units = [unit for draft in drafts for unit in draft.units]
    around = _around(group, drafts)
    for unit in units:
        leaving = {key_of(held.value) for held in _leaving([unit])}
        standing = [held.value for held in around if key_of(held.value) not in leaving]
        if any(_obstacle(new, standing, group) is not None for new in _coming([unit])):
            return True
    return False


def _together(drafts: Sequence[Sheet], forced: Iterable[Unit]) -> None:
    """Make one unit of all: Route53 carries a batch out in order, so what has to make room goes first."""
    units = [*forced, *(unit for draft in drafts for unit in draft.units)]
    deletions: list[Change] = [Delete(held) for held in {key_of(held.value): held for held in _leaving(units)}.values()]
    first = next(draft for draft in drafts if draft.units)
    for draft in drafts:
        draft.units = []
    first.units = [(*deletions, *map(Create, _coming(units)))]


def _spare(drafts: Iterable[Sheet]) -> dict[Key, Unit]:
    """Return the deletions that may be forced, by the keys of all that they delete."""
    found: dict[Key, Unit] = {}
    for draft in drafts:
        for held, title in draft.spare:
            txt = () if title.txt is None else (Delete(title.txt),)
            unit = (Delete(held), *txt, *draft.proven(title))
            found.update((key_of(change.before.value), unit) for change in (Delete(held), *txt))
    return found


def _around(group: Group, drafts: Iterable[Sheet]) -> list[Stored]:
    """Return what stands at the group's name, and where the TXT of its creations go."""
    standing = [*group.sets, *(held for draft in drafts for held in draft.beside)]
    return list({key_of(held.value): held for held in standing}.values())


def _obstacle(new: RecordSet, standing: Iterable[RecordSet], group: Group) -> RecordSet | str | None:
    return obstacle(new, (record for record in standing if record.name == new.name), group.zone.name)


def _leaving(units: Iterable[Unit]) -> list[Stored]:
    return [change.before for unit in units for change in unit if isinstance(change, (Replace, Delete))]


def _coming(units: Iterable[Unit]) -> list[RecordSet]:
    return [change.after for unit in units for change in unit if isinstance(change, (Create, Replace))]
