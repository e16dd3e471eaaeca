"""What external-dns's webhook protocol carries, as it stands in its JSON.

Rules kept here (external-dns, `endpoint/endpoint.go`, `plan/plan.go`, `endpoint/domain_filter.go`):

- Empty fields are left out, and a list that is null is empty. Fields that are not named here mean nothing.
- `updateOld` and `updateNew` go in pairs.
"""

from msgspec import Struct, field

ALIAS = "alias"
HEALTH = "aws/evaluate-target-health"
OWNED_RECORD = "ownedRecord"
"""The label by which external-dns names the record set that an ownership TXT is for."""


class Property(Struct, frozen=True, gc=False):
    """One provider-specific property."""

    name: str = ""
    value: str = ""


class HookEndpoint(Struct, frozen=True, gc=False, omit_defaults=True):
    """One endpoint; *ttl* in seconds, 0: none of its own."""

    name: str = field(default="", name="dnsName")
    targets: tuple[str, ...] | None = ()
    type: str = field(default="", name="recordType")
    set_id: str = field(default="", name="setIdentifier")
    ttl: int = field(default=0, name="recordTTL")
    labels: dict[str, str] | None = None
    properties: tuple[Property, ...] | None = field(default=(), name="providerSpecific")


class HookChanges(Struct, frozen=True, gc=False, omit_defaults=True):
    """The changes of one `POST /records`."""

    create: tuple[HookEndpoint, ...] | None = ()
    update_old: tuple[HookEndpoint, ...] | None = field(default=(), name="updateOld")
    update_new: tuple[HookEndpoint, ...] | None = field(default=(), name="updateNew")
    delete: tuple[HookEndpoint, ...] | None = ()


class DomainFilter(Struct, frozen=True, gc=False, omit_defaults=True):
    """Which names are looked after: those in *include* and below, but not in *exclude* and below."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
