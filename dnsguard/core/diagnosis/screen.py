"""The screen: what DNS sees of each event, decided by the engine's own gates and by nothing else.

Rules kept here:

- An event is useless if gate 1 stops it, or if nothing that it touches asks for something else (gate 2: resolver and
  inventory, as `core/intake` joins them, a change of a parent carried to all of its routes at once).
- Two writers that turn one parent to and fro make the same few steps again and again. While no other object changes, a step
  that was judged before has the same judgement, and its routes are not resolved again: what was passed over is made up for as
  soon as anything else changes.
"""

from msgspec import Struct

from dnsguard.core.gate import Gate
from dnsguard.core.intake import Intake
from dnsguard.model.events import Deleted, Event, Listed, Unreadable, Upserted
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.objects import Ref, RouteView, View

SLICE = 64
"""Routes that are resolved in one go."""
KNOWN = 16
"""Steps of one parent that are remembered."""


class Judgement(Struct, frozen=True):
    """What DNS sees of an event: where it was *stopped* (None: nowhere), the view *before* and *after* where they differ.

    *names* is how many names now ask for something else; *ended*: some claim of them may have ended.
    """

    stopped: Stop | None
    names: int = 0
    ended: bool = False
    before: View | None = None
    after: View | None = None


class Screen:
    """The gates; *front* and *intake* are both new, and of one configuration; *behind* is the gate that the intake has."""

    def __init__(self, front: Gate, behind: Gate, intake: Intake) -> None:
        self._front = front
        self._behind = behind
        self._intake = intake
        self._turning: Ref | None = None
        self._steps: list[Judgement] = []
        self._passed_over: tuple[Upserted[View], float] | None = None
        self.effort = 0

    def judge(self, event: Event, now: float) -> Judgement:
        """Take in an event and tell what DNS sees of it."""
        match event:
            case Upserted(view):
                return self._upserted(event, view, now)
            case Deleted(ref):
                before = self._front.views.get(ref)
                self._front.forget(ref)
                return self._all_anew(event, now, before, None)
            case Unreadable():
                self._ask(event, now)
                return Judgement(Stop.SAME_VIEW)
            case Listed(kind):
                found = self._all_anew(event, now, None, None)
                for ref in [ref for ref in self._front.views if ref.kind == kind and ref not in self._behind.views]:
                    self._front.forget(ref)
                return found
            case _:
                return self._all_anew(event, now, None, None)

    def catch_up(self) -> None:
        """Make up for what was passed over, so that the inventory is that of this moment."""
        self._turning = None
        if self._passed_over is not None:
            event, at = self._passed_over
            self._passed_over = None
            self._ask(event, at)

    def _upserted(self, event: Upserted[View], view: View, now: float) -> Judgement:
        before = self._front.views.get(view.ref)
        after = self._front.admit(view)
        if after is None:
            return Judgement(Stop.SAME_VIEW)
        if isinstance(view, RouteView):
            return self._all_anew(event, now, before, after)
        if self._turning != view.ref:
            self.catch_up()
            self._turning, self._steps = view.ref, []
        for step in self._steps:
            if step.before == before and step.after == after:
                self._passed_over = event, now
                self.effort += step.names
                return step
        return self._new_step(event, now, before, after)

    def _new_step(self, event: Upserted[View], now: float, before: View | None, after: View) -> Judgement:
        turning = self._turning
        self.catch_up()
        self._turning = turning
        found = self._judged(event, now, before, after)
        self._steps = [*self._steps[-KNOWN:], found]
        return found

    def _all_anew(self, event: Event, now: float, before: View | None, after: View | None) -> Judgement:
        self.catch_up()
        return self._judged(event, now, before, after)

    def _judged(self, event: Event, now: float, before: View | None, after: View | None) -> Judgement:
        names = self._ask(event, now)
        self.effort += len(names)
        return Judgement(None if names else Stop.SAME_WISH, len(names), not all(names.values()), before, after)

    def _ask(self, event: Event, now: float) -> dict[str, bool]:
        """Return the names that the event touched, each with whether only a status touched it."""
        _, touched = self._intake.observe(event, now)
        while self._intake.busy:
            _, more = self._intake.work(SLICE)
            touched = [*touched, *more]
        names: dict[str, bool] = {}
        for touch in touched:
            for name, calm in touch.names.items():
                names[name] = names.get(name, True) and calm
        return names
