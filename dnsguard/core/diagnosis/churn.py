"""Churn: who wrote how many updates of which kind, what moved in them, and who answered whom.

Rules kept here:

- A writer is a kind, a manager and the controllers in whose name it wrote.
- Only updates count here: an object that comes or goes is no churn.
- Two writers take turns where each writes the same object's status right after the other.
"""

from collections import Counter

from dnsguard.core.diagnosis.moves import CLOCK, COUNT, WORDS, Move
from dnsguard.core.diagnosis.writers import Writer
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.findings import Sign
from dnsguard.model.objects import Ref

Key = tuple[str, Writer]
EDITED = frozenset({"generation", "observedGeneration"})
"""What moves when a person edits a spec, and when a controller has followed."""


class Tale:
    """What one writer did to one kind."""

    __slots__ = ("characters", "objects", "relevant", "stopped", "useless")

    def __init__(self) -> None:
        self.objects: Counter[Ref] = Counter()
        self.stopped: Counter[Stop | None] = Counter()
        self.useless: Counter[str] = Counter()
        self.relevant: Counter[str] = Counter()
        self.characters: Counter[Sign] = Counter()

    def add(self, other: "Tale") -> None:
        """Take in what *other* tells."""
        self.objects += other.objects
        self.stopped += other.stopped
        self.useless += other.useless
        self.relevant += other.relevant
        self.characters += other.characters

    @property
    def updates(self) -> int:
        """All updates."""
        return self.stopped.total()

    @property
    def useless_updates(self) -> int:
        """Those that DNS cannot see."""
        return self.updates - self.stopped[None]


class Churn:
    """The tales of all writers."""

    def __init__(self) -> None:
        self.tales: dict[Key, Tale] = {}
        self.turns: dict[tuple[str, frozenset[Writer]], Counter[Ref]] = {}
        self._last: dict[Ref, Writer] = {}

    def note(self, ref: Ref, writer: Writer, moved: tuple[Move, ...], stopped: Stop | None) -> None:
        """Take in one update."""
        tale = self.tales.setdefault((ref.kind, writer), Tale())
        tale.objects[ref] += 1
        tale.stopped[stopped] += 1
        fields = tale.relevant if stopped is None else tale.useless
        fields.update(map(str, moved))
        sign = None if stopped is None else character(moved)
        if sign is not None:
            tale.characters[sign] += 1
        if all(move.path[:1] == ("status",) for move in moved):
            self._take_turn(ref, writer)

    def _take_turn(self, ref: Ref, writer: Writer) -> None:
        last = self._last.get(ref)
        self._last[ref] = writer
        if last is not None and last != writer:
            self.turns.setdefault((ref.kind, frozenset((last, writer))), Counter())[ref] += 1


def character(moved: tuple[Move, ...]) -> Sign | None:
    """Return what kind of useless update it is that moves these fields; None if it is an edit, or an answer to one."""
    if any(move.field in EDITED for move in moved):
        return None
    orders = any(move.nature == "order" for move in moved)
    fields = {move.field for move in moved if move.nature != "order"}
    if fields <= {CLOCK}:
        return Sign.REORDERED if orders else Sign.RESTAMPED
    if fields <= {CLOCK, COUNT}:
        return Sign.COUNTED
    return Sign.REWORDED if fields <= {CLOCK} | WORDS else Sign.OTHERWISE
