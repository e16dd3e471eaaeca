"""Shapes: the JSON around the model's specs and statuses, and how an object of each kind becomes its view.

Rules kept here:
- `spec` must be there; `status`, labels and annotations may be absent or null.
- The typed shapes serve the many frames that fit; the least shapes serve the few that do not.
- Fields stand in the order of the API server's JSON (alphabetical), in which they are found without a search.
- What is absent or empty shares one empty value.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal, TypeVar

from msgspec import Raw, Struct

from dnsguard.model.objects import (
    GatewaySpec,
    GatewayStatus,
    GatewayView,
    ListenerSetSpec,
    ListenerSetStatus,
    ListenerSetView,
    NamespaceView,
    Ref,
    RouteSpec,
    RouteStatus,
    RouteView,
    SheetView,
)

Spec = TypeVar("Spec")
Status = TypeVar("Status")
Watched = TypeVar("Watched")


class Metadata(Struct, frozen=True, gc=False, rename="camel"):
    """What every object says of itself."""

    annotations: dict[str, str] | None = None
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None
    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    uid: str = ""


class ManagedField(Struct, frozen=True, gc=False):
    """Who wrote what, and when, of an object."""

    manager: str = ""
    subresource: str = ""
    time: str = ""


class GatewayMetadata(Struct, frozen=True, gc=False, rename="camel"):
    """What a Gateway says of itself; of other kinds, which come by the thousand, nobody asks who wrote them."""

    annotations: dict[str, str] | None = None
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None
    managed_fields: tuple[ManagedField, ...] | None = None
    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    uid: str = ""


class GatewayObject(Struct, frozen=True, gc=False, kw_only=True):
    """A Gateway."""

    kind: str = ""
    metadata: GatewayMetadata
    spec: GatewaySpec
    status: GatewayStatus | None = None


class Object(Struct, Generic[Spec, Status], frozen=True, gc=False, kw_only=True):
    """An object of a kind with a spec."""

    kind: str = ""
    metadata: Metadata
    spec: Spec
    status: Status | None = None


class Namespace(Struct, frozen=True, gc=False):
    """A Namespace, of which only the metadata counts."""

    metadata: Metadata
    kind: str = ""


class OwnedField(Struct, frozen=True, gc=False, rename={"fields_v1": "fieldsV1"}):
    """Which fields a manager wrote, and when."""

    fields_v1: Any = None
    manager: str = ""
    time: str = ""


class SheetMetadata(Struct, frozen=True, gc=False, rename="camel"):
    """What a ConfigMap with orders says of itself; its data is not read."""

    annotations: dict[str, str] | None = None
    managed_fields: tuple[OwnedField, ...] | None = None
    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    uid: str = ""


class SheetObject(Struct, frozen=True, gc=False):
    """A ConfigMap, of which only the metadata counts."""

    metadata: SheetMetadata
    kind: str = ""


class TypedFrame(Struct, Generic[Watched], frozen=True, gc=False):
    """A frame whose object is there, and fits its kind."""

    type: Literal["ADDED", "MODIFIED"]
    object: Watched


class LeastMetadata(Struct, frozen=True, gc=False, rename="camel"):
    """What names an object."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""


class Least(Struct, frozen=True, gc=False):
    """The least that an object has to be: something with a name."""

    metadata: LeastMetadata


class IdentityMetadata(Struct, frozen=True, gc=False):
    """What tells an object from one that had its name before."""

    uid: str = ""


class Identity(Struct, frozen=True, gc=False):
    """An object of which nothing but its uid is read."""

    metadata: IdentityMetadata


class LeastFrame(Struct, frozen=True, gc=False):
    """A frame whose object is still to be read."""

    type: str
    object: Raw


class BookmarkMetadata(Struct, frozen=True, gc=False, rename="camel"):
    """What a bookmark says."""

    resource_version: str
    annotations: dict[str, str] | None = None


class BookmarkObject(Struct, frozen=True, gc=False):
    """The object of a bookmark."""

    metadata: BookmarkMetadata


class Refusal(Struct, frozen=True, gc=False):
    """A Status, as ERROR frames and refused requests carry it."""

    code: int = 0
    message: str = ""
    reason: str = ""


class ListMetadata(Struct, frozen=True, gc=False, rename={"continue_": "continue", "resource_version": "resourceVersion"}):
    """Where a list stands."""

    resource_version: str
    continue_: str = ""


class List(Struct, frozen=True, gc=False):
    """One page of a list, its items still to be read."""

    items: list[Raw] | None
    metadata: ListMetadata
    kind: str = ""


_NO_PAIRS: dict[str, str] = {}
_NO_ROUTE_STATUS = RouteStatus()
_NO_GATEWAY_STATUS = GatewayStatus()
_NO_LISTENER_SET_STATUS = ListenerSetStatus()


def _route(ref: Ref, seen: Object[RouteSpec, RouteStatus]) -> RouteView:
    said = seen.metadata
    labels, annotations = said.labels or _NO_PAIRS, said.annotations or _NO_PAIRS
    return RouteView(ref, said.uid, said.creation_timestamp or "", labels, annotations, seen.spec, seen.status or _NO_ROUTE_STATUS)


def _gateway(ref: Ref, seen: GatewayObject) -> GatewayView:
    said = seen.metadata
    labels, annotations, status = said.labels or _NO_PAIRS, said.annotations or _NO_PAIRS, seen.status or _NO_GATEWAY_STATUS
    writers = _writers(said.managed_fields or ())
    return GatewayView(ref, said.uid, said.creation_timestamp or "", labels, annotations, seen.spec, status, writers)


def _writers(fields: tuple[ManagedField, ...]) -> tuple[str, ...]:
    """Return the managers that wrote the status last; their times have whole seconds, so there may be several."""
    of_status = [field for field in fields if field.subresource == "status"]
    last = max((field.time for field in of_status), default="")
    return tuple(sorted({field.manager for field in of_status if field.time == last}))


def _listener_set(ref: Ref, seen: Object[ListenerSetSpec, ListenerSetStatus]) -> ListenerSetView:
    said = seen.metadata
    labels, annotations, status = said.labels or _NO_PAIRS, said.annotations or _NO_PAIRS, seen.status or _NO_LISTENER_SET_STATUS
    return ListenerSetView(ref, said.uid, said.creation_timestamp or "", labels, annotations, seen.spec, status)


def _namespace(ref: Ref, seen: Namespace) -> NamespaceView:
    said = seen.metadata
    return NamespaceView(ref, said.uid, said.creation_timestamp or "", said.labels or _NO_PAIRS)


def _sheet(ref: Ref, seen: SheetObject) -> SheetView:
    said = seen.metadata
    writers: dict[str, str] = {}
    for field in sorted(said.managed_fields or (), key=lambda each: each.time):
        writers |= dict.fromkeys(_annotations(field.fields_v1), field.manager)
    return SheetView(ref, said.uid, said.annotations or _NO_PAIRS, writers)


def _annotations(fields: Any) -> Iterator[str]:
    """Yield the annotations that a field set in the format of `fieldsV1` names."""
    for part in ("f:metadata", "f:annotations"):
        fields = fields.get(part) if isinstance(fields, dict) else None
    if isinstance(fields, dict):
        yield from (key.removeprefix("f:") for key in fields if key.startswith("f:"))


_RouteObject = Object[RouteSpec, RouteStatus]
_ListenerSetObject = Object[ListenerSetSpec, ListenerSetStatus]

SHAPES: dict[str, tuple[Any, Any, Callable[[Ref, Any], Any]]] = {
    "ConfigMap": (TypedFrame[SheetObject], SheetObject, _sheet),
    "Gateway": (TypedFrame[GatewayObject], GatewayObject, _gateway),
    "ListenerSet": (TypedFrame[_ListenerSetObject], _ListenerSetObject, _listener_set),
    "Namespace": (TypedFrame[Namespace], Namespace, _namespace),
}
ROUTE_SHAPE = (TypedFrame[_RouteObject], _RouteObject, _route)
"""Every other kind is a route of some kind."""
