"""Every field of every view, changed alone, either changes what is asked for and opens the gate, or changes nothing.

The fields are found by introspection, so that a new one cannot be forgotten: it has to matter to DNS for some value under
some configuration of `RULES`, or to be named in `INERT`.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.desired import Wish, endpoints
from dnsguard.core.gate import Gate
from dnsguard.core.inventory import resource_of
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import GatewayRules, compile_rules
from dnsguard.model.objects import (
    GATEWAY_GROUP,
    Address,
    AllowedListeners,
    AllowedRoutes,
    Condition,
    FromNamespaces,
    GatewaySpec,
    GatewayStatus,
    GatewayView,
    LabelSelector,
    Listener,
    ListenerSetSpec,
    ListenerSetStatus,
    ListenerSetView,
    ListenerStatus,
    NamespaceView,
    ParentRef,
    Ref,
    Requirement,
    RouteGroupKind,
    RouteParent,
    RouteSpec,
    RouteStatus,
    RouteView,
    View,
)
from dnsguard.model.settings import GatewaySource, Sources, ZoneEntry

KINDS = (RouteView, GatewayView, ListenerSetView, NamespaceView)
OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
TTL = "external-dns.kubernetes.io/ttl"
TARGET = "external-dns.kubernetes.io/target"

RULES: dict[str, GatewayRules] = {
    "default": compile_rules(Sources(), (ZoneEntry(),)),
    "listener sets": compile_rules(Sources(gateway=GatewaySource(listener_sets=True)), (ZoneEntry(),)),
    "filters": compile_rules(
        Sources(
            namespaces=("team", "web"),
            label_filter="app=web",
            annotation_filter="tier notin (dark)",
            annotation_prefixes=("external-dns.kubernetes.io/", "example.com/"),
            gateway=GatewaySource(namespace="edge", label_filter="tier", listener_sets=True),
        ),
        (ZoneEntry(),),
    ),
    "scopes": compile_rules(
        Sources(gateway=GatewaySource(listener_sets=True)),
        (ZoneEntry(gateway_label_filter="tier=public"), ZoneEntry(gateway_label_filter="app=web"), ZoneEntry()),
    ),
}

INERT = {
    "RouteView.uid",
    "RouteView.status.parents[].controller_name",
    "GatewayView.uid",
    "GatewayView.created",
    # Who wrote a status is told of a dispute, and decides nothing.
    "GatewayView.writers",
    "ListenerSetView.uid",
    "ListenerSetView.created",
    "ListenerSetView.labels",
    # external-dns finds the Gateway of a ListenerSet by name and namespace alone.
    "ListenerSetView.spec.parent_ref.group",
    "ListenerSetView.spec.parent_ref.kind",
    "ListenerSetView.spec.parent_ref.section_name",
    "ListenerSetView.spec.parent_ref.port",
    "NamespaceView.uid",
    "NamespaceView.created",
}
"""Fields that change nothing, whatever they say."""


SHUT = Requirement("env", "NotIn", ("prod",))
"""What the namespace of the routes does not meet."""


def _admitting(*more: Requirement) -> FromNamespaces:
    some = Requirement("env", "In", ("prod", "test"))
    return FromNamespaces("Selector", LabelSelector({"team": "a"}, (some, *more)))


def _listener(name: str, hostname: str, port: int, *more: Requirement) -> Listener:
    kinds = (RouteGroupKind("HTTPRoute", GATEWAY_GROUP), RouteGroupKind("GRPCRoute"))
    return Listener(name, hostname, port, "HTTPS", AllowedRoutes(_admitting(*more), kinds))


def _parent(kind: str, namespace: str, name: str, section: str | None = None, port: int | None = None) -> ParentRef:
    return ParentRef(name, GATEWAY_GROUP, kind, namespace, section, port)


def _route(name: str, created: str, refs: tuple[ParentRef, ...], annotations: dict[str, str]) -> RouteView:
    conditions = (Condition("Programmed", "False"), Condition("Accepted", "True"), Condition("Accepted", "False"))
    parents = tuple(RouteParent(ref, "example.com/controller", conditions) for ref in refs)
    spec = RouteSpec(("a.example.com", "*.b.example.com", "*.com"), refs)
    labels = {"app": "web", "other": "x"}
    return RouteView(Ref("HTTPRoute", "team", name), "u-1", created, labels, annotations, spec, RouteStatus(parents))


def _gateway(name: str, addresses: tuple[str, ...], annotations: dict[str, str]) -> GatewayView:
    sets = AllowedListeners(_admitting(*(() if name == "public" else (SHUT,))))
    spec = GatewaySpec((_listener("web", "*.example.com", 443), _listener("b", "b.example.com", 80, SHUT)), sets)
    labels = {"tier": "public", "app": "web", "other": "x"}
    status = GatewayStatus(tuple(map(Address, addresses)))
    return GatewayView(Ref("Gateway", "edge", name), "u-2", OLD, labels, annotations, spec, status)


def _listener_set(name: str, gateway: str) -> ListenerSetView:
    accepted = (Condition("Accepted", "True"), Condition("Programmed", "True"))
    return ListenerSetView(
        Ref("ListenerSet", "team", name),
        "u-3",
        OLD,
        {"app": "web"},
        {"tier": "gold", "note": "x"},
        ListenerSetSpec(
            _parent("Gateway", "edge", gateway), (_listener("web", "*.b.example.com", 443), _listener("b", "x.b.example.com", 80, SHUT))
        ),
        ListenerSetStatus(accepted, (ListenerStatus("web", accepted), ListenerStatus("web", None), ListenerStatus("b", accepted))),
    )


BASE: tuple[View, ...] = (
    _route(
        "one",
        OLD,
        (
            _parent("Gateway", "edge", "public", "web", 443),
            _parent("ListenerSet", "team", "extra", "web", 443),
            _parent("ListenerSet", "team", "extra", "b"),
        ),
        {TTL: "60", "note": "x", "tier": "gold"},
    ),
    _route(
        "two",
        NEW,
        (_parent("Gateway", "edge", "other"), _parent("Gateway", "edge", "public"), _parent("ListenerSet", "team", "closed")),
        {TTL: "90", "example.com/ttl": "5"},
    ),
    _gateway("public", ("192.0.2.1", "2001:db8::1"), {"note": "x"}),
    _gateway("other", ("192.0.2.9",), {TARGET: "192.0.2.2"}),
    _listener_set("extra", "public"),
    _listener_set("closed", "other"),
    NamespaceView(Ref("Namespace", "", "team"), "u-4", OLD, {"team": "a", "env": "prod"}),
    NamespaceView(Ref("Namespace", "", "edge"), "u-5", OLD, {"team": "b"}),
)
"""A small cluster in which every field says something."""


# Where the fields are, by type


def fields_of(kind: Any) -> list[tuple[str, Any]]:
    return [(field.name, field.type) for field in msgspec.structs.fields(kind)]


def paths(kind: Any, path: str) -> Iterator[str]:
    """Return the path of everything in a type that can be changed alone: fields, and the items of sequences."""
    kind, _ = bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for name, inner in fields_of(kind):
            yield f"{path}.{name}"
            yield from paths(inner, f"{path}.{name}")
    elif get_origin(kind) is tuple:
        yield from paths(get_args(kind)[0], f"{path}[]")


def bare(kind: Any) -> tuple[Any, bool]:
    """Return a type without its None, and whether it had one."""
    if get_origin(kind) is UnionType:
        return next(part for part in get_args(kind) if part is not NoneType), True
    return kind, False


PATHS = tuple(path for kind in KINDS for path in paths(kind, kind.__name__))


# What can be changed of a value


class Place(NamedTuple):
    """One value within a view: the path of its type, the steps that lead there, its type, and the value."""

    path: str
    steps: tuple[str | int, ...]
    kind: Any
    value: Any


def places(value: Any, kind: Any, path: str, steps: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Return every place within *value*."""
    if steps:
        yield Place(path, steps, kind, value)
    inner, _ = bare(kind)
    if isinstance(value, msgspec.Struct):
        for name, of in fields_of(type(value)):
            yield from places(getattr(value, name), of, f"{path}.{name}", (*steps, name))
    elif get_origin(inner) is tuple:
        for index, item in enumerate(value or ()):
            yield from places(item, get_args(inner)[0], f"{path}[]", (*steps, index))


def places_of(view: View) -> list[Place]:
    return list(places(view, type(view), type(view).__name__))


def put(value: Any, steps: tuple[str | int, ...], new: Any) -> Any:
    """Return *value* with *new* at the place that *steps* lead to."""
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(first, str):
        return replace(value, **{first: put(getattr(value, first), rest, new)})
    return (*value[:first], put(value[first], rest, new), *value[first + 1 :])


WORDS = (
    *("", "web", "b", "public", "other", "extra", "team", "edge", "nowhere", "app", "gold", "dark", "a", "prod", "env", OLD, NEW),
    *("Gateway", "ListenerSet", "Service", "HTTPRoute", "TCPRoute", GATEWAY_GROUP, "core", "HTTP", "TCP"),
    *("Accepted", "True", "False", "All", "Same", "Selector", "None", "In", "NotIn", "Exists", "DoesNotExist"),
    *("a.example.com", "*.example.com", "c.example.org", "no_host", "192.0.2.7", "2001:db8::7", "lb.example.net"),
)
PAIRS = {
    "app": ("web", "api"),
    "tier": ("public", "dark"),
    "team": ("a", "b"),
    "env": ("prod", "test", "x"),
    "old": ("x",),
    "other": ("y",),
    "note": ("y",),
    TTL: ("60", "90", "", "nonsense"),
    "example.com/ttl": ("7",),
    "external-dns.alpha.kubernetes.io/ttl": ("8",),
    "external-dns.kubernetes.io/hostname": ("a.example.com,x.example.com",),
    "external-dns.kubernetes.io/controller": ("dns-controller", "else"),
    "external-dns.kubernetes.io/set-identifier": ("blue",),
    "external-dns.kubernetes.io/aws-weight": ("5",),
    TARGET: ("192.0.2.1", "lb.example.net", "no target!"),
    "example.com/target": ("192.0.2.77",),
}


def alternatives(place: Place) -> list[Any]:
    """Return other values for a place, every kind of change that its type knows."""
    kind, optional = bare(place.kind)
    found: list[Any] = [None] if optional else []
    if kind is str:
        found += WORDS
    elif kind is int:
        found += [0, 80, 443, 8080]
    elif kind is Ref:
        found += [Ref(place.value.kind, "web", place.value.name), Ref(place.value.kind, place.value.namespace, "renamed")]
    elif get_origin(kind) is dict:
        found += _other_pairs(place.value or {})
    elif get_origin(kind) is tuple:
        found += _other_sequences(place)
    elif optional or place.path.endswith("[]"):
        found += [each.value for view in BASE for each in places_of(view) if each.path == place.path]
    return [new for new in found if new != place.value]


def _other_pairs(pairs: dict[str, str]) -> list[dict[str, str]]:
    fewer = [{key: value for key, value in pairs.items() if key != gone} for gone in pairs]
    return [{}, *fewer, *({**pairs, key: value} for key, values in PAIRS.items() for value in values)]


def _other_sequences(place: Place) -> list[Any]:
    items = place.value or ()
    fewer = [items[:index] + items[index + 1 :] for index in range(len(items))]
    like = [each.value for view in BASE for each in places_of(view) if each.path == f"{place.path}[]"]
    more = [each for item in like for each in ((item, *items), (*items, item))]
    if get_args(bare(place.kind)[0])[0] is str:
        more += [each for word in WORDS for each in ((word, *items), (*items, word))]
    return [(), *fewer, items[::-1], *more]


# What is asked for


Asked = tuple[Any, Any]


def asked(views: Mapping[Ref, View], resolver: Resolver) -> Asked:
    """Return what all routes of *views* ask for, one by one and united."""
    routes = [view for view in views.values() if isinstance(view, RouteView)]
    found = {route.ref: resolver.resolve(route, views) for route in routes}
    rows: dict[tuple[str, str, Ref], list[Wish]] = {}
    for route in routes:
        for claim, contribution in found[route.ref].contributions.items():
            wish = Wish(route.ref, route.created, resource_of(route.ref), contribution)
            rows.setdefault((claim.name, claim.set_id, claim.parent), []).append(wish)
            rows.setdefault((claim.name, claim.set_id, Ref("", "", "")), []).append(wish)
    united = {row: endpoints(row[0], row[1], wishes) for row, wishes in rows.items()}
    return {ref: (each.claims, each.contributions, each.reads, each.problems) for ref, each in found.items()}, united


def matters(before: Asked, after: Asked) -> bool:
    """Return whether claims, contributions or endpoints differ."""
    return before[1] != after[1] or {ref: each[:2] for ref, each in before[0].items()} != {ref: each[:2] for ref, each in after[0].items()}


class Cluster:
    """Objects as the API server shows them, beside what the gate leaves of them."""

    def __init__(self, views: Iterable[View], rules: GatewayRules) -> None:
        self.wide = {view.ref: view for view in views}
        self.gate = Gate(Projection(rules))
        self.resolver, self.narrow = Resolver(rules), Resolver(rules)
        for view in self.wide.values():
            self.gate.admit(view)
        self.before = asked(self.wide, self.resolver)

    def check(self, old: View, new: View, where: str) -> bool:
        """Change *old* to *new*, judge the gate, and change it back; return whether what is asked for had changed."""
        opened = self._swap(old, new)
        after = asked(self.wide, self.resolver)
        change = matters(self.before, after)
        assert opened or not change, f"{where}: {old} became {new}: it matters, and the gate stays shut"
        assert asked(self.gate.views, self.narrow) == after, f"{where}: {new}: what the gate leaves of it asks for something else"
        assert self._swap(new, old) or not change, f"{where}: {new} became {old} again: it matters, and the gate stays shut"
        return change

    def _swap(self, old: View, new: View) -> bool:
        if new.ref != old.ref:
            del self.wide[old.ref]
            self.gate.forget(old.ref)
        self.wide[new.ref] = new
        return self.gate.admit(new) is not None


def found(views: tuple[View, ...], path: str) -> list[tuple[View, Place]]:
    kind = path.partition(".")[0]
    return [(view, place) for view in views if type(view).__name__ == kind for place in places_of(view) if place.path == path]


@pytest.mark.parametrize("path", PATHS)
def test_a_field_changed_alone_matters_and_opens_the_gate_or_is_named_as_inert(path):
    assert found(BASE, path), f"{path}: no object of BASE has it"
    matter = False
    for name, rules in RULES.items():
        cluster = Cluster(BASE, rules)
        for view, place in found(BASE, path)[:3]:
            for new in alternatives(place):
                matter = cluster.check(view, put(view, place.steps, new), f"{path} under {name}") or matter
    if not _whole(path):
        assert matter == (path not in INERT), f"{path}: it {'matters' if matter else 'changes nothing, whatever it says'}"


def _whole(path: str) -> bool:
    """Return whether a path names a struct that is always there: it is changed by its fields alone."""
    _, place = found(BASE, path)[0]
    return not alternatives(place)


@settings(max_examples=6)
@pytest.mark.parametrize("path", PATHS)
@given(data=st.data())
def test_a_field_changed_alone_in_any_cluster_opens_the_gate_if_it_matters(path, data):
    views = BASE
    for _ in range(data.draw(st.integers(0, 3), label="other changes")):
        index = data.draw(st.integers(0, len(views) - 1), label="of")
        place = data.draw(st.sampled_from([each for each in places_of(views[index]) if bare(each.kind)[0] is not Ref]), label="at")
        others = alternatives(place)
        if others:
            changed = put(views[index], place.steps, data.draw(st.sampled_from(others), label="to"))
            views = (*views[:index], changed, *views[index + 1 :])
    view, place = data.draw(st.sampled_from(found(views, path) or found(BASE, path)), label="changed alone")
    if view not in views:
        views = BASE
    others = alternatives(place)
    if others:
        name = data.draw(st.sampled_from(sorted(RULES)), label="rules")
        new = put(view, place.steps, data.draw(st.sampled_from(others), label="to"))
        cluster = Cluster(views, RULES[name])
        assert asked(cluster.gate.views, cluster.narrow) == cluster.before, "what the gate leaves of them asks for something else"
        cluster.check(view, new, f"{path} under {name}")


def test_every_field_that_is_named_as_inert_exists():
    assert set(PATHS) >= INERT


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (RouteView, "uid"),
        (GatewayView, "uid"),
        (ListenerSetView, "uid"),
        (ListenerSetView, "created"),
        (NamespaceView, "uid"),
        (NamespaceView, "created"),
    ],
)
def test_what_says_nothing_to_dns_leaves_the_gate_shut(kind, field):
    gate = Gate(Projection(RULES["default"]))
    view = next(view for view in BASE if isinstance(view, kind))
    assert gate.admit(view) is not None
    assert gate.admit(replace(view, **{field: "another"})) is None


def test_noise_of_a_fleet_of_controllers_leaves_the_gate_shut():
    gate = Gate(Projection(RULES["default"]))
    route = next(view for view in BASE if isinstance(view, RouteView))
    gate.admit(route)
    noise = tuple(
        replace(parent, controller_name="example.net/else", conditions=(*(parent.conditions or ()), Condition("ResolvedRefs", "False")))
        for parent in route.status.parents or ()
    )
    assert gate.admit(replace(route, status=RouteStatus(noise))) is None
    assert gate.admit(replace(route, annotations={**route.annotations, "kubectl.kubernetes.io/restartedAt": "now"})) is None
    assert gate.admit(replace(route, labels={**route.labels, "pod-template-hash": "7"})) is None
