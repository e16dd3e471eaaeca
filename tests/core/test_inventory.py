"""The inventory: what objects ask for, held while it is silent, remembered when it ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.inventory import NEVER, Demand, Inventory, resource_of
from dnsguard.model.endpoints import Claim, Contribution, Resolution
from dnsguard.model.objects import Ref

NAME = "www.example.com"
ONE, TWO = Ref("HTTPRoute", "team", "one"), Ref("HTTPRoute", "team", "two")
PUBLIC, OTHER = Ref("Gateway", "edge", "public"), Ref("Gateway", "edge", "other")
OLD = "2024-01-01T00:00:00Z"
NOBODY = Demand()


def claim(name=NAME, set_id="", parent=PUBLIC, scope=-1):
    return Claim(name, set_id, parent, scope)


def says(*live, silent=(), reads=(), problems=()):
    """Return a resolution that publishes some claims, each with a target, TTL or both, and is silent about others."""
    contributions = {each: Contribution((target,), ttl) for each, target, ttl in live}
    return Resolution(frozenset([*contributions, *silent]), contributions, problems, frozenset(reads))


def publishing(target="192.0.2.1", ttl=None, **of):
    return says((claim(**of), target, ttl))


def targets(demand):
    return [wish.contribution.targets for wish in demand.wishes]


@pytest.fixture
def inventory():
    return Inventory(None)


def test_the_label_of_an_object_is_external_dnss():
    assert resource_of(ONE) == "httproute/team/one"


def test_what_an_object_publishes_is_asked_for(inventory):
    assert inventory.absorb(ONE, OLD, publishing(), 0) == {NAME: False}
    demand = inventory.demand(NAME, "", 0, 0)
    (wish,) = demand.wishes
    assert (wish.ref, wish.created, wish.resource, wish.contribution.targets) == (ONE, OLD, "httproute/team/one", ("192.0.2.1",))
    assert (demand.claimed, demand.held, demand.until) == (True, False, NEVER)
    assert (ONE in inventory, inventory.get(ONE).created, inventory.get(TWO)) == (True, OLD, None)
    assert (list(inventory.names()), list(inventory.claimants(NAME))) == ([NAME], [ONE])


def test_nothing_is_asked_of_a_name_that_nobody_knows(inventory):
    assert inventory.demand(NAME, "", 0, 0) == Demand(until=0.0)
    assert (inventory.set_ids(NAME), inventory.scopes(NAME), inventory.hold_ends(NAME, 0)) == (set(), set(), None)


def test_the_same_again_touches_nothing(inventory):
    inventory.absorb(ONE, OLD, publishing(), 0)
    assert inventory.absorb(ONE, OLD, publishing(), 1) == {}


@pytest.mark.parametrize(
    ("before", "after", "touched"),
    [
        (publishing(), publishing("192.0.2.2"), {NAME: True}),
        (publishing(), publishing(ttl=60), {NAME: False}),
        (publishing(), says(silent=[claim()]), {NAME: True}),
        (says(silent=[claim()]), publishing(), {NAME: False}),
        (publishing(), says(), {NAME: False}),
        (says(), publishing(), {NAME: False}),
        (publishing(), publishing(name="else.example.com"), {NAME: False, "else.example.com": False}),
        (publishing(), publishing(set_id="blue"), {NAME: False}),
        (publishing(), publishing(parent=OTHER), {NAME: False}),
        (publishing(), publishing(scope=1), {NAME: False}),
    ],
)
def test_a_touch_is_calm_only_if_status_moved_targets(inventory, before, after, touched):
    inventory.absorb(ONE, OLD, before, 0)
    assert inventory.absorb(ONE, OLD, after, 1) == touched


def test_one_restless_claim_makes_the_touch_of_its_name_restless(inventory):
    inventory.absorb(ONE, OLD, says((claim(), "192.0.2.1", None), (claim(parent=OTHER), "192.0.2.2", None)), 0)
    after = says((claim(), "192.0.2.3", None), (claim(parent=OTHER), "192.0.2.2", 60))
    assert inventory.absorb(ONE, OLD, after, 1) == {NAME: False}


def test_another_age_touches_every_name_because_it_decides_conflicts(inventory):
    inventory.absorb(ONE, OLD, publishing(), 0)
    assert inventory.absorb(ONE, "2020-01-01T00:00:00Z", publishing(), 1) == {NAME: False}
    assert inventory.demand(NAME, "", 0, 1).wishes[0].created == "2020-01-01T00:00:00Z"


def test_a_status_that_empties_is_held_with_the_last_value(inventory):
    inventory.absorb(ONE, OLD, publishing(), 0)
    inventory.absorb(ONE, OLD, says(silent=[claim()]), 1)
    demand = inventory.demand(NAME, "", 0, 1e9)
    assert (targets(demand), demand.claimed, demand.held, demand.until, demand.ended) == ([("192.0.2.1",)], True, True, NEVER, False)
    assert inventory.hold_ends(NAME, 1) is None


def test_a_claim_that_never_published_is_silent(inventory):
    inventory.absorb(ONE, OLD, says(silent=[claim()]), 0)
    demand = inventory.demand(NAME, "", 0, 0)
    assert (demand.wishes, demand.claimed, demand.held, demand.silent) == ((), True, True, True)


def test_a_hold_with_a_duration_ends_from_the_moment_of_the_loss():
    inventory = Inventory(60.0)
    inventory.absorb(ONE, OLD, publishing(), 0)
    inventory.absorb(ONE, OLD, says(silent=[claim()]), 10)
    inventory.absorb(ONE, OLD, says(silent=[claim()]), 40)
    assert inventory.hold_ends(NAME, 10) == 70
    assert inventory.hold_ends(NAME, 70) is None
    held, over = inventory.demand(NAME, "", 0, 69.9), inventory.demand(NAME, "", 0, 70)
    assert (held.held, held.until, held.ended) == (True, 70, False)
    assert (over.claimed, over.wishes, over.ended) == (False, (), True)
    inventory.absorb(ONE, OLD, publishing(), 80)
    assert targets(inventory.demand(NAME, "", 0, 80)) == [("192.0.2.1",)]


def test_the_longest_hold_of_a_row_counts():
    inventory = Inventory(60.0)
    inventory.absorb(ONE, OLD, says(silent=[claim()]), 0)
    inventory.absorb(TWO, OLD, says(silent=[claim(parent=OTHER)]), 30)
    assert (inventory.demand(NAME, "", 0, 40).until, inventory.hold_ends(NAME, 40)) == (90, 60)
    demand = inventory.demand(NAME, "", 0, 65)
    assert (demand.claimed, demand.ended, inventory.hold_ends(NAME, 65)) == (True, True, 90)


@pytest.mark.parametrize("end", ["absorbed", "removed"])
def test_a_claim_that_ended_is_remembered_until_somebody_claims_the_row_again(inventory, end):
    inventory.absorb(ONE, OLD, publishing(), 0)
    if end == "removed":
        assert inventory.remove(ONE, 9.0) == {NAME: False}
        assert ONE not in inventory
    else:
        inventory.absorb(ONE, OLD, says(), 1)
    assert inventory.demand(NAME, "", 0, 1) == Demand(until=0.0, ended=True)
    assert list(inventory.names()) == []
    inventory.absorb(TWO, OLD, says(silent=[claim()]), 2)
    assert not inventory.demand(NAME, "", 0, 2).ended


def test_the_end_of_one_claim_of_two_leaves_the_row_claimed(inventory):
    inventory.absorb(ONE, OLD, publishing(), 0)
    inventory.absorb(TWO, OLD, publishing("192.0.2.2"), 0)
    inventory.remove(ONE, 9.0)
    demand = inventory.demand(NAME, "", 0, 1)
    assert (targets(demand), demand.claimed, list(inventory.claimants(NAME))) == ([("192.0.2.2",)], True, [TWO])


def test_the_end_is_remembered_by_row_and_scope(inventory):
    inventory.absorb(ONE, OLD, publishing(scope=0b11), 0)
    inventory.absorb(ONE, OLD, publishing(scope=0b01), 1)
    assert (inventory.demand(NAME, "", 0, 1).ended, inventory.demand(NAME, "", 1, 1).ended) == (True, True)
    assert (inventory.demand(NAME, "", 0, 1).claimed, inventory.demand(NAME, "", 1, 1).claimed) == (True, False)
    assert inventory.demand(NAME, "blue", 0, 1) == Demand(until=0.0)
    inventory.absorb(TWO, OLD, publishing(scope=0b10), 2)
    assert not inventory.demand(NAME, "", 1, 2).ended


def test_scopes_choose_what_a_zone_entry_sees(inventory):
    inventory.absorb(ONE, OLD, publishing(scope=0b01), 0)
    inventory.absorb(TWO, OLD, publishing("192.0.2.2", scope=0b10), 0)
    assert [targets(inventory.demand(NAME, "", entry, 0)) for entry in (0, 1)] == [[("192.0.2.1",)], [("192.0.2.2",)]]
    assert inventory.scopes(NAME) == {0b01, 0b10}


def test_rows_are_told_apart_by_set_identifier(inventory):
    inventory.absorb(ONE, OLD, publishing(set_id="blue"), 0)
    inventory.absorb(TWO, OLD, publishing(set_id="green"), 0)
    assert inventory.set_ids(NAME) == {"blue", "green"}
    assert len(inventory.demand(NAME, "blue", 0, 0).wishes) == 1


def test_doubt_keeps_an_object_in_force_until_it_is_seen_again(inventory):
    inventory.absorb(ONE, OLD, publishing(), 0)
    assert inventory.doubt(ONE) == {NAME: True}
    assert inventory.doubt(ONE) == {}
    demand = inventory.demand(NAME, "", 0, 0)
    assert (demand.doubtful, targets(demand)) == (True, [("192.0.2.1",)])
    assert inventory.trust(ONE) == {NAME: True}
    assert inventory.trust(ONE) == {}
    assert not inventory.demand(NAME, "", 0, 0).doubtful


def test_what_was_never_known_can_be_removed_doubted_and_trusted(inventory):
    assert (inventory.remove(ONE, 9.0), inventory.doubt(ONE), inventory.trust(ONE)) == ({}, {}, {})


def test_reads_problems_and_epoch_are_those_of_the_last_resolution(inventory):
    inventory.absorb(ONE, OLD, says(reads=[PUBLIC], problems=("odd",)), 0)
    inventory.stamp(ONE, 7)
    asker = inventory.get(ONE)
    assert (asker.reads, asker.problems, asker.epoch) == ({PUBLIC}, ("odd",), 7)


claims = st.builds(
    claim,
    st.sampled_from([NAME, "else.example.com"]),
    st.sampled_from(["", "blue"]),
    st.sampled_from([PUBLIC, OTHER]),
    st.sampled_from([-1, 1, 2]),
)
resolutions = st.builds(
    lambda live, silent: says(*((each, target, None) for each, target in live.items()), silent=silent),
    st.dictionaries(claims, st.sampled_from(["192.0.2.1", "192.0.2.2"]), max_size=3),
    st.lists(claims, max_size=3),
)


@given(st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.none() | resolutions), max_size=8))
def test_the_inventory_is_what_the_last_resolutions_say(history):
    inventory = Inventory(None)
    last: dict[Ref, Resolution] = {}
    for at, (ref, resolution) in enumerate(history):
        if resolution is None:
            touched = inventory.remove(ref, 9.0)
            gone = last.pop(ref, says())
            assert touched.keys() == {each.name for each in gone.claims}
        else:
            inventory.absorb(ref, OLD, resolution, at)
            last[ref] = resolution
    named = {each.name for resolution in last.values() for each in resolution.claims}
    assert set(inventory.names()) == named
    for name in (NAME, "else.example.com"):
        mine = [(ref, each) for ref, resolution in last.items() for each in resolution.claims if each.name == name]
        assert set(inventory.claimants(name)) == {ref for ref, _ in mine}
        assert inventory.set_ids(name) == {each.set_id for _, each in mine}
        assert inventory.scopes(name) == {each.scope for _, each in mine}
        for entry in (0, 1):
            for set_id in ("", "blue"):
                demand = inventory.demand(name, set_id, entry, len(history))
                row = [(ref, each) for ref, each in mine if each.set_id == set_id and each.scope >> entry & 1]
                published = [ref for ref, each in row if each in last[ref].contributions]
                assert demand.claimed == bool(row)
                assert len(demand.wishes) >= len(published)
                assert demand.claimed or not demand.wishes
