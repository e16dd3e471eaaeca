"""Views made by hand: the shortest way to an HTTPRoute, a Gateway, a Namespace."""

from collections.abc import Iterable, Mapping

from dnsguard.model.objects import (
    Address,
    AllowedRoutes,
    Condition,
    FromNamespaces,
    GatewaySpec,
    GatewayStatus,
    GatewayView,
    Listener,
    NamespaceView,
    ParentRef,
    Ref,
    RouteParent,
    RouteSpec,
    RouteStatus,
    RouteView,
)
from dnsguard.model.settings import Deletes

CREATED = "2026-01-01T00:00:00Z"
PREFIX = "external-dns.kubernetes.io/"
EDGE = ParentRef(name="public", namespace="edge")
"""The parentRef of the Gateway that `gateway` makes by default."""
UNBOUND = Deletes(share=1.0, cap=0)
"""For zones of a handful of names, of which every deletion is a large part."""


def gateway(
    addresses: Iterable[str], name: str = "public", namespace: str = "edge", annotations: Mapping[str, str] | None = None
) -> GatewayView:
    """Return a Gateway with one HTTP listener that admits routes of all namespaces."""
    everybody = AllowedRoutes(namespaces=FromNamespaces(from_="All"))
    listener = Listener(name="web", port=80, protocol="HTTP", allowed_routes=everybody)
    return GatewayView(
        Ref("Gateway", namespace, name),
        "",
        CREATED,
        {},
        _prefixed(annotations),
        GatewaySpec(listeners=(listener,)),
        GatewayStatus(addresses=tuple(Address(value) for value in addresses)),
    )


def route(
    name: str,
    hostnames: Iterable[str],
    *,
    namespace: str = "team",
    accepted: bool = True,
    parents: Iterable[ParentRef] = (EDGE,),
    annotations: Mapping[str, str] | None = None,
    created: str = CREATED,
) -> RouteView:
    """Return an HTTPRoute whose parents all say that they accept it, or all that they do not."""
    refs = tuple(parents)
    verdict = (Condition("Accepted", "True" if accepted else "False"),)
    return RouteView(
        Ref("HTTPRoute", namespace, name),
        "",
        created,
        {},
        _prefixed(annotations),
        RouteSpec(hostnames=tuple(hostnames), parent_refs=refs),
        RouteStatus(parents=tuple(RouteParent(parent_ref=ref, conditions=verdict) for ref in refs)),
    )


def namespace(name: str, labels: Mapping[str, str] | None = None) -> NamespaceView:
    """Return a Namespace."""
    return NamespaceView(Ref("Namespace", "", name), "", CREATED, dict(labels or {}))


def _prefixed(annotations: Mapping[str, str] | None) -> dict[str, str]:
    return {PREFIX + key: value for key, value in (annotations or {}).items()}
