"""Findings: what a diagnosis of a stream found, as values for a report.

Seconds are those of the stream. A writer is spelt as a person reads it: the manager of managedFields, and in brackets the
controllers in whose name it wrote.
"""

import enum

from msgspec import Struct


class Sign(enum.Enum):
    """What a stream shows of a writer; known bugs are told by such signs."""

    RESTAMPED = "only timestamps move"
    REORDERED = "only the order of lists moves"
    REWORDED = "only messages and reasons move"
    COUNTED = "only attachedRoutes moves"
    OTHERWISE = "something else moves that DNS cannot see"
    STORM = "one object is written again and again"
    RIVALS = "two writers take turns on the same objects"
    ADDRESSES_TURN = "an address goes back and forth"
    PARENTS_TURN = "entries of status.parents come and go"
    CONDITIONS_TURN = "conditions go back and forth"
    MESSAGES_TURN = "messages go back and forth"
    ADDRESSES_LOST = "addresses vanish"
    PARENTS_LOST = "status.parents is emptied"
    ALL_REFUSED = "most routes are no longer accepted"


class Moved(Struct, frozen=True):
    """A field that a writer moved, in how many *useless* updates and in how many *relevant* ones."""

    field: str
    useless: int
    relevant: int


class Writing(Struct, frozen=True):
    """What one writer wrote of one kind: updates, and where those that are *useless* to DNS were stopped.

    *busiest* is the object it wrote most often, *busiest_per_second* how often.
    """

    kind: str
    writer: str
    manager: str
    controllers: tuple[str, ...]
    updates: int
    useless: int
    same_view: int
    same_wish: int
    objects: int
    per_second: float
    busiest: str
    busiest_per_second: float
    moved: tuple[Moved, ...]


class Side(Struct, frozen=True):
    """One value of a contest: how often it was written, how many seconds it stood in all, and who wrote it."""

    value: str
    times: int
    seconds: float
    writers: tuple[str, ...]


class Contest(Struct, frozen=True):
    """A field of *objects* objects that goes back and forth between values, *turns* times in all.

    *one_name*: every side was written under one name, so it is two installs of one program, or one that cannot decide.
    """

    kind: str
    field: str
    objects: int
    examples: tuple[str, ...]
    turns: int
    sides: tuple[Side, ...]
    writers: tuple[str, ...]
    one_name: bool


class Rivalry(Struct, frozen=True):
    """Two writers that took *turns* writing the status of *objects* objects."""

    kind: str
    writers: tuple[str, str]
    objects: int
    examples: tuple[str, ...]
    turns: int


class Loss(Struct, frozen=True):
    """A field that *writer* emptied, so that nothing can be published: of *objects* objects, *times* in all.

    *longest* is in seconds; *still_lost* is how many objects had not recovered at the end.
    """

    kind: str
    field: str
    writer: str
    objects: int
    examples: tuple[str, ...]
    times: int
    longest: float
    still_lost: int


class Evidence(Struct, frozen=True):
    """One sign, of a kind and of writers, each by all its *names*; *text* says what was seen."""

    sign: Sign
    kind: str
    writers: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    text: str


class Bug(Struct, frozen=True):
    """A bug that somebody reported: where, which versions have it, which is without it ("" where none is known)."""

    project: str
    reference: str
    url: str
    what: str
    affected: str
    fixed: str
    meanwhile: str


class Suspicion(Struct, frozen=True):
    """A bug that some evidence looks like."""

    bug: Bug
    kinds: tuple[str, ...]
    writers: tuple[str, ...]
    because: tuple[str, ...]


class Bill(Struct, frozen=True):
    """What one program spends in an hour if the stream goes on like this; *at_most*: the writes are a bound."""

    program: str
    reads: float
    writes: float
    at_most: bool = False

    @property
    def calls(self) -> float:
        """Reads and writes together."""
        return self.reads + self.writes


class Cost(Struct, frozen=True):
    """Route53 calls an hour: the *bills*, what of the first is for *noise*, and the *assumptions*.

    Noise is what changes nothing that DNS can see, or only turns a value back to what it was.
    *limits* are the account's requests a second, the old rule and the new one.
    """

    hosts: int
    record_sets: int
    zones: int
    bills: tuple[Bill, ...]
    noise: float
    limits: tuple[float, ...]
    assumptions: tuple[str, ...]


class KindSum(Struct, frozen=True):
    """All updates of one kind."""

    kind: str
    updates: int
    useless: int
    objects: int
    per_second: float


class Findings(Struct, frozen=True):
    """All that was found in *seconds* of a stream; *events* are updates, additions and deletions.

    Of the updates, *useless* change nothing that DNS can see, and *turned_back* only turn a value back to what it was. *unknown*
    is evidence about writers that no known bug looks like; *notes* are what kept the diagnosis from being whole.
    """

    seconds: float
    events: int
    updates: int
    useless: int
    turned_back: int
    kinds: tuple[KindSum, ...]
    writings: tuple[Writing, ...]
    contests: tuple[Contest, ...]
    rivalries: tuple[Rivalry, ...]
    losses: tuple[Loss, ...]
    suspicions: tuple[Suspicion, ...]
    unknown: tuple[Evidence, ...]
    cost: Cost
    notes: tuple[str, ...] = ()
