"""Alerts of one zone: what a person should look at, told once for as long as it stands.

Rules kept here:

- The same alert is told again after ten minutes, whichever call meets it: a zone that is gone is one alert, not one for its writes and
  one for its verification.
"""

from dnsguard.model.changes import Refusal, Why
from dnsguard.model.facts import Alert
from dnsguard.model.records import Zone

TOLD_AGAIN = 600.0
"""Seconds after which an alert that still stands is told again."""


class Alerts:
    """What was told of *zone*, and when."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._told: dict[str, float] = {}

    def unreadable(self, refusal: Refusal, text: str, now: float) -> list[Alert]:
        """Return the alert of a read that was refused, which *text* explains."""
        if refusal.why is Why.NO_ZONE:
            return self.shut(now)
        return self.alert("unreadable-zone", f"zone {self._zone.name} ({self._zone.id}) cannot be read: {text}", now)

    def shut(self, now: float) -> list[Alert]:
        """Return the alert of a zone that is gone."""
        return self.alert("zone-shut", f"zone {self._zone.name} ({self._zone.id}) does not exist any more", now)

    def alert(self, what: str, text: str, now: float) -> list[Alert]:
        """Return the alert, none if it was told lately (*now* in seconds)."""
        told = self._told.get(what)
        if told is not None and now - told < TOLD_AGAIN:
            return []
        self._told[what] = now
        return [Alert(f"{what} {self._zone.id}", text)]
