"""The kinds that the proxy knows: where they are served, what each preset takes out, and what external-dns reads.

Rules kept here:
- `lenient` takes out what no program acts on: who wrote what (managedFields), the version, and of conditions when, why and in which
  words they were set; how many routes are attached; the order of lists that the Gateway API declares as maps (`listType=map`).
- `strict` also takes out the generation, labels and annotations that no filter of external-dns reads, and the order of parents
  and addresses, which external-dns sorts.
- What external-dns reads is that of its sources up to v0.23. Labels that other objects select by are all read: those of Namespaces
  (`allowedRoutes`), Pods (Services), Nodes and EndpointSlices.
- A DNSEndpoint has its generation and observed generation compared, and its status written back from what the client holds:
  neither is taken out, and while they differ every frame passes, because the write would else be made on a version that is stale.
"""

from msgspec import Struct

from dnsguard.core.sieve.paths import FieldPath, parse
from dnsguard.model.objects import GATEWAY_GROUP

ALWAYS = ("metadata.managedFields", "metadata.resourceVersion")
GENERATION: FieldPath = ("metadata", "generation")
LABELS: FieldPath = ("metadata", "labels")
ANNOTATIONS: FieldPath = ("metadata", "annotations")
IDENTITY = ("apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.deletionTimestamp")
_CONDITION = ("lastTransitionTime", "message", "observedGeneration", "reason")


class Kind(Struct, frozen=True):
    """One kind; all paths as text."""

    name: str
    group: str
    plural: str
    lenient: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    strict_unordered: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    """What external-dns reads beside `IDENTITY`, its annotations, and the labels of filters."""
    selected: bool = False
    """Whether others select by its labels, so that all are read."""
    written: bool = False
    """Whether external-dns writes its status back."""

    @property
    def core(self) -> bool:
        """Whether it is built into the API server, so that clients ask for protobuf first."""
        return self.group in {"", "networking.k8s.io", "discovery.k8s.io"}

    @property
    def resource(self) -> str:
        """PLURAL.GROUP, as `kubectl` has it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def read(self) -> tuple[FieldPath, ...]:
        """Return the paths that external-dns reads whatever its flags are, but for annotations."""
        generation = ("metadata.generation", "status.observedGeneration") if self.written else ()
        labels = ("metadata.labels",) if self.selected else ()
        return tuple(map(parse, (*IDENTITY, *self.reads, *generation, *labels)))


def _under(path: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{path}.{field}" for field in fields)


def _route(name: str, plural: str) -> Kind:
    return Kind(
        name,
        GATEWAY_GROUP,
        plural,
        lenient=_under("status.parents[].conditions[]", _CONDITION),
        unordered=("status.parents[].conditions",),
        strict_unordered=("status.parents",),
        reads=(
            "spec.hostnames",
            "spec.parentRefs",
            "status.parents[].parentRef",
            "status.parents[].conditions[].type",
            "status.parents[].conditions[].status",
        ),
    )


def _parent(name: str, plural: str, *reads: str) -> Kind:
    return Kind(
        name,
        GATEWAY_GROUP,
        plural,
        lenient=(
            *_under("status.conditions[]", _CONDITION),
            *_under("status.listeners[].conditions[]", _CONDITION),
            "status.listeners[].attachedRoutes",
        ),
        unordered=("spec.listeners", "status.conditions", "status.listeners", "status.listeners[].conditions"),
        strict_unordered=("status.addresses",),
        reads=(*_under("spec.listeners[]", ("name", "hostname", "port", "protocol", "allowedRoutes")), *reads),
    )


KINDS = {
    kind.name: kind
    for kind in (
        _route("HTTPRoute", "httproutes"),
        _route("GRPCRoute", "grpcroutes"),
        _route("TLSRoute", "tlsroutes"),
        _route("TCPRoute", "tcproutes"),
        _route("UDPRoute", "udproutes"),
        _parent("Gateway", "gateways", "spec.allowedListeners", "status.addresses"),
        _parent(
            "ListenerSet",
            "listenersets",
            "spec.parentRef",
            *_under("status.conditions[]", ("type", "status")),
            *_under("status.listeners[]", ("name", "conditions[].type", "conditions[].status")),
        ),
        Kind("Namespace", "", "namespaces", selected=True),
        Kind("Service", "", "services", reads=("spec", "status.loadBalancer")),
        Kind("Ingress", "networking.k8s.io", "ingresses", reads=("spec", "status.loadBalancer")),
        Kind("EndpointSlice", "discovery.k8s.io", "endpointslices", reads=("addressType", "endpoints", "ports"), selected=True),
        Kind(
            "Node",
            "",
            "nodes",
            reads=("spec.unschedulable", "status.addresses", *_under("status.conditions[]", ("type", "status"))),
            selected=True,
        ),
        Kind(
            "Pod",
            "",
            "pods",
            reads=(
                "spec",
                *_under("status", ("hostIP", "hostIPs", "phase", "podIP", "podIPs")),
                *_under("status.conditions[]", ("type", "status")),
            ),
            selected=True,
        ),
        Kind("DNSEndpoint", "externaldns.k8s.io", "dnsendpoints", reads=("spec",), written=True),
    )
}
"""The kinds by name."""
