"""What happens is told on the objects that it is about, and nowhere else."""

from typing import get_args

import pytest

from dnsguard.core.notices import CAMELS, Notices
from dnsguard.model import facts
from dnsguard.model.changes import Accepted, ChangeInfo, Create, Delete, ListRecords, Replace, Throttled, Upsert, Write
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.notices import Notice
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Approve, Freeze, Reply, Thaw
from dnsguard.model.records import RecordSet, Stored

ROUTE, OTHER, GATEWAY = Ref("HTTPRoute", "team", "app"), Ref("HTTPRoute", "team", "other"), Ref("Gateway", "edge", "public")
SHEET = Ref("ConfigMap", "dnsguard", "orders")
OLD = RecordSet("www.example.com", "A", ttl=300, values=("192.0.2.1",))
NEW = RecordSet("www.example.com", "A", ttl=300, values=("192.0.2.2",))
TXT = RecordSet("a-www.example.com", "TXT", ttl=300, values=("heritage=external-dns",))
TOLD = {
    Reason.HELD: False,
    Reason.GRACE: False,
    Reason.FROZEN: False,
    Reason.UNDONE: False,
    Reason.DOUBTFUL: True,
    Reason.FOREIGN: True,
    Reason.EDITED: True,
    Reason.MISSING: True,
    Reason.UNOWNABLE: True,
    Reason.IMPOSSIBLE: True,
    Reason.PARKED: True,
    Reason.TARGET: True,
    Reason.QUARANTINED: True,
    Reason.ZONE_FULL: True,
    Reason.INVALID: True,
    Reason.CONFLICT: True,
    Reason.NO_ZONE: True,
}


def verdict(reason, kind="A", set_id=""):
    return Verdict("Z1", "www.example.com", kind, set_id, reason, "why", "what ends it")


def told(*happened, about=lambda _: (ROUTE,)):
    notices = Notices(about)
    return [notice for fact in happened for notice in notices.of(fact)]


def called(*changes, job=1):
    return facts.Called(job, Write("Z1", changes), (facts.Carried("www.example.com", 0.0, 0.0, changes),))


def accepted(job=1):
    return facts.Answered(job, Write("Z1", ()), Accepted(ChangeInfo("C1")), 0.1)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_verdict_is_told_on_each_of_its_objects_with_its_way_out(reason):
    found = told(facts.Withheld(verdict(reason), (ROUTE, OTHER)))
    if reason not in TOLD:
        assert found == []
        return
    assert [notice.ref for notice in found] == [ROUTE, OTHER]
    assert {(notice.subject, notice.text, notice.action) for notice in found} == {("A www.example.com", "why (what ends it)", "Withheld")}
    assert {notice.warning for notice in found} == {TOLD[reason]}


def test_reasons_are_words_in_camel_case_and_differ():
    assert (CAMELS[Reason.ZONE_FULL], CAMELS[Reason.HELD]) == ("ZoneFull", "Held")
    assert len(set(CAMELS.values())) == len(Reason)


def test_a_verdict_that_is_about_no_object_is_told_on_none():
    assert told(facts.Withheld(verdict(Reason.FOREIGN))) == []


def test_a_row_is_named_with_its_set_identifier():
    (found,) = told(facts.Withheld(verdict(Reason.HELD, "", "blue"), (ROUTE,)))
    assert found.subject == "www.example.com (blue)"


def test_what_ended_is_what_was_told():
    fact = facts.Withheld(verdict(Reason.HELD), (ROUTE, OTHER))
    assert list(Notices.ended(facts.Cleared(fact.verdict, fact.refs))) == told(fact)


@pytest.mark.parametrize(
    ("change", "reason", "text"),
    [
        (Create(NEW), "RecordCreated", "created A 192.0.2.2 (TTL 300)"),
        (Replace(Stored(OLD), NEW), "RecordChanged", "changed A 192.0.2.1 (TTL 300) to A 192.0.2.2 (TTL 300)"),
        (Upsert(Stored(OLD), NEW), "RecordChanged", "changed A 192.0.2.1 (TTL 300) to A 192.0.2.2 (TTL 300)"),
        (Delete(Stored(OLD)), "RecordDeleted", "deleted A 192.0.2.1 (TTL 300)"),
    ],
)
def test_a_record_is_told_once_route53_accepted_it_and_its_txt_is_not(change, reason, text):
    action = reason.removeprefix("Record")
    assert told(called(change, Create(TXT)), accepted()) == [Notice(ROUTE, reason, action, "www.example.com", text)]


def test_what_route53_did_not_accept_is_not_told_and_forgotten():
    throttled = facts.Answered(1, Write("Z1", ()), Throttled(), 0.1)
    assert told(called(Create(NEW)), throttled, accepted()) == []


def test_who_asked_when_the_call_left_hears_of_it():
    asking = [(ROUTE,)]
    notices = Notices(lambda _: asking[0])
    assert list(notices.of(called(Delete(Stored(OLD))))) == []
    asking[0] = ()
    assert [notice.ref for notice in notices.of(accepted())] == [ROUTE]


def test_a_contested_gateway_hears_who_fights_and_that_it_is_over():
    sides = (facts.Side(("192.0.2.1",), ("one",)), facts.Side(("192.0.2.2",), ("two",)))
    contested, settled = told(facts.Contested(GATEWAY, ("192.0.2.1",), sides), facts.Settled(GATEWAY, "it has been calm"))
    assert (contested.ref, contested.reason, contested.warning) == (GATEWAY, "Contested", True)
    assert contested.text == (
        "192.0.2.1 (written by one) against 192.0.2.2 (written by two); 192.0.2.1 stays published until that has been calm"
    )
    assert (settled.reason, settled.warning) == ("Settled", False)


def test_what_cannot_be_understood_of_an_object_is_told_on_it():
    assert [(each.ref, each.text, each.warning) for each in told(facts.Misunderstood(ROUTE, "no ttl"))] == [(ROUTE, "no ttl", True)]


@pytest.mark.parametrize(
    "order", [Freeze(sheet="dnsguard/orders"), Thaw(sheet="dnsguard/orders"), Approve("example.com", sheet="dnsguard/orders")]
)
@pytest.mark.parametrize("done", [True, False])
def test_a_configmap_hears_what_became_of_its_orders(order, done):
    (notice,) = told(facts.Ordered(order, Reply(done, "it is so")))
    assert (notice.ref, notice.text, notice.warning) == (SHEET, f"{type(order).__name__.lower()}: it is so", not done)
    assert notice.reason == ("OrderCarriedOut" if done else "OrderDeclined")


def test_an_order_that_came_by_itself_is_told_on_no_object():
    assert told(facts.Ordered(Freeze(), Reply(done=True, text="x"))) == []


def test_other_facts_are_told_on_no_object():
    quiet = (
        facts.Stopped(ROUTE, facts.Gate.SAME_VIEW),
        facts.Absorbed(ROUTE, 1),
        facts.Called(2, ListRecords("Z1")),
        facts.Answered(2, ListRecords("Z1"), Throttled(), 0.1),
        facts.AidFailed("events", "403"),
        facts.Notified(1),
        facts.Alert("k", "look"),
    )
    assert told(*quiet) == []
    assert {type(fact) for fact in quiet} < set(get_args(facts.Fact))
