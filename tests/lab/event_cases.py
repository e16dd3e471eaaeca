"""What events.k8s.io/v1 takes and refuses, as a table: the lab's API server and a real one are held to it alike."""

from typing import Any

NAMESPACE = "default"
COLLECTION = f"/apis/events.k8s.io/v1/namespaces/{NAMESPACE}/events"
MERGE = "application/merge-patch+json"
MOMENT = "2026-08-01T12:00:00.000001Z"


def event(name, **changes):
    """Return a sound Event, less what is None in *changes*."""
    whole: dict[str, Any] = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "eventTime": MOMENT,
        "reportingController": "dnsguard",
        "reportingInstance": "dnsguard-0",
        "action": "Withheld",
        "reason": "Held",
        "type": "Normal",
        "note": "why",
        "regarding": {"apiVersion": "v1", "kind": "ConfigMap", "namespace": NAMESPACE, "name": "x"},
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


ELSEWHERE = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "kube-public", "name": "x"}
WIDE = {"apiVersion": "v1", "kind": "Namespace", "name": "x"}

NEW = [
    ("sound", {}, 201),
    ("warning", {"type": "Warning"}, 201),
    ("wide", {"regarding": WIDE}, 201),
    ("long-note", {"note": "x" * 1024}, 201),
    ("too-long-note", {"note": "x" * 1025}, 422),
    ("note-in-bytes", {"note": "ü" * 513}, 422),
    ("no-note", {"note": None}, 201),
    ("no-time", {"eventTime": None}, 422),
    ("no-controller", {"reportingController": None}, 422),
    ("no-instance", {"reportingInstance": None}, 422),
    ("long-instance", {"reportingInstance": "x" * 129}, 422),
    ("no-action", {"action": None}, 422),
    ("no-reason", {"reason": None}, 422),
    ("long-reason", {"reason": "X" * 129}, 422),
    ("other-type", {"type": "Error"}, 422),
    ("elsewhere", {"regarding": ELSEWHERE}, 201),
    ("other-namespace", {"metadata": {"name": "other", "namespace": "kube-public"}}, 400),
    ("series-of-one", {"series": {"count": 1, "lastObservedTime": MOMENT}}, 422),
    ("series-of-two", {"series": {"count": 2, "lastObservedTime": MOMENT}}, 201),
    ("series-without-time", {"series": {"count": 2}}, 422),
    ("old-fields", {"deprecatedCount": 2}, 422),
]
"""A name, what is changed of a sound Event, and the status of the answer to its creation."""

CHANGED = [
    ("counted", {"series": {"count": 2, "lastObservedTime": MOMENT}}, 200),
    ("counted-once", {"series": {"count": 1, "lastObservedTime": MOMENT}}, 422),
    ("counted-without-time", {"series": {"count": 3}}, 422),
    ("another-note", {"note": "else"}, 422),
    ("another-reason", {"reason": "Foreign"}, 422),
    ("another-type", {"type": "Warning"}, 422),
    ("another-object", {"regarding": WIDE}, 422),
    ("another-instance", {"reportingInstance": "dnsguard-1"}, 422),
]
"""A name, a merge patch of a sound Event, and the status of the answer."""
