"""Sanity of targets: what may take the place of a target that the world can reach.

Rules kept here:

- A public target is never replaced by one that nobody outside the host, the link or the cluster can reach: loopback,
  link-local, unspecified, multicast (RFC 6890, RFC 4291 2.4), `localhost` (RFC 6761 6.3), `.local` (RFC 6762), a
  Kubernetes Service name (`.svc`), a name of one label.
- In a public zone it is replaced by a private one (RFC 1918, 4193, 6598; `.internal`) only where
  `guard.targets.private_in_public_zone` is allow; deny keeps private ones, and those worse, out of public zones altogether.
- To replace is to leave a row no public target, be it by another type; or to set in a record set one that is worse than all
  that stand there.
- Where no public target stands, anything may come: that is what the spec's owner asked for from the start.
"""

import enum
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from dnsguard.model.records import RecordSet

_NOWHERE_4 = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32")))
_PRIVATE_4 = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_NOWHERE_6 = tuple(map(IPv6Network, ("::/127", "fe80::/10", "ff00::/8")))
_PRIVATE_6 = (IPv6Network("fc00::/7"),)
_NOWHERE_NAMES = (".localhost", ".local", ".svc")
_PRIVATE_NAMES = (".internal", ".home.arpa")


class Reach(enum.IntEnum):
    """From where a target can be reached."""

    PUBLIC = 0
    PRIVATE = 1
    NOWHERE = 2


@lru_cache(maxsize=4096)
def reach_of(target: str) -> Reach:
    """Return from where the canonical *target*, an address or a host name, can be reached."""
    try:
        address = ip_address(target)
    except ValueError:
        return _reach_of_name(target)
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return _reach_of_6(address) if mapped is None else _reach_of_4(mapped)
    return _reach_of_4(address)


class Sanity:
    """The rule of one configuration; *private* is `guard.targets.private_in_public_zone`."""

    def __init__(self, private: str) -> None:
        self._private = private

    def loss(self, standing: Iterable[RecordSet], wanted: Iterable[RecordSet], *, public: bool) -> str | None:
        """Return why a row must not have *wanted* instead of *standing*, in a zone that is *public* or not."""
        after = {target: reach_of(target) for record in wanted for target in _targets(record)}
        worst = max(after.values(), default=Reach.PUBLIC)
        if worst is Reach.PUBLIC or Reach.PUBLIC in after.values() or self._may_replace(worst, public=public):
            return None
        return _stays(after, worst) if Reach.PUBLIC in _reaches(standing) else None

    def objection(self, standing: Iterable[RecordSet], wanted: RecordSet, *, public: bool) -> str | None:
        """Return why *wanted* may not come, in a zone that is *public* or not, instead of *standing* (none: it is created)."""
        after = {target: reach_of(target) for target in _targets(wanted)}
        worst = max(after.values(), default=Reach.PUBLIC)
        if worst is Reach.PUBLIC:
            return None
        if public and self._private == "deny":
            return f"{_which(after, worst)}, and guard.targets keeps it out of public zones"
        before = _reaches(standing)
        if Reach.PUBLIC not in before or self._may_replace(worst, public=public):
            return None
        return _stays(after, worst) if worst > max(before) or Reach.PUBLIC not in after.values() else None

    def _may_replace(self, worst: Reach, *, public: bool) -> bool:
        return worst is Reach.PRIVATE and (not public or self._private == "allow")


def _which(after: Mapping[str, Reach], worst: Reach) -> str:
    how = "private" if worst is Reach.PRIVATE else "not reachable from outside"
    return f"{', '.join(target for target, reach in after.items() if reach is worst)} is {how}"


def _stays(after: Mapping[str, Reach], worst: Reach) -> str:
    return f"{_which(after, worst)}, and a public target stands: it stays"


def _reaches(records: Iterable[RecordSet]) -> list[Reach]:
    return [reach_of(target) for record in records for target in _targets(record)]


def _targets(record: RecordSet) -> tuple[str, ...]:
    return record.values if record.alias is None else (record.alias.name,)


def _reach_of_4(address: IPv4Address) -> Reach:
    if any(address in network for network in _NOWHERE_4):
        return Reach.NOWHERE
    return Reach.PRIVATE if any(address in network for network in _PRIVATE_4) else Reach.PUBLIC


def _reach_of_6(address: IPv6Address) -> Reach:
    if any(address in network for network in _NOWHERE_6):
        return Reach.NOWHERE
    return Reach.PRIVATE if any(address in network for network in _PRIVATE_6) else Reach.PUBLIC


def _reach_of_name(name: str) -> Reach:
    if "." not in name or name.endswith(_NOWHERE_NAMES):
        return Reach.NOWHERE
    return Reach.PRIVATE if name.endswith(_PRIVATE_NAMES) else Reach.PUBLIC
