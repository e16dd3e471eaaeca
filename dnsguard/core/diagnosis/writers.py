"""Writers: who made an object what it is now, as far as managedFields and statuses tell.

Rules kept here (Kubernetes API concepts, "Field management"; Gateway API, RouteParentStatus):

- Whoever changes a value owns it afterwards, and the time of its entry moves, with the grain of a second. So the writer is the
  manager whose entry is new or carries another time, the latest of several; an entry that only lost fields was not written.
- Where no time moved, it is the manager that owns what moved, again the latest of several; where nobody does, the latest of
  all, because a write leaves no time later than its own.
- Controllers are those named by the entries of `status.parents` that differ; where entries only changed places, all of them.
- A name is not an installation: two installs of one program write under one name.
- Who owns the status of most routes of a controller is that controller; another manager wrote in its name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dnsguard.core.diagnosis.aspects import speakers
from dnsguard.core.diagnosis.moves import ITEM, Move
from dnsguard.core.diagnosis.plain import Json, Table, items, table, text
from dnsguard.model.objects import Ref

_ENTRIES = ("k:", "v:", "i:")


class Writer(NamedTuple):
    """Who wrote: the manager of managedFields ("" if they do not tell), and the controllers in whose entries it wrote."""

    manager: str
    controllers: tuple[str, ...] = ()


def writer_of(old: Table, new: Table, moved: Iterable[Move]) -> Writer:
    """Return who made *new* out of *old*, in which *moved* differs."""
    return Writer(_manager(old, new, tuple(moved)), controllers_of(old, new))


def controllers_of(old: Table, new: Table) -> tuple[str, ...]:
    """Return the controllers whose entries of `status.parents` differ, in order of name."""
    before, after = items(old, "status", "parents"), items(new, "status", "parents")
    if before == after:
        return ()
    differing = [entry for entry in after if entry not in before] + [entry for entry in before if entry not in after]
    return tuple(sorted({text(entry, "controllerName") for entry in differing or after} - {""}))


class Voices:
    """Which manager speaks for which controller, and which controllers speak of which parent."""

    def __init__(self) -> None:
        self._managers: dict[str, Counter[str]] = {}
        self._parents: dict[Ref, set[str]] = {}

    def hear(self, ref: Ref, seen: Table) -> None:
        """Take in an object: the status of a route tells of controllers, that of a parent does not."""
        named = {name for name in _hear_parents(self._parents, ref, seen) if name}
        if len(named) != 1:
            return
        owners = [text(entry, "manager") for entry in items(seen, "metadata", "managedFields") if "f:status" in table(entry, "fieldsV1")]
        for name in named:
            self._managers.setdefault(name, Counter()).update(owners)

    def of_parent(self, ref: Ref) -> Iterable[str]:
        """Return the controllers that speak of a Gateway or ListenerSet in the status of its routes."""
        return self._parents.get(ref, ())

    def own(self, writer: Writer) -> tuple[str, ...]:
        """Return those of the writer's controllers that it is itself, as far as anybody can tell."""
        return tuple(name for name in writer.controllers if not writer.manager or self._main(name) in {"", writer.manager})

    def _main(self, controller: str) -> str:
        managers = self._managers.get(controller)
        return min(managers, key=lambda name: (-managers[name], name)) if managers else ""


def _hear_parents(parents: dict[Ref, set[str]], ref: Ref, seen: Table) -> Iterator[str]:
    for kind, namespace, name, controller in speakers(seen, ref.namespace):
        if controller:
            parents.setdefault(Ref(kind, namespace, name), set()).add(controller)
        yield controller


def _manager(old: Table, new: Table, moved: tuple[Move, ...]) -> str:
    before = {_identity(entry): text(entry, "time") for entry in items(old, "metadata", "managedFields")}
    entries = items(new, "metadata", "managedFields")
    written = [entry for entry in entries if before.get(_identity(entry)) != text(entry, "time")]
    owners = written or [entry for entry in entries if _owns_any(entry, moved)] or entries
    return max(((text(entry, "time"), text(entry, "manager")) for entry in owners), default=("", ""))[1]


def _identity(entry: Json) -> tuple[str, ...]:
    return tuple(text(entry, key) for key in ("manager", "operation", "subresource", "apiVersion"))


def _owns_any(entry: Json, moved: Iterable[Move]) -> bool:
    fields = table(entry, "fieldsV1")
    return any(_owns(fields, move.path) for move in moved)


def _owns(fields: Table, path: tuple[str, ...]) -> bool:
    """Return whether a set of fields holds *path*, itself or as a part of a value that is owned whole."""
    if not path or not fields.keys() - {"."}:
        return True
    below = _below(fields) if path[0] == ITEM else [table(fields, f"f:{path[0]}")] if f"f:{path[0]}" in fields else []
    return any(_owns(each, path[1:]) for each in below)


def _below(fields: Table) -> Iterator[Table]:
    return (table(fields, key) for key in fields if key.startswith(_ENTRIES))
