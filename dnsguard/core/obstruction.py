"""Obstruction: what keeps a plan from being sent although it is allowed and possible.

Rules kept here:

- Under the policy shadow, and in a dry run, nothing is sent. Under shadow nothing corrects an old view by being refused, so
  what would be sent is looked at again after a back-off: whoever writes the zone may have done it meanwhile.
- What a person froze is not sent, nor what a person turned back, until it is released.
- Whoever asks again and again for what was refused does not end a quarantine by not asking for a moment (`patient`).
- What Route53 refused is not sent again while the plan is the same: stale plans are quarantined when a new read yields
  them again, and a quarantine ends with another plan or after its back-off.
- What was put back `AGAIN` times and is gone, or changed, again is quarantined before it is put back once more.
- While a zone is full, what makes it grow is parked.
"""

from heapq import heappop, heappush
from random import Random

from dnsguard.core import said
from dnsguard.core.backoff import LOOK, QUARANTINE
from dnsguard.core.freezes import Freezes
from dnsguard.core.inventory import NEVER
from dnsguard.core.lane import Lane, State, grows
from dnsguard.core.ledger import keys_of
from dnsguard.core.plan import Plan
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.settings import Settings

AGAIN = 3
"""How often a record set that somebody else deletes or changes is put back at once."""


class Obstruction:
    """Decides what stands in the way of plans; *dry*: nothing is ever sent.

    *patient*: what was refused is remembered until its back-off is over although nothing is planned any more.
    """

    def __init__(self, settings: Settings, freezes: Freezes, chance: Random, *, dry: bool, patient: bool = False) -> None:
        self._patient = patient
        self._shadow = dry or settings.policy == "shadow"
        self._looks = settings.policy == "shadow"
        self._to_look: list[tuple[float, str, str]] = []
        self._freezes = freezes
        self._chance = chance

    def next_look(self) -> float | None:
        """Return when something is to be looked at again that shadow would send."""
        return self._to_look[0][0] if self._to_look else None

    def look(self, now: float) -> tuple[float, str, str] | None:
        """Return a group, by moment, zone id and name, that is to be looked at again now; None if there is none."""
        return heappop(self._to_look) if self._to_look and self._to_look[0][0] <= now else None

    def of(self, lane: Lane, name: str, state: State, plan: Plan, now: float) -> Verdict | None:
        """Return what keeps *plan* from being sent at *now*, None if nothing does."""
        lane.parked.pop(name, None)
        undone = lane.undone.get(name)
        if undone is not None and not undone.under_way:
            state.forgive()
            return _verdict(lane, name, Reason.UNDONE, said.undone(undone, name, (held.value for held in lane.ledger.at(name))))
        if not plan.units:
            if not self._patient or now >= state.retry_at:
                state.forgive()
            state.looks = 0
            return None
        return self._of_plan(lane, name, state, plan, now)

    def _of_plan(self, lane: Lane, name: str, state: State, plan: Plan, now: float) -> Verdict | None:
        if self._shadow:
            self._look_again(lane, name, state, now)
            return _verdict(lane, name, Reason.SHADOW, said.summary(plan.units))
        freeze = self._freezes.over(lane.zone, name, now)
        if freeze is not None:
            return _verdict(lane, name, Reason.FROZEN, said.frozen(freeze), NEVER if freeze.until is None else freeze.until)
        self._judge_refusals(lane, state, plan, now)
        if state.refused is not None and now < state.retry_at:
            return _verdict(lane, name, Reason.QUARANTINED, state.why, state.retry_at)
        if now < lane.full_until and grows(plan.units):
            lane.parked[name] = None
            return _verdict(lane, name, Reason.ZONE_FULL, f"zone {lane.zone.name} is full", lane.full_until)
        return None

    def _look_again(self, lane: Lane, name: str, state: State, now: float) -> None:
        if state.look_at <= now:
            state.looks += 1
            state.look_at = now + LOOK.delay(state.looks, self._chance)
            if self._looks:
                heappush(self._to_look, (state.look_at, lane.zone.id, name))

    def _judge_refusals(self, lane: Lane, state: State, plan: Plan, now: float) -> None:
        """Begin a quarantine that is due, and end one whose plan is another now."""
        if state.suspect is not None and not any(name in lane.ledger.unknown for name in names_of(plan)):
            if plan.units == state.suspect:
                why = "Route53 refused it as stale, and a new read shows nothing else"
                state.quarantine(plan.units, why, now + QUARANTINE.delay(state.failures + 1, self._chance))
            else:
                state.suspect = None
        if state.refused is not None and plan.units != state.refused:
            state.forgive()
        if state.refused is None and (times := _times_restored(lane, plan)) >= AGAIN:
            why = f"it was put back {times} times, and somebody else takes it away again and again"
            state.quarantine(plan.units, why, now + QUARANTINE.delay(times - AGAIN + 1, self._chance))


def names_of(plan: Plan) -> set[str]:
    """Return every name that the changes of *plan* concern, TXT included."""
    return {key[0] for unit in plan.units for change in unit for key in keys_of(change)}


def _times_restored(lane: Lane, plan: Plan) -> int:
    """Return how often the record set of *plan* that was put back most often was, if it is to be put back once more."""
    ledger = lane.ledger
    if not ledger.restored:
        return 0
    keys = (key for unit in plan.units for change in unit for key in keys_of(change))
    return max((ledger.restored[key] for key in keys if key in ledger.edited or key in ledger.lost.get(key[0], ())), default=0)


def _verdict(lane: Lane, name: str, reason: Reason, text: str, until: float = NEVER) -> Verdict:
    verdicts = Verdicts(lane.zone.id, name)
    verdicts.add("", "", reason, text, until)
    return verdicts.all()[0]
