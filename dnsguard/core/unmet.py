"""Unmet: hostnames that specs name, and that their objects get from no parent; what `explain` knows of them.

Rules kept here:

- Only names that are not met are kept, so a cluster whose routes all get what they name costs nothing.
"""

from collections.abc import Iterable

from dnsguard.core.resolve.hostnames import host_of
from dnsguard.model.endpoints import Claim
from dnsguard.model.objects import Ref, RouteView


class Unmet:
    """The unmet names of all objects."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[Ref, None]] = {}
        self._by_ref: dict[Ref, tuple[str, ...]] = {}

    def note(self, ref: Ref, names: tuple[str, ...]) -> None:
        """Note which names of an object are not met now."""
        before = self._by_ref.get(ref, ())
        if names == before:
            return
        for name in before:
            refs = self._by_name[name]
            del refs[ref]
            if not refs:
                del self._by_name[name]
        for name in names:
            self._by_name.setdefault(name, {})[ref] = None
        if names:
            self._by_ref[ref] = names
        else:
            del self._by_ref[ref]

    def of(self, name: str) -> Iterable[Ref]:
        """Return the objects that name *name* and get nothing of it."""
        return self._by_name.get(name, ())


def unmet_hosts(route: RouteView, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the hostnames of the spec of *route* that are not among the names of its *claims*."""
    claimed = {claim.name for claim in claims}
    hosts = (host_of(text) for text in route.spec.hostnames or () if text not in claimed)
    return tuple(dict.fromkeys(name for host in hosts if host and (name := host.removesuffix(".")) not in claimed))
