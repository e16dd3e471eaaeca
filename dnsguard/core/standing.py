"""Standing: whose the record sets of one zone are, by the ownership TXT that lie in the zones.

Rules kept here:

- A record set is ours if the TXT that external-dns would look up for it names our owner id: the one of its type, for an
  alias A the old `cname-` one, then the old form without a type. TXT of other zones of the same visibility are read
  where the name of one can lie only there (an apex without a fitting prefix).
- A creation needs a place for its TXT: a legal name within the zone, with nothing there that is not ours. A TXT that is
  not external-dns's at that place is somebody's, too.
- TXT of old forms are read and never changed or deleted; nor is one that also stands for another record set (the twin of
  a wildcard under its replacement), or that may be another's TXT of the old form (that of `a-b` reads as the A of `b`).
- Where more TXT of ours stand for nothing than record sets are ours, the affixes are taken to be wrong: no TXT is left over.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from dnsguard.core import said
from dnsguard.core.ledger import Ledger
from dnsguard.core.names import lies_in
from dnsguard.core.ownership import Label, Registry
from dnsguard.core.shape import Wanted
from dnsguard.model.changes import Change, Create, Replace
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Settings

SOURCES = {"gateway-httproute": "httproute"}
"""The kind in `resource` labels, by source."""


class Title(Struct, frozen=True):
    """Whose a record set is: *owner* None if no TXT says so; *txt* is the TXT to delete or replace with it.

    *proof* is one of an old form instead: swapped for itself with it, for whoever takes it over takes the record set over.
    """

    ours: bool
    owner: str | None = None
    resource: str = ""
    txt: Stored | None = None
    proof: Stored | None = None


class Place(Struct, frozen=True):
    """Where the TXT *text* of a new record set goes: *standing* is ours and there already, *trouble* why it cannot be.

    *beside* are the other sets at its name.
    """

    text: RecordSet | None
    standing: Stored | None = None
    foreign: bool = False
    trouble: str = ""
    beside: tuple[Stored, ...] = ()

    def writes(self) -> tuple[Change, ...]:
        """Return the change that has the TXT stand there, none if it cannot be."""
        if self.text is None:
            return ()
        return (Create(self.text) if self.standing is None else Replace(self.standing, self.text),)


class Scope:
    """Which `resource` labels name objects that this installation could see.

    *unreadable* tells of a label, and the name it is asked for, whether what it names is there and cannot be understood.
    """

    def __init__(self, settings: Settings, unreadable: Callable[[str, str], bool]) -> None:
        self._kinds = {SOURCES[source] for source in settings.sources.kinds}
        self._namespaces = frozenset(settings.sources.namespaces)
        self.unreadable = unreadable

    def elsewhere(self, label: str) -> bool:
        """Return whether *label* names a kind or namespace outside the configured sources."""
        kind, _, rest = label.partition("/")
        if not label:
            return False
        return kind not in self._kinds or bool(self._namespaces and rest.partition("/")[0] not in self._namespaces)


class Standing:
    """Whose the record sets of one zone are; *abroad* gives the sets of a name in the other zones that count.

    *suspect*: the TXT of the zone look as if other affixes than the configured ones made their names.
    """

    def __init__(
        self,
        registry: Registry,
        types: frozenset[str],
        zone: Zone,
        ledger: Ledger,
        abroad: Callable[[str], tuple[Stored, ...]],
        *,
        suspect: bool = False,
    ) -> None:
        self._registry = registry
        self._types = types
        self._zone = zone
        self._ledger = ledger
        self._abroad = abroad
        self.suspect = suspect

    def title(self, record: RecordSet) -> Title:
        """Return whose *record* is."""
        for place, name in enumerate(self._registry.candidates(record)):
            here = lies_in(name, self._zone.name)
            for held in self._ledger.at(name) if here else self._abroad(name):
                label = self._label(held, record.set_id)
                if label is None:
                    continue
                ours = label.owner == self._registry.owner
                own_form = place == 0 and here and ours and not self._shared(record)
                proof = held if place and here and ours else None
                return Title(ours, label.owner, label.resource, held if own_form else None, proof)
        return Title(ours=False)

    def place(self, wanted: Wanted) -> Place:
        """Return where the TXT of a record set that is to be goes."""
        record = wanted.record
        text = self._registry.txt_set(record, wanted.resource)
        if text is None:
            return Place(None, trouble=said.no_txt_name(self._registry.txt_name(record.name, "") or record.name))
        if not lies_in(text.name, self._zone.name):
            return Place(None, trouble=said.txt_outside(text.name, self._zone.name))
        others = self._ledger.at(text.name)
        standing = next((held for held in others if (held.value.type, held.value.set_id) == ("TXT", text.set_id)), None)
        if standing is not None:
            label = self._registry.read_label(standing.value)
            if label is None or label.owner != self._registry.owner:
                owner = None if label is None else label.owner
                return Place(text, standing, foreign=True, trouble=said.foreign_txt(text.name, owner))
            text = self._registry.respelled(text, standing.value)
        return Place(text, standing, beside=tuple(held for held in others if held is not standing))

    def leftovers(self, name: str, set_id: str) -> Iterator[tuple[Stored, str]]:
        """Return the TXT of ours for *name* that have no record set, each with its resource label."""
        for kind in sorted(self._types):
            txt = self._registry.txt_at(name, kind)
            if self._stands(name, kind, set_id):
                continue
            for held in self._ledger.at(txt):
                label = self._label(held, set_id)
                ours = label is not None and label.owner == self._registry.owner
                if label is not None and ours and self._reads(txt, name, kind) and not self._old_form(txt, set_id):
                    yield held, label.resource

    def set_ids(self, name: str) -> set[str]:
        """Return the set identifiers of all TXT that may stand for *name*."""
        found: set[str] = set()
        for kind in self._types:
            for held in self._ledger.at(self._registry.txt_at(name, kind)):
                if held.value.type == "TXT":
                    found.add(held.value.set_id)
        return found

    def _label(self, held: Stored, set_id: str) -> Label | None:
        record = held.value
        return self._registry.read_label(record) if record.type == "TXT" and record.set_id == set_id else None

    def _reads(self, txt: str, name: str, kind: str) -> bool:
        read = self._registry.read_name(txt)
        return read is not None and read[1] == kind.lower() and name in self._registry.sharing(read[0])

    def _stands(self, name: str, kind: str, set_id: str) -> bool:
        names = self._registry.sharing(name)
        return any(self._ledger.find((each, kind, set_id)) is not None for each in names)

    def _old_form(self, txt: str, set_id: str) -> bool:
        named = self._registry.old_name(txt)
        names = self._registry.sharing(named) if named is not None else ()
        return any(self._ledger.find((each, kind, set_id)) is not None for each in names for kind in self._types)

    def _shared(self, record: RecordSet) -> bool:
        twins = [name for name in self._registry.sharing(record.name) if name != record.name]
        return any(self._ledger.find((twin, record.type, record.set_id)) is not None for twin in twins)
