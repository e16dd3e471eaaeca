"""Putting many objects into the real API server: connections that are kept, several at once."""

import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from threading import local
from urllib.parse import urlsplit

from tests.interop.cluster import GATEWAY_API, Refused

HANDS = 4
"""Requests at a time: two cores are shared with the API server itself."""
PLURALS = {"Gateway": "gateways", "HTTPRoute": "httproutes"}


class Writer:
    """The administrator's hands; close with `with`."""

    def __init__(self, cluster):
        self._where = urlsplit(cluster.url)
        self._trust = ssl.create_default_context(cafile=cluster.authorities)
        self._token = cluster.tokens["admin"]
        self._kept = local()
        self._open = []
        self._hands = ThreadPoolExecutor(HANDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._hands.shutdown()
        for connection in self._open:
            connection.close()

    def put(self, states):
        """Put *states* into the cluster; objects that are refused are an error of the generator, so Refused is raised."""
        list(self._hands.map(self._put, states))

    def _put(self, state):
        for name, labels in state.namespaces.items():
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            self._send("POST", "/api/v1/namespaces", body)
        for thing in (*state.gateways, *state.routes):
            metadata = thing["metadata"]
            path = f"{GATEWAY_API}/namespaces/{metadata['namespace']}/{PLURALS[thing['kind']]}"
            self._send("POST", path, {key: value for key, value in thing.items() if key != "status"})
            if thing.get("status"):
                self._send("PATCH", f"{path}/{metadata['name']}/status", {"status": thing["status"]})

    def _send(self, method, path, body):
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(self._where.hostname, self._where.port, timeout=60, context=self._trust)
            self._kept.connection = connection
            self._open.append(connection)
        kind = "application/json" if method == "POST" else "application/merge-patch+json"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Accept": "application/json"}
        connection.request(method, path, json.dumps(body), headers)
        with connection.getresponse() as answer:
            text = answer.read().decode()
        if answer.status >= 300:
            raise Refused(answer.status, f"{method} {path}: {text}\n{json.dumps(body)}")
