"""Facts become one line each, at the level they deserve."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.model import changes, facts
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze, Reply, Thaw
from dnsguard.model.records import RecordSet, Stored
from dnsguard.web.log import Log
from dnsguard.web.sayings import Level, say

WALL = 1795496400.123
REF = Ref("HTTPRoute", "shop", "www")
GATEWAY = Ref("Gateway", "edge", "public")
A = RecordSet(name="www.example.com", type="A", ttl=300, values=("192.0.2.1",))
TXT = RecordSet(name="a-www.example.com", type="TXT", ttl=300, values=("heritage=external-dns",))
WRITE = changes.Write(zone="Z1", changes=(changes.Create(TXT), changes.Create(A), changes.Delete(Stored(A)), changes.Replace(Stored(A), A)))
READ = changes.ListRecords("Z1")


def verdict(reason, until=None):
    return facts.Verdict("Z1", "www.example.com", "A", "", reason, "why", "what ends it", until)


def refused(*texts):
    return changes.Refused(tuple(changes.Refusal(changes.Why.CONFLICT, text) for text in texts))


class Wall:
    """A wall clock that stands until it is moved."""

    def __init__(self):
        self.now = WALL

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("fact", "level", "message"),
    [
        (facts.Stopped(REF, facts.Gate.SAME_VIEW), Level.DEBUG, "HTTPRoute shop/www changed nothing that DNS can see"),
        (facts.Absorbed(REF, 1), Level.DEBUG, "HTTPRoute shop/www may change 1 name"),
        (facts.Misunderstood(REF, "no name"), Level.WARNING, "HTTPRoute shop/www cannot be understood: no name"),
        (facts.SourceListed("Gateway", 2), Level.INFO, "Gateway: 2 objects"),
        (facts.SourceListed("Gateway", 2, 1), Level.INFO, "Gateway: 2 objects, 1 known before are missing"),
        (facts.SourceFailed("Gateway", "403"), Level.WARNING, "Gateway cannot be listed or watched: 403"),
        (facts.Synced(9), Level.INFO, "every source is listed, with 9 objects: changes may be written"),
        (facts.ZonesFound((("Z1", "example.com", "public"),)), Level.INFO, "1 hosted zone in use: example.com (Z1, public)"),
        (facts.ZonesFound(()), Level.WARNING, "no hosted zone is in use"),
        (
            facts.Remembered("Z1", "example.com", 120, 300.0, fresh=True),
            Level.INFO,
            "zone example.com (Z1) is remembered with 120 record sets, as read 5 minutes ago",
        ),
        (
            facts.Remembered("Z1", "example.com", 120, 300.0, fresh=True, parked=20),
            Level.INFO,
            "zone example.com (Z1) is remembered with 120 record sets, as read 5 minutes ago; 20 deletions still parked",
        ),
        (
            facts.Remembered("Z1", "b.org", 1, 604800.0, fresh=False),
            Level.INFO,
            "zone b.org (Z1) is remembered with 1 record set, as read 10080 minutes ago: that is too old, so it is read again first",
        ),
        (facts.Journaled("the journal x is kept", works=True), Level.INFO, "the journal x is kept"),
        (facts.Journaled("the journal x cannot be kept", works=False), Level.ERROR, "the journal x cannot be kept"),
        (facts.ZoneRead("Z1", 120, 60), Level.INFO, "zone Z1 is read: 60 of 120 record sets are ours"),
        (
            facts.ZoneRead("Z1", 120, 0, (("y", 3), ("x", 100))),
            Level.WARNING,
            "zone Z1 is read: 0 of 120 record sets are ours; owner 'x' has 100: is ownership.owner right?",
        ),
        (
            facts.ZoneRead("Z1", 120, 60, (), 7),
            Level.WARNING,
            ("zone Z1 is read: 60 of 120 record sets are ours; 7 TXT of our owner id stand for no record set: "
            "are ownership.prefix, suffix and wildcard_replacement right?"),
        ),
        (
            facts.ZoneRead("Z1", 120, 0, (), 0, 60),
            Level.WARNING,
            ("zone Z1 is read: 0 of 120 record sets are ours; 60 TXT look like encrypted ownership that is not read without a key: "
            "is ownership.encrypt_key_file missing? What they stand for is left alone"),
        ),
        (
            facts.ZoneRead("Z1", 120, 0, (), 0, 60, keyed=True),
            Level.WARNING,
            ("zone Z1 is read: 0 of 120 record sets are ours; 60 TXT look like encrypted ownership that the key does not open: "
            "is ownership.encrypt_key_file right? What they stand for is left alone"),
        ),
        (facts.ZoneRead("Z1", 0, 0), Level.INFO, "zone Z1 is read: 0 of 0 record sets are ours"),
        (facts.Withheld(verdict(facts.Reason.GRACE)), Level.INFO, "A www.example.com: grace: why (what ends it)"),
        (facts.Withheld(verdict(facts.Reason.INVALID)), Level.WARNING, "A www.example.com: invalid: why (what ends it)"),
        (facts.Cleared(verdict(facts.Reason.INVALID)), Level.INFO, "A www.example.com: no longer invalid"),
        (
            facts.Unsent("Z1", "www.example.com", 1.0, WRITE.changes[:2]),
            Level.DEBUG,
            "zone Z1: would send +A www.example.com, +TXT a-www.example.com",
        ),
        (facts.Unsent("Z1", "www.example.com", 1.0, ()), Level.DEBUG, "zone Z1: would send nothing more of www.example.com"),
        (
            facts.Called(1, WRITE),
            Level.INFO,
            "zone Z1: +A www.example.com, -A www.example.com, ~A www.example.com, +TXT a-www.example.com",
        ),
        (facts.Called(1, READ), Level.DEBUG, "calling ListResourceRecordSets"),
        (facts.Answered(1, READ, changes.Accepted(changes.Page(())), 0.1), Level.DEBUG, "ListResourceRecordSets of zone Z1 is accepted"),
        (facts.Answered(1, READ, changes.Throttled("why"), 0.1), Level.WARNING, "ListResourceRecordSets of zone Z1 is throttled: why"),
        (facts.Answered(1, changes.ListZones(), changes.Busy(), 0.1), Level.WARNING, "ListHostedZones is busy"),
        (facts.Answered(1, WRITE, changes.Unavailable("x"), 0.1), Level.WARNING, "ChangeResourceRecordSets of zone Z1 is unavailable: x"),
        (facts.Answered(1, WRITE, changes.Uncertain("x"), 0.1), Level.WARNING, "ChangeResourceRecordSets of zone Z1 is uncertain: x"),
        (
            facts.Answered(1, WRITE, refused(*"abcde"), 0.1),
            Level.ERROR,
            "ChangeResourceRecordSets of zone Z1 is refused: a; b; c and 2 more",
        ),
        (facts.Alert("k", "look here"), Level.ERROR, "look here"),
        (facts.SourceTroubled("Gateway", "no answer.", 2.0), Level.WARNING, "Gateway: no answer; tried again in 2.0 s"),
        (facts.SourceRecovered("Gateway"), Level.INFO, "Gateway is read again"),
        (facts.SourceTroubled("Gateway", "a broken frame", 0.0), Level.WARNING, "Gateway: a broken frame"),
        (
            facts.Contested(GATEWAY, ("192.0.2.1",), (facts.Side(("192.0.2.1",), ("one",)), facts.Side(("192.0.2.2",), ()))),
            Level.WARNING,
            (
                "Gateway edge/public is contested: 192.0.2.1 (written by one) against 192.0.2.2 (written by nobody known); "
                "192.0.2.1 stays published until that has been calm"
            ),
        ),
        (facts.Settled(GATEWAY, "it has been calm"), Level.INFO, "Gateway edge/public is no longer contested: it has been calm"),
        (
            facts.Tripped("Z1", "example.com", 60, 50, 900),
            Level.ERROR,
            (
                "zone example.com: 60 names of 900 would lose their records, and at most 50 may: "
                "all deletions wait until they are approved (dnsguard approve) or the names are claimed again"
            ),
        ),
        (
            facts.Untripped("Z1", "example.com", "it was approved"),
            Level.INFO,
            "zone example.com: deletions are no longer parked: it was approved",
        ),
        (facts.Ordered(Thaw(by="ann"), Reply(done=True, text="thawed")), Level.WARNING, "order of ann: thaw: thawed"),
        (facts.Ordered(Thaw(), Reply(done=False, text="nothing is frozen")), Level.ERROR, "order: thaw: nothing is frozen"),
        (facts.Thawed(Freeze(pattern="*.example.com")), Level.WARNING, "the freeze of *.example.com is over"),
        (facts.Thawed(Freeze()), Level.WARNING, "the freeze of everything is over"),
        (facts.Verified("Z1", "example.com", 9, 0, 0), Level.INFO, "zone example.com was verified: all as it was left"),
        (
            facts.Verified("Z1", "example.com", 9, 1, 2),
            Level.WARNING,
            "zone example.com was verified: 1 set of ours missing and 2 sets of ours edited",
        ),
        (
            facts.AidFailed("events", "no permission"),
            Level.WARNING,
            "no Kubernetes Events can be written, and records are kept as ever: no permission",
        ),
        (
            facts.AidFailed("orders", "no permission"),
            Level.WARNING,
            "no orders can be read from ConfigMaps, and records are kept as ever: no permission",
        ),
        (facts.AidRecovered("events"), Level.INFO, "events work again"),
        (facts.Notified(1, 2, 3), Level.DEBUG, "1 Kubernetes Event created, 2 counted up, 3 given up"),
        (facts.Propagated("Z1", "C1", 30.2, insync=True), Level.DEBUG, "change C1 is on all name servers after 30 s"),
        (facts.Propagated("Z1", "C1", 900.0, insync=False), Level.WARNING, "change C1 is not on all name servers after 900 s"),
    ],
)  # fmt: skip
def test_every_fact_has_its_sentence_and_level(fact, level, message):
    assert say(fact, 0.0)[:2] == (level, message)


def test_every_kind_of_fact_is_said():
    assert {each.__name__ for each in facts.Fact.__args__} == {
        "Stopped", "Absorbed", "Misunderstood", "SourceListed", "SourceFailed", "Synced", "ZonesFound", "ZoneRead", "Withheld", "Cleared",
        "Called", "Answered", "Alert", "SourceTroubled", "SourceRecovered", "Contested", "Settled", "Tripped", "Untripped", "Ordered",
        "Thawed", "Verified", "Propagated", "Unsent", "Remembered", "Journaled", "AidFailed", "AidRecovered", "Notified",
    }  # fmt: skip


def test_ten_changes_are_shown_and_the_rest_counted():
    many = tuple(changes.Create(RecordSet(name=f"n{number}.example.com", type="A")) for number in range(13))
    said = say(facts.Called(1, changes.Write("Z1", many)), 0.0)
    assert said.message.endswith("+A n9.example.com and 3 more")
    assert said.fields["changes"] == 13


def test_a_verdict_with_a_deadline_says_how_long_it_has():
    assert say(facts.Withheld(verdict(facts.Reason.GRACE, until=130.0)), 100.0).fields["ends_in"] == 30


def lines(format_, level, *told, clock=None):
    stream = io.StringIO()
    log = Log(stream, format_, level, clock or Wall())
    for fact in told:
        log.tell(fact, 5.0)
    return stream.getvalue().splitlines()


def test_a_text_line_is_time_level_message_and_fields():
    assert lines("text", "info", facts.SourceListed("Gateway", 2)) == [
        "2026-11-24T05:00:00.123Z INFO  Gateway: 2 objects kind=Gateway objects=2 missing=0"
    ]


def test_a_json_line_is_one_object():
    (line,) = lines("json", "info", facts.SourceListed("Gateway", 2))
    assert json.loads(line) == {
        "time": "2026-11-24T05:00:00.123Z", "level": "info", "message": "Gateway: 2 objects", "kind": "Gateway", "objects": 2, "missing": 0,
    }  # fmt: skip


def test_a_line_below_the_level_is_not_written():
    told = (facts.Stopped(REF, facts.Gate.SAME_VIEW), facts.Synced(1), facts.SourceFailed("Gateway", "403"), facts.Alert("k", "x"))
    assert [len(lines("text", level, *told)) for level in ("debug", "info", "warning", "error")] == [4, 3, 2, 1]


def test_the_same_trouble_is_said_once_in_ten_minutes():
    clock = Wall()
    stream = io.StringIO()
    log = Log(stream, "text", "info", clock)
    alerts = (facts.Alert("k", "x 1"), facts.Alert("k", "x 2"), facts.Alert("l", "x"))
    told = (*alerts, facts.Misunderstood(REF, "a"), facts.Misunderstood(REF, "a"), facts.Misunderstood(REF, "b"))
    for fact in told:
        log.tell(fact, 0.0)
    assert stream.getvalue().count("\n") == 4
    clock.now += 601
    log.tell(told[0], 0.0)
    assert stream.getvalue().count("\n") == 5


def test_the_same_refusal_of_the_same_zone_is_said_once_in_ten_minutes():
    other = facts.Answered(3, changes.Write("Z2", ()), refused("a"), 0.1)
    told = (*(facts.Answered(job, WRITE, refused("a"), 0.1) for job in (1, 2)), facts.Answered(3, WRITE, refused("b"), 0.1), other)
    assert len(lines("text", "info", *told)) == 3


def test_what_a_full_zone_keeps_out_is_said_at_debug_alone_because_the_alert_says_it():
    told = (facts.Withheld(verdict(facts.Reason.ZONE_FULL)), facts.Cleared(verdict(facts.Reason.ZONE_FULL)))
    assert [len(lines("text", level, *told)) for level in ("debug", "info")] == [2, 0]


def test_other_facts_are_said_as_often_as_they_happen():
    assert len(lines("text", "info", *[facts.SourceFailed("Gateway", "403")] * 3)) == 3


@given(st.text(), st.sampled_from(["text", "json"]))
def test_a_line_is_one_line_whatever_the_text_holds(text, format_):
    told = (facts.Alert(text, text), facts.Withheld(facts.Verdict("Z1", text, "A", text, facts.Reason.INVALID, text, text)))
    written = lines(format_, "info", *told)
    assert len(written) == 2
    if format_ == "json":
        assert json.loads(written[0])["alert"] == text
