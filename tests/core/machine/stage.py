"""The stage: one world under random settings, with everybody who watches it."""

from functools import wraps
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dnsguard.app import build_engine
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.changes import Job, Write
from dnsguard.model.entries import Kept
from dnsguard.model.events import Deleted, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.facts import Cleared, Contested, Fact, Reason, Settled, Tripped, Untripped, Verified, Withheld, ZoneRead
from dnsguard.model.objects import GatewayView, Ref, RouteView, View
from dnsguard.model.settings import Settings
from tests.core.machine.calls import Calls
from tests.core.machine.judge import Judge
from tests.core.machine.people import People
from tests.core.machine.plain import Record, Sets, read
from tests.core.machine.scenery import GATEWAYS, NAMES, PARENTS, ROUTES, settings, zones
from tests.core.machine.wishes import KINDS, Wishes

PAUSES = st.sampled_from([0.0, 0.0, 0.05, 0.25, 1.0, 1.0, 3.0, 8.0, 8.0, 60.0, 301.0, 700.0])
"""Seconds that pass after something happened."""


def act(**strategies: Any) -> Any:
    """Make a rule of a method: after what happens, some time passes."""

    def decorate(method: Any) -> Any:
        @wraps(method)
        def happens(self: "Stage", pause: float, **arguments: Any) -> None:
            method(self, **arguments)
            self.run_for(pause)

        return rule(pause=PAUSES, **strategies)(happens)

    return decorate


class Diary:
    """An engine that writes down what it was told and what it said, so that another can be told the same."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.lines: list[tuple[str, tuple[Any, ...], Any]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._engine, name)

        def told(*arguments: Any) -> Any:
            answer = method(*arguments)
            self.lines.append((name, arguments, answer))
            return answer

        return told


class Stage(RuleBasedStateMachine):
    """The world, its watchers, and how events reach both."""

    @initialize(config=settings, places=zones, seed=st.integers(0, 3), twice=st.integers(0, 3))
    def begin(self, config: Settings, places: tuple[tuple[str, ...], tuple[str, ...]], seed: int, twice: int) -> None:
        self.config = config
        self.seed, self.twice = seed, twice == 0
        self.broken: set[Ref] = set()
        self.away: set[str] = set()
        self.contested: set[Ref] = set()
        self.parked: set[tuple[str, str]] = set()
        self.pending: tuple[str, list[Record], float] | None = None
        self.heard = 0
        self.kept: list[Kept] = []
        public, private = places
        self.world = World(config, public, private=private, seed=seed, witness=self.witness)
        self.labels = {zone: label for label, zone in self.world.zones.items()}
        self.wishes = Wishes(config)
        self.people = People()
        self.judge = Judge(config, self.wishes, self.people, self.world.now)
        self.calls = Calls(config, self.world.now)
        self.born = self.world.now
        self.keep_diary()
        both = tuple(PARENTS.values())
        self.put(gateway(["192.0.2.1"]), gateway(["192.0.2.2"], "other"), namespace("team"))
        hosts = ([NAMES[0]], NAMES[1:3], [NAMES[3], NAMES[8]], [NAMES[4], NAMES[5]], [NAMES[7]], [NAMES[9], NAMES[10]], [])
        for number, (ref, names) in enumerate(zip(ROUTES, hosts, strict=True)):
            self.put(route(ref.name, names, parents=both[:1] if number < 5 else both[1:]))
        for kind in KINDS:
            self.relist(kind)
        self.run_for(5.0)

    def keep_diary(self) -> None:
        if self.twice:
            self.world.engine = Diary(self.world.engine)  # type: ignore[assignment]

    # What is told

    def put(self, *views: View) -> None:
        """Create or change objects."""
        for view in views:
            self.world.objects[view.ref] = view
            self.broken.discard(view.ref)
            if view.ref.kind not in self.away:
                self.see(view)

    def see(self, view: View) -> None:
        self.world.tell(Upserted(view, "1"))
        self.wishes.told(view, self.world.now)
        self.catch_up()

    def drop(self, ref: Ref) -> None:
        """Delete an object."""
        self.broken.discard(ref)
        if self.world.objects.pop(ref, None) is not None and ref.kind not in self.away:
            self.frame(ref)

    def frame(self, ref: Ref) -> None:
        self.world.tell(Deleted(ref))
        self.wishes.deleted(ref, self.world.now)
        self.catch_up()

    def spoil(self, ref: Ref) -> None:
        """Make an object unreadable."""
        if ref in self.world.objects:
            self.broken.add(ref)
            if ref.kind not in self.away:
                self.world.tell(Unreadable(ref, "spec.hostnames: expected array, got string"))

    def relist(self, kind: str, missing: set[Ref] | None = None) -> None:
        """List a kind; *missing* are objects that the list lacks."""
        self.away.discard(kind)
        refs = {ref for ref in self.world.objects if ref.kind == kind} - (missing or set())
        for ref in sorted(refs):
            if ref in self.broken:
                self.world.tell(Unreadable(ref, "spec.hostnames: expected array, got string"))
            else:
                self.see(self.world.objects[ref])
        self.world.tell(Listed(kind, frozenset(refs)))
        self.wishes.listed(kind, refs)
        self.catch_up()

    def list_without(self, kind: str, missing: set[Ref]) -> None:
        """List a kind without what is *missing*: that is gone if the engine has to take it for gone."""
        missing = {ref for ref in missing if ref.kind == kind}
        self.relist(kind, missing)
        if not missing & self.wishes.doubtful:
            for ref in missing - set(self.wishes.known):
                self.world.objects.pop(ref, None)
                self.broken.discard(ref)

    def lose(self, kind: str) -> None:
        """A kind cannot be had any more."""
        self.away.add(kind)
        self.world.tell(SourceLost(kind, "404 page not found"))
        self.wishes.lost(kind, self.world.now)
        self.catch_up()

    def start_again(self, gone: set[Ref] | None = None, *, remembering: bool = False) -> None:
        """Restart, *remembering* what a journal would have kept or not; the first lists lack what is *gone*."""
        self.catch_up()
        self.kept = list(self.world.kept.values()) if remembering else []
        self.world.restart(remembering=remembering)
        self.heard = len(self.world.facts)
        self.contested.clear()
        self.parked.clear()
        self.away.clear()
        self.wishes.restarted(remembering=remembering)
        if remembering:
            self.calls.remembered()
        else:
            self.people.restarted()
            self.judge.restarted(self.world.now)
            self.calls.restarted(self.world.now)
        self.born = self.world.now
        self.keep_diary()
        for kind in KINDS:
            self.list_without(kind, gone or set())

    def routes(self) -> dict[Ref, RouteView]:
        return {ref: view for ref, view in self.world.objects.items() if isinstance(view, RouteView)}

    def gateways(self) -> dict[Ref, GatewayView]:
        return {ref: self.world.objects[ref] for ref in GATEWAYS if ref in self.world.objects}  # type: ignore[misc]

    # What is watched

    def witness(self, job: Job, now: float) -> None:
        """Before each call: settle the judgement of the one before."""
        self.catch_up()
        self.calls.leaves(job, now)
        if isinstance(job.call, Write):
            zone = self.labels[job.call.zone]
            self.judge.leaves(zone, job.call, now)
            self.pending = zone, self.everything(zone), now

    def everything(self, zone: str) -> list[Record]:
        """Return all record sets of a zone, its own NS and SOA too."""
        return self.world.strict.records(self.world.zones[zone])

    def sets(self, zone: str) -> Sets:
        return read(self.everything(zone))

    def run_for(self, seconds: float) -> None:
        self.catch_up()
        self.world.run(seconds)
        self.catch_up()

    def catch_up(self) -> None:
        """Judge what was written, and take in what was said since."""
        if self.pending is not None:
            # By what was wished when it left.
            zone, before, left = self.pending
            self.pending = None
            self.judge.compare(zone, before, self.everything(zone), left)
        self.wishes.note(self.world.now)
        facts = self.world.facts
        while self.heard < len(facts):
            at, fact = facts[self.heard]
            self.heard += 1
            self.hear(fact, at)

    def hear(self, fact: Fact, at: float) -> None:
        self.calls.told(fact)
        match fact:
            case Contested(ref):
                self.contested.add(ref)
            case Settled(ref):
                self.contested.discard(ref)
            case Withheld(verdict) if verdict.reason is Reason.PARKED:
                self.parked.add((self.labels[verdict.zone], verdict.name))
            case Cleared(verdict) if verdict.reason is Reason.PARKED:
                self.parked.discard((self.labels[verdict.zone], verdict.name))
            case Tripped(zone):
                self.judge.tripped(self.labels[zone], self.sets(self.labels[zone]), fact, at)
            case Untripped(zone):
                label = self.labels[zone]
                self.judge.released(label, {name for where, name in self.parked if where == label}, fact, at)
            case ZoneRead(zone):
                self.judge.looked(self.labels[zone])
            case Verified(zone):
                self.judge.read(self.labels[zone], self.calls.reading[zone])
            case _:
                pass

    def told_again(self) -> None:
        """Tell another engine the same as the one in force: it says the same."""
        diary = self.world.engine
        if not isinstance(diary, Diary):
            return
        other = build_engine(self.config, Random(self.seed), self.born)
        if self.kept:
            other.recall(self.kept, self.born)
        for name, arguments, answer in diary.lines:
            found = getattr(other, name)(*arguments)
            assert found == answer, f"{name}{arguments} was answered by {found}, and by {answer} before"

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "calls"):
            assert not self.judge.wrongs, self.judge.wrongs
            assert not self.calls.wrongs, self.calls.wrongs
            turned = {ref for ref, quarrel in self.wishes.quarrels.items() if quarrel.force is not None}
            assert self.contested == turned, f"contested are {self.contested}, turned back and forth {turned}"
