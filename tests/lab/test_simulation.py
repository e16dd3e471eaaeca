import pytest

from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Busy as BusyFault
from dnsguard.lab.strict import Dropped, Latency, ServerError, StrictRoute53, Throttle
from dnsguard.model.changes import (
    Accepted,
    Busy,
    ChangeInfo,
    Create,
    Delete,
    GetChange,
    ListRecords,
    ListTags,
    ListZones,
    Page,
    Refused,
    Tags,
    Throttled,
    Unavailable,
    Uncertain,
    Why,
    Write,
    ZonePage,
)
from dnsguard.model.records import RecordSet, Stored

RECORD = RecordSet("www.example.com", "A", ttl=300, values=("192.0.2.1",))


@pytest.fixture
def strict():
    return StrictRoute53()


@pytest.fixture
def zone(strict):
    return strict.create_zone("example.com", tags={"team": "dns"})


def write(zone, *changes):
    return Write(zone, changes or (Create(RECORD),))


def test_a_write_is_carried_out_and_read_back(strict, zone):
    simulation = Simulation(strict, latency=0.25)

    outcome, seconds = simulation.carry_out(write(zone), 1.0)
    read, _ = simulation.carry_out(ListRecords(zone), 1.0)

    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.result, ChangeInfo)
    assert seconds == 0.25
    assert isinstance(read, Accepted)
    assert isinstance(read.result, Page)
    assert [found.value for found in read.result.sets if found.value.type == "A"] == [RECORD]


def test_a_change_is_insync_when_it_has_propagated(strict, zone):
    simulation = Simulation(strict)
    accepted, _ = simulation.carry_out(write(zone), 0.0)
    change = GetChange(accepted.result.id)

    assert simulation.carry_out(change, 29.9)[0].result.insync is False
    assert simulation.carry_out(change, 30.0)[0].result.insync is True


def test_zones_and_tags_are_read(strict, zone):
    simulation = Simulation(strict)

    zones, _ = simulation.carry_out(ListZones(), 0.0)
    tags, _ = simulation.carry_out(ListTags((zone,)), 0.0)

    assert isinstance(zones.result, ZonePage)
    assert [found.id for found in zones.result.zones] == [zone]
    assert tags.result == Tags({zone: {"team": "dns"}})


def test_a_refusal_names_its_record_set(strict, zone):
    outcome, _ = Simulation(strict).carry_out(write(zone, Delete(Stored(RECORD))), 0.0)

    assert isinstance(outcome, Refused)
    assert [(one.why, one.name, one.type) for one in outcome.refusals] == [(Why.STALE, "www.example.com", "A")]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Throttle(), Throttled),
        (BusyFault(), Busy),
        (ServerError(503), Unavailable),
        (ServerError(500), Uncertain),
        (Dropped(), Uncertain),
        (Dropped(applied=True), Uncertain),
    ],
)
def test_a_fault_of_a_write_is_the_outcome_that_it_is_worth(strict, zone, fault, expected):
    strict.faults.inject(fault, "ChangeResourceRecordSets", count=1)

    outcome, _ = Simulation(strict).carry_out(write(zone), 0.0)

    assert isinstance(outcome, expected)
    assert (len(strict.records(zone)) == 3) == (fault == Dropped(applied=True))


def test_injected_latency_is_added_to_the_answer(strict, zone):
    strict.faults.inject(Latency(2.0), count=1)

    assert Simulation(strict, latency=0.5).carry_out(write(zone), 0.0)[1] == 2.5
