"""Gateway API objects as JSON, put into the cluster with the status that their controller would write."""

from tests.interop.cluster import GATEWAY_API

GROUP = "gateway.networking.k8s.io"
CONTROLLER = "dnsguard.dev/interop"
WRITTEN = "2026-01-01T00:00:00Z"


def condition(kind, status="True", written=WRITTEN):
    return {"type": kind, "status": status, "reason": kind, "message": "", "lastTransitionTime": written}


def route_path(namespace, name=""):
    return f"{GATEWAY_API}/namespaces/{namespace}/httproutes" + (f"/{name}" if name else "")


def gateway_path(namespace, name):
    return f"{GATEWAY_API}/namespaces/{namespace}/gateways/{name}"


def put_namespace(cluster, name):
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def put_gateway(cluster, namespace, name, addresses):
    body = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "gatewayClassName": "interop",
            "listeners": [{"name": "web", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}],
        },
    }
    cluster.create(f"{GATEWAY_API}/namespaces/{namespace}/gateways", body)
    set_addresses(cluster, namespace, name, addresses)


def set_addresses(cluster, namespace, name, addresses):
    status = {
        "addresses": [{"type": "IPAddress" if each[-1].isdigit() or ":" in each else "Hostname", "value": each} for each in addresses]
    }
    cluster.merge(f"{gateway_path(namespace, name)}/status", {"status": status})


def put_route(cluster, namespace, name, hostnames, gateway="public", annotations=None):
    body = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations or {}},
        "spec": {"hostnames": hostnames, "parentRefs": [{"name": gateway}]},
    }
    cluster.create(route_path(namespace), body)
    accept(cluster, namespace, name, gateway)


def accept(cluster, namespace, name, gateway="public", written=WRITTEN):
    """Write the status of a route that its Gateway takes, as its controller does."""
    reference = {"group": GROUP, "kind": "Gateway", "name": gateway}
    parent = {"parentRef": reference, "controllerName": CONTROLLER, "conditions": [condition("Accepted", written=written)]}
    cluster.merge(f"{route_path(namespace, name)}/status", {"status": {"parents": [parent]}})
