"""The status: how the running service stands, as values for people, interfaces and metrics.

Moments are seconds on the engine's clock, ages and spans are seconds; objects are named as `Ref` prints them.
"""

from msgspec import Struct

from dnsguard.model.facts import Reason, Side
from dnsguard.model.orders import Freeze
from dnsguard.model.requests import UnappliedPage
from dnsguard.model.undo import Kind


class SourceStatus(Struct, frozen=True, gc=False):
    """One kind of objects: whether it was *listed* completely, how many objects of it are in force, and what is wrong.

    *lost_since* and *trouble* tell that it cannot be listed or watched any more; *unlisted* objects are in doubt.
    """

    kind: str
    listed: bool
    objects: int
    lost_since: float | None = None
    trouble: str = ""


class BreakerStatus(Struct, frozen=True, gc=False):
    """The breaker of one zone: *names* count where *limit* of *owned* may be deleted.

    While it is tripped, *parked* names wait for a word; *checksum* stands for exactly these, *first* are some of them.
    """

    names: int
    limit: int
    owned: int
    tripped_since: float | None = None
    parked: int = 0
    checksum: str = ""
    first: tuple[str, ...] = ()


class ZoneStatus(Struct, frozen=True, gc=False):
    """One hosted zone in use: bare id, name, "public" or "private", and what is known and under way.

    *dirty* names wait to be sent, the oldest of those that are due since *due_since*; *searched* are those of them that go apart,
    because their batch was refused for a reason that names nobody; *unplanned* ones wait to be looked at. A
    write left at *sent_at*, or is *in_doubt* since then. No write leaves before *backoff_until*, no creation before
    *full_until*, no read before *read_backoff_until*. *denied* names in a row were refused for want of permission.
    """

    id: str
    name: str
    visibility: str
    read: bool
    record_sets: int
    owned_names: int
    dirty: int
    unplanned: int
    breaker: BreakerStatus
    due_since: float | None = None
    sent_at: float | None = None
    in_doubt: bool = False
    backoff_until: float | None = None
    read_backoff_until: float | None = None
    full_until: float | None = None
    searched: int = 0
    denied: int = 0
    verified_at: float | None = None


class StandingVerdict(Struct, frozen=True, gc=False):
    """A verdict that stands, with when it began and which objects it is about; the rest as in `Verdict`."""

    reason: Reason
    name: str
    zone: str
    type: str
    set_id: str
    text: str
    way_out: str
    since: float
    age: float
    until: float | None = None
    objects: tuple[str, ...] = ()


class ReasonStatus(Struct, frozen=True, gc=False):
    """How many verdicts of one reason stand, and the *oldest* of them."""

    reason: Reason
    count: int
    oldest: tuple[StandingVerdict, ...]


class ContestedStatus(Struct, frozen=True, gc=False):
    """An object whose status is turned back and forth: what stays *published*, and the values that fight with their writers."""

    object: str
    published: tuple[str, ...]
    sides: tuple[Side, ...]
    until: float


class BucketStatus(Struct, frozen=True, gc=False):
    """A token bucket: *tokens* (negative: in debt) of *burst*, refilled by *rate* per second times *factor* (1: not throttled)."""

    name: str
    tokens: float
    burst: float
    rate: float
    factor: float


class BudgetStatus(Struct, frozen=True, gc=False):
    """The buckets of one account (the role, "" for the default credentials), and how often and when it was throttled last."""

    account: str
    buckets: tuple[BucketStatus, ...]
    throttles: int
    throttled_at: float | None = None


class Levels(Struct, frozen=True, gc=False):
    """Service levels: ages in seconds of what waits longest, None where nothing does; *read_age* is that of the zone read longest ago.

    *due*: a change that may leave; the others by the reason of their verdicts.
    """

    due: float | None = None
    held: float | None = None
    parked: float | None = None
    quarantined: float | None = None
    orphans: int = 0
    read_age: float | None = None


class UndoneStatus(Struct, frozen=True, gc=False):
    """What an undoing turned back in one zone, *names* of them, the *first* named; it stays so until it is released.

    *what* is the batch that was undone, or the moment to which the zone was restored.
    """

    kind: Kind
    what: str
    zone: str
    zone_name: str
    by: str
    at: float
    names: int
    first: tuple[str, ...]


class Status(Struct, frozen=True, gc=False):
    """How the service stands at the moment *now*.

    *ready*: every kind was listed and every route resolved, so that changes may be written. *contested* are the first of
    *contested_total* objects, *unreadable* the first of *unreadable_total*, with the reason; *doubtful* objects vanished
    without proof. *unapplied*: what was asked through the webhook, accepted and is not carried out, without the list; None in other
    modes.
    """

    now: float
    mode: str
    policy: str
    owner: str
    ready: bool
    sources: tuple[SourceStatus, ...]
    zones: tuple[ZoneStatus, ...]
    verdicts: tuple[ReasonStatus, ...]
    levels: Levels
    freezes: tuple[Freeze, ...]
    budgets: tuple[BudgetStatus, ...]
    contested: tuple[ContestedStatus, ...] = ()
    contested_total: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()
    unreadable_total: int = 0
    doubtful: int = 0
    undone: tuple[UndoneStatus, ...] = ()
    unapplied: UnappliedPage | None = None


class VerdictPage(Struct, frozen=True, gc=False):
    """Verdicts that stand, oldest first: *total* of them, of which some are shown."""

    total: int
    verdicts: tuple[StandingVerdict, ...]


class ParkedZone(Struct, frozen=True, gc=False):
    """What the breaker of one zone parks: the numbers as in `BreakerStatus`, and *names*, in order, at most as many as were asked for."""

    id: str
    name: str
    breaker: BreakerStatus
    names: tuple[str, ...]
