"""The wishes: what specs claim and what statuses publish, by the plainest reading of all that the engine was told."""

from collections.abc import Iterator

from msgspec import Struct

from dnsguard.model.objects import GatewayView, Ref, RouteView, View
from dnsguard.model.settings import Settings
from tests.core.machine.quarrel import Quarrel, Value, value_of

KINDS = ("HTTPRoute", "Gateway", "Namespace")
BURIED = 120.0
NEVER = float("inf")

Claim = tuple[Ref, Ref, str]
"""Route, Gateway and host name."""


def type_of(target: str) -> str:
    return "AAAA" if ":" in target else "A" if target.replace(".", "").isdigit() else "CNAME"


def types_of(value: Value) -> set[str]:
    """Return the types that record sets of these targets have."""
    found = {type_of(target) for target in value}
    if found == {"CNAME"}:
        return {"A", "AAAA"} if min(value).endswith(".elb.amazonaws.com") else found
    # Addresses go before names.
    return found - {"CNAME"}


class Buried(Struct):
    """An object that a frame deleted, and what was known of it."""

    at: float
    view: View
    stood: Value
    last: dict[Claim, Value]
    empty: dict[Claim, float]
    asleep: dict[Ref, list[Claim]]


class Wishes:
    """What the engine was told, and since when it knows."""

    def __init__(self, settings: Settings) -> None:
        guard = settings.guard
        self._flap = guard.flap
        self._hold = NEVER if guard.status_loss == "never" else float(guard.status_loss)
        self.known: dict[Ref, View] = {}
        self.doubtful: set[Ref] = set()
        self.quarrels: dict[Ref, Quarrel] = {}
        self.stands: dict[Ref, Value] = {}
        self.last: dict[Claim, Value] = {}
        self.empty: dict[Claim, float] = {}
        self.claimed_at: dict[str, float] = {}
        self.typed_at: dict[tuple[str, str], float] = {}
        self.unlisted = set(KINDS)
        self._asleep: dict[Ref, list[Claim]] = {}
        self._buried: list[Buried] = []

    def restarted(self, *, remembering: bool) -> None:
        """Forget everything, as the engine does, or all but what was claimed and published."""
        self._asleep = {ref: [claim for claim in self._every() if ref in claim] for ref in self.known} if remembering else {}
        self.quarrels.clear()
        if not remembering:
            for kept in (self.known, self.doubtful, self.stands, self.last, self.empty, self.claimed_at, self.typed_at):
                kept.clear()
        self.unlisted = set(KINDS)
        self._buried = []

    # What is told

    def told(self, view: View, now: float) -> None:
        self.doubtful.discard(view.ref)
        self._asleep.pop(view.ref, None)
        self.known[view.ref] = view
        if isinstance(view, GatewayView):
            self.stands[view.ref] = self._damped(view, now)

    def deleted(self, ref: Ref, now: float) -> None:
        """A frame says that an object is gone: no news of a Gateway that was not seen since it came into doubt."""
        if ref.kind == "Gateway" and ref in self._asleep:
            return
        view = self.known.get(ref)
        if view is not None:
            last, empty = ({claim: each for claim, each in kept.items() if claim[0] == ref} for kept in (self.last, self.empty))
            asleep = {source: [claim for claim in claims if claim[0] == ref] for source, claims in self._asleep.items()}
            self._buried.append(Buried(now, view, self.stands.get(ref, ()), last, empty, asleep))
        self._forget(ref)

    def listed(self, kind: str, refs: set[Ref]) -> None:
        known = [ref for ref in self.known if ref.kind == kind]
        missing = [ref for ref in known if ref not in refs]
        if len(known) >= 4 and len(missing) * 2 > len(known):
            self.doubtful.update(missing)
        else:
            for ref in missing:
                if ref not in self.doubtful:
                    self._forget(ref)
        self.unlisted.discard(kind)

    def lost(self, kind: str, now: float) -> None:
        """A kind cannot be had any more: what frames deleted of it just before is back, in doubt."""
        for each in self._buried if not self.unlisted else ():
            ref = each.view.ref
            if ref.kind == kind and each.at >= now - BURIED and ref not in self.known:
                self.known[ref] = each.view
                self.doubtful.add(ref)
                self.last |= each.last
                self.empty |= each.empty
                for source, claims in each.asleep.items():
                    if source == ref or source in self._asleep:
                        self._asleep[source] = [*self._asleep.get(source, ()), *claims]
                if isinstance(each.view, GatewayView):
                    self.stands[ref] = each.stood

    def _forget(self, ref: Ref) -> None:
        self.known.pop(ref, None)
        self.doubtful.discard(ref)
        self._asleep.pop(ref, None)
        for claims in self._asleep.values():
            claims[:] = [claim for claim in claims if claim[0] != ref]
        self.quarrels.pop(ref, None)
        self.stands.pop(ref, None)

    def _damped(self, view: GatewayView, now: float) -> Value:
        quarrel, value = self.quarrels.get(view.ref), value_of(view)
        same = quarrel is not None and (quarrel.view.spec, quarrel.view.annotations) == (view.spec, view.annotations)
        if quarrel is not None and same:
            quarrel.tell(view, now)
            return value if quarrel.force is None else quarrel.force
        self.quarrels.pop(view.ref, None)
        if value and self._flap.turns:
            self.quarrels[view.ref] = Quarrel(view, now, self._flap.turns, float(self._flap.window))
        return value

    # What follows

    def note(self, now: float) -> None:
        """Take note of what is claimed and published at this moment."""
        self._wake()
        for ref, quarrel in self.quarrels.items():
            if quarrel.settle(now):
                self.stands[ref] = value_of(quarrel.view)
        every = set(self._every())
        for claim in [claim for claim in self.last if claim not in every]:
            del self.last[claim]
        for claim in [claim for claim in self.empty if claim not in every]:
            del self.empty[claim]
        for claim in every:
            route, gateway, name = claim
            if self._sleeps(claim):
                # What is remembered of objects that were not seen again stays as it was.
                self.claimed_at[name] = max(self.claimed_at.get(name, 0.0), min(now, self.empty.get(claim, NEVER) + self._hold))
                continue
            value = self.stands.get(gateway, ()) if self._accepted(route, gateway) else ()
            if value:
                self.last[claim] = value
                self.empty.pop(claim, None)
            else:
                self.empty.setdefault(claim, now)
            ends = self.empty.get(claim, NEVER) + self._hold
            moment = min(now, ends)
            self.claimed_at[name] = max(self.claimed_at.get(name, 0.0), moment)
        for name in self.claimed(now):
            for kind in self.in_force(name):
                self.typed_at[name, kind] = now

    def claims(self, now: float) -> Iterator[Claim]:
        """Yield the claims that stand, those left out whose hold is over."""
        return (claim for claim in self._every() if self.empty.get(claim, NEVER) + self._hold > now)

    def claimed(self, now: float) -> set[str]:
        return {name for _, _, name in self.claims(now)}

    def published(self) -> dict[str, set[Value]]:
        """Return what statuses publish now of each name, by its claims."""
        found: dict[str, set[Value]] = {}
        for route, gateway, name in self._every():
            claim = route, gateway, name
            value = self.stands.get(gateway) if self._accepted(route, gateway) else ()
            if self._sleeps(claim):
                value = self.last.get(claim) if claim not in self.empty else ()
            if value:
                found.setdefault(name, set()).add(value)
        return found

    def wish(self, name: str) -> list[tuple[Claim, Value, tuple[str, ...]]]:
        """Return all that decides what a name is to be: its claims, what they publish or published last, and their annotations."""
        return sorted(
            (claim, value, tuple(self.known[claim[0]].annotations.values())) for claim, value in self.last.items() if claim[2] == name
        )

    def in_force(self, name: str) -> set[str]:
        """Return the types that the claims of a name publish, or published last."""
        return types_of(tuple({target for claim, value in self.last.items() if claim[2] == name for target in value}))

    def _every(self) -> Iterator[Claim]:
        for ref, view in self.known.items():
            if not isinstance(view, RouteView):
                # What routes claimed through a Gateway that is only remembered stands, whatever they claim now.
                yield from (claim for claim in self._asleep.get(ref, ()) if claim[0] in self.known and claim[0] not in self._asleep)
            elif ref in self._asleep:
                yield from self._asleep[ref]
            else:
                yield from self._awake(view)

    def _awake(self, view: RouteView) -> Iterator[Claim]:
        for parent in view.spec.parent_refs or ():
            gateway = Ref("Gateway", parent.namespace or "", parent.name)
            if gateway in self.known and gateway not in self._asleep:
                yield from ((view.ref, gateway, host) for host in view.spec.hostnames or ())

    def _wake(self) -> None:
        """Forget what is only remembered of a name that its route claims again through a Gateway that is known."""
        sources = [ref for ref in self._asleep if ref.kind == "Gateway"]
        routes = [view for ref, view in self.known.items() if isinstance(view, RouteView) and ref not in self._asleep] if sources else []
        again = {(ref, name) for view in routes for ref, _, name in self._awake(view)}
        for source in sources:
            self._asleep[source] = [claim for claim in self._asleep[source] if (claim[0], claim[2]) not in again]

    def _sleeps(self, claim: Claim) -> bool:
        return claim[0] in self._asleep or claim[1] in self._asleep

    def _accepted(self, route: Ref, gateway: Ref) -> bool:
        view = self.known[route]
        assert isinstance(view, RouteView)
        return any(
            (status.parent_ref.namespace, status.parent_ref.name) == (gateway.namespace, gateway.name)
            and (status.conditions or ())[0].status == "True"
            for status in view.status.parents or ()
        )
