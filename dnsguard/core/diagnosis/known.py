"""Known bugs, as data: by which signs each is told, where it was reported, and which version is without it.

Rules kept here:

- Every row comes from a public thread. What is said of versions is what the thread says; where it says nothing, that it is not said.
- A row without a fixed version is a bug for which no release is known to be without it.
"""

from typing import NamedTuple

from msgspec import Struct

from dnsguard.model.findings import Bug, Sign

ROUTES = ("HTTPRoute",)
GATEWAYS = ("Gateway",)
ANY = (*ROUTES, *GATEWAYS, "ListenerSet")


class Picture(Struct, frozen=True):
    """What a bug looks like: any of *signs* on any of *kinds* by a writer whose name the expression *who* finds.

    *everyone*: if several writers are concerned, *who* has to find each of them.
    """

    bug: Bug
    signs: tuple[Sign, ...]
    kinds: tuple[str, ...]
    who: str
    everyone: bool = False


class Project(NamedTuple):
    """A project, where its threads are, and an expression that finds the names of its managers and controllers."""

    name: str
    repository: str
    who: str


TRAEFIK = Project("Traefik", "traefik/traefik", "traefik")
LINKERD = Project("Linkerd", "linkerd/linkerd2", "linkerd")
ISTIO = Project("Istio", "istio/istio", r"istio|^pilot")
ENVOY = Project("Envoy Gateway", "envoyproxy/gateway", r"envoyproxy|envoy-gateway")
GKE = Project("GKE Gateway", "kubernetes-sigs/external-dns", r"networking\.gke\.io|^gke-")
KONG_OPERATOR = Project("Kong Operator", "Kong/kong-operator", "kong")
KONG = Project("Kong Ingress Controller", "Kong/kubernetes-ingress-controller", "kong")
CILIUM = Project("Cilium", "cilium/cilium", "cilium")
KUMA = Project("Kuma", "kumahq/kuma", "kuma")
POMERIUM = Project("Pomerium", "pomerium/ingress-controller", "pomerium")
KUADRANT = Project("Kuadrant MCP Gateway", "Kuadrant/mcp-gateway", r"\bmcp\b")
KGATEWAY = Project("kgateway", "kgateway-dev/kgateway", "kgateway")
LATTICE = Project("AWS Gateway API Controller", "aws/aws-application-networking-k8s", r"application-networking\.k8s\.aws")
CLOUDFLARE = Project("Cloudflare Tunnel Gateway Controller", "lexfrei/cloudflare-tunnel-gateway-controller", "cloudflare")


def _picture(
    project: Project,
    number: int,
    kinds: tuple[str, ...],
    signs: tuple[Sign, ...],
    *,
    what: str,
    meanwhile: str,
    affected: str = "versions not said",
    fixed: str = "",
    everyone: bool = False,
) -> Picture:
    url = f"https://github.com/{project.repository}/issues/{number}"
    reference = f"{'external-dns' if project is GKE else project.name} #{number}"
    return Picture(Bug(project.name, reference, url, what, affected, fixed, meanwhile), signs, kinds, project.who, everyone)


PICTURES = (
    _picture(
        *(TRAEFIK, 10939, ROUTES, (Sign.RESTAMPED,)),
        what="every event renews the timestamps of all routes, its own writes included",
        affected="v3.1.0-rc1 to v3.1.0",
        fixed="v3.1.1, complete in v3.1.2",
        meanwhile="run one replica, and set providers.kubernetesGateway.throttleDuration",
    ),
    _picture(
        *(TRAEFIK, 13743, GATEWAYS, (Sign.ADDRESSES_TURN,)),
        what="two installs have one controllerName, both claim every Gateway, and each overwrites what the other wrote",
        affected="all versions so far; closed for lack of activity",
        meanwhile="run one install, give both the same statusAddress, or let each watch namespaces of its own",
        everyone=True,
    ),
    _picture(
        *(LINKERD, 13327, ROUTES, (Sign.REORDERED,)),
        what="statuses are compared in order, so entries of other controllers in another order are patched again and again",
        affected="before PR #13328",
        fixed="releases with PR #13328, opened in November 2024",
        meanwhile="keep routes of the mesh and routes of Gateways apart",
    ),
    _picture(
        *(ISTIO, 57734, ROUTES, (Sign.PARENTS_TURN, Sign.PARENTS_LOST)),
        what="with several revisions, status.parents of a route alternates between empty and accepted (1.28.3: #58865, open)",
        affected="1.27.0 with several revisions",
        fixed="releases with PR #58292",
        meanwhile="label every route with the revision that serves it (istio.io/rev)",
    ),
    _picture(
        *(ISTIO, 54475, GATEWAYS, (Sign.ADDRESSES_LOST, Sign.ADDRESSES_TURN)),
        what="a Gateway's address is set, and empty a few seconds later, again and again (ambient waypoints, egress)",
        meanwhile="leave such Gateways out of the sources (sources.gateway)",
    ),
    _picture(
        *(ISTIO, 44014, ANY, (Sign.RESTAMPED,)),
        what="lastTransitionTime is always now, so that one change renews the status of all routes",
        affected="before PR #44014, March 2023",
        fixed="releases with PR #44014",
        meanwhile="update",
    ),
    _picture(
        *(ISTIO, 52105, ROUTES, (Sign.RESTAMPED, Sign.REWORDED, Sign.MESSAGES_TURN)),
        what="two revisions beside each other write the status of the same routes (in a comment)",
        affected="1.27.0 beside 1.27.1",
        meanwhile="run one revision, or label every route with the one that serves it (istio.io/rev)",
    ),
    _picture(
        *(ENVOY, 9536, ROUTES, (Sign.PARENTS_LOST, Sign.PARENTS_TURN)),
        what="status.parents of live routes is empty under many watch events, until a restart (the same: #6898)",
        affected="v1.8.1, with about 300 routes",
        meanwhile="restart envoy-gateway when it shows",
    ),
    _picture(
        *(ENVOY, 8065, GATEWAYS, (Sign.ADDRESSES_LOST, Sign.CONDITIONS_TURN)),
        what="a Gateway flaps to AddressNotAssigned where one controller has several GatewayClasses",
        affected="v1.6.2",
        fixed="v1.6.3, as far as its reporter saw",
        meanwhile="run one controller for each GatewayClass",
    ),
    _picture(
        *(ENVOY, 7067, ROUTES, (Sign.PARENTS_TURN,)),
        what="of two parents only one stands in the status of a route, and which one it is switches (earlier: #4264)",
        affected="v1.5.1",
        fixed="v1.5.2",
        meanwhile="give each Gateway a route of its own",
    ),
    _picture(
        *(ENVOY, 8953, GATEWAYS, (Sign.RESTAMPED, Sign.REWORDED, Sign.ADDRESSES_LOST)),
        what="conditions are compared with their timestamps, so that every reconcile writes Programmed=False again",
        affected="since PR #7451, v1.6.0",
        fixed="releases with PR #8962",
        meanwhile="touch the Service of the Gateway when it stays Programmed=False",
    ),
    _picture(
        *(ENVOY, 7158, ANY, (Sign.RESTAMPED, Sign.REORDERED, Sign.STORM)),
        what="status writes cause reconciles that write statuses (earlier: #448, #464)",
        meanwhile="update",
    ),
    _picture(
        *(GKE, 4023, ANY, (Sign.ALL_REFUSED, Sign.ADDRESSES_LOST, Sign.CONDITIONS_TURN)),
        what="one bad route, or a throttled Google API, makes a whole Gateway unhealthy: addresses are emptied, routes refused"
        " (also #4595, #3841)",
        affected="all versions so far; external-dns then deletes the records of all its routes under policy sync",
        meanwhile="find the route whose conditions name the error, and send with something that holds records when a status is lost",
    ),
    _picture(
        *(KONG_OPERATOR, 4004, ANY, (Sign.STORM,)),
        what="a conflict on a route is tried again without pause, and takes the reconcile of its Gateway along",
        affected="with several listeners on one port, and routes with several parentRefs",
        meanwhile="give each route one parentRef",
    ),
    _picture(
        *(KONG, 4456, GATEWAYS, (Sign.COUNTED,)),
        what="attachedRoutes goes up and down where a Gateway has more than 100 routes",
        meanwhile="spread the routes over several Gateways",
    ),
    _picture(
        *(KONG, 7031, ROUTES, (Sign.STORM,)),
        what="routes of a Gateway with more than 8 listeners are reconciled without end",
        affected="v3.3.1",
        meanwhile="at most 8 listeners for each Gateway",
    ),
    _picture(
        *(CILIUM, 34754, ROUTES, (Sign.RIVALS, Sign.PARENTS_TURN)),
        what="the operator reconciles routes of other controllers, and both write them in a tight loop",
        affected="v1.16",
        fixed="releases with PR #35718",
        meanwhile="turn gatewayAPI off in Cilium where another controller serves the Gateways",
    ),
    _picture(
        *(KUMA, 9158, ROUTES, (Sign.RIVALS, Sign.PARENTS_TURN)),
        what="Kuma and Kong overwrite each other's entries in the status of routes",
        meanwhile="let only one of the two see the routes",
    ),
    _picture(
        *(POMERIUM, 1244, ROUTES, (Sign.RIVALS, Sign.PARENTS_TURN, Sign.CONDITIONS_TURN)),
        what="it writes the status of routes of other controllers, and both go on until one is out of memory",
        meanwhile="let only one of the two see the routes",
    ),
    _picture(
        *(KUADRANT, 304, ROUTES, (Sign.MESSAGES_TURN, Sign.REWORDED)),
        what="two resources that name one route write different messages into its status",
        affected="before PR #417",
        fixed="releases with PR #417 (#878 reports it again, unconfirmed)",
        meanwhile="let one resource name the route",
    ),
    _picture(
        *(KGATEWAY, 11696, GATEWAYS, (Sign.ADDRESSES_TURN, Sign.CONDITIONS_TURN, Sign.MESSAGES_TURN)),
        what="two writers within the controller race for the status of a Gateway",
        meanwhile="update",
        everyone=True,
    ),
    _picture(
        *(LATTICE, 282, ROUTES, (Sign.RESTAMPED,)),
        what="the status of a route is written without end; its timestamps are suspected",
        meanwhile="update",
    ),
    _picture(
        *(CLOUDFLARE, 646, GATEWAYS, (Sign.RESTAMPED, Sign.OTHERWISE)),
        what="the status of a Gateway is written whether it changed or not",
        affected="before PR #648, August 2026",
        fixed="releases with PR #648",
        meanwhile="update",
    ),
)
"""The table."""
