"""Rules over the settings of proxy mode.

Rules kept here:

- It listens on a loopback address: who comes in acts with our credentials.
- Paths can be read, kinds are known ones and stand once, resources are PLURAL or PLURAL.GROUP, with a subresource behind a slash.
- Nothing is dropped that external-dns reads (`core/sieve/sieves.py`).
"""

import re
from collections.abc import Iterator

from dnsguard.core.addresses import host_in, is_loopback
from dnsguard.core.durations import spell
from dnsguard.core.selectors import parse as parse_selector
from dnsguard.core.sieve import paths
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.sieves import Hidden, Sieves
from dnsguard.model.settings import Proxy, Sources
from dnsguard.settings.complaints import Complaint
from dnsguard.settings.shapes import Path

_LISTEN = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}", re.ASCII)
_RESOURCE = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9][a-z0-9.-]*)?(/[a-z]+)?")


def check_proxy(proxy: Proxy, sources: Sources) -> Iterator[Complaint]:
    """Iterate over what is wrong with *proxy*, whose external-dns has the filters of *sources*."""
    wrong = [*_shape(proxy)]
    yield from wrong
    if not wrong and _sound(sources):
        for hidden in Sieves(proxy, sources).hidden():
            yield _complaint(proxy, hidden)


def _shape(proxy: Proxy) -> Iterator[Complaint]:
    if not (_LISTEN.fullmatch(proxy.listen) and is_loopback(host_in(proxy.listen)) and int(proxy.listen.rpartition(":")[2]) <= 65535):
        yield Complaint(("proxy", "listen"), f"is {proxy.listen!r}, allowed is a loopback address such as 127.0.0.1:8001")
    if proxy.summary != "never" and not proxy.summary > 0:
        yield Complaint(("proxy", "summary"), f"is {spell(proxy.summary)!r}, allowed is a duration over 0s, or never")
    for key, values in (("resources", proxy.resources), ("writes", proxy.writes)):
        for index, value in enumerate(values):
            if not _RESOURCE.fullmatch(value):
                yield Complaint(("proxy", key, index), f"is {value!r}, allowed is a resource such as httproutes.gateway.networking.k8s.io")
    yield from _paths(("proxy", "drop"), proxy.drop)
    yield from _paths(("proxy", "keep"), proxy.keep)
    seen: set[str] = set()
    for index, entry in enumerate(proxy.kinds):
        where = ("proxy", "kinds", index)
        if entry.kind not in KINDS:
            yield Complaint((*where, "kind"), f"is {entry.kind!r}, allowed is {', '.join(list(KINDS)[:-1])} or {list(KINDS)[-1]}")
        elif entry.kind in seen:
            yield Complaint((*where, "kind"), f"is {entry.kind!r} for the second time, allowed is once")
        seen.add(entry.kind)
        yield from _paths((*where, "drop"), entry.drop)
        yield from _paths((*where, "keep"), entry.keep)


def _paths(where: Path, texts: tuple[str, ...]) -> Iterator[Complaint]:
    for index, text in enumerate(texts):
        try:
            paths.parse(text)
        except ValueError as error:
            yield Complaint((*where, index), f"is {text!r}, {error}")


def _sound(sources: Sources) -> bool:
    """Return whether the filters can be read; elsewhere it is said if not."""
    try:
        for text in (sources.label_filter, sources.annotation_filter, sources.gateway.label_filter):
            parse_selector(text)
    except ValueError:
        return False
    return bool(sources.annotation_prefixes)


def _complaint(proxy: Proxy, hidden: Hidden) -> Complaint:
    path = paths.spell(hidden.drop)
    if hidden.index < 0:
        preset = next((entry.preset for entry in proxy.kinds if entry.kind == hidden.kind and entry.preset), proxy.preset)
        said = f"may read {path} of kind {hidden.kind}, which the preset {preset} drops, allowed is a template that does not, or proxy.keep"
        return Complaint(("proxy", "templates"), said)
    where: Path = ("proxy", "drop", hidden.index) if hidden.entry < 0 else ("proxy", "kinds", hidden.entry, "drop", hidden.index)
    return Complaint(
        where, f"is {path!r}, which would hide what is read of kind {hidden.kind} by {hidden.reader}, allowed is any other path"
    )
