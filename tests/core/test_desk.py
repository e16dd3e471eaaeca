"""The desk: what is touched is planned, and what cannot be sent has a verdict, an alarm and an end."""

import pytest
from msgspec.structs import replace

from dnsguard.core.backoff import QUARANTINE
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.world import World
from dnsguard.model.changes import Call, Outcome, Refusal, Refused, Why, Write
from dnsguard.model.facts import Alert, Called, Cleared, Reason, Withheld
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Drift, Duration, Guard, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
CLUSTER = (gateway(["192.0.2.1"]), namespace("team"), route("www", ["www.example.com"]))
SICK = {"aws-health-check-id": "none-such", "set-identifier": "x", "aws-weight": "1"}


class Refusing:
    """A Route53 that gives the writes of a name the answers it was told, and is a simulated one for the rest."""

    def __init__(self, world: World, name: str, *answers: Outcome) -> None:
        self._simulation = Simulation(world.strict)
        self._name = name
        self.answers = list(answers)

    def carry_out(self, call: Call, now: float) -> tuple[Outcome, float]:
        concerned = isinstance(call, Write) and any(
            getattr(change, "after", None) and change.after.name == self._name for change in call.changes
        )
        if concerned and self.answers:
            return self.answers.pop(0), 0.05
        return self._simulation.carry_out(call, now)


def begun(*views, settings=SETTINGS, seconds=5.0, limit=10_000, **more):
    world = World(settings, **more)
    world.strict.zone_limit = limit
    world.put(*(views or CLUSTER))
    world.sync()
    world.run(seconds)
    return world


def refused(world: World, *answers: Outcome, seconds: float = 20.0) -> World:
    port = Refusing(world, "www.example.com", *answers)
    world.port = port
    world.put(gateway(["192.0.2.2"]))
    world.run(seconds)
    return world


def reasons(world):
    return {verdict.reason for verdict in world.standing}


def writes(world):
    return sum(isinstance(job.call, Write) for _, job in world.jobs)


def refusal(why, name="www.example.com"):
    return Refused((Refusal(why, f"because of {why.value}", name, "A"),))


# Quarantine


def test_what_route53_refuses_for_its_own_sake_is_quarantined_and_the_rest_leaves():
    world = begun(*CLUSTER, route("sick", ["sick.example.com"], annotations=SICK))
    assert (set(world.values()), reasons(world)) == ({"www.example.com A"}, {Reason.QUARANTINED})
    (verdict,) = world.standing
    assert (verdict.name, "none-such" in verdict.text, verdict.until > world.now) == ("sick.example.com", True, True)


def test_a_quarantine_is_tried_again_ever_more_rarely():
    world = begun(*CLUSTER, route("sick", ["sick.example.com"], annotations=SICK))
    before = writes(world)
    world.run(3600)
    tries = writes(world) - before
    assert 2 <= tries <= 3600 / QUARANTINE.first
    before = writes(world)
    world.run(3600)
    assert writes(world) - before <= 3600 / (QUARANTINE.longest / 2)


def test_another_wish_ends_a_quarantine_at_once():
    world = begun(*CLUSTER, route("sick", ["sick.example.com"], annotations=SICK))
    world.put(route("sick", ["sick.example.com"]))
    world.run(1)
    assert ("sick.example.com A" in world.values(), reasons(world)) == (True, set())


def test_a_wish_that_ended_ends_a_quarantine():
    world = begun(*CLUSTER, route("sick", ["sick.example.com"], annotations=SICK))
    world.drop(Ref("HTTPRoute", "team", "sick"))
    world.run(10_000)
    assert world.standing == {}
    assert world.engine.idle()


@pytest.mark.parametrize("why", [Why.CONFLICT, Why.BAD_VALUE])
def test_a_refusal_that_names_a_group_quarantines_it(why):
    world = refused(begun(), refusal(why))
    assert reasons(world) == {Reason.QUARANTINED}
    world.run(60)
    assert (reasons(world), world.values()) == (set(), {"www.example.com A": ["192.0.2.2"]})


def test_a_stale_view_that_a_new_read_does_not_change_is_quarantined():
    world = refused(begun(), refusal(Why.STALE), seconds=5)
    (verdict,) = world.standing
    assert (verdict.reason, "stale" in verdict.text) == (Reason.QUARANTINED, True)
    world.run(120)
    assert (world.standing, world.values()) == ({}, {"www.example.com A": ["192.0.2.2"]})


def test_a_stale_view_whose_wish_changes_meanwhile_is_not_quarantined():
    world = begun()
    refused(world, refusal(Why.STALE), seconds=0.26)
    assert writes(world) == 2
    world.put(gateway(["192.0.2.3"]))
    world.run(5)
    assert (world.standing, world.values()) == ({}, {"www.example.com A": ["192.0.2.3"]})


# A full zone


def test_what_a_full_zone_cannot_take_is_parked_and_the_rest_leaves():
    world = begun(limit=4)
    world.put(gateway(["192.0.2.2"]), route("new", ["new.example.com"]))
    world.run(10)
    assert world.values() == {"www.example.com A": ["192.0.2.2"]}
    assert reasons(world) == {Reason.ZONE_FULL}
    assert [fact.key.partition(" ")[0] for _, fact in world.facts if isinstance(fact, Alert)] == ["zone-full"]


def test_what_was_parked_leaves_when_something_was_deleted():
    world = begun(limit=4)
    world.put(route("new", ["new.example.com"]))
    world.run(10)
    world.drop(Ref("HTTPRoute", "team", "www"))
    world.run(310)
    assert (set(world.values()), world.standing) == ({"new.example.com A"}, {})


def test_what_was_parked_is_tried_again_after_the_back_off():
    world = begun(limit=4)
    world.put(route("new", ["new.example.com"]))
    world.run(10)
    world.strict.zone_limit = 100
    world.run(120)
    assert (set(world.values()), world.standing) == ({"www.example.com A", "new.example.com A"}, {})


def test_a_parked_wish_that_ended_is_forgotten():
    world = begun(limit=4)
    world.put(route("new", ["new.example.com"]))
    world.run(10)
    world.drop(Ref("HTTPRoute", "team", "new"))
    world.run(10_000)
    assert (world.standing, world.engine.idle()) == ({}, True)


# Graces


def test_a_grace_that_was_called_back_begins_anew():
    world = begun()
    world.drop(CLUSTER[2].ref)
    world.run(200)
    world.put(CLUSTER[2])
    world.run(10)
    world.drop(CLUSTER[2].ref)
    world.run(299)
    assert world.values() != {}
    world.run(3)
    assert world.values() == {}


def test_the_grace_is_that_of_the_settings():
    world = begun(settings=replace(SETTINGS, guard=Guard(delete_grace=Duration(0))))
    world.drop(CLUSTER[2].ref)
    world.run(1)
    assert world.values() == {}


def test_a_deletion_is_due_as_it_is_at_the_end_of_its_grace():
    world = begun()
    world.drop(CLUSTER[2].ref)
    begin = world.now
    world.run(400)
    last = [at for at, job in world.jobs if isinstance(job.call, Write)][-1]
    assert 300 <= last - begin <= 303


# Verdicts


def test_a_verdict_is_told_when_it_begins_and_when_it_ends():
    world = begun()
    world.drop(CLUSTER[2].ref)
    world.run(400)
    told = [type(fact) for _, fact in world.facts if isinstance(fact, (Withheld, Cleared))]
    assert told == [Withheld, Cleared]


def test_a_name_without_a_zone_is_told_once():
    world = begun(*CLUSTER, route("else", ["www.example.org"]))
    world.put(gateway(["192.0.2.2"]), gateway(["192.0.2.3"]))
    world.run(5)
    assert [fact.verdict.reason for _, fact in world.facts if isinstance(fact, Withheld)] == [Reason.NO_ZONE]


def test_a_name_that_nobody_asks_for_any_more_needs_no_zone():
    world = begun(*CLUSTER, route("else", ["www.example.org"]))
    world.drop(Ref("HTTPRoute", "team", "else"))
    assert world.standing == {}


def test_what_was_touched_before_any_zone_was_known_is_planned_then():
    world = World(SETTINGS)
    world.put(*CLUSTER)
    world.sync()
    world.put(gateway(["192.0.2.2"]))
    world.put(route("new", ["new.example.com"]), route("else", ["www.example.org"]))
    world.run(5)
    assert world.values() == {"www.example.com A": ["192.0.2.2"], "new.example.com A": ["192.0.2.2"]}
    assert reasons(world) == {Reason.NO_ZONE}


def test_a_zone_that_is_gone_takes_its_alarms_and_verdicts_with_it():
    world = begun(settings=replace(SETTINGS, guard=Guard(delete_grace=Duration(7200)), drift=Drift(period="never")))
    world.drop(CLUSTER[2].ref)
    world.run(1)
    assert reasons(world) == {Reason.GRACE}
    for record in world.records():
        world.change("DELETE", record)
    world.strict.call("DeleteHostedZone", {"Id": world.zones["example.com"]}, world.now)
    world.run(3700)
    assert world.standing == {}
    world.run(7200)
    assert [fact.key for _, fact in world.facts if isinstance(fact, Alert)] == ["no-zones"]


def test_an_alarm_that_rings_while_its_group_is_in_flight_is_planned_after():
    world = begun(gateway(["192.0.2.1", "2001:db8::1"]), *CLUSTER[1:], settings=replace(SETTINGS, guard=Guard(delete_grace=Duration(10))))
    world.put(gateway(["192.0.2.1"]))
    world.run(9.78)
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    assert world.values() == {"www.example.com A": ["192.0.2.2"]}


def test_causes_are_told_with_what_they_caused():
    world = begun()
    world.put(gateway(["192.0.2.2"]), route("www", ["www.example.com"], annotations={"ttl": "60"}))
    for turn in range(4):
        world.put(route(f"more{turn}", ["www.example.com"], annotations={"ttl": "60"}))
    world.run(5)
    carried = [each for _, fact in world.facts if isinstance(fact, Called) for each in fact.carried][-1]
    assert carried.causes[:2] == ("Gateway edge/public", "HTTPRoute team/www")
    assert len(carried.causes) == 3
