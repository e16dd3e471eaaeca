"""A stand-in for external-dns: one loop of its plan and its TXT registry, against whatever tells records and takes changes.

Rules kept here (external-dns, `plan/plan.go`, `registry/txt`):

- It changes only what its own TXT stands for. A name of a row that nobody owns is left.
- A row that is wanted of another type is deleted and created; equal targets and TTL are left. A TXT that was told is not created.
- It keeps nothing between two loops: what it is told is all that it knows.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from dnsguard.core.adjustment import adjusted
from dnsguard.model.settings import Records
from dnsguard.model.webhook import OWNED_RECORD, HookChanges, HookEndpoint

Key = tuple[str, str, str]
MANAGED = frozenset({"A", "AAAA", "CNAME"})


class Asker:
    """One installation under *owner*; *records* as its AWS provider would be told by flags."""

    def __init__(self, owner: str = "lab", records: Records | None = None) -> None:
        self._owner = owner
        self._records = records or Records()

    def plan(self, told: Iterable[HookEndpoint], wanted: Iterable[HookEndpoint]) -> HookChanges:
        """Return what has to be asked for *wanted* to stand where *told* stands."""
        standing = {_key(each): each for each in told}
        desired = {_key(each): each for each in adjusted(wanted, self._records)}
        current = {key: each for key, each in standing.items() if key[1] in MANAGED}
        rows = {(key[0], key[2]) for key in (*current, *desired)}
        create: list[HookEndpoint] = []
        old: list[HookEndpoint] = []
        new: list[HookEndpoint] = []
        gone: list[HookEndpoint] = []
        for row in sorted(rows):
            mine = {key: each for key, each in current.items() if (key[0], key[2]) == row}
            want = {key: each for key, each in desired.items() if (key[0], key[2]) == row}
            if not all(self._owns(standing, key) for key in mine):
                continue
            gone += [each for key, each in mine.items() if key not in want]
            create += [each for key, each in want.items() if key not in mine]
            changed = [(mine[key], each) for key, each in want.items() if key in mine and _differs(mine[key], each)]
            old += [before for before, _ in changed]
            new += [after for _, after in changed]
        texts = [text for each in create if _key(text := self._text(each)) not in standing]
        return HookChanges(
            tuple(create + texts), (*old, *map(self._text, old)), (*new, *map(self._text, new)), (*gone, *map(self._text, gone))
        )

    def _owns(self, standing: Mapping[Key, HookEndpoint], key: Key) -> bool:
        text = standing.get((f"{key[1].lower()}-{key[0]}", "TXT", key[2]))
        return text is not None and f"external-dns/owner={self._owner}," in (text.targets or ("",))[0]

    def _text(self, endpoint: HookEndpoint) -> HookEndpoint:
        value = f'"heritage=external-dns,external-dns/owner={self._owner},external-dns/resource=httproute/team/any"'
        labels = {"owner": self._owner, OWNED_RECORD: endpoint.name}
        name = f"{endpoint.type.lower()}-{endpoint.name}"
        return replace(endpoint, name=name, type="TXT", targets=(value,), ttl=0, labels=labels)


def _key(endpoint: HookEndpoint) -> Key:
    return endpoint.name, endpoint.type, endpoint.set_id


def _differs(before: HookEndpoint, after: HookEndpoint) -> bool:
    ttl = after.ttl > 0 and after.ttl != before.ttl
    return ttl or set(before.targets or ()) != set(after.targets or ()) or set(before.properties or ()) != set(after.properties or ())
