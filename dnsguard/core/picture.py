"""The picture: how the engine stands, read from its rooms.

Rules kept here:

- Looking changes nothing: what is sent, and when, is the same whether anybody looks or not.
- Nothing is counted through: what a picture costs grows with the kinds, zones and accounts, not with names and objects.
  Lists of names, objects and verdicts are cut.
"""

from collections.abc import Iterator
from itertools import islice

from dnsguard.core.accounts import accounts_of
from dnsguard.core.budget import Budget
from dnsguard.core.desk import Desk
from dnsguard.core.dispatch import Dispatch
from dnsguard.core.dispute import Disputes
from dnsguard.core.gate import Gate
from dnsguard.core.intake import Intake
from dnsguard.core.lane import Lane
from dnsguard.core.reception import Reception
from dnsguard.core.survey import Survey
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.settings import Settings
from dnsguard.model.status import (
    BreakerStatus,
    BucketStatus,
    BudgetStatus,
    ContestedStatus,
    Levels,
    ParkedZone,
    ReasonStatus,
    SourceStatus,
    StandingVerdict,
    Status,
    UndoneStatus,
    VerdictPage,
    ZoneStatus,
)

OLDEST = 5
"""Verdicts of each reason that a status shows."""
FIRST = 10
"""Parked names of a zone, contested and unreadable objects that a status shows."""


class Picture:
    """Pictures of one engine; *mode* is what it runs as."""

    def __init__(
        self,
        settings: Settings,
        mode: str,
        gate: Gate,
        intake: Intake,
        disputes: Disputes,
        survey: Survey,
        desk: Desk,
        dispatch: Dispatch,
        reception: Reception | None = None,
    ) -> None:
        self._reception = reception
        self._settings = settings
        self._mode = mode
        self._gate = gate
        self._intake = intake
        self._disputes = disputes
        self._survey = survey
        self._desk = desk
        self._dispatch = dispatch
        self._accounts = accounts_of(settings.zones)

    def status(self, now: float) -> Status:
        """Return how the engine stands."""
        intake, register = self._intake, self._desk.register
        zones = tuple(zone_status(lane, now) for lane in self._survey.lanes.values())
        return Status(
            now=now,
            mode=self._mode,
            policy=self._settings.policy,
            owner=self._settings.ownership.owner,
            ready=intake.ready,
            sources=tuple(map(self._source, intake.kinds)),
            zones=zones,
            verdicts=tuple(
                ReasonStatus(reason, register.count(reason), tuple(self._standing(OLDEST, now, reason))) for reason in register.reasons()
            ),
            levels=self._levels(zones, now),
            freezes=tuple(self._desk.freezes),
            budgets=tuple(
                budget_status(account.role_arn, budget, now) for account, budget in zip(self._accounts, self._dispatch.budgets, strict=True)
            ),
            contested=tuple(self._contested()),
            contested_total=len(self._disputes),
            unreadable=tuple((str(ref), why) for ref, why in islice(intake.troubles.items(), FIRST)),
            unreadable_total=len(intake.troubles),
            doubtful=len(intake.doubtful),
            undone=tuple(undone for lane in self._survey.lanes.values() for undone in undone_status(lane)),
            unapplied=None if self._reception is None else self._reception.unapplied(now, 0),
        )

    def verdicts(
        self, now: float, most: int, reason: Reason | None = None, zone: str | None = None, name: str | None = None
    ) -> VerdictPage:
        """Return the oldest verdicts of a reason, of a zone (bare id) and of a name (None: of any), at most *most*."""
        if name is None:
            return VerdictPage(self._desk.register.count(reason, zone), tuple(self._standing(most, now, reason, zone)))
        found = [
            self._told(since, verdict, now)
            for since, verdict in self._desk.standing(name)
            if reason in {None, verdict.reason} and zone in {None, verdict.zone}
        ]
        return VerdictPage(len(found), tuple(found[:most]))

    def parked(self, now: float, most: int, zone: str | None = None) -> tuple[ParkedZone, ...]:
        """Return what is parked in every zone, or in one (bare id), with at most *most* names of each."""
        lanes = [lane for lane in self._survey.lanes.values() if zone in {None, lane.zone.id} and lane.breaker.parked_count]
        return tuple(ParkedZone(lane.zone.id, lane.zone.name, breaker_status(lane, now), lane.breaker.first_parked(most)) for lane in lanes)

    def zones_called(self, text: str) -> tuple[str, ...]:
        """Return the ids of the zones in use that *text* names, by bare id or name."""
        return tuple(lane.zone.id for lane in self._survey.called(text))

    def _source(self, kind: str) -> SourceStatus:
        since, why = self._intake.lost.get(kind, (None, ""))
        return SourceStatus(kind, kind not in self._intake.unlisted, self._gate.counts[kind], since, why)

    def _standing(self, most: int, now: float, reason: Reason | None = None, zone: str | None = None) -> Iterator[StandingVerdict]:
        return (self._told(since, verdict, now) for since, verdict in self._desk.register.first(most, reason, zone))

    def _told(self, since: float, verdict: Verdict, now: float) -> StandingVerdict:
        return standing_verdict(verdict, since, now, tuple(map(str, self._desk.about(verdict.name))))

    def _contested(self) -> Iterator[ContestedStatus]:
        for ref in islice(self._disputes, FIRST):
            dispute = self._disputes.about(ref)
            if dispute is not None:
                yield ContestedStatus(str(ref), *dispute, self._disputes.calm_at(ref))

    def _levels(self, zones: tuple[ZoneStatus, ...], now: float) -> Levels:
        register = self._desk.register
        due = min((zone.due_since for zone in zones if zone.due_since is not None), default=None)
        read = min((zone.verified_at for zone in zones if zone.verified_at is not None), default=None)
        return Levels(
            _age(due, now),
            _age(register.oldest(Reason.HELD), now),
            _age(register.oldest(Reason.PARKED), now),
            _age(register.oldest(Reason.QUARANTINED), now),
            register.count(Reason.ORPHAN),
            _age(read, now),
        )


def zone_status(lane: Lane, now: float) -> ZoneStatus:
    """Return how one zone stands."""
    flight = lane.flight or lane.in_doubt
    return ZoneStatus(
        id=lane.zone.id,
        name=lane.zone.name,
        visibility="private" if lane.zone.private else "public",
        read=lane.reading.known,
        record_sets=len(lane.ledger),
        owned_names=lane.breaker.owned,
        dirty=len(lane.pending),
        unplanned=len(lane.arrived) + len(lane.unplanned),
        breaker=breaker_status(lane, now),
        searched=len(lane.halving.apart),
        due_since=_due_since(lane, now),
        sent_at=None if flight is None else flight.left,
        in_doubt=lane.in_doubt is not None,
        backoff_until=_ahead(lane.write_at, now),
        read_backoff_until=_ahead(lane.read_at, now),
        full_until=_ahead(lane.full_until, now),
        denied=lane.halving.denials,
        verified_at=lane.verified_at or None,
    )


def _due_since(lane: Lane, now: float) -> float | None:
    """Return since when the oldest group is due, those included that are kept apart while a culprit is searched among them."""
    apart = (entry.due for name in lane.halving.apart if (entry := lane.pending.entry(name)) is not None and entry.due <= now)
    queued = lane.pending.due_since(now)
    return min((*apart, *(() if queued is None else (queued,))), default=None)


def breaker_status(lane: Lane, now: float) -> BreakerStatus:
    """Return how the breaker of one zone stands."""
    breaker = lane.breaker
    names = breaker.count(now)
    return BreakerStatus(
        names, breaker.limit(), breaker.owned, breaker.tripped_at, breaker.parked_count, breaker.checksum, breaker.first_parked(FIRST)
    )


def undone_status(lane: Lane) -> Iterator[UndoneStatus]:
    """Yield what was undone in one zone."""
    for undone, names in lane.undone.groups():
        first = tuple(islice(names, FIRST))
        yield UndoneStatus(undone.kind, undone.what, lane.zone.id, lane.zone.name, undone.by, undone.at, len(names), first)


def budget_status(account: str, budget: Budget, now: float) -> BudgetStatus:
    """Return how the budget of one account stands."""
    buckets = tuple(
        BucketStatus(name, tokens, bucket.burst, bucket.rate, factor)
        for name, bucket in budget.buckets().items()
        for tokens, factor in (bucket.at(now),)
    )
    return BudgetStatus(account, buckets, budget.throttles, budget.throttled_at)


def standing_verdict(verdict: Verdict, since: float, now: float, objects: tuple[str, ...]) -> StandingVerdict:
    """Return a verdict that stands since a moment, about *objects*."""
    return StandingVerdict(
        verdict.reason,
        verdict.name,
        verdict.zone,
        verdict.type,
        verdict.set_id,
        verdict.text,
        verdict.way_out,
        since,
        max(0.0, now - since),
        verdict.until,
        objects,
    )


def _age(since: float | None, now: float) -> float | None:
    return None if since is None else max(0.0, now - since)


def _ahead(moment: float, now: float) -> float | None:
    return moment if moment > now else None
