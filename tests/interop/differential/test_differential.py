"""The same random states of a real API server make the same zone in dnsguard and in the real external-dns, TXT included.

`DNSGUARD_SEED=N` starts at another seed, `DNSGUARD_ROUNDS=N` runs another number of rounds.
"""

import os
from collections import Counter

import pytest

from dnsguard.core.ownership import Registry
from dnsguard.model.settings import Ownership
from tests.interop.differential.excuses import EXCUSES, PAGE, Difference, excuses
from tests.interop.differential.states import make
from tests.interop.differential.writing import Writer
from tests.interop.differential.zones import OWNER, contents, dnsguard, empty_zone, external_dns

FIRST = int(os.environ.get("DNSGUARD_SEED", "1"))
ROUNDS = int(os.environ.get("DNSGUARD_ROUNDS", "4"))
STATES = 50
"""States of a round; they share the two zones."""
EXCUSED = 0.1
"""At most this share of the names may differ, each by a row of the page."""
REGISTRY = Registry(Ownership(owner=OWNER))


@pytest.fixture(scope="module")
def tally():
    counts = Counter()
    yield counts
    print(f"\n{counts['states']} states, {counts['records']} record sets compared, of {counts['names']} names; excused names:")
    for row in EXCUSES:
        print(f"  {counts[row]:4d}  {row}")


@pytest.fixture(scope="module", params=range(ROUNDS), ids=lambda number: f"from-seed-{FIRST + number * STATES}")
def filled(request, cluster, tally):
    """Both zones, each filled by its program with the states of one round, and what is excused there."""
    first = FIRST + request.param * STATES
    labels = f"round=r{request.param}"
    states = [make(seed, {"round": f"r{request.param}"}) for seed in range(first, first + STATES)]
    with Writer(cluster) as writer:
        writer.put(states)
    with empty_zone() as there, empty_zone() as here:
        external_dns(cluster, there, labels)
        dnsguard(cluster, here, labels)
        theirs, ours = contents(there), contents(here)
        found = differences(states, theirs, ours)
        tally.update(states=len(states), records=len(theirs.keys() | ours.keys()))
        tally["names"] += len({subject(key) for key in (*theirs, *ours)})
        yield labels, there, here, found


def subject(key):
    """Return the name that a record set is about: of an ownership TXT the name that it owns."""
    name, kind, _ = key
    return REGISTRY.read_name(name)[0] if kind == "TXT" else name


def state_of(name, by_domain):
    labels = name.split(".")
    return by_domain[".".join(labels[-3:])]


def differences(states, theirs, ours):
    """Return what differs, name by name."""
    by_domain = {state.domain: state for state in states}
    apart = {}
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key):
            there, here = apart.setdefault(subject(key), ({}, {}))
            if key in theirs:
                there[key] = theirs[key]
            if key in ours:
                here[key] = ours[key]
    return {name: Difference(state_of(name, by_domain), name, *sides) for name, sides in apart.items()}


def told(found):
    lines = [f"seed {found.state.seed} ({found.state.oddity or 'no oddity'}), {found.name}"]
    for side, records in (("external-dns", found.theirs), ("dnsguard", found.ours)):
        lines += [f"  {side}: {key}: {record}" for key, record in records.items()] or [f"  {side}: nothing"]
    return "\n".join(lines)


def test_every_row_that_excuses_stands_on_the_page():
    page = PAGE.read_text()
    assert [row for row in EXCUSES if f"| {row}" not in page] == []


def test_both_fill_an_empty_zone_record_by_record_alike(filled, tally):
    _, _, here, found = filled
    rows = {name: excuses(difference) for name, difference in found.items()}
    tally.update(row for each in rows.values() for row in each)
    for name, each in rows.items():
        print(told(found[name]), f"  excused: {' '.join(each)}" if each else "  NOT EXCUSED", sep="\n")

    assert [told(found[name]) for name, each in rows.items() if not each] == []
    tally["differing"] += len(found)
    assert len(found) <= EXCUSED * len({subject(key) for key in contents(here)})


def test_what_external_dns_wrote_leaves_dnsguard_nothing_to_do(filled, cluster):
    labels, there, _, found = filled
    planned, _ = dnsguard(cluster, there, labels, dry=True)
    assert [change for change in planned if subject_of(change) not in found] == []


def test_what_dnsguard_wrote_leaves_external_dns_nothing_to_do(filled, cluster):
    labels, _, here, found = filled
    before = contents(here)
    log = external_dns(cluster, here, labels)
    assert {name for name in changed(before, contents(here)) if name not in found} == set(), log[-4000:]


def subject_of(change):
    record = change.after if hasattr(change, "after") else change.before.value
    return subject((record.name, record.type, record.set_id))


def changed(before, after):
    return {subject(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
