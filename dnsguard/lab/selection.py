"""A tape seen through a label selector: what an API server tells of the objects that have a label.

Rules kept here (Kubernetes, "Efficient detection of changes" with a label selector):

- An object that comes to have the label is ADDED, whatever happened to it; one that loses it is DELETED, as it is then.
- What has the label neither before nor after is not told. Every line keeps its place, so that the clock is the same.
- Only `key=value`, one or several with commas, is understood.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from dnsguard.kubernetes.tape import Line, Tape

_CHANGES = ("ADDED", "MODIFIED", "DELETED")


def wanted_labels(selector: str) -> dict[str, str] | None:
    """Return the labels that *selector* asks for, None if it is not understood."""
    pairs = [part.partition("=") for part in selector.split(",")]
    if any(not key or not sign or value.startswith("=") or key.endswith("!") for key, sign, value in pairs):
        return None
    return {key: value for key, _, value in pairs}


def narrowed(tape: Tape, resource: str, labels: Mapping[str, str]) -> Tape:
    """Return *tape* without what of *resource* does not have *labels*."""
    selection = _Selection(labels)
    lines = tuple(selection.line(line) if line.resource == resource else line for line in tape.lines)
    return tape._replace(lines=lines)


class _Selection:
    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._there: set[tuple[str, str]] = set()

    def line(self, line: Line) -> Line:
        """Return what is left of *line*; a frame that is not told loses its resource."""
        data = msgspec.json.decode(line.data)
        if line.op == "list":
            items = [item for item in data["items"] or () if self._has(item)]
            self._there = {_key(item) for item in items}
            return replace(line, data=Raw(msgspec.json.encode({**data, "items": items})))
        if data["type"] not in _CHANGES:
            return line
        kind = self._kind(data["type"], data["object"])
        if not kind:
            return replace(line, resource="")
        return line if kind == data["type"] else replace(line, data=Raw(msgspec.json.encode({**data, "type": kind})))

    def _kind(self, kind: str, item: dict[str, Any]) -> str:
        before, after = _key(item) in self._there, self._has(item) and kind != "DELETED"
        (self._there.add if after else self._there.discard)(_key(item))
        if not before:
            return "ADDED" if after else ""
        return "MODIFIED" if after else "DELETED"

    def _has(self, item: dict[str, Any]) -> bool:
        return self._labels.items() <= (item["metadata"].get("labels") or {}).items()


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
