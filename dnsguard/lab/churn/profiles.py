"""Churn profiles: what the statuses of known controllers do, each as a generator of tape lines.

Every profile begins with the lists of one Gateway and its routes. What happens then is what the issue trackers of the
controllers tell; what it must come to is said beside it. None but `kic-4004` and `real-edits` asks for any change.

Rules kept here:
- The same scale, seed included, gives the same bytes.
- Lines are in order of time; the stream ends at or soon after its seconds.
- Writers have the names of their controllers, in managedFields as in statuses.
"""

import copy
from collections.abc import Callable, Iterator
from itertools import count, takewhile

from msgspec import Struct

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn.edits import EDITS
from dnsguard.lab.churn.scene import ADDRESS, DOMAIN, OTHER_ADDRESS, PERSON, Scale, Scene, Writer, accept, address, restamp, stamp

TRAEFIK_RATE = 5.0
"""Status writes a second of one replica: client-go's default limit, which Traefik 3.1.0 runs into (traefik#10939)."""
CONTEST_RATE = 38.0
"""Status writes a second of two installs that overwrite each other (traefik#13743: about 2,300 a minute)."""
STORM_RATE = 50.0
"""Writes a second and object of a controller that requeues without end (kong-operator#4004)."""
HIDDEN_AT = 30.0
"""Seconds at which the storm hides a true change; half-way in a shorter stream."""
_BRIEF = 3.0

TRAEFIK = Writer("traefik", "traefik.io/gateway-controller")
LINKERD = Writer("policy.linkerd.io", "linkerd.io/policy-controller")
ISTIO = Writer("pilot-discovery", "istio.io/gateway-controller")
ENVOY = Writer("envoy-gateway", "gateway.envoyproxy.io/gatewayclass-controller")
GKE = Writer("gke-gateway-controller", "networking.gke.io/gateway")
KONG = Writer("manager", "konghq.com/gateway-operator")


class Profile(Struct, frozen=True):
    """A kind of churn: how its lines come to be, what happens in them, what has to come of it, and its usual scale."""

    name: str
    generate: Callable[[Scale], Iterator[Line]]
    what: str
    expected: str
    scale: Scale = Scale()

    def lines(self, scale: Scale | None = None) -> Iterator[Line]:
        """Yield the lines of a tape, at the usual scale if none is given."""
        return self.generate(scale or self.scale)


def _beats(rate: float, scale: Scale, start: float = 1.0) -> Iterator[float]:
    """Yield the moments of *rate* a second until the end of the stream."""
    return takewhile(lambda at: at < scale.seconds, (start + number / rate for number in count()))


def _restamping(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, TRAEFIK)
    yield from scene.opening()
    for number, at in enumerate(_beats(TRAEFIK_RATE * scale.replicas, scale)):
        if scene.routes:
            route = scene.routes[number % len(scene.routes)]
            restamp(route, at)
            yield from scene.write(route, at)


def _contest(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, TRAEFIK)
    yield from scene.opening()
    for number, at in enumerate(_beats(CONTEST_RATE, scale)):
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
    for at in _beats(TRAEFIK_RATE * scale.replicas, scale):
        if scene.routes:
            route = scene.chance.choice(scene.routes)
            scene.chance.shuffle(route["status"]["parents"])
            for parent in route["status"]["parents"]:
                scene.chance.shuffle(parent["conditions"])
            yield from scene.write(route, at)


def _alternating(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, ISTIO)
    yield from scene.opening()
    for number, at in enumerate(_beats(1 / _BRIEF, scale)):
        for place, route in enumerate(scene.routes):
            moment = at + place * _BRIEF / (2 * len(scene.routes))
            if number % 2:
                scene.accept(route, moment)
            else:
                route["status"] = {"parents": []}
            yield from scene.write(route, moment)


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


def _rejecting(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, GKE)
    yield from scene.opening()
    for number, route in enumerate(scene.routes):
        at = scale.seconds / 4 + number / max(len(scene.routes), 1)
        scene.accept(route, at, status="False")
        yield from scene.write(route, at)


def _storm(scale: Scale) -> Iterator[Line]:
    scene = Scene(scale, KONG)
    yield from scene.opening()
    hidden: float | None = min(HIDDEN_AT, scale.seconds / 2)
    for number, at in enumerate(_beats(STORM_RATE, scale)):
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
        Profile("traefik-3.1.0", _restamping, "every replica moves the timestamps of all routes, 5 writes a second", "no change"),
        Profile("traefik-duo", _contest, "two installs write one Gateway, whose address alternates 38 times a second", "no flapping"),
        Profile("linkerd-order", _reordering, "parents and conditions are written again in another order", "no change"),
        Profile("istio-multirev", _alternating, "the parents of every route vanish and come back every 3 s", "no deletion"),
        Profile("eg-empty", _emptying, "the Gateway's addresses vanish for 10 to 120 s", "no deletion", Scale(seconds=300.0)),
        Profile("gke-badroute", _rejecting, "all routes become Accepted=False within a second, and stay so", "no deletion: all held"),
        Profile(
            "kic-4004",
            _storm,
            "50 writes a second and object; one route is renamed in their midst, after 30 s",
            "one batch for the rename, and later one for the deletion of the old name",
            Scale(routes=10, replicas=1),
        ),
        Profile("real-edits", _editing, "host names, addresses, TTLs, sections and routes change as people change them", "just that"),
    )
}
"""The profiles by name."""
