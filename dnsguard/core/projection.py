"""The projection: from what the API server says of an object to what DNS can depend on.

Rules kept here:

- What stays is what `resolve` reads, and nothing else: annotations under a configured prefix, or named by a configured
  filter; labels named by a configured filter; all labels of a Namespace, because any listener may select by them.
- Of conditions only the first `Accepted` counts, and of it only whether it is True; who wrote it and when does not.
- The uid does not count: an object that was deleted and created again under one name is one thing to DNS.
"""

from collections.abc import Iterable

from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.selectors import Selector
from dnsguard.model.objects import (
    Condition,
    GatewayView,
    ListenerSetStatus,
    ListenerSetView,
    ListenerStatus,
    NamespaceView,
    RouteParent,
    RouteStatus,
    RouteView,
    View,
)

Pairs = dict[str, str]
Conditions = tuple[Condition, ...]

_NOTHING: Pairs = {}
_ACCEPTED: Conditions = (Condition("Accepted", "True"),)


class Projection:
    """The projection under one configuration."""

    def __init__(self, rules: GatewayRules) -> None:
        self._prefixes = tuple(rules.prefixes)
        self._filtered = _keys((rules.annotations,))
        self._route_labels = _keys((rules.labels,))
        self._gateway_labels = _keys((rules.gateway_labels, *rules.entries))

    def reduce(self, view: View) -> View:
        """Return *view* with nothing left but what counts."""
        if isinstance(view, RouteView):
            # Written out, because this runs for every event of the stream.
            labels = _named(view.labels, self._route_labels) if self._route_labels else _NOTHING
            annotations = self._annotations(view.annotations) if view.annotations else _NOTHING
            status = RouteStatus(_parents(view.status.parents))
            return RouteView(view.ref, "", view.created, labels, annotations, view.spec, status)
        return self._reduce_source(view)

    def _reduce_source(self, view: GatewayView | ListenerSetView | NamespaceView) -> View:
        match view:
            case GatewayView():
                labels = _named(view.labels, self._gateway_labels)
                return GatewayView(view.ref, "", view.created, labels, self._annotations(view.annotations), view.spec, view.status)
            case ListenerSetView():
                status = ListenerSetStatus(
                    _accepted(view.status.conditions),
                    tuple([ListenerStatus(each.name, _accepted(each.conditions)) for each in view.status.listeners or ()]),
                )
                return ListenerSetView(view.ref, "", "", _NOTHING, self._annotations(view.annotations), view.spec, status)
            case NamespaceView():
                return NamespaceView(view.ref, "", "", view.labels)

    def _annotations(self, pairs: Pairs) -> Pairs:
        return {key: value for key, value in pairs.items() if key.startswith(self._prefixes) or key in self._filtered}


def _keys(selectors: Iterable[Selector]) -> frozenset[str]:
    return frozenset(expression.key for selector in selectors for expression in selector.expressions)


def _named(pairs: Pairs, keys: frozenset[str]) -> Pairs:
    return {key: value for key, value in pairs.items() if key in keys} if keys and pairs else _NOTHING


def _parents(parents: tuple[RouteParent, ...] | None) -> tuple[RouteParent, ...]:
    # As a rule there is one, for which a comprehension is the dearer way.
    reduced: tuple[RouteParent, ...] = ()
    for parent in parents or ():
        reduced += (RouteParent(parent.parent_ref, "", _accepted(parent.conditions)),)
    return reduced


def _accepted(conditions: Conditions | None) -> Conditions | None:
    for condition in conditions or ():
        if condition.type == "Accepted":
            return _ACCEPTED if condition.status == "True" else None
    return None
