"""Attachment: in words, how a route comes to a name through a parent, and why it publishes or gets nothing.

Rules kept here:

- What `gateway_api` decides is asked of its own parts and not decided again.
- Nothing here has an effect: it is for people.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from dnsguard.core.resolve.annotations import ANNOTATED_HOSTS, Notes, foreign, notes_of, ours
from dnsguard.core.resolve.gateway_api import Inquiry, parent_of
from dnsguard.core.resolve.hostnames import host_of, intersection
from dnsguard.core.resolve.listeners import Sections, compile_sections
from dnsguard.core.resolve.parents import Parent, Views, accepted, compile_parent
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.model.objects import GatewayView, ListenerSetView, ParentRef, Ref, RouteView

SHOWN = 3
"""Parents of which it is told why they grant nothing."""


class Attachment:
    """Answers by one set of rules about *views*; remembers what it compiled, so it is made anew for each question."""

    def __init__(self, rules: GatewayRules, views: Views) -> None:
        self._rules = rules
        self._views = views
        self._parents: dict[Ref, Parent] = {}
        self._listeners: dict[Ref, tuple[tuple[str, Sections], ...]] = {}

    def listeners(self, route: RouteView, parent: Ref, name: str) -> tuple[str, ...]:
        """Return the listeners of *parent* through which *route* claims *name*."""
        inquiry = self._inquiry(route, name)
        entries = [entry for entry in route.spec.parent_refs or () if parent_of(entry, route.ref.namespace) == parent]
        found = [listener for listener, sections in self._offers(parent) if any(name in inquiry.names(sections, each) for each in entries)]
        return tuple(dict.fromkeys(found))

    def silence(self, route: RouteView, parent: Ref) -> str:
        """Return why *route* publishes nothing of what it claims through *parent*: all reasons, for each alone is enough."""
        entries = [each for each in route.status.parents or () if parent_of(each.parent_ref, route.ref.namespace) == parent]
        reasons = []
        if not entries:
            reasons.append(f"its status says nothing of {parent}")
        elif not any(accepted(each.conditions) for each in entries):
            reasons.append(f"its status is not Accepted for {parent}")
        compiled = self._parent(parent)
        if not compiled.targets:
            reasons.append("; ".join(compiled.problems) or f"{parent} publishes no address")
        return "; ".join(reasons) or f"no listener of {parent} that its status speaks of publishes the name"

    def refusal(self, route: RouteView, name: str) -> str:
        """Return why *route*, whose spec names *name*, claims nothing of it."""
        reason = next(self._objections(route), "")
        if reason:
            return reason
        reasons = dict.fromkeys(next(self._refusals(route, entry, name)) for entry in route.spec.parent_refs or ())
        return "; ".join(list(reasons)[:SHOWN])

    def _objections(self, route: RouteView) -> Iterator[str]:
        """Yield what keeps *route* from claiming anything, whatever its parents offer."""
        rules, found = self._rules, ours(route.annotations, self._rules.prefixes)
        if not route.spec.parent_refs:
            yield "it names no parent (spec.parentRefs)"
        if rules.namespaces and route.ref.namespace not in rules.namespaces:
            yield f"the namespace {route.ref.namespace} is not among sources.namespaces"
        if foreign(found):
            yield "its annotation controller hands it to another controller"
        if not rules.labels.matches(route.labels):
            yield "its labels do not match sources.label_filter"
        if not rules.annotations.matches(route.annotations):
            yield "its annotations do not match sources.annotation_filter"
        if notes_of(found).only == ANNOTATED_HOSTS:
            yield "its annotation gateway-hostname-source keeps the hostnames of its spec out"

    def _refusals(self, route: RouteView, entry: ParentRef, name: str) -> Iterator[str]:
        """Yield why the parent that *entry* names grants nothing; the first reason is the one that counts."""
        ref, kind = parent_of(entry, route.ref.namespace), route.ref.kind
        if ref is None:
            yield f"its parent {entry.kind} {entry.name} is neither a Gateway nor a ListenerSet"
            return
        parent = self._parent(ref)
        if not parent.sections and parent.problems:
            yield "; ".join(parent.problems)
        if not self._counts(ref):
            yield f"{ref} does not count, by sources.gateway or its annotation controller"
        offered = parent.sections.get((kind, entry.section_name or ""), ())
        if not offered:
            which = f" called {entry.section_name}" if entry.section_name else ""
            yield f"{ref} has no listener{which} for an {kind}"
        if entry.port is not None and all(section.port != entry.port for section in offered):
            yield f"{ref} has no such listener on port {entry.port}"
        if not any(intersection(section.host, name) for section in offered):
            yield f"no listener of {ref} that it names has a hostname that meets it"
        yield f"{ref} admits no {kind} from the namespace {route.ref.namespace}"

    def _counts(self, ref: Ref) -> bool:
        view, rules = self._views.get(ref), self._rules
        if not isinstance(view, GatewayView):
            return True
        named = rules.gateway_name in {"", ref.name} and rules.gateway_namespace in {"", ref.namespace}
        return named and not foreign(ours(view.annotations, rules.prefixes)) and rules.gateway_labels.matches(view.labels)

    def _inquiry(self, route: RouteView, name: str) -> Inquiry:
        notes: Notes = notes_of(ours(route.annotations, self._rules.prefixes))
        # Hostnames that cannot come to the name are left out: there can be many, and many listeners to hold them against.
        hosts = tuple(text for text in route.spec.hostnames or () if _meets(text, name))
        narrow = replace(route, spec=replace(route.spec, hostnames=hosts)) if hosts else route
        return Inquiry(narrow, self._views, notes, ())

    def _parent(self, ref: Ref) -> Parent:
        if ref not in self._parents:
            self._parents[ref] = compile_parent(ref, self._views, self._rules)
        return self._parents[ref]

    def _offers(self, ref: Ref) -> tuple[tuple[str, Sections], ...]:
        """Return the listeners of a parent, each compiled alone."""
        if ref not in self._listeners:
            self._listeners[ref] = tuple(self._compiled(ref))
        return self._listeners[ref]

    def _compiled(self, ref: Ref) -> Iterator[tuple[str, Sections]]:
        view = self._views.get(ref)
        if isinstance(view, (GatewayView, ListenerSetView)):
            for listener in view.spec.listeners or ():
                yield listener.name, compile_sections(ref.namespace, (listener,))[0]


def _meets(text: str, name: str) -> bool:
    host = host_of(text)
    return host is not None and bool(intersection(host.removesuffix("."), name))
