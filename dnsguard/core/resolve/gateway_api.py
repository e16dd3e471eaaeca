"""Routes of the Gateway API: what they claim and what they publish now.

Claims come from specs alone: for every entry of `spec.parentRefs` that names a parent that counts, the hostnames of the
route met with those of the listeners that the entry's section name and port pick. A parent that is missing yields no
claim: that it is gone is proof.

Contributions come from `status.parents`, with external-dns's semantics:
- An entry counts if some entry of `spec.parentRefs` names the same object (section name and port are not compared),
  that parent counts, and the first condition Accepted of the entry is True. Its own section name and port pick the
  listeners. Nothing else of it is read, neither the generation it speaks of nor the controller that wrote it.
- Hostnames are those of the spec (none for TCP and UDP routes), then those of the `hostname` annotation, then, if the
  spec has none, any (the listener's). `gateway-hostname-source` narrows that to the spec's or to the annotation's.
- Every hostname that meets a listener's gets the targets of that parent; without a target nothing is published.
Deliberately unlike external-dns, a contribution is dropped whose name the same parent does not get from the spec: a
status that speaks of sections that no parentRef names publishes nothing.

A route counts if its namespace, labels, annotations and `controller` annotation pass the rules. Where external-dns
follows the random order of a map, the order here is: parents in the order of the spec or status, listeners in theirs,
hostnames as above. Claims and contributions of one route do not depend on it.
"""

from dnsguard.core.resolve.annotations import ANNOTATED_HOSTS, DEFINED_HOSTS, Notes, dated, foreign, notes_of, ours
from dnsguard.core.resolve.hostnames import host_of, intersection
from dnsguard.core.resolve.listeners import Section, Sections
from dnsguard.core.resolve.parents import Parent, Views, accepted, compile_parent
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.model.endpoints import Claim, Contribution, Resolution
from dnsguard.model.objects import GATEWAY_GROUP, NamespaceView, ParentRef, Ref, RouteView

_PARENT_KINDS = ("Gateway", "ListenerSet")
FEW = 64
"""Parents that are remembered without a look at whether they are still there."""
_HOSTLESS_KINDS = ("TCPRoute", "UDPRoute")


def resolve(route: RouteView, views: Views, rules: GatewayRules) -> Resolution:
    """Find the claims and contributions of one route; `Resolver` does the same faster for many."""
    return Resolver(rules).resolve(route, views)


class Resolver:
    """Resolves routes by one set of rules, and remembers parents in their compiled form while their views stand."""

    def __init__(self, rules: GatewayRules) -> None:
        self._rules = rules
        self._parents: dict[Ref, Parent] = {}
        self._sweep_at = FEW

    def resolve(self, route: RouteView, views: Views) -> Resolution:
        """Find the claims and contributions of one route."""
        rules = self._rules
        refs = route.spec.parent_refs
        if not refs or (rules.namespaces and route.ref.namespace not in rules.namespaces):
            return Resolution(frozenset(), {})
        found = ours(route.annotations, rules.prefixes)
        if foreign(found) or not rules.labels.matches(route.labels) or not rules.annotations.matches(route.annotations):
            return Resolution(frozenset(), {})
        problems = dated(route.annotations, rules.prefixes) if found else ()
        inquiry = Inquiry(route, views, notes_of(found), problems)
        for entry in refs:
            ref = parent_of(entry, route.ref.namespace)
            if ref is not None:
                inquiry.claim(self._parent(ref, views), entry)
        for status in route.status.parents or ():
            if accepted(status.conditions):
                inquiry.publish(parent_of(status.parent_ref, route.ref.namespace), status.parent_ref)
        return inquiry.resolution()

    def _parent(self, ref: Ref, views: Views) -> Parent:
        parent = self._parents.get(ref)
        if parent is None or not parent.current(views):
            parent = compile_parent(ref, views, self._rules)
            # Missing parents are not remembered: routes could name endlessly many.
            if ref in views:
                self._sweep(views)
                self._parents[ref] = parent
            else:
                self._parents.pop(ref, None)
        return parent

    def _sweep(self, views: Views) -> None:
        """Drop the parents that are gone, whenever there are twice as many as the last time."""
        if len(self._parents) >= self._sweep_at:
            self._parents = {ref: parent for ref, parent in self._parents.items() if ref in views}
            self._sweep_at = max(FEW, 2 * len(self._parents))


def parent_of(entry: ParentRef, namespace: str) -> Ref | None:
    """Return the parent that an entry of a route in *namespace* names; None if it is no Gateway and no ListenerSet."""
    kind = entry.kind or "Gateway"
    if kind not in _PARENT_KINDS or (entry.group or GATEWAY_GROUP) != GATEWAY_GROUP:
        return None
    return Ref(kind, entry.namespace or namespace, entry.name)


class Inquiry:
    """The work on one route: what was found, read and misunderstood so far."""

    __slots__ = ("_contributions", "_hosts", "_notes", "_parents", "_problems", "_reads", "_route", "_views")

    def __init__(self, route: RouteView, views: Views, notes: Notes, problems: tuple[str, ...]) -> None:
        self._route = route
        self._views = views
        self._notes = notes
        self._parents: dict[Ref, tuple[Parent, dict[str, Claim]]] = {}
        self._contributions: dict[Claim, Contribution] = {}
        self._reads: set[Ref] = set()
        self._problems = [*problems, *notes.problems]
        self._hosts = self._read_hosts()

    def claim(self, parent: Parent, entry: ParentRef) -> None:
        """Claim what *entry* of the spec gets from *parent*."""
        if parent.ref not in self._parents:
            self._parents[parent.ref] = parent, {}
            for ref, _ in parent.seen:
                self._reads.add(ref)
            self._problems += parent.problems
        claims = self._parents[parent.ref][1]
        for name in self.names(parent.sections, entry):
            if name not in claims:
                claims[name] = Claim(name, self._notes.set_id, parent.ref, parent.scope)

    def publish(self, ref: Ref | None, entry: ParentRef) -> None:
        """Publish what *entry* of an accepting status gets from the parent *ref*, so far as it is claimed."""
        if ref not in self._parents:
            return
        parent, claims = self._parents[ref]
        if not parent.targets:
            return
        contribution = Contribution(parent.targets, self._notes.ttl, self._notes.properties)
        for name in self.names(parent.live, entry):
            if name in claims:
                self._contributions[claims[name]] = contribution

    def resolution(self) -> Resolution:
        """Return what was found."""
        claims = frozenset([claim for _, found in self._parents.values() for claim in found.values()])
        problems = tuple(dict.fromkeys(self._problems))
        return Resolution(claims, self._contributions, problems, frozenset(self._reads))

    def _read_hosts(self) -> list[str]:
        hosts = []
        for text in self._host_texts():
            host = host_of(text)
            if host is None:
                self._problems.append(f"{text!r} is not a hostname")
            else:
                hosts.append(host)
        return hosts

    def _host_texts(self) -> tuple[str, ...]:
        notes = self._notes
        if notes.only == ANNOTATED_HOSTS:
            return notes.hostnames
        own = () if self._route.ref.kind in _HOSTLESS_KINDS else self._route.spec.hostnames or ()
        if notes.only == DEFINED_HOSTS:
            return own
        return (*own, *notes.hostnames) if own else (*notes.hostnames, "")

    def names(self, sections: Sections, entry: ParentRef) -> list[str]:
        """Return the names that the route gets from those of *sections* that *entry* picks and that admit the route."""
        names = []
        for section in sections.get((self._route.ref.kind, entry.section_name or ""), ()):
            if entry.port is not None and entry.port != section.port:
                continue
            if self._admitted(section):
                for host in self._hosts:
                    name = intersection(section.host, host)
                    if name:
                        names.append(name.removesuffix("."))
        return names

    def _admitted(self, section: Section) -> bool:
        namespace = self._route.ref.namespace
        if section.selector is None:
            return section.namespace is None or section.namespace == namespace
        ref = Ref("Namespace", "", namespace)
        self._reads.add(ref)
        view = self._views.get(ref)
        return isinstance(view, NamespaceView) and section.selector.matches(view.labels)
