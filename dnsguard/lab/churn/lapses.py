"""Lapses: statuses that empty, flip or stay behind although no spec asks for less.

Each is what an issue of a controller tells (`Profile.issue`). None of them may delete a record set.
"""

from collections.abc import Iterator

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn.profile import ENVOY, GKE, ISTIO, Outcome, Profile, beats
from dnsguard.lab.churn.scene import ADDRESS, OTHER_ADDRESS, PERSON, Scale, Scene, address, new_gateway, new_route, parent_ref
from dnsguard.model.facts import Reason

SWITCH = 5.0
"""Seconds between two states of a status that switches."""


def _alternating(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ISTIO)
    yield from scene.opening()
    for number, at in enumerate(beats(1 / 3.0, scale)):
        for place, route in enumerate(scene.routes):
            moment = at + place * 1.5 / len(scene.routes)
            if number % 2:
                scene.accept(route, moment)
            else:
                route["status"] = {"parents": []}
            yield from scene.write(route, moment)
    for route in [route for route in scene.routes if not route["status"]["parents"]]:
        scene.accept(route, scale.seconds)
        yield from scene.write(route, scale.seconds)


def _emptying(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ENVOY)
    yield from scene.opening()
    at = 1.0
    while at < scale.seconds:
        address(scene.gateway)
        yield from scene.write(scene.gateway, at)
        at += scene.chance.uniform(10, 120)
        address(scene.gateway, ADDRESS)
        yield from scene.write(scene.gateway, at)
        at += scene.chance.uniform(10, 30)


def _forgetting(scale: Scale, every: float) -> Iterator[Line]:
    """Set and lose the Gateway's address again and again, *every* so many seconds; it ends with the address there."""
    scene = Scene(scale, ISTIO if every > 1 else ENVOY)
    yield from scene.opening()
    for number, at in enumerate(beats(1 / every, scale)):
        address(scene.gateway, *([] if number % 2 == 0 else [ADDRESS]))
        yield from scene.write(scene.gateway, at)
    address(scene.gateway, ADDRESS)
    yield from scene.write(scene.gateway, scale.seconds)


def _losing_parents(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ENVOY)
    yield from scene.opening()
    lost = scene.routes[::2]
    for place, route in enumerate(lost):
        at = scale.seconds / 4 + place / max(len(lost), 1)
        route["status"] = {"parents": []}
        yield from scene.write(route, at)
    late = new_route(len(scene.routes), ENVOY.controller)
    late["status"] = {"parents": []}
    yield from scene.write(late, scale.seconds / 2, kind="ADDED", by=PERSON)
    # Only a restart of the controller brings the statuses back.
    for route in (*lost, late):
        scene.accept(route, scale.seconds * 3 / 4)
        yield from scene.write(route, scale.seconds * 3 / 4)


def _switching_parents(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ENVOY)
    scene.more = [new_gateway("second", OTHER_ADDRESS)]
    for route in scene.routes:
        route["spec"]["parentRefs"].append(parent_ref("second"))
        scene.accept(route, 0)
    both = [route["status"]["parents"] for route in scene.routes]
    yield from scene.opening()
    for number, at in enumerate(beats(1 / SWITCH, scale)):
        for route, parents in zip(scene.routes, both, strict=True):
            route["status"] = {"parents": [parents[number % 2]]}
            yield from scene.write(route, at)


def _keeping_parents(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ENVOY)
    scene.more = [new_gateway("second", OTHER_ADDRESS)]
    yield from scene.opening()
    route = scene.routes[0]
    old = route["status"]["parents"]
    route["spec"]["parentRefs"] = [parent_ref("second")]
    route["metadata"]["generation"] += 1
    yield from scene.write(route, scale.seconds / 3, by=PERSON)
    scene.accept(route, scale.seconds / 3)
    route["status"]["parents"] = [*old, *route["status"]["parents"]]
    yield from scene.write(route, scale.seconds / 3 + 0.05)


def _refusing_still(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ENVOY)
    yield from scene.opening()
    scene.accept(scene.routes[0], scale.seconds / 4, status="False")
    yield from scene.write(scene.routes[0], scale.seconds / 4)
    late = new_route(len(scene.routes), ENVOY.controller)
    scene.accept(late, scale.seconds / 2, status="False")
    yield from scene.write(late, scale.seconds / 2, kind="ADDED", by=PERSON)


def _rejecting(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, GKE)
    yield from scene.opening()
    for number, route in enumerate(scene.routes):
        at = scale.seconds / 4 + number / max(len(scene.routes), 1)
        scene.accept(route, at, status="False")
        yield from scene.write(route, at)


def _unhealthy(scale: Scale) -> Iterator[Line]:
    """One bad route makes the whole Gateway unhealthy: its addresses go, and every route is rejected with it."""
    scene = Scene(scale, GKE)
    yield from scene.opening()
    address(scene.gateway)
    yield from scene.write(scene.gateway, scale.seconds / 4)
    for number, route in enumerate(scene.routes):
        at = scale.seconds / 4 + number / max(len(scene.routes), 1)
        scene.accept(route, at, status="False")
        yield from scene.write(route, at)


HELD = frozenset({Reason.HELD})

LAPSES = (
    Profile(
        "istio-multirev",
        _alternating,
        "the parents of every route vanish and come back every 3 s",
        "no change",
        issue="istio#57734",
    ),
    Profile(
        "istio-waypoint",
        lambda scale: _forgetting(scale, SWITCH),
        "the Gateway's address is set and empty again every 5 s",
        "no change",
        issue="istio#54475",
    ),
    Profile("eg-empty", _emptying, "the Gateway's addresses vanish for 10 to 120 s", "no deletion", Scale(seconds=300.0)),
    Profile(
        "eg-unassigned",
        lambda scale: _forgetting(scale, 1.0),
        "the Gateway flaps between an address and AddressNotAssigned every second",
        "no change",
        issue="envoyproxy/gateway#8065",
    ),
    Profile(
        "eg-lost-parents",
        _losing_parents,
        "every second route and a new one have no parents in their status until the controller restarts",
        "no deletion; the new name is made after the restart",
        outcome=Outcome(created=1),
        issue="envoyproxy/gateway#9536",
    ),
    Profile(
        "eg-one-parent",
        _switching_parents,
        "of two parents only one is in the status, and which one switches every 5 s",
        "both addresses stay published",
        outcome=Outcome(standing=HELD),
        issue="envoyproxy/gateway#7067",
    ),
    Profile(
        "eg-old-parent",
        _keeping_parents,
        "a route moves to another Gateway, and its status keeps the old parent beside the new one",
        "the new address alone",
        outcome=Outcome(replaced=1),
        issue="envoyproxy/gateway#5656",
    ),
    Profile(
        "eg-stale-refusal",
        _refusing_still,
        "Accepted=False stays on a route that works, and on a new one",
        "no deletion; the new name is not made, because no status ever accepted it",
        outcome=Outcome(standing=HELD),
        issue="envoyproxy/gateway#8861",
    ),
    Profile(
        "gke-badroute",
        _rejecting,
        "all routes become Accepted=False within a second, and stay so",
        "no deletion: all held",
        outcome=Outcome(standing=HELD),
        issue="external-dns#4023",
    ),
    Profile(
        "gke-unhealthy",
        _unhealthy,
        "one bad route makes the Gateway unhealthy: its addresses empty and all routes are rejected",
        "no deletion: all held",
        outcome=Outcome(standing=HELD),
        issue="external-dns#4595",
    ),
)
"""The profiles of this module."""
