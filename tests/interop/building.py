"""Building the peers from their Go modules, once, into a cache folder: kube-apiserver, etcd, external-dns, kustomize, an informer.

Rules kept here:
- A program is built again only when its go.mod, go.sum, main.go or the Go version has changed. Its name carries a hash of
  these, so that several versions lie side by side.
- The folder is $DNSGUARD_CACHE, else `dnsguard` in the user's cache folder, so that every clone on a machine shares it.
- Builds are niced and use two processes: they share the machine with whoever works on it.
- The custom resource definitions come out of the module that external-dns itself is built against.

`python -m tests.interop.building` builds everything.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path


def cache_folder() -> Path:
    """Return where what takes long to make is kept."""
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("DNSGUARD_CACHE") or users / "dnsguard")


PEERS = Path(__file__).parent / "peers"
CACHE = cache_folder() / "peers"
KUBERNETES = "v1.33.13"
_MINUTES = {
    "etcd": "about a minute",
    "kustomize": "about a minute",
    "apiserver": "about 5 minutes",
    "externaldns": "about 4 minutes",
    "informer": "about a minute",
}
_LINKING = {"apiserver": f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}"}


class NoGo(Exception):
    """There is no Go here to build with."""


def program(name: str) -> Path:
    """Return the program *name* (etcd, apiserver, externaldns, informer), built if need be; raise NoGo or CalledProcessError."""
    source = PEERS / name
    target = CACHE / f"{name}-{_mark(source)}"
    if target.exists():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    _say(f"building {name}, {_MINUTES[name]}, once")
    began = time.monotonic()
    unfinished = target.with_suffix(f".{os.getpid()}")
    flags = ["-p", "2", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {_LINKING.get(name, '')}"]
    subprocess.run(
        ["nice", _go(), "build", *flags, "-o", str(unfinished), "."], cwd=source, env={**os.environ, "CGO_ENABLED": "0"}, check=True
    )
    unfinished.rename(target)
    _say(f"built {name} in {time.monotonic() - began:.0f} s")
    return target


def definitions() -> list[Path]:
    """Return the files of the Gateway API's standard custom resource definitions."""
    return sorted(_definitions("gateway-api", "definitions").glob("gateway.networking.k8s.io_*.yaml"))


def endpoint_definition() -> Path:
    """Return the file of external-dns's own custom resource definition, DNSEndpoint."""
    return _definitions("external-dns", "own-definitions") / "dnsendpoints.externaldns.k8s.io.yaml"


def _definitions(module: str, name: str) -> Path:
    source = PEERS / "externaldns"
    target = CACHE / f"{name}-{_mark(source)}"
    if not target.exists():
        done = subprocess.run(
            [_go(), "mod", "download", "-json", f"sigs.k8s.io/{module}"], cwd=source, check=True, capture_output=True, text=True
        )
        unfinished = target.with_suffix(f".{os.getpid()}")
        shutil.copytree(Path(json.loads(done.stdout)["Dir"]) / "config" / "crd" / "standard", unfinished)
        unfinished.rename(target)
    return target


def _mark(source: Path) -> str:
    mark = blake2b(digest_size=8)
    done = subprocess.run([_go(), "env", "GOVERSION"], cwd=source, capture_output=True, text=True, check=True)
    mark.update(done.stdout.strip().encode())
    for name in ("go.mod", "go.sum", "main.go"):
        mark.update((source / name).read_bytes())
    return mark.hexdigest()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _go() -> str:
    go = shutil.which("go")
    if go is None:
        raise NoGo("Go is not installed: the peers cannot be built")
    return go


if __name__ == "__main__":
    for _name in _MINUTES:
        program(_name)
    definitions()
