"""What a policy allows, and how a replacement is written."""

import pytest
from msgspec.structs import replace

from dnsguard.core.ledger import record_of
from dnsguard.core.policy import Policing
from dnsguard.core.verdicts import Verdicts
from dnsguard.model.changes import Create, Delete, Replace, Upsert
from dnsguard.model.facts import Reason
from dnsguard.model.records import Alias, Latency, RecordSet, Stored, Weighted
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
A = RecordSet("www.example.com", "A", "", 300, ("192.0.2.1",))
B = replace(A, values=("192.0.2.2",))
TXT = RecordSet("a-www.example.com", "TXT", "", 300, ("heritage=external-dns",))
ALIAS = RecordSet(A.name, "A", alias=Alias("Z", "lb.example.net", evaluate_health=True))

CREATE = (Create(A), Create(TXT))
ADOPT = (Create(A), Replace(Stored(TXT), TXT))
SWAP = (Replace(Stored(A), B), Replace(Stored(TXT), TXT))
RETYPE = (Delete(Stored(A)), Create(replace(A, type="CNAME", values=("x.example.net",))))
REROUTE = (Replace(Stored(replace(A, set_id="x", routing=Weighted(1))), replace(A, set_id="x", routing=Latency("eu-west-1"))),)
REALIAS = (Replace(Stored(A), ALIAS),)
RENAME = (Replace(Stored(A), replace(A, name="else.example.com")),)
REMOVE = (Delete(Stored(A)), Delete(Stored(TXT)))
TIDY = (Delete(Stored(TXT)),)


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("sync", {"CREATE", "ADOPT", "SWAP", "RETYPE", "REROUTE", "REALIAS", "RENAME", "REMOVE", "TIDY"}),
        ("shadow", {"CREATE", "ADOPT", "SWAP", "RETYPE", "REROUTE", "REALIAS", "RENAME", "REMOVE", "TIDY"}),
        ("upsert-only", {"CREATE", "ADOPT", "SWAP"}),
        ("create-only", {"CREATE", "ADOPT"}),
    ],
)
@pytest.mark.parametrize("unit", ["CREATE", "ADOPT", "SWAP", "RETYPE", "REROUTE", "REALIAS", "RENAME", "REMOVE", "TIDY"])
def test_what_a_policy_allows(policy, allowed, unit):
    verdicts = Verdicts("Z1", A.name)
    found = Policing(replace(SETTINGS, policy=policy)).filter([globals()[unit]], verdicts)
    assert bool(found) == (unit in allowed)
    assert [verdict.reason for verdict in verdicts.all()] == ([] if unit in allowed else [Reason.POLICY])


@pytest.mark.parametrize(
    ("policy", "writes", "kind"),
    [
        ("sync", None, Replace),
        ("shadow", None, Replace),
        ("upsert-only", None, Upsert),
        ("sync", "upsert", Upsert),
        ("upsert-only", "compare-and-swap", Replace),
    ],
)
def test_how_a_replacement_is_written(policy, writes, kind):
    (found,) = Policing(replace(SETTINGS, policy=policy, writes=writes)).filter([SWAP], Verdicts("Z1", A.name))
    assert [type(change) for change in found] == [kind, kind]


@pytest.mark.parametrize("unit", [REROUTE, REALIAS, RENAME, RETYPE, REMOVE, CREATE])
def test_what_an_upsert_cannot_carry_out_stays_as_it_is(unit):
    assert Policing(replace(SETTINGS, writes="upsert")).filter([unit], Verdicts("Z1", A.name)) == (unit,)


def test_the_record_of_a_change_is_what_it_leaves_or_deletes():
    assert [record_of(change) for change in (Create(A), Replace(Stored(A), B), Upsert(Stored(A), B), Delete(Stored(A)))] == [A, B, B, A]


def test_a_unit_of_several_rows_has_a_verdict_for_each():
    verdicts = Verdicts("Z1", A.name)
    unit = (Delete(Stored(TXT)), Delete(Stored(A)), Create(replace(A, set_id="x", routing=Weighted(1))))
    assert Policing(replace(SETTINGS, policy="upsert-only")).filter([unit], verdicts) == ()
    assert [(verdict.set_id, verdict.type) for verdict in verdicts.all()] == [("", "A"), ("x", "A")]


@pytest.mark.parametrize("policy", ["create-only", "upsert-only"])
def test_room_is_not_made_by_a_policy_that_may_not_delete(policy):
    unit = (Delete(Stored(TXT)), Create(replace(A, set_id="x", routing=Weighted(1))))
    assert Policing(replace(SETTINGS, policy=policy)).filter([unit], Verdicts("Z1", A.name)) == ()
