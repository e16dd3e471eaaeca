"""The comeback: what was seen before a restart, compared with what is there after it.

Rules kept here:

- An object that was seen before and that the first complete list of its kind lacks ended while nobody looked: proof. But a
  list that lacks more than half of four or more proves nothing, as ever.
- If the settings that decide claims are others now, nothing that is missing is proof: filters may hide it. If only dnsguard
  is another release, a claim is not proof that an object which is still there no longer makes. Nor is one where a list of
  Gateways, ListenerSets or Namespaces proves nothing: a parent may be among what is missing.
- If not one Namespace is the one that it was before, by its uid, this is another cluster: what was seen is forgotten.
"""

from collections.abc import Iterable, Mapping

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
    that claim no names themselves.
    """

    def __init__(self, *, trusted: bool = True, certain: bool = True) -> None:
        self.sources: dict[Ref, str] = {}
        self.gone: list[Ref] = []
        self.doubtful: list[Ref] = []
        self._routes: dict[Ref, None] = {}
        self._trusted = trusted
        self._lenient = not (trusted and certain)
        self._listed: set[Ref] = set()

    def remember(self, ref: Ref, uid: str) -> None:
        """Take in an object that was seen before."""
        if ref.kind in ROUTES:
            self._routes[ref] = None
        else:
            self.sources[ref] = uid

    def listed(self, refs: Iterable[Ref]) -> None:
        """Take in the first complete list of a kind."""
        if self._routes or self.sources:
            self._listed.update(refs)

    def judge(self, sources: Mapping[Ref, str]) -> bool:
        """Judge what is missing, *sources* being there now with their uids; return whether this is another cluster."""
        if self._stranger(sources):
            self._routes.clear()
            return True
        for kind in sorted({ref.kind for ref in (*self._routes, *self.sources)}):
            known = [ref for ref in (*self._routes, *self.sources) if ref.kind == kind]
            missing = sorted(ref for ref in known if ref not in self._listed and ref not in sources)
            if implausible(len(known), len(missing)) or (not self._trusted and kind in ROUTES):
                self.doubtful += missing
                self._lenient = self._lenient or kind not in ROUTES
            else:
                self.gone += missing
        self._listed.clear()
        return False

    def spares(self, ref: Ref) -> bool:
        """Return whether what is missing of an object's claims proves nothing, which only its first resolution asks."""
        if ref not in self._routes:
            return False
        del self._routes[ref]
        return self._lenient

    def _stranger(self, sources: Mapping[Ref, str]) -> bool:
        before = {ref: uid for ref, uid in self.sources.items() if ref.kind == "Namespace"}
        return bool(before) and not any(sources.get(ref) == uid for ref, uid in before.items())
