"""What a controller does and withholds is told on the objects, as Kubernetes Events, and costs nothing else."""

import pytest

from dnsguard.model.facts import AidFailed, Reason, Synced, Withheld
from dnsguard.model.settings import Events

TAPE = "traefik-3.1.0-solo"
WRITE = "ChangeResourceRecordSets"


def told(house, name="app-0", namespace="team-0", kind="HTTPRoute"):
    """Return the reasons and notes of the Events about an object."""
    return [(event["reason"], event["note"]) for event in house.cluster.events.about(kind, namespace, name)]


async def test_records_that_are_made_are_told_on_the_routes_that_asked(stage, script):
    async with stage(script().open().tape()) as house:
        house.start()
        await house.until(lambda: len(house.cluster.events.kept) >= 3)
        created = [each for each in house.cluster.events.kept.values() if each["reason"] == "RecordCreated"]
        assert {each["regarding"]["name"] for each in created} == {"app-0", "app-1", "app-2"}
        assert all(each["type"] == "Normal" and each["regarding"]["uid"] for each in created)
        (note,) = [each["note"] for each in created if each["regarding"]["name"] == "app-0"]
        assert note.startswith("app-0.example.com: created A ")


async def test_a_deletion_is_told_when_it_waits_and_when_it_is_done(stage, script):
    made = script()
    route = made.scene.routes[0]
    made.open()
    made.write(route, 5.0, "DELETED")
    async with stage(made.tape(), grace=5.0) as house:
        house.start()
        namespace, name = route["metadata"]["namespace"], route["metadata"]["name"]
        await house.until(lambda: [reason for reason, _ in told(house, name, namespace)] == ["RecordCreated", "Grace", "RecordDeleted"])
        grace = told(house, name, namespace)[1][1]
        assert "nobody claims it any more" in grace
        assert "called back" in grace


async def test_a_whole_stream_goes_on_as_ever_while_events_are_refused(stage, truth):
    async with stage(TAPE) as house:
        house.cluster.refuse(403, "/events", times=float("inf"))
        house.start()
        await house.settled()
        assert house.records() == truth(TAPE)
        assert not house.cluster.events.kept
        assert len(house.of(AidFailed)) == 1
        assert len(house.said("WARNING", "no Kubernetes Events can be written", "No permission to create events.events.k8s.io")) == 1
        assert house.metric("dnsguard_aid_up", aid="events") == 0
        assert house.metric("dnsguard_kubernetes_events_total", result="dropped") >= 1


@pytest.mark.parametrize("silent", [{"policy": "shadow"}, {"events": Events(emit=False)}], ids=["shadow", "off"])
async def test_no_events_are_written_under_shadow_and_where_the_config_says_so(stage, silent):
    async with stage(TAPE, **silent) as house:
        foreign = {"Name": "app-0.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.1"}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": foreign}]}
        house.strict.call(WRITE, {"HostedZoneId": house.zones[0], "ChangeBatch": batch}, 0.0)
        house.start()
        await house.settled()
        assert house.of(Synced)
        assert any(fact.verdict.reason is Reason.FOREIGN and fact.refs for fact in house.of(Withheld))
        assert not house.cluster.events.kept
        assert not house.of(AidFailed)
