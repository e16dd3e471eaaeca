"""Aspects: what of a status DNS, or a person, lives on, as short texts that can be compared and shown.

Rules kept here:

- An aspect that is lost is one from which nothing can be published: no addresses, no parents, no parent that accepts.
- Order and spelling of lists do not count. Timestamps, generations and versions are no aspect.
- Of what nobody speaks, nothing is said: without an entry no parent refuses, and without a condition there is no message.
"""

from collections.abc import Iterator
from typing import NamedTuple

from dnsguard.core.diagnosis.plain import Json, Table, items, table, text

ADDRESSES = "status.addresses"
PARENTS = "status.parents"
REFUSED = "Accepted of status.parents"
CONDITIONS = "status.conditions"
MESSAGES = "messages of conditions"
_PARENT_KINDS = ("Gateway", "ListenerSet")


class Aspect(NamedTuple):
    """One aspect: where it stands, its value as texts in order, and whether DNS has lost it."""

    field: str
    value: tuple[str, ...]
    lost: bool = False


def aspects(kind: str, seen: Table) -> Iterator[Aspect]:
    """Yield the aspects of an object of *kind*."""
    if kind == "Namespace":
        return
    if kind not in _PARENT_KINDS:
        yield from _route(seen)
        return
    if kind == "Gateway":
        addresses = _texts(text(entry, "value") for entry in items(seen, "status", "addresses"))
        yield Aspect(ADDRESSES, addresses, lost=not addresses)
    conditions = items(seen, "status", "conditions")
    yield Aspect(CONDITIONS, _texts(f"{text(each, 'type')}={text(each, 'status')}" for each in conditions))
    if conditions:
        yield Aspect(MESSAGES, _texts(map(_message, conditions)))


def speakers(seen: Table, namespace: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (kind, namespace and name of a parent, controller) of every entry of the status of a route in *namespace*."""
    for entry in items(seen, "status", "parents"):
        ref = table(entry, "parentRef")
        yield text(ref, "kind") or "Gateway", text(ref, "namespace") or namespace, text(ref, "name"), text(entry, "controllerName")


def _route(seen: Table) -> Iterator[Aspect]:
    entries = items(seen, "status", "parents")
    parents = _texts(f"{_parent(entry)} by {text(entry, 'controllerName') or 'nobody'}" for entry in entries)
    yield Aspect(PARENTS, parents, lost=not parents)
    refusing = [entry for entry in entries if not _accepted(entry)]
    if entries:
        refusals = _texts(f"{_parent(entry)} refuses" for entry in refusing) or ("accepted",)
        yield Aspect(REFUSED, refusals, lost=len(refusing) == len(entries))
        yield Aspect(MESSAGES, _texts(_message(each) for entry in entries for each in items(entry, "conditions")))


def _parent(entry: Json) -> str:
    ref = table(entry, "parentRef")
    place = "/".join(part for part in (text(ref, "namespace"), text(ref, "name")) if part)
    section = text(ref, "sectionName")
    return f"{text(ref, 'kind') or 'Gateway'} {place}" + (f" section {section}" if section else "")


def _accepted(entry: Json) -> bool:
    for condition in items(entry, "conditions"):
        if text(condition, "type") == "Accepted":
            return text(condition, "status") == "True"
    return False


def _message(condition: Json) -> str:
    return f"{text(condition, 'type')}: {text(condition, 'reason')} {text(condition, 'message')}".rstrip()


def _texts(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found)))
