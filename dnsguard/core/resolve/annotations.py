"""Annotations: what a route or a parent says about its records beside its spec.

Rules, as external-dns keeps them:
- An annotation counts under each of the configured prefixes; where several prefixes carry the same one, the first
  prefix wins. What a later prefix carries is named, because an external-dns of today does not read it unasked.
- `controller` with another value than `dns-controller` puts the object out of sight.
- Lists (`hostname`, `target`) are split at commas, spaces are dropped; empty host names are dropped.
- `ttl` is a Go duration (`10m`, `20.5s` is 20) or a whole number of seconds, 1 to 2147483647; anything else is as good
  as absent, and named.
- `set-identifier` and `record-type` are taken verbatim; `alias` counts only if it is exactly `true`.
- `aws-x` becomes the property `aws/x`, likewise `scw-`, `webhook-` and `coredns-`; `azure-tags` becomes `azure/tags`,
  and five annotations of Cloudflare become `cloudflare/` and their name.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

CONTROLLER = "dns-controller"
LONGEST_TTL = 2_147_483_647
"""Seconds: the largest signed 32-bit number, as RFC 2181, section 8, has it."""

DEFINED_HOSTS = "defined-hosts-only"
ANNOTATED_HOSTS = "annotation-only"

_SINGLE = {"azure-tags": "azure/tags"} | {
    f"cloudflare-{name}": f"cloudflare/{name}" for name in ("proxied", "custom-hostname", "region-key", "record-comment", "tags")
}
_FAMILIES = ("aws-", "scw-", "webhook-", "coredns-")
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_PART = re.compile(r"([0-9.]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "μs": Decimal("1e-6"),
    "ns": Decimal("1e-9"),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")


class Notes(Struct, frozen=True):
    """What the annotations of one route say.

    *hostnames* are as written; *only* is `DEFINED_HOSTS`, `ANNOTATED_HOSTS` or "" where both kinds of host count;
    *ttl* is in seconds; *properties* are sorted by name.
    """

    hostnames: tuple[str, ...] = ()
    only: str = ""
    ttl: int | None = None
    set_id: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


SILENT = Notes()
"""The notes of a route without annotations of ours."""


def ours(annotations: Mapping[str, str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Return the annotations that carry one of *prefixes*, by their name without it; earlier prefixes win."""
    found: dict[str, str] = {}
    for prefix in reversed(prefixes):
        for key, value in annotations.items():
            if key.startswith(prefix):
                found[key[len(prefix) :]] = value
    return found


def dated(annotations: Mapping[str, str], prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence that names the annotations under a prefix other than the first, if there are any."""
    keys = sorted(key for key in annotations if key.startswith(prefixes[1:]))
    return (f"these annotations carry a dated prefix, better is {prefixes[0]}: {', '.join(keys)}",) if keys else ()


def foreign(found: Mapping[str, str]) -> bool:
    """Tell whether the annotations *found* hand their object to another controller."""
    return found.get("controller", CONTROLLER) != CONTROLLER


def split(text: str) -> list[str]:
    """Split a list at its commas; spaces anywhere are dropped, empty items are kept."""
    return text.replace(" ", "").strip().split(",")


def target_texts(found: Mapping[str, str]) -> list[str]:
    """Return the items of the `target` annotation as written; none if it is absent or empty."""
    text = found.get("target", "")
    return split(text) if text else []


def notes_of(found: Mapping[str, str]) -> Notes:
    """Read the annotations *found* on a route."""
    if not found:
        return SILENT
    ttl, ttl_problem = _ttl(found.get("ttl"))
    only, only_problem = _only(found.get("gateway-hostname-source"))
    return Notes(
        hostnames=tuple(host for host in split(found.get("hostname", "")) if host),
        only=only,
        ttl=ttl,
        set_id=found.get("set-identifier", ""),
        properties=properties_of(found),
        problems=tuple(problem for problem in (ttl_problem, only_problem) if problem),
    )


def properties_of(found: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the provider properties among the annotations *found*, sorted by name."""
    properties: dict[str, str] = {}
    for key, value in found.items():
        if key in _SINGLE:
            properties[_SINGLE[key]] = value
        elif key.startswith(_FAMILIES):
            family, _, rest = key.partition("-")
            properties[f"{family}/{rest}"] = value
    if found.get("alias") == "true":
        properties["alias"] = "true"
    if "record-type" in found:
        properties["record-type"] = found["record-type"]
    return tuple(sorted(properties.items()))


def ttl_of(text: str) -> int | None:
    """Return the seconds that a `ttl` annotation means, None if it means none."""
    if _INTEGER.fullmatch(text):
        seconds = Decimal(text)
    elif _DURATION.fullmatch(text):
        seconds = sum((Decimal(number) * _SECONDS[unit] for number, unit in _PART.findall(text)), start=Decimal(0))
        seconds = -seconds if text.startswith("-") else seconds
    else:
        return None
    return int(seconds) if 1 <= seconds < LONGEST_TTL + 1 else None


def _ttl(text: str | None) -> tuple[int | None, str]:
    if text is None:
        return None, ""
    seconds = ttl_of(text)
    if seconds is None:
        return None, f"the annotation ttl is {text!r}, neither a duration nor seconds from 1 to {LONGEST_TTL}"
    return seconds, ""


def _only(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    only = text.lower()
    if only in {DEFINED_HOSTS, ANNOTATED_HOSTS}:
        return only, ""
    return "", f"the annotation gateway-hostname-source is {text!r}, neither {DEFINED_HOSTS} nor {ANNOTATED_HOSTS}"
