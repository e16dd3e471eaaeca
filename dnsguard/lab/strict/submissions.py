"""Submitted changes and when they are INSYNC.

Rule: a change is PENDING when it is submitted, and INSYNC once the propagation time has passed. Records are listed at once.
"""

from datetime import UTC, datetime
from typing import Any

from dnsguard.lab.strict.errors import ApiError


class Submissions:
    """The changes of an account; *propagation* in seconds."""

    def __init__(self, propagation: float) -> None:
        self._propagation = propagation
        self._submitted: dict[str, tuple[float, str]] = {}

    def submit(self, comment: str, now: float) -> dict[str, Any]:
        """Note a change and return its ChangeInfo."""
        change_id = f"C{len(self._submitted) + 1:013d}"
        self._submitted[change_id] = now, comment
        return self.info(change_id, now)

    def info(self, change_id: str, now: float) -> dict[str, Any]:
        """Return the ChangeInfo of a bare or prefixed id; NoSuchChange if there is none."""
        bare = change_id.removeprefix("/change/")
        if bare not in self._submitted:
            raise ApiError(404, "NoSuchChange", f"No change found with ID: {bare}")
        submitted, comment = self._submitted[bare]
        info = {
            "Id": f"/change/{bare}",
            "Status": "INSYNC" if now >= submitted + self._propagation else "PENDING",
            "SubmittedAt": datetime.fromtimestamp(submitted, UTC),
        }
        return {**info, "Comment": comment} if comment else info
