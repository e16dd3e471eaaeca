"""Explaining one host name: the facts about it, read from the engine's rooms.

Rules kept here:

- Looking changes nothing, and nothing is planned for it: what is told is what the rooms hold.
- What is looked at is the name's own: its zones, claims and objects. Where there can be many, the first are told.
- A name at which nothing stands is answered by the closest wildcard above it, unless something stands in between
  (RFC 4592, 3.3.1).
"""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import islice

from dnsguard.core import said
from dnsguard.core.desk import Desk
from dnsguard.core.dispute import Disputes
from dnsguard.core.drafting import Drafting
from dnsguard.core.gate import Gate
from dnsguard.core.intake import Intake
from dnsguard.core.inventory import Asker, Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.ledger import Ledger, key_of
from dnsguard.core.picture import breaker_status, standing_verdict
from dnsguard.core.recent import Recent
from dnsguard.core.resolve.attachment import Attachment
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.core.survey import Survey
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.endpoints import Claim
from dnsguard.model.explanation import Asking, Explanation, GivenUp, LastSent, Moment, Record, Step, Unmet, ZoneAnswer
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref, RouteView
from dnsguard.model.records import Zone
from dnsguard.model.status import ContestedStatus, StandingVerdict

OBJECTS = 20
"""Claims of a name that are told."""
LOOKED_AT = 200
"""Claims of a name among which these are the first in order."""
FEW = 5
"""Objects of each other kind that are told."""
LIKE = 0.8
"""How much alike two names are that could be meant for one another (0 to 1)."""
COMPARED = 100
"""Zones whose names are compared."""
COMPARABLE = 64
"""Characters up to which names are compared: the time that takes grows with their square."""


class Explainer:
    """Explains names of one engine; without *rules*, nothing is said of listeners and of why statuses publish nothing."""

    def __init__(
        self,
        gate: Gate,
        intake: Intake,
        inventory: Inventory,
        disputes: Disputes,
        survey: Survey,
        drafting: Drafting,
        desk: Desk,
        recent: Recent,
        rules: GatewayRules | None,
        *,
        answering: bool = False,
    ) -> None:
        self._answering = answering
        self._gate = gate
        self._intake = intake
        self._inventory = inventory
        self._disputes = disputes
        self._survey = survey
        self._drafting = drafting
        self._desk = desk
        self._recent = recent
        self._rules = rules

    def explain(self, name: str, now: float) -> Explanation:
        """Return all that is known of the canonical *name*."""
        attachment = None if self._rules is None else Attachment(self._rules, self._gate.views)
        claims = self._claims(name)
        verdicts = self._verdicts(name, now)
        zones = tuple(self._zone(zone, name, verdicts, now) for zone in self._survey.zones.holding(name))
        refs = self._concerned(name, zones)
        return Explanation(
            name=name,
            now=now,
            surveyed=self._survey.known,
            missing=tuple(kind for kind in self._intake.kinds if kind in self._intake.unlisted),
            zones=zones,
            asking=tuple(self._asking(ref, claim, attachment) for ref, claim in claims[:OBJECTS]),
            asking_total=sum(map(len, self._inventory.claims(name).values())),
            unmet=tuple(self._unmet(name, attachment)),
            troubles=tuple((str(ref), self._intake.troubles[ref]) for ref in refs if ref in self._intake.troubles)[:FEW],
            contested=tuple(self._contested(claims)),
            homeless=next((verdict for verdict in verdicts if not verdict.zone), None),
            given_up=self._given_up(name),
            stands_for=tuple(sorted(self._stands_for(name, zones)))[:FEW],
            nearest=() if zones else self._nearest(name),
            in_use=() if zones else tuple(zone.name for zone in islice(self._survey.zones.by_id.values(), FEW)),
            answering=self._answering,
        )

    # Objects

    def _claims(self, name: str) -> list[tuple[Ref, Claim]]:
        every = ((ref, claim) for ref, claims in self._inventory.claims(name).items() for claim in claims)
        return sorted(islice(every, LOOKED_AT), key=lambda pair: (pair[0], pair[1].set_id, pair[1].parent))

    def _asking(self, ref: Ref, claim: Claim, attachment: Attachment | None) -> Asking:
        asker: Asker = self._asker(ref)
        view, contribution, lost = self._gate.views.get(ref), asker.claims[claim], asker.empty.get(claim)
        listeners: tuple[str, ...] = ()
        why = ""
        if attachment is not None and isinstance(view, RouteView):
            listeners = attachment.listeners(view, claim.parent, claim.name)
            why = "" if lost is None else attachment.silence(view, claim.parent)
        return Asking(
            str(ref),
            asker.created,
            str(claim.parent),
            listeners,
            claim.set_id,
            lost is None,
            None if contribution is None else contribution.targets,
            lost,
            why,
            asker.doubtful,
            asker.problems[:FEW],
        )

    def _asker(self, ref: Ref) -> Asker:
        asker = self._inventory.get(ref)
        assert asker is not None
        return asker

    def _unmet(self, name: str, attachment: Attachment | None) -> Iterator[Unmet]:
        for ref in sorted(islice(self._intake.unmet.of(name), FEW)):
            view = self._gate.views.get(ref)
            if isinstance(view, RouteView):
                yield Unmet(str(ref), "" if attachment is None else attachment.refusal(view, name))

    def _given_up(self, name: str) -> GivenUp | None:
        ender = self._inventory.ender(name)
        return None if ender is None else GivenUp(str(ender[0]), ender[1], ender[0] not in self._gate.views)

    def _concerned(self, name: str, zones: tuple[ZoneAnswer, ...]) -> list[Ref]:
        """Return the objects that have to do with *name*: who claims it, what those depend on, and what its TXT name."""
        claimants = list(islice(self._inventory.claimants(name), LOOKED_AT))
        labels = [record.object for zone in zones for record in zone.records if record.ours and record.object]
        named = [self._intake.named(label) for label in labels]
        askers = [asker for ref in (*claimants, *named) if (asker := self._inventory.get(ref)) is not None]
        return sorted({*claimants, *named, *(read for asker in askers for read in asker.reads)})

    def _contested(self, claims: list[tuple[Ref, Claim]]) -> Iterator[ContestedStatus]:
        parents = {parent for ref, claim in claims for parent in self._gateways(ref, claim)} if len(self._disputes) else set()
        for ref in sorted(parents)[:FEW]:
            dispute = self._disputes.about(ref)
            if dispute is not None:
                yield ContestedStatus(str(ref), *dispute, self._disputes.calm_at(ref))

    def _gateways(self, ref: Ref, claim: Claim) -> Iterable[Ref]:
        """Return the Gateways that a claim depends on: a ListenerSet has that of its own."""
        if claim.parent.kind == "Gateway":
            return (claim.parent,)
        return (read for read in self._asker(ref).reads if read.kind == "Gateway")

    # Zones

    def _stands_for(self, name: str, zones: tuple[ZoneAnswer, ...]) -> set[str]:
        found = {each for zone in zones for each in self._drafting.stands_for(self._survey.lanes[zone.id], name)}
        return found - {name}

    def _verdicts(self, name: str, now: float) -> list[StandingVerdict]:
        objects = tuple(map(str, self._desk.about(name)))
        return [standing_verdict(verdict, since, now, objects) for since, verdict in self._desk.standing(name)]

    def _zone(self, zone: Zone, name: str, verdicts: list[StandingVerdict], now: float) -> ZoneAnswer:
        lane = self._survey.lanes[zone.id]
        belongs = self._drafting.here(lane, name)
        state, entry = lane.states.get(name), lane.pending.entry(name)
        sent = self._recent.of(zone.id, name)
        mine = tuple(verdict for verdict in verdicts if verdict.zone == zone.id)
        wildcard = self._wildcard(lane, name) if belongs and name not in lane.ledger else ""
        return ZoneAnswer(
            id=zone.id,
            name=zone.name,
            visibility="private" if zone.private else "public",
            belongs=belongs,
            apart="" if belongs else self._apart(zone, name),
            state=_state(lane, name),
            records=self._records(lane, name),
            lost=tuple(map(said.value, lane.ledger.lost.get(name, {}).values())),
            verdicts=mine,
            plan=() if state is None else tuple(step_of(change) for unit in state.plan.units for change in unit),
            next=tuple(sorted(_moments(lane, name, mine, now), key=lambda moment: moment.at)),
            causes=() if entry is None else entry.causes,
            sent=None if sent is None else LastSent(sent.at, tuple(map(step_of, sent.changes)), sent.outcome, sent.text),
            breaker=breaker_status(lane, now) if lane.breaker.parks(name) else None,
            wildcard=wildcard,
            wildcard_records=self._records(lane, wildcard) if wildcard else (),
        )

    def _records(self, lane: Lane, name: str) -> tuple[Record, ...]:
        found = []
        for held, title in self._drafting.titles(lane, self._survey.lanes, name):
            record, confirmed = held.value, lane.ledger.edited.get(key_of(held.value))
            owner, resource = (None, "") if title is None else (title.owner, title.resource)
            ours = title is not None and title.ours
            was = "" if confirmed is None else said.value(confirmed)
            found.append(Record(record.type, record.set_id, said.value(record), title is not None, ours, owner, resource, was))
        return tuple(found)

    def _apart(self, zone: Zone, name: str) -> str:
        zones = self._survey.zones
        excluded = zones.excluded_by(name, zone)
        if excluded is not None:
            return f"zones[].exclude_domains keeps {excluded} out of it"
        longer = next((other for other in zones.holding(name) if not other.private and len(other.name) > len(zone.name)), None)
        if not zone.private and longer is not None and self._drafting.here(self._survey.lanes[longer.id], name):
            return f"the longer zone {longer.name} takes it"
        if self._inventory.scopes(name):
            return "no Gateway through which it is asked for matches the gateway_label_filter of its entry"
        return "another zone takes it"

    @staticmethod
    def _wildcard(lane: Lane, name: str) -> str:
        ledger: Ledger = lane.ledger
        above = name
        while above != lane.zone.name:
            _, _, above = above.partition(".")
            wildcard = f"*.{above}"
            if wildcard in ledger:
                return wildcard if wildcard != name else ""
            if above in ledger:
                return ""
        return ""

    def _nearest(self, name: str) -> tuple[str, ...]:
        zones = {zone.name for zone in islice(self._survey.zones.by_id.values(), COMPARED)}
        labels = name.split(".")
        alike = [(_likeness(zone, ".".join(labels[-zone.count(".") - 1 :])), zone) for zone in zones]
        return tuple(zone for likeness, zone in sorted(alike, reverse=True)[:FEW] if likeness >= LIKE)


def step_of(change: Change) -> Step:
    """Return *change* as people read it."""
    match change:
        case Create(after):
            return Step("create", after.type, after.set_id, "", said.value(after))
        case Delete(before):
            return Step("delete", before.value.type, before.value.set_id, said.value(before.value), "")
        case _:
            return Step("replace", change.after.type, change.after.set_id, said.value(change.before.value), said.value(change.after))


def _state(lane: Lane, name: str) -> str:
    if not lane.reading.known:
        return "unread"
    if name in lane.aloft:
        return "on its way" if lane.in_doubt is None else "in doubt"
    return "waiting" if name in lane.pending else ""


ENDS = {
    Reason.GRACE: "the grace of the deletion ends",
    Reason.QUARANTINED: "it is tried again",
    Reason.HELD: "the hold ends, and a deletion begins its grace",
    Reason.FROZEN: "the freeze ends",
    Reason.ZONE_FULL: "it is tried again whether the zone has room",
}


def _moments(lane: Lane, name: str, verdicts: tuple[StandingVerdict, ...], now: float) -> Iterator[Moment]:
    for verdict in verdicts:
        if verdict.until is not None and verdict.until > now:
            yield Moment(verdict.until, ENDS.get(verdict.reason, f"{verdict.reason.value} ends"))
    entry, state = lane.pending.entry(name), lane.states.get(name)
    if entry is not None and state is not None and state.sends:
        apart = name in lane.halving.apart
        moment = max(entry.due, lane.write_at, lane.halving.not_before if apart else 0.0, now)
        yield Moment(
            moment, "it may be sent, apart from others: its batch was refused for a reason that names nobody" if apart else "it may be sent"
        )
    for end in lane.graces.get(name, {}).values():
        if end > now and not any(verdict.reason is Reason.GRACE for verdict in verdicts):
            yield Moment(end, ENDS[Reason.GRACE])
    if name in lane.ledger.unknown:
        yield Moment(max(lane.read_at, now), "the name is read again")


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio() if max(len(one), len(other)) <= COMPARABLE else 0.0
