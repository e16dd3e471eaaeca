"""Finding the hosted zones of one account.

Rules kept here:

- An account whose entries all name zone ids is asked for those zones alone (`route53:GetHostedZone`), others for the
  list of all zones (`route53:ListHostedZones`), page by page.
- Tags are read only where an entry filters by them, ten zones a call (the limit of ListTagsForResources).
- An id of the config that no zone in use has is told as missing.
- A round that fails is begun again; the zones of the last complete round stay in use meanwhile.
"""

from collections.abc import Sequence

from dnsguard.core.zones import matches, tags_match
from dnsguard.model.changes import Call, GetZone, ListTags, ListZones, Result, Tags, ZoneFound, ZonePage
from dnsguard.model.records import Zone
from dnsguard.model.settings import ZoneEntry

TAGS_PER_CALL = 10


class Discovery:
    """One round of looking for zones after another; `next_call` until it returns None, then `found` holds."""

    def __init__(self, entries: Sequence[tuple[int, ZoneEntry]]) -> None:
        self._entries = tuple(entries)
        self._ids = sorted({zone for _, entry in entries for zone in entry.ids})
        self._by_id = all(entry.ids for _, entry in entries)
        self.found: tuple[Zone, ...] | None = None
        self.missing: tuple[str, ...] = ()
        self.restart()

    def restart(self) -> None:
        """Begin a new round."""
        self._listed: dict[str, ZoneFound] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._asked: list[str] = list(self._ids) if self._by_id else []
        self._marker: str | None = None if self._by_id else ""
        self._untagged: list[str] | None = None
        self.complete = False

    def next_call(self) -> Call | None:
        """Return the call that the round needs next, or None once it is complete."""
        if self.complete:
            return None
        if self._asked:
            return GetZone(self._asked[0])
        if self._marker is not None:
            return ListZones(self._marker)
        if self._untagged is None:
            self._untagged = sorted(self._candidates())
        if self._untagged:
            return ListTags(tuple(self._untagged[:TAGS_PER_CALL]))
        self._finish()
        return None

    def take_in(self, call: Call, result: Result) -> None:
        """Absorb the answer to the last call."""
        match call, result:
            case GetZone(), ZonePage(zones):
                self._asked = self._asked[1:]
                self._listed.update((zone.id, zone) for zone in zones)
            case ListZones(), ZonePage(zones, following):
                self._listed.update((zone.id, zone) for zone in zones)
                self._marker = following or None
            case ListTags(asked), Tags(by_zone):
                self._tags.update(by_zone)
                self._untagged = [zone for zone in self._untagged or () if zone not in asked]
            case _:
                raise AssertionError(call, result)

    def no_such_zone(self) -> None:
        """Absorb that the zone asked for by its id does not exist."""
        self._asked = self._asked[1:]

    def _candidates(self) -> set[str]:
        """Return the zones that some entry with tags would match if their tags fitted."""
        return {zone.id for zone in self._listed.values() for _, entry in self._entries if entry.tags and matches(entry, zone)}

    def _finish(self) -> None:
        zones = []
        for found in self._listed.values():
            tags = self._tags.get(found.id, {})
            fitting = [index for index, entry in self._entries if matches(entry, found) and tags_match(entry, tags)]
            if fitting:
                zones.append(Zone(found.id, found.name, found.private, min(fitting)))
        self.found = tuple(sorted(zones, key=lambda zone: (zone.name, zone.id)))
        used = {zone.id for zone in zones}
        self.missing = tuple(zone for zone in self._ids if zone not in used)
        self.complete = True
