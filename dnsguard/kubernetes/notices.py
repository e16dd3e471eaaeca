"""Letters as Events of events.k8s.io/v1, and how often they happened as patches of them.

Rules kept here (Kubernetes, validation of events.k8s.io/v1):

- An Event lies in the namespace of the object that it regards; that of an object without a namespace in `default`.
- `eventTime`, `reportingController`, `reportingInstance`, `action` and `reason` are required; a note has at most 1024 bytes.
- Of an Event that is there only its series can change: it counts at least 2.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from dnsguard.kubernetes.resources import EVENTS, KNOWN
from dnsguard.model.notices import Letter

CONTROLLER = "dnsguard"
NAMESPACE = "default"
"""Where Events about objects without a namespace lie."""
_LONGEST_NAME = 253
_LONGEST_INSTANCE = 128


def path_of(letter: Letter) -> str:
    """Return the path at which *letter* is written: of the collection, or of the Event that it counts up."""
    collection = EVENTS.path(letter.ref.namespace or NAMESPACE)
    return f"{collection}/{quote(letter.name, safe='')}" if letter.name else collection


def event_of(letter: Letter, name: str, uid: str, instance: str) -> bytes:
    """Return the Event called *name* that *letter* is, about the object with *uid* ("": not known), from the pod *instance*."""
    ref = letter.ref
    regarding = {"apiVersion": KNOWN[ref.kind].api_version, "kind": ref.kind, "name": ref.name}
    regarding |= {"namespace": ref.namespace} if ref.namespace else {}
    regarding |= {"uid": uid} if uid else {}
    return msgspec.json.encode(
        {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            "metadata": {"name": name, "namespace": ref.namespace or NAMESPACE},
            "eventTime": _time(letter.first),
            "reportingController": CONTROLLER,
            "reportingInstance": instance.encode()[:_LONGEST_INSTANCE].decode(errors="ignore") or CONTROLLER,
            "action": letter.action,
            "reason": letter.reason,
            "type": "Warning" if letter.warning else "Normal",
            "note": letter.note,
            "regarding": regarding,
        }
    )


def series_of(letter: Letter) -> bytes:
    """Return the merge patch that counts an Event up."""
    series: dict[str, Any] = {"count": letter.count, "lastObservedTime": _time(letter.last)}
    return msgspec.json.encode({"series": series})


def name_of(letter: Letter, unique: int) -> str:
    """Return the name of a new Event, as that of its object with 16 digits of *unique* after it."""
    suffix = f".{unique:016x}"
    return letter.ref.name[: _LONGEST_NAME - len(suffix)].rstrip(".-") + suffix


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
