"""Trouble with a whole zone or account: one alert whatever the number of names, and the other zones go on."""

import io

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import Policies
from dnsguard.lab.world import World
from dnsguard.model.changes import GetZone, ListRecords, Unavailable, Write
from dnsguard.model.facts import Alert, Reason
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.route53.refusals import outcome_of
from dnsguard.web.log import Log
from dnsguard.web.metrics import Metrics

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
READ_ONLY = Policies({"Statement": {"Effect": "Allow", "Action": ["route53:List*", "route53:Get*"], "Resource": "*"}})
ROLE = "arn:aws:iam::123456789012:role/dns"
NOT_ASSUMED = Unavailable("no credentials for Route53: AssumeRole was refused: AccessDenied: no")


def routes(count, domain="example.com"):
    return [route(f"n{number:03}.{domain}", [f"n{number:03}.{domain}"]) for number in range(count)]


def begun(*views, settings=SETTINGS, zones=("example.com",), prepare=lambda world: None):
    world = World(settings, zones)
    prepare(world)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *views)
    world.sync()
    return world


def alerts(world):
    return [fact for _, fact in world.facts if isinstance(fact, Alert)]


def writes(world, zone=None):
    return [job.call for _, job in world.jobs if isinstance(job.call, Write) and zone in {None, job.call.zone}]


def told(world):
    """Return the lines of the log from warnings up, and the metric of alerts."""
    stream, registry, wall = io.StringIO(), CollectorRegistry(), [0.0]
    log, metrics = Log(stream, "text", "warning", lambda: wall[0]), Metrics(registry)
    for at, fact in world.facts:
        wall[0] = at
        log.tell(fact, at)
        metrics.tell(fact, at)
    return stream.getvalue().splitlines(), registry.get_sample_value("dnsguard_alerts_total")


def quota(world):
    world.strict.zone_limit = 2


def no_permission(world):
    world.strict.policies = READ_ONLY


@pytest.mark.parametrize("count", [1, 2, 3, 50, 400])
@pytest.mark.parametrize(("key", "prepare"), [("zone-full", quota), ("denied", no_permission)])
def test_what_concerns_a_whole_zone_is_one_alert_however_many_names_want_something(count, key, prepare):
    world = begun(*routes(count), prepare=prepare)
    world.run(500.0)
    assert [fact.key for fact in alerts(world)] == [f"{key} {world.zones['example.com']}"]
    assert len(writes(world)) <= 30
    lines, counted = told(world)
    assert counted == 1
    # An alert, its first refusal, and for each name that was tried alone what became of it.
    assert sum("alert=" in line for line in lines) == 1
    assert len(lines) <= 40
    world.run(6 * 3600.0)
    assert len(alerts(world)) <= 6 * 6
    assert len(writes(world)) <= 200
    before = len(writes(world))
    world.run(6 * 3600.0)
    assert len(writes(world)) - before <= 150, "an hour costs no more than the back-off allows"


def test_a_denied_zone_costs_a_call_for_each_batch_and_not_for_each_name():
    world = begun(*routes(2000), prepare=no_permission)
    world.run(100.0)
    assert len(writes(world)) <= 15
    assert [fact.key for fact in alerts(world)] == [f"denied {world.zones['example.com']}"]


@pytest.mark.parametrize("count", [1, 2, 3, 50, 400])
@pytest.mark.parametrize(("prepare", "cure"), [(quota, {"zone_limit": 10_000}), (no_permission, {"policies": None})])
def test_what_waited_for_a_whole_zone_is_published_once_the_cause_is_gone(count, prepare, cure):
    world = begun(*routes(count), prepare=prepare)
    world.run(3600.0)
    assert world.values() == {}
    for name, remedy in cure.items():
        setattr(world.strict, name, remedy)
    world.run(3600.0)
    assert (len(world.values()), world.standing) == (count, {})


class Partial:
    """A Route53 where calls about one zone come to something else."""

    def __init__(self, world, zone, answer):
        self._simulation = Simulation(world.strict)
        self._zone = zone
        self._answer = answer

    def carry_out(self, call, now):
        if isinstance(call, (Write, ListRecords, GetZone)) and call.zone == self._zone:
            return self._answer(call), 0.05
        return self._simulation.carry_out(call, now)


def gone(call):
    return outcome_of(call, 404, "NoSuchHostedZone", f"No hosted zone found with ID: {call.zone}")


def test_a_zone_that_disappears_is_one_alert_and_the_other_zone_goes_on():
    world = begun(*routes(3), *routes(3, "example.org"), zones=("example.com", "example.org"))
    world.run(5.0)
    lost = world.zones["example.org"]
    world.port = Partial(world, lost, gone)
    before = len(writes(world))
    world.put(gateway(["192.0.2.2"]))
    world.run(5.0)
    assert world.values() == {f"n{number:03}.example.com A": ["192.0.2.2"] for number in range(3)}
    assert alerts(world) == [Alert(f"zone-shut {lost}", f"zone example.org ({lost}) does not exist any more")]
    world.put(gateway(["192.0.2.3"]))
    world.run(3600.0)
    assert world.values()["n000.example.com A"] == ["192.0.2.3"]
    # Its verification cannot read it either, which is the same alert.
    assert {fact.key for fact in alerts(world)} == {f"zone-shut {lost}"}
    assert len(writes(world)) - before <= 12


def accounts(world, zone):
    """Return settings whose second account is asked for that zone alone."""
    entries = (ZoneEntry(domains=("example.com",)), ZoneEntry(domains=("example.org",), ids=(zone,), role_arn=ROLE))
    return replace(world.settings, zones=entries)


def two_accounts(*, assumed):
    """Return a world that has just begun with two accounts, the second one's role being *assumed* or not."""
    world = begun(*routes(3), *routes(3, "example.org"), zones=("example.com", "example.org"))
    zone = world.zones["example.org"]
    world.settings = accounts(world, zone)
    if not assumed:
        world.port = Partial(world, zone, lambda call: NOT_ASSUMED)
    world.restart()
    world.facts.clear()
    world.sync()
    world.run(5.0)
    return world


def test_a_role_that_cannot_be_assumed_from_the_start_is_one_alert_and_the_other_account_goes_on():
    world = two_accounts(assumed=False)
    assert set(world.values()) == {f"n{number:03}.example.com A" for number in range(3)}
    assert world.values("example.org") == {}
    assert {fact.text for fact in alerts(world)} == {
        f"the hosted zone {world.zones['example.org']} cannot be looked up: {NOT_ASSUMED.text}; names in example.org wait for that"
    }
    assert {verdict.reason for verdict in world.standing} == set()
    world.port = Simulation(world.strict)
    world.run(120.0)
    assert len(world.values("example.org")) == 3
    assert not world.engine.failing()


def test_a_role_that_can_no_longer_be_assumed_leaves_the_other_account_alone():
    world = two_accounts(assumed=True)
    assert len(world.values("example.org")) == 3
    world.port = Partial(world, world.zones["example.org"], lambda call: NOT_ASSUMED)
    world.put(gateway(["192.0.2.2"]))
    world.run(5.0)
    assert world.values()["n000.example.com A"] == ["192.0.2.2"]
    assert world.values("example.org")["n000.example.org A"] == ["192.0.2.1"]
    lines, _ = told(world)
    assert any(NOT_ASSUMED.text in line for line in lines)
    world.port = Simulation(world.strict)
    world.run(120.0)
    assert world.values("example.org")["n000.example.org A"] == ["192.0.2.2"]


def test_what_a_claim_asked_for_that_ended_while_its_account_was_away_is_still_proof():
    world = two_accounts(assumed=True)
    world.port = Partial(world, world.zones["example.org"], lambda call: NOT_ASSUMED)
    world.drop(*(view.ref for view in routes(3, "example.org")))
    world.run(600.0)
    assert len(world.values("example.org")) == 3
    world.port = Simulation(world.strict)
    world.run(120.0)
    assert world.values("example.org") == {}


def test_parked_names_are_counted_by_their_reason():
    world = begun(*routes(50), prepare=quota)
    world.run(30.0)
    assert {verdict.reason for verdict in world.standing} == {Reason.ZONE_FULL}
    assert len(world.standing) == 50
