"""Turning back: what undoing asks of one group, in the place of what objects ask.

Rules kept here:

- A record set is turned back only where exactly that stands which the history says was left. What stands otherwise was changed
  since, and stays.
- What stands beside it and is ours is asked for as it is.
- A person ordered it, so it needs neither proof nor grace; all else (whose it is, where its TXT goes, what excludes what, the policy,
  the limits of a call) is decided as for any other wish.
"""

from collections.abc import Callable, Container, Iterable, Mapping

from dnsguard.core.group import Group, Row
from dnsguard.core.inventory import Demand
from dnsguard.core.ledger import Key, key_of
from dnsguard.core.shape import Wanted
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.undo import Turn


def due(turn: Turn, present: RecordSet | None) -> bool:
    """Return whether *turn* is to be made where *present* stands."""
    return present != turn.before and present in turn.after


def turned(
    zone: Zone, name: str, sets: tuple[Stored, ...], turns: Iterable[Turn], types: Container[str], ours: Callable[[RecordSet], bool]
) -> Group:
    """Return the group *name* as undoing asks for it: only the rows of which something is to be turned back."""
    standing = {key_of(held.value): held.value for held in sets if held.value.type in types}
    made = [turn for turn in turns if turn.type in types and due(turn, standing.get((name, turn.type, turn.set_id)))]
    set_ids = sorted({turn.set_id for turn in made})
    demand = Demand(ended=True, ordered=True)
    rows = (Row(set_id, _wanted(set_id, standing, made, ours), demand) for set_id in set_ids)
    return Group(zone, name, sets, tuple(rows))


def _wanted(set_id: str, standing: Mapping[Key, RecordSet], turns: Iterable[Turn], ours: Callable[[RecordSet], bool]) -> tuple[Wanted, ...]:
    mine = {turn.type: turn for turn in turns if turn.set_id == set_id}
    stays = (record for key, record in standing.items() if key[2] == set_id and record.type not in mine and ours(record))
    goals = [Wanted(record) for record in stays]
    goals += [Wanted(turn.before, turn.resource) for turn in mine.values() if turn.before is not None]
    return tuple(sorted(goals, key=lambda wanted: wanted.record.type))
