"""Service levels are read off the engine when somebody asks, and say 0 where nothing waits."""

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from dnsguard import __version__
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Throttle
from dnsguard.lab.world import World
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Deletes, Drift, Duration, Guard, Ownership, Settings, ZoneEntry
from dnsguard.web.levels import LevelCollector

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
WRITE, LIST = "ChangeResourceRecordSets", "ListResourceRecordSets"
SICK = {"aws-health-check-id": "none-such", "set-identifier": "x", "aws-weight": "1"}


class Levels:
    """A world and the metrics of its engine."""

    def __init__(self, world):
        self.world = world
        self._registry = CollectorRegistry()
        self._registry.register(LevelCollector(lambda: world.engine.status(world.now)))

    def __call__(self, name, **labels):
        return self._registry.get_sample_value(f"dnsguard_{name}", labels)

    def oldest(self, what):
        return self("oldest_seconds", what=what)

    def samples(self):
        return [sample for family in self._registry.collect() for sample in family.samples]


def begun(*views, count=5, settings=SETTINGS):
    world = World(settings)
    routes = [route(f"n{number}", [f"n{number}.example.com"]) for number in range(count)]
    world.put(gateway(["192.0.2.1"]), namespace("team"), *routes, *views)
    world.sync()
    world.run(10)
    return Levels(world)


def test_version_and_policy_are_told():
    assert begun(settings=replace(SETTINGS, policy="shadow"))("info", version=__version__, policy="shadow") == 1


@pytest.mark.parametrize("what", ["due", "held", "parked", "quarantined"])
def test_where_nothing_waits_the_age_is_zero(what):
    assert begun().oldest(what) == 0
    assert Levels(World(SETTINGS)).oldest(what) == 0


def test_a_change_that_cannot_leave_grows_old():
    levels = begun()
    levels.world.strict.faults.inject(Throttle(), WRITE, count=None)
    levels.world.put(gateway(["192.0.2.2"]))
    levels.world.run(60)
    assert levels.oldest("due") == pytest.approx(60, abs=2)
    assert levels("zone_dirty_names", zone=levels.world.zones["example.com"]) == 5
    assert levels("budget_factor", account="", bucket=WRITE) < 1


def test_the_oldest_hold_parked_deletion_and_quarantine_are_told_by_their_age():
    levels = begun(
        route("sick", ["sick.example.com"], annotations=SICK), settings=replace(SETTINGS, guard=Guard(deletes=Deletes(always=1)))
    )
    world = levels.world
    world.put(route("n0", ["n0.example.com"], accepted=False))
    world.run(30)
    world.drop(*(Ref("HTTPRoute", "team", f"n{number}") for number in range(1, 5)))
    world.run(20)
    assert (levels.oldest("held"), levels.oldest("parked")) == (pytest.approx(50), pytest.approx(20))
    assert levels.oldest("quarantined") > 0


def test_freezes_in_force_are_counted_until_they_end():
    levels = begun()
    levels.world.order(Freeze("example.com", until=levels.world.now + 60))
    levels.world.order(Freeze(pattern="*.example.com"))
    assert levels("freezes") == 2
    levels.world.run(61)
    assert levels("freezes") == 1


def test_a_zone_tells_whether_and_how_long_ago_it_was_read():
    levels = begun(settings=replace(SETTINGS, drift=Drift(period=Duration(100.0))))
    zone = levels.world.zones["example.com"]
    assert levels("zone_read", zone=zone) == 1
    assert 0 < levels("zone_read_age_seconds", zone=zone) <= 10
    levels.world.strict.faults.inject(Throttle(), LIST, count=None)
    levels.world.run(500)
    assert levels("zone_read_age_seconds", zone=zone) > 500


def test_a_zone_that_cannot_be_read_has_no_age():
    world = World(SETTINGS)
    world.strict.faults.inject(Throttle(), LIST, count=None)
    levels = Levels(world)
    world.run(100)
    zone = world.zones["example.com"]
    assert (levels("zone_read", zone=zone), levels("zone_read_age_seconds", zone=zone)) == (0, None)


def test_a_budget_is_a_part_of_a_full_one():
    levels = begun()
    found = {sample.labels["bucket"]: sample.value for sample in levels.samples() if sample.name == "dnsguard_budget_level"}
    assert {"requests", "changes", WRITE, LIST} <= found.keys()
    assert max(found.values()) <= 1
    levels.world.run(100)
    assert levels("budget_level", account="", bucket="requests") == 1


def test_no_label_holds_a_host_name():
    levels = begun(route("sick", ["sick.example.com"], annotations=SICK))
    levels.world.order(Freeze(pattern="*.example.com", reason="www.example.com"))
    labels = {text for sample in levels.samples() for text in sample.labels.values()}
    assert not {text for text in labels if "example" in text}
