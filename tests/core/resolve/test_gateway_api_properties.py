"""What holds for every route and every cluster, however odd: the promises that the engine builds on."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core.resolve.gateway_api import Resolver, resolve
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.selectors import parse
from dnsguard.model.endpoints import Resolution
from dnsguard.model.objects import (
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
    RouteParent,
    RouteSpec,
    RouteStatus,
    RouteView,
    View,
)

NEW, OLD = GatewayRules().prefixes

T = TypeVar("T")


def mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Generate the usual value three times in four, so that most routes attach and every obstacle comes up alone."""
    return st.sampled_from([False, False, False, True]).flatmap(lambda odd: other if odd else st.just(usual))


labels = st.dictionaries(st.sampled_from("xy"), st.sampled_from("12"), max_size=2)
hosts = st.sampled_from(["*.example.org", "h.example.org", "", "a.b.example.org", "*.b.example.org", "no_host"])
section_names = mostly(None, st.sampled_from(["", "a", "b"]))
ports = mostly(None, st.sampled_from([1, 2]))
accepting = (Condition("Accepted", "True"),)
conditions = mostly(accepting, st.sampled_from([(Condition("Accepted", "False"), *accepting), (Condition("Other", "True"),), (), None]))
selectors = st.none() | st.builds(LabelSelector, st.dictionaries(st.sampled_from(["x", "y", "-"]), st.sampled_from("12"), max_size=1))
sources = mostly(
    FromNamespaces("All"),
    st.builds(FromNamespaces, st.sampled_from(["Selector", "Selector", "Same", "None", None]), selectors),
)
listeners = st.lists(
    st.builds(
        Listener,
        name=st.sampled_from("ab"),
        hostname=mostly("*.example.org", hosts),
        port=st.sampled_from([1, 2, None]),
        protocol=mostly("HTTP", st.sampled_from(["HTTPS", "TLS"])),
        allowed_routes=st.builds(AllowedRoutes, sources),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
keys = [
    *(NEW + name for name in ("ttl", "hostname", "target", "set-identifier", "aws-weight", "controller")),
    *(OLD + name for name in ("ttl", "hostname", "target", "gateway-hostname-source")),
]
texts = st.sampled_from(["5", "dns-controller", "n.example.org", "192.0.2.7, bad target", "annotation-only", ""])
annotations = mostly({}, st.dictionaries(st.sampled_from(keys), texts, max_size=3))
addresses = st.sampled_from(["192.0.2.2", "192.0.2.1", "2001:db8::1", "lb.example.net", ""])
gateway_statuses = st.lists(st.builds(Address, addresses), max_size=3).map(tuple).map(GatewayStatus)
entry_statuses = st.builds(ListenerStatus, st.sampled_from("ab"), conditions)
set_statuses = st.builds(
    ListenerSetStatus,
    conditions,
    mostly((ListenerStatus("a", accepting), ListenerStatus("b", accepting)), st.lists(entry_statuses).map(tuple)),
)
parent_refs = st.builds(
    ParentRef,
    name=mostly("a", st.just("b")),
    group=mostly(None, st.sampled_from(["", "other.example"])),
    kind=mostly("Gateway", st.sampled_from([None, "ListenerSet", "ListenerSet", "Service"])),
    namespace=st.sampled_from(["one", "two", None]),
    section_name=section_names,
    port=ports,
)
route_parents = st.builds(RouteParent, parent_refs, st.just(""), conditions)
route_statuses = st.lists(route_parents, max_size=2).map(tuple).map(RouteStatus)


@st.composite
def gateways(draw: st.DrawFn, namespace: str) -> GatewayView:
    """Generate a Gateway named `a`."""
    spec = GatewaySpec(draw(listeners), AllowedListeners(draw(sources)))
    return GatewayView(Ref("Gateway", namespace, "a"), "u", "", draw(labels), draw(annotations), spec, draw(gateway_statuses))


@st.composite
def listener_sets(draw: st.DrawFn, namespace: str) -> ListenerSetView:
    """Generate a ListenerSet named `a`."""
    above = ParentRef(draw(mostly("a", st.just("b"))), namespace=draw(st.sampled_from([None, "one", "two"])))
    spec = ListenerSetSpec(above, draw(listeners))
    return ListenerSetView(Ref("ListenerSet", namespace, "a"), "u", "", draw(labels), draw(annotations), spec, draw(set_statuses))


@st.composite
def clusters(draw: st.DrawFn) -> dict[Ref, View]:
    """Generate the Gateways, ListenerSets and namespaces of two namespaces, any of which may be missing."""
    views: list[View] = []
    for namespace in ("one", "two"):
        ref = Ref("Namespace", "", namespace)
        kinds: tuple[st.SearchStrategy[View], ...] = (
            gateways(namespace),
            listener_sets(namespace),
            st.builds(NamespaceView, st.just(ref), st.just("u"), st.just(""), labels),
        )
        views += [draw(each) for each in kinds if draw(mostly(usual=True, other=st.just(value=False)))]
    return {view.ref: view for view in views}


@st.composite
def routes(draw: st.DrawFn) -> RouteView:
    """Generate a route whose status has an entry for each of the spec, and sometimes more."""
    parents = tuple(draw(st.lists(parent_refs, min_size=1, max_size=3)))
    answers = tuple(RouteParent(entry, "", draw(conditions)) for entry in parents)
    return RouteView(
        ref=Ref(draw(mostly("HTTPRoute", st.sampled_from(["TLSRoute", "TCPRoute"]))), "one", "r"),
        uid="u",
        created="",
        labels=draw(labels),
        annotations=draw(annotations),
        spec=RouteSpec(draw(mostly(("h.example.org",), st.lists(hosts, max_size=2).map(tuple))), parents),
        status=RouteStatus((*answers, *(draw(mostly((), st.lists(route_parents, max_size=2).map(tuple)))))),
    )


rules = st.builds(
    GatewayRules,
    namespaces=mostly(frozenset(), st.just(frozenset({"two"}))),
    labels=mostly("", st.just("x")).map(parse),
    gateway_name=mostly("", st.sampled_from("ab")),
    gateway_namespace=mostly("", st.just("two")),
    gateway_labels=mostly("", st.just("!y")).map(parse),
    listener_sets=mostly(usual=True, other=st.just(value=False)),
    entries=mostly((), st.just((parse("x=1"), parse("")))),
)


def told(resolution: Resolution) -> str:
    """Write down an answer with the order of everything that has one."""
    contributions = list(resolution.contributions.items())
    return repr((sorted(map(repr, resolution.claims)), contributions, resolution.problems, sorted(resolution.reads)))


def turned(view: RouteView) -> RouteView:
    """Return the same route with its mappings in another order."""
    return replace(view, labels=dict(reversed(view.labels.items())), annotations=dict(reversed(view.annotations.items())))


@given(routes(), clusters(), rules)
def test_contributions_are_claimed_and_have_targets(route: RouteView, cluster: dict[Ref, View], how: GatewayRules) -> None:
    """Nothing is published that the specs do not ask for, and nothing empty."""
    found = resolve(route, cluster, how)

    assert set(found.contributions) <= found.claims
    for contribution in found.contributions.values():
        assert contribution.targets
        assert list(contribution.targets) == sorted(set(contribution.targets))
        assert list(contribution.properties) == sorted(set(contribution.properties))


@given(routes(), clusters(), rules, st.data())
def test_no_status_changes_a_claim(route: RouteView, cluster: dict[Ref, View], how: GatewayRules, data: st.DataObject) -> None:
    """Conditions and addresses come and go; what is claimed stays."""
    restated: dict[Ref, View] = {}
    for ref, view in cluster.items():
        match view:
            case GatewayView():
                restated[ref] = replace(view, status=data.draw(gateway_statuses))
            case ListenerSetView():
                restated[ref] = replace(view, status=data.draw(set_statuses))
            case _:
                restated[ref] = view

    before = resolve(route, cluster, how).claims
    after = resolve(replace(route, status=data.draw(route_statuses)), restated, how).claims

    assert before == after


@given(routes(), clusters(), rules)
def test_only_what_was_read_counts(route: RouteView, cluster: dict[Ref, View], how: GatewayRules) -> None:
    """An object that is not among the reads can go without a difference."""
    found = resolve(route, cluster, how)

    assert resolve(route, {ref: view for ref, view in cluster.items() if ref in found.reads}, how) == found


@given(routes(), clusters(), rules, st.data())
def test_what_was_not_read_cannot_come_in(route: RouteView, cluster: dict[Ref, View], how: GatewayRules, data: st.DataObject) -> None:
    """An object that is not among the reads can come or change without a difference."""
    found = resolve(route, cluster, how)
    others = {ref: view for ref, view in data.draw(clusters()).items() if ref not in found.reads}

    assert resolve(route, {**cluster, **others}, how) == found


@given(routes(), clusters(), rules)
def test_no_order_of_a_mapping_matters(route: RouteView, cluster: dict[Ref, View], how: GatewayRules) -> None:
    """Labels, annotations and views in another order give the same answer, written in the same order."""
    again = resolve(turned(route), dict(reversed(cluster.items())), how)

    assert told(again) == told(resolve(route, cluster, how))


@settings(max_examples=40)
@given(st.lists(st.tuples(routes(), clusters()), min_size=2, max_size=3), rules)
def test_a_resolver_remembers_nothing_that_matters(asked: list[tuple[RouteView, dict[Ref, View]]], how: GatewayRules) -> None:
    """Whatever a resolver was asked before, it answers as a new one."""
    resolver = Resolver(how)

    assert [resolver.resolve(*each) for each in asked] == [resolve(*each, how) for each in asked]


PROGRAM = """
from dnsguard.core.resolve.gateway_api import resolve
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.model.objects import *

hosts = tuple(f"h{number}.example.org" for number in range(9))
listeners = [Listener(name, f"*.{name}.example.org", protocol="HTTP") for name in "abc"]
listeners += [Listener("d", "_", protocol="HTTP")]
gateways = [
    GatewayView(Ref("Gateway", "one", name), "u", "", {}, {}, GatewaySpec((Listener("e", protocol="HTTP"), *listeners)),
        GatewayStatus((Address("b.example.net"), Address("192.0.2.1"), Address("bad one"), Address("a.example.net"))))
    for name in "xyz"
]
refs = tuple(ParentRef(name) for name in "xyzw")
status = RouteStatus(tuple(RouteParent(ref, "", (Condition("Accepted", "True"),)) for ref in refs))
notes = {"external-dns.kubernetes.io/aws-" + name: name for name in ("weight", "region", "failover")}
route = RouteView(Ref("HTTPRoute", "one", "r"), "u", "", {}, notes, RouteSpec(hosts, refs), status)
found = resolve(route, {view.ref: view for view in gateways}, GatewayRules())
print(len(found.claims), list(found.contributions.items()), found.problems, sorted(found.reads))
"""


def test_no_hash_seed_matters() -> None:
    """Processes with different hash seeds write the same answer in the same order."""
    paths = os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])

    def run(seed: str) -> str:
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    first, *others = [run(seed) for seed in ("0", "1", "2")]

    assert first.startswith("27 ")
    assert others == [first, first]
