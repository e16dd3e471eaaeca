"""A control plane on loopback: the real etcd and kube-apiserver, in a folder of its own, and the hands of its administrator.

Rules kept here:
- Two tokens: `admin` may do anything, `dnsguard` what the cluster role that ships grants, and nothing else.
- Every port is a free one of 127.0.0.1; everything that is written lies in the folder.
- The administrator's requests are plain HTTP with JSON, so that no client library stands between a test and the server.
"""

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import yaml

from tests.interop import building
from tests.interop.authority import Authority

GATEWAY_API = "/apis/gateway.networking.k8s.io/v1"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PATIENCE = 120.0
"""Seconds that a start may take on a busy machine."""
READER = "dnsguard-reader"
RBAC = Path(__file__).parents[2] / "config" / "kustomize" / "rbac.yaml"


class Refused(Exception):
    """The API server answered with *status*."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class Cluster:
    """The control plane; use it in a `with` statement. *features* are feature gates, such as `WatchList=true`."""

    def __init__(self, folder: Path, *, features: str = "") -> None:
        self.folder = folder
        self.tokens = {"admin": secrets.token_hex(16), "dnsguard": secrets.token_hex(16)}
        self._features = features
        self._ports = free_ports(3)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self.url = f"https://127.0.0.1:{self._ports[2]}"
        self.authorities = folder / "ca.crt"

    def __enter__(self) -> Self:
        try:
            self._write()
            self._start_etcd()
            self.start()
            self._admit()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End both programs."""
        for name in ("apiserver", "etcd"):
            self._end(name)
        self._stack.close()

    def start(self) -> None:
        """Start the API server and wait until it is ready."""
        folder, (etcd, _, port) = self.folder, self._ports
        self._run(
            "apiserver",
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            "--endpoint-reconciler-type=none",
            "--anonymous-auth=false",
            f"--token-auth-file={folder / 'tokens.csv'}",
            f"--client-ca-file={self.authorities}",
            "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder / 'server.key'}",
            f"--service-account-signing-key-file={folder / 'server.key'}",
            f"--tls-cert-file={folder / 'server.crt'}",
            f"--tls-private-key-file={folder / 'server.key'}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--cert-dir={folder}",
            *([f"--feature-gates={self._features}"] if self._features else []),
        )
        self.wait_for("/readyz")

    def stop(self) -> None:
        """End the API server, as an upgrade of the control plane does."""
        self._end("apiserver")

    def restart(self) -> None:
        """End the API server and start it again."""
        self.stop()
        self.start()

    def change_token(self, user: str) -> str:
        """Give *user* another token and refuse the old one; the API server has to be restarted for that. Return the new one."""
        self.tokens[user] = secrets.token_hex(16)
        self._write_tokens()
        self.restart()
        return self.tokens[user]

    def compact(self) -> None:
        """Let etcd forget every version but the newest: what an older one is needed for is answered with 410.

        Watches that the API server answers from its cache notice only when it is restarted.
        """
        newest = self._etcd("/v3/kv/range", {"key": "AA==", "range_end": "AA==", "limit": 1})["header"]["revision"]
        self._etcd("/v3/kv/compaction", {"revision": newest, "physical": True})

    def kubeconfig(self, user: str, name: str = "kubeconfig") -> Path:
        """Write a kubeconfig for *user*, whose token stands in a file `USER.token` beside it; return its path."""
        token, path = self.folder / f"{user}.token", self.folder / f"{user}.{name}"
        token.write_text(self.tokens[user] + "\n")
        cluster = {"server": self.url, "certificate-authority": str(self.authorities)}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "interop",
            "clusters": [{"name": "interop", "cluster": cluster}],
            "contexts": [{"name": "interop", "context": {"cluster": "interop", "user": user}}],
            "users": [{"name": user, "user": {"tokenFile": str(token)}}],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    def request(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", user: str = "admin", acting_as: str = ""
    ) -> Any:
        """Make one request, *acting_as* somebody else if that is said; return the JSON of its answer, or its text; raise Refused."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.tokens[user]}", "Content-Type": kind, "Accept": "application/json"}
        if acting_as:
            headers["Impersonate-User"] = acting_as
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._context()) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from error
        return json.loads(text) if text.startswith(("{", "[")) else text

    def create(self, path: str, body: Any) -> Any:
        """Create an object in the collection *path*."""
        return self.request("POST", path, body)

    def merge(self, path: str, patch: Any) -> Any:
        """Apply a merge patch to the object or subresource *path*."""
        return self.request("PATCH", path, patch, kind="application/merge-patch+json")

    def delete(self, path: str) -> Any:
        """Delete the object *path*."""
        return self.request("DELETE", path)

    def wait_for(self, path: str, status: int = 200, seconds: float = PATIENCE) -> None:
        """Wait until a GET of *path* is answered with *status*; raise TimeoutError."""
        end = time.monotonic() + seconds
        said = "nothing"
        while time.monotonic() < end:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {process.returncode}:\n{self.log(name)}")
            try:
                self.request("GET", path)
                said = "200"
            except Refused as error:
                said = str(error.status)
            except OSError as error:
                said = str(error)
            if said == str(status):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{path} is still answered with {said}, not {status}")

    def install(self, *, without: str = "") -> None:
        """Install the Gateway API's custom resource definitions, but the one whose plural is *without*."""
        for path in building.definitions():
            for document in yaml.safe_load_all(path.read_text()):
                if document and document["kind"] == "CustomResourceDefinition" and document["spec"]["names"]["plural"] != without:
                    self._put(DEFINITIONS, document)
        for plural in ("gateways", "httproutes", "listenersets"):
            if plural != without:
                self.wait_for(f"{GATEWAY_API}/{plural}")

    def remove_definition(self, plural: str) -> None:
        """Delete the definition of *plural* and with it all objects of the kind; wait until it is gone."""
        self.delete(f"{DEFINITIONS}/{plural}.gateway.networking.k8s.io")
        self.wait_for(f"{DEFINITIONS}/{plural}.gateway.networking.k8s.io", 404)
        self.wait_for(f"{GATEWAY_API}/{plural}", 404)

    def log(self, name: str, lines: int = 30) -> str:
        """Return the last lines that the program *name* wrote."""
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])

    def _put(self, collection: str, body: Any) -> None:
        try:
            self.create(collection, body)
        except Refused as error:
            if error.status != 409:
                raise

    def _write(self) -> None:
        authority = Authority()
        certificate, key = authority.issue("kube-apiserver", hosts=("127.0.0.1", "localhost"))
        for name, data in (("ca.crt", authority.certificate), ("server.crt", certificate), ("server.key", key)):
            (self.folder / name).write_bytes(data)
        self._write_tokens()

    def _write_tokens(self) -> None:
        admin = f'{self.tokens["admin"]},admin,1,"system:masters"\n'
        (self.folder / "tokens.csv").write_text(f"{admin}{self.tokens['dnsguard']},dnsguard,2\n")

    def admit_orders(self, namespace: str) -> None:
        """Let `dnsguard` read ConfigMaps of *namespace*, as the role that ships does."""
        rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        self._bind(rbac, "Role", "roles", "rolebindings")

    def _admit(self) -> None:
        self._bind("/apis/rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", "clusterrolebindings")

    def _bind(self, rbac: str, kind: str, roles: str, bindings: str) -> None:
        (shipped,) = [each for each in yaml.safe_load_all(RBAC.read_text()) if each["kind"] == kind]
        named = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": READER}}
        self._put(f"{rbac}/{roles}", {**named, "kind": kind, "rules": shipped["rules"]})
        binding = {
            **named,
            "kind": f"{kind}Binding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": READER},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "dnsguard"}],
        }
        self._put(f"{rbac}/{bindings}", binding)

    def _start_etcd(self) -> None:
        client, peer, _ = self._ports
        self._run(
            "etcd",
            f"--data-dir={self.folder / 'data'}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--experimental-watch-progress-notify-interval=5s",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def _etcd(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self._ports[0]}{path}", data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _run(self, name: str, *arguments: str) -> None:
        log = self._stack.enter_context((self.folder / f"{name}.log").open("ab"))
        program = building.program(name)
        self._processes[name] = subprocess.Popen([program, *arguments], cwd=self.folder, stdout=log, stderr=log, env=_environ())

    def _end(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            # A server that ends in good order waits for its watches, which last for minutes.
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authorities)


def free_ports(number: int) -> list[int]:
    """Return that many ports of 127.0.0.1 that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in sockets]


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
