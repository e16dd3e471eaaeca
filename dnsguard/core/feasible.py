"""What may stand together at one name.

Rules kept here (RFC 1034 3.6.2; Route53 developer guide, "Supported DNS record types" and "Choosing a routing policy"):

- A CNAME excludes every other type at its name, and cannot stand at the apex of its zone.
- The sets of one name and type are either one simple set or all of one routing policy; set identifiers differ.
- Two latency sets of one region, two failover sets of one role and two equal geolocations exclude each other.
"""

from collections.abc import Iterable

from dnsguard.model.records import Failover, Geolocation, Latency, RecordSet


def obstacle(new: RecordSet, standing: Iterable[RecordSet], apex: str) -> RecordSet | str | None:
    """Return which of *standing* (sets of the same name) forbids *new*, or a sentence if its place does, or None."""
    if new.type == "CNAME" and new.name == apex:
        return "a CNAME cannot stand at the apex of a zone"
    return next((other for other in standing if excludes(other, new)), None)


def excludes(one: RecordSet, other: RecordSet) -> bool:
    """Return whether two sets of one name cannot both stand there."""
    if one.type != other.type:
        return "CNAME" in (one.type, other.type)
    if one.set_id == other.set_id:
        return True
    if one.routing is None or other.routing is None or type(one.routing) is not type(other.routing):
        return True
    match one.routing:
        case Latency() | Failover() | Geolocation():
            return one.routing == other.routing
        case _:
            return False
