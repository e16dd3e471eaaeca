"""What a churn profile is: a generator of tape lines, and what has to come of them."""

from collections.abc import Callable, Iterator
from itertools import count, takewhile

from msgspec import Struct

from dnsguard.kubernetes.tape import Line
from dnsguard.lab.churn.scene import Scale, Writer
from dnsguard.model.facts import Reason

TRAEFIK = Writer("traefik", "traefik.io/gateway-controller")
LINKERD = Writer("policy.linkerd.io", "linkerd.io/policy-controller")
ISTIO = Writer("pilot-discovery", "istio.io/gateway-controller")
ENVOY = Writer("envoy-gateway", "gateway.envoyproxy.io/gatewayclass-controller")
GKE = Writer("gke-gateway-controller", "networking.gke.io/gateway")
KONG = Writer("manager", "konghq.com/gateway-operator")


class Outcome(Struct, frozen=True):
    """What a stream has to come to beyond the first fill of the zone, whatever its scale.

    Record sets *created*, *replaced* and *deleted* (ownership TXT not counted), whether all of them *moved* once to another
    address, the reasons of all verdicts that stand in the end, and how many objects were ever contested.
    """

    created: int = 0
    replaced: int = 0
    deleted: int = 0
    moved: bool = False
    standing: frozenset[Reason] = frozenset()
    contested: int = 0


class Profile(Struct, frozen=True):
    """A kind of churn: how its lines come to be, what happens in them, what has to come of it, and its usual scale.

    *issue* is where it was reported; *expected* is said for people, *outcome* checked.
    """

    name: str
    generate: Callable[[Scale], Iterator[Line]]
    what: str
    expected: str
    scale: Scale = Scale()
    outcome: Outcome = Outcome()
    issue: str = ""

    def lines(self, scale: Scale | None = None) -> Iterator[Line]:
        """Yield the lines of a tape, at the usual scale if none is given."""
        return self.generate(scale or self.scale)


def beats(rate: float, scale: Scale, start: float = 1.0) -> Iterator[float]:
    """Yield the moments of *rate* a second until the end of the stream."""
    return takewhile(lambda at: at < scale.seconds, (start + number / rate for number in count()))
