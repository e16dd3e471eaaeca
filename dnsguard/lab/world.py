"""A world under virtual time: one engine, one strict Route53, and a clock that jumps from moment to moment.

For tests and scenarios: hand events in, let time pass, look at the zone. Whoever wants to judge every call before it takes
effect passes a *witness*; whoever wants to answer calls otherwise than the strict Route53 would replaces the `port`.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Protocol

from dnsguard.app import build_engine, kinds_of
from dnsguard.core.engine import Engine
from dnsguard.core.reception import Reception
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Faults, StrictRoute53
from dnsguard.model.changes import Call, Job, Outcome
from dnsguard.model.entries import Entry, Gone, Kept, place_of
from dnsguard.model.events import Deleted, Event, Listed, Upserted
from dnsguard.model.facts import Cleared, Fact, Verdict, Withheld
from dnsguard.model.objects import Ref, View
from dnsguard.model.orders import Order, Reply
from dnsguard.model.settings import Settings
from dnsguard.model.webhook import HookChanges, HookEndpoint
from dnsguard.route53.endpoints import requests_of, told
from dnsguard.sidecar import build_answering_engine

Witness = Callable[[Job, float], None]
SPINS = 1000
"""Steps at one moment after which the engine is taken to be spinning."""
PRIVATE = "private "
"""Goes before the name of a private zone where a world is asked for one."""
START = 1_000_000.0
"""Seconds: the virtual moment at which a world begins."""


class Port(Protocol):
    """What carries calls out."""

    def carry_out(self, call: Call, now: float) -> tuple[Outcome, float]:
        """Carry out *call* at *now* (seconds); return the outcome and the seconds that the answer takes."""


class World:
    """One installation and its account; *zones* are names of public zones, *private* of private ones, here `private NAME`.

    *asked* tells of one that answers external-dns whether it looks at the cluster, too; None: it is a controller.
    """

    def __init__(
        self,
        settings: Settings,
        zones: Iterable[str] = ("example.com",),
        *,
        private: Iterable[str] = (),
        seed: int = 0,
        witness: Witness | None = None,
        asked: bool | None = None,
    ) -> None:
        self._asked = asked
        self.settings = settings
        self.now = START
        self.strict = StrictRoute53()
        self.zones = {name: self.strict.create_zone(name) for name in zones}
        self.zones |= {f"{PRIVATE}{name}": self.strict.create_zone(name, private=True) for name in private}
        self.objects: dict[Ref, View] = {}
        self.jobs: list[tuple[float, Job]] = []
        self.facts: list[tuple[float, Fact]] = []
        self.standing: dict[Verdict, None] = {}
        self.port: Port = Simulation(self.strict)
        self._seed = seed
        self._witness = witness
        self._order = count()
        self.begun = 0
        self.kept: dict[tuple[str, str], Kept] = {}
        self.restart()

    def restart(self, *, remembering: bool = False) -> None:
        """Begin again: calls under way have had their effect, and nobody hears of it.

        With an empty memory, or *remembering* what a journal would have kept.
        """
        self._answers: list[tuple[float, int, Job, Outcome]] = []
        self.standing.clear()
        self.begun = len(self.jobs)
        self.engine = self._engine()
        if remembering:
            self.engine.recall(list(self.kept.values()), self.now)
        else:
            self.kept.clear()

    def _engine(self) -> Engine:
        chance = Random(self._seed)
        if self._asked is None:
            return build_engine(self.settings, chance, self.now)
        return build_answering_engine(self.settings, chance, self.now, watched=self._asked)

    def ask(self, changes: HookChanges) -> None:
        """Ask through the webhook."""
        self.reception.request(list(requests_of(changes)), self.now)
        self.keep()

    def told(self) -> list[HookEndpoint]:
        """Return what the webhook tells."""
        reception = self.reception
        sets = [held for lane, name in reception.begin(self.now) for held in reception.told(lane, name)]
        return [endpoint for held in sets if (endpoint := told(held)) is not None]

    @property
    def reception(self) -> Reception:
        """Where external-dns asks."""
        assert self.engine.reception is not None
        return self.engine.reception

    def keep(self) -> None:
        """Write down what has to survive, as a journal would."""
        while entries := self.engine.entries(self.now):
            for entry in entries:
                self._write_down(entry)

    def _write_down(self, entry: Entry) -> None:
        if not isinstance(entry, Gone):
            self.kept[place_of(entry)] = entry
            return
        self.kept.pop((entry.kind, entry.key), None)
        if entry.kind == "zone":
            self.kept.pop(("flight", entry.key), None)
            for place in [place for place in self.kept if place[0] == "name" and place[1].startswith(f"{entry.key}/")]:
                del self.kept[place]

    def sync(self) -> None:
        """List every kind: what a start and a relist do."""
        for kind in kinds_of(self.settings):
            self.relist(kind)

    def relist(self, kind: str, missing: Iterable[Ref] = ()) -> None:
        """List one kind; *missing* are objects that the list lacks."""
        lacking = set(missing)
        listed = [ref for ref in sorted(self.objects) if ref.kind == kind and ref not in lacking]
        for ref in listed:
            self.tell(Upserted(self.objects[ref], "1"))
        self.tell(Listed(kind, frozenset(listed)))

    def put(self, *views: View) -> None:
        """Create or change objects."""
        for view in views:
            self.objects[view.ref] = view
            self.tell(Upserted(view, "1"))

    def drop(self, *refs: Ref) -> None:
        """Delete objects."""
        for ref in refs:
            if self.objects.pop(ref, None) is not None:
                self.tell(Deleted(ref))

    def tell(self, event: Event) -> None:
        """Hand one event to the engine."""
        self._note(self.engine.observe(event, self.now))

    def order(self, order: Order) -> Reply:
        """Give the engine an order."""
        reply = self.engine.order(order, self.now)
        self._note(self.engine.facts())
        return reply

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        end = self.now + seconds
        spins = 0
        while True:
            self._step()
            wake = self.engine.wake_at()
            moments = [moment for moment in (wake, self._answers[0][0] if self._answers else None) if moment is not None]
            if not moments or min(moments) > end:
                self.now = end
                return
            spins = spins + 1 if min(moments) <= self.now else 0
            if spins > SPINS:
                raise AssertionError(f"the engine asks to be woken at {self.now} again and again, and does nothing")
            self.now = max(self.now, min(moments))

    def records(self, zone: str = "example.com") -> list[dict[str, Any]]:
        """Return the record sets of a zone but its own NS and SOA."""
        found, apex = self.strict.records(self.zones[zone]), f"{zone.removeprefix(PRIVATE)}."
        return [record for record in found if not (record["Type"] in {"NS", "SOA"} and record["Name"] == apex)]

    def values(self, zone: str = "example.com") -> dict[str, list[str]]:
        """Return the values of the zone's record sets that are no TXT, by `name type`."""
        return {
            f"{record['Name'].rstrip('.')} {record['Type']}": [value["Value"] for value in record.get("ResourceRecords", [])]
            for record in self.records(zone)
            if record["Type"] != "TXT"
        }

    def change(self, action: str, record: dict[str, Any], zone: str = "example.com") -> None:
        """Change the zone from outside, as somebody else would, spared by injected faults and our policies; raises ApiError."""
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        faults, self.strict.faults = self.strict.faults, Faults()
        policies, self.strict.policies = self.strict.policies, None
        try:
            self.strict.call("ChangeResourceRecordSets", {"HostedZoneId": self.zones[zone], "ChangeBatch": batch}, self.now)
        finally:
            self.strict.faults, self.strict.policies = faults, policies

    def _step(self) -> None:
        while self._answers and self._answers[0][0] <= self.now:
            _, _, job, outcome = heappop(self._answers)
            self._note(self.engine.settle(job, outcome, self.now))
        jobs = self.engine.take(self.now)
        self.keep()
        for job in jobs:
            if self._witness is not None:
                self._witness(job, self.now)
            self.jobs.append((self.now, job))
            outcome, seconds = self.port.carry_out(job.call, self.now)
            heappush(self._answers, (self.now + seconds, next(self._order), job, outcome))
        self._note(self.engine.facts())

    def _note(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.facts.append((self.now, fact))
            match fact:
                case Withheld(verdict):
                    self.standing[verdict] = None
                case Cleared(verdict):
                    self.standing.pop(verdict, None)
                case _:
                    pass
