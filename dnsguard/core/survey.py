"""The survey: which lanes there are, from rounds of looking for zones in every account.

Rules kept here:

- Every account is asked once at the start, and again every hour; a round that fails is begun again after a back-off.
- An account that fails from the start keeps back only the names that its entries may mean: the zones of the others are used.
- A zone that two entries match belongs to the first of them, whichever account found it.
- A zone that is no longer found leaves with all that was known and said of it; one that is new is read before it is written.
"""

from random import Random

from dnsguard.core.accounts import accounts_of
from dnsguard.core.backoff import DENIED, UNAVAILABLE
from dnsguard.core.discovery import Discovery
from dnsguard.core.lane import Lane
from dnsguard.core.permissions import explained
from dnsguard.core.zones import Zones
from dnsguard.model.changes import Accepted, Call, GetZone, ListTags, Outcome, Refused, Throttled, Why
from dnsguard.model.facts import Alert, Cleared, Fact, ZonesFound
from dnsguard.model.records import Zone
from dnsguard.model.settings import Settings

EVERY = 3600.0
"""Seconds between two rounds."""


class Survey:
    """The zones in use, and their lanes."""

    def __init__(self, settings: Settings, zones: Zones, chance: Random) -> None:
        self.zones = zones
        self.lanes: dict[str, Lane] = {}
        self.known = False
        self._sought: tuple[int, ...] = ()
        self._debounce = settings.debounce
        self._deletes = settings.guard.deletes
        self._policy = settings.policy
        self._chance = chance
        self._domains = [entry.domains for entry in settings.zones]
        accounts = accounts_of(settings.zones)
        self._entries = [[number for number, entry in enumerate(settings.zones) if account.serves(entry)] for account in accounts]
        self._rounds = [Discovery([(number, settings.zones[number]) for number in numbers]) for numbers in self._entries]
        self._due = [0.0] * len(self._rounds)
        self._failures = [0] * len(self._rounds)
        self._under_way = [False] * len(self._rounds)

    def __len__(self) -> int:
        return len(self._rounds)

    @property
    def complete(self) -> bool:
        """Whether the zones of every account were found at least once."""
        return all(round_.found is not None for round_ in self._rounds)

    def called(self, text: str) -> list[Lane]:
        """Return the lanes of the zones that *text* names, by bare id, or by name."""
        if text in self.lanes:
            return [self.lanes[text]]
        name = text.lower().removesuffix(".")
        return [lane for lane in self.lanes.values() if lane.zone.name == name]

    def failing(self) -> bool:
        """Return whether some account's zones could not be found the last time."""
        return any(self._failures)

    def due(self, account: int) -> float | None:
        """Return when the account's next call may leave; None while one is under way."""
        return None if self._under_way[account] else self._due[account]

    def next_call(self, account: int) -> Call:
        """Start the account's next call."""
        round_ = self._rounds[account]
        if round_.complete:
            round_.restart()
        call = round_.next_call()
        assert call is not None
        self._under_way[account] = True
        return call

    def settle(self, account: int, call: Call, outcome: Outcome, now: float) -> tuple[list[Fact], bool]:
        """Take in an answer; return what happened, and whether the lanes are other ones now."""
        self._under_way[account] = False
        round_ = self._rounds[account]
        match outcome:
            case Accepted(result):
                round_.take_in(call, result)
            case Refused(refusals) if isinstance(call, GetZone) and refusals[0].why is Why.NO_ZONE:
                round_.no_such_zone()
            case Throttled():
                return [], False
            case _:
                return self._use(self._failed(account, call, outcome, now))
        self._failures[account] = 0
        if round_.next_call() is not None:
            return [], False
        self._due[account] = now + EVERY
        facts: list[Fact] = [
            Alert(f"no-zone {zone}", f"zone {zone} of the config does not exist, or is not one that its entry means")
            for zone in round_.missing
        ]
        return self._use(facts)

    def _use(self, facts: list[Fact]) -> tuple[list[Fact], bool]:
        lacking = [account for account, round_ in enumerate(self._rounds) if round_.found is None]
        if len(lacking) == len(self._rounds) or not all(self._failures[account] for account in lacking):
            return facts, False
        sought = tuple(number for account in lacking for number in self._entries[account])
        every = [(zone, account) for account, round_ in enumerate(self._rounds) for zone in round_.found or ()]
        found = {zone.id: (zone, account) for zone, account in sorted(every, key=lambda pair: pair[0].entry, reverse=True)}
        zones = {zone for zone, _ in found.values()}
        changed = not self.known or sought != self._sought or zones != {lane.zone for lane in self.lanes.values()}
        if changed:
            self._sought = sought
            self.zones.use(zones, sought)
            lanes = {}
            for zone in self.zones.by_id.values():
                lane = self.lanes.get(zone.id)
                lanes[zone.id] = lane if lane is not None and lane.zone == zone else self._lane(zone, found[zone.id][1])
            for lane in lanes.values():
                lane.unplanned.add(lane.awaiting)
                lane.awaiting.clear()
            gone = [lane for zone, lane in self.lanes.items() if lanes.get(zone) is not lane]
            facts += [Cleared(verdict) for lane in gone for state in lane.states.values() for verdict in state.verdicts]
            self.lanes = lanes
            facts.append(ZonesFound(tuple((z.id, z.name, "private" if z.private else "public") for z in self.zones.by_id.values())))
            if not lanes and not sought:
                facts.append(Alert("no-zones", "no hosted zone matches any zone entry of the config: nothing can be written"))
        self.known = True
        return facts, changed

    def _lane(self, zone: Zone, account: int) -> Lane:
        return Lane(zone, account, self._debounce, self._deletes)

    def _failed(self, account: int, call: Call, outcome: Outcome, now: float) -> list[Fact]:
        self._failures[account] += 1
        self._rounds[account].restart()
        refused = isinstance(outcome, Refused)
        backoff = DENIED if refused else UNAVAILABLE
        self._due[account] = now + backoff.delay(self._failures[account], self._chance)
        text = explained(outcome.refusals[0], type(call), self._policy) if isinstance(outcome, Refused) else getattr(outcome, "text", "")
        return [Alert(f"no-survey {account}", f"{_trouble(call)}: {text}{self._kept_back(account)}")]

    def _kept_back(self, account: int) -> str:
        """Return which names wait for the account, where others do not."""
        if len(self._rounds) == 1 or self._rounds[account].found is not None:
            return ""
        domains = {domain for number in self._entries[account] for domain in self._domains[number] or ("every domain",)}
        return f"; names in {', '.join(sorted(domains))} wait for that"


def _trouble(call: Call) -> str:
    match call:
        case GetZone(zone):
            return f"the hosted zone {zone} cannot be looked up"
        case ListTags():
            return "the tags of hosted zones cannot be read"
        case _:
            return "the hosted zones cannot be listed"
