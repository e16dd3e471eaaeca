"""Why a route gets or publishes nothing is told in words; the resolver's own decision stands behind each."""

import pytest
from msgspec.structs import replace

from dnsguard.core.resolve.attachment import Attachment
from dnsguard.core.resolve.gateway_api import resolve
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.selectors import parse
from dnsguard.lab.objects import EDGE, gateway, namespace, route
from dnsguard.model.objects import (
    AllowedListeners,
    AllowedRoutes,
    Condition,
    FromNamespaces,
    GatewaySpec,
    LabelSelector,
    Listener,
    ListenerSetSpec,
    ListenerSetStatus,
    ListenerSetView,
    ListenerStatus,
    ParentRef,
    Ref,
)

PUBLIC = Ref("Gateway", "edge", "public")
HOST = "www.example.com"
ALL = AllowedRoutes(namespaces=FromNamespaces(from_="All"))
WWW = route("www", [HOST])


def listening(*listeners, addresses=("192.0.2.1",), **more):
    return replace(gateway(addresses, **more), spec=GatewaySpec(listeners=listeners))


def listener(name, hostname="", port=80, protocol="HTTP", allowed=ALL):
    return Listener(name=name, hostname=hostname, port=port, protocol=protocol, allowed_routes=allowed)


def views(*found):
    return {view.ref: view for view in found}


def parented(**entry):
    return route("www", [HOST], parents=(ParentRef(**{"name": "public", "namespace": "edge", **entry}),))


SELECTED = AllowedRoutes(namespaces=FromNamespaces(from_="Selector", selector=LabelSelector(match_labels={"team": "a"})))


@pytest.mark.parametrize(
    ("view", "gate", "rules", "why"),
    [
        (route("www", [HOST], parents=()), gateway(["192.0.2.1"]), {}, "it names no parent (spec.parentRefs)"),
        (WWW, gateway(["192.0.2.1"]), {"namespaces": frozenset({"prod"})}, "the namespace team is not among sources.namespaces"),
        (
            route("www", [HOST], annotations={"controller": "other"}),
            gateway(["192.0.2.1"]),
            {},
            "its annotation controller hands it to another controller",
        ),
        (WWW, gateway(["192.0.2.1"]), {"labels": parse("dns=yes")}, "its labels do not match sources.label_filter"),
        (WWW, gateway(["192.0.2.1"]), {"annotations": parse("dns=yes")}, "its annotations do not match sources.annotation_filter"),
        (
            route("www", [HOST], annotations={"gateway-hostname-source": "annotation-only"}),
            gateway(["192.0.2.1"]),
            {},
            "its annotation gateway-hostname-source keeps the hostnames of its spec out",
        ),
        (
            parented(kind="Service", group=""),
            gateway(["192.0.2.1"]),
            {},
            "its parent Service public is neither a Gateway nor a ListenerSet",
        ),
        (parented(name="nope"), gateway(["192.0.2.1"]), {}, "Gateway edge/nope does not exist"),
        (
            parented(kind="ListenerSet", name="more"),
            gateway(["192.0.2.1"]),
            {},
            "ListenerSet edge/more is named as parent, and listener sets are not enabled",
        ),
        (
            WWW,
            gateway(["192.0.2.1"]),
            {"gateway_name": "inner"},
            "Gateway edge/public does not count, by sources.gateway or its annotation controller",
        ),
        (
            WWW,
            gateway(["192.0.2.1"]),
            {"gateway_labels": parse("exposure=public")},
            "Gateway edge/public does not count, by sources.gateway or its annotation controller",
        ),
        (WWW, listening(listener("tls", protocol="TLS")), {}, "Gateway edge/public has no listener for an HTTPRoute"),
        (parented(section_name="tls"), listening(listener("web")), {}, "Gateway edge/public has no listener called tls for an HTTPRoute"),
        (parented(port=443), listening(listener("web")), {}, "Gateway edge/public has no such listener on port 443"),
        (
            WWW,
            listening(listener("web", "*.example.net")),
            {},
            "no listener of Gateway edge/public that it names has a hostname that meets it",
        ),
        (WWW, listening(listener("web", allowed=None)), {}, "Gateway edge/public admits no HTTPRoute from the namespace team"),
        (WWW, listening(listener("web", allowed=SELECTED)), {}, "Gateway edge/public admits no HTTPRoute from the namespace team"),
    ],
)
def test_a_route_that_gets_nothing_of_a_name_is_told_why(view, gate, rules, why):
    found, compiled = views(gate, view, namespace("team")), GatewayRules(**rules)
    assert resolve(view, found, compiled).claims == frozenset()
    assert Attachment(compiled, found).refusal(view, HOST) == why


def test_every_parent_that_grants_nothing_is_told():
    view = route("www", [HOST], parents=(ParentRef(name="a"), ParentRef(name="b"), ParentRef(name="a")))
    assert Attachment(GatewayRules(), views(view)).refusal(view, HOST) == "Gateway team/a does not exist; Gateway team/b does not exist"


def test_the_listeners_through_which_a_name_is_claimed_are_named():
    gate = listening(
        listener("any"),
        listener("exact", HOST),
        listener("below", "*.example.com"),
        listener("other", "*.example.net"),
        listener("tls", protocol="TLS"),
        listener("inner", allowed=None),
        listener("chosen", allowed=SELECTED),
    )
    found = Attachment(GatewayRules(), views(gate, WWW, namespace("team", {"team": "a"})))
    assert found.listeners(WWW, PUBLIC, HOST) == ("any", "exact", "below", "chosen")
    assert found.listeners(parented(section_name="exact"), PUBLIC, HOST) == ("exact",)
    assert found.listeners(WWW, Ref("Gateway", "edge", "other"), HOST) == ()


@pytest.mark.parametrize("hosts", [[HOST], ["*.example.com", "b.example.net"], [], ["WWW.example.com"]])
def test_listeners_are_found_whatever_else_and_however_the_route_names_its_hosts(hosts):
    view, gate = route("www", hosts), listening(listener("exact", HOST), listener("other", "*.example.net"))
    found, rules = views(gate, view, namespace("team")), GatewayRules()
    assert HOST in {claim.name for claim in resolve(view, found, rules).claims}
    assert Attachment(rules, found).listeners(view, PUBLIC, HOST) == ("exact",)


def test_a_host_with_a_trailing_dot_is_the_name_without_it():
    view, gate = route("www", ["a.example.net", f"{HOST}."]), listening(listener("any"))
    assert Attachment(GatewayRules(), views(gate, view, namespace("team"))).listeners(view, PUBLIC, HOST) == ("any",)


def accepted(status="True"):
    return (Condition("Accepted", status),)


MORE = ListenerSetView(
    Ref("ListenerSet", "edge", "more"),
    "",
    "",
    {},
    {},
    ListenerSetSpec(parent_ref=EDGE, listeners=(listener("web"),)),
    ListenerSetStatus(conditions=accepted(), listeners=(ListenerStatus("web", accepted("False")),)),
)
OPEN = replace(
    gateway(["192.0.2.1"]),
    spec=GatewaySpec(listeners=(listener("web"),), allowed_listeners=AllowedListeners(namespaces=FromNamespaces(from_="All"))),
)
SPOKEN = replace(
    parented(section_name="web"),
    status=replace(WWW.status, parents=(replace(WWW.status.parents[0], parent_ref=replace(EDGE, section_name="tls")),)),
)


@pytest.mark.parametrize(
    ("view", "parent", "gate", "why"),
    [
        (
            replace(WWW, status=replace(WWW.status, parents=())),
            PUBLIC,
            gateway(["192.0.2.1"]),
            "its status says nothing of Gateway edge/public",
        ),
        (
            route("www", [HOST], accepted=False),
            PUBLIC,
            gateway(["192.0.2.1"]),
            "its status is not Accepted for Gateway edge/public",
        ),
        (WWW, PUBLIC, gateway([]), "Gateway edge/public publishes no address"),
        (
            WWW,
            PUBLIC,
            gateway(["1.2.3"]),
            "Gateway edge/public: the target '1.2.3' is not an IPv4 address",
        ),
        (
            SPOKEN,
            PUBLIC,
            listening(listener("web"), listener("tls", protocol="TLS")),
            "no listener of Gateway edge/public that its status speaks of publishes the name",
        ),
        (
            parented(kind="ListenerSet", name="more"),
            MORE.ref,
            OPEN,
            "no listener of ListenerSet edge/more that its status speaks of publishes the name",
        ),
    ],
)
def test_a_route_that_publishes_nothing_is_told_why(view, parent, gate, why):
    found, rules = views(gate, MORE, view, namespace("team")), GatewayRules(listener_sets=True)
    resolution = resolve(view, found, rules)
    assert ({claim.name for claim in resolution.claims}, resolution.contributions) == ({HOST}, {})
    assert Attachment(rules, found).silence(view, parent) == why
