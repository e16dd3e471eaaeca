"""Handing back: what external-dns would do at once, were it started on these zones now."""

from typing import Literal

from msgspec import Struct

Kind = Literal["delete", "change", "create"]


class Step(Struct, frozen=True, gc=False):
    """One record set that external-dns would touch: what *stands*, what it *wants* ("" where nothing), and *why*, in a sentence."""

    kind: Kind
    zone: str
    name: str
    type: str
    set_id: str
    stands: str
    wants: str
    why: str


class Handback(Struct, frozen=True):
    """All steps, and how many record sets of ours are not judged, by the reason for that."""

    steps: tuple[Step, ...]
    not_judged: dict[str, int]
