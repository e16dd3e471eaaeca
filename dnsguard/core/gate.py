"""Gate 1: has DNS seen this view before?

Rules kept here:

- A view with the fingerprint of the last one is stopped; that is the usual way of a useless event, and costs one hash.
- Any other is reduced by the projection; what equals the reduced view in force is stopped as well.
- Only reduced views go on, so that nothing can be read of an object that the gate did not compare.
"""

from dnsguard.core.fingerprint import fingerprint
from dnsguard.core.projection import Projection
from dnsguard.model.objects import Ref, View


class Gate:
    """The views in force, and the fingerprints of the frames they came from."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._prints: dict[Ref, bytes] = {}
        self.views: dict[Ref, View] = {}

    def admit(self, view: View) -> View | None:
        """Return the reduced view if it differs from the one in force, and put it in force; None otherwise."""
        mark = fingerprint(view)
        ref = view.ref
        if self._prints.get(ref) == mark:
            return None
        reduced = self._projection.reduce(view)
        self._prints[ref] = mark
        if self.views.get(ref) == reduced:
            return None
        self.views[ref] = reduced
        return reduced

    def forget(self, ref: Ref) -> None:
        """Forget an object that is gone."""
        self._prints.pop(ref, None)
        self.views.pop(ref, None)
