"""The machine: random histories of everything at once, and what must hold when all is quiet."""

from hypothesis import event

from dnsguard.lab.objects import gateway, route
from dnsguard.model.changes import ListRecords, Uncertain, Write
from dnsguard.model.facts import Answered, Reason
from tests.core.machine.cluster import Cluster
from tests.core.machine.hands import Hands
from tests.core.machine.persons import Persons
from tests.core.machine.plain import group_of, is_mark, ours, targets
from tests.core.machine.scenery import GATEWAYS, NAMES, chosen
from tests.core.machine.wishes import KINDS, type_of

HARMLESS = {Reason.GRACE, Reason.CONFLICT}
"""Reasons that do not keep what is published from being there."""
LASTING = {
    Reason.FOREIGN,
    Reason.ORPHAN,
    Reason.CONFLICT,
    Reason.UNOWNABLE,
    Reason.IMPOSSIBLE,
    Reason.POLICY,
    Reason.SHADOW,
    Reason.OTHER_SOURCE,
}
"""Reasons that only the person can end who wrote the zone, the object or the settings."""


class EngineMachine(Cluster, Hands, Persons):
    """Random histories; the judge watches every call."""

    steps = 0

    def check_invariants(self, *arguments, **named):
        type(self).steps += 1
        super().check_invariants(*arguments, **named)

    def teardown(self) -> None:
        if not hasattr(self, "calls") or self.judge.wrongs or self.calls.wrongs:
            return
        self.world.strict.faults.clear()
        self.world.strict.policies = None
        self.world.strict.zone_limit = 10_000
        self.quiet(3 * 3600.0)
        self.wanted_is_there()
        self.nothing_is_sent_for_ever()
        self.every_way_out_is_one()
        self.told_again()

    def quiet(self, seconds: float) -> None:
        self.run_for(seconds)
        self.nothing_is_wrong()

    def excused(self, zone: str) -> set[str]:
        """Return the names of a zone that are not as wanted for a reason that is told."""
        told = {verdict.name for verdict in self.world.standing if self.labels[verdict.zone] == zone and verdict.reason not in HARMLESS}
        told |= {verdict.name for verdict in self.world.standing if verdict.reason is Reason.CONFLICT}
        return told | self.unseen(zone)

    def unseen(self, zone: str) -> set[str]:
        """Return the names of a zone that somebody changed where nobody looks again: nobody knows what stands there."""
        never = self.config.drift.period == "never"
        return {name for where, name in self.judge.meddled if where == zone} if never else set()

    def doubted(self) -> bool:
        """Known limit: without verification, somebody else's edit can look like the trace of a batch whose fate is read from one set."""
        uncertain = any(isinstance(fact, Answered) and isinstance(fact.outcome, Uncertain) for _, fact in self.world.facts)
        return self.config.drift.period == "never" and bool(self.judge.meddled) and uncertain

    def wanted_is_there(self) -> None:
        """Every zone holds what is wanted for every name without a verdict, and every verdict has a way out."""
        assert all(verdict.way_out and verdict.text for verdict in self.world.standing)
        if self.doubted() or self.config.policy == "shadow" or self.away:
            return
        published, claimed = self.wishes.published(), self.wishes.claimed(self.world.now)
        for zone in self.world.zones:
            sets, excused = self.sets(zone), self.excused(zone)
            mine = ours(sets)
            for name in NAMES:
                if name in excused:
                    continue
                wanted: dict[str, set[str]] = {}
                values = published.get(name, ()) if zone in chosen(name, [*self.world.zones]) else ()
                for target in {target for value in values for target in value}:
                    for kind in ("A", "AAAA") if target.endswith(".elb.amazonaws.com") else (type_of(target),):
                        wanted.setdefault(kind, set()).add(target)
                found = {kind: set(targets(record)) for kind, record in mine.get(name, {}).items()}
                graced = {verdict.name for verdict in self.world.standing if verdict.reason is Reason.GRACE}
                if name not in claimed and self.config.guard.orphans == "keep" and not wanted:
                    continue
                assert found == wanted or name in graced, f"{name} in {zone} is {found}, wanted is {wanted}; {list(self.world.standing)}"
                event(f"compared: {bool(wanted)}")
            # That of a claimed name waits for a status to publish it again.
            lone = {group_of(name, kind) for (name, kind), record in sets.items() if is_mark(record)} - {*mine, *excused, *claimed}
            assert not lone or self.config.guard.orphans == "keep", f"TXT of {lone} stand for nothing, and nobody says so"

    def nothing_is_sent_for_ever(self) -> None:
        """An hour later no write has left but those of a quarantine, and no read but those that verify."""
        quarantined = any(verdict.reason is Reason.QUARANTINED for verdict in self.world.standing)
        begun = len(self.world.jobs)
        self.quiet(3600.0)
        calls = [job.call for _, job in self.world.jobs[begun:]]
        writes = [call for call in calls if isinstance(call, Write)]
        lookups = [call for call in calls if isinstance(call, ListRecords) and call.limit < 300]
        assert not writes or (quarantined and len(writes) <= 3 * len(NAMES)), writes
        assert not lookups or quarantined or self.config.policy == "shadow", lookups

    def every_way_out_is_one(self) -> None:
        """Take every way out that verdicts name: what stays is what only others can end."""
        for frozen in [each for each in self.people.frozen if each.until is None]:
            self.thaw_one(frozen)
        for kind in KINDS:
            self.relist(kind)
        for ref in sorted(self.wishes.doubtful - set(self.world.objects)):
            self.frame(ref)
            self.catch_up()
        self.put(*(gateway(["192.0.2.1"], ref.name) for ref in GATEWAYS))
        for ref, view in self.routes().items():
            notes = {key.rpartition("/")[2]: text for key, text in view.annotations.items()}
            self.put(route(ref.name, view.spec.hostnames or (), parents=view.spec.parent_refs or (), annotations=notes))
        self.quiet(3600.0)
        for _ in range(2):
            for zone in self.world.zones:
                if any(where == zone for where, _ in self.parked):
                    self.approve_in(zone, "checksum")
            for name in {verdict.name for verdict in self.world.standing if verdict.reason in {Reason.EDITED, Reason.MISSING}}:
                self.repair_one(name)
            self.quiet(3600.0)
        lasting = LASTING | ({Reason.GRACE} if self.config.policy != "sync" else set())
        unseen = {(zone, name) for label, zone in self.world.zones.items() for name in self.unseen(label)}
        left = [verdict for verdict in self.world.standing if verdict.reason not in lasting]
        left = [verdict for verdict in left if verdict.reason is not Reason.QUARANTINED or (verdict.zone, verdict.name) not in unseen]
        assert not left, left
        event(f"verdicts at the end: {len(self.world.standing) > 0}")
        self.wanted_is_there()
