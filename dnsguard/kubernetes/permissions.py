"""Permissions in the cluster, found out by using them: a list of one object, a watch that is left at once, a write in a dry run.

Rules kept here (Kubernetes, "Controlling Access to the Kubernetes API"):

- A request is authorized before anything else is looked at: 403 means that the verb is missing, and every answer that speaks
  of the resource, 404 and 410 too, that it is there.
- 404 means that the resource is not served, so its CRD is missing. A resource that is *optional* does without.
- What is written in a dry run (`dryRun=All`) is not stored; a patch of what is not there is 404, and allowed.
- 401, 429, 5xx, no answer, and one that means nothing leave it open.
"""

import re
from collections.abc import Awaitable, Iterable, Iterator

from msgspec.structs import replace

from dnsguard.errors import ClusterUnavailable, DnsguardError, SourceGone, UnreadableObject, VersionExpired
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.decode import Decoder
from dnsguard.kubernetes.notices import NAMESPACE, event_of, name_of, path_of, series_of
from dnsguard.kubernetes.refusals import ROLE, Rejected, ResourceMissing
from dnsguard.kubernetes.resources import EVENTS, Resource
from dnsguard.model.access import Finding, State
from dnsguard.model.notices import Letter
from dnsguard.model.objects import Ref

CRDS = "the CRDs of the Gateway API"
_USER = re.compile(r'User "([^"]+)"')


async def inspect(api: ApiServer, resource: Resource, namespaces: Iterable[str], *, optional: bool) -> list[Finding]:
    """Return what is found out about reading *resource* in *namespaces* (none: in all of them)."""
    findings: list[Finding] = []
    served = True
    for namespace in tuple(dict.fromkeys(namespaces)) if resource.namespaced and namespaces else ("",):
        version, listed = await _list(api, resource, namespace)
        # Who answers a list with something else is no API server, and says as little with an open watch.
        watched = listed if isinstance(listed, UnreadableObject) else await _watch(api, resource, namespace, version)
        where = f"namespace {namespace}" if namespace else "all namespaces" if resource.namespaced else ""
        findings += [_finding(verb, resource, where, error) for verb, error in (("list", listed), ("watch", watched))]
        served = served and not isinstance(listed, ResourceMissing)
    if not served:
        findings += _unserved(resource, optional=optional)
    return findings


async def inspect_events(api: ApiServer, namespaces: Iterable[str]) -> list[Finding]:
    """Return what is found out about writing Events in *namespaces* (none: in `default`, for all of them)."""
    findings: list[Finding] = []
    for namespace in tuple(dict.fromkeys(namespaces)) or ("",):
        letter = Letter(
            Ref("Namespace", namespace, namespace or NAMESPACE), "CheckAccess", "Asked", "dnsguard check-access", False, "", 0.0, 0.0, 2
        )
        name = name_of(letter, 0)
        created = await _write(api.create(path_of(letter), event_of(letter, name, "", ""), dry=True))
        patched = await _write(api.merge(path_of(replace(letter, name=name)), series_of(letter), dry=True))
        where = f"namespace {namespace}" if namespace else "all namespaces"
        findings += [_finding(verb, EVENTS, where, error) for verb, error in (("create", created), ("patch", patched))]
    return findings


async def _write(asked: Awaitable[None]) -> DnsguardError | None:
    try:
        await asked
    except (SourceGone, ClusterUnavailable, Rejected) as error:
        return error
    return None


async def _list(api: ApiServer, resource: Resource, namespace: str) -> tuple[str, DnsguardError | None]:
    """Return the version from which a watch can start, and what was wrong."""
    try:
        body = await api.list_page(resource, namespace, 1)
        return Decoder(resource).page(body).version, None
    except (SourceGone, VersionExpired, ClusterUnavailable, UnreadableObject) as error:
        return "", error


async def _watch(api: ApiServer, resource: Resource, namespace: str, version: str) -> DnsguardError | None:
    try:
        await api.try_watch(resource, namespace, version)
    except (SourceGone, VersionExpired, ClusterUnavailable) as error:
        return error
    return None


def _finding(verb: str, resource: Resource, where: str, error: DnsguardError | None) -> Finding:
    permission = f"{verb} {resource.name}"
    match error:
        case ClusterUnavailable() | UnreadableObject():
            return Finding(permission, where, State.UNKNOWN, text=str(error))
        case SourceGone() if not isinstance(error, ResourceMissing):
            said = _USER.search(str(error))
            return Finding(permission, where, State.MISSING, said[1] if said else "the credentials of this client", ROLE, str(error))
        case _:
            return Finding(permission, where, State.GRANTED)


def _unserved(resource: Resource, *, optional: bool) -> Iterator[Finding]:
    if optional:
        text = "not served: counts as empty until its CRD is installed"
        yield Finding(f"resource {resource.name}", "", State.GRANTED, text=text)
    else:
        yield Finding(f"resource {resource.name}", "", State.MISSING, "the cluster", CRDS, "the API server does not serve it (404)")
