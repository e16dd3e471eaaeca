"""The inventory: which object wants which row, and gate 2.

Rules kept here:

- An object stands with the claims and contributions of its last resolution; equal ones touch nothing (gate 2).
- A contribution that turns empty while its claim stands is held: the last value stays in force until
  `guard.status_loss` is over, for ever if that is `never`. Another value takes its place at once.
- A claim that ended is remembered as ended: that is the proof which a deletion needs. It is forgotten when somebody
  claims the row again, or when no zone holds anything that it could prove.
- A touch is calm when only what claims publish has changed, with the TTL and properties that specs state unchanged.
- An object that vanished without proof is doubtful: it stays in force in full. So does a single claim that did.
- Objects, and names with claims that ended, that stand in another way than before are marked as changed, for whoever
  keeps a copy.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dnsguard.core.desired import Wish
from dnsguard.model.endpoints import EVERY_ENTRY, Claim, Contribution, Resolution
from dnsguard.model.entries import ClaimKept, EndedKept, ObjectKept
from dnsguard.model.objects import Ref

NEVER = float("inf")


class Asker:
    """What one object asks for, as it is in force."""

    __slots__ = ("claims", "created", "doubted", "doubtful", "empty", "epoch", "problems", "reads", "resource")

    def __init__(self, created: str, resource: str) -> None:
        self.created = created
        self.resource = resource
        self.claims: dict[Claim, Contribution | None] = {}
        self.empty: dict[Claim, float] = {}
        self.reads: frozenset[Ref] = frozenset()
        self.problems: tuple[str, ...] = ()
        self.doubtful = False
        self.doubted: set[Claim] = set()
        self.epoch = 0


class Demand(Struct, frozen=True):
    """What all objects together ask of one row, as one zone entry sees it.

    *wishes* are the contributions in force. *claimed*: a spec claims the row and its hold, if any, is not over; *held*:
    some status stopped publishing it; *until* is the end of the longest hold; *ended*: a claim of it was seen to end;
    *doubtful*: an object that vanished without proof claims it; *silent*: some claim in force never published anything;
    *ordered*: this is what a person ordered, which needs no proof and waits for no grace.
    """

    wishes: tuple[Wish, ...] = ()
    claimed: bool = False
    held: bool = False
    until: float = NEVER
    ended: bool = False
    doubtful: bool = False
    silent: bool = False
    ordered: bool = False


def resource_of(ref: Ref) -> str:
    """Return external-dns's `resource` label of an object, such as `httproute/ns/name`."""
    return f"{ref.kind.lower()}/{ref.namespace}/{ref.name}"


def _order(claim: Claim) -> tuple[str, str, Ref, int]:
    return claim.name, claim.set_id, claim.parent, claim.scope


class Inventory:
    """All objects that ask for names."""

    def __init__(self, status_loss: float | None) -> None:
        self._hold = NEVER if status_loss is None else status_loss
        self._askers: dict[Ref, Asker] = {}
        self._by_name: dict[str, dict[Ref, list[Claim]]] = {}
        self._ended: dict[str, dict[str, int]] = {}
        self._enders: dict[str, tuple[Ref, float]] = {}
        self.changed: dict[Ref, None] = {}
        self.changed_ends: dict[str, None] = {}

    def __contains__(self, ref: Ref) -> bool:
        return ref in self._askers

    def get(self, ref: Ref) -> Asker | None:
        """Return what an object asks for, if it is known."""
        return self._askers.get(ref)

    def names(self) -> Iterable[str]:
        """Return every name that is claimed."""
        return self._by_name.keys()

    def claimants(self, name: str) -> Iterable[Ref]:
        """Return the objects that claim *name*."""
        return self._by_name.get(name, ())

    def claims(self, name: str) -> Mapping[Ref, Sequence[Claim]]:
        """Return the claims of *name*, by the object that makes them."""
        return self._by_name.get(name, {})

    def absorb(
        self, ref: Ref, created: str, resolution: Resolution, now: float, *, lenient: bool = False, settled: bool = True
    ) -> dict[str, bool]:
        """Put a resolution in force; return the names touched, each with whether the touch was calm.

        *lenient*: that a claim is missing from it proves nothing; *settled*: that one is missing that was in doubt does.
        """
        asker = self._askers.get(ref)
        if asker is None:
            asker = self._askers[ref] = Asker(created, resource_of(ref))
            self.changed[ref] = None
        touched: dict[str, bool] = {}
        if asker.created != created:
            asker.created = created
            self.changed[ref] = None
            touched = dict.fromkeys((claim.name for claim in asker.claims), False)
        old = asker.claims
        claims: dict[Claim, Contribution | None] = {}
        empty: dict[Claim, float] = {}
        for claim in sorted(resolution.claims, key=_order):
            live = resolution.contributions.get(claim)
            known = old.get(claim)
            if live is None:
                empty[claim] = asker.empty.get(claim, now)
            claims[claim] = known if live is None else live
            if claim not in old:
                touched[claim.name] = False
                self._by_name.setdefault(claim.name, {}).setdefault(ref, []).append(claim)
                self._claimed(claim)
            elif live is not None and live != known:
                calm = known is not None and (live.ttl, live.properties) == (known.ttl, known.properties)
                touched[claim.name] = touched.get(claim.name, True) and calm
            elif (live is None) != (claim in asker.empty):
                touched.setdefault(claim.name, True)
        doubted = frozenset(asker.doubted)
        if settled and not lenient:
            asker.doubted.clear()
        elif lenient or doubted:
            self._doubt_missing(ref, asker, claims, empty, lenient=lenient)
        if claims != old or empty != asker.empty or doubted != asker.doubted:
            self.changed[ref] = None
        asker.claims, asker.empty = claims, empty
        for claim in sorted(doubted - asker.doubted, key=_order):
            touched.setdefault(claim.name, True)
        for claim in sorted(old.keys() - claims.keys(), key=_order):
            touched[claim.name] = False
            self._ends(claim, ref, now)
        asker.reads, asker.problems = resolution.reads, resolution.problems
        return touched

    def remove(self, ref: Ref, now: float) -> dict[str, bool]:
        """Forget an object that is gone: all its claims end."""
        asker = self._askers.pop(ref, None)
        if asker is None:
            return {}
        self.changed[ref] = None
        for claim in asker.claims:
            self._ends(claim, ref, now)
        return dict.fromkeys((claim.name for claim in asker.claims), False)

    def doubt(self, ref: Ref) -> dict[str, bool]:
        """Keep an object in force that vanished without proof."""
        asker = self._askers.get(ref)
        if asker is None or asker.doubtful:
            return {}
        asker.doubtful = True
        self.changed[ref] = None
        return dict.fromkeys((claim.name for claim in asker.claims), True)

    def trust(self, ref: Ref) -> dict[str, bool]:
        """End the doubt about an object that was seen again."""
        asker = self._askers.get(ref)
        if asker is None or not asker.doubtful:
            return {}
        asker.doubtful = False
        self.changed[ref] = None
        return dict.fromkeys((claim.name for claim in asker.claims), True)

    def stamp(self, ref: Ref, epoch: int) -> None:
        """Note up to which change of what it depends on an object was resolved."""
        self._askers[ref].epoch = epoch

    def set_ids(self, name: str) -> set[str]:
        """Return the set identifiers under which *name* is claimed."""
        return {claim.set_id for claims in self._by_name.get(name, {}).values() for claim in claims}

    def scopes(self, name: str) -> set[int]:
        """Return the scopes with which *name* is claimed."""
        return {claim.scope for claims in self._by_name.get(name, {}).values() for claim in claims}

    def demand(self, name: str, set_id: str, entry: int, now: float, scopes: Container[int] | None = None) -> Demand:
        """Return what is asked of one row of a zone that belongs to zone entry number *entry*.

        *scopes* are those that choose the zone for this name; None: all that include its entry.
        """
        wishes: list[Wish] = []
        claimed = held = doubtful = expired = silent = False
        until = 0.0
        for ref, claims in self._by_name.get(name, {}).items():
            asker = self._askers[ref]
            for claim in claims:
                if claim.set_id != set_id or not (claim.scope >> entry & 1 if scopes is None else claim.scope in scopes):
                    continue
                contribution = asker.claims[claim]
                since = asker.empty.get(claim)
                ends = NEVER if since is None else since + self._hold
                if ends <= now:
                    expired = True
                    continue
                claimed = True
                held = held or since is not None
                until = max(until, ends)
                doubtful = doubtful or asker.doubtful or claim in asker.doubted
                if contribution is None:
                    silent = True
                else:
                    wishes.append(Wish(ref, asker.created, asker.resource, contribution))
        ended = bool(self._ended.get(name, {}).get(set_id, 0) >> entry & 1)
        return Demand(tuple(wishes), claimed, held, until, ended or expired, doubtful, silent)

    def over(self, name: str) -> bool:
        """Return whether nobody claims *name* any more, and somebody was seen to give it up."""
        return name in self._ended and name not in self._by_name

    def given_up(self, name: str, set_id: str, entry: int, ref: Ref, now: float) -> None:
        """Take in anew that claims of a row ended in zones of an entry, of which that was seen before; not if somebody claims it now."""
        if set_id not in self.set_ids(name):
            ended = self._ended.setdefault(name, {})
            ended[set_id] = ended.get(set_id, 0) | 1 << entry
            self._enders[name] = ref, now
            self.changed_ends[name] = None

    def forget(self, name: str) -> None:
        """Forget that claims of *name* ended."""
        self._ended.pop(name, None)
        self._enders.pop(name, None)
        self.changed_ends[name] = None

    def ender(self, name: str) -> tuple[Ref, float] | None:
        """Return who gave *name* up last, and when, if that is remembered."""
        return self._enders.get(name)

    def hold_ends(self, name: str, now: float) -> float | None:
        """Return when the next hold of *name* is over."""
        if self._hold == NEVER:
            return None
        ends = [
            end
            for ref, claims in self._by_name.get(name, {}).items()
            for claim in claims
            if now < (end := self._askers[ref].empty.get(claim, NEVER) + self._hold) < NEVER
        ]
        return min(ends, default=None)

    def _claimed(self, claim: Claim) -> None:
        ended = self._ended.get(claim.name)
        if ended is None:
            return
        self.changed_ends[claim.name] = None
        left = ended.pop(claim.set_id, 0) & ~claim.scope
        if left:
            ended[claim.set_id] = left
        if not ended:
            del self._ended[claim.name]
            del self._enders[claim.name]

    def recall(self, kept: ObjectKept, *, scoped: bool) -> None:
        """Put in force what an object asked for before a restart; unless *scoped*, scopes mean nothing any more."""
        asker = self._askers[kept.ref] = Asker(kept.created, resource_of(kept.ref))
        asker.doubtful = kept.doubtful
        for each in kept.claims:
            claim = each.claim if scoped else replace(each.claim, scope=EVERY_ENTRY)
            self._claimed(claim)
            if claim not in asker.claims:
                self._by_name.setdefault(claim.name, {}).setdefault(kept.ref, []).append(claim)
            asker.claims[claim] = each.contribution
            if each.empty_since is not None:
                asker.empty[claim] = each.empty_since
            if each.doubted:
                asker.doubted.add(claim)

    def recall_ends(self, ended: Iterable[EndedKept], *, trusted: bool) -> None:
        """Take in what proved before a restart that claims ended; unless *trusted*, it proves nothing any more."""
        for kept in ended:
            if trusted:
                self._ended[kept.name] = dict(kept.scopes)
                self._enders[kept.name] = kept.ender, kept.at
            else:
                self.changed_ends[kept.name] = None

    def in_doubt(self) -> list[Ref]:
        """Return the objects with claims that vanished without proof."""
        return [ref for ref, asker in self._askers.items() if asker.doubted]

    def disown(self) -> dict[str, bool]:
        """Forget everything, without proof that anything ended: it was another cluster's; return the names touched."""
        touched = dict.fromkeys((*self._by_name, *self._ended), False)
        self.changed.update(dict.fromkeys(self._askers))
        self.changed_ends.update(dict.fromkeys(self._ended))
        for rooms in (self._askers, self._by_name, self._ended, self._enders):
            rooms.clear()
        return touched

    def kept(self, ref: Ref) -> ObjectKept | None:
        """Return what has to survive of an object that asks."""
        asker = self._askers.get(ref)
        if asker is None:
            return None
        claims = (ClaimKept(claim, live, asker.empty.get(claim), claim in asker.doubted) for claim, live in asker.claims.items())
        return ObjectKept(ref, asker.created, tuple(claims), asker.doubtful)

    def kept_end(self, name: str) -> EndedKept | None:
        """Return what has to survive of claims of *name* that ended."""
        ended = self._ended.get(name)
        return EndedKept(name, dict(ended), *self._enders[name]) if ended else None

    def every(self) -> tuple[Iterable[Ref], Iterable[str]]:
        """Return all objects that ask, and all names with claims that ended."""
        return self._askers.keys(), self._ended.keys()

    def _doubt_missing(
        self, ref: Ref, asker: Asker, claims: dict[Claim, Contribution | None], empty: dict[Claim, float], *, lenient: bool
    ) -> None:
        """Add to *claims* and *empty* what is missing without proof; forget what is claimed again in another form."""
        again = {(claim.name, claim.set_id) for claim in claims}
        asker.doubted.difference_update(claims)
        for claim in sorted(asker.claims.keys() - claims.keys(), key=_order):
            if not lenient and claim not in asker.doubted:
                continue
            if (claim.name, claim.set_id) in again:
                self._drop(claim, ref)
                del asker.claims[claim]
                asker.doubted.discard(claim)
                continue
            claims[claim] = asker.claims[claim]
            asker.doubted.add(claim)
            if claim in asker.empty:
                empty[claim] = asker.empty[claim]

    def _ends(self, claim: Claim, ref: Ref, now: float) -> None:
        self._enders[claim.name] = ref, now
        self.changed_ends[claim.name] = None
        self._drop(claim, ref)
        ended = self._ended.setdefault(claim.name, {})
        ended[claim.set_id] = ended.get(claim.set_id, 0) | claim.scope

    def _drop(self, claim: Claim, ref: Ref) -> None:
        claimants = self._by_name[claim.name]
        claimants[ref].remove(claim)
        if not claimants[ref]:
            del claimants[ref]
        if not claimants:
            del self._by_name[claim.name]
