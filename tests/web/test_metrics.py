"""Facts move the metrics that tell of them, and no other."""

from typing import get_args

import pytest
from prometheus_client import CollectorRegistry

from dnsguard.model import changes, facts
from dnsguard.model.objects import Ref
from dnsguard.model.records import RecordSet, Stored
from dnsguard.web.metrics import Metrics

REF = Ref("HTTPRoute", "shop", "www")
A = RecordSet(name="www.example.com", type="A", ttl=300, values=("192.0.2.1",))
TXT = RecordSet(name="a-www.example.com", type="TXT", ttl=300, values=("heritage=external-dns",))
WRITE = changes.Write(zone="Z1", changes=(changes.Create(A), changes.Create(TXT), changes.Delete(Stored(A)), changes.Replace(Stored(A), A)))
VERDICT = facts.Verdict("Z1", "www.example.com", "A", "", facts.Reason.FOREIGN, "owned by 'x'", "")


@pytest.fixture
def told():
    """Tell facts at second 10; returns a function that reads a value."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)

    def tell(*what):
        for fact in what:
            metrics.tell(fact, 10.0)
        return lambda name, **labels: registry.get_sample_value(f"dnsguard_{name}", labels)

    return tell


def test_events_count_by_gate(told):
    value = told(facts.Stopped(REF, facts.Gate.SAME_VIEW), facts.Stopped(REF, facts.Gate.SAME_VIEW), facts.Absorbed(REF, 3))
    assert value("events_stopped_total", gate="same-view") == 2
    assert value("events_stopped_total", gate="same-wish") == 0
    assert value("events_absorbed_total") == 1


def test_what_cannot_be_understood_counts_by_kind(told):
    assert told(facts.Misunderstood(REF, "x"))("events_misunderstood_total", kind="HTTPRoute") == 1


def test_a_source_is_up_after_a_list_and_down_after_a_failure(told):
    value = told(facts.SourceListed("Gateway", 7), facts.Synced(7))
    assert (value("source_up", kind="Gateway"), value("source_objects", kind="Gateway"), value("synced")) == (1, 7, 1)
    value = told(facts.SourceFailed("Gateway", "403"))
    assert (value("source_up", kind="Gateway"), value("source_failures_total", kind="Gateway")) == (0, 1)


def test_zones_and_their_record_sets(told):
    value = told(
        facts.ZonesFound((("Z1", "example.com", "public"), ("Z2", "example.com", "private"))), facts.ZoneRead("Z1", 120, 20, (("x", 90),))
    )
    assert (value("zones", visibility="public"), value("zones", visibility="private")) == (1, 1)
    assert (value("record_sets", zone="Z1", owner="ours"), value("record_sets", zone="Z1", owner="others")) == (20, 100)


def test_a_zone_that_is_no_longer_used_leaves_no_series(told):
    value = told(facts.ZoneRead("Z1", 120, 20), facts.ZonesFound((("Z2", "example.com", "public"),)))
    assert value("record_sets", zone="Z1", owner="ours") is None


def test_verdicts_stand_from_withheld_to_cleared(told):
    value = told(facts.Withheld(VERDICT), facts.Withheld(VERDICT))
    assert (value("withheld", reason="foreign"), value("withheld", reason="grace")) == (1, 0)
    value = told(facts.Cleared(VERDICT), facts.Cleared(VERDICT))
    assert value("withheld", reason="foreign") == 0


def test_calls_count_by_action_and_outcome(told):
    value = told(facts.Called(1, WRITE), facts.Answered(1, WRITE, changes.Throttled(), 0.2))
    labels = {"action": "ChangeResourceRecordSets"}
    assert value("calls_started_total", **labels) == 1
    assert value("calls_total", **labels, outcome="throttled") == 1
    assert value("calls_total", **labels, outcome="accepted") == 0
    assert value("call_seconds_sum", **labels) == pytest.approx(0.2)
    assert value("throttles_total") == 1
    assert value("changes_total", kind="created", of="record") is None


def test_changes_count_when_they_are_accepted(told):
    value = told(facts.Answered(1, WRITE, changes.Accepted(changes.ChangeInfo("C1")), 0.1))
    assert value("changes_total", kind="created", of="record") == 1
    assert value("changes_total", kind="created", of="txt") == 1
    assert value("changes_total", kind="deleted", of="record") == 1
    assert value("changes_total", kind="replaced", of="record") == 1


def test_refusals_count_by_their_cause(told):
    refusals = (changes.Refusal(changes.Why.STALE, "x"), changes.Refusal(changes.Why.STALE, "y"))
    assert told(facts.Answered(1, WRITE, changes.Refused(refusals), 0.1))("refusals_total", why="stale") == 2


def test_the_wait_runs_from_the_first_touch_and_leaves_deletions_out(told):
    carried = (
        facts.Carried("www.example.com", first=9.75, due=9.95, changes=(changes.Create(A),)),
        facts.Carried("old.example.com", first=1.0, due=9.95, changes=(changes.Delete(Stored(A)),)),
    )
    value = told(facts.Called(1, WRITE, carried))
    assert (value("wait_seconds_count"), value("wait_seconds_sum")) == (1, 0.25)


def test_alerts_count(told):
    assert told(facts.Alert("zone-full Z1", "x"))("alerts_total") == 1


def test_no_label_holds_a_name(told):
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for fact in (
        facts.Misunderstood(REF, "x"),
        facts.Withheld(VERDICT),
        facts.Called(1, WRITE),
        facts.Alert("www.example.com", "www.example.com"),
    ):
        metrics.tell(fact, 1.0)
    labels = {text for family in registry.collect() for sample in family.samples for text in sample.labels.values()}
    assert not {text for text in labels if "example" in text or "shop" in text}


def test_every_call_has_an_action(told):
    calls = (
        WRITE,
        changes.ListRecords("Z1"),
        changes.ListZones(),
        changes.GetZone("Z1"),
        changes.ListTags(("Z1",)),
        changes.GetChange("C1"),
    )
    assert {type(call) for call in calls} == set(get_args(changes.Call))
    for call in calls:
        told(facts.Called(1, call), facts.Answered(1, call, changes.Unavailable(), 0.0))


def test_aids_are_up_until_they_fail_and_events_count_by_what_became_of_them(told):
    value = told(facts.AidFailed("events", "403"), facts.Notified(1, 2, 3), facts.Notified(dropped=4))
    assert (value("aid_up", aid="events"), value("aid_up", aid="orders")) == (0, 1)
    assert [value("kubernetes_events_total", result=result) for result in ("created", "repeated", "dropped")] == [1, 2, 7]
    assert told(facts.AidRecovered("events"))("aid_up", aid="events") == 1
