"""The resources that are watched or written: their place in the API and their name in a tape.

Rules kept here:
- A resource of the legacy group lives under `/api/VERSION`, any other under `/apis/GROUP/VERSION`.
- A namespace in a path narrows a list or a watch of a namespaced resource; cluster-scoped resources have none.
"""

from urllib.parse import quote

from msgspec import Struct

from dnsguard.model.objects import GATEWAY_GROUP


class Resource(Struct, frozen=True):
    """One resource of the API server; *group* is "" for the legacy group; *selector* narrows lists and watches by labels."""

    kind: str
    group: str
    version: str
    plural: str
    namespaced: bool = True
    selector: str = ""

    def path(self, namespace: str = "") -> str:
        """Return the URL path of the collection, of all namespaces if *namespace* is ""."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inner = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.namespaced else ""
        return f"{root}{inner}/{self.plural}"

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def name(self) -> str:
        """The name of the resource as `kubectl` and the API server's sentences have it: PLURAL.GROUP."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def tape_name(self) -> str:
        """The name of the resource in a tape: GROUP/VERSION/PLURAL, with `core` for the legacy group."""
        return f"{self.group or 'core'}/{self.version}/{self.plural}"


RESOURCES = {
    resource.kind: resource
    for resource in (
        Resource("HTTPRoute", GATEWAY_GROUP, "v1", "httproutes"),
        Resource("Gateway", GATEWAY_GROUP, "v1", "gateways"),
        Resource("ListenerSet", GATEWAY_GROUP, "v1", "listenersets"),
        Resource("Namespace", "", "v1", "namespaces", namespaced=False),
    )
}
"""The resources of the sources, by kind."""
SHEETS = Resource("ConfigMap", "", "v1", "configmaps", selector="dnsguard.io/orders=true")
"""ConfigMaps in which orders stand."""
EVENTS = Resource("Event", "events.k8s.io", "v1", "events")
"""Events about objects."""
KNOWN = {**RESOURCES, SHEETS.kind: SHEETS, EVENTS.kind: EVENTS}
"""All resources, by kind."""
