"""Orders: what a person's word does.

Rules kept here:

- An order is carried out whole or declined with one sentence; a declined one changes nothing.
- A zone is named by its bare id, or by its name where only one zone in use has it.
- Who freezes or thaws for a sheet speaks of zones by their ids, and of nothing but that sheet's freezes.
- An approval by checksum is for exactly the names that somebody looked at: if others are parked meanwhile, it is declined.
"""

from collections.abc import Callable
from typing import assert_never

from dnsguard.core.desk import Desk
from dnsguard.core.drafting import Drafting
from dnsguard.core.durations import howlong
from dnsguard.core.freezes import covers
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.names import canonical
from dnsguard.core.patterns import EVERY, Patterns, pattern_of
from dnsguard.core.survey import Survey
from dnsguard.core.undo import Refused, Undoing
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Approve, Freeze, Order, Repair, Reply, Thaw, Undo


class Declined(Exception):
    """An order cannot be carried out; its text is the sentence."""


class Orders:
    """Carries out orders on the zones of *survey* by means of *desk*; *undoing* those that go back in time, as there.

    *asked*: what is wanted is asked for by somebody else.
    """

    def __init__(
        self,
        survey: Survey,
        desk: Desk,
        drafting: Drafting,
        inventory: Inventory,
        named: Callable[[str], Ref],
        *,
        asked: bool = False,
    ) -> None:
        self._asked = asked
        self._survey = survey
        self._desk = desk
        self.undoing = Undoing(survey, desk, drafting, inventory, named)

    def carry_out(self, order: Order, now: float) -> Reply:
        """Carry out *order*; return what became of it."""
        try:
            match order:
                case Freeze():
                    return Reply(done=True, text=self._freeze(order, now))
                case Thaw():
                    return Reply(done=True, text=self._thaw(order, now))
                case Approve():
                    return Reply(done=True, text=self._approve(order, now))
                case Repair():
                    return Reply(done=True, text=self._repair(order))
                case Undo():
                    return Reply(done=True, text=self.undoing.carry_out(order, now))
                case _:
                    assert_never(order)
        except (Declined, Refused) as declined:
            return Reply(done=False, text=str(declined))

    def _freeze(self, order: Freeze, now: float) -> str:
        if order.until is not None and order.until <= now:
            raise Declined("the end of the freeze lies in the past")
        freeze = Freeze(self._place(order), _pattern(order.pattern), order.until, order.reason, order.by, order.sheet)
        self._desk.freezes.put(freeze)
        self._desk.replan_covered(freeze)
        ends = "" if freeze.until is None else f" for {howlong(freeze.until - now)}"
        return f"{covered(freeze)} is frozen: nothing of it is written{ends}"

    def _thaw(self, order: Thaw, now: float) -> str:
        freeze = Freeze(self._place(order), _pattern(order.pattern), sheet=order.sheet)
        if order.undone:
            return self._release(order.undone, freeze, now)
        removed = self._desk.freezes.remove(freeze.zone, freeze.pattern, freeze.sheet)
        sheets = [each.sheet for each in self._desk.freezes if (each.zone, each.pattern) == (freeze.zone, freeze.pattern) and each.sheet]
        still = f"ConfigMap {', '.join(sheets)} still freezes it: take the annotation away there" if sheets else ""
        if not removed and still:
            raise Declined(f"{covered(freeze)} is not frozen by an order; {still}")
        if not removed and freeze.pattern and not freeze.sheet:
            return self._release("", freeze, now)
        if not removed:
            raise Declined(self._not_frozen(freeze))
        self._desk.replan_covered(freeze)
        return f"{covered(freeze)} is no longer frozen" + (f"; {still}" if still else "")

    def _release(self, what: str, freeze: Freeze, now: float) -> str:
        """Release what was undone of the names that *freeze* means, with *what* alone if that is not empty."""
        patterns = Patterns((freeze.pattern or EVERY,))
        lanes = [lane for lane in self._survey.lanes.values() if covers(freeze, lane.zone)]
        count = sum(self.undoing.release(lane, lane.undone.matching(patterns, what), now) for lane in lanes)
        if count:
            return f"{count} {'name is' if count == 1 else 'names are'} released: what objects ask for counts again"
        if not what:
            raise Declined(self._not_frozen(freeze))
        others = sorted({undone.what for lane in self._survey.lanes.values() for undone, _ in lane.undone.groups()})
        raise Declined(f"nothing of {covered(freeze)} is undone by {what}" + (f"; undone: {', '.join(others)}" if others else ""))

    def _not_frozen(self, freeze: Freeze) -> str:
        return f"{covered(freeze)} is not frozen" + self._frozen()

    def _frozen(self) -> str:
        others = [covered(freeze) for freeze in self._desk.freezes]
        return f"; frozen: {', '.join(sorted(others))}" if others else ""

    def _approve(self, order: Approve, now: float) -> str:
        lane = self._lane(order.zone)
        parked, checksum = lane.breaker.parked_count, lane.breaker.checksum
        if not order.checksum and order.most < 1:
            raise Declined("an approval needs the checksum of the parked names, or the most names that may go")
        if order.until is not None and order.until <= now:
            raise Declined("the end of the approval lies in the past")
        if order.checksum and not parked:
            raise Declined(f"nothing is parked in {lane.zone.name}")
        if order.checksum and order.checksum != checksum:
            raise Declined(f"the parked names of {lane.zone.name} are others now: {parked}, checksum {checksum}; look at them again")
        if order.most and parked > order.most:
            raise Declined(f"{parked} names are parked in {lane.zone.name}, more than the {order.most} that are approved")
        if not parked and order.until is None:
            raise Declined(f"nothing is parked in {lane.zone.name}")
        self._desk.approve(lane, now, order.most, order.until)
        later = "" if order.until is None else f", and at most {order.most} in all within {howlong(order.until - now)}"
        return f"{parked} deletions in {lane.zone.name} are approved{later}"

    def _repair(self, order: Repair) -> str:
        name = _name(order.name)
        if self._asked:
            raise Declined("external-dns is told what stands, and puts back itself what it wants otherwise")
        every = self._survey.lanes.values()
        lanes = [lane for lane in every if name in lane.ledger.lost or any(key[0] == name for key in lane.ledger.edited)]
        if not lanes:
            raise Declined(f"nobody is known to have changed or deleted {name}")
        for lane in lanes:
            lane.repairs.add(name)
            lane.unplanned.add((name,))
        return f"{name} is put back as it is wanted"

    def _place(self, order: Freeze | Thaw) -> str:
        # What froze a zone that is not in use any more can still be ended.
        known = isinstance(order, Thaw) and any(freeze.zone == order.zone for freeze in self._desk.freezes)
        return order.zone if order.sheet or known else self._zone(order.zone)

    def _zone(self, text: str) -> str:
        """Return the id of the zone that *text* names; "" stays as it is."""
        return self._lane(text).zone.id if text else ""

    def _lane(self, text: str) -> Lane:
        found = self._survey.called(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise Declined(f"several zones are called {text}: name one by its id: {', '.join(sorted(lane.zone.id for lane in found))}")
        known = ", ".join(sorted(f"{lane.zone.name} ({lane.zone.id})" for lane in self._survey.lanes.values()))
        raise Declined(f"no zone in use is called {text!r}; there are {known or 'none'}")


def covered(freeze: Freeze) -> str:
    """Return in words what a freeze covers."""
    where = f"zone {freeze.zone}" if freeze.zone else ""
    what = freeze.pattern
    whole = f"{what} in {where}" if what and where else what or where or "everything"
    return f"{whole} (ConfigMap {freeze.sheet})" if freeze.sheet else whole


def _pattern(text: str) -> str:
    try:
        return pattern_of(text) if text else ""
    except ValueError as error:
        raise Declined(str(error)) from error


def _name(text: str) -> str:
    try:
        return canonical(text)
    except ValueError as error:
        raise Declined(str(error)) from error
