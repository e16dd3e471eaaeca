"""Cost: what a stream costs in Route53 calls an hour, by external-dns's cost model.

Rules kept here (external-dns, AWS provider with the TXT registry; measured beside a real one):

- A loop lists all zones of the account twice, 100 a page, and every zone in use once, 300 record sets a page.
- A loop that finds something to change lists the zones once more, and sends a batch to each zone: at least one call.
- Tuned (`--aws-zones-cache-duration=1h --provider-cache-time=10m`) it reads nothing while its caches last. A change drops
  the cache of records, which is then filled by one full listing.
- A host name takes two record sets, itself and its ownership TXT; an alias, or addresses of both families, take four.
- dnsguard reads the list of zones once an hour, and a zone at its start.
"""

from math import ceil

from msgspec import Struct

from dnsguard.core.accounts import accounts_of
from dnsguard.core.budget import PROFILES
from dnsguard.core.desired import endpoints
from dnsguard.core.diagnosis.loops import Loops
from dnsguard.core.inventory import Inventory
from dnsguard.core.names import canonical
from dnsguard.core.shape import Shape
from dnsguard.core.zones import Zones
from dnsguard.model.findings import Bill, Cost
from dnsguard.model.records import Zone
from dnsguard.model.settings import BudgetSettings, Settings

HOUR = 3600.0
ZONES_A_PAGE = 100
SETS_A_PAGE = 300
REFILLS = 6
"""Listings an hour when a cache of ten minutes expires."""
LIMITS = (5.0, 10.0)
"""Requests a second of an account: the old rule, and that since 2026-07-30."""
NAMES_A_BATCH = 125
"""Names of eight changes each (four record sets, replaced) that fit into a batch of 1,000."""


class Needs(Struct, frozen=True):
    """What the names of a stream need: *hosts*, and how many record sets in each zone; *outside* lie in no zone."""

    hosts: int
    sets: tuple[int, ...]
    outside: int = 0


def needs(inventory: Inventory, settings: Settings, now: float) -> Needs:
    """Count the record sets that the names of *inventory* need in the zones of *settings*, one zone for each domain."""
    shape = Shape(settings.records)
    zones = _zones(settings)
    found = {zone.id: 0 for zone in zones.by_id.values()}
    hosts = outside = 0
    for name in sorted(inventory.names()):
        held = zones.choose(name) if zones.by_id else (_SOMEWHERE,)
        hosts += bool(held)
        outside += not held
        for zone in held:
            found[zone.id] = found.get(zone.id, 0) + 2 * _sets(inventory, shape, name, zone, now)
    return Needs(hosts, tuple(count for _, count in sorted(found.items())), outside)


def _sets(inventory: Inventory, shape: Shape, name: str, zone: Zone, now: float) -> int:
    count = 0
    for set_id in sorted(inventory.set_ids(name)):
        wanted, _ = endpoints(name, set_id, inventory.demand(name, set_id, zone.entry, now).wishes)
        for endpoint in wanted:
            try:
                count += len(shape.record_sets(endpoint, zone))
            except ValueError:
                continue
    return count


_SOMEWHERE = Zone("somewhere", "", private=False, entry=0)
"""The zone of all names, where the config names none."""


def _zones(settings: Settings) -> Zones:
    zones = Zones(settings.zones)
    domains = [(index, canonical(domain.lstrip("."))) for index, entry in enumerate(settings.zones) for domain in entry.domains]
    zones.use(Zone(domain, domain, settings.zones[index].type == "private", index) for index, domain in reversed(domains))
    return zones


class Load(Struct, frozen=True):
    """What came in within *seconds*: loops of an eager and of a patient external-dns, and of one that no noise disturbs.

    Noise is what changes nothing that DNS can see, or only turns a value back to what it was.

    *writes* is what dnsguard sends for it; *at_most*: as a bound.
    """

    seconds: float
    eager: Loops
    patient: Loops
    undisturbed: Loops
    writes: int
    at_most: bool


def cost(load: Load, wanted: Needs, settings: Settings) -> Cost:
    """Return what the stream costs an hour."""
    zones = max(1, len(wanted.sets))
    lookup = ceil(zones / ZONES_A_PAGE)
    pages = sum(max(1, ceil(count / SETS_A_PAGE)) for count in wanted.sets) or 1
    hourly = HOUR / load.seconds if load.seconds else 0.0
    eager = _untuned("external-dns with --events", load.eager, lookup, pages, zones, hourly)
    undisturbed = _untuned("", load.undisturbed, lookup, pages, zones, hourly)
    refills = min(load.eager.count * hourly, load.eager.changed * hourly + REFILLS)
    tuned = Bill("external-dns with --events, tuned", refills * pages + lookup, load.eager.changed * hourly * zones)
    accounts = len(accounts_of(settings.zones))
    bills = (
        eager,
        _untuned("external-dns, once a minute", load.patient, lookup, pages, zones, hourly),
        tuned,
        Bill("dnsguard", float(accounts * lookup), load.writes * hourly, load.at_most),
    )
    noise = max(0.0, eager.calls - undisturbed.calls)
    return Cost(wanted.hosts, sum(wanted.sets), zones, bills, noise, LIMITS, _assumptions(load, wanted, zones))


def most_writes(names: int, *, ended: bool) -> int:
    """Return how many writes a change of *names* names can take: twice where claims ended, whose deletions come later."""
    return ceil(names / NAMES_A_BATCH) * (2 if ended else 1)


def affordable(settings: BudgetSettings, seconds: float) -> int:
    """Return how many writes the budget lets through in *seconds*."""
    _, action, _ = PROFILES[settings.profile]
    bucket = settings.actions or action
    return ceil(settings.share * (bucket.burst + bucket.rate * seconds))


def _untuned(program: str, loops: Loops, lookup: int, pages: int, zones: int, hourly: float) -> Bill:
    reads = loops.count * (2 * lookup + pages) + loops.changed * lookup
    return Bill(program, reads * hourly, loops.changed * zones * hourly)


def _assumptions(load: Load, wanted: Needs, zones: int) -> tuple[str, ...]:
    named = "one zone for each domain of the config" if wanted.outside or zones > 1 else "the zone of the config"
    others = f"the zones hold nothing but what these {wanted.hosts} names need: more of either makes external-dns's reads dearer"
    return (
        f"the account has no other zones than {named}, and {others}",
        f"the stream goes on for an hour as it went for {load.seconds:.0f} s, edits included",
        "external-dns keeps its default intervals (60 s, and 5 s after an event); a change costs it one batch a zone, at least",
        "tuned is --aws-zones-cache-duration=1h --provider-cache-time=10m",
        "dnsguard has read its zones once at its start, under policy sync; deletions count when their grace is over",
        "its writes are bounded by what changes and by its budget; running the engine would tell, and take long: `dnsguard replay`"
        if load.at_most
        else "its writes are those that the engine made of this stream",
    )
