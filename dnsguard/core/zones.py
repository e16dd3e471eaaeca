"""Which hosted zones are in use, and which of them a name belongs to.

Rules kept here:

- A zone entry matches a zone by all that it states: name (the domains are suffixes at label boundaries; a leading dot
  means only what lies below), exclusions, ids, visibility, tags. A zone that two entries match belongs to the first.
- A zone that an AWS service owns is never used.
- While the zones of an entry could never be found, the names that it may mean go nowhere: its zones may be longer ones.
- A name goes to the longest public zone that holds it and to every private zone that holds it (as external-dns), among
  the zones whose entry may publish it; an excluded domain keeps names out as well.
"""

from collections.abc import Iterable, Mapping, Sequence

from dnsguard.core.names import canonical, lies_in
from dnsguard.model.changes import ZoneFound
from dnsguard.model.endpoints import EVERY_ENTRY
from dnsguard.model.records import Zone
from dnsguard.model.settings import ZoneEntry


def matches(entry: ZoneEntry, zone: ZoneFound) -> bool:
    """Return whether *zone* is one that *entry* means, by all but its tags."""
    return (
        not zone.linked
        and (not entry.ids or zone.id in entry.ids)
        and (not entry.type or (entry.type == "private") == zone.private)
        and in_domains(entry, zone.name)
    )


def tags_match(entry: ZoneEntry, tags: Mapping[str, str]) -> bool:
    """Return whether a zone with these *tags* carries all that *entry* asks for."""
    return all(_tagged(wanted, tags) for wanted in entry.tags)


def in_domains(entry: ZoneEntry, name: str) -> bool:
    """Return whether the domains of *entry* hold *name* and its exclusions do not."""
    if any(_in_domain(name, domain) for domain in entry.exclude_domains):
        return False
    return not entry.domains or any(_in_domain(name, domain) for domain in entry.domains)


def _in_domain(name: str, domain: str) -> bool:
    below = canonical(domain.lstrip("."))
    return lies_in(name, below) and not (domain.startswith(".") and name == below)


def _tagged(wanted: str, tags: Mapping[str, str]) -> bool:
    key, equals, value = wanted.partition("=")
    return key in tags and (not equals or tags[key] == value)


class Zones:
    """The zones in use, by id and by name."""

    def __init__(self, entries: Sequence[ZoneEntry]) -> None:
        self._entries = tuple(entries)
        self._excluding = tuple(entry for entry in entries if entry.exclude_domains)
        self._sought: tuple[ZoneEntry, ...] = ()
        self.by_id: dict[str, Zone] = {}
        self._by_name: dict[str, tuple[Zone, ...]] = {}

    def use(self, zones: Iterable[Zone], sought: Iterable[int] = ()) -> None:
        """Begin anew with *zones*; those of the entries with the numbers *sought* were not found yet."""
        self._sought = tuple(self._entries[number] for number in sought)
        self.by_id = {zone.id: zone for zone in sorted(zones, key=lambda zone: (zone.name, zone.id))}
        self._by_name = {}
        for zone in self.by_id.values():
            self._by_name[zone.name] = (*self._by_name.get(zone.name, ()), zone)

    def holding(self, name: str) -> tuple[Zone, ...]:
        """Return every zone in use that *name* lies in, the longest first."""
        found: tuple[Zone, ...] = ()
        rest = name
        while True:
            found += self._by_name.get(rest, ())
            _, dot, rest = rest.partition(".")
            if not dot:
                return found

    def excluded_by(self, name: str, zone: Zone) -> str | None:
        """Return which of the excluded domains of the zone's entry keeps *name* out of it, None if none does."""
        return next((domain for domain in self._entries[zone.entry].exclude_domains if _in_domain(name, domain)), None)

    def awaited(self, name: str) -> bool:
        """Return whether *name* may belong to a zone that was not found yet."""
        return bool(self._sought) and any(in_domains(entry, name) for entry in self._sought)

    def choose(self, name: str, scope: int = EVERY_ENTRY) -> tuple[Zone, ...]:
        """Return the zones that *name* is to be published in, by the entries in the bit mask *scope*."""
        if self.awaited(name):
            return ()
        allowed = [zone for zone in self.holding(name) if scope >> zone.entry & 1]
        if self._excluding:
            allowed = [zone for zone in allowed if in_domains(self._entries[zone.entry], name)]
        chosen = [zone for zone in allowed if zone.private]
        public = [zone for zone in allowed if not zone.private]
        # Two public zones of one name are told apart by ids in the config; among equals the smaller id wins.
        return tuple(public[:1] + chosen)
