"""The reception: where external-dns asks, and is told how the zones stand.

Rules kept here:

- What was accepted is told as carried out, what was refused as it stands: so neither is planned again for no reason, nor taken
  for done. What waits, is held, parked or frozen was accepted.
- A record set goes to the longest public zone and to every private one that holds its name, or to that of `aws/hosted-zone-id`
  alone. What lies in no zone in use is neither taken nor told (as external-dns's AWS provider).
- The SOA of a zone and the NS at its apex are never touched.
- Nothing is told or taken before every zone was read, and the cluster as far as it is looked at.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from dnsguard.core.desk import MANY
from dnsguard.core.intake import Intake
from dnsguard.core.lane import Lane
from dnsguard.core.ledger import Key, key_of
from dnsguard.core.names import canonical
from dnsguard.core.requests import ASKER, Place, Requests
from dnsguard.core.shape import Shape
from dnsguard.core.survey import Survey
from dnsguard.model.endpoints import Endpoint
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.requests import Request, Unapplied, UnappliedPage
from dnsguard.model.settings import Settings
from dnsguard.model.webhook import DomainFilter

REFUSED = frozenset({Reason.QUARANTINED, Reason.ZONE_FULL, Reason.INVALID, Reason.IMPOSSIBLE, Reason.TARGET, Reason.POLICY, Reason.SHADOW})
"""Verdicts under which a request is not carried out, however long one waits, unless something else changes."""


class Reception:
    """Takes requests in, and tells the accepted state, the names in portions of whoever asks."""

    def __init__(self, settings: Settings, requests: Requests, survey: Survey, intake: Intake) -> None:
        self._shape = Shape(settings.records)
        self._entries = settings.zones
        self._requests = requests
        self._survey = survey
        self._intake = intake
        intake.forbearing = settings.webhook.watch == "auto"

    def reasons(self) -> list[str]:
        """Return why nothing can be told or taken now, one sentence each."""
        found = []
        if not self._survey.known:
            found.append("the hosted zones have not been found yet")
        elif not self._survey.lanes:
            found.append("no hosted zone in use was found")
        found += [f"zone {lane.zone.name} has not been read yet" for lane in self._survey.lanes.values() if not lane.reading.known]
        if not self._intake.ready:
            found.append("the cluster has not been listed yet")
        return found

    def domains(self) -> DomainFilter | None:
        """Return the names of the zones in use, and what their entries exclude.

        Before they were found these are the domains of the config; None if it does not name all. external-dns asks once, and ends if it
        gets no answer within some seconds.
        """
        if not self._survey.lanes:
            if not all(entry.domains for entry in self._entries):
                return None
            configured = {domain for entry in self._entries for domain in entry.domains}
            return DomainFilter(tuple(sorted(configured)), self._entries[0].exclude_domains if len(self._entries) == 1 else ())
        zones = [lane.zone for lane in self._survey.lanes.values()]
        excluded = {canonical(domain) for zone in zones for domain in self._entries[zone.entry].exclude_domains}
        # What one entry excludes another may hold.
        kept = [domain for domain in excluded if not self._survey.zones.choose(domain)]
        return DomainFilter(tuple(sorted({zone.name for zone in zones})), tuple(sorted(kept)))

    def request(self, asked: Iterable[Request], now: float) -> None:
        """Take in what is asked; it is planned in the calls that follow."""
        touched: dict[Place, None] = {}
        for request in asked:
            for zone in self._zones(request.endpoint):
                touched[self._put(request, zone, now)] = None
        for zone_id, name in touched:
            lane = self._survey.lanes[zone_id]
            entry = lane.pending.touch(name, now, len(touched))
            entry.causes = (ASKER,)
            lane.stalled = False
            lane.unplanned.add((name,))

    def begin(self, now: float) -> list[tuple[Lane, str]]:
        """Begin to tell how the zones stand: return every name at which something is to be told, with its lane."""
        for zone, name in self._requests.next_round(self._refused):
            lane = self._survey.lanes.get(zone)
            if lane is not None:
                lane.pending.touch(name, now, MANY)
                lane.unplanned.add((name,))
        found: list[tuple[Lane, str]] = []
        for lane in self._survey.lanes.values():
            found += [(lane, name) for name in lane.ledger]
            found += [(lane, name) for name in self._requests.names(lane.zone.id) if name not in lane.ledger]
        return found

    def told(self, lane: Lane, name: str) -> tuple[Stored, ...]:
        """Return what is told of *name* in the zone of a lane: what is accepted, and what stands elsewhere."""
        zone, sets = lane.zone.id, lane.ledger.at(name)
        asked = self._requests.at(zone, name)
        if not asked:
            return sets
        wanted: dict[Key, Stored] = {key_of(held.value): held for held in sets}
        for key, group in asked.items():
            ask = self._requests.of((zone, group))[key]
            if ask.problem or self._refused((zone, group)):
                continue
            after = ask.after
            if after is None:
                wanted.pop(key, None)
            elif key not in wanted or wanted[key].value != after:
                wanted[key] = Stored(after)
        return tuple(wanted.values())

    def unapplied(self, now: float, most: int) -> UnappliedPage:
        """Return what was accepted and is not carried out, the oldest first, at most *most* record sets of it."""
        every = (each for place in self._requests.places() for each in self._unapplied(place, now))
        return UnappliedPage(len(self._requests), self.oldest(now), tuple(islice(every, most)))

    def oldest(self, now: float) -> float | None:
        """Return the age of the oldest request that is not carried out, in seconds."""
        return next((max(0.0, now - self._requests.since(place)) for place in self._requests.places()), None)

    def __len__(self) -> int:
        return len(self._requests)

    def names(self) -> Iterator[str]:
        """Return the groups of which something is asked; forget those of zones that are gone for good."""
        for zone, name in list(self._requests.places()):
            if zone in self._survey.lanes:
                yield name
            elif self._survey.complete:
                self._requests.drop((zone, name))

    def _zones(self, endpoint: Endpoint) -> tuple[Zone, ...]:
        only = dict(endpoint.properties).get("aws/hosted-zone-id", "").removeprefix("/hostedzone/")
        return tuple(zone for zone in self._survey.zones.choose(endpoint.name) if only in {"", zone.id})

    def _put(self, request: Request, zone: Zone, now: float) -> Place:
        endpoint, problem = request.endpoint, request.problem
        key = endpoint.name, endpoint.type, endpoint.set_id
        after: RecordSet | None = None
        if endpoint.name == zone.name and endpoint.type in {"NS", "SOA"}:
            problem = f"the {endpoint.type} of the zone itself is Route53's"
        elif not problem and not request.gone:
            try:
                after = self._shape.exactly(endpoint, zone)
            except ValueError as error:
                problem = str(error)
        held = self._survey.lanes[zone.id].ledger.find(key)
        near = zone in self._survey.zones.holding(request.group)
        place = zone.id, request.group if near else endpoint.name
        self._requests.put(place, key, after, None if held is None else held.value, now, problem)
        return place

    def _refused(self, place: Place) -> bool:
        return any(verdict.reason in REFUSED for verdict in self._verdicts(place))

    def _verdicts(self, place: Place) -> Iterable[Verdict]:
        lane = self._survey.lanes.get(place[0])
        state = None if lane is None else lane.states.get(place[1])
        return () if state is None else state.verdicts

    def _unapplied(self, place: Place, now: float) -> Iterator[Unapplied]:
        verdicts, refused, since = list(self._verdicts(place)), self._refused(place), self._requests.since(place)
        lane = self._survey.lanes.get(place[0])
        for key, ask in self._requests.of(place).items():
            why = next((each for each in verdicts if each.set_id in {"", key[2]}), None)
            aloft = lane is not None and place[1] in lane.aloft
            reason = why.reason.value if why is not None else "on its way" if aloft else "waiting"
            text, way_out, until = ("", "", None) if why is None else (why.text, why.way_out, why.until)
            age = max(0.0, now - since)
            yield Unapplied(place[0], *key, place[1], ask.after, reason, text, way_out, not refused, since, age, until)
