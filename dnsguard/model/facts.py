"""Facts: what happened, as values. Telemetry turns them into log lines and metrics, reports count them."""

import enum

from msgspec import Struct

from dnsguard.model.changes import Call, Change, Outcome
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze, Order, Reply


class Gate(enum.Enum):
    """Where an event was stopped."""

    SAME_VIEW = "same-view"
    """Gate 1: no field that DNS can depend on differs."""
    SAME_WISH = "same-wish"
    """Gate 2: the view differs, and still asks for the same claims and contributions."""


class Reason(enum.Enum):
    """Why something that was asked for, or is no longer asked for, is not (yet) carried out."""

    HELD = "held"
    """Status stopped publishing what a spec still claims: the last value stays."""
    GRACE = "grace"
    """A deletion waits out `guard.delete_grace`."""
    DOUBTFUL = "doubtful"
    """The object vanished without proof, from a list that fell suspiciously or by becoming unreadable."""
    ORPHAN = "orphan"
    """Ours by its TXT, and no claim was ever seen for it."""
    OTHER_SOURCE = "other-source"
    """Ours by its TXT, which names a kind or namespace outside the configured sources."""
    FOREIGN = "foreign"
    """Somebody else's, or nobody's as far as a TXT can tell."""
    EDITED = "edited"
    """Ours, and changed by somebody else since it was confirmed."""
    UNOWNABLE = "unownable"
    """No ownership TXT can be written for it in its zone."""
    IMPOSSIBLE = "impossible"
    """Something that stays in the zone excludes it."""
    OCCLUDED = "occluded"
    """Ours, in a zone that is no longer the one its name belongs to."""
    POLICY = "policy"
    """The policy forbids the change."""
    SHADOW = "shadow"
    """The policy is shadow: this is what would be sent."""
    QUARANTINED = "quarantined"
    """Route53 refused the change; it is tried again later."""
    ZONE_FULL = "zone-full"
    """The zone holds as many record sets as it may."""
    INVALID = "invalid"
    """The wish itself cannot be a record set."""
    CONFLICT = "conflict"
    """Another object's wish for the same row was preferred."""
    PARKED = "parked"
    """More deletions are pending than `guard.deletes` lets pass: a person has to approve them."""
    FROZEN = "frozen"
    """A person's word: nothing is written for a while."""
    TARGET = "target"
    """`guard.targets`: the target must not take the place of the one that stands."""
    UNDONE = "undone"
    """A person's word: it was turned back to what it was, and stays so until it is released."""
    MISSING = "missing"
    """Ours, and deleted by somebody else; `drift.missing` says to report it."""
    NO_ZONE = "no-zone"
    """No zone in use holds this name."""


class Verdict(Struct, frozen=True, gc=False):
    """What stands in the way of one row, for people.

    *zone* is a bare id ("" where no zone is concerned), *type* "" where the whole row is meant; *way_out* says what ends
    it; *until* is the moment at which it ends by itself (None: it does not).
    """

    zone: str
    name: str
    type: str
    set_id: str
    reason: Reason
    text: str
    way_out: str
    until: float | None = None


class Stopped(Struct, frozen=True, gc=False):
    """An event changed nothing that DNS can see."""

    ref: Ref
    gate: Gate


class Absorbed(Struct, frozen=True, gc=False):
    """An event was taken in and may change *names* names, or is to be spread over *dependents* objects."""

    ref: Ref
    names: int
    dependents: int = 0


class Misunderstood(Struct, frozen=True, gc=False):
    """An object, or a part of one, cannot be understood; the rest of it counts, its records stay."""

    ref: Ref
    text: str


class SourceListed(Struct, frozen=True, gc=False):
    """A kind was listed completely; *missing* of the objects known before were not in it."""

    kind: str
    objects: int
    missing: int = 0


class SourceFailed(Struct, frozen=True, gc=False):
    """A kind cannot be listed or watched."""

    kind: str
    text: str


class SourceTroubled(Struct, frozen=True, gc=False):
    """A kind could not be read for a moment, or a part of what came meant nothing; it is tried again in *wait* seconds."""

    kind: str
    text: str
    wait: float


class SourceRecovered(Struct, frozen=True, gc=False):
    """A kind can be read again after troubles."""

    kind: str


class Synced(Struct, frozen=True, gc=False):
    """Every source has been listed once: from here on changes may be written."""

    objects: int


class ZonesFound(Struct, frozen=True, gc=False):
    """The hosted zones in use, as (bare id, name, "public" or "private"), in order of name."""

    zones: tuple[tuple[str, str, str], ...]


class ZoneRead(Struct, frozen=True, gc=False):
    """A zone was read completely: how many record sets it holds, how many of them are ours, and how many *others* own.

    *strays* are ownership TXT of ours that stand for no record set, *sealed* those that look encrypted and
    cannot be read, *keyed* whether there is a key that could have opened them.
    """

    zone: str
    sets: int
    ours: int
    others: tuple[tuple[str, int], ...] = ()
    strays: int = 0
    sealed: int = 0
    keyed: bool = False


class Remembered(Struct, frozen=True, gc=False):
    """A zone's content was known from before a restart, last read *age* seconds ago: *fresh* enough, or listed again first.

    *parked* deletions wait for a word since then.
    """

    zone: str
    name: str
    sets: int
    age: float
    fresh: bool
    parked: int = 0


class Journaled(Struct, frozen=True, gc=False):
    """Something became of the journal, as *text* says; *works*: it keeps what has to survive, else that is in memory alone."""

    text: str
    works: bool


class Withheld(Struct, frozen=True, gc=False):
    """A verdict began to stand; *refs* are the objects that it is about: who claims the name, or gave it up."""

    verdict: Verdict
    refs: tuple[Ref, ...] = ()


class End(enum.Enum):
    """Why a verdict no longer stands."""

    OVER = "over"
    """What it says is over: the wish is another one, or nothing is in the way any more."""
    LEAVES = "leaves"
    """What it is about is to be deleted now."""
    GONE = "gone"
    """What it is about does not stand in the zone any more."""


class Cleared(Struct, frozen=True, gc=False):
    """A verdict no longer stands, and why; *refs* as there."""

    verdict: Verdict
    refs: tuple[Ref, ...] = ()
    end: End = End.OVER


class Unsent(Struct, frozen=True, gc=False):
    """Under the policy shadow, what would be sent of a group is another now: *changes*, dirty since *first* (none: nothing is left)."""

    zone: str
    name: str
    first: float
    changes: tuple[Change, ...]


class Side(Struct, frozen=True, gc=False):
    """One value of a dispute, and the managers that wrote it."""

    value: tuple[str, ...]
    writers: tuple[str, ...]


class Contested(Struct, frozen=True, gc=False):
    """An object's status is turned back and forth: *published* is what stays in force, *sides* are the values that fight."""

    ref: Ref
    published: tuple[str, ...]
    sides: tuple[Side, ...]


class Settled(Struct, frozen=True, gc=False):
    """An object is no longer contested."""

    ref: Ref
    why: str


class Tripped(Struct, frozen=True, gc=False):
    """So many names of a zone are to be deleted that all wait for a word: *names* where *limit* of *owned* may go."""

    zone: str
    name: str
    names: int
    limit: int
    owned: int


class Untripped(Struct, frozen=True, gc=False):
    """Deletions of a zone are no longer parked."""

    zone: str
    name: str
    why: str


class Ordered(Struct, frozen=True, gc=False):
    """A person's order was carried out, or declined: the *reply* says so."""

    order: Order
    reply: Reply


class Thawed(Struct, frozen=True, gc=False):
    """A freeze ended by itself."""

    freeze: Freeze


class Verified(Struct, frozen=True, gc=False):
    """A zone was read again completely: how many sets of ours were *missing* or *edited* since they were confirmed."""

    zone: str
    name: str
    sets: int
    missing: int
    edited: int


class Propagated(Struct, frozen=True, gc=False):
    """A batch that was followed is on all name servers (*insync*) after *seconds*, or was given up after them."""

    zone: str
    change: str
    seconds: float
    insync: bool


class Carried(Struct, frozen=True, gc=False):
    """One group of a batch: the name, since when it was dirty, when it was due, and its changes."""

    name: str
    first: float
    due: float
    changes: tuple[Change, ...]
    causes: tuple[str, ...] = ()


class Called(Struct, frozen=True, gc=False):
    """A job left for Route53; *carried* tells the groups of a write."""

    job: int
    call: Call
    carried: tuple[Carried, ...] = ()


class Answered(Struct, frozen=True, gc=False):
    """A job came back after *seconds*."""

    job: int
    call: Call
    outcome: Outcome
    seconds: float


class AidFailed(Struct, frozen=True, gc=False):
    """What helps people, and what no record depends on, does not work: `events`, or `orders` by ConfigMap."""

    aid: str
    text: str


class AidRecovered(Struct, frozen=True, gc=False):
    """An aid works again."""

    aid: str


class Notified(Struct, frozen=True, gc=False):
    """So many Kubernetes Events were created or counted up, and so many were given up."""

    created: int = 0
    repeated: int = 0
    dropped: int = 0


class Alert(Struct, frozen=True, gc=False):
    """Something that a person should look at; *key* tells alerts apart, the same key is one alert."""

    key: str
    text: str


Fact = (
    Stopped
    | Absorbed
    | Misunderstood
    | SourceListed
    | SourceFailed
    | SourceTroubled
    | SourceRecovered
    | Synced
    | ZonesFound
    | ZoneRead
    | Remembered
    | Journaled
    | Withheld
    | Cleared
    | Unsent
    | Contested
    | Settled
    | Tripped
    | Untripped
    | Ordered
    | Thawed
    | Verified
    | Propagated
    | Called
    | Answered
    | AidFailed
    | AidRecovered
    | Notified
    | Alert
)
