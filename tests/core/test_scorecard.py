"""The scorecard counts, from facts alone, what dnsguard did or would have done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.core import divergences, episodes
from dnsguard.core.divergences import PATIENCE
from dnsguard.core.least import Interval, least_calls
from dnsguard.core.scorecard import Scorekeeper
from dnsguard.core.weights import weigh
from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.changes import Accepted, ChangeInfo, Create, Delete, ListRecords, Replace, Write
from dnsguard.model.facts import (
    Absorbed,
    Answered,
    Called,
    Cleared,
    End,
    Fact,
    Gate,
    Reason,
    Stopped,
    Synced,
    Unsent,
    Verdict,
    Withheld,
    ZonesFound,
)
from dnsguard.model.objects import Ref
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Debounce, Deletes, Drift, Duration, Guard, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="shadow", guard=Guard(deletes=UNBOUND))
LIVE = replace(SETTINGS, policy="sync")
WWW = "www.example.com"
A, B = (RecordSet(WWW, "A", ttl=300, values=(value,)) for value in ("192.0.2.1", "192.0.2.2"))
TEXT = RecordSet(f"a-{WWW}", "TXT", ttl=300, values=("owner",))
MADE = (Create(A), Create(TEXT))
GONE = (Delete(Stored(A)), Delete(Stored(TEXT)))
LATER = 200.0
"""A moment at which everything of the first seconds has been counted."""
ROUTE = Ref("HTTPRoute", "team", "www")


def kept(*told: tuple[float, Fact], settings: Settings = SETTINGS, at: float = 0.0) -> Any:
    """Return the card at *at*, or at the last moment if that is later."""
    keeper = Scorekeeper(settings, 0.0)
    for moment, fact in told:
        keeper.tell(fact, moment)
    return keeper.card(max([at, *(moment for moment, _ in told)]))


def unsent(first: float, changes=MADE, name: str = WWW, zone: str = "Z1") -> tuple[float, Unsent]:
    return first, Unsent(zone, name, first, changes)


def verdict(reason: Reason, text: str = "why", kind: str = "", name: str = WWW) -> Verdict:
    return Verdict("Z1", name, kind, "", reason, text, "")


def held(at: float, reason: Reason, **more: str) -> tuple[float, Withheld]:
    return at, Withheld(verdict(reason, **more))


def over(at: float, reason: Reason, end: End = End.OVER, **more: str) -> tuple[float, Cleared]:
    return at, Cleared(verdict(reason, **more), (), end)


# Events and calls


def test_events_count_once_every_source_was_listed():
    first = (Absorbed(ROUTE, 1), Stopped(ROUTE, Gate.SAME_VIEW), Synced(2))
    later = (Absorbed(ROUTE, 1), Stopped(ROUTE, Gate.SAME_VIEW), Stopped(ROUTE, Gate.SAME_WISH))
    card = kept(*((1.0, fact) for fact in (*first, *later)))
    assert (card.events, card.stopped) == (3, 2)


def test_calls_count_by_action_and_under_shadow_single_names_are_looks():
    calls = [(1.0, Called(number, call)) for number, call in enumerate([ListRecords("Z1"), ListRecords("Z1", None, 20)])]
    assert (kept(*calls).calls, kept(*calls).looks) == ({"ListResourceRecordSets": 2}, 1)
    assert kept(*calls, settings=LIVE).looks == 0


def test_under_a_policy_that_writes_what_left_and_was_accepted_counts():
    write = Write("Z1", (*MADE, Replace(Stored(A), B), *GONE))
    told = [(1.0, Called(1, write)), (1.1, Answered(1, write, Accepted(ChangeInfo("C1")), 0.1)), (2.0, Called(2, write))]
    card = kept(*told, settings=LIVE)
    assert (card.writes, card.created, card.replaced, card.deleted) == (2, 1, 1, 1)


# What shadow would have written


@pytest.mark.parametrize(
    ("told", "writes"),
    [
        ([unsent(1.0)], 1),
        ([unsent(1.0), unsent(1.1, ())], 0),
        ([unsent(1.0), unsent(5.0, ())], 1),
        ([unsent(1.0), unsent(1.1, (Create(B), Create(TEXT)))], 1),
        ([unsent(1.0), unsent(5.0, (Create(B), Create(TEXT)))], 2),
        ([unsent(1.0), unsent(1.1, name="b.example.com")], 1),
        ([unsent(1.0), unsent(1.1, zone="Z2")], 2),
        ([unsent(1.0), unsent(1.3, name="b.example.com")], 2),
        ([unsent(1.0, GONE), unsent(2.9, ())], 0),
        ([unsent(1.0, GONE), unsent(3.1, ())], 1),
        ([unsent(1.0, GONE), unsent(2.5, name="b.example.com")], 1),
        ([unsent(1.0), (30.0, Unsent("Z1", "b.example.com", 1.0, MADE))], 1),
        ([unsent(1.0), (1.1, ZonesFound((("Z2", "example.org", "public"),)))], 0),
    ],
    ids=[
        "due", "withdrawn in time", "done by somebody else", "another wish in time", "another wish", "together", "two zones",
        "too late to ride", "a deletion withdrawn in time", "a deletion waits longest", "or rides along", "of one cause, told later",
        "a zone that went away",
    ],
)  # fmt: skip
def test_what_is_due_is_gathered_into_the_least_number_of_calls(told, writes):
    assert kept(*told, at=LATER).writes == writes


def test_what_is_due_counts_a_while_later():
    assert (kept(unsent(1.0), at=60.0).writes, kept(unsent(1.0), at=70.0).writes) == (0, 1)


def test_no_look_gathers_more_than_a_few_calls():
    keeper = Scorekeeper(SETTINGS, 0.0)
    for number in range(100):
        keeper.tell(Unsent("Z1", f"n{number}.example.com", float(number), MADE), float(number))
    assert [keeper.card(LATER).writes for _ in range(30)][-2:] == [100, 100]


def test_changes_count_by_kind_without_their_txt():
    told = [unsent(1.0), unsent(1.0, (Replace(Stored(A), B),), name="b.example.com"), unsent(1.0, GONE, name="c.example.com")]
    card = kept(*told, at=LATER)
    assert (card.created, card.replaced, card.deleted) == (1, 1, 1)


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(0, 40), st.sampled_from(["Z1", "Z2"]), st.sampled_from([MADE, GONE])), max_size=40))
def test_the_number_of_calls_is_that_of_least_calls(told):
    debounce = Debounce(quiet=Duration(0.5), longest=Duration(2.0))
    keeper = Scorekeeper(replace(SETTINGS, debounce=debounce), 0.0)
    intervals = []
    for number, (first, _, zone, changes) in enumerate(sorted(told, key=lambda each: each[0])):
        keeper.tell(Unsent(zone, f"n{number}.example.com", first, changes), first)
        weight = weigh(changes[0]).plus(weigh(changes[1]))
        intervals.append(Interval(zone, first, first + (2.0 if changes is GONE else 0.5), weight))
    for _ in told:
        keeper.card(LATER)
    assert keeper.card(LATER).writes == least_calls(intervals)


# Divergences


def test_what_somebody_else_does_in_time_is_no_divergence():
    card = kept(unsent(1.0), unsent(1.0 + PATIENCE - 1, ()))
    assert (card.agreed, card.divergences.total, card.divergences.listed) == (1, 0, ())


def test_what_stays_different_is_a_divergence_with_both_sides():
    told = [unsent(1.0, (Replace(Stored(A), B), Replace(Stored(TEXT), TEXT)))]
    (standing,) = kept(*told, at=1.0 + PATIENCE).divergences.listed
    assert (standing.name, standing.since, standing.until, standing.reason) == (WWW, 1.0, None, Reason.SHADOW)
    assert (standing.stands, standing.wanted) == ("A 192.0.2.1 (TTL 300)", "A 192.0.2.2 (TTL 300)")
    card = kept(*told, unsent(900.0, ()))
    assert (card.agreed, card.divergences.total, card.divergences.standing) == (0, 1, 0)
    assert card.divergences.listed[0].until == 900.0


@pytest.mark.parametrize(
    ("changes", "sides"),
    [
        (MADE, ("nothing", "A 192.0.2.1 (TTL 300)")),
        (GONE, ("A 192.0.2.1 (TTL 300)", "nothing")),
        ((Delete(Stored(TEXT)),), ("TXT owner (TTL 300)", "nothing")),
    ],
    ids=["created", "deleted", "only its TXT"],
)
def test_a_side_without_a_record_set_is_nothing(changes, sides):
    (standing,) = kept(unsent(1.0, changes), at=1.0 + PATIENCE).divergences.listed
    assert (standing.stands, standing.wanted) == sides


def test_another_wish_gives_whoever_writes_the_zone_time_again():
    told = [unsent(1.0), unsent(PATIENCE, (Create(B), Create(TEXT)))]
    assert kept(*told, at=PATIENCE + 10).divergences.total == 0
    assert kept(*told, at=2 * PATIENCE).divergences.total == 1


@pytest.mark.parametrize("reason", [Reason.FOREIGN, Reason.EDITED, Reason.TARGET], ids=lambda reason: reason.value)
def test_what_is_wanted_and_left_alone_is_a_divergence(reason):
    card = kept(held(1.0, reason), over(700.0, reason, text="why"), held(700.0, reason, text="why, in other words"), at=800.0)
    (standing,) = card.divergences.listed
    assert (standing.since, standing.reason, standing.stands) == (1.0, reason, "why, in other words")


def test_a_verdict_in_other_words_is_as_old_as_before():
    told = [held(1.0, Reason.FOREIGN), over(200.0, Reason.FOREIGN), held(200.0, Reason.FOREIGN, text="other words")]
    assert kept(*told, at=1.0 + PATIENCE).divergences.total == 1
    assert kept(*told[:2], held(201.0, Reason.FOREIGN), at=1.0 + PATIENCE).divergences.total == 0


def test_what_waits_by_itself_is_no_divergence():
    told = [held(1.0, reason) for reason in Reason if reason not in divergences.LEFT]
    assert kept(*told, at=9999.0).divergences.total == 0


# Deletions that were held back


@pytest.mark.parametrize(
    ("told", "reasons", "outcome", "until"),
    [
        ([held(1.0, Reason.HELD)], "held", "standing", None),
        ([held(1.0, Reason.HELD), over(8.0, Reason.HELD)], "held", "called-back", 8.0),
        ([held(1.0, Reason.HELD), over(8.0, Reason.HELD), held(8.0, Reason.GRACE)], "held grace", "standing", None),
        ([held(1.0, Reason.GRACE), over(8.0, Reason.GRACE, End.LEAVES)], "grace", "deleted", 8.0),
        ([held(1.0, Reason.GRACE), over(8.0, Reason.GRACE)], "grace", "called-back", 8.0),
        ([held(1.0, Reason.GRACE), over(8.0, Reason.GRACE, End.GONE)], "grace", "gone", 8.0),
        ([held(1.0, Reason.GRACE), over(2.0, Reason.GRACE), held(2.0, Reason.PARKED)], "grace parked", "standing", None),
        ([held(1.0, Reason.DOUBTFUL), over(8.0, Reason.DOUBTFUL)], "doubtful", "called-back", 8.0),
        ([held(1.0, Reason.HELD), over(8.0, Reason.HELD, End.GONE)], "held", "gone", 8.0),
        ([held(1.0, Reason.HELD), unsent(8.0), over(8.0, Reason.HELD, End.GONE)], "held", "called-back", 8.0),
    ],
    ids=[
        "held", "published again", "given up while held", "the grace ran out", "claimed again", "deleted by others in its grace",
        "the breaker tripped", "seen again", "given up after others deleted it", "published again after others deleted it",
    ],
)  # fmt: skip
def test_an_episode_ends_as_its_last_verdict_did(told, reasons, outcome, until):
    card = kept(*told)
    (listed,) = card.deletions.listed
    assert " ".join(reason.value for reason in listed.reasons) == reasons
    assert (listed.since, listed.until, listed.outcome) == (1.0, until, outcome)
    counts = card.deletions
    assert counts.held == 1 == counts.standing + counts.called_back + counts.deleted + counts.gone


def test_a_deletion_by_somebody_else_is_seen_while_it_is_held_and_so_is_the_record_that_comes_back():
    told = [held(1.0, Reason.HELD), unsent(9.0), unsent(20.0, ()), over(30.0, Reason.HELD)]
    card = kept(*told)
    (listed,) = card.deletions.listed
    assert (listed.gone_at, listed.back_at, listed.outcome) == (9.0, 20.0, "called-back")
    assert (card.deletions.seen_gone, card.deletions.longest) == (1, 29.0)


def test_a_record_that_comes_back_after_its_hold_is_noticed_too():
    (listed,) = kept(held(1.0, Reason.HELD), unsent(9.0), over(15.0, Reason.HELD, End.GONE), unsent(20.0, ())).deletions.listed
    assert (listed.gone_at, listed.until, listed.back_at, listed.outcome) == (9.0, 15.0, 20.0, "called-back")


def test_what_others_deleted_while_it_was_held_is_no_write_of_ours_but_may_be_a_divergence():
    card = kept(held(1.0, Reason.HELD), unsent(9.0), unsent(500.0, ()), at=800.0)
    assert (card.writes, card.created, card.agreed, card.divergences.total) == (0, 0, 0, 1)
    after = [held(1.0, Reason.HELD), over(10.0, Reason.HELD)]
    assert kept(*after, unsent(12.0), unsent(20.0, ()), at=800.0).deletions.seen_gone == 1
    assert [kept(*after, unsent(moment), at=800.0).writes for moment in (12.0, 140.0)] == [0, 1]
    more = (*MADE, Create(RecordSet(WWW, "A", "blue", ttl=300, values=("192.0.2.1",))))
    assert kept(held(1.0, Reason.HELD), unsent(9.0, more), at=800.0).writes == 1


def test_what_is_not_in_the_zone_yet_cannot_be_held_back():
    assert kept(unsent(1.0), held(2.0, Reason.HELD)).deletions.held == 0


def test_a_txt_alone_is_no_deletion():
    assert kept(held(1.0, Reason.GRACE, kind="TXT")).deletions.held == 0


def test_two_types_of_a_name_are_two_deletions():
    assert kept(held(1.0, Reason.GRACE, kind="A"), held(1.0, Reason.GRACE, kind="AAAA")).deletions.standing == 2


def test_a_zone_that_went_away_takes_along_what_was_held_in_it():
    card = kept(held(1.0, Reason.HELD), (5.0, ZonesFound((("Z2", "example.org", "public"),))))
    assert (card.deletions.held, card.deletions.standing, card.deletions.listed) == (1, 0, ())


@given(
    st.lists(
        st.tuples(
            st.floats(0, 2),
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from([*sorted(episodes.HOLDS, key=lambda reason: reason.value), Reason.FOREIGN]),
            st.sampled_from(["begin", *End]),
        ),
        max_size=60,
    )
)
def test_whatever_is_told_every_deletion_stands_or_ended_one_way(told):
    keeper = Scorekeeper(SETTINGS, 0.0)
    now = 0.0
    standing = set()
    for wait, name, reason, what in told:
        now += wait
        found = verdict(reason, name=name)
        if what == "begin":
            standing.add((name, reason))
            keeper.tell(Withheld(found), now)
        else:
            standing.discard((name, reason))
            keeper.tell(Cleared(found, (), what), now)
    found = keeper.card(now).deletions
    assert found.held == found.standing + found.called_back + found.deleted + found.gone
    assert found.standing == len({name for name, reason in standing if reason in episodes.HOLDS})


def test_memory_is_bounded_of_what_is_over():
    keeper = Scorekeeper(SETTINGS, 0.0)
    for number in range(3 * episodes.KEPT):
        name = f"n{number}"
        keeper.tell(Withheld(verdict(Reason.HELD, name=name)), number)
        keeper.tell(Cleared(verdict(Reason.HELD, name=name)), number + 0.5)
        keeper.tell(Withheld(verdict(Reason.FOREIGN, name=name)), number)
        keeper.tell(Cleared(verdict(Reason.FOREIGN, name=name)), number + PATIENCE + 1)
    card = keeper.card(1e6)
    assert (card.deletions.called_back, len(card.deletions.listed)) == (3 * episodes.KEPT, episodes.KEPT)
    assert len(card.divergences.listed) <= divergences.KEPT


# The facts of an engine


def world(settings: Settings = SETTINGS, count: int = 3) -> World:
    made = World(settings)
    for number in range(count):
        made.change("CREATE", {"Name": f"n{number}.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}]})
        text = f'"heritage=external-dns,external-dns/owner=me,external-dns/resource=httproute/team/n{number}"'
        made.change("CREATE", {"Name": f"a-n{number}.example.com.", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": text}]})
    made.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{number}", [f"n{number}.example.com"]) for number in range(count)))
    made.sync()
    made.run(10)
    return made


def card(made: World) -> Any:
    keeper = Scorekeeper(made.settings, made.facts[0][0])
    for moment, fact in made.facts:
        keeper.tell(fact, moment)
    return keeper.card(made.now)


def remove(made: World, name: str) -> None:
    for record in made.records():
        if record["Name"] in {f"{name}.", f"a-{name}."}:
            made.change("DELETE", record)


def test_a_status_that_empties_for_a_moment_is_a_deletion_held_and_called_back():
    made = world()
    made.put(gateway([]))
    made.run(7)
    made.put(gateway(["192.0.2.1"]))
    made.run(10)
    found = card(made).deletions
    assert (found.held, found.called_back, found.seen_gone) == (3, 3, 0)
    assert {listed.reasons for listed in found.listed} == {(Reason.HELD,)}


def test_a_verification_shows_that_somebody_else_deleted_what_is_held_and_put_it_back():
    made = world(replace(SETTINGS, drift=Drift(period=Duration(20.0))))
    made.put(gateway([]))
    made.run(1)
    gone = [record for record in made.records() if "n1." in record["Name"]]
    remove(made, "n1.example.com")
    made.run(40)
    found = card(made).deletions
    assert [listed.name for listed in found.listed if listed.gone_at is not None] == ["n1.example.com"]
    for record in gone:
        made.change("CREATE", record)
    made.put(gateway(["192.0.2.1"]))
    made.run(200)
    found = card(made).deletions
    (seen,) = [listed for listed in found.listed if listed.gone_at is not None]
    assert (found.called_back, found.seen_gone, seen.outcome) == (3, 1, "called-back")
    assert seen.gone_at < seen.until


def test_a_route_that_is_deleted_is_held_for_the_grace_and_would_go():
    made = world()
    made.drop(Ref("HTTPRoute", "team", "n1"))
    made.run(5)
    remove(made, "n1.example.com")
    made.run(400)
    found = card(made)
    (listed,) = found.deletions.listed
    assert (listed.reasons, listed.outcome, listed.until - listed.since) == ((Reason.GRACE,), "deleted", pytest.approx(300.0))
    assert (found.writes, found.deleted, found.agreed, found.divergences.total) == (1, 1, 1, 0)


def test_under_shadow_the_breaker_counts_as_a_reason():
    made = world(replace(SETTINGS, guard=Guard(deletes=Deletes(always=1))), count=6)
    made.drop(*(Ref("HTTPRoute", "team", f"n{number}") for number in range(4)))
    made.run(5)
    found = card(made).deletions
    assert (found.standing, {listed.reasons[-1] for listed in found.listed}) == (4, {Reason.PARKED})


def test_a_change_that_somebody_else_makes_soon_is_one_write_and_agreed():
    made = world()
    made.put(gateway(["192.0.2.9"]))
    made.run(4)
    for number in range(3):
        made.change("UPSERT", {"Name": f"n{number}.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.9"}]})
    made.run(200)
    found = card(made)
    assert (found.writes, found.replaced, found.agreed, found.divergences.total) == (1, 3, 3, 0)
    assert found.calls.keys() == {"ListHostedZones", "ListResourceRecordSets"}
    assert found.looks > 0


def test_a_change_that_nobody_makes_is_a_divergence_that_ends_when_somebody_does():
    made = world()
    made.put(route("n1", ["n1.example.com"], annotations={"ttl": "60"}))
    made.run(1000)
    (standing,) = card(made).divergences.listed
    assert (standing.name, standing.stands, standing.wanted) == ("n1.example.com", "A 192.0.2.1 (TTL 300)", "A 192.0.2.1 (TTL 60)")
    made.change("UPSERT", {"Name": "n1.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]})
    made.run(2000)
    found = card(made).divergences
    assert (found.total, found.standing, found.listed[0].until is not None) == (1, 0, True)


def test_live_the_same_counts_are_of_what_was_done():
    made = World(LIVE)
    made.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{number}", [f"n{number}.example.com"]) for number in range(3)))
    made.sync()
    made.run(10)
    made.put(gateway([]))
    made.run(60)
    made.put(gateway(["192.0.2.1"]))
    made.drop(Ref("HTTPRoute", "team", "n1"))
    made.run(400)
    found = card(made)
    assert (found.writes, found.created, found.deleted) == (2, 3, 1)
    assert (found.deletions.held, found.deletions.called_back, found.deletions.deleted) == (3, 2, 1)


def test_what_takes_the_place_of_another_type_is_changed_and_not_deleted():
    made = World(LIVE)
    made.put(gateway(["192.0.2.1"]), namespace("team"), route("www", [WWW]))
    made.sync()
    made.run(10)
    made.put(gateway([]))
    made.run(10)
    made.put(gateway(["lb.example.net"]))
    made.run(10)
    assert made.values() == {f"{WWW} CNAME": ["lb.example.net"]}
    (listed,) = card(made).deletions.listed
    assert listed.outcome == "called-back"
