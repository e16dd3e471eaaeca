"""What objects ask for: claims, contributions and the endpoints they unite to."""

from msgspec import Struct

from dnsguard.model.objects import Ref

EVERY_ENTRY = -1
"""The scope of a claim that every zone entry of the config may publish."""


class Claim(Struct, frozen=True, gc=False):
    """A name that some spec asks for through one parent, whatever any status says.

    *name* is canonical; *parent* is the Gateway or ListenerSet; *scope* is a bit mask over the zone entries of the
    config whose `gateway_label_filter` the parent's Gateway meets (bit i: entry i; -1: all).
    """

    name: str
    set_id: str
    parent: Ref
    scope: int = EVERY_ENTRY


class Contribution(Struct, frozen=True, gc=False):
    """What one claim is to publish now: targets (sorted, unique, at least one), TTL in seconds and provider properties.

    *properties* are external-dns's, sorted by name: `alias`, `aws/weight`, `aws/region` and so on.
    """

    targets: tuple[str, ...]
    ttl: int | None = None
    properties: tuple[tuple[str, str], ...] = ()


class Resolution(Struct, frozen=True):
    """What one object asks for: every claim, and for those that can be published now their contribution.

    The keys of *contributions* are always claims. *problems* are sentences for people about what was not understood.
    *reads* are all other objects that the answer depends on, those that are missing included: when one of them changes,
    the answer has to be found again.
    """

    claims: frozenset[Claim]
    contributions: dict[Claim, Contribution]
    problems: tuple[str, ...] = ()
    reads: frozenset[Ref] = frozenset()


class Endpoint(Struct, frozen=True, gc=False):
    """external-dns's word: one name, type and set identifier with what it is to answer, before the provider shapes it.

    *resource* is the label of the ownership TXT, such as `httproute/ns/name`; *ref* and *created* are those of the
    oldest object that wants it.
    """

    name: str
    type: str
    targets: tuple[str, ...]
    set_id: str = ""
    ttl: int | None = None
    properties: tuple[tuple[str, str], ...] = ()
    resource: str = ""
