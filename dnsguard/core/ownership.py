"""Ownership: external-dns's TXT registry, byte for byte.

Rules kept here (external-dns, `registry/mapper` and `registry/txt`); t is the lower-case type, l the first label of a name,
r the rest:

| affix | name of the TXT |
|---|---|
| none | t-l.r |
| prefix P | P t-l.r |
| prefix P with %{record_type} | P(t) l.r |
| suffix S | t-l S .r |
| suffix S with %{record_type} | l S(t) .r |

- A first label `*` is written as the wildcard replacement, if there is one.
- The value is `heritage=external-dns,external-dns/owner=O,external-dns/resource=R`, keys in order; any other heritage, or
  none, is no ownership TXT.
- Older releases wrote no type, or `cname-` for an alias A. These forms are read, never written and never deleted; AAAA has
  no form without a type. A TXT counts for a name only if its own name, read backwards, gives that name and type.
- A TXT has the routing policy and the health check of its record set, and a TTL of 300 s.
- With a seal, what is written is sealed; what is read may be sealed or plain. What the seal does not open is somebody's text.
- A sealed text says what it says whatever its nonce or compression: one that says the same is kept as it is spelled.
- Without a seal, or with another key, a sealed text is told apart by its look: base64 of a nonce, the text under gzip, a tag.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from dnsguard.core.names import canonical
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Ownership

TTL = 300
TYPES = frozenset({"a", "aaaa", "cname", "ns", "mx", "ptr", "srv", "naptr", "txt", "dname"})
"""Types that are read back from a TXT's name."""

_LONGEST_FIRST = (*sorted(TYPES, key=lambda kind: (-len(kind), kind)), "")
_HERITAGE = "heritage"
_OURS = "external-dns"
_TEMPLATE = "%{record_type}"
_SEALED = re.compile(r"(?:[A-Za-z0-9+/]{4}){24,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
"""At least 12 bytes of nonce, 18 of gzip, 16 of tag, and 26 of text: shorter base64 is somebody's token."""


class Label(Struct, frozen=True, gc=False):
    """What an ownership TXT says: the owner id and the object (`httproute/ns/name`)."""

    owner: str
    resource: str


class Seal(Protocol):
    """What encrypts ownership texts: `unseal(seal(text)) == text`, and the same text is always sealed alike."""

    def seal(self, text: str) -> str:
        """Return *text* sealed."""

    def unseal(self, sealed: str) -> str | None:
        """Return the text of a sealed one, None if it cannot be opened."""


def seems_encrypted(record: RecordSet) -> bool:
    """Return whether a TXT record set looks like ownership that external-dns encrypted."""
    return any(_SEALED.fullmatch(value.strip('"')) for value in record.values)


def _parse(text: str) -> Label | None:
    found: dict[str, str] = {}
    heritage = ""
    for token in text.split(","):
        key, equals, value = token.partition("=")
        if not equals:
            continue
        if key == _HERITAGE:
            heritage = value
        elif key.startswith(_OURS + "/"):
            found[key.removeprefix(_OURS + "/")] = value
    return Label(found.get("owner", ""), found.get("resource", "")) if heritage == _OURS else None


class Registry:
    """The TXT registry of one configuration; *seal* opens and makes encrypted texts, None: all are plain."""

    def __init__(self, ownership: Ownership, seal: Seal | None = None) -> None:
        self.owner = ownership.owner
        self._seal = seal
        self._prefix = ownership.prefix.lower()
        self._suffix = ownership.suffix.lower()
        self._templated = _TEMPLATE in self._prefix + self._suffix
        self.wildcard = ownership.wildcard_replacement.lower()

    def read_label(self, record: RecordSet) -> Label | None:
        """Return what a TXT record set says, or None if it is no ownership TXT; several values have to agree."""
        labels = {self._label(value.strip('"')) for value in record.values}
        return labels.pop() if len(labels) == 1 else None

    def _label(self, text: str) -> Label | None:
        label = _parse(text)
        if label is None and self._seal is not None:
            opened = self._seal.unseal(text)
            return None if opened is None else _parse(opened)
        return label

    def value(self, resource: str) -> str:
        """Return the text of an ownership TXT for an object, before it is sealed."""
        parts = [f"{_HERITAGE}={_OURS}", f"{_OURS}/owner={self.owner}"]
        if resource:
            parts.append(f"{_OURS}/resource={resource}")
        return ",".join(parts)

    def txt_at(self, name: str, kind: str) -> str:
        """Return where to look for the TXT of *name* and *kind*, be it a legal name or not: what is not cannot stand there."""
        return self._forward(name, kind.lower())

    def txt_name(self, name: str, kind: str) -> str | None:
        """Return the name of the TXT for record sets of *name* and type *kind*; None if it would be no legal name."""
        try:
            return canonical(self._forward(name, kind.lower()))
        except ValueError:
            return None

    def txt_set(self, record: RecordSet, resource: str) -> RecordSet | None:
        """Return the ownership TXT of *record*; None if it would have no legal name."""
        name = self.txt_name(record.name, record.type)
        if name is None:
            return None
        text = self.value(resource)
        values = (text if self._seal is None else self._seal.seal(text),)
        return RecordSet(name, "TXT", record.set_id, TTL, values, None, record.routing, record.health_check)

    def respelled(self, text: RecordSet, standing: RecordSet) -> RecordSet:
        """Return the ownership TXT *text* with the values of *standing*, if these are sealed and say the same."""
        if self._seal is None:
            return text
        wanted, stands = ({self._seal.unseal(value.strip('"')) for value in record.values} for record in (text, standing))
        return replace(text, values=standing.values) if wanted == stands else text

    def candidates(self, record: RecordSet) -> Iterator[str]:
        """Return the names at which a TXT of *record* may stand, the form that we write first."""
        kinds = [record.type.lower()]
        if record.type == "A" and record.alias is not None:
            kinds.append("cname")
        if record.type != "AAAA":
            kinds.append("")
        for kind in kinds:
            name = self._forward(record.name, kind)
            if self.read_name(name) == (self._replaced(record.name), kind):
                yield name

    def read_name(self, txt: str) -> tuple[str, str] | None:
        """Return the name and lower-case type that a TXT of that name stands for, with type "" in the old form."""
        if self._prefix:
            return self._without_prefix(txt)
        if self._suffix:
            return self._without_suffix(txt)
        return _split_type(txt)

    def old_name(self, txt: str) -> str | None:
        """Return the name whose TXT of the form without a type would stand at *txt*, whatever that reads as otherwise."""
        prefix, suffix = (affix.replace(_TEMPLATE, "") for affix in (self._prefix, self._suffix))
        label, dot, rest = txt.partition(".")
        if not txt.startswith(prefix) or not label.endswith(suffix):
            return None
        return txt.removeprefix(prefix) if prefix else f"{label.removesuffix(suffix)}{dot}{rest}"

    def owned_names(self, sets: Iterable[Stored]) -> set[str]:
        """Return the names that ownership TXT among *sets* stand for."""
        names = set()
        for held in sets:
            if held.value.type == "TXT" and self.read_label(held.value) is not None:
                read = self.read_name(held.value.name)
                if read is not None:
                    names |= set(self.sharing(read[0]))
        return names

    def sharing(self, name: str) -> tuple[str, ...]:
        """Return the names whose TXT stand where those of *name* do: itself, and its twin under the wildcard replacement."""
        label, dot, rest = name.partition(".")
        if self.wildcard and label in {"*", self.wildcard}:
            return (f"{self.wildcard}{dot}{rest}", f"*{dot}{rest}")
        return (name,)

    def _replaced(self, name: str) -> str:
        label, dot, rest = name.partition(".")
        return f"{self.wildcard}{dot}{rest}" if label == "*" and self.wildcard else name

    def _forward(self, name: str, kind: str) -> str:
        if not self._prefix and not self._suffix and not (self.wildcard and name.startswith("*")):
            # Most registries have no affix, and every plan asks for several of these names.
            return f"{kind}-{name}" if kind else name
        label, dot, rest = self._replaced(name).partition(".")
        prefix, suffix = (affix.replace(_TEMPLATE, kind) for affix in (self._prefix, self._suffix))
        typed = label if self._templated or not kind else f"{kind}-{label}"
        return f"{prefix}{typed}{suffix}{dot}{rest}"

    def _without_prefix(self, txt: str) -> tuple[str, str] | None:
        if not self._templated:
            return _split_type(txt.removeprefix(self._prefix)) if txt.startswith(self._prefix) else None
        for kind in _LONGEST_FIRST:
            prefix = self._prefix.replace(_TEMPLATE, kind)
            if prefix and txt.startswith(prefix):
                return txt.removeprefix(prefix), kind
        return None

    def _without_suffix(self, txt: str) -> tuple[str, str] | None:
        label, dot, rest = txt.partition(".")
        if not self._templated:
            return _split_type(f"{label.removesuffix(self._suffix)}{dot}{rest}") if label.endswith(self._suffix) else None
        for kind in _LONGEST_FIRST:
            suffix = self._suffix.replace(_TEMPLATE, kind)
            if suffix and label.endswith(suffix):
                return f"{label.removesuffix(suffix)}{dot}{rest}", kind
        return None


def _split_type(name: str) -> tuple[str, str]:
    kind, dash, rest = name.partition("-")
    return (rest, kind) if dash and kind in TYPES else (name, "")
