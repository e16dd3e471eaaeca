"""Taking in the stream: what an event changes in what objects ask for.

Rules kept here:

- An event whose view is the same as before stops at gate 1; one that leaves claims and contributions as they were stops
  at gate 2.
- Nothing is resolved before every kind has been listed once; then every route is, once.
- What changes in a Gateway, ListenerSet or Namespace is spread over the routes that read it, in slices; a later event
  supersedes what is left, and a name with a route still queued is not yet to be written.
- Gone is what a DELETED frame names, and what a complete new list of its kind lacks; but a list that lacks more than half
  of four or more known objects proves nothing: they stay in force, in doubt, until they are seen again or a frame
  deletes them.
- A kind that cannot be had any more takes its objects along without proof: what frames deleted of it within the last two
  minutes is in force again, in doubt. (The API server deletes all objects of a CRD that is removed, with a frame for each.)
- A Gateway whose status is turned back and forth is damped where it comes in (`dispute`).
- An object that cannot be understood stays in force as it was last understood; while it is there, nobody's claim is missed
  that it could explain.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from dnsguard.core import said
from dnsguard.core.comeback import Comeback, implausible
from dnsguard.core.dispute import Disputes
from dnsguard.core.gate import Gate
from dnsguard.core.inventory import Inventory
from dnsguard.core.spread import Spread, Touched, touch
from dnsguard.core.unmet import Unmet, unmet_hosts
from dnsguard.model.endpoints import Resolution
from dnsguard.model.entries import ObjectKept
from dnsguard.model.events import Deleted, Event, Listed, SourceLost, Unreadable, Upserted
from dnsguard.model.facts import Absorbed, Alert, Fact, Misunderstood, SourceFailed, SourceListed, Stopped, Synced
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.objects import GatewayView, Ref, RouteView, View

AT_ONCE = 16
"""Routes that are resolved again within the event itself; more are spread over slices."""

BURIED = 120.0
"""Seconds for which an object is remembered that a frame deleted."""

Resolve = Callable[[RouteView, Mapping[Ref, View]], Resolution]


class Intake:
    """The stream's side of the engine.

    *kinds* are those it waits for, *unlisted* those not listed yet, *lost* those out of reach, with since when and why;
    *troubles* are the objects that cannot be understood, with why, *doubtful* those that vanished without proof.
    """

    def __init__(self, gate: Gate, resolve: Resolve, inventory: Inventory, kinds: Iterable[str], disputes: Disputes) -> None:
        self._disputes = disputes
        self._gate = gate
        self._resolve = resolve
        self._inventory = inventory
        self._kinds = {kind.lower(): kind for kind in kinds}
        self.kinds = tuple(self._kinds.values())
        self.unlisted = set(self.kinds)
        self.lost: dict[str, tuple[float, str]] = {}
        self._readers: dict[Ref, dict[Ref, None]] = {}
        self._epoch = 0
        self._spreads: deque[Spread] = deque()
        self.doubtful: set[Ref] = set()
        self._buried: deque[tuple[float, Ref, View | None, ObjectKept | None]] = deque()
        self.troubles: dict[Ref, str] = {}
        self._spared: dict[Ref, dict[str, bool]] = {}
        self.unmet = Unmet()
        self.forbearing = False
        self._resolved = not self._kinds
        self.comeback = Comeback()

    @property
    def ready(self) -> bool:
        """Whether every kind was listed and every route resolved; where it is *forbearing*, kinds out of reach are not waited for."""
        return self._resolved or (self.forbearing and bool(self.unlisted) and self.unlisted <= self.lost.keys())

    @property
    def busy(self) -> bool:
        """Whether routes are queued."""
        return bool(self._spreads)

    def unreadable(self, label: str, name: str) -> bool:
        """Return whether a `resource` label names what cannot be understood, or depends on what never was.

        If so, *name* is touched as soon as that is no longer there, or is understood.
        """
        if not self.troubles:
            return False
        ref = self.named(label)
        asker = self._inventory.get(ref)
        reads = asker.reads if asker is not None else ()
        troubles = [each for each in (ref, *reads) if each in self.troubles and (each == ref or each not in self._gate.views)]
        for trouble in troubles:
            self._spared.setdefault(trouble, {})[name] = True
        return bool(troubles)

    def named(self, label: str) -> Ref:
        """Return the object that a `resource` label names, whether it is there or not."""
        kind, _, rest = label.partition("/")
        return Ref(self._kinds.get(kind, kind), *rest.partition("/")[::2])

    def queued(self, name: str) -> bool:
        """Return whether some object that claims *name* still has to be resolved again."""
        if not self._spreads:
            return False
        askers = [asker for ref in self._inventory.claimants(name) if (asker := self._inventory.get(ref)) is not None]
        return any(
            asker.epoch < spread.epoch and (spread.source is None or spread.source in asker.reads)
            for spread in self._spreads
            for asker in askers
        )

    def observe(self, event: Event, now: float) -> tuple[list[Fact], list[Touched]]:
        """Absorb one event; return what happened and what it touched."""
        told = self._observe(event, now)
        if self.comeback.settles():
            self._spread_all(self._inventory.in_doubt(), now)
        return told

    def _observe(self, event: Event, now: float) -> tuple[list[Fact], list[Touched]]:
        match event:
            case Upserted(view):
                return self._upserted(view, now)
            case Deleted(ref):
                self._bury(ref, now)
                return self._deleted(ref, now)
            case Unreadable(ref, why):
                known = self.troubles.get(ref)
                self.troubles[ref] = why
                return ([Misunderstood(ref, why)] if known != why else [Stopped(ref, Stop.SAME_VIEW)]), []
            case Listed(kind, refs):
                return self._listed(kind, refs, now)
            case SourceLost(kind, why):
                return self._lost(kind, why, now)

    def work(self, count: int) -> tuple[list[Fact], list[Touched]]:
        """Resolve up to *count* queued routes."""
        facts: list[Fact] = []
        touched: list[Touched] = []
        while count > 0 and self._spreads:
            spread = self._spreads[0]
            routes = spread.take(count)
            count -= len(routes)
            for ref in routes:
                told, names = self._route_again(ref, spread)
                facts += told
                if names:
                    spread.touched += len(names)
                    touched.append(Touched(spread.at, str(spread.source or ref), names, len(spread.routes)))
            if spread.over:
                self._spreads.popleft()
                if spread.source is None:
                    self._resolved = True
                elif spread.touched:
                    facts.append(Absorbed(spread.source, spread.touched, len(spread.routes)))
                else:
                    facts.append(Stopped(spread.source, Stop.SAME_WISH))
        return facts, touched

    def settle_disputes(self, now: float) -> tuple[list[Fact], list[Touched]]:
        """Put the last word of disputes that are over in force."""
        facts: list[Fact] = []
        touched: list[Touched] = []
        for view in self._disputes.settle(now):
            if self._gate.admit(view) is not None and not self.unlisted:
                told, touched = self._spread(view.ref, now, touched)
                facts += told
        return facts, touched

    def _upserted(self, wide: View, now: float) -> tuple[list[Fact], list[Touched]]:
        ref = wide.ref
        if not isinstance(wide, RouteView):
            self.comeback.saw(ref, wide.uid)
        touched = [*self._no_trouble(ref, now), *(self._seen_again(ref, now) if ref in self.doubtful else ())]
        if isinstance(wide, GatewayView):
            wide = self._disputes.damp(wide, self._gate.reduce(wide), now)
        view = self._gate.admit(wide)
        if view is None:
            return [Stopped(ref, Stop.SAME_VIEW)], touched
        if self.unlisted:
            return [Absorbed(ref, 0)], touched
        if not isinstance(view, RouteView):
            return self._spread(ref, now, touched)
        facts, names = self._absorb(view, now)
        facts.append(Absorbed(ref, len(names)) if names else Stopped(ref, Stop.SAME_WISH))
        return facts, [*touched, *touch(now, ref, names)]

    def _deleted(self, ref: Ref, now: float) -> tuple[list[Fact], list[Touched]]:
        touched = self._no_trouble(ref, now)
        if self.comeback.waits_for(ref):
            return [Stopped(ref, Stop.SAME_VIEW)], touched
        self.doubtful.discard(ref)
        self.comeback.went(ref)
        view = self._gate.views.get(ref)
        if view is None or self.unlisted:
            # It may be remembered from before a restart.
            names = self._inventory.remove(ref, now)
            self._gate.forget(ref)
            self._disputes.forget(ref)
            told = Stopped(ref, Stop.SAME_VIEW) if view is None and not names else Absorbed(ref, len(names))
            return [told], [*touched, *touch(now, ref, names)]
        self._gate.forget(ref)
        self._disputes.forget(ref)
        if not isinstance(view, RouteView):
            return self._spread(ref, now, touched)
        self._read(ref, frozenset())
        self.unmet.note(ref, ())
        names = self._inventory.remove(ref, now)
        return [Absorbed(ref, len(names)) if names else Stopped(ref, Stop.SAME_WISH)], [*touched, *touch(now, ref, names)]

    def _bury(self, ref: Ref, now: float) -> None:
        while self._buried and self._buried[0][0] < now - BURIED:
            self._buried.popleft()
        view, kept = self._gate.views.get(ref), self._inventory.kept(ref)
        if view is not None or kept is not None:
            self._buried.append((now, ref, view, kept))

    def _lost(self, kind: str, why: str, now: float) -> tuple[list[Fact], list[Touched]]:
        self.lost.setdefault(kind, (now, why))
        facts: list[Fact] = [SourceFailed(kind, why)]
        touched: list[Touched] = []
        for at, ref, view, kept in self._buried if not self.unlisted else ():
            if ref.kind != kind or at < now - BURIED or ref in self._gate.views or ref in self._inventory:
                continue
            if kept is not None:
                self._inventory.recall(replace(kept, doubtful=False), scoped=True)
            told: list[Fact] = []
            if view is not None:
                self._gate.admit(view)
            if isinstance(view, RouteView):
                told, names = self._absorb(view, now)
                touched += touch(now, ref, names)
            elif view is not None:
                self.comeback.saw(ref, view.uid)
                told, touched = self._spread(ref, now, touched)
            facts += told
            touched += self._doubt(ref, now)
        return facts, touched

    def _listed(self, kind: str, refs: frozenset[Ref], now: float) -> tuple[list[Fact], list[Touched]]:
        self.lost.pop(kind, None)
        known = self._known(kind)
        missing = sorted(ref for ref in known if ref not in refs)
        facts: list[Fact] = [SourceListed(kind, len(refs), len(missing))]
        touched: list[Touched] = []
        for ref in [ref for ref in self.troubles if ref.kind == kind and ref not in refs]:
            touched += self._no_trouble(ref, now)
        if implausible(len(known), len(missing)):
            for ref in missing:
                touched += self._doubt(ref, now)
        else:
            # What is in doubt stays so: another list that lacks it proves no more than the first.
            for ref in [ref for ref in missing if ref not in self.doubtful]:
                told, more = self._deleted(ref, now)
                facts += told
                touched += more
        if kind in self.unlisted:
            self.unlisted.discard(kind)
            self.comeback.listed(refs)
            if not self.unlisted:
                touched += self._come_back(facts, now)
                facts.append(Synced(len(self._gate.views)))
                self._spread_all([ref for ref, view in self._gate.views.items() if isinstance(view, RouteView)], now)
        return facts, touched

    def _known(self, kind: str) -> list[Ref]:
        """Return the objects of a kind that are in force, those too that are only remembered from before a restart."""
        remembered = (*self._inventory.every()[0], *self.doubtful) if not self.unlisted else ()
        return [ref for ref in dict.fromkeys((*self._gate.views, *remembered)) if ref.kind == kind]

    def _come_back(self, facts: list[Fact], now: float) -> list[Touched]:
        """Compare what was seen before a restart with what is there now."""
        comeback = self.comeback
        touched: list[Touched] = []
        if comeback.judge(self.troubles):
            facts.append(Alert("journal cluster", said.other_cluster()))
            # What was planned meanwhile is the other cluster's.
            touched.append(Touched(now, "another cluster", names := self._inventory.disown(), len(names)))
            self.doubtful.clear()
        for ref in comeback.doubtful:
            touched += self._doubt(ref, now)
        for ref in comeback.gone:
            if ref not in self.doubtful:
                touched += touch(now, ref, self._inventory.remove(ref, now))
        return touched

    def _spread_all(self, routes: list[Ref], now: float) -> None:
        self._epoch += 1
        self._spreads.append(Spread(None, routes, self._epoch, now))

    def _spread(self, source: Ref, now: float, touched: list[Touched]) -> tuple[list[Fact], list[Touched]]:
        routes = list(self._readers.get(source, ()))
        for old in self._spreads:
            if old.source == source:
                # What the change before did not reach goes first, else a source that keeps changing would never reach it.
                routes = list(dict.fromkeys((*old.routes[old.place :], *routes)))
        self._epoch += 1
        spread = Spread(source, routes, self._epoch, now)
        self._spreads = deque(old for old in self._spreads if old.source != source)
        self._spreads.append(spread)
        if len(self._spreads) > 1 or len(routes) > AT_ONCE:
            return [], touched
        facts, more = self.work(len(routes) or 1)
        return facts, [*touched, *more]

    def _route_again(self, ref: Ref, spread: Spread) -> tuple[list[Fact], dict[str, bool]]:
        view = self._gate.views.get(ref)
        asker = self._inventory.get(ref)
        if not isinstance(view, RouteView) or (asker is not None and asker.epoch >= spread.epoch):
            return [], {}
        return self._absorb(view, spread.at)

    def _absorb(self, view: RouteView, now: float) -> tuple[list[Fact], dict[str, bool]]:
        resolution = self._resolve(view, self._gate.views)
        asker = self._inventory.get(view.ref)
        problems = asker.problems if asker is not None else ()
        self._read(view.ref, resolution.reads)
        lenient, settled = self.comeback.spares(view.ref), self.comeback.settled
        names = self._inventory.absorb(view.ref, view.created, resolution, now, lenient=lenient, settled=settled)
        self._inventory.stamp(view.ref, self._epoch)
        self.unmet.note(view.ref, unmet_hosts(view, resolution.claims))
        if view.ref in self.doubtful:
            # It may have come into doubt before it was resolved for the first time.
            names = {**self._inventory.doubt(view.ref), **names}
        return [Misunderstood(view.ref, text) for text in resolution.problems if text not in problems], names

    def _read(self, ref: Ref, reads: frozenset[Ref]) -> None:
        asker = self._inventory.get(ref)
        before: frozenset[Ref] = asker.reads if asker is not None else frozenset()
        for source in before - reads:
            readers = self._readers[source]
            readers.pop(ref, None)
            if not readers:
                del self._readers[source]
        for source in reads - before:
            self._readers.setdefault(source, {})[ref] = None

    def _no_trouble(self, ref: Ref, now: float) -> list[Touched]:
        """Note that an object is understood, or gone; return what was left alone because it was neither."""
        if self.troubles.pop(ref, None) is None:
            return []
        return list(touch(now, ref, self._spared.pop(ref, {})))

    def _doubt(self, ref: Ref, now: float) -> list[Touched]:
        self.doubtful.add(ref)
        self.comeback.note(ref)
        return list(touch(now, ref, self._inventory.doubt(ref)))

    def _seen_again(self, ref: Ref, now: float) -> list[Touched]:
        self.doubtful.discard(ref)
        self.comeback.note(ref)
        return list(touch(now, ref, self._inventory.trust(ref)))
