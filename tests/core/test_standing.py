"""Whose the record sets of a zone are, and where the TXT of new ones go."""

import pytest
from msgspec.structs import replace

from dnsguard.core.ledger import Ledger
from dnsguard.core.ownership import Registry
from dnsguard.core.shape import Wanted
from dnsguard.core.standing import Scope, Standing, Title
from dnsguard.model.changes import Create
from dnsguard.model.records import Alias, RecordSet, Stored, Zone
from dnsguard.model.settings import Ownership, Settings, Sources, ZoneEntry

ZONE = Zone("Z1", "example.com", private=False, entry=0)
TYPES = frozenset({"A", "AAAA", "CNAME"})
A = RecordSet("www.example.com", "A", "", 300, ("192.0.2.1",))
AAAA = replace(A, type="AAAA", values=("2001:db8::1",))
ALIAS = RecordSet("www.example.com", "A", alias=Alias("Z2", "lb.example.net", evaluate_health=True))
LABEL = "httproute/team/www"


def text(name, owner="me", resource=LABEL, set_id=""):
    return RecordSet(name, "TXT", set_id, 300, (f"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}",))


def standing(*sets, abroad=(), **ownership):
    ledger = Ledger()
    ledger.move(Create(each) for each in sets)
    elsewhere = {each.name: (Stored(each),) for each in abroad}
    return Standing(Registry(Ownership(owner="me", **ownership)), TYPES, ZONE, ledger, lambda name: elsewhere.get(name, ()))


@pytest.mark.parametrize(
    ("record", "texts", "expected"),
    [
        (A, [text("a-www.example.com")], (True, "me", True)),
        (A, [text("a-www.example.com", owner="them")], (False, "them", False)),
        (A, [], (False, None, False)),
        (A, [RecordSet("a-www.example.com", "TXT", "", 300, ("v=spf1",))], (False, None, False)),
        (A, [RecordSet("a-www.example.com", "A", "", 300, ("192.0.2.1",))], (False, None, False)),
        (A, [text("a-www.example.com", set_id="blue")], (False, None, False)),
        (A, [text("www.example.com")], (True, "me", False)),
        (A, [text("www.example.com"), text("a-www.example.com", owner="them")], (False, "them", False)),
        (A, [text("cname-www.example.com")], (False, None, False)),
        (AAAA, [text("aaaa-www.example.com")], (True, "me", True)),
        (AAAA, [text("www.example.com")], (False, None, False)),
        (ALIAS, [text("cname-www.example.com")], (True, "me", False)),
        (replace(A, set_id="blue"), [text("a-www.example.com", set_id="blue")], (True, "me", True)),
    ],
)
def test_the_title_of_a_set(record, texts, expected):
    title = standing(record, *texts).title(record)
    assert (title.ours, title.owner, title.txt is not None) == expected
    assert title.resource == (LABEL if title.owner else "")


def test_the_txt_of_an_apex_is_looked_for_in_the_other_zones_and_is_not_ours_to_delete():
    apex = replace(A, name="example.com")
    assert standing(apex, abroad=[text("a-example.com")]).title(apex) == Title(ours=True, owner="me", resource=LABEL)
    assert not standing(apex).title(apex).ours


def test_a_name_in_the_zone_is_not_looked_for_elsewhere():
    assert not standing(A, abroad=[text("a-www.example.com")]).title(A).ours


def test_the_place_of_a_new_txt():
    place = standing().place(Wanted(A, LABEL))
    assert (place.text, place.standing, place.foreign, place.trouble, place.beside) == (text("a-www.example.com"), None, False, "", ())


def test_a_txt_of_ours_that_is_there_already_is_replaced():
    old = text("a-www.example.com", resource="httproute/old/old")
    assert standing(old).place(Wanted(A, LABEL)).standing == Stored(old)


def test_what_else_stands_at_the_place_is_told():
    beside = RecordSet("a-www.example.com", "A", "", 300, ("192.0.2.1",))
    assert standing(beside).place(Wanted(A, LABEL)).beside == (Stored(beside),)


@pytest.mark.parametrize("foreign", [text("a-www.example.com", owner="them"), RecordSet("a-www.example.com", "TXT", "", 300, ("v=spf1",))])
def test_a_place_that_somebody_else_holds(foreign):
    place = standing(foreign).place(Wanted(A, LABEL))
    assert (place.foreign, bool(place.trouble)) == (True, True)


@pytest.mark.parametrize("name", ["example.com", f"{'x' * 62}.example.com"])
def test_no_place(name):
    place = standing().place(Wanted(replace(A, name=name), LABEL))
    assert (place.text, bool(place.trouble)) == (None, True)


def test_leftovers_are_txt_of_ours_without_their_set():
    orphaned = text("a-www.example.com")
    assert list(standing(orphaned).leftovers(A.name, "")) == [(Stored(orphaned), LABEL)]
    assert list(standing(orphaned, A).leftovers(A.name, "")) == []
    assert list(standing(text("a-www.example.com", owner="them")).leftovers(A.name, "")) == []
    assert list(standing(orphaned).leftovers(A.name, "blue")) == []
    assert list(standing(text("www.example.com")).leftovers(A.name, "")) == []
    assert list(standing().leftovers(f"{'x' * 62}.example.com", "")) == []


def test_a_leftover_is_none_while_the_twin_of_a_wildcard_stands():
    star = replace(A, name="*.example.com")
    both = standing(text("a-any.example.com"), star, wildcard_replacement="any")
    assert list(both.leftovers("any.example.com", "")) == []
    alone = standing(text("a-any.example.com"), wildcard_replacement="any")
    assert [held.value.name for held, _ in alone.leftovers("any.example.com", "")] == ["a-any.example.com"]


def test_the_old_txt_of_another_set_is_no_leftover():
    # The old TXT of a-www reads as that of the A of www.
    other = replace(A, name="a-www.example.com")
    assert list(standing(other, text("a-www.example.com")).leftovers(A.name, "")) == []


def test_a_txt_that_reads_as_another_name_is_no_leftover_of_this_one():
    # With a suffix of nothing but the type, x's AAAA and xaaa's A have one TXT name, which reads as the longer type.
    ambiguous = standing(text("xaaaa.example.com"), suffix="%{record_type}")
    assert list(ambiguous.leftovers("xaaa.example.com", "")) == []
    assert [held.value.name for held, _ in ambiguous.leftovers("x.example.com", "")] == ["xaaaa.example.com"]


def test_the_set_identifiers_of_txt():
    assert standing(text("a-www.example.com", set_id="blue"), text("aaaa-www.example.com")).set_ids(A.name) == {"blue", ""}
    assert standing(A).set_ids(f"{'x' * 62}.example.com") == set()


@pytest.mark.parametrize(
    ("label", "namespaces", "elsewhere"),
    [
        ("httproute/team/www", (), False),
        ("httproute/team/www", ("team",), False),
        ("httproute/other/www", ("team",), True),
        ("ingress/team/www", (), True),
        ("", ("team",), False),
    ],
)
def test_which_labels_name_objects_of_other_sources(label, namespaces, elsewhere):
    settings = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", sources=Sources(namespaces=namespaces))
    scope = Scope(settings, lambda each, _: each == "x")
    assert scope.elsewhere(label) == elsewhere
    assert (scope.unreadable("x", "a"), scope.unreadable("y", "a")) == (True, False)
