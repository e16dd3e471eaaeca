"""Doctor: a tape through the diagnosis, frame by frame, decoded as everywhere and once more as plain JSON.

Rules kept here:

- The first list of every kind counts as there from the beginning, whatever came before it on the tape; a kind that the tape
  does not have has no objects, as in a replay.
- What is no object (bookmarks, errors) is skipped. A line that means nothing is a ConfigError that names it, as in a replay.
- An object that is understood and cannot be had as plain JSON counts as an event, and its fields are not compared.
"""

from collections.abc import Iterable, Iterator

import msgspec

from dnsguard.core.diagnosis.diagnosis import Diagnosis
from dnsguard.core.diagnosis.plain import Table, items, table
from dnsguard.kubernetes.decode import BROKEN, Decoder
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Line, Tape, decoded
from dnsguard.model.events import Deleted, Event, Listed, Unreadable, Upserted


def examine(tape: Tape, diagnosis: Diagnosis, kinds: Iterable[str]) -> None:
    """Take the *kinds* of *tape* through *diagnosis*."""
    decoders = {RESOURCES[kind].tape_name: Decoder(RESOURCES[kind]) for kind in kinds}
    first: dict[str, int] = {}
    for index, line in enumerate(tape.lines):
        if line.op == "list" and line.resource in decoders:
            first.setdefault(line.resource, index)
    for name, decoder in decoders.items():
        found = _listed(tape, first[name], decoder) if name in first else ()
        diagnosis.listed(decoder.kind, found, 0.0)
    for index, line in enumerate(tape.lines):
        seen = decoders.get(line.resource)
        if seen is None:
            continue
        if line.op == "list":
            # The first one once more, which tells nothing new.
            diagnosis.listed(seen.kind, _listed(tape, index, seen), line.seconds)
            continue
        for event in decoded(tape, index, seen):
            if isinstance(event, Upserted | Deleted | Unreadable):
                diagnosis.frame(event, table(_plain(line), "object"), line.seconds)


def _listed(tape: Tape, index: int, decoder: Decoder) -> Iterator[tuple[Event, Table]]:
    seen = [event for event in decoded(tape, index, decoder) if not isinstance(event, Listed)]
    plain = [table(item) for item in items(_plain(tape.lines[index]), "items")] or [{} for _ in seen]
    return zip(seen, plain, strict=True)


def _plain(line: Line) -> Table:
    try:
        return table(msgspec.json.decode(line.data))
    except BROKEN:
        # Such as what is nested without end where no shape reads it.
        return {}
