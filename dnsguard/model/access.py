"""Access: what a configuration has to be allowed at AWS and in the cluster, and whether it is."""

import enum

from msgspec import Struct


class State(enum.Enum):
    """Whether a permission is there."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "not found out"
    """What was asked was not answered, or could not be asked."""


class Finding(Struct, frozen=True):
    """What was found out about one permission.

    *permission* is an IAM action, or verb and resource of the cluster; *on* says where it is needed ("": everywhere);
    *who* lacks it and *where* it is granted are only said of what is missing; *text* are the words of whoever refused.
    """

    permission: str
    on: str
    state: State
    who: str = ""
    where: str = ""
    text: str = ""
