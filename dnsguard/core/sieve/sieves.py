"""Sieves: for every kind what is taken out of its objects under the settings, and whether that hides something that is read.

Rules kept here:
- A kind takes the preset of its own entry, else the common one; what it drops comes on top of `proxy.drop`, and `keep` takes
  back out of a preset. `off` lets every frame of the kind pass.
- What the settings drop must not meet anything that external-dns reads: its own fields, annotations under its prefix, labels and
  annotations of its filters.
- Templates of external-dns may read any field. What is dropped must not be named in one of them: the last name of a dropped path
  counts, in any case, wherever it stands. A template that takes the object as a whole (`.Object`, or a lone dot where nothing
  narrows it by `range` or `with`) reads everything.
- Foreign labels and annotations stay where a template names labels or annotations at all.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from dnsguard.core.selectors import parse as parse_selector
from dnsguard.core.sieve.cut import Cut, Kept, compile_cut
from dnsguard.core.sieve.kinds import ALWAYS, ANNOTATIONS, GENERATION, KINDS, LABELS, Kind
from dnsguard.core.sieve.paths import FieldPath, meet, parse, spell
from dnsguard.model.settings import Proxy, ProxyKind, Sources

WHOLE = frozenset({"object", "tojson"})
"""Words of a template that take in all of an object."""
OWN_LABELS = frozenset({"dns"})
OWN_ANNOTATIONS = frozenset(
    {
        "kubernetes.io/ingress.class",
        "zalando.org/dnsname",
        "domainName",
        "dns.alpha.kubernetes.io/external",
        "dns.alpha.kubernetes.io/internal",
    }
)
"""Labels and annotations that external-dns reads without a prefix (`--ingress-class`, `--compatibility`)."""

_WORD = re.compile(r"\w+")
_BARE = re.compile(r"\{\{[^}]*?(?<![\w.$)])[.$](?![\w.])")


class Sieve(Struct, frozen=True):
    """How frames of one kind are compared; *written*: external-dns writes its status back."""

    kind: Kind
    cut: Cut
    written: bool = False


class Hidden(Struct, frozen=True):
    """A path of the settings, or of a preset, that hides what is read: where it stands, and what reads it."""

    drop: FieldPath
    kind: str
    reader: str
    entry: int = -1
    """Index of the kind's entry; -1: `proxy.drop` or the preset."""
    index: int = -1
    """Index of the path in its list; -1: the preset's own."""


class Sieves:
    """The sieves of *proxy*, for an external-dns whose filters and prefixes *sources* tells."""

    def __init__(self, proxy: Proxy, sources: Sources) -> None:
        self._proxy = proxy
        self._entries = {entry.kind: (index, entry) for index, entry in enumerate(proxy.kinds)}
        self._words = frozenset(word for template in proxy.templates for word in _words(template))
        self._prefixes = sources.annotation_prefixes
        self._labels = _keys(sources.label_filter) | _keys(sources.gateway.label_filter)
        self._annotations = _keys(sources.annotation_filter) | OWN_ANNOTATIONS

    def of(self, kind: Kind) -> Sieve | None:
        """Return the sieve of *kind*, None if its frames are to pass."""
        preset = self._preset(kind)
        if preset == "off":
            return None
        drops = [*self._of_preset(kind), *(path for path, _, _ in self._of_settings(kind))]
        unordered = [*kind.unordered, *(kind.strict_unordered if preset == "strict" else ())]
        return Sieve(kind, compile_cut(drops, map(parse, unordered), self._kept(kind)), kind.written)

    def hidden(self) -> Iterator[Hidden]:
        """Iterate over what the settings drop although it is read."""
        for kind in KINDS.values():
            if self._preset(kind) == "off":
                continue
            for path in self._of_preset(kind):
                if self._named(path):
                    yield Hidden(path, kind.name, "a template of proxy.templates")
            for path, entry, index in self._of_settings(kind):
                reader = self._reader(kind, path)
                if reader:
                    yield Hidden(path, kind.name, reader, entry, index)

    def _entry(self, kind: Kind) -> ProxyKind | None:
        return self._entries[kind.name][1] if kind.name in self._entries else None

    def _preset(self, kind: Kind) -> str:
        entry = self._entry(kind)
        return (entry.preset if entry else "") or self._proxy.preset

    def _taken_back(self, kind: Kind) -> tuple[FieldPath, ...]:
        entry = self._entry(kind)
        return tuple(map(parse, (*self._proxy.keep, *(entry.keep if entry else ()))))

    def _of_preset(self, kind: Kind) -> list[FieldPath]:
        paths = list(map(parse, (*ALWAYS, *kind.lenient)))
        if self._preset(kind) == "strict" and not kind.written:
            paths.append(GENERATION)
        back = self._taken_back(kind)
        return [path for path in paths if not _below(path, back)]

    def _of_settings(self, kind: Kind) -> Iterator[tuple[FieldPath, int, int]]:
        for index, text in enumerate(self._proxy.drop):
            yield parse(text), -1, index
        if kind.name in self._entries:
            number, entry = self._entries[kind.name]
            for index, text in enumerate(entry.drop):
                yield parse(text), number, index

    def _kept(self, kind: Kind) -> dict[FieldPath, Kept]:
        if self._preset(kind) != "strict":
            return {}
        found = {}
        back = self._taken_back(kind)
        if not kind.selected and self._words.isdisjoint({"labels", *WHOLE}):
            found[LABELS] = Kept(self._labels | OWN_LABELS | _named_in(back, LABELS))
        if self._words.isdisjoint({"annotations", *WHOLE}):
            found[ANNOTATIONS] = Kept(self._annotations | _named_in(back, ANNOTATIONS), self._prefixes)
        return {path: kept for path, kept in found.items() if not _below(path, back)}

    def _reader(self, kind: Kind, path: FieldPath) -> str:
        for read in kind.read:
            if meet(path, read):
                return f"external-dns, which needs {spell(read)}"
        if path[:2] == ANNOTATIONS:
            if len(path) == 2 or path[2].startswith(self._prefixes):
                return f"external-dns, which needs its annotations {self._prefixes[0]}*"
            if path[2] in self._annotations:
                return f"external-dns, which needs the annotation {path[2]}"
        if path[:2] == LABELS and self._labels and (len(path) == 2 or path[2] in self._labels):
            return "a label filter of external-dns"
        return "a template of proxy.templates" if self._named(path) else ""

    def _named(self, path: FieldPath) -> bool:
        name = next(part for part in reversed(path) if part)
        return not self._words.isdisjoint({*WHOLE, *(word.lower() for word in _WORD.findall(name))})


def _words(template: str) -> frozenset[str]:
    words = frozenset(word.lower() for word in _WORD.findall(template))
    return words if words & {"range", "with"} or not _BARE.search(template) else words | WHOLE


def _keys(selector: str) -> frozenset[str]:
    return frozenset(expression.key for expression in parse_selector(selector).expressions)


def _below(path: FieldPath, parents: tuple[FieldPath, ...]) -> bool:
    return any(path[: len(parent)] == parent for parent in parents)


def _named_in(paths: tuple[FieldPath, ...], parent: FieldPath) -> frozenset[str]:
    return frozenset(path[2] for path in paths if path[:2] == parent and len(path) > 2)
