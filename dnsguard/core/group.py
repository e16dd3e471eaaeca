"""The situation of one name in one zone, as the planner sees it."""

from collections.abc import Mapping

from msgspec import Struct

from dnsguard.core.inventory import Demand
from dnsguard.core.ledger import Key
from dnsguard.core.shape import Wanted
from dnsguard.model.facts import Reason
from dnsguard.model.records import RecordSet, Stored, Zone


class Row(Struct, frozen=True):
    """What is asked of one set identifier of a name: the *wanted* record sets, and what the claims say.

    *problems* are what kept wishes from becoming record sets.
    """

    set_id: str
    wanted: tuple[Wanted, ...]
    demand: Demand
    problems: tuple[tuple[Reason, str], ...] = ()


class Group(Struct, frozen=True):
    """The situation of one name in one zone; *here*: the zone is one that the name belongs to."""

    zone: Zone
    name: str
    sets: tuple[Stored, ...]
    rows: tuple[Row, ...]
    here: bool = True


class Memory(Struct, frozen=True):
    """What the planner has to know beside the group.

    *graces* are the ends of those that run; *edited* and *lost* what was confirmed of sets that somebody else changed or
    deleted since; *fought* the wishes that met an edit; *parked*: the breaker keeps the name from being deleted; *repair*:
    a person ordered to put back what is wanted of the name.
    """

    graces: Mapping[Key, float]
    edited: Mapping[Key, RecordSet]
    fought: Mapping[Key, RecordSet]
    lost: Mapping[Key, RecordSet] = {}
    parked: bool = False
    repair: bool = False
