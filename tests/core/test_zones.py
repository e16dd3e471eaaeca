"""A name goes to the longest public zone and to every private zone that holds it, among those that an entry means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.names import lies_in
from dnsguard.core.zones import Zones, in_domains, matches, tags_match
from dnsguard.model.changes import ZoneFound
from dnsguard.model.records import Zone
from dnsguard.model.settings import ZoneEntry

FOUND = ZoneFound("Z1", "example.com", private=False)
NAMES = ("com", "example.com", "a.example.com", "b.a.example.com", "other.org")


def zone(id_, name, *, private=False, entry=0):
    return Zone(id_, name, private, entry)


@pytest.mark.parametrize(
    ("entry", "zone", "fits"),
    [
        (ZoneEntry(), FOUND, True),
        (ZoneEntry(domains=("example.com",)), FOUND, True),
        (ZoneEntry(domains=("Example.COM.",)), FOUND, True),
        (ZoneEntry(domains=("com",)), FOUND, True),
        (ZoneEntry(domains=("ample.com",)), FOUND, False),
        (ZoneEntry(domains=("a.example.com",)), FOUND, False),
        (ZoneEntry(domains=(".example.com",)), FOUND, False),
        (ZoneEntry(domains=(".com",)), FOUND, True),
        (ZoneEntry(domains=("other.org", "example.com")), FOUND, True),
        (ZoneEntry(exclude_domains=("example.com",)), FOUND, False),
        (ZoneEntry(exclude_domains=(".example.com",)), FOUND, True),
        (ZoneEntry(domains=("com",), exclude_domains=("example.com",)), FOUND, False),
        (ZoneEntry(ids=("Z1", "Z2")), FOUND, True),
        (ZoneEntry(ids=("Z2",)), FOUND, False),
        (ZoneEntry(type="public"), FOUND, True),
        (ZoneEntry(type="private"), FOUND, False),
        (ZoneEntry(type="private"), ZoneFound("Z1", "example.com", private=True), True),
        (ZoneEntry(type="public"), ZoneFound("Z1", "example.com", private=True), False),
        (ZoneEntry(), ZoneFound("Z1", "example.com", private=False, linked=True), False),
    ],
)
def test_an_entry_means_the_zones_that_meet_all_it_states(entry, zone, fits):
    assert matches(entry, zone) is fits


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ((), True),
        (("env=prod",), True),
        (("env",), True),
        (("env=dev",), False),
        (("team",), False),
        (("env=prod", "team"), False),
        (("empty=",), True),
    ],
)
def test_a_zone_carries_all_tags_that_are_asked_for(wanted, fits):
    assert tags_match(ZoneEntry(tags=wanted), {"env": "prod", "empty": "", "key=": "odd"}) is fits


@given(st.lists(st.sampled_from(NAMES), max_size=3), st.lists(st.sampled_from(NAMES), max_size=2), st.sampled_from(NAMES))
def test_domains_hold_what_lies_in_one_of_them_and_in_no_exclusion(domains, excluded, name):
    entry = ZoneEntry(domains=tuple(domains), exclude_domains=tuple(excluded))
    inside = not domains or any(lies_in(name, domain) for domain in domains)
    assert in_domains(entry, name) == (inside and not any(lies_in(name, domain) for domain in excluded))


SETS = st.lists(st.tuples(st.sampled_from(NAMES), st.booleans(), st.integers(0, 1)), max_size=8)


@given(SETS, st.sampled_from(["x.b.a.example.com", "a.example.com", "ba.example.com", "com", "x.net"]), st.sampled_from([-1, 0, 1, 2, 3]))
def test_a_name_goes_to_the_longest_public_zone_and_to_all_private_ones_in_scope(found, name, scope):
    every = [zone(f"Z{number}", where, private=private, entry=entry) for number, (where, private, entry) in enumerate(found)]
    zones = Zones([ZoneEntry(), ZoneEntry()])
    zones.use(every)
    holding = [z for z in every if lies_in(name, z.name)]
    assert set(zones.holding(name)) == set(holding)
    allowed = [z for z in holding if scope == -1 or scope & (1 << z.entry)]
    public = sorted((z for z in allowed if not z.private), key=lambda z: (-len(z.name), z.id))
    assert set(zones.choose(name, scope)) == {*public[:1], *(z for z in allowed if z.private)}


def test_the_longest_zone_stands_first():
    zones = Zones([ZoneEntry()])
    zones.use([zone("Z1", "com"), zone("Z2", "a.example.com"), zone("Z3", "example.com")])
    assert [z.id for z in zones.holding("x.a.example.com")] == ["Z2", "Z3", "Z1"]
    assert list(zones.by_id) == ["Z2", "Z1", "Z3"]


def test_an_excluded_domain_keeps_names_out_of_the_zones_of_its_entry_alone():
    entries = [ZoneEntry(exclude_domains=("dev.example.com",)), ZoneEntry()]
    zones = Zones(entries)
    zones.use([zone("Z1", "example.com"), zone("Z2", "com", entry=1)])
    assert [z.id for z in zones.choose("a.example.com")] == ["Z1"]
    assert [z.id for z in zones.choose("a.dev.example.com")] == ["Z2"]


def test_among_public_zones_of_one_name_the_smaller_id_wins():
    zones = Zones([ZoneEntry()])
    zones.use([zone("Z2", "example.com"), zone("Z1", "example.com")])
    assert [z.id for z in zones.choose("a.example.com")] == ["Z1"]


def test_a_new_look_forgets_the_zones_of_the_one_before():
    zones = Zones([ZoneEntry()])
    zones.use([zone("Z1", "example.com")])
    zones.use([zone("Z2", "other.org")])
    assert zones.holding("a.example.com") == ()
    assert list(zones.by_id) == ["Z2"]
