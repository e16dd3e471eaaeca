"""The environment: every setting as a variable, `DNSGUARD_` and its path, such as `DNSGUARD_DEBOUNCE_QUIET`.

Rules kept here:

- A variable wins over the file; lists are comma-separated and replace the file's list; `DNSGUARD_ZONES` is one YAML
  (so also JSON) list.
- A variable that names no setting is an error, except those that Kubernetes makes of Services (`DNSGUARD_SERVICE_HOST`,
  `DNSGUARD_PORT_8080_TCP_ADDR`) and those that commands read: `DNSGUARD_CONFIG`, which names the file itself, and
  `DNSGUARD_API` and `DNSGUARD_TOKEN_FILE`, which say where a running service is.
"""

import difflib
import re
from collections.abc import Mapping

from dnsguard.settings.complaints import Complaint
from dnsguard.settings.document import Entry, Items, Place, Scalar, Section, read_text
from dnsguard.settings.refused import refused_key
from dnsguard.settings.shapes import Hint, concern_of, item_of, settings_of

START = "DNSGUARD_"
COMMANDS = frozenset({"DNSGUARD_CONFIG", "DNSGUARD_API", "DNSGUARD_TOKEN_FILE"})
"""Variables that are options of commands."""

_SERVICE_LINK = re.compile(
    r"DNSGUARD_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)


def variables() -> dict[str, tuple[tuple[str, ...], Hint]]:
    """Return the path and hint of every setting by the name of its variable."""
    return {START + "_".join(path).upper(): (path, hint) for path, hint in settings_of()}


def overlay(tree: Section, environ: Mapping[str, str]) -> tuple[Section, list[Complaint]]:
    """Return *tree* with the variables of *environ* laid over it, and what is wrong with their names.

    Raises ConfigError if `DNSGUARD_ZONES` is no YAML.
    """
    known = variables()
    complaints = []
    for name in sorted(each for each in environ if each.startswith(START)):
        if name in known:
            path, hint = known[name]
            tree = _laid(tree, path, _entry(environ[name], hint, Place(name)))
        elif name not in COMMANDS and not _SERVICE_LINK.fullmatch(name):
            complaints.append(_stray(name, tuple(known)))
    return tree, complaints


def _entry(text: str, hint: Hint, place: Place) -> Entry:
    item = item_of(hint)
    if item is None:
        return Scalar(place, text)
    if concern_of(item):
        return read_text(text, place, lines=False)
    parts = (part.strip() for part in text.split(","))
    return Items(place, tuple(Scalar(place, part) for part in parts if part))


def _laid(tree: Section, path: tuple[str, ...], entry: Entry) -> Section:
    key, rest = path[0], path[1:]
    below = tree.entries.get(key)
    if not rest:
        return Section(tree.place, {**tree.entries, key: entry})
    if below is None or below == Scalar(below.place, None):
        below = Section(entry.place, {})
    if not isinstance(below, Section):
        return tree  # the file is wrong here, and the reader says so
    return Section(tree.place, {**tree.entries, key: _laid(below, rest, entry)})


def _stray(name: str, known: tuple[str, ...]) -> Complaint:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    key = name.removeprefix(START).lower()
    said = refused_key((key,)) or ("names no setting" + (f", the nearest is {near[0]}" if near else ""))
    return Complaint((key,), said, Place(name))
