"""Refusals: what an answer of the API server that is no success means for the one who asked.

Rules kept here:
- 410 means that the version or continue token is too old; so does a version that the server cannot read (400 on a watch)
  and one that it has not reached (`ResourceVersionTooLarge`, after a restore of etcd): in all three a new list helps.
- 403 and 404 mean that the resource cannot be had; 404 alone means that it does not exist.
- A streaming list that is refused as invalid (400, 422) is one that the server does not have.
- A write that is refused as it is (400, 409, 413, 415, 422), or because its namespace is about to end, will never be taken.
- Everything else passes: 401 (tokens rotate), 429 and 5xx, with the wait that the server asks for in `Retry-After`.
- A sentence names the URL path and the status, and what the server said of it; one for 403 begins with the verb and the
  resource that are forbidden, and with the file that grants them.
"""

import msgspec
from msgspec import Struct

from dnsguard.errors import ClusterUnavailable, DnsguardError, SourceGone, VersionExpired
from dnsguard.kubernetes.decode import BROKEN
from dnsguard.kubernetes.resources import KNOWN

LONGEST_WAIT = 300.0
"""Seconds beyond which a `Retry-After` is not obeyed."""
ROLE = "config/kustomize/rbac.yaml"
"""The file with the cluster role."""
_WRITES = {"POST": "create", "PATCH": "patch"}
_SHOWN = 300
"""Characters of the server's own words that are repeated."""


class ResourceMissing(SourceGone):
    """The API server does not serve this resource (404): its CRD is not installed."""


class Rejected(DnsguardError):
    """The API server does not take what was to be written, now or later."""


class NotStreaming(ClusterUnavailable):
    """The API server has no streaming lists."""


class Unavailable(ClusterUnavailable):
    """No answer of use; *retry_after* are the seconds that the server asked to wait (0: it did not say)."""

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class _Cause(Struct, frozen=True):
    reason: str = ""


class _Details(Struct, frozen=True):
    causes: tuple[_Cause, ...] | None = None


class _Status(Struct, frozen=True):
    message: str = ""
    reason: str = ""
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(_Status)


def refusal_of(
    status: int, body: bytes, path: str, *, retry_after: str = "", watching: bool = False, streaming: bool = False, method: str = "GET"
) -> DnsguardError:
    """Return the error that an answer with HTTP *status* other than 200 or 201 is.

    It was to a list, watch or streaming list of *path*, or, with the *method* POST or PATCH, to a write.
    """
    said = _status(body)
    text = f"{method} {path} was answered with {status}: {' '.join((said.message or said.reason).split())[:_SHOWN] or 'no reason given'}."
    causes = said.details.causes or () if said.details else ()
    ending = any(cause.reason == "NamespaceTerminating" for cause in causes)
    if method != "GET" and (status in {400, 409, 413, 415, 422} or ending):
        return Rejected(text)
    if streaming and status in {400, 422}:
        return NotStreaming(text)
    if status == 410 or (status == 400 and watching) or any(cause.reason == "ResourceVersionTooLarge" for cause in causes):
        return VersionExpired(text)
    if status == 404:
        return ResourceMissing(text)
    if status == 403:
        verb = _WRITES.get(method) or ("watch" if watching else "list")
        collection = path.rpartition("/")[0] if method == "PATCH" else path
        return SourceGone(f"No permission to {verb} {_resource(collection)} ({ROLE} grants it): {text}")
    return Unavailable(text, _seconds(retry_after))


def _resource(path: str) -> str:
    return next((each.name for each in KNOWN.values() if path.endswith(f"/{each.plural}")), path)


def _status(body: bytes) -> _Status:
    try:
        return _STATUS.decode(body)
    except BROKEN:
        return _Status(body[:_SHOWN].decode("utf-8", "replace"))


def _seconds(retry_after: str) -> float:
    """Read a `Retry-After` in seconds; the API server sends no dates."""
    return min(LONGEST_WAIT, float(retry_after)) if retry_after.isascii() and retry_after.isdigit() else 0.0
