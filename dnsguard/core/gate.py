"""Gate 1: has DNS seen this view before?

Rules kept here:

- A view is reduced by the projection, and stopped if it then equals the one in force. Whole values are compared, so the
  gate is exact; a hash of what came would have to read all of it, and costs more than the projection and the comparison.
- Only reduced views go on, so that nothing can be read of an object that the gate did not compare.
"""

from collections import Counter

from dnsguard.core.projection import Projection
from dnsguard.model.objects import Ref, View


class Gate:
    """The views in force."""

    def __init__(self, projection: Projection) -> None:
        self.reduce = projection.reduce
        self.views: dict[Ref, View] = {}
        self.counts: Counter[str] = Counter()

    def admit(self, view: View) -> View | None:
        """Return the reduced view if it differs from the one in force, and put it in force; None otherwise."""
        reduced = self.reduce(view)
        ref = reduced.ref
        known = self.views.get(ref)
        if known == reduced:
            return None
        if known is None:
            self.counts[ref.kind] += 1
        self.views[ref] = reduced
        return reduced

    def forget(self, ref: Ref) -> None:
        """Forget an object that is gone."""
        if self.views.pop(ref, None) is not None:
            self.counts[ref.kind] -= 1
