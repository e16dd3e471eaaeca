"""The Events that were written to a cluster of the lab, taken and refused as events.k8s.io/v1 does it.

Rules kept here (Kubernetes, validation of events.k8s.io/v1; the same table runs against a real API server):

- An Event needs a name, `eventTime`, `reportingController`, `reportingInstance`, `action`, `reason` and a type, and its note has at
  most 1024 bytes. The fields of core/v1 stay empty. Whether it lies in the namespace of what it regards is not looked at.
- Of an Event that is there only metadata and series change; a series counts at least 2 and says when it was last seen.
- What is written in a dry run is judged and not kept.
"""

import json
from collections.abc import Iterator
from typing import Any

Answer = tuple[int, dict[str, Any] | str]
"""A status, and the object or the sentence."""

_NOTE = 1024
_LONGEST = 128
_DEPRECATED = ("deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount")
_FIXED = ("regarding", "related", "reason", "action", "note", "type", "eventTime", "reportingController", "reportingInstance")
_MERGE = "application/merge-patch+json"


class EventLog:
    """The Events of a cluster, by namespace and name."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked = 0
        """How many requests to write there were, those that were refused included."""

    def create(self, namespace: str, body: bytes, *, dry: bool) -> Answer:
        """Take a new Event."""
        event = _read(body)
        if event is None:
            return 400, "the body is no JSON object"
        metadata = event.get("metadata") or {}
        name = metadata.get("name") or ""
        if (metadata.get("namespace") or namespace) != namespace:
            return 400, "the namespace of the object does not match the namespace on the request"
        event["metadata"] = {**metadata, "namespace": namespace}
        troubles = [*([] if name else ["metadata.name: Required value"]), *_new(event)]
        if troubles:
            return 422, "; ".join(troubles)
        if (namespace, name) in self.kept:
            return 409, f'events.events.k8s.io "{name}" already exists'
        if not dry:
            self.kept[namespace, name] = event
        return 201, event

    def merge(self, namespace: str, name: str, content: str, body: bytes, *, dry: bool) -> Answer:
        """Apply a merge patch."""
        known = self.kept.get((namespace, name))
        if content != _MERGE:
            return 415, f"the body of the request was in an unknown format: accepted media types include {_MERGE}"
        if known is None:
            return 404, f'events.events.k8s.io "{name}" not found'
        patch = _read(body)
        if patch is None:
            return 400, "the body is no JSON object"
        event = {**known, **{key: value for key, value in patch.items() if key != "metadata"}}
        troubles = [f"{key}: field is immutable" for key in _FIXED if event.get(key) != known.get(key)]
        troubles += [] if event.get("series") == known.get("series") else _series(event)
        if troubles:
            return 422, "; ".join(troubles)
        if not dry:
            self.kept[namespace, name] = event
        return 200, event

    def about(self, kind: str, namespace: str, name: str) -> list[dict[str, Any]]:
        """Return the Events about an object, in the order in which they were created."""
        wanted = (kind, namespace, name)
        return [each for each in self.kept.values() if _key(each["regarding"]) == wanted]


def _new(event: dict[str, Any]) -> Iterator[str]:
    if not event.get("eventTime"):
        yield "eventTime: Required value"
    for key in ("reportingController", "reportingInstance", "action", "reason"):
        if not event.get(key):
            yield f"{key}: Required value"
        elif key != "reportingController" and len(event[key].encode()) > _LONGEST:
            yield f"{key}: can have at most {_LONGEST} characters"
    if event.get("type") not in {"Normal", "Warning"}:
        yield "type: has invalid value"
    if len((event.get("note") or "").encode()) > _NOTE:
        yield f"note: can have at most {_NOTE} characters"
    if "series" in event:
        yield from _series(event)
    yield from (f"{key}: needs to be unset" for key in _DEPRECATED if event.get(key))


def _series(event: dict[str, Any]) -> list[str]:
    series = event.get("series")
    if series is None:
        return []
    troubles = [] if series.get("count", 0) >= 2 else ["series.count: should be at least 2"]
    return troubles + ([] if series.get("lastObservedTime") else ["series.lastObservedTime: Required value"])


def _key(regarding: dict[str, Any]) -> tuple[str, str, str]:
    return regarding.get("kind", ""), regarding.get("namespace", ""), regarding.get("name", "")


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
