"""Listeners: where a route can attach, compiled so that a route only asks what depends on the route.

Rules of the Gateway API as external-dns keeps them:
- A route attaches to listeners of a fitting protocol (the table below) whose `allowedRoutes.kinds`, if there are any,
  list its kind.
- `allowedRoutes.namespaces.from` is Same (the default: the namespace of the object that holds the listener), All, or
  Selector over the labels of the route's namespace; everything else admits nobody. Without a selector, or with one that
  cannot be understood, Selector admits nobody.
- A section name picks the listener of that name, the last one if there are several; no section name picks all.
- A listener whose hostname is no hostname matches no route.
"""

from collections.abc import Iterable

from msgspec import Struct

from dnsguard.core.resolve.hostnames import host_of
from dnsguard.core.selectors import Selector, compile_selector
from dnsguard.model.objects import GATEWAY_GROUP, AllowedRoutes, FromNamespaces, Listener

PROTOCOLS = {
    "HTTPRoute": frozenset({"HTTP", "HTTPS"}),
    "GRPCRoute": frozenset({"HTTP", "HTTPS"}),
    "TLSRoute": frozenset({"TLS"}),
    "TCPRoute": frozenset({"TCP", "TLS"}),
    "UDPRoute": frozenset({"UDP"}),
}
"""The listener protocols that each kind of route attaches to."""


class Section(Struct, frozen=True):
    """A listener that can admit routes.

    *host* is "" for any; *namespace* is the only one admitted (None: any), unless *selector* decides.
    """

    host: str
    port: int
    kinds: frozenset[str]
    namespace: str | None
    selector: Selector | None


Sections = dict[tuple[str, str], tuple[Section, ...]]
"""The sections that a route may attach to, by kind of route and section name ("" for all of them)."""


def compile_sections(owner: str, listeners: Iterable[Listener]) -> tuple[Sections, tuple[str, ...]]:
    """Compile the *listeners* of an object in the namespace *owner*; also returns what was not understood."""
    named: dict[str, list[Section]] = {"": []}
    problems: list[str] = []
    for listener in listeners:
        sections = _compile(owner, listener, problems)
        if listener.name:
            named[listener.name] = sections
        named[""] += sections
    table = {
        (kind, name): tuple(section for section in sections if kind in section.kinds)
        for name, sections in named.items()
        for kind in PROTOCOLS
    }
    return {key: sections for key, sections in table.items() if sections}, tuple(problems)


def _compile(owner: str, listener: Listener, problems: list[str]) -> list[Section]:
    host = host_of(listener.hostname or "")
    if host is None:
        problems.append(f"the hostname {listener.hostname!r} of the listener {listener.name!r} is not a hostname")
        return []
    allowed = listener.allowed_routes or AllowedRoutes()
    kinds = _kinds(listener.protocol, allowed)
    source = allowed.namespaces or FromNamespaces()
    match source.from_:
        case None | "Same":
            return [Section(host, listener.port or 0, kinds, owner, None)]
        case "All":
            return [Section(host, listener.port or 0, kinds, None, None)]
        case "Selector" if source.selector is not None:
            try:
                return [Section(host, listener.port or 0, kinds, None, compile_selector(source.selector))]
            except ValueError as error:
                problems.append(f"the namespace selector of the listener {listener.name!r} admits nobody: {error}")
    return []


def _kinds(protocol: str, allowed: AllowedRoutes) -> frozenset[str]:
    kinds = frozenset(kind for kind, protocols in PROTOCOLS.items() if protocol in protocols)
    if not allowed.kinds:
        return kinds
    return kinds & {each.kind for each in allowed.kinds if (each.group or GATEWAY_GROUP) == GATEWAY_GROUP}
