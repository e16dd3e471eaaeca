"""Going back: what undoing changes of the past would do, and what was undone and stays so."""

from typing import Literal

from msgspec import Struct

from dnsguard.model.changes import Change
from dnsguard.model.records import RecordSet

Kind = Literal["undo", "restore"]
"""Of one batch, or of a zone to a moment."""


class Turn(Struct, frozen=True, gc=False, omit_defaults=True):
    """One record set that is to be turned back: to *before* (None: it is to go), where one of *after* stands (None: nothing).

    *resource* is the label for its ownership TXT.
    """

    type: str
    set_id: str
    before: RecordSet | None
    after: tuple[RecordSet | None, ...]
    resource: str = ""


class Undone(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a person ordered to be turned back of one name, at the moment *at*; *what* is the batch, or the moment it goes back to.

    While *under_way*, it stands in the place of what objects ask for; then nothing of the name is written until it is released.
    """

    kind: Kind
    what: str
    turns: tuple[Turn, ...]
    by: str
    at: float
    under_way: bool = True


class Back(Struct, frozen=True, gc=False):
    """What would be changed of one name, ownership TXT included."""

    name: str
    changes: tuple[Change, ...]


class Left(Struct, frozen=True, gc=False):
    """A record set that is left as it is: *why* as one word, and *text* as a sentence that names what stands there."""

    name: str
    type: str
    set_id: str
    why: str
    text: str


class UndoPlan(Struct, frozen=True, gc=False):
    """What going back would do in one zone; *checksum* stands for exactly what would be changed, "" if that is nothing."""

    kind: Kind
    what: str
    zone: str
    zone_name: str
    back: tuple[Back, ...]
    left: tuple[Left, ...]
    checksum: str
