"""Entries: what has to survive a restart, as values that a journal keeps.

Rules kept here:

- An entry tells how one thing stands, never what happened to it: the last one of its `place` counts, and `Gone` ends it.
- Entries are read by the releases beside the one that wrote them: fields are added at the end, with a default that means
  what was meant before, and neither renamed, removed nor given another meaning. A new class is a new kind of entry.
- What can be found out again is not kept: views, resolutions, plans, verdicts, disputes, what is due, back-offs of zones and
  accounts, which names are unknown (a refusal tells again), batches that are followed.
"""

from typing import get_args

from msgspec import Struct

from dnsguard.model.changes import Change
from dnsguard.model.endpoints import Claim, Contribution
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.undo import Undone

Units = tuple[tuple[Change, ...], ...]


class OriginKept(Struct, frozen=True, gc=False, tag="origin"):
    """Under what the rest was written: *config* stands for the settings that decide claims, *version* is dnsguard's."""

    config: str = ""
    version: str = ""


class ZoneKept(Struct, frozen=True, gc=False, tag="zone", omit_defaults=True):
    """A zone whose record sets are all kept: when it was last read completely, and its breaker."""

    zone: Zone
    read_at: float
    tripped_at: float | None = None
    granted: int = 0
    granted_until: float = 0.0


class Quarantine(Struct, frozen=True, gc=False, omit_defaults=True):
    """What Route53 refused of a group, why, how often in a row, and when it may be tried again."""

    units: Units
    why: str
    failures: int
    retry_at: float


class NameKept(Struct, frozen=True, gc=False, tag="name", omit_defaults=True):
    """What a zone holds under a name, and what is remembered of the name's group.

    *edited*, *lost* and *fought* are by (type, set id): values confirmed before somebody else's hand, and wishes that met
    an edit; *restored* how often in a row each set was put back; *graces* the ends of those that run, by (type or "" or
    TXT, set id). *doomed*: its deletion is pending; *approved*: and approved; *deleted_at*: when its last record set went;
    *undone*: what a person turned back, or ordered to be.
    """

    zone: str
    name: str
    sets: tuple[Stored, ...] = ()
    edited: tuple[tuple[str, str, RecordSet], ...] = ()
    lost: tuple[tuple[str, str, RecordSet], ...] = ()
    fought: tuple[tuple[str, str, RecordSet], ...] = ()
    restored: tuple[tuple[str, str, int], ...] = ()
    graces: tuple[tuple[str, str, float], ...] = ()
    quarantine: Quarantine | None = None
    repair: bool = False
    doomed: bool = False
    approved: bool = False
    deleted_at: float | None = None
    undone: Undone | None = None


class PartKept(Struct, frozen=True, gc=False, omit_defaults=True):
    """One group of a batch: since when it was dirty, the size of its cause, its changes, and whether they were all."""

    name: str
    first: float
    cause: int
    units: Units
    whole: bool = True


class FlightKept(Struct, frozen=True, gc=False, tag="flight"):
    """A batch that is about to leave, or has left and whose fate is not known."""

    zone: str
    left: float
    parts: tuple[PartKept, ...]


class ClaimKept(Struct, frozen=True, gc=False, omit_defaults=True):
    """A claim in force, what it publishes, and since when no status does; *doubted*: it vanished without proof."""

    claim: Claim
    contribution: Contribution | None = None
    empty_since: float | None = None
    doubted: bool = False


class ObjectKept(Struct, frozen=True, gc=False, tag="object", omit_defaults=True):
    """An object that was seen, with what it asks for; *doubtful*: it vanished without proof."""

    ref: Ref
    created: str = ""
    claims: tuple[ClaimKept, ...] = ()
    doubtful: bool = False
    uid: str = ""


class EndedKept(Struct, frozen=True, gc=False, tag="ended"):
    """Claims of a name were seen to end: scope masks by set id, who gave it up last, and when."""

    name: str
    scopes: dict[str, int]
    ender: Ref
    at: float


class FreezesKept(Struct, frozen=True, gc=False, tag="freezes"):
    """The freezes in force."""

    freezes: tuple[Freeze, ...] = ()


class LevelsKept(Struct, frozen=True, gc=False, tag="levels"):
    """The token buckets of an account at a moment: (tokens, factor of the rate) of requests, changes and each API action."""

    account: str
    at: float
    requests: tuple[float, float]
    changes: tuple[float, float]
    actions: dict[str, tuple[float, float]]


class AskKept(Struct, frozen=True, gc=False, omit_defaults=True):
    """One record set that is asked for: *after* (None: none) in the place of one of *bases*; *problem*: it is not understood."""

    name: str
    type: str
    set_id: str
    after: RecordSet | None = None
    bases: tuple[RecordSet | None, ...] = ()
    problem: str = ""


class AskedKept(Struct, frozen=True, gc=False, tag="asked"):
    """What external-dns asks of a group, accepted and not carried out, since a moment."""

    zone: str
    name: str
    since: float
    asks: tuple[AskKept, ...] = ()


Kept = OriginKept | ZoneKept | NameKept | FlightKept | ObjectKept | EndedKept | FreezesKept | LevelsKept | AskedKept


KINDS: dict[type[Kept], str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Kept)}
"""The kind of each class, as it is stored."""


class Gone(Struct, frozen=True, gc=False):
    """What was kept at a place ended; of a zone all names and its batch go with it."""

    kind: str
    key: str


Entry = Kept | Gone


def place_of(entry: Kept) -> tuple[str, str]:
    """Return the kind and key under which *entry* takes the place of the one before."""
    return KINDS[type(entry)], _key_of(entry)


def _key_of(entry: Kept) -> str:
    match entry:
        case ZoneKept(zone):
            return zone.id
        case NameKept(zone, name) | AskedKept(zone, name):
            return name_key(zone, name)
        case ObjectKept(ref):
            return object_key(ref)
        case FlightKept(key) | EndedKept(key) | LevelsKept(key):
            return key
        case OriginKept() | FreezesKept():
            return ""


def name_key(zone: str, name: str) -> str:
    """Return the key of what is kept of a name in a zone."""
    return f"{zone}/{name}"


def object_key(ref: Ref) -> str:
    """Return the key of what an object asks for."""
    return "/".join(ref)
