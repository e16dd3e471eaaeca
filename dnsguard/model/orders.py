"""Orders: what a person tells the running service to do, or to leave.

*sheet* is NAMESPACE/NAME of the ConfigMap that an order stands in; empty: it came by itself.
"""

from msgspec import Struct

from dnsguard.model.undo import Undone, UndoPlan


class Freeze(Struct, frozen=True, gc=False):
    """Write nothing of a zone (bare id or name), of names (a pattern), or, both empty, of anything.

    *until* is a moment in seconds (None: until a word ends it); *reason* and *by* are for people.
    """

    zone: str = ""
    pattern: str = ""
    until: float | None = None
    reason: str = ""
    by: str = ""
    sheet: str = ""


class Thaw(Struct, frozen=True, gc=False):
    """End the freeze of the same zone, pattern and sheet; where there is none, release what was undone of names that the pattern means.

    With *undone* (a batch or a moment, as it was undone) release what was undone with that; the pattern narrows it.
    """

    zone: str = ""
    pattern: str = ""
    by: str = ""
    sheet: str = ""
    undone: str = ""


class Approve(Struct, frozen=True, gc=False):
    """Let parked deletions of a zone (bare id or name) go.

    Either *checksum* names exactly the parked set that somebody looked at, or at most *most* names may go: those that are
    parked now, and those that come until the moment *until* (None: only those of now).
    """

    zone: str
    checksum: str = ""
    most: int = 0
    until: float | None = None
    by: str = ""
    sheet: str = ""


class Repair(Struct, frozen=True, gc=False):
    """Put back what is wanted of a name that somebody else edited or deleted."""

    name: str
    by: str = ""


class Undo(Struct, frozen=True, gc=False):
    """Turn back what *plan* says, if its checksum is *checksum*; *turns* are the same by name, for the engine."""

    plan: UndoPlan
    turns: tuple[tuple[str, Undone], ...]
    checksum: str
    by: str = ""


Order = Freeze | Thaw | Approve | Repair | Undo


class Reply(Struct, frozen=True, gc=False):
    """What became of an order: whether it was carried out, and one sentence."""

    done: bool
    text: str
