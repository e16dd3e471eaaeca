"""Disputes: a status that is turned back and forth, and the value that is published meanwhile.

Rules kept here:

- What is looked at are the addresses that a Gateway's status publishes: nothing else of a status turns what its routes
  want from one value to another. A status without addresses is none of them: that is a hold.
- A turn is a value that comes back after another one took its place, with the spec as it was. So many turns within
  `guard.flap.window` as `guard.flap.turns` says make the object contested. A value that was not seen before, or that
  comes back for the first time, is taken at once; an edit of the object's spec, labels or annotations ends everything.
- A contested object publishes the value that stood longest within the window; the one in force gives way only to one that
  stood at least twice as long, so that two equals do not take turns after all.
- A window without a turn ends it: then the last value is published.
- Because the object is damped where it comes in, a dispute costs nothing further in, however many routes depend on it; an
  edit of such a route is carried out at once, with the value in force.
"""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from dnsguard.model.facts import Contested, Fact, Settled, Side
from dnsguard.model.objects import Address, GatewayStatus, GatewayView, Ref, View
from dnsguard.model.settings import Flap

REMEMBERED = 256
"""Stretches of one value that are looked back at: a fight of 40 writes a second is judged by its last 6 seconds."""
CLEARLY = 2.0
"""How many times as long as the value in force another one has to have stood."""

Value = tuple[str, ...]


class Stretch(Struct):
    """One value as it stood from *since* on; *writers* are the managers that wrote the status."""

    value: Value
    since: float
    writers: tuple[str, ...]


class History:
    """What one object's status published."""

    def __init__(self, view: GatewayView, first: Stretch, turns: int) -> None:
        self.view = view
        self.stretches: deque[Stretch] = deque([first], REMEMBERED)
        self.turns: deque[float] = deque(maxlen=turns)
        self.published: GatewayStatus | None = None

    def stood(self, now: float, window: float) -> dict[Value, float]:
        """Return for how many seconds of the window each value stood."""
        found: dict[Value, float] = {}
        until = now
        for stretch in reversed(self.stretches):
            since = max(stretch.since, now - window)
            found[stretch.value] = found.get(stretch.value, 0.0) + until - since
            until = since
            if since > stretch.since:
                break
        return found

    def sides(self) -> tuple[Side, ...]:
        """Return the values that fight, each with who wrote it."""
        writers: dict[Value, dict[str, None]] = {}
        for stretch in self.stretches:
            writers.setdefault(stretch.value, {}).update(dict.fromkeys(stretch.writers))
        return tuple(Side(value, tuple(sorted(names))) for value, names in sorted(writers.items()))


class Disputes:
    """Watches the statuses of Gateways, and stands between them and what is in force."""

    def __init__(self, flap: Flap) -> None:
        self._turns = flap.turns
        self._window = float(flap.window)
        self._known: dict[Ref, History] = {}
        self._contested: dict[Ref, History] = {}
        self.facts: list[Fact] = []

    def facts_since(self) -> list[Fact]:
        """Hand over what happened since the last call."""
        facts, self.facts = self.facts, []
        return facts

    def contested(self) -> dict[Ref, tuple[Value, tuple[Side, ...]]]:
        """Return the objects under dispute: what they publish, and the sides."""
        return {ref: dispute for ref in self._contested if (dispute := self.about(ref)) is not None}

    def __iter__(self) -> Iterator[Ref]:
        return iter(self._contested)

    def __len__(self) -> int:
        return len(self._contested)

    def about(self, ref: Ref) -> tuple[Value, tuple[Side, ...]] | None:
        """Return what an object publishes while it is contested, and the sides; None if it is not."""
        history = self._contested.get(ref)
        return None if history is None or history.published is None else (_value(history.published), history.sides())

    def calm_at(self, ref: Ref) -> float:
        """Return when the dispute of a contested object is over if nothing turns until then."""
        return self._contested[ref].turns[-1] + self._window

    def damp(self, wide: GatewayView, view: View, now: float) -> View:
        """Return what is to be in force of *view*, which is *wide* reduced."""
        assert isinstance(view, GatewayView)
        value, writers = _value(view.status), wide.writers
        history = self._known.get(view.ref)
        if not self._turns or (history is None and not value):
            return view
        if history is None or not _same_spec(history.view, view):
            self._end(view.ref, "its spec was edited")
            self._known.pop(view.ref, None)
            if value:
                self._known[view.ref] = History(view, Stretch(value, now, writers), self._turns)
            return view
        history.view = view
        if value and value != history.stretches[-1].value:
            self._turn(view.ref, history, Stretch(value, now, writers), now)
        return self._in_force(view, history)

    def forget(self, ref: Ref) -> None:
        """Forget an object that is gone."""
        self._end(ref, "it was deleted")
        self._known.pop(ref, None)

    def next_end(self) -> float | None:
        """Return when the next dispute is over if nothing turns until then."""
        return min(map(self.calm_at, self._contested), default=None)

    def settle(self, now: float) -> list[GatewayView]:
        """End the disputes that are over; return the objects as they are now to be in force."""
        over = [ref for ref in self._contested if self.calm_at(ref) <= now]
        views = [self._contested[ref].view for ref in over]
        for ref in over:
            self._end(ref, "it has been calm")
        return views

    def _turn(self, ref: Ref, history: History, stretch: Stretch, now: float) -> None:
        if stretch.value in history.stood(now, self._window):
            history.turns.append(now)
        history.stretches.append(stretch)
        turns = history.turns
        if history.published is None and len(turns) == self._turns and turns[0] > now - self._window:
            # What is in force is what stood before this turn.
            inforce = history.stretches[-2].value
            history.published = _status(_longest(history.stood(now, self._window), inforce))
            self._contested[ref] = history
            self.facts.append(Contested(ref, _value(history.published), history.sides()))
        elif history.published is not None:
            inforce = _value(history.published)
            longest = _longest(history.stood(now, self._window), inforce)
            if longest != inforce:
                history.published = _status(longest)

    @staticmethod
    def _in_force(view: GatewayView, history: History) -> GatewayView:
        return view if history.published is None else replace(view, status=history.published)

    def _end(self, ref: Ref, why: str) -> None:
        history = self._contested.pop(ref, None)
        if history is not None:
            history.published = None
            history.turns.clear()
            self.facts.append(Settled(ref, why))


def _longest(stood: dict[Value, float], inforce: Value) -> Value:
    """Return the value that stood longest; the one in force unless another stood clearly longer."""
    longest = max(sorted(stood), key=lambda value: stood[value])
    return longest if stood[longest] > CLEARLY * stood.get(inforce, 0.0) else inforce


def _value(status: GatewayStatus | None) -> Value:
    return tuple(sorted({address.value for address in (status.addresses if status else None) or ()}))


def _status(value: Value) -> GatewayStatus:
    return GatewayStatus(tuple(Address(each) for each in value))


def _same_spec(one: GatewayView, other: GatewayView) -> bool:
    return (one.spec, one.labels, one.annotations) == (other.spec, other.labels, other.annotations)
