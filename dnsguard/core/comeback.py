"""The comeback: what was seen before a restart, compared with what is there after it.

Rules kept here:

- An object that was seen before and that the first complete list of its kind lacks ended while nobody looked: proof. But a
  list that lacks more than half of four or more proves nothing, as ever.
- If the settings that decide claims are others now, nothing that is missing is proof: filters may hide it. If only dnsguard
  is another release, a claim is not proof that an object which is still there no longer makes. Nor is one where a list of
  Gateways, ListenerSets or Namespaces proves nothing: a parent may be among what is missing.
- A source (a Gateway, a ListenerSet, a Namespace) that was missing without proof before the restart still is: that it is
  missing again proves no more, nor does a frame that names it before it was seen again. One that cannot be understood now is
  in doubt as well. Once all such were seen again, what routes no longer claim has ended; but not under other settings or by
  another release.
- If not one Namespace is the one that it was before, by its uid, this is another cluster: what was seen is forgotten.
"""

from collections.abc import Container, Iterable

from dnsguard.model.objects import Ref

FEW = 4
"""A list is suspected to be faulty only if this many objects were known."""
ROUTES = frozenset({"HTTPRoute"})
"""Kinds that claim names; the others are what claims depend on."""


def implausible(known: int, missing: int) -> bool:
    """Return whether a list that lacks *missing* of *known* objects looks faulty."""
    return known >= FEW and missing * 2 > known


class Comeback:
    """What was seen before a restart; *trusted*: under the same settings, *certain*: and by the same release.

    After `judge`, *gone* are the objects that ended, *doubtful* those that are missing without proof; *sources* are all
    that claimed no names themselves, *others* those that are there, with their uids, *changed* what of them is to be kept
    anew.
    """

    def __init__(self, *, trusted: bool = True, certain: bool = True) -> None:
        self.sources: dict[Ref, str] = {}
        self.others: dict[Ref, str] = {}
        self.changed: dict[Ref, None] = {}
        self.gone: list[Ref] = []
        self.doubtful: list[Ref] = []
        self._routes: dict[Ref, None] = {}
        self._unproven: set[Ref] = set()
        self._waits = False
        self._trusted = trusted
        self._certain = trusted and certain
        self._lenient = not (trusted and certain)
        self._listed: set[Ref] = set()

    def remember(self, ref: Ref, uid: str, *, doubtful: bool) -> None:
        """Take in an object that was seen before, *doubtful* if it was missing without proof."""
        if ref.kind in ROUTES:
            self._routes[ref] = None
            return
        self.sources[ref] = uid
        if doubtful:
            self._unproven.add(ref)

    def saw(self, ref: Ref, uid: str) -> None:
        """Take in that a source is there, or stays in force."""
        self._unproven.discard(ref)
        if self.others.get(ref) != uid:
            self.others[ref] = uid
            self.changed[ref] = None

    def note(self, ref: Ref) -> None:
        """Note that it came into doubt whether a source is there, or out of it."""
        if ref in self.others:
            self.changed[ref] = None

    def went(self, ref: Ref) -> None:
        """Take in that an object is gone."""
        if self.others.pop(ref, None) is not None:
            self.changed[ref] = None

    def listed(self, refs: Iterable[Ref]) -> None:
        """Take in the first complete list of a kind."""
        if self._routes or self.sources:
            self._listed.update(refs)

    def judge(self, troubles: Container[Ref] = ()) -> bool:
        """Judge what is missing; *troubles* cannot be understood; return whether this is another cluster."""
        stranger = self._stranger()
        self.changed.update(dict.fromkeys(ref for ref in self.sources if stranger or ref not in self.others))
        if stranger:
            self._routes.clear()
            self._unproven.clear()
            return True
        for kind in sorted({ref.kind for ref in (*self._routes, *self.sources)}):
            known = [ref for ref in (*self._routes, *self.sources) if ref.kind == kind]
            missing = sorted(ref for ref in known if ref not in self._listed and ref not in self.others)
            if implausible(len(known), len(missing)) or (not self._trusted and kind in ROUTES):
                self.doubtful += missing
            else:
                self.doubtful += [ref for ref in missing if ref in self._unproven]
                self.gone += [ref for ref in missing if ref not in self._unproven]
        unclear = (ref for ref in self.sources if ref in troubles)
        self._unproven = {*(ref for ref in self.doubtful if ref.kind not in ROUTES), *unclear}
        self._waits = bool(self._unproven)
        self._lenient = self._lenient or self._waits
        self.others.update((ref, self.sources[ref]) for ref in self._unproven)
        self._listed.clear()
        return False

    def spares(self, ref: Ref) -> bool:
        """Return whether what is missing of an object's claims proves nothing, which only its first resolution asks."""
        if ref not in self._routes:
            return False
        del self._routes[ref]
        return self._lenient

    def settles(self) -> bool:
        """Return, once, whether all that was missing without proof is known again."""
        settles = self._waits and self.settled
        self._waits = self._waits and not settles
        return settles

    def waits_for(self, ref: Ref) -> bool:
        """Return whether a source was missing without proof, and was not seen since."""
        return self._waits and ref in self._unproven

    @property
    def settled(self) -> bool:
        """Whether what is missing of claims in doubt has ended: all that they depended on is known again."""
        return self._certain and not self._unproven

    def _stranger(self) -> bool:
        before = {ref: uid for ref, uid in self.sources.items() if ref.kind == "Namespace"}
        return bool(before) and not any(self.others.get(ref) == uid for ref, uid in before.items())
