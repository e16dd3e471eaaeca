"""The scene of every churn profile: a Gateway (some have *more*), its routes and their namespaces, as an API server shows them.

Rules kept here:
- Every write gets the next resourceVersion; a write that changes no byte gets none and makes no frame, as in the API
  server. A write of the spec moves the generation, a write of the status does not.
- Timestamps have the grain of a second, as `metav1.Time` has in JSON.
- Every write leaves its trace in managedFields, as Update does: the manager's entry gets the time, and the status or the spec
  with it. A write by another manager takes the same fields over.
- Nothing depends on a clock: the scene begins at a fixed instant, and chance comes from a seed.
"""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Line
from dnsguard.model.objects import GATEWAY_GROUP

DOMAIN = "example.com"
ADDRESS = "203.0.113.10"
OTHER_ADDRESS = "203.0.113.20"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

Object = dict[str, Any]


class Scale(Struct, frozen=True):
    """How much of it: routes, replicas of the controller that writes, seconds of the stream, and the seed of chance."""

    routes: int = 200
    replicas: int = 2
    seconds: float = 60.0
    seed: int = 0


class Writer(NamedTuple):
    """A controller: its manager in managedFields, and the controllerName of its entries in statuses."""

    manager: str
    controller: str


PERSON = "kubectl-edit"
"""The manager of what people write."""
SOMEBODY = Writer("gateway-controller", "example.com/gateway-controller")
"""A controller that nothing is known of."""


def stamp(seconds: float) -> str:
    """Return the timestamp of a moment of the stream."""
    return (BEGINNING + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")


class Scene:
    """The objects as they stand, served by *writer*; profiles change them in place and `write` what they changed."""

    def __init__(self, scale: Scale, writer: Writer = SOMEBODY) -> None:
        self.chance = Random(scale.seed)
        self.writer = writer
        self.gateway = new_gateway()
        self.more: list[Object] = []
        self.routes = [new_route(number, writer.controller) for number in range(scale.routes)]
        self._version = 1000
        self._written: dict[tuple[str, str], bytes] = {}

    def opening(self) -> Iterator[Line]:
        """Yield the lists at the beginning."""
        namespaces = sorted({route["metadata"]["namespace"] for route in self.routes} | {"edge"})
        for kind, objects in (
            ("Gateway", [self.gateway, *self.more]),
            ("HTTPRoute", self.routes),
            ("Namespace", [_namespace(name) for name in namespaces]),
        ):
            resource = RESOURCES[kind]
            for item in objects:
                if kind != "Namespace":
                    _sign(item, PERSON, 0.0, "spec")
                    _sign(item, self.writer.manager, 0.0, "status")
                self._settle(item)
            api = f"{resource.group}/{resource.version}" if resource.group else resource.version
            metadata = {"resourceVersion": str(self._version), "continue": ""}
            body = {"apiVersion": api, "kind": f"{kind}List", "metadata": metadata, "items": objects}
            yield Line(0.0, resource.tape_name, "list", Raw(msgspec.json.encode(body)))

    def write(self, item: Object, seconds: float, kind: str = "MODIFIED", by: str = "") -> Iterator[Line]:
        """Yield the frame of a write of *item* at *seconds*, or nothing if it changes nothing; *by* is its manager if it is no status."""
        if not self._settle(item, (by or self.writer.manager, seconds, "spec" if by else "status")) and kind == "MODIFIED":
            return
        if kind == "DELETED":
            self._version += 1
            item["metadata"]["resourceVersion"] = str(self._version)
        frame = msgspec.json.encode({"type": kind, "object": item})
        yield Line(round(seconds, 6), RESOURCES[item["kind"]].tape_name, "frame", Raw(frame))

    def respec(self, route: Object, seconds: float) -> Iterator[Line]:
        """Yield the frames of a new spec of *route*: that of the edit, then that of the controller that follows it."""
        route["metadata"]["generation"] += 1
        yield from self.write(route, seconds, by=PERSON)
        self.accept(route, seconds)
        yield from self.write(route, seconds + 0.05)

    def accept(self, route: Object, seconds: float, *, status: str = "True") -> None:
        """Let the controller say of every parent of *route* that it is accepted, or not."""
        accept(route, seconds, self.writer.controller, status=status)

    def _settle(self, item: Object, signature: tuple[str, float, str] | None = None) -> bool:
        """Give *item* a version if it changed, and sign it; return whether it did."""
        metadata = item["metadata"]
        metadata.pop("resourceVersion", None)
        fields = metadata.pop("managedFields", None)
        key = (item.get("kind", "Namespace"), f"{metadata.get('namespace', '')}/{metadata['name']}")
        written = msgspec.json.encode(item)
        if fields is not None:
            metadata["managedFields"] = fields
        changed = self._written.get(key) != written
        if changed:
            self._written[key] = written
            self._version += 1
            metadata["resourceVersion"] = str(self._version)
            if signature is not None:
                _sign(item, *signature)
        return changed


def new_route(number: int, controller: str = SOMEBODY.controller) -> Object:
    """Return a route that *controller* has accepted."""
    name = f"app-{number}"
    backends = [{"group": "", "kind": "Service", "name": "app", "port": 80, "weight": 1}]
    rules = [{"backendRefs": backends, "matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}]
    route = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": _metadata(f"team-{number % 4}", name),
        "spec": {"hostnames": [f"{name}.{DOMAIN}"], "parentRefs": [parent_ref("public")], "rules": rules},
    }
    accept(route, 0, controller)
    return route


def accept(route: Object, seconds: float, controller: str = SOMEBODY.controller, *, status: str = "True") -> None:
    """Let *controller* say of every parent of *route* that it is accepted, or not."""
    generation = route["metadata"]["generation"]
    route["status"] = {"parents": [_parent(ref, controller, generation, seconds, status) for ref in route["spec"]["parentRefs"]]}


def _sign(item: Object, manager: str, seconds: float, part: str) -> None:
    """Let managedFields say that *manager* wrote the spec or the status of *item*; who had these fields before has none left."""
    owned = _STATUS_FIELDS[item["kind"]] if part == "status" else {"f:spec": {}}
    entry = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": owned,
        "manager": manager,
        "operation": "Update",
        **({"subresource": "status"} if part == "status" else {}),
        "time": stamp(seconds),
    }
    others = [each for each in item["metadata"].get("managedFields", ()) if each["fieldsV1"] != owned]
    item["metadata"]["managedFields"] = sorted([*others, entry], key=lambda each: (each["time"], each["manager"]))


_STATUS_FIELDS: dict[str, Object] = {
    "HTTPRoute": {"f:status": {".": {}, "f:parents": {}}},
    "Gateway": {"f:status": {"f:addresses": {}, "f:conditions": {}, "f:listeners": {}}},
}


def restamp(route: Object, seconds: float) -> None:
    """Move the timestamps of every condition of *route*, and nothing else."""
    for parent in route["status"]["parents"]:
        for condition in parent["conditions"]:
            condition["lastTransitionTime"] = stamp(seconds)


def address(gateway: Object, *values: str) -> None:
    """Let the status of *gateway* show these addresses."""
    gateway["status"]["addresses"] = [{"type": "IPAddress", "value": value} for value in values]


def _condition(kind: str, status: str, generation: int, seconds: float) -> Object:
    reason = kind if status == "True" else "Invalid"
    return {
        "lastTransitionTime": stamp(seconds),
        "message": "",
        "observedGeneration": generation,
        "reason": reason,
        "status": status,
        "type": kind,
    }


def _parent(ref: Object, controller: str, generation: int, seconds: float, status: str) -> Object:
    conditions = [_condition("Accepted", status, generation, seconds), _condition("ResolvedRefs", "True", generation, seconds)]
    return {"conditions": conditions, "controllerName": controller, "parentRef": copy.deepcopy(ref)}


def _metadata(namespace: str, name: str) -> Object:
    within = {"namespace": namespace} if namespace else {}
    labels = {"app": name} if namespace else {"kubernetes.io/metadata.name": name}
    return {"creationTimestamp": stamp(0), "generation": 1, "labels": labels, "name": name, **within, "uid": f"uid-{namespace}-{name}"}


def _namespace(name: str) -> Object:
    return {"metadata": _metadata("", name), "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def _listener(name: str, hostname: str) -> Object:
    return {"allowedRoutes": {"namespaces": {"from": "All"}}, "hostname": hostname, "name": name, "port": 80, "protocol": "HTTP"}


def new_gateway(name: str = "public", *addresses: str) -> Object:
    """Return a Gateway that publishes *addresses* (none: `ADDRESS`)."""
    listeners = [_listener("web", f"*.{DOMAIN}"), _listener("inner", f"*.inner.{DOMAIN}")]
    gateway = {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "Gateway",
        "metadata": _metadata("edge", name),
        "spec": {"gatewayClassName": "lab", "listeners": listeners},
        "status": {
            "conditions": [_condition("Accepted", "True", 1, 0), _condition("Programmed", "True", 1, 0)],
            "listeners": [{"attachedRoutes": 0, "conditions": [], "name": listener["name"]} for listener in listeners],
        },
    }
    address(gateway, *(addresses or (ADDRESS,)))
    return gateway


def parent_ref(name: str) -> Object:
    """Return the parentRef that names the Gateway *name*."""
    return {"group": GATEWAY_GROUP, "kind": "Gateway", "name": name, "namespace": "edge"}
