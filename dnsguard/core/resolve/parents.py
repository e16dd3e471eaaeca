"""Parents: Gateways and ListenerSets, compiled to what a route needs to know of them.

Rules, as external-dns keeps them:
- A Gateway counts if its namespace, name, labels and `controller` annotation pass the rules.
- A ListenerSet counts if ListenerSets are enabled, its annotations pass the annotation filter and `controller`,
  its parent Gateway (by name and namespace alone) counts, and `allowedListeners.namespaces.from` of that Gateway admits
  it: All, Same, or Selector over the labels of the ListenerSet's namespace; None is the default.
- All of that is spec. What a ListenerSet publishes also needs its condition Accepted and, for each listener, that of
  the first entry of `status.listeners` with the listener's name.
- Targets are those of the `target` annotation of the ListenerSet, else of the Gateway, else the Gateway's addresses. An
  annotation that is not empty and holds no valid target publishes nothing.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from dnsguard.core.resolve.annotations import foreign, ours, target_texts
from dnsguard.core.resolve.listeners import Sections, compile_sections
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.resolve.targets import targets_of
from dnsguard.core.selectors import compile_selector
from dnsguard.model.endpoints import EVERY_ENTRY
from dnsguard.model.objects import (
    Condition,
    FromNamespaces,
    GatewayView,
    LabelSelector,
    Listener,
    ListenerSetView,
    NamespaceView,
    Ref,
    View,
)

Views = Mapping[Ref, View]
Seen = tuple[tuple[Ref, View | None], ...]


class Parent(Struct, frozen=True):
    """A parent as routes see it.

    *sections* are what the specs offer, *live* what can be published now; *seen* are the views that this was compiled
    from, None for those that are missing.
    """

    ref: Ref
    seen: Seen
    sections: Sections = field(default_factory=dict)
    live: Sections = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    scope: int = EVERY_ENTRY
    problems: tuple[str, ...] = ()

    def current(self, views: Views) -> bool:
        """Tell whether *views* still holds the very views that this was compiled from."""
        for ref, view in self.seen:  # noqa: SIM110 -- a generator would double the cost of the usual single view
            if views.get(ref) is not view:
                return False
        return True


def accepted(conditions: Iterable[Condition] | None) -> bool:
    """Tell whether the first condition Accepted is True."""
    for condition in conditions or ():
        if condition.type == "Accepted":
            return condition.status == "True"
    return False


def compile_parent(ref: Ref, views: Views, rules: GatewayRules) -> Parent:
    """Compile the object that *ref* names, a Gateway or a ListenerSet; one that does not count has no sections."""
    if ref.kind == "Gateway":
        return _gateway(ref, views, rules)
    if not rules.listener_sets:
        return Parent(ref, (), problems=(f"{ref} is named as parent, and listener sets are not enabled",))
    return _listener_set(ref, views, rules)


def _gateway(ref: Ref, views: Views, rules: GatewayRules) -> Parent:
    view, seen, missing = _find_gateway(ref, views, rules)
    if view is None:
        return Parent(ref, seen, problems=missing)
    sections, misread = compile_sections(ref.namespace, view.spec.listeners or ())
    targets, untargeted = _targets([], view, rules)
    problems = tuple(f"{ref}: {problem}" for problem in (*misread, *untargeted))
    return Parent(ref, seen, sections, sections, targets, rules.scope(view.labels), problems)


def _find_gateway(ref: Ref, views: Views, rules: GatewayRules) -> tuple[GatewayView | None, Seen, tuple[str, ...]]:
    """Return the Gateway if it counts, what was looked at, and what a person should know if it does not."""
    if rules.gateway_name not in {"", ref.name} or rules.gateway_namespace not in {"", ref.namespace}:
        return None, (), ()
    view = views.get(ref)
    seen = ((ref, view),)
    if not isinstance(view, GatewayView):
        return None, seen, (f"{ref} does not exist",)
    if foreign(ours(view.annotations, rules.prefixes)) or not rules.gateway_labels.matches(view.labels):
        return None, seen, ()
    return view, seen, ()


def _listener_set(ref: Ref, views: Views, rules: GatewayRules) -> Parent:
    view = views.get(ref)
    seen: Seen = ((ref, view),)
    if not isinstance(view, ListenerSetView):
        return Parent(ref, seen, problems=(f"{ref} does not exist",))
    notes = ours(view.annotations, rules.prefixes)
    if foreign(notes) or not rules.annotations.matches(view.annotations):
        return Parent(ref, seen)
    above = view.spec.parent_ref
    holder = Ref("Gateway", above.namespace or ref.namespace, above.name)
    gateway, looked, missing = _find_gateway(holder, views, rules)
    seen += looked
    if gateway is None:
        return Parent(ref, seen, problems=tuple(f"{ref}: {problem}" for problem in missing))
    looked, refusal = _refusal(view, gateway, views)
    seen += looked
    if refusal:
        return Parent(ref, seen, problems=(f"{ref}: {refusal}",))
    sections, misread = compile_sections(ref.namespace, view.spec.listeners or ())
    live, _ = compile_sections(ref.namespace, _live(view))
    targets, untargeted = _targets(target_texts(notes), gateway, rules)
    problems = tuple(f"{ref}: {problem}" for problem in (*misread, *untargeted))
    return Parent(ref, seen, sections, live, targets, rules.scope(gateway.labels), problems)


def _refusal(view: ListenerSetView, gateway: GatewayView, views: Views) -> tuple[Seen, str]:
    """Return what was looked at, and why *gateway* does not admit the ListenerSet ("" if it does)."""
    refusal = f"{gateway.ref} does not allow ListenerSets from the namespace {view.ref.namespace}"
    allowed = gateway.spec.allowed_listeners
    source = (allowed and allowed.namespaces) or FromNamespaces()
    match source.from_:
        case "All":
            return (), ""
        case "Same" if gateway.ref.namespace == view.ref.namespace:
            return (), ""
        case "Selector" if source.selector is not None:
            return _selected(source.selector, view.ref.namespace, views, refusal)
    return (), refusal


def _selected(selector: LabelSelector, namespace: str, views: Views, refusal: str) -> tuple[Seen, str]:
    try:
        compiled = compile_selector(selector)
    except ValueError as error:
        return (), f"{refusal}: {error}"
    ref = Ref("Namespace", "", namespace)
    view = views.get(ref)
    admitted = isinstance(view, NamespaceView) and compiled.matches(view.labels)
    return ((ref, view),), "" if admitted else refusal


def _live(view: ListenerSetView) -> list[Listener]:
    """Return the listeners whose names the status accepts."""
    if not accepted(view.status.conditions):
        return []
    verdicts: dict[str, bool] = {}
    for status in view.status.listeners or ():
        verdicts.setdefault(status.name, accepted(status.conditions))
    return [each for each in view.spec.listeners or () if verdicts.get(each.name, False)]


def _targets(own: list[str], gateway: GatewayView, rules: GatewayRules) -> tuple[tuple[str, ...], tuple[str, ...]]:
    texts = own or target_texts(ours(gateway.annotations, rules.prefixes))
    return targets_of(texts or [address.value for address in gateway.status.addresses or ()])
