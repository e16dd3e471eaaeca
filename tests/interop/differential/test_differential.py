"""The same random states of a real API server make the same zone in dnsguard and in the real external-dns, TXT included.

`DNSGUARD_SEED=N` starts at another seed, `DNSGUARD_ROUNDS=N` runs another number of rounds.
"""

import os
from collections import Counter
from typing import NamedTuple

import pytest

from dnsguard.core.ownership import Registry
from dnsguard.lab.route53_server import Route53Server
from dnsguard.model.settings import Ownership
from tests.interop.differential.excuses import EXCUSES, PAGE, Difference, excuses
from tests.interop.differential.states import State, make
from tests.interop.differential.writing import Writer
from tests.interop.differential.zones import OWNER, contents, dnsguard, empty_zone, external_dns

FIRST = int(os.environ.get("DNSGUARD_SEED", "1"))
ROUNDS = int(os.environ.get("DNSGUARD_ROUNDS", "4"))
STATES = 50
"""States of a round; they share the two zones."""
EXCUSED = 0.15
"""At most this share of the names may differ, each by a row of the page."""
REGISTRY = Registry(Ownership(owner=OWNER))


class Round(NamedTuple):
    """The states of a round, both Route53 and the names in which their zones differ."""

    labels: str
    states: list[State]
    there: Route53Server
    here: Route53Server
    found: dict[str, Difference]


@pytest.fixture(scope="module")
def tally(request):
    """Counts over all rounds, told at the end even where nothing failed."""
    counts = Counter()
    yield counts
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *summary(counts), sep="\n")


def summary(counts):
    yield f"{counts['states']} states from seed {FIRST} on, {counts['records']} record sets compared, of {counts['names']} names."
    yield f"{counts['differing']} names differ, each excused by rows of docs/differences.md:"
    for row in EXCUSES:
        if counts[row]:
            yield f"  {counts[row]:4d}  {row}"
    yield f"In dnsguard's zones external-dns asked for {counts['asked']} names again, {counts['endless']} of which it asks for in"
    yield "every cycle in its own zones too."


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
        yield Round(labels, states, there, here, found)


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
    """Return the seed and both sides of a difference."""
    lines = [f"seed {found.state.seed} ({found.state.oddity or 'no oddity'}), {found.name}"]
    for side, records in (("external-dns", found.theirs), ("dnsguard", found.ours)):
        lines += [f"  {side}: {key}: {record}" for key, record in records.items()] or [f"  {side}: nothing"]
    return "\n".join(lines)


def test_every_row_that_excuses_stands_on_the_page():
    page = PAGE.read_text()
    assert [row for row in EXCUSES if f"| {row}" not in page] == []


def test_both_fill_an_empty_zone_record_by_record_alike(filled, tally):
    found = filled.found
    rows = {name: excuses(difference) for name, difference in found.items()}
    tally.update(row for each in rows.values() for row in each)
    tally["differing"] += len(found)
    for name, each in rows.items():
        print(told(found[name]), f"  excused: {' '.join(each)}" if each else "  NOT EXCUSED", sep="\n")

    assert [told(found[name]) for name, each in rows.items() if not each] == []
    assert len(found) <= EXCUSED * len({subject(key) for key in contents(filled.here)})


def test_what_external_dns_wrote_leaves_dnsguard_nothing_to_do(filled, cluster):
    planned, _ = dnsguard(cluster, filled.there, filled.labels, dry=True)
    assert [change for change in planned if subject_of(change) not in filled.found] == []


def test_what_dnsguard_wrote_leaves_external_dns_nothing_to_do(filled, cluster, tally):
    before = contents(filled.here)
    asked, log = asked_again(filled.here, cluster, filled.labels)
    # What external-dns does again in every cycle, it does in its own zone too: what Route53 refuses, and properties that do
    # not read back as they were written ("Any difference of the property maps is an update").
    endless, _ = asked_again(filled.there, cluster, filled.labels)
    again = differences(filled.states, contents(filled.here), before)
    tally["asked"] += len(asked)
    tally["endless"] += len(asked & endless)

    # Two routes that want two TTL of one name may have agreed by chance the first time.
    assert [told(found) for name, found in again.items() if name not in filled.found and not excuses(found)] == [], log[-4000:]
    assert asked - endless - filled.found.keys() - again.keys() == set(), log[-4000:]


def asked_again(server, cluster, labels):
    """Let external-dns do another pass; return the names that it asks Route53 to change, and its log."""
    server.strict.asked.clear()
    log = external_dns(cluster, server, labels)
    return {subject(key) for key in server.strict.asked}, log


def subject_of(change):
    record = change.after if hasattr(change, "after") else change.before.value
    return subject((record.name, record.type, record.set_id))
