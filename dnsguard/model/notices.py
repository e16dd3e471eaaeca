"""Notices: what people are told on the Kubernetes object that it is about, as Kubernetes Events."""

from msgspec import Struct

from dnsguard.model.objects import Ref


class Notice(Struct, frozen=True, gc=False):
    """One thing to tell on the object *ref*: its *uid* ("" if it is not at hand), and of which *subject* (a name, or "") the *text* is.

    *reason* and *action* are words in CamelCase; *warning*: a person should act.
    """

    ref: Ref
    reason: str
    action: str
    subject: str
    text: str
    warning: bool = False
    uid: str = ""


class Letter(Struct, frozen=True, gc=False):
    """One Event to be written: a first one, or, with the *name* that a first one got, that it happened *count* times by now.

    *first* and *last* are when it happened, in seconds; *note* has at most `NOTE` bytes.
    """

    ref: Ref
    reason: str
    action: str
    note: str
    warning: bool
    uid: str
    first: float
    last: float
    count: int = 1
    name: str = ""


NOTE = 1024
"""Bytes of the longest note (events.k8s.io/v1)."""
