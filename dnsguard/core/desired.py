"""What all objects together want of one row: endpoints, united in one documented order.

Rules kept here:

- Text decides the type of a target: IPv4 is A, IPv6 is AAAA, anything else CNAME (as external-dns).
- Wishes of equal name, type, set identifier and TTL unite: their targets become one set. Properties and the `resource`
  label are those of the first.
- What one object gets through several parents is one wish (as external-dns): its targets are those of all of them.
- A CNAME has one target; of several the first in order of text is published.
- What cannot be united is decided by an order that depends on nothing but the objects: addresses before CNAME, then the
  object that was created first, then the ref. What loses is named.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from dnsguard.model.endpoints import Contribution, Endpoint
from dnsguard.model.objects import Ref

TYPES = ("A", "AAAA", "CNAME")


class Wish(Struct, frozen=True, gc=False):
    """What one object contributes to a row; *created* is its RFC 3339 creation time, *resource* its TXT label."""

    ref: Ref
    created: str
    resource: str
    contribution: Contribution


def type_of(target: str) -> str:
    """Return the record type that the canonical *target* makes."""
    if ":" in target:
        return "AAAA"
    head, _, last = target.rpartition(".")
    return "A" if last.isdigit() and head.count(".") == 2 and head.replace(".", "").isdigit() else "CNAME"


def endpoints(name: str, set_id: str, wishes: Iterable[Wish]) -> tuple[tuple[Endpoint, ...], tuple[str, ...]]:
    """Return what is to be published of a row, and one sentence for each wish that lost."""
    ordered = sorted(_by_object(wishes), key=_rank)
    chosen: dict[str, Endpoint] = {}
    lost: list[str] = []
    for wish in ordered:
        for kind, targets in _by_type(wish.contribution).items():
            known = chosen.get(kind)
            if known is None:
                chosen[kind] = _endpoint(name, set_id, kind, targets, wish)
            elif known.ttl != wish.contribution.ttl:
                lost.append(f"{wish.ref} wants another TTL than {known.resource}, which is older")
            elif kind != "CNAME":
                chosen[kind] = _united(known, targets)
            elif targets != known.targets:
                lost.append(f"{wish.ref} wants a CNAME to {targets[0]}, {known.resource} one to {known.targets[0]} and is older")
    alias = chosen.get("CNAME")
    if alias is not None and len(chosen) > 1:
        del chosen["CNAME"]
        lost.append(f"{alias.resource} wants a CNAME to {alias.targets[0]}, and addresses go before names")
    elif alias is not None and len(alias.targets) > 1:
        chosen["CNAME"] = _first(alias)
        lost.append(f"{alias.resource} wants {len(alias.targets)} host names, and a CNAME has one: {alias.targets[0]} it is")
    return tuple(chosen[kind] for kind in TYPES if kind in chosen), tuple(dict.fromkeys(lost))


def _rank(wish: Wish) -> tuple[str, Ref, int, tuple[tuple[str, str], ...]]:
    return wish.created, wish.ref, wish.contribution.ttl or 0, wish.contribution.properties


def _by_object(wishes: Iterable[Wish]) -> Iterable[Wish]:
    found: dict[tuple[Ref, int | None, tuple[tuple[str, str], ...]], Wish] = {}
    for wish in wishes:
        wanted = wish.contribution
        # What is held since a status was lost may have another TTL or other properties than what came later.
        key = wish.ref, wanted.ttl, wanted.properties
        known = found.get(key)
        if known is not None:
            targets = tuple(sorted({*known.contribution.targets, *wanted.targets}))
            wish = structs.replace(known, contribution=structs.replace(wanted, targets=targets))  # noqa: PLW2901
        found[key] = wish
    return found.values()


def _by_type(contribution: Contribution) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for target in contribution.targets:
        kind = type_of(target)
        found[kind] = (*found.get(kind, ()), target)
    return found


def _endpoint(name: str, set_id: str, kind: str, targets: tuple[str, ...], wish: Wish) -> Endpoint:
    wanted = wish.contribution
    return Endpoint(name, kind, targets, set_id, wanted.ttl, wanted.properties, wish.resource)


def _united(known: Endpoint, targets: tuple[str, ...]) -> Endpoint:
    together = tuple(sorted({*known.targets, *targets}))
    return Endpoint(known.name, known.type, together, known.set_id, known.ttl, known.properties, known.resource)


def _first(known: Endpoint) -> Endpoint:
    return Endpoint(known.name, known.type, known.targets[:1], known.set_id, known.ttl, known.properties, known.resource)
