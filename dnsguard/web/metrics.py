"""Metrics: facts counted for Prometheus.

Rules kept here:

- No label holds a host name, an object's name or a text: kinds, reasons, actions, outcomes and zone ids are few.
- Gates, reasons, and outcomes have their series from the start, so that an alert can tell nothing from zero.
- Changes count when Route53 accepted them; the wait of a name is counted when its call leaves, deletions left out, since
  they wait for the grace.
"""

from typing import assert_never

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from dnsguard.model import changes, facts
from dnsguard.model.changes import ACTIONS
from dnsguard.web.words import AIDS, action_of, outcome_of

CALL_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 4, 6)
PROPAGATION_SECONDS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 900)
WAIT_SECONDS = (0.05, 0.1, 0.2, 0.205, 0.25, 0.3, 0.5, 1, 2, 2.5, 5, 10, 30, 60, 300)

_KINDS: dict[type[changes.Change], str] = {
    changes.Create: "created",
    changes.Replace: "replaced",
    changes.Upsert: "replaced",
    changes.Delete: "deleted",
}
_OUTCOMES = ("accepted", "throttled", "busy", "refused", "unavailable", "uncertain")


class Metrics:
    """Turns facts into metrics of *registry*."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._intake = _Intake(registry)
        self._zones = _Zones(registry)
        self._calls = _Calls(registry)
        self._guard = _Guard(registry)
        self._aids = _Aids(registry)
        self._alerts = Counter("dnsguard_alerts", "Things that a person should look at", registry=registry)

    def tell(self, fact: facts.Fact, now: float) -> None:
        """Count *fact*, which happened at *now* (seconds on the engine's clock)."""
        match fact:
            case facts.Stopped() | facts.Absorbed() | facts.Misunderstood():
                self._intake.event(fact)
            case facts.SourceListed() | facts.SourceFailed() | facts.SourceTroubled() | facts.SourceRecovered() | facts.Synced():
                self._intake.source(fact)
            case facts.ZonesFound() | facts.ZoneRead():
                self._zones.zone(fact)
            case facts.Withheld() | facts.Cleared():
                self._zones.verdict(fact)
            case facts.Unsent() | facts.Remembered():
                pass
            case facts.Called():
                self._calls.called(fact, now)
            case facts.Answered():
                self._calls.answered(fact)
            case facts.AidFailed() | facts.AidRecovered() | facts.Notified() | facts.Journaled():
                self._aids.aid(fact)
            case facts.Alert():
                self._alerts.inc()
            case facts.Contested() | facts.Settled() | facts.Tripped() | facts.Untripped() | facts.Ordered() | facts.Thawed():
                self._guard.guarded(fact)
            case facts.Verified() | facts.Propagated():
                self._guard.looked_after(fact)
            case _:
                assert_never(fact)


class _Intake:
    """Events and sources."""

    def __init__(self, registry: CollectorRegistry) -> None:
        stopped = Counter("dnsguard_events_stopped", "Events that changed nothing DNS can see, by gate", ["gate"], registry=registry)
        self._stopped = {gate: stopped.labels(gate.value) for gate in facts.Gate}
        self._absorbed = Counter("dnsguard_events_absorbed", "Events that may change names", registry=registry)
        self._misunderstood = Counter("dnsguard_events_misunderstood", "Objects that cannot be understood", ["kind"], registry=registry)
        self._up = Gauge("dnsguard_source_up", "1 if a source's last list or watch worked", ["kind"], registry=registry)
        self._failures = Counter("dnsguard_source_failures", "Failed lists and watches of a source", ["kind"], registry=registry)
        self._objects = Gauge("dnsguard_source_objects", "Objects of a source when it was last listed", ["kind"], registry=registry)
        self._synced = Gauge("dnsguard_synced", "1 once every source has been listed", registry=registry)

    def event(self, fact: facts.Stopped | facts.Absorbed | facts.Misunderstood) -> None:
        match fact:
            case facts.Stopped(gate=gate):
                self._stopped[gate].inc()
            case facts.Absorbed():
                self._absorbed.inc()
            case facts.Misunderstood(ref=ref):
                self._misunderstood.labels(ref.kind).inc()

    def source(self, fact: facts.SourceListed | facts.SourceFailed | facts.SourceTroubled | facts.SourceRecovered | facts.Synced) -> None:
        match fact:
            case facts.SourceListed(kind=kind, objects=objects):
                self._up.labels(kind).set(1)
                self._failures.labels(kind)
                self._objects.labels(kind).set(objects)
            case facts.SourceFailed(kind=kind):
                self._up.labels(kind).set(0)
                self._failures.labels(kind).inc()
            case facts.SourceTroubled(kind=kind, wait=wait):
                self._failures.labels(kind).inc()
                if wait:
                    self._up.labels(kind).set(0)
            case facts.SourceRecovered(kind=kind):
                self._up.labels(kind).set(1)
            case facts.Synced():
                self._synced.set(1)


class _Zones:
    """Zones, what they hold, and what is withheld from them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._zones = Gauge("dnsguard_zones", "Hosted zones in use", ["visibility"], registry=registry)
        self._sets = Gauge("dnsguard_record_sets", "Record sets of a zone when it was last read", ["zone", "owner"], registry=registry)
        withheld = Gauge("dnsguard_withheld", "Record sets that wait or are left alone, by reason", ["reason"], registry=registry)
        self._withheld = {reason: withheld.labels(reason.value) for reason in facts.Reason}
        self._standing: set[tuple[str, str, str, str, facts.Reason]] = set()
        self._read: set[str] = set()

    def zone(self, fact: facts.ZonesFound | facts.ZoneRead) -> None:
        match fact:
            case facts.ZonesFound(zones=zones):
                for visibility in ("public", "private"):
                    self._zones.labels(visibility).set(sum(1 for zone in zones if zone[2] == visibility))
                for zone_id in self._read - {zone[0] for zone in zones}:
                    self._forget(zone_id)
            case facts.ZoneRead(zone=zone_id, sets=sets, ours=ours):
                self._read.add(zone_id)
                self._sets.labels(zone_id, "ours").set(ours)
                self._sets.labels(zone_id, "others").set(sets - ours)

    def verdict(self, fact: facts.Withheld | facts.Cleared) -> None:
        verdict = fact.verdict
        key = (verdict.zone, verdict.name, verdict.type, verdict.set_id, verdict.reason)
        if isinstance(fact, facts.Withheld) and key not in self._standing:
            self._standing.add(key)
            self._withheld[verdict.reason].inc()
        elif isinstance(fact, facts.Cleared) and key in self._standing:
            self._standing.remove(key)
            self._withheld[verdict.reason].dec()

    def _forget(self, zone_id: str) -> None:
        self._read.remove(zone_id)
        for owner in ("ours", "others"):
            self._sets.remove(zone_id, owner)


class _Calls:
    """Calls of Route53 and what they carried."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._called = Counter("dnsguard_calls_started", "Route53 calls that left", ["action"], registry=registry)
        self._answers = Counter("dnsguard_calls", "Route53 calls that came back", ["action", "outcome"], registry=registry)
        self._seconds = Histogram("dnsguard_call_seconds", "Duration of Route53 calls", ["action"], buckets=CALL_SECONDS, registry=registry)
        self._throttles = Counter("dnsguard_throttles", "Route53 calls that were throttled", registry=registry)
        self._refusals = Counter("dnsguard_refusals", "Reasons why Route53 refused calls", ["why"], registry=registry)
        self._changes = Counter("dnsguard_changes", "Changes that Route53 accepted; txt or record", ["kind", "of"], registry=registry)
        self._wait = Histogram(
            "dnsguard_wait_seconds",
            "From the first touch of a name to the call that carries it, deletions left out",
            buckets=WAIT_SECONDS,
            registry=registry,
        )
        for action in ACTIONS.values():
            self._called.labels(action)
            for outcome in _OUTCOMES:
                self._answers.labels(action, outcome)
        for why in changes.Why:
            self._refusals.labels(why.value)

    def called(self, fact: facts.Called, now: float) -> None:
        self._called.labels(action_of(fact.call)).inc()
        for group in fact.carried:
            if not all(isinstance(change, changes.Delete) for change in group.changes):
                self._wait.observe(max(0.0, now - group.first))

    def answered(self, fact: facts.Answered) -> None:
        action = action_of(fact.call)
        self._answers.labels(action, outcome_of(fact.outcome)).inc()
        self._seconds.labels(action).observe(fact.seconds)
        match fact.outcome:
            case changes.Throttled():
                self._throttles.inc()
            case changes.Refused(refusals=refusals):
                for refusal in refusals:
                    self._refusals.labels(refusal.why.value).inc()
            case changes.Accepted() if isinstance(fact.call, changes.Write):
                for change in fact.call.changes:
                    self._changes.labels(_KINDS[type(change)], "txt" if _type(change) == "TXT" else "record").inc()
            case _:
                pass


class _Guard:
    """What the guard holds, and what upkeep found."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._contested = Gauge("dnsguard_contested", "Objects whose status is turned back and forth", registry=registry)
        self._tripped = Gauge("dnsguard_breaker_tripped", "1 while deletions of a zone wait for a word", ["zone"], registry=registry)
        self._orders = Counter("dnsguard_orders", "Orders of people", ["order", "done"], registry=registry)
        self._verified = Counter("dnsguard_verifications", "Zones that were read again completely", registry=registry)
        self._drift = Counter("dnsguard_drift", "Record sets of ours that somebody else touched, as read", ["kind"], registry=registry)
        self._propagation = Histogram(
            "dnsguard_propagation_seconds",
            "From an accepted batch to all name servers having it, of a sample",
            buckets=PROPAGATION_SECONDS,
            registry=registry,
        )
        self._given_up = Counter("dnsguard_propagations_given_up", "Batches that were followed in vain", registry=registry)
        for kind in ("missing", "edited"):
            self._drift.labels(kind)

    def guarded(self, fact: facts.Contested | facts.Settled | facts.Tripped | facts.Untripped | facts.Ordered | facts.Thawed) -> None:
        match fact:
            case facts.Contested():
                self._contested.inc()
            case facts.Settled():
                self._contested.dec()
            case facts.Tripped(zone=zone):
                self._tripped.labels(zone).set(1)
            case facts.Untripped(zone=zone):
                self._tripped.labels(zone).set(0)
            case facts.Ordered(order=order, reply=reply):
                self._orders.labels(type(order).__name__.lower(), "yes" if reply.done else "no").inc()
            case facts.Thawed():
                pass

    def looked_after(self, fact: facts.Verified | facts.Propagated) -> None:
        match fact:
            case facts.Verified(missing=missing, edited=edited):
                self._verified.inc()
                self._drift.labels("missing").inc(missing)
                self._drift.labels("edited").inc(edited)
            case facts.Propagated(seconds=seconds, insync=True):
                self._propagation.observe(seconds)
            case facts.Propagated():
                self._given_up.inc()


class _Aids:
    """What helps people, and what no record depends on."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge(
            "dnsguard_aid_up", "0 while Events cannot be written, or orders not be read from ConfigMaps", ["aid"], registry=registry
        )
        self._events = Counter("dnsguard_kubernetes_events", "Kubernetes Events, by what became of them", ["result"], registry=registry)
        for aid in AIDS:
            self._up.labels(aid).set(1)
        for result in ("created", "repeated", "dropped"):
            self._events.labels(result)
        self._registry = registry
        self._journal: Gauge | None = None

    def aid(self, fact: facts.AidFailed | facts.AidRecovered | facts.Notified | facts.Journaled) -> None:
        match fact:
            case facts.AidFailed(aid=aid):
                self._up.labels(aid).set(0)
            case facts.AidRecovered(aid=aid):
                self._up.labels(aid).set(1)
            case facts.Notified(created=created, repeated=repeated, dropped=dropped):
                self._events.labels("created").inc(created)
                self._events.labels("repeated").inc(repeated)
                self._events.labels("dropped").inc(dropped)
            case facts.Journaled(works=works):
                self._journaled(works=works)

    def _journaled(self, *, works: bool) -> None:
        if self._journal is None:
            # Without a journal there is nothing to look after.
            self._journal = Gauge("dnsguard_journal_up", "1 while the journal keeps what has to survive", registry=self._registry)
        self._journal.set(works)


def _type(change: changes.Change) -> str:
    return change.before.value.type if isinstance(change, changes.Delete) else change.after.type
