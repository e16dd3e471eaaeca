"""A Route53 that refuses what Route53 refuses: semantics alone, in process, without sockets or a clock of its own."""

from dnsguard.lab.strict.account import StrictRoute53
from dnsguard.lab.strict.errors import ApiError, ConnectionDropped
from dnsguard.lab.strict.faults import Busy, Curtailed, Dropped, Fault, Faults, Latency, Refusal, Reworded, ServerError, Throttle
from dnsguard.lab.strict.iam import Policies
from dnsguard.lab.strict.journal import Logged

__all__ = [
    "ApiError",
    "Busy",
    "ConnectionDropped",
    "Curtailed",
    "Dropped",
    "Fault",
    "Faults",
    "Latency",
    "Logged",
    "Policies",
    "Refusal",
    "Reworded",
    "ServerError",
    "StrictRoute53",
    "Throttle",
]
