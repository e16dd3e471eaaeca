"""What the stream tells."""

from typing import Generic, TypeVar

from msgspec import Struct

from dnsguard.model.objects import Ref, SheetView, View

Seen = TypeVar("Seen")


class Upserted(Struct, Generic[Seen], frozen=True, gc=False):
    """An object was listed, added or modified; *version* is its opaque resourceVersion."""

    view: Seen
    version: str


class Deleted(Struct, frozen=True, gc=False):
    """A DELETED frame named this object: proof that it is gone."""

    ref: Ref


class Unreadable(Struct, frozen=True, gc=False):
    """An object is there and cannot be understood: what is known of it stands."""

    ref: Ref
    why: str


class Listed(Struct, frozen=True, gc=False):
    """A complete list of one kind ended; *refs* are all objects that it held, unreadable ones included."""

    kind: str
    refs: frozenset[Ref]


class SourceLost(Struct, frozen=True, gc=False):
    """A kind cannot be listed or watched any more (403, 404, ...): a fault, and proof of nothing."""

    kind: str
    why: str


Event = Upserted[View] | Deleted | Unreadable | Listed | SourceLost
SheetEvent = Upserted[SheetView] | Deleted | Unreadable | Listed | SourceLost
"""What the stream tells of ConfigMaps with orders."""
