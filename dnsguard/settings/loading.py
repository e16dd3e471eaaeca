"""Loading: the config file and the environment, read, checked and brought into canonical form."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from dnsguard.core.names import canonical
from dnsguard.core.patterns import pattern_of
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.errors import ConfigError
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.settings.complaints import raise_first
from dnsguard.settings.document import Entry, Items, Place, Scalar, Section, read_file
from dnsguard.settings.environment import overlay
from dnsguard.settings.reading import Reader
from dnsguard.settings.rules import check

_HERE = Place("proxy mode")
_NO_ZONES: Mapping[str, Entry] = {
    "zones": Items(_HERE, (Section(_HERE, {}),)),
    "ownership": Section(_HERE, {"owner": Scalar(_HERE, "nobody")}),
    "policy": Scalar(_HERE, "shadow"),
}


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the file *path* with the variables of *environ* laid over it.

    Raises ConfigError with one sentence that names file and line (or variable), key, value, and what is allowed.
    """
    return _read(path, environ, {})


def _read(path: Path, environ: Mapping[str, str], spare: Mapping[str, Entry]) -> Settings:
    tree, strays = overlay(read_file(path), environ)
    tree = Section(tree.place, {**spare, **tree.entries})
    reader = Reader()
    found: Settings = reader.section(Settings, tree)
    raise_first([*reader.complaints, *strays], reader.places)
    raise_first(check(found), reader.places)
    settings = _canonical(found)
    try:
        compile_rules(settings.sources, settings.zones)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return settings


def load_proxy(path: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the file *path* for proxy mode, which has no zones: what is about them may be missing; raise as `load`."""
    return _read(path, environ, _NO_ZONES)


def _canonical(settings: Settings) -> Settings:
    """Return *settings* with names and zone ids in canonical form and affixes in lower case, as external-dns uses them."""
    deletes = settings.guard.deletes
    guard = replace(settings.guard, deletes=replace(deletes, exempt=tuple(map(pattern_of, deletes.exempt))))
    zones = tuple(_zone(entry) for entry in settings.zones)
    return replace(settings, zones=zones, ownership=_ownership(settings.ownership), guard=guard)


def _zone(entry: ZoneEntry) -> ZoneEntry:
    return replace(
        entry,
        domains=tuple(_domain(domain) for domain in entry.domains),
        exclude_domains=tuple(_domain(domain) for domain in entry.exclude_domains),
        ids=tuple(each.removeprefix("/hostedzone/") for each in entry.ids),
    )


def _domain(text: str) -> str:
    return "." + canonical(text[1:]) if text.startswith(".") else canonical(text)


def _ownership(ownership: Ownership) -> Ownership:
    return replace(
        ownership,
        prefix=ownership.prefix.lower(),
        suffix=ownership.suffix.lower(),
        wildcard_replacement=ownership.wildcard_replacement.lower(),
    )
