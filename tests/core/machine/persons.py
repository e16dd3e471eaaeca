"""What people say: freezes, thaws, approvals, repairs."""

from hypothesis import strategies as st

from dnsguard.core.breaker import checksum_of
from dnsguard.model.facts import Reason
from dnsguard.model.orders import Approve, Freeze, Repair, Thaw
from tests.core.machine.people import Frozen, pending
from tests.core.machine.scenery import NAMES
from tests.core.machine.stage import Stage, act

patterns = st.sampled_from(["", "*", "*.example.com", "*.sub.example.com", *NAMES[:6]])


class Persons(Stage):
    """Rules of the people's side."""

    @act(data=st.data(), pattern=patterns, seconds=st.sampled_from([None, 1.0, 60.0, 900.0]))
    def freeze(self, data: st.DataObject, pattern: str, seconds: float | None) -> None:
        zone = data.draw(st.sampled_from(["", *self.world.zones]), label="zone")
        until = None if seconds is None else self.world.now + seconds
        if self.world.order(Freeze(self.world.zones.get(zone, ""), pattern, until)).done:
            self.people.freeze(Frozen(zone, pattern, until))
        self.catch_up()

    @act(data=st.data())
    def thaw(self, data: st.DataObject) -> None:
        frozen = [each for each in self.people.frozen if each.until is None or each.until > self.world.now]
        if frozen:
            self.thaw_one(data.draw(st.sampled_from(frozen), label="thawed"))

    def thaw_one(self, frozen: Frozen) -> None:
        reply = self.world.order(Thaw(self.world.zones.get(frozen.zone, ""), frozen.pattern))
        assert reply.done, reply.text
        self.people.thaw(frozen.zone, frozen.pattern)
        self.catch_up()

    @act(data=st.data(), how=st.sampled_from(["checksum", "most", "for a while"]))
    def approve(self, data: st.DataObject, how: str) -> None:
        self.run_for(0.0)
        self.approve_in(data.draw(st.sampled_from(sorted(self.world.zones)), label="zone"), how)

    def approve_in(self, zone: str, how: str) -> None:
        """Approve what is parked in a zone; what is shown as parked is what can be approved."""
        parked = sorted(name for where, name in self.parked if where == zone)
        now = self.world.now
        most = 0 if how == "checksum" else len(parked) + 1
        until = now + 300.0 if how == "for a while" else None
        order = Approve(self.world.zones[zone], checksum_of(parked) if how == "checksum" else "", most, until)
        names = pending(self.sets(zone), self.wishes, now)
        reply = self.world.order(order)
        assert reply.done or not parked, reply.text
        if reply.done:
            self.people.approve(zone, names, now, max(0, most - len(parked)), until)
        self.catch_up()

    @act(name=st.sampled_from(NAMES))
    def repair(self, name: str) -> None:
        self.repair_one(name)

    def repair_one(self, name: str) -> None:
        shown = any(verdict.name == name and verdict.reason in {Reason.EDITED, Reason.MISSING} for verdict in self.world.standing)
        reply = self.world.order(Repair(name))
        self.judge.repaired(name)
        assert reply.done or not shown, reply.text
        self.catch_up()
