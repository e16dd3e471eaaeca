"""Changes, the jobs that carry them to Route53, and the outcomes of jobs."""

import enum

from msgspec import Struct

from dnsguard.model.records import RecordSet, Stored


class Create(Struct, frozen=True, gc=False, tag=True):
    """Insert if absent: CREATE."""

    after: RecordSet


class Replace(Struct, frozen=True, gc=False, tag=True):
    """Compare and swap: DELETE of exactly *before* and CREATE of *after* in one batch; both have the same key or not."""

    before: Stored
    after: RecordSet


class Upsert(Struct, frozen=True, gc=False, tag=True):
    """Blind overwrite, for policies that may not delete: UPSERT; *before* is what we believe stands there."""

    before: Stored
    after: RecordSet


class Delete(Struct, frozen=True, gc=False, tag=True):
    """Delete exactly *before*: DELETE."""

    before: Stored


Change = Create | Replace | Upsert | Delete


class Cursor(Struct, frozen=True, gc=False):
    """Where a ListResourceRecordSets page starts: canonical name, type ("" for any), set identifier ("" for any)."""

    name: str
    type: str = ""
    set_id: str = ""


class Write(Struct, frozen=True, gc=False):
    """ChangeResourceRecordSets: the changes of one zone, sent as one atomic batch."""

    zone: str
    changes: tuple[Change, ...]
    comment: str = ""


class ListRecords(Struct, frozen=True, gc=False):
    """ListResourceRecordSets: one page of at most *limit* sets from *start* (None: the zone's first)."""

    zone: str
    start: Cursor | None = None
    limit: int = 300


class ListZones(Struct, frozen=True, gc=False):
    """ListHostedZones: one page from *marker* ("" for the first)."""

    marker: str = ""


class GetZone(Struct, frozen=True, gc=False):
    """GetHostedZone of one bare zone id."""

    zone: str


class ListTags(Struct, frozen=True, gc=False):
    """ListTagsForResources of at most 10 bare zone ids."""

    zones: tuple[str, ...]


class GetChange(Struct, frozen=True, gc=False):
    """GetChange of one bare change id."""

    change: str


Call = Write | ListRecords | ListZones | GetZone | ListTags | GetChange

ACTIONS: dict[type[Call], str] = {
    Write: "ChangeResourceRecordSets",
    ListRecords: "ListResourceRecordSets",
    ListZones: "ListHostedZones",
    GetZone: "GetHostedZone",
    ListTags: "ListTagsForResources",
    GetChange: "GetChange",
}
"""Route53's API action of each call; each action has a token bucket of its own."""


class Job(Struct, frozen=True, gc=False):
    """One Route53 API call that the engine wants made, with the account (index into the settings' accounts) that pays."""

    id: int
    account: int
    call: Call


class ZoneFound(Struct, frozen=True, gc=False):
    """A hosted zone as listed: bare id, canonical name; *linked* when an AWS service owns it (read-only)."""

    id: str
    name: str
    private: bool
    linked: bool = False


class Page(Struct, frozen=True, gc=False):
    """A page of record sets and where the next one starts (None: this was the last)."""

    sets: tuple[Stored, ...]
    next: Cursor | None = None


class ZonePage(Struct, frozen=True, gc=False):
    """A page of zones and the next marker ("" after the last)."""

    zones: tuple[ZoneFound, ...]
    next: str = ""


class Tags(Struct, frozen=True, gc=False):
    """Tags by bare zone id, each a mapping of key to value."""

    by_zone: dict[str, dict[str, str]]


class ChangeInfo(Struct, frozen=True, gc=False):
    """A change's bare id and whether it is INSYNC."""

    id: str
    insync: bool = False


Result = Page | ZonePage | Tags | ChangeInfo


class Why(enum.Enum):
    """Why Route53 refused a record set, by what is to be done about it."""

    STALE = "stale"
    """Our view of the set is old: read it again and plan again (texts 1, 2, 3, 8)."""
    CONFLICT = "conflict"
    """Another set forbids this one (texts 4 to 6, 9 to 12, 20, 21)."""
    BAD_VALUE = "bad-value"
    """Route53 does not take this name or value (texts 7, 17 to 19, InvalidInput)."""
    SET_FULL = "set-full"
    """The set has more values than one may have (text 16)."""
    ZONE_FULL = "zone-full"
    """The zone holds as many record sets as it may (text 15)."""
    TOO_LARGE = "too-large"
    """The batch exceeds a limit (texts 13, 14): it is split."""
    DENIED = "denied"
    """AccessDenied: for this batch, or altogether."""
    NO_ZONE = "no-zone"
    """NoSuchHostedZone."""
    NO_HEALTH_CHECK = "no-health-check"
    """NoSuchHealthCheck: some set of the batch names a health check that is not there."""
    UNKNOWN = "unknown"
    """No message could be understood."""


class Refusal(Struct, frozen=True, gc=False):
    """One message of a refused call; *name* is canonical, and "" where the message names no record set (likewise the rest)."""

    why: Why
    text: str
    name: str = ""
    type: str = ""
    set_id: str = ""


class Accepted(Struct, frozen=True, gc=False):
    """The call was carried out."""

    result: Result


class Throttled(Struct, frozen=True, gc=False):
    """`Throttling`: refused before it was processed, whichever bucket of the account was empty."""

    text: str = ""


class Busy(Struct, frozen=True, gc=False):
    """`PriorRequestNotComplete`: the zone is still processing a change."""

    text: str = ""


class Refused(Struct, frozen=True, gc=False):
    """The call was refused as a whole; at least one refusal."""

    refusals: tuple[Refusal, ...]


class Unavailable(Struct, frozen=True, gc=False):
    """The call surely had no effect: connection refused, no credentials, 503.

    *lacking* is the IAM action for want of which there were no credentials, such as `sts:AssumeRole`.
    """

    text: str = ""
    lacking: str = ""


class Uncertain(Struct, frozen=True, gc=False):
    """The call may have had its effect: no answer after sending, or a 5xx other than 503."""

    text: str = ""


Outcome = Accepted | Throttled | Busy | Refused | Unavailable | Uncertain
