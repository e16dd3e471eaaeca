"""The roll: which objects of a kind each watched namespace has, so that a list of one namespace can speak for the kind.

Rules kept here:
- `Listed` speaks for the kind as a whole: it is due when every namespace has been listed, and it names the objects of all.
- A namespace that cannot be listed any more keeps its objects, and until it has been listed again nothing is concluded
  for any namespace.
- Only what has to be known is remembered: with one namespace, whose list says it all, nothing is.
"""

from dnsguard.model.objects import Ref


class Roll:
    """The refs of one kind by namespace; *remembering* or more than one namespace makes it keep them."""

    def __init__(self, namespaces: tuple[str, ...], *, remembering: bool = False) -> None:
        self._refs: dict[str, set[Ref]] = {namespace: set() for namespace in namespaces}
        self._unlisted = set(namespaces)
        self._remembering = remembering or len(namespaces) > 1

    def add(self, namespace: str, ref: Ref) -> None:
        """Note that an object is there."""
        if self._remembering:
            self._refs[namespace].add(ref)

    def remove(self, namespace: str, ref: Ref) -> None:
        """Note that an object is gone."""
        self._refs[namespace].discard(ref)

    def listed(self, namespace: str, refs: set[Ref]) -> frozenset[Ref] | None:
        """Note a complete list of *namespace*; return all refs of the kind, or None while another namespace is unlisted."""
        self._unlisted.discard(namespace)
        if not self._remembering:
            return frozenset(refs)
        self._refs[namespace] = refs
        return None if self._unlisted else frozenset().union(*self._refs.values())

    def lost(self, namespace: str) -> None:
        """Note that *namespace* cannot be listed any more."""
        self._unlisted.add(namespace)

    def empty(self, namespace: str) -> bool:
        """Return whether *namespace* is known to have no objects, as far as this roll remembers them."""
        return not self._refs[namespace]

    def standing(self, namespace: str) -> bool:
        """Return whether *namespace* has been listed and not been lost since."""
        return namespace not in self._unlisted
