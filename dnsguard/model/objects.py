"""Views: the projection of Kubernetes objects to the fields that DNS can depend on.

The `spec` and `status` shapes mirror the JSON of the API server, so that a frame is decoded straight into them; a field
that is not named here is never kept. A view says nothing about versions or timestamps of conditions: two frames that
differ only there make equal views.

All of these are trees of frozen values without a cycle, so the garbage collector need not look at them (`gc=False`): that
keeps its pauses short where a hundred thousand views are in memory.
"""

from typing import NamedTuple

from msgspec import Struct

GATEWAY_GROUP = "gateway.networking.k8s.io"


class Ref(NamedTuple):
    """The identity of an object for DNS: kind, namespace ("" for cluster-scoped kinds) and name.

    The uid stands on the view: an object that was deleted and created again under one name is one thing to DNS.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Shape(Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """Base of what is decoded from JSON: camelCase outside, unknown fields skipped, absent fields at their default."""


class ParentRef(Shape, frozen=True):
    """Gateway API ParentReference; an absent or empty group, kind or namespace means the default of the API."""

    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    section_name: str | None = None
    port: int | None = None


class Condition(Shape, frozen=True):
    """A condition, by type and status alone."""

    type: str
    status: str


class RouteParent(Shape, frozen=True):
    """One entry of `status.parents`: what a controller says of one parentRef."""

    parent_ref: ParentRef
    controller_name: str = ""
    conditions: tuple[Condition, ...] | None = None


class RouteSpec(Shape, frozen=True):
    """The spec of any route kind; TCP and UDP routes have no hostnames."""

    hostnames: tuple[str, ...] | None = None
    parent_refs: tuple[ParentRef, ...] | None = None


class RouteStatus(Shape, frozen=True):
    """The status of any route kind."""

    parents: tuple[RouteParent, ...] | None = None


class Requirement(Shape, frozen=True):
    """One expression of a label selector."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None


class LabelSelector(Shape, frozen=True):
    """A Kubernetes label selector; the empty one selects everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[Requirement, ...] | None = None


class FromNamespaces(Shape, frozen=True, rename={"from_": "from"}):
    """`namespaces` of allowedRoutes and allowedListeners: All, Same, Selector, None, or absent."""

    from_: str | None = None
    selector: LabelSelector | None = None


class RouteGroupKind(Shape, frozen=True):
    """One entry of `allowedRoutes.kinds`."""

    kind: str
    group: str | None = None


class AllowedRoutes(Shape, frozen=True):
    """Which routes may attach to a listener."""

    namespaces: FromNamespaces | None = None
    kinds: tuple[RouteGroupKind, ...] | None = None


class Listener(Shape, frozen=True):
    """A listener of a Gateway, or a listener entry of a ListenerSet."""

    name: str
    hostname: str | None = None
    port: int | None = None
    protocol: str = ""
    allowed_routes: AllowedRoutes | None = None


class AllowedListeners(Shape, frozen=True):
    """Which ListenerSets may attach to a Gateway; absent means none."""

    namespaces: FromNamespaces | None = None


class GatewaySpec(Shape, frozen=True):
    """The spec of a Gateway."""

    listeners: tuple[Listener, ...] | None = None
    allowed_listeners: AllowedListeners | None = None


class Address(Shape, frozen=True):
    """One entry of a Gateway's `status.addresses`; its `type` is not read, the text decides."""

    value: str = ""


class GatewayStatus(Shape, frozen=True):
    """The status of a Gateway."""

    addresses: tuple[Address, ...] | None = None


class ListenerSetSpec(Shape, frozen=True):
    """The spec of a ListenerSet."""

    parent_ref: ParentRef
    listeners: tuple[Listener, ...] | None = None


class ListenerStatus(Shape, frozen=True):
    """One entry of a ListenerSet's `status.listeners`."""

    name: str
    conditions: tuple[Condition, ...] | None = None


class ListenerSetStatus(Shape, frozen=True):
    """The status of a ListenerSet."""

    conditions: tuple[Condition, ...] | None = None
    listeners: tuple[ListenerStatus, ...] | None = None


class RouteView(Struct, frozen=True, gc=False):
    """A route of any kind (`ref.kind`); *created* is the RFC 3339 creationTimestamp as the API server writes it."""

    ref: Ref
    uid: str
    created: str
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: RouteSpec
    status: RouteStatus


class GatewayView(Struct, frozen=True, gc=False):
    """A Gateway; *writers* are the managers that wrote its status last, as `managedFields` names them."""

    ref: Ref
    uid: str
    created: str
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: GatewaySpec
    status: GatewayStatus
    writers: tuple[str, ...] = ()


class ListenerSetView(Struct, frozen=True, gc=False):
    """A ListenerSet."""

    ref: Ref
    uid: str
    created: str
    labels: dict[str, str]
    annotations: dict[str, str]
    spec: ListenerSetSpec
    status: ListenerSetStatus


class NamespaceView(Struct, frozen=True, gc=False):
    """A Namespace, for the selectors over its labels."""

    ref: Ref
    uid: str
    created: str
    labels: dict[str, str]


View = RouteView | GatewayView | ListenerSetView | NamespaceView


class SheetView(Struct, frozen=True, gc=False):
    """A ConfigMap with orders: its annotations, and the manager that wrote each of them, as `managedFields` tells."""

    ref: Ref
    uid: str
    annotations: dict[str, str]
    writers: dict[str, str]
