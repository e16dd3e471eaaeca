"""What somebody else asks of record sets, who owns them and plans for them: external-dns through its webhook."""

from msgspec import Struct

from dnsguard.model.endpoints import Endpoint
from dnsguard.model.records import RecordSet


class Request(Struct, frozen=True, gc=False):
    """One record set that is to be as *endpoint* says, or, if *gone*, not to be there.

    *group* is the canonical name whose record set it is, or whose ownership TXT; *problem* says why it cannot be understood.
    """

    group: str
    endpoint: Endpoint
    gone: bool = False
    problem: str = ""


class Unapplied(Struct, frozen=True, gc=False):
    """A request that was accepted and is not carried out: *wanted* None: a deletion.

    *reason* is a verdict's, or "waiting", or "on its way"; *text* its sentence; *told*: `GET /records` shows it as carried out.
    *since* and *age* in seconds.
    """

    zone: str
    name: str
    type: str
    set_id: str
    group: str
    wanted: RecordSet | None
    reason: str
    text: str
    way_out: str
    told: bool
    since: float
    age: float
    until: float | None = None


class UnappliedPage(Struct, frozen=True, gc=False):
    """Requests that were accepted and are not carried out: *total* names, the oldest *age* seconds old; the first record sets of them."""

    total: int
    age: float | None
    requests: tuple[Unapplied, ...] = ()
