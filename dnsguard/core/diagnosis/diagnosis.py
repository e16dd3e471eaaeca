"""The diagnosis of a stream: every frame goes through the screen, its fields are compared, and what was counted is summed up.

Rules kept here:

- Frames come in order of time, each object listed or added before it is updated; what is updated unseen counts as added.
- What an object was before is kept here, one version of each; nothing grows with the number of frames but counters.
- A list that comes again puts objects where they are, and is no update.
"""

from collections.abc import Iterable

from dnsguard.core.diagnosis.aspects import aspects
from dnsguard.core.diagnosis.churn import Churn
from dnsguard.core.diagnosis.cost import Load, affordable, cost, most_writes, needs
from dnsguard.core.diagnosis.loops import Loops
from dnsguard.core.diagnosis.moves import moves
from dnsguard.core.diagnosis.plain import Table
from dnsguard.core.diagnosis.screen import Judgement, Screen
from dnsguard.core.diagnosis.summary import Summary
from dnsguard.core.diagnosis.turns import Courses
from dnsguard.core.diagnosis.writers import Voices, Writer, writer_of
from dnsguard.core.inventory import Inventory
from dnsguard.model.events import Deleted, Event, Listed, Unreadable, Upserted
from dnsguard.model.findings import Findings
from dnsguard.model.objects import Ref, View
from dnsguard.model.settings import Settings

NOTES = 20
"""Sentences about objects that cannot be understood, at most."""


class Diagnosis:
    """The diagnosis of one stream under *settings*; the *inventory* is that of the *screen*."""

    def __init__(self, settings: Settings, screen: Screen, inventory: Inventory) -> None:
        self._settings = settings
        self._screen = screen
        self._inventory = inventory
        self._objects: dict[Ref, Table] = {}
        self._churn = Churn()
        self._courses = Courses()
        self._voices = Voices()
        self._eager, self._patient, self._undisturbed = Loops(eager=True), Loops(eager=False), Loops(eager=True)
        self._writes = 0
        self._turned_back = 0
        self._notes: dict[str, None] = {}
        self.events = 0

    @property
    def effort(self) -> int:
        """How many names were asked for anew, all updates together: what a replay of the engine would have to plan."""
        return self._screen.effort

    def listed(self, kind: str, found: Iterable[tuple[Event, Table]], now: float) -> None:
        """Take in a list: its objects as events, each with its plain JSON."""
        refs: set[Ref] = set()
        for event, seen in found:
            refs.add(_ref(event))
            self._screen.judge(event, now)
            self._note(event)
            if seen:
                self._see(_ref(event), seen, None, now)
        self._screen.judge(Listed(kind, frozenset(refs)), now)
        for ref in [ref for ref in self._objects if ref.kind == kind and ref not in refs]:
            self._forget(ref)

    def frame(self, event: Upserted[View] | Deleted | Unreadable, seen: Table, now: float) -> None:
        """Take in a frame: its event, and the object in it as plain JSON, empty if it could not be had."""
        ref = _ref(event)
        self.events += 1
        judgement = self._screen.judge(event, now)
        self._note(event)
        turned = False
        if isinstance(event, Deleted):
            self._forget(ref)
        elif seen:
            turned = self._compare(ref, seen, judgement, now)
        self._pass(ref, judgement, now, turned=turned)

    def findings(self, seconds: float, written: int | None = None, notes: Iterable[str] = ()) -> Findings:
        """Sum up a stream of *seconds*; *written* is how many writes a replay of the engine made for it, None: it was too dear."""
        self._screen.catch_up()
        for loops in (self._eager, self._patient, self._undisturbed):
            loops.end(seconds)
        bound = min(self._writes, affordable(self._settings.budget, seconds))
        at_most = written is None and bound > 0
        load = Load(seconds, self._eager, self._patient, self._undisturbed, bound if written is None else written, at_most)
        wanted = needs(self._inventory, self._settings, seconds)
        outside = (f"{wanted.outside} names lie in no zone of the config, and are not counted",) if wanted.outside else ()
        return Summary(self._churn, self._courses, self._voices, self._objects, seconds).findings(
            self.events, self._turned_back, cost(load, wanted, self._settings), (*notes, *self._notes, *outside)
        )

    def _compare(self, ref: Ref, seen: Table, judgement: Judgement, now: float) -> bool:
        try:
            return self._update(ref, seen, judgement, now) if ref in self._objects else self._see(ref, seen, None, now)
        except RecursionError:
            self._add_note(f"{ref} is nested too deeply: its fields are not compared")
            return False

    def _update(self, ref: Ref, seen: Table, judgement: Judgement, now: float) -> bool:
        """Take in an update; return whether it only turned something back to what it was."""
        before = self._objects[ref]
        moved = moves(before, seen)
        writer = writer_of(before, seen, moved)
        self._churn.note(ref, writer, moved, judgement.stopped)
        return self._see(ref, seen, writer, now)

    def _see(self, ref: Ref, seen: Table, writer: Writer | None, now: float) -> bool:
        self._objects[ref] = seen
        self._voices.hear(ref, seen)
        return self._courses.follow(ref, aspects(ref.kind, seen), writer, now)

    def _pass(self, ref: Ref, judgement: Judgement, now: float, *, turned: bool) -> None:
        """Let the loops of external-dns hear of an event."""
        hearing = [self._eager, self._patient]
        self._turned_back += judgement.stopped is None and turned
        if judgement.stopped is None and not turned:
            hearing.append(self._undisturbed)
        for loops in hearing:
            loops.event(now)
            if judgement.stopped is None:
                loops.change(ref, judgement.before, judgement.after)
        if judgement.stopped is None:
            self._writes += most_writes(judgement.names, ended=judgement.ended)

    def _forget(self, ref: Ref) -> None:
        self._objects.pop(ref, None)
        self._courses.forget(ref)

    def _note(self, event: Event) -> None:
        if isinstance(event, Unreadable):
            self._add_note(event.why)

    def _add_note(self, text: str) -> None:
        if len(self._notes) < NOTES:
            self._notes[text] = None


def _ref(event: Event) -> Ref:
    match event:
        case Upserted(view):
            return view.ref
        case Deleted(ref) | Unreadable(ref, _):
            return ref
        case _:
            raise AssertionError(f"{event} tells of no object")
