"""Explanations: all that is known of one host name, as facts.

Moments are seconds on the engine's clock; objects are named as `Ref` prints them; record sets as people read them.
"""

from msgspec import Struct

from dnsguard.model.status import BreakerStatus, ContestedStatus, StandingVerdict


class Record(Struct, frozen=True, gc=False):
    """A record set that stands at the name, and whose it is.

    *owner* is None where no TXT says so; *object* is what the TXT names; *confirmed* is what we last knew it to be, if
    somebody else changed it since. What is not *managed* is of a type that is none of our business.
    """

    type: str
    set_id: str
    answer: str
    managed: bool
    ours: bool
    owner: str | None = None
    object: str = ""
    confirmed: str = ""


class Asking(Struct, frozen=True, gc=False):
    """One object that claims the name through one parent: what it publishes now, or (*live* false) why it does not.

    *targets* are in force, None if it never published any; *lost_since* is when its status stopped publishing; *doubtful*:
    the object vanished without proof. *problems* are what was not understood of it.
    """

    object: str
    created: str
    parent: str
    listeners: tuple[str, ...]
    set_id: str
    live: bool
    targets: tuple[str, ...] | None = None
    lost_since: float | None = None
    why: str = ""
    doubtful: bool = False
    problems: tuple[str, ...] = ()


class Unmet(Struct, frozen=True, gc=False):
    """An object whose spec names the host, and that claims nothing of it, and why."""

    object: str
    why: str


class GivenUp(Struct, frozen=True, gc=False):
    """Who gave the name up last, and when; *gone*: the object itself is gone."""

    object: str
    at: float
    gone: bool


class Step(Struct, frozen=True, gc=False):
    """One change: create, replace or delete, with what stands before and after ("" for nothing)."""

    change: str
    type: str
    set_id: str
    before: str
    after: str


class LastSent(Struct, frozen=True, gc=False):
    """What was sent last, when, and what became of it."""

    at: float
    steps: tuple[Step, ...]
    outcome: str
    text: str = ""


class Moment(Struct, frozen=True, gc=False):
    """Something that happens by itself at a moment."""

    at: float
    what: str


class ZoneAnswer(Struct, frozen=True, gc=False):
    """What is known of the name in one zone.

    *belongs*: the name is to be published there; *apart* says why not. *state* is "unread", "in doubt", "on its way", "waiting" (to be
    sent), or "". *lost* are record sets that somebody else deleted. *breaker* is there while deletions of the zone are parked.
    *wildcard* answers for the name as long as nothing stands at it.
    """

    id: str
    name: str
    visibility: str
    belongs: bool
    apart: str
    state: str
    records: tuple[Record, ...]
    lost: tuple[str, ...]
    verdicts: tuple[StandingVerdict, ...]
    plan: tuple[Step, ...]
    next: tuple[Moment, ...]
    causes: tuple[str, ...] = ()
    sent: LastSent | None = None
    breaker: BreakerStatus | None = None
    wildcard: str = ""
    wildcard_records: tuple[Record, ...] = ()


class Explanation(Struct, frozen=True, gc=False):
    """All that is known of *name* at the moment *now*.

    *missing* are the kinds that were not listed yet; *surveyed*: the hosted zones are known. *asking* are the first of
    *asking_total* claims. *troubles* are objects that have to do with the name and cannot be understood, with the reason.
    *stands_for*: the name is that of ownership TXT of these names. *nearest* are zones in use whose names look alike,
    *in_use* the first of all, where no zone holds the name. *answering*: external-dns says what is wanted, objects only keep.
    """

    name: str
    now: float
    surveyed: bool
    missing: tuple[str, ...]
    zones: tuple[ZoneAnswer, ...]
    asking: tuple[Asking, ...]
    asking_total: int
    unmet: tuple[Unmet, ...]
    troubles: tuple[tuple[str, str], ...]
    contested: tuple[ContestedStatus, ...]
    homeless: StandingVerdict | None = None
    given_up: GivenUp | None = None
    stands_for: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    answering: bool = False


class Told(Struct, frozen=True, gc=False):
    """An explanation in words, the short answer first, beside its facts."""

    sentences: tuple[str, ...]
    facts: Explanation
