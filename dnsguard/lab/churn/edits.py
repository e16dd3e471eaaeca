"""Edits that people make, and that DNS has to follow.

Rules kept here:
- An edit of a spec is followed by the status that the controller writes for it, 50 ms later.
- Edits pick routes by number; a scene with fewer routes has those edits fall on the last one.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn.scene import DOMAIN, OTHER_ADDRESS, PERSON, Object, Scene, address, new_route

TTL = "external-dns.kubernetes.io/ttl"


class Edit(Struct, frozen=True):
    """One edit: *what* it is for people, and how its frames come to be."""

    what: str
    make: Callable[[Scene, float], Iterator[Line]]


def _pick(scene: Scene, number: int) -> Object:
    return scene.routes[min(number, len(scene.routes) - 1)]


def _add_hostname(scene: Scene, at: float) -> Iterator[Line]:
    _pick(scene, 0)["spec"]["hostnames"].append(f"app-0-second.{DOMAIN}")
    yield from scene.respec(_pick(scene, 0), at)


def _remove_hostname(scene: Scene, at: float) -> Iterator[Line]:
    _pick(scene, 0)["spec"]["hostnames"].pop(0)
    yield from scene.respec(_pick(scene, 0), at)


def _annotate(scene: Scene, at: float) -> Iterator[Line]:
    _pick(scene, 1)["metadata"]["annotations"] = {TTL: "60"}
    yield from scene.write(_pick(scene, 1), at, by=PERSON)


def _move_section(scene: Scene, at: float) -> Iterator[Line]:
    """Move a route to the listener `inner`, which takes in only one of its two host names."""
    route = _pick(scene, 2)
    route["spec"]["hostnames"].append(f"app-2.inner.{DOMAIN}")
    yield from scene.respec(route, at)
    route["spec"]["parentRefs"][0]["sectionName"] = "inner"
    yield from scene.respec(route, at + 0.5)


def _create(scene: Scene, at: float) -> Iterator[Line]:
    route = new_route(len(scene.routes), scene.writer.controller)
    route["status"] = {"parents": []}
    scene.routes.append(route)
    yield from scene.write(route, at, "ADDED", by=PERSON)
    scene.accept(route, at)
    yield from scene.write(route, at + 0.05)


def _delete(scene: Scene, at: float) -> Iterator[Line]:
    yield from scene.write(scene.routes.pop(min(3, len(scene.routes) - 1)), at, "DELETED")


def _readdress(scene: Scene, at: float) -> Iterator[Line]:
    address(scene.gateway, OTHER_ADDRESS)
    yield from scene.write(scene.gateway, at)


EDITS = (
    Edit("app-0: host name added", _add_hostname),
    Edit("app-0: first host name removed", _remove_hostname),
    Edit("app-1: TTL of 60 s", _annotate),
    Edit("app-2: second host name, then sectionName inner", _move_section),
    Edit("a route created", _create),
    Edit("app-3: deleted", _delete),
    Edit("the Gateway has another address", _readdress),
)
"""The edits in their order."""
