"""The recent past: when a name was sent last, and what became of it.

Rules kept here:

- At most `MOST` names are remembered, those that were sent last.
- Of a batch that was refused a name remembers what was said of it, or else that it went down with others.
"""

from collections import OrderedDict

from msgspec import Struct

from dnsguard.core.lane import Flight, Part
from dnsguard.model.changes import Accepted, Change, Outcome, Refused, Uncertain

MOST = 10_000
"""Names that are remembered."""


class Sent(Struct, frozen=True):
    """What was sent of a name at the moment *at*, and what became of it: the outcome's word and *text*."""

    at: float
    changes: tuple[Change, ...]
    outcome: str
    text: str = ""


class Recent:
    """The names of all zones that were sent last."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sent: OrderedDict[tuple[str, str], Sent] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sent)

    def settled(self, zone: str, flight: Flight, outcome: Outcome) -> None:
        """Take in what became of a batch of *zone* (bare id)."""
        word = type(outcome).__name__.lower()
        for part in flight.parts:
            self._note(zone, part, flight.left, word, _text(part, outcome))

    def found(self, zone: str, flight: Flight, *, carried_out: bool) -> None:
        """Take in what a read told of a batch whose fate was uncertain."""
        word, text = ("accepted", "a read found it") if carried_out else ("uncertain", "a read did not find it")
        for part in flight.parts:
            self._note(zone, part, flight.left, word, text)

    def of(self, zone: str, name: str) -> Sent | None:
        """Return when *name* was sent last, if that is remembered."""
        return self._sent.get((zone, name))

    def _note(self, zone: str, part: Part, left: float, word: str, text: str) -> None:
        key = zone, part.entry.name
        self._sent[key] = Sent(left, tuple(change for unit in part.units for change in unit), word, text)
        self._sent.move_to_end(key)
        if len(self._sent) > self._most:
            self._sent.popitem(last=False)


def _text(part: Part, outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return ""
        case Refused(refusals):
            named = [refusal.text for refusal in refusals if refusal.name in part.names()]
            if named:
                return named[0]
            alone = not any(refusal.name for refusal in refusals)
            return refusals[0].text if alone else "another name of the same batch was refused"
        case Uncertain(text):
            return f"{text}: a read will tell" if text else "a read will tell"
        case _:
            return outcome.text
