"""The planning table, row by row: what is sent for a row, given what stands in the zone and what is asked for."""

from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.core.group import Group, Memory, Row
from dnsguard.core.inventory import NEVER, Demand
from dnsguard.core.ledger import Ledger
from dnsguard.core.ownership import Registry
from dnsguard.core.plan import Plan, Planner
from dnsguard.core.shape import Wanted
from dnsguard.core.sheet import Rules
from dnsguard.core.standing import Scope, Standing
from dnsguard.model.changes import Change, Create, Delete, Replace, Upsert
from dnsguard.model.facts import Reason
from dnsguard.model.records import Alias, Latency, RecordSet, Routing, Stored, Weighted, Zone
from dnsguard.model.settings import Drift, Duration, Guard, Ownership, Records, Settings, Sources, ZoneEntry

ZONE = Zone("Z1", "example.com", private=False, entry=0)
NAME = "www.example.com"
ROUTE = "httproute/team/www"
NOW, GRACE = 1000.0, 300.0
SYNC = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(delete_grace=Duration(GRACE)))
UPSERTS = replace(SYNC, policy="upsert-only")
CREATES = replace(SYNC, policy="create-only")
WRITES_UPSERT = replace(SYNC, writes="upsert")
REPAIR = replace(SYNC, drift=Drift(modified="repair"))
SILENCE = Memory({}, {}, {})
NOTHING_TO_DO = Plan(ours=True)

ASKED = Demand(claimed=True)
HELD = Demand(claimed=True, held=True)
ENDED = Demand(ended=True)
NOBODY = Demand()


def a(*values: str, name: str = NAME, set_id: str = "", routing: Routing | None = None, ttl: int = 300) -> RecordSet:
    return RecordSet(name, "A", set_id, ttl, values or ("192.0.2.1",), None, routing)


def aaaa(*values: str) -> RecordSet:
    return RecordSet(NAME, "AAAA", "", 300, values or ("2001:db8::1",))


def cname(value: str = "lb.example.net", name: str = NAME) -> RecordSet:
    return RecordSet(name, "CNAME", "", 300, (value,))


def alias(kind: str = "A") -> RecordSet:
    return RecordSet(NAME, kind, alias=Alias("Z35SXDOTRQ7X7K", "x.us-east-1.elb.amazonaws.com", evaluate_health=True))


def txt(of: RecordSet, owner: str = "me", resource: str = ROUTE, settings: Settings = SYNC) -> RecordSet:
    text = Registry(replace(settings.ownership, owner=owner)).txt_set(of, resource)
    assert text is not None
    return text


def other_text(name: str, value: str = "v=spf1 -all") -> RecordSet:
    return RecordSet(name, "TXT", "", 60, (value,))


def owned(*records: RecordSet) -> list[RecordSet]:
    return [each for record in records for each in (record, txt(record))]


def row(*wanted: RecordSet, demand: Demand | None = None, set_id: str = "", resource: str = ROUTE) -> Row:
    demand = (ASKED if wanted else NOBODY) if demand is None else demand
    return Row(set_id, tuple(Wanted(record, resource) for record in wanted), demand)


def plan(
    zone: list[RecordSet],
    *rows: Row,
    settings: Settings = SYNC,
    memory: Memory = SILENCE,
    now: float = NOW,
    here: bool = True,
    name: str = NAME,
    unreadable: Any = lambda label, name: False,
    abroad: Any = lambda name: (),
) -> Plan:
    ledger = Ledger()
    ledger.move(Create(record) for record in zone)
    types = frozenset[str](settings.records.managed_types)
    standing = Standing(Registry(settings.ownership), types, ZONE, ledger, abroad)
    group = Group(ZONE, name, ledger.at(name), rows, here)
    return Planner(settings, Scope(settings, unreadable)).plan(group, standing, memory, now)


def sent(found: Plan) -> list[Change]:
    return [change for unit in found.units for change in unit]


def reasons(found: Plan) -> list[Reason]:
    return [verdict.reason for verdict in found.verdicts]


def swap(before: RecordSet, after: RecordSet) -> Replace:
    return Replace(Stored(before), after)


def gone(*records: RecordSet) -> list[Change]:
    return [Delete(Stored(record)) for record in records]


def over(*types: str) -> Memory:
    """Return a memory in which the graces of these types (WHOLE is "") have just ended."""
    return Memory({(NAME, kind, ""): NOW for kind in types}, {}, {})


# Nothing, and what is as it should be


def test_what_is_absent_and_wanted_is_created_with_its_txt():
    assert sent(plan([], row(a()))) == [Create(a()), Create(txt(a()))]


def test_a_row_without_anything_needs_nothing():
    assert plan([], row()) == Plan()


def test_what_is_ours_and_as_wanted_needs_nothing():
    assert plan(owned(a()), row(a())) == NOTHING_TO_DO


def test_the_resource_label_alone_never_makes_a_change():
    assert plan([a(), txt(a(), resource="httproute/old/name")], row(a())) == NOTHING_TO_DO


# Another value


def test_another_value_is_swapped_against_what_stands_and_so_is_its_txt():
    old, new = a("192.0.2.1"), a("192.0.2.2")
    assert sent(plan(owned(old), row(new))) == [swap(old, new), swap(txt(old), txt(new))]


def test_the_txt_of_a_swap_takes_the_new_resource_label():
    old, new = a("192.0.2.1"), a("192.0.2.2")
    changes = sent(plan([old, txt(old, resource="httproute/old/name")], row(new)))
    assert changes[1] == swap(txt(old, resource="httproute/old/name"), txt(new))


@pytest.mark.parametrize(("old", "new"), [(a(), a(ttl=60)), (a("192.0.2.1", "192.0.2.2"), a("192.0.2.1")), (a(), alias()), (alias(), a())])
def test_a_change_of_ttl_or_targets_or_alias_is_a_swap_of_one_key(old, new):
    assert sent(plan(owned(old), row(new)))[0] == swap(old, new)


def test_writes_upsert_overwrites_the_set_and_its_txt():
    old, new = a("192.0.2.1"), a("192.0.2.2")
    assert sent(plan(owned(old), row(new), settings=WRITES_UPSERT)) == [Upsert(Stored(old), new), Upsert(Stored(txt(old)), txt(new))]


def test_writes_upsert_still_swaps_what_an_upsert_cannot_change():
    old, new = a(set_id="x", routing=Weighted(1)), replace(a(set_id="x"), routing=Weighted(2))
    alias_sets = sent(plan(owned(a()), row(alias()), settings=WRITES_UPSERT))
    assert alias_sets[0] == swap(a(), alias())
    assert sent(plan(owned(old), row(new, set_id="x"), settings=WRITES_UPSERT))[0] == Upsert(Stored(old), new)


# Another type or routing policy


@pytest.mark.parametrize(("old", "new"), [(a(), cname()), (cname(), a()), (aaaa(), cname()), (cname(), alias())])
def test_a_change_of_type_goes_in_one_batch_with_both_txt_and_without_grace(old, new):
    found = plan(owned(old), row(new))
    assert [len(found.units), *sent(found)] == [1, *gone(old, txt(old)), Create(new), Create(txt(new))]


def test_a_change_of_type_is_refused_whole_under_upsert_only():
    found = plan(owned(a()), row(cname()), settings=UPSERTS)
    assert (found.units, reasons(found)) == ((), [Reason.POLICY])


def test_simple_to_weighted_forces_the_ended_row_out_without_grace():
    new = a(set_id="x", routing=Weighted(1))
    found = plan(owned(a()), row(demand=ENDED), row(new, set_id="x"))
    assert [len(found.units), *sent(found)] == [1, *gone(a(), txt(a())), Create(new), Create(txt(new))]


def test_weighted_to_simple_forces_all_ended_rows_out():
    olds = [a(set_id=each, routing=Weighted(1)) for each in ("x", "y")]
    found = plan(owned(*olds), row(a()), row(demand=ENDED, set_id="x"), row(demand=ENDED, set_id="y"))
    assert len(found.units) == 1
    assert sent(found) == [*gone(olds[0], txt(olds[0]), olds[1], txt(olds[1])), Create(a()), Create(txt(a()))]


@pytest.mark.parametrize("memory", [SILENCE, over("")])
def test_simple_to_weighted_is_refused_whole_under_upsert_only_whether_the_grace_is_over_or_not(memory):
    new = a(set_id="x", routing=Weighted(1))
    found = plan(owned(a()), row(demand=ENDED), row(new, set_id="x"), settings=UPSERTS, memory=memory)
    assert (sent(found), Reason.POLICY in reasons(found)) == ([], True)


@pytest.mark.parametrize("memory", [SILENCE, Memory({(NAME, "", "x"): NOW}, {}, {})])
def test_weighted_to_simple_deletes_before_it_creates_whether_the_grace_is_over_or_not(memory):
    old = a(set_id="x", routing=Weighted(1))
    found = plan(owned(old), row(a()), row(demand=ENDED, set_id="x"), memory=memory)
    assert [len(found.units), *sent(found)] == [1, *gone(old, txt(old)), Create(a()), Create(txt(a()))]


@pytest.mark.parametrize("demand", [HELD, ASKED, NOBODY])
def test_simple_to_weighted_waits_while_the_simple_row_is_claimed_or_an_orphan(demand):
    found = plan(owned(a()), row(demand=demand), row(a(set_id="x", routing=Weighted(1)), set_id="x"))
    assert (found.units, Reason.IMPOSSIBLE in reasons(found)) == ((), True)


def test_a_weight_is_swapped_in_place_and_its_txt_has_it_too():
    old, new = (a(set_id="x", routing=Weighted(weight)) for weight in (1, 2))
    assert sent(plan(owned(old), row(new, set_id="x"))) == [swap(old, new), swap(txt(old), txt(new))]


def test_a_routing_policy_of_the_same_set_identifier_is_swapped_in_one_unit():
    old, new = a(set_id="x", routing=Weighted(1)), a(set_id="x", routing=Latency("eu-west-1"))
    assert sent(plan(owned(old), row(new, set_id="x")))[0] == swap(old, new)
    assert reasons(plan(owned(old), row(new, set_id="x"), settings=UPSERTS)) == [Reason.POLICY]


def test_two_rows_that_change_their_routing_policy_together_make_room_first():
    olds = [a(set_id=each, routing=Weighted(1)) for each in ("x", "y")]
    news = [a(set_id=each, routing=Latency(region)) for each, region in (("x", "eu-west-1"), ("y", "eu-west-2"))]
    found = plan(owned(*olds), row(news[0], set_id="x"), row(news[1], set_id="y"))
    assert len(found.units) == 1
    assert sent(found) == [*gone(*owned(*olds)), *map(Create, owned(*news))]


def test_one_row_of_two_that_changes_its_routing_policy_alone_is_impossible():
    olds = [a(set_id=each, routing=Weighted(1)) for each in ("x", "y")]
    found = plan(owned(*olds), row(a(set_id="x", routing=Latency("eu-west-1")), set_id="x"), row(olds[1], set_id="y"))
    assert (found.units, reasons(found)) == ((), [Reason.IMPOSSIBLE])


def test_a_leftover_txt_makes_room_for_the_txt_of_another_row_without_grace():
    new = a(set_id="x", routing=Weighted(1))
    found = plan([txt(a())], row(), row(new, set_id="x"))
    assert sent(found) == [*gone(txt(a())), Create(new), Create(txt(new))]


# A type that left


def test_a_type_that_left_stays_where_another_owner_holds_the_type_that_is_wanted():
    found = plan([a(), txt(a(), owner="other"), *owned(aaaa())], row(a("192.0.2.9")), memory=over("AAAA"))
    assert (sent(found), reasons(found)) == ([], [Reason.FOREIGN])


def test_a_txt_of_ours_goes_although_somebody_else_put_another_type_in_the_place_of_what_it_stood_for():
    theirs = RecordSet(NAME, "CNAME", "", 60, ("elsewhere.example.net",))
    found = plan([theirs, txt(a())], row(demand=ENDED), memory=over("TXT"))
    assert sent(found) == gone(txt(a()))


def test_a_type_that_left_waits_for_its_grace_and_then_goes_alone():
    zone = owned(a(), aaaa())
    waiting = plan(zone, row(a()))
    assert (waiting.units, reasons(waiting), waiting.graces) == ((), [Reason.GRACE], ((NAME, "AAAA", ""),))
    assert waiting.verdicts[0].until == NOW + GRACE
    assert sent(plan(zone, row(a()), memory=over("AAAA"))) == gone(aaaa(), txt(aaaa()))


def test_a_type_that_left_stays_while_some_claim_of_the_row_never_published():
    found = plan(owned(a(), aaaa()), row(a(), demand=Demand(claimed=True, held=True, silent=True)), memory=over("AAAA"))
    assert (found.units, reasons(found)) == ((), [Reason.HELD, Reason.HELD])


def test_a_type_that_joins_is_created_beside_the_others():
    assert sent(plan(owned(a()), row(a(), aaaa()))) == [Create(aaaa()), Create(txt(aaaa()))]


def test_types_that_are_not_managed_are_none_of_our_business():
    settings = replace(SYNC, records=Records(managed_types=("A",)))
    mx = RecordSet(NAME, "MX", "", 60, ("10 mail.example.com",))
    assert plan([*owned(a(), aaaa()), mx], row(demand=ENDED), settings=settings, memory=over("")).units == (tuple(gone(a(), txt(a()))),)


# Edited


def edited(fought: RecordSet | None = None) -> Memory:
    key = (NAME, "A", "")
    return Memory({}, {key: a("192.0.2.1")}, {key: fought} if fought else {})


def test_an_edit_by_others_is_left_and_said():
    found = plan([a("198.51.100.9"), txt(a())], row(a()), memory=edited())
    assert (found.units, reasons(found), found.edited) == ((), [Reason.EDITED], (((NAME, "A", ""), a()),))
    assert "198.51.100.9" in found.verdicts[0].text


def test_an_edit_ends_when_the_wish_changes():
    found = plan([a("198.51.100.9"), txt(a())], row(a("192.0.2.2")), memory=edited(fought=a()))
    assert sent(found)[0] == swap(a("198.51.100.9"), a("192.0.2.2"))


def test_an_edit_to_what_is_wanted_is_no_edit():
    found = plan([a("192.0.2.2"), txt(a())], row(a("192.0.2.2")), memory=edited(fought=a()))
    assert found == Plan(agreed=((NAME, "A", ""),), ours=True)


def test_repair_undoes_an_edit_at_once():
    found = plan([a("198.51.100.9"), txt(a())], row(a()), memory=edited(), settings=REPAIR)
    assert sent(found)[0] == swap(a("198.51.100.9"), a())


def test_what_was_edited_and_is_no_longer_claimed_goes_as_it_stands():
    memory = Memory({(NAME, "", ""): NOW}, {(NAME, "A", ""): a()}, {})
    assert sent(plan([a("198.51.100.9"), txt(a())], row(demand=ENDED), memory=memory)) == gone(a("198.51.100.9"), txt(a()))


# Nothing wanted


def test_what_ended_waits_for_the_grace_and_then_goes_with_its_txt():
    waiting = plan(owned(a()), row(demand=ENDED))
    assert (waiting.units, reasons(waiting), waiting.graces) == ((), [Reason.GRACE], ((NAME, "", ""),))
    assert sent(plan(owned(a()), row(demand=ENDED), memory=over(""))) == gone(a(), txt(a()))


def test_a_grace_that_was_called_back_costs_nothing():
    assert plan(owned(a()), row(a()), memory=over("")) == NOTHING_TO_DO


def test_what_is_claimed_and_not_published_is_held():
    found = plan(owned(a()), row(demand=HELD), memory=over(""))
    assert (found.units, reasons(found), found.graces) == ((), [Reason.HELD], ())
    assert found.verdicts[0].until is None


def test_a_hold_with_a_duration_says_when_it_ends():
    found = plan(owned(a()), row(demand=Demand(claimed=True, held=True, until=NOW + 60)))
    assert found.verdicts[0].until == NOW + 60


def test_what_vanished_without_proof_is_doubtful():
    assert reasons(plan(owned(a()), row(demand=Demand(claimed=True, held=True, doubtful=True)), memory=over(""))) == [Reason.DOUBTFUL]
    assert reasons(plan(owned(a()), row(a(), demand=Demand(claimed=True, doubtful=True)))) == [Reason.DOUBTFUL]


def test_what_an_unreadable_object_owns_is_doubtful_even_if_its_claim_ended():
    found = plan(owned(a()), row(demand=ENDED), memory=over(""), unreadable=lambda label, _: label == ROUTE)
    assert (found.units, reasons(found)) == ((), [Reason.DOUBTFUL])


@pytest.mark.parametrize(
    ("orphans", "memory", "changes", "told"),
    [
        ("park", over(""), [], [Reason.ORPHAN]),
        ("keep", over(""), [], []),
        ("delete", SILENCE, [], [Reason.GRACE]),
        ("delete", over(""), gone(a(), txt(a())), []),
    ],
)
def test_an_orphan_is_parked_kept_or_deleted_after_the_grace(orphans, memory, changes, told):
    settings = replace(SYNC, guard=Guard(delete_grace=Duration(GRACE), orphans=orphans))
    found = plan(owned(a()), row(), settings=settings, memory=memory)
    assert (sent(found), reasons(found)) == (changes, told)


@pytest.mark.parametrize("orphans", ["park", "keep", "delete"])
def test_what_ended_goes_whatever_becomes_of_orphans(orphans):
    settings = replace(SYNC, guard=Guard(delete_grace=Duration(GRACE), orphans=orphans))
    assert sent(plan(owned(a()), row(demand=ENDED), settings=settings, memory=over(""))) == gone(a(), txt(a()))


@pytest.mark.parametrize("label", ["ingress/team/www", "httproute/elsewhere/www"])
@pytest.mark.parametrize("orphans", ["park", "keep", "delete"])
def test_another_source_under_our_owner_id_is_left_alone(label, orphans):
    settings = replace(SYNC, guard=Guard(orphans=orphans), sources=Sources(namespaces=("team",)))
    found = plan([a(), txt(a(), resource=label)], row(), settings=settings, memory=over(""))
    assert (found.units, reasons(found)) == ((), [Reason.OTHER_SOURCE])


def test_a_leftover_txt_of_another_source_is_told_and_left():
    settings = replace(SYNC, guard=Guard(orphans="delete"), sources=Sources(namespaces=("team",)))
    found = plan([txt(a(), resource="httproute/elsewhere/www")], row(), settings=settings, memory=over("TXT"))
    assert (found.units, reasons(found)) == ((), [Reason.OTHER_SOURCE])


def test_ours_without_a_resource_label_is_an_orphan_and_no_other_source():
    assert reasons(plan([a(), txt(a(), resource="")], row())) == [Reason.ORPHAN]


# Somebody else's


@pytest.mark.parametrize(("texts", "said"), [([txt(a(), owner="them")], "'them'"), ([], "no TXT"), ([other_text(f"a-{NAME}")], "no TXT")])
def test_what_is_not_ours_is_left_and_its_owner_named(texts, said):
    found = plan([a("198.51.100.9"), *texts], row(a()))
    assert (found.units, reasons(found)) == ((), [Reason.FOREIGN])
    assert said in found.verdicts[0].text


def test_what_is_not_ours_is_named_even_if_it_is_as_wanted():
    found = plan([a(), txt(a(), owner="them")], row(a()))
    assert (found.units, reasons(found)) == ((), [Reason.FOREIGN])
    assert "as wanted" in found.verdicts[0].text


def test_two_types_of_another_owner_are_said_once_each():
    found = plan([a("198.51.100.9"), aaaa("2001:db8::9")], row(a(), aaaa()))
    assert [(verdict.type, verdict.reason) for verdict in found.verdicts] == [("A", Reason.FOREIGN), ("AAAA", Reason.FOREIGN)]


@pytest.mark.parametrize("demand", [ENDED, HELD, NOBODY])
def test_what_is_not_ours_and_not_wanted_is_left(demand):
    assert plan([a(), txt(a(), owner="them")], row(demand=demand), memory=over("", "TXT")).units == ()


def test_nothing_is_created_in_a_row_that_somebody_else_holds_and_nothing_of_ours_goes():
    found = plan([*owned(a()), aaaa("2001:db8::9")], row(cname()))
    assert (found.units, reasons(found)) == ((), [Reason.FOREIGN])


def test_a_txt_of_another_owner_alone_keeps_the_name():
    found = plan([txt(a(), owner="them")], row(a()))
    assert (found.units, reasons(found)) == ((), [Reason.FOREIGN])
    assert "'them'" in found.verdicts[0].text


def test_a_text_that_is_no_ownership_text_where_ours_would_be_keeps_the_name():
    found = plan([other_text(f"a-{NAME}")], row(a()))
    assert (found.units, reasons(found)) == ((), [Reason.FOREIGN])


def test_a_txt_with_values_that_disagree_is_not_ours_to_read():
    both = replace(txt(a()), values=(*txt(a()).values, "v=spf1 -all"))
    assert reasons(plan([a("198.51.100.9"), both], row(a()))) == [Reason.FOREIGN]


# Only our TXT


def test_only_our_txt_that_somebody_was_seen_to_give_up_goes_after_the_grace():
    waiting = plan([txt(a())], row(demand=Demand(ended=True)))
    assert (waiting.units, reasons(waiting), waiting.graces) == ((), [Reason.GRACE], ((NAME, "TXT", ""),))
    assert sent(plan([txt(a())], row(demand=Demand(ended=True)), memory=over("TXT"))) == gone(txt(a()))


@pytest.mark.parametrize(("orphans", "told"), [("park", [Reason.ORPHAN]), ("keep", [])])
def test_only_our_txt_that_nobody_was_seen_to_give_up_stays(orphans, told):
    settings = replace(SYNC, guard=Guard(orphans=orphans))
    found = plan([txt(a())], row(), settings=settings, memory=over("TXT"))
    assert (found.units, reasons(found), found.graces) == ((), told, ())


def test_only_our_txt_while_a_spec_claims_the_row_stays():
    assert plan([txt(a())], row(demand=HELD), memory=over("TXT")) == Plan()


@pytest.mark.parametrize("resource", [ROUTE, "httproute/old/name"])
def test_only_our_txt_and_a_wish_creates_the_set_and_replaces_the_txt(resource):
    old = txt(a(), resource=resource)
    assert sent(plan([old], row(a()))) == [Create(a()), swap(old, txt(a()))]


@pytest.mark.parametrize(("label", "unreadable"), [("ingress/team/www", False), (ROUTE, True)])
def test_only_our_txt_of_another_source_or_an_unreadable_object_stays(label, unreadable):
    assert plan([txt(a(), resource=label)], row(), memory=over("TXT"), unreadable=lambda *_: unreadable).units == ()


def test_an_old_form_alone_is_never_deleted():
    assert plan([replace(txt(a()), name=NAME)], row(), memory=over("TXT")) == Plan()


# Places where no TXT of ours can be


def test_the_apex_without_a_fitting_prefix_is_unownable():
    found = plan([], row(a(name="example.com")), name="example.com")
    assert (found.units, reasons(found)) == ((), [Reason.UNOWNABLE])


def test_the_apex_with_a_prefix_that_ends_in_a_dot_is_created():
    settings = replace(SYNC, ownership=Ownership(owner="me", prefix="%{record_type}._owner."))
    found = plan([], row(a(name="example.com")), name="example.com", settings=settings)
    assert [change.after.name for change in sent(found)] == ["example.com", "a._owner.example.com"]


def test_a_label_whose_txt_would_be_too_long_is_unownable():
    long = f"{'x' * 62}.example.com"
    found = plan([], row(a(name=long)), name=long)
    assert (found.units, reasons(found)) == ((), [Reason.UNOWNABLE])


def test_the_apex_that_a_txt_of_the_parent_zone_makes_ours_is_changed_and_deleted_without_a_txt():
    apex, text = a(name="example.com"), Stored(txt(a(name="example.com")))
    abroad = {text.value.name: (text,)}
    found = plan([apex], row(a("192.0.2.2", name="example.com")), name="example.com", abroad=lambda name: abroad.get(name, ()))
    assert sent(found) == [swap(apex, a("192.0.2.2", name="example.com"))]
    memory = Memory({("example.com", "", ""): NOW}, {}, {})
    found = plan([apex], row(demand=ENDED), name="example.com", abroad=lambda name: abroad.get(name, ()), memory=memory)
    assert sent(found) == gone(apex)


def test_a_place_for_the_txt_that_a_cname_holds_is_impossible():
    found = plan([cname(name=f"a-{NAME}")], row(a()))
    assert (found.units, reasons(found)) == ((), [Reason.IMPOSSIBLE])


# What cannot stand together


def test_a_cname_beside_another_type_that_stays_is_impossible_and_nothing_goes():
    mx = RecordSet(NAME, "MX", "", 60, ("10 mail.example.com",))
    found = plan([mx, *owned(a())], row(cname()))
    assert (found.units, reasons(found)) == ((), [Reason.IMPOSSIBLE])


def test_a_cname_at_the_apex_is_impossible():
    settings = replace(SYNC, ownership=Ownership(owner="me", prefix="%{record_type}."))
    found = plan([], row(cname(name="example.com")), name="example.com", settings=settings)
    assert (found.units, reasons(found)) == ((), [Reason.IMPOSSIBLE])


def test_of_two_rows_that_exclude_each_other_the_first_is_created():
    found = plan([], row(a()), row(a(set_id="x", routing=Weighted(1)), set_id="x"))
    assert sent(found) == [Create(a()), Create(txt(a()))]
    assert [(verdict.set_id, verdict.reason) for verdict in found.verdicts] == [("x", Reason.IMPOSSIBLE)]


def test_what_exceeds_a_call_in_one_unit_is_refused():
    huge = a(*(f"10.0.{place // 256}.{place % 256}" for place in range(1100)))
    assert reasons(plan([], row(huge))) == [Reason.INVALID]


# Policies


@pytest.mark.parametrize(
    ("zone", "asked", "memory", "actions"),
    [
        ([], row(a()), SILENCE, {"sync": [Create, Create], "upsert-only": [Create, Create], "create-only": [Create, Create]}),
        (
            owned(a()),
            row(a("192.0.2.2")),
            SILENCE,
            {"sync": [Replace, Replace], "upsert-only": [Upsert, Upsert], "create-only": []},
        ),
        (owned(a()), row(demand=ENDED), over(""), {"sync": [Delete, Delete], "upsert-only": [], "create-only": []}),
        ([txt(a())], row(demand=ENDED), over("TXT"), {"sync": [Delete], "upsert-only": [], "create-only": []}),
        ([txt(a())], row(a()), SILENCE, {"sync": [Create, Replace], "upsert-only": [Create, Upsert], "create-only": [Create, Upsert]}),
        (owned(a()), row(cname()), SILENCE, {"sync": [Delete, Delete, Create, Create], "upsert-only": [], "create-only": []}),
        (
            owned(a(), aaaa()),
            row(a()),
            over("AAAA"),
            {"sync": [Delete, Delete], "upsert-only": [], "create-only": []},
        ),
        (
            owned(a()),
            row(a(), aaaa()),
            SILENCE,
            {"sync": [Create, Create], "upsert-only": [Create, Create], "create-only": [Create, Create]},
        ),
    ],
)
@pytest.mark.parametrize("policy", ["sync", "upsert-only", "create-only", "shadow"])
def test_the_policy_filters_the_plan_and_says_what_it_forbids(zone, asked, memory, actions, policy):
    found = plan(zone, asked, settings=replace(SYNC, policy=policy), memory=memory)
    expected = actions["sync" if policy == "shadow" else policy]
    assert [type(change) for change in sent(found)] == expected
    assert (Reason.POLICY in reasons(found)) == (not expected)


def test_compare_and_swap_can_be_asked_for_under_upsert_only():
    found = plan(owned(a()), row(a("192.0.2.2")), settings=replace(UPSERTS, writes="compare-and-swap"))
    assert [type(change) for change in sent(found)] == [Replace, Replace]


# Other zones, other forms


def test_ours_in_a_zone_that_is_no_longer_chosen_is_occluded():
    found = plan(owned(a()), row(), here=False, memory=over(""))
    assert (found.units, reasons(found)) == ((), [Reason.OCCLUDED])
    assert plan([a()], row(), here=False) == Plan()


def test_an_old_form_makes_a_set_ours_and_a_change_writes_the_new_form_beside_it():
    old = replace(txt(a()), name=NAME)
    assert plan([a(), old], row(a())) == NOTHING_TO_DO
    changes = sent(plan([a(), old], row(a("192.0.2.2"))))
    # The old one is swapped for itself: whoever takes it over takes the set over.
    assert changes == [swap(a(), a("192.0.2.2")), Create(txt(a())), swap(old, old)]
    assert sent(plan([a(), old], row(demand=ENDED), memory=over(""))) == [*gone(a()), swap(old, old)]
    upserts = sent(plan([a(), old], row(a("192.0.2.2")), settings=UPSERTS))
    assert [type(change) for change in upserts] == [Upsert, Create]


def test_an_alias_is_ours_by_an_old_cname_txt():
    old = replace(txt(cname()), name=f"cname-{NAME}")
    assert plan([alias(), old], row(alias())) == NOTHING_TO_DO


def test_the_txt_of_a_wildcards_twin_is_shared_and_stays():
    settings = replace(SYNC, ownership=Ownership(owner="me", wildcard_replacement="any"))
    star, twin = a(name="*.example.com"), a(name="any.example.com")
    text = txt(star, settings=settings)
    memory = Memory({("*.example.com", "", ""): NOW}, {}, {})
    assert sent(plan([star, twin, text], row(demand=ENDED), name="*.example.com", settings=settings, memory=memory)) == gone(star)
    assert sent(plan([star, text], row(demand=ENDED), name="*.example.com", settings=settings, memory=memory)) == gone(star, text)


def test_the_rules_are_those_of_the_settings():
    rules = Rules.of(SYNC, Scope(SYNC, lambda *_: False))
    assert (rules.types, rules.repair, rules.orphans, rules.grace) == (frozenset({"A", "AAAA", "CNAME"}), False, "park", GRACE)


def test_every_verdict_has_a_sentence_and_a_way_out():
    found = plan(owned(a(), aaaa()), row(a(), demand=Demand(claimed=True, held=True, until=NEVER)))
    assert all(verdict.text and verdict.way_out and verdict.name == NAME and verdict.zone == "Z1" for verdict in found.verdicts)
