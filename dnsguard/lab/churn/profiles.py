"""Churn profiles: what the statuses of known controllers do to a stream, each as a generator of tape lines.

Statuses that really lose what was said are in `lapses`. Every profile begins with the lists of one Gateway and its routes.
What happens then is what the issue trackers of the controllers tell; what it must come to is said beside it.

Rules kept here:
- The same scale, seed included, gives the same bytes.
- Lines are in order of time; the stream ends at or soon after its seconds.
- Writers have the names of their controllers, in managedFields as in statuses.
"""

import copy
from collections.abc import Iterator

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn.edits import EDITS
from dnsguard.lab.churn.lapses import LAPSES
from dnsguard.lab.churn.profile import KONG, LINKERD, TRAEFIK, Outcome, Profile, beats
from dnsguard.lab.churn.scene import ADDRESS, DOMAIN, OTHER_ADDRESS, PERSON, Scale, Scene, accept, address, restamp, stamp

TRAEFIK_RATE = 5.0
"""Status writes a second of one replica: client-go's default limit, which Traefik 3.1.0 runs into (traefik#10939)."""
CONTEST_RATE = 38.0
"""Status writes a second of two installs that overwrite each other (traefik#13743: about 2,300 a minute)."""
STORM_RATE = 50.0
"""Writes a second and object of a controller that requeues without end (kong-operator#4004)."""
HIDDEN_AT = 30.0
"""Seconds at which the storm hides a true change; half-way in a shorter stream."""


def _restamping(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, TRAEFIK)
    yield from scene.opening()
    for number, at in enumerate(beats(TRAEFIK_RATE * scale.replicas, scale)):
        if scene.routes:
            route = scene.routes[number % len(scene.routes)]
            restamp(route, at)
            yield from scene.write(route, at)


def _contest(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, TRAEFIK)
    yield from scene.opening()
    for number, at in enumerate(beats(CONTEST_RATE, scale)):
        address(scene.gateway, (OTHER_ADDRESS, ADDRESS)[number % 2])
        yield from scene.write(scene.gateway, at)


def _reordering(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, LINKERD)
    for route in scene.routes:
        # The mesh accepts the route for a Service, and the Gateway's controller for its Gateway.
        gateway, mesh = route, copy.deepcopy(route)
        mesh["spec"]["parentRefs"] = [{"group": "core", "kind": "Service", "name": "app", "port": 80}]
        accept(gateway, 0)
        accept(mesh, 0, LINKERD.controller)
        route["spec"]["parentRefs"] += mesh["spec"]["parentRefs"]
        route["status"]["parents"] += mesh["status"]["parents"]
    yield from scene.opening()
    for at in beats(TRAEFIK_RATE * scale.replicas, scale):
        if scene.routes:
            route = scene.chance.choice(scene.routes)
            scene.chance.shuffle(route["status"]["parents"])
            for parent in route["status"]["parents"]:
                scene.chance.shuffle(parent["conditions"])
            yield from scene.write(route, at)


def _storm(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, KONG)
    yield from scene.opening()
    hidden: float | None = min(HIDDEN_AT, scale.seconds / 2)
    for number, at in enumerate(beats(STORM_RATE, scale)):
        if hidden is not None and at >= hidden and scene.routes:
            scene.routes[0]["spec"]["hostnames"] = [f"app-0-renamed.{DOMAIN}"]
            scene.routes[0]["metadata"]["generation"] += 1
            yield from scene.write(scene.routes[0], at, by=PERSON)
            hidden = None
        for listener in scene.gateway["status"]["listeners"]:
            listener["attachedRoutes"] = number % 2
        yield from scene.write(scene.gateway, at)
        for route in scene.routes:
            for parent in route["status"]["parents"]:
                parent["conditions"][0]["message"] = f"reconciled {number} times"
                parent["conditions"][0]["lastTransitionTime"] = stamp(at)
            yield from scene.write(route, at)


def _editing(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale)
    yield from scene.opening()
    for number, edit in enumerate(EDITS):
        at = 1.0 + number * (scale.seconds - 2.0) / len(EDITS)
        yield from edit.make(scene, at)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "traefik-3.1.0",
            _restamping,
            "every replica moves the timestamps of all routes, 5 writes a second",
            "no change",
            issue="traefik#10939",
        ),
        Profile(
            "traefik-duo",
            _contest,
            "two installs write one Gateway, whose address alternates 38 times a second",
            "no flapping: the Gateway is named as contested",
            outcome=Outcome(contested=1),
            issue="traefik#13743",
        ),
        Profile(
            "linkerd-order", _reordering, "parents and conditions are written again in another order", "no change", issue="linkerd2#13327"
        ),
        *LAPSES,
        Profile(
            "kic-4004",
            _storm,
            "50 writes a second and object; one route is renamed in their midst, after 30 s",
            "one batch for the rename, and later one for the deletion of the old name",
            Scale(routes=10, replicas=1),
            Outcome(created=1, deleted=1),
            issue="kong-operator#4004",
        ),
        Profile(
            "real-edits",
            _editing,
            "host names, addresses, TTLs, sections and routes change as people change them",
            "just that",
            outcome=Outcome(created=3, replaced=1, deleted=3, moved=True),
        ),
    )
}
"""The profiles by name."""
