"""The sentences of verdicts."""

from collections.abc import Iterable, Sequence

from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Side
from dnsguard.model.orders import Freeze
from dnsguard.model.records import (
    Failover,
    Geolocation,
    Geoproximity,
    Latency,
    Multivalue,
    Opaque,
    RecordSet,
    Routing,
    Weighted,
    Zone,
)
from dnsguard.model.undo import Kind, Undone


def value(record: RecordSet) -> str:
    """Return what a record set answers, in a few words."""
    answer = f"alias {record.alias.name}" if record.alias is not None else ", ".join(record.values)
    notes = [] if record.ttl is None else [f"TTL {record.ttl}"]
    notes += [] if record.routing is None else [_routing(record.routing)]
    notes += [f"health check {record.health_check}"] if record.health_check else []
    return f"{record.type} {answer}" + (f" ({', '.join(notes)})" if notes else "")


def _routing(routing: Routing) -> str:
    match routing:
        case Weighted(weight):
            return f"weight {weight}"
        case Latency(region):
            return f"latency {region}"
        case Failover(role):
            return role.lower()
        case Geolocation(continent, country, subdivision):
            return f"location {'-'.join(part for part in (continent, country, subdivision) if part)}"
        case Geoproximity(region, coordinates, group, bias):
            return f"near {region or group or '/'.join(coordinates or ())}, bias {bias}"
        case Multivalue() | Opaque():
            return type(routing).__name__.lower()


def held() -> str:
    """A status stopped publishing what a spec claims."""
    return "a spec still claims it, although no status publishes it: the last value stays"


def held_for_heir() -> str:
    """The claim of a row ended, and the row that took its place has nothing to publish."""
    return "the name is still claimed, under another set identifier that publishes nothing: the last value stays"


def still_claimed() -> str:
    """external-dns asks to delete what a spec claims."""
    return "external-dns asks to delete it, and a spec still claims it: it stays"


def asked_away() -> str:
    """external-dns asks to delete it, and no spec is known to claim it."""
    return "external-dns asks to delete it: it goes after the grace"


def held_type(kind: str) -> str:
    """Some claim of the row never published anything, so a type may be its own."""
    return f"{kind} may belong to a claim that publishes nothing now: it stays"


def vanished() -> str:
    """An object is missing from a list that lacks more than half of what was known."""
    return "the object that claims it vanished without proof: it stays"


def unreadable(label: str) -> str:
    """The object that owns it, or one that this depends on, cannot be decoded."""
    return f"{label}, or what it depends on, is there and cannot be understood: it stays"


def unclaimed(label: str) -> str:
    """Nobody claims it any more."""
    return f"nobody claims it any more (last: {label or 'unknown'}): it is deleted after the grace"


def unwanted_type(kind: str) -> str:
    """The row wants other types."""
    return f"{kind} is no longer wanted while the name wants other types: it is deleted after the grace"


def leftover(record: RecordSet) -> str:
    """An ownership TXT without what it is for."""
    return f"the ownership TXT {record.name} has no record set: it is deleted after the grace"


def lone(record: RecordSet, *, suspect: bool = False) -> str:
    """An ownership TXT without what it is for, and nobody was seen to give that up; *suspect*: or it may be that of another name."""
    if suspect:
        return f"the ownership TXT {record.name} has no record set, like most of our TXT in its zone at the start: it stays"
    return f"the ownership TXT {record.name} has no record set, and no claim of it was seen to end: it stays"


def orphan(label: str) -> str:
    """Ours, and never claimed."""
    return f"ours by its TXT ({label or 'without a resource'}), and no claim of it was seen: it stays"


def other_source(label: str) -> str:
    """Ours, from a source that is not configured."""
    return f"ours by its TXT, which names {label}, outside the configured sources: it stays"


def occluded(zone: Zone) -> str:
    """Ours, in a zone that is no longer chosen."""
    return f"ours, but the name no longer belongs to zone {zone.name}: it stays"


def foreign(owner: str | None) -> str:
    """Another owner's."""
    return f"owned by {owner!r}: it is left alone" if owner else "no TXT says that it is ours: it is left alone"


def foreign_equal(owner: str | None) -> str:
    """Another owner's, and as wanted."""
    return f"{foreign(owner)} (its value is as wanted)"


def beside_foreign(owner: str | None) -> str:
    """A creation in a row that somebody else holds."""
    return f"the name is held by {f'owner {owner!r}' if owner else 'somebody without a TXT'}: nothing is created beside it"


def foreign_txt(name: str, owner: str | None) -> str:
    """Another's TXT, where ours would have to be."""
    return f"the TXT {name} is {f'owned by {owner!r}' if owner else 'not ours to read'}: nothing is created"


def no_txt_name(name: str) -> str:
    """No legal name for the ownership TXT."""
    return f"the ownership TXT of {name} would have no legal name: nothing is created"


def txt_outside(txt: str, zone: str) -> str:
    """The ownership TXT would lie elsewhere."""
    return f"the ownership TXT {txt} would lie outside the zone {zone}: nothing is created"


def edited(standing: RecordSet, wanted: RecordSet) -> str:
    """Somebody else changed it."""
    return f"somebody else changed it to {value(standing)}; wanted is {value(wanted)}"


def missing(lost: RecordSet) -> str:
    """Somebody else deleted it."""
    return f"somebody else deleted it; wanted is {value(lost)}"


def fight(sides: Iterable[Side]) -> str:
    """The values of a status that is turned back and forth."""
    return " against ".join(f"{', '.join(side.value)} (written by {', '.join(side.writers) or 'nobody known'})" for side in sides)


def frozen(freeze: Freeze) -> str:
    """A person's word."""
    who = f" by {freeze.by}" if freeze.by else ""
    who += f" in ConfigMap {freeze.sheet}" if freeze.sheet else ""
    return f"frozen{who}: {freeze.reason}" if freeze.reason else f"frozen{who}"


def undoing(kind: Kind, what: str) -> str:
    """What was ordered to be turned back."""
    return f"undo of {what}" if kind == "undo" else f"restore to {what}"


def undone(made: Undone, name: str, standing: Iterable[RecordSet]) -> str:
    """A person's word, carried out."""
    stands = {(record.type, record.set_id): record for record in standing}
    others = [stands.get((turn.type, turn.set_id)) for turn in made.turns if stands.get((turn.type, turn.set_id)) != turn.before]
    changed = " and ".join(f"{value(record)} stands there" if record is not None else "a record set is gone" for record in others)
    but = f"; but somebody else changed {name} meanwhile: {changed}" if others else ""
    return f"turned back ({undoing(made.kind, made.what)}) by {made.by}: it stays so, whatever objects ask for{but}"


def parked(zone: Zone) -> str:
    """The breaker is tripped."""
    return f"more names of {zone.name} are to be deleted than guard.deletes lets pass: all of them wait for a word"


def impossible(trouble: RecordSet | str) -> str:
    """Something that stays excludes it."""
    if isinstance(trouble, str):
        return trouble
    which = f"{trouble.type} {trouble.name}" + (f" ({trouble.set_id})" if trouble.set_id else "")
    return f"{which} stands there and excludes it"


def too_large(units: int) -> str:
    """More than one call carries."""
    return f"it needs {units} changes that must go together, and exceeds what one call carries"


def summary(units: Iterable[Sequence[Change]]) -> str:
    """What would be sent."""
    changes = [change for unit in units for change in unit]
    made = sum(isinstance(change, Create) for change in changes)
    gone = sum(isinstance(change, Delete) for change in changes)
    return f"would create {made}, replace {len(changes) - made - gone} and delete {gone} record sets"


def other_cluster() -> str:
    """The journal was kept for another cluster."""
    return "the journal is that of another cluster: what it says of objects is forgotten, and nothing of it counts as proof"
