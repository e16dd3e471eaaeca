"""What is said to people: each verdict once, one sentence, one way out."""

from dnsguard.core import said
from dnsguard.core.inventory import NEVER
from dnsguard.core.verdicts import WAYS_OUT, Verdicts
from dnsguard.model.changes import Create, Delete, Replace, Upsert
from dnsguard.model.facts import Reason, Verdict
from dnsguard.model.records import Alias, RecordSet, Stored, Zone

A = RecordSet("www.example.com", "A", "", 300, ("192.0.2.1", "192.0.2.2"))
ZONE = Zone("Z1", "example.com", private=False, entry=0)


def test_every_reason_has_a_way_out():
    assert set(WAYS_OUT) == set(Reason)


def test_a_verdict_is_noted_once_by_row_type_and_reason():
    verdicts = Verdicts("Z1", "www.example.com")
    verdicts.add("", "A", Reason.GRACE, "first", until=5.0)
    verdicts.add("", "A", Reason.GRACE, "second")
    verdicts.add("", "AAAA", Reason.GRACE, "third", until=NEVER)
    verdicts.add("x", "A", Reason.GRACE, "fourth")
    assert [(each.set_id, each.type, each.text, each.until) for each in verdicts.all()] == [
        ("", "A", "first", 5.0),
        ("", "AAAA", "third", None),
        ("x", "A", "fourth", None),
    ]
    assert verdicts.all()[0] == Verdict("Z1", "www.example.com", "A", "", Reason.GRACE, "first", WAYS_OUT[Reason.GRACE], 5.0)


def test_verdicts_of_others_are_taken_over_once():
    one, other = Verdicts("Z1", "a"), Verdicts("Z1", "a")
    one.add("", "A", Reason.GRACE, "mine")
    other.add("", "A", Reason.GRACE, "theirs")
    other.add("", "A", Reason.HELD, "more")
    one.extend(other)
    assert [each.text for each in one.all()] == ["mine", "more"]


def test_sentences_name_what_they_speak_of():
    alias = RecordSet("www.example.com", "A", alias=Alias("Z2", "lb.example.net", evaluate_health=True))
    assert said.value(A) == "A 192.0.2.1, 192.0.2.2 (TTL 300)"
    assert said.value(alias) == "A alias lb.example.net"
    assert "198" not in said.edited(A, alias)
    assert "alias lb.example.net" in said.edited(A, alias)
    assert said.foreign("them") == "owned by 'them': it is left alone"
    assert "no TXT" in said.foreign(None)
    assert "as wanted" in said.foreign_equal("them")
    assert ("'them'" in said.beside_foreign("them"), "without a TXT" in said.beside_foreign(None)) == (True, True)
    assert ("'them'" in said.foreign_txt("t", "them"), "not ours to read" in said.foreign_txt("t", None)) == (True, True)
    assert said.impossible("a sentence") == "a sentence"
    assert said.impossible(A) == "A www.example.com stands there and excludes it"
    assert said.impossible(RecordSet("x", "A", "blue")) == "A x (blue) stands there and excludes it"
    assert ("unknown" in said.unclaimed(""), "httproute/a/b" in said.unclaimed("httproute/a/b")) == (True, True)
    assert ("without a resource" in said.orphan(""), "httproute/a/b" in said.orphan("httproute/a/b")) == (True, True)
    assert "example.com" in said.occluded(ZONE)
    for sentence in (said.held(), said.held_type("A"), said.vanished(), said.unreadable("x"), said.unwanted_type("A"), said.leftover(A)):
        assert sentence
    for sentence in (said.other_source("x"), said.no_txt_name("x"), said.txt_outside("x", "y"), said.too_large(9)):
        assert sentence


def test_a_summary_counts_what_would_be_sent():
    units = [(Create(A), Create(A)), (Replace(Stored(A), A), Upsert(Stored(A), A)), (Delete(Stored(A)),)]
    assert said.summary(units) == "would create 2, replace 2 and delete 1 record sets"
