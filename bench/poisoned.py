"""A cluster with poison in it, as a tape: HTTPRoutes of which some ask for a record set that Route53 refuses.

A poisoned route hangs on a Gateway whose address is a host name of the zone itself that is not there any more, and asks for
an alias of it. That is a sound object; every program sends it, and Route53 answers that the target was not found (or, in the
strict Route53 with a fault injected, something that nobody has read before).
"""

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import msgspec
from msgspec import Raw

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Line, Tape
from dnsguard.lab.churn.writing import tape_of
from dnsguard.model.objects import GATEWAY_GROUP

ZONE = "bench.example"
TEAM = "t"
"""Short, as is the target that is gone: 250 names with 50 aliases among them have to fit into one batch."""
SOUND, STALE = "public", "stale"
"""The Gateways; the second one's address is gone."""
PREFIX = "external-dns.kubernetes.io/"
"""The annotations that both programs read without being told."""
CREATED = "2026-01-01T00:00:00Z"

Object = dict[str, Any]


def poisoned_tape(routes: int, poisoned: int) -> Tape:
    """Return the lists of a cluster with *routes* routes, *poisoned* of them spread evenly among the others."""
    sick = {number * routes // poisoned for number in range(poisoned)} if poisoned else set[int]()
    gateways = [_gateway(SOUND, "IPAddress", "192.0.2.1"), _gateway(STALE, "Hostname", f"gone.{ZONE}")]
    found = [_route(number, STALE if number in sick else SOUND) for number in range(routes)]
    about = {key: detail for key, detail in _metadata(TEAM).items() if key != "namespace"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
    return tape_of("poison", [_list("Gateway", gateways), _list("HTTPRoute", found), _list("Namespace", [namespace])])


def names(routes: int) -> set[str]:
    """Return the host names that the routes of such a tape ask for."""
    return {_host(number) for number in range(routes)}


def _host(number: int) -> str:
    return f"app-{number}.{ZONE}"


def _list(kind: str, items: Iterable[Object]) -> Line:
    resource = RESOURCES[kind]
    api = f"{resource.group}/{resource.version}" if resource.group else resource.version
    body = {"apiVersion": api, "kind": f"{kind}List", "metadata": {"resourceVersion": "1000", "continue": ""}, "items": list(items)}
    return Line(0.0, resource.tape_name, "list", Raw(msgspec.json.encode(body)))


def _metadata(name: str) -> Object:
    return {
        "name": name,
        "namespace": TEAM,
        "uid": str(uuid5(NAMESPACE_DNS, name)),
        "resourceVersion": "1000",
        "generation": 1,
        "creationTimestamp": CREATED,
    }


def _gateway(name: str, kind: str, address: str) -> Object:
    listener = {"name": "web", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
    return {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "Gateway",
        "metadata": _metadata(name),
        "spec": {"gatewayClassName": "bench", "listeners": [listener]},
        "status": {"addresses": [{"type": kind, "value": address}]},
    }


def _route(number: int, parent: str) -> Object:
    ref = {"group": GATEWAY_GROUP, "kind": "Gateway", "name": parent, "namespace": TEAM}
    conditions = [
        {"type": kind, "status": "True", "reason": kind, "message": "", "observedGeneration": 1, "lastTransitionTime": CREATED}
        for kind in ("Accepted", "ResolvedRefs")
    ]
    metadata = _metadata(f"app-{number}")
    if parent == STALE:
        metadata["annotations"] = {f"{PREFIX}alias": "true"}
    return {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        "spec": {"hostnames": [_host(number)], "parentRefs": [ref]},
        "status": {"parents": [{"parentRef": ref, "controllerName": "example.com/bench", "conditions": conditions}]},
    }
