"""What poison costs: k names that Route53 refuses among n, found by few calls, and everybody else published.

Counted are the writes of the search: those that carry a name which was not quarantined before, and that Route53 judged.
"""

import math
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Busy, Curtailed, Dropped, Policies, Reworded, ServerError, Throttle
from dnsguard.lab.world import World
from dnsguard.model.changes import Accepted, Refused, Write
from dnsguard.model.facts import Alert, Answered, Called, Reason, Withheld
from dnsguard.model.objects import ParentRef
from dnsguard.model.settings import Bucket, BudgetSettings, Ownership, Settings, ZoneEntry

WRITE = "ChangeResourceRecordSets"
PLENTY = Bucket(rate=1000, burst=1000)
SETTINGS = Settings(
    zones=(ZoneEntry(),),
    ownership=Ownership(owner="me"),
    policy="sync",
    budget=BudgetSettings(requests=PLENTY, actions=PLENTY, changes=Bucket(rate=1e6, burst=1e6)),
)
# The last one holds the largest batch of a case once, and then fills slowly.
BUDGETS = (SETTINGS.budget, BudgetSettings(), BudgetSettings(profile="cbt-10", share=0.25))
UNREADABLE = Reworded("The weather is bad, and [so] are the roads")


class Case(NamedTuple):
    """n names of which some are poisoned, by their number."""

    count: int
    culprits: frozenset[int]

    @property
    def bound(self):
        return max(1.0, 2 * len(self.culprits) * (math.log2(self.count) + 1))

    @property
    def poisoned(self):
        return {name(number) for number in self.culprits}


@st.composite
def cases(draw, most=120):
    count = draw(st.integers(1, most), label="names")
    culprits = draw(st.frozensets(st.integers(0, count - 1), min_size=1, max_size=draw(st.sampled_from([1, 3, count]))), label="poisoned")
    return Case(count, culprits)


def name(number):
    return f"n{number:03}.example.com"


def alias_to_nothing(number):
    """An alias of a name of the zone that is not there: text 21, which names the target alone."""
    return [gateway([f"nothing-{number}.example.com"], f"sick-{number}")], {"alias": "true"}


def missing_check(number):
    """A health check that is not there: NoSuchHealthCheck, one in each answer."""
    return [], {"aws-health-check-id": f"check-{number}", "set-identifier": "x", "aws-weight": "1"}


def allowing(names):
    """Return a policy that lets these names and their TXT be written, and everything be read."""
    key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    named = {"ForAllValues:StringLike": {key: [pattern for each in sorted(names) for pattern in (each, f"?-{each}")]}}
    reading = {"Effect": "Allow", "Action": ["route53:List*", "route53:Get*"], "Resource": "*"}
    writing = {"Effect": "Allow", "Action": "route53:ChangeResourceRecordSets", "Resource": "*", "Condition": named}
    return Policies({"Statement": [reading, writing] if names else [reading]})


def fresh(case, poison, how=SETTINGS):
    """Return a world whose objects are about to be listed."""
    world = World(how)
    world.put(gateway(["192.0.2.1"]), namespace("team"))
    for number in range(case.count):
        more, annotations = poison(number) if poison is not None and number in case.culprits else ([], {})
        parents = [ParentRef(name=view.ref.name, namespace="edge") for view in more] or [ParentRef(name="public", namespace="edge")]
        world.put(*more, route(f"n{number:03}", [name(number)], parents=parents, annotations=annotations))
    return world


def searched(world, case, seconds=600.0):
    """Let the search come to its end; return how many writes it took."""
    world.sync()
    world.run(1.0)
    everybody = {name(number) for number in range(case.count)}
    end = world.now + seconds
    while world.now < end and not (case.poisoned == quarantined_ever(world) and everybody - case.poisoned <= published(world)):
        world.run(1.0 if world.now < end - seconds + 60.0 else 60.0)
    # The last answer is still under way.
    world.run(0.1)
    assert quarantined_ever(world) == case.poisoned
    assert published(world) == everybody - case.poisoned
    return search(world)


def published(world):
    return {key.partition(" ")[0] for key in world.values()}


def quarantined_ever(world):
    facts = [fact.verdict for _, fact in world.facts if isinstance(fact, Withheld)]
    return {verdict.name for verdict in facts if verdict.reason is Reason.QUARANTINED}


def search(world):
    """Return how many writes were judged that carried more than what was quarantined before."""
    known, carried, count = set(), {}, 0
    for _, fact in world.facts:
        match fact:
            case Called(job=job, call=Write(), carried=groups):
                carried[job] = not {group.name for group in groups} <= known
            case Answered(job=job, call=Write(), outcome=Accepted() | Refused()):
                count += carried[job]
            case Withheld(verdict) if verdict.reason is Reason.QUARANTINED:
                known.add(verdict.name)
    return count


def cured(world, case, remedy):
    """Let what poisoned the names be taken away; they have to be published by themselves."""
    remedy(world)
    world.run(3600.0)
    assert published(world) == {name(number) for number in range(case.count)}
    assert world.standing == {}


@settings(max_examples=50)
@given(cases(), st.sampled_from(BUDGETS))
def test_what_messages_name_costs_two_calls(case, budget):
    world = fresh(case, alias_to_nothing, replace(SETTINGS, budget=budget))
    assert searched(world, case) == (1 if len(case.culprits) == case.count else 2)
    cured(world, case, lambda world: world.put(*[gateway(["192.0.2.1"], f"sick-{number}") for number in case.culprits]))


@settings(max_examples=50)
@given(cases(), st.sampled_from(BUDGETS))
def test_what_no_message_names_is_found_within_the_bound(case, budget):
    world = fresh(case, alias_to_nothing, replace(SETTINGS, budget=budget))
    world.strict.faults.inject(UNREADABLE, WRITE)
    assert searched(world, case, 3600) <= case.bound


@settings(max_examples=50)
@given(cases(), st.integers(1, 5))
def test_who_is_named_in_one_answer_after_another_costs_a_call_for_each_answer(case, most):
    world = fresh(case, alias_to_nothing)
    # An alias is two record sets, and each of them is complained of.
    world.strict.faults.inject(Curtailed(2 * most), WRITE)
    assert searched(world, case) <= math.ceil(len(case.culprits) / most) + 1


@settings(max_examples=50)
@given(cases())
def test_health_checks_that_are_missing_cost_a_call_each(case):
    world = fresh(case, missing_check)
    assert searched(world, case) <= min(len(case.culprits) + 1, case.bound)
    cured(world, case, lambda world: world.strict.health_checks.update(f"check-{number}" for number in case.culprits))


@settings(max_examples=50)
@given(cases())
def test_health_checks_that_are_missing_and_not_named_are_found_within_the_bound(case):
    world = fresh(case, missing_check)
    world.strict.faults.inject(Reworded("A health check is not there."), WRITE)
    assert searched(world, case) <= case.bound


@settings(max_examples=50)
@given(cases(), st.sampled_from(BUDGETS))
def test_names_that_a_policy_denies_are_found_within_the_bound_and_are_one_alert(case, budget):
    world = fresh(case, None, replace(SETTINGS, budget=budget))
    world.strict.policies = allowing({name(number) for number in range(case.count)} - case.poisoned)
    assert searched(world, case, 48 * 3600) <= case.bound
    alerts = [(at, fact.key) for at, fact in world.facts if isinstance(fact, Alert)]
    assert {key for _, key in alerts} == {f"denied {world.zones['example.com']}"}
    cured(world, case, lambda world: setattr(world.strict, "policies", None))


@settings(max_examples=50)
@given(
    cases(),
    st.lists(st.sampled_from([Throttle(), Busy(), ServerError(503), ServerError(500), Dropped(), Dropped(applied=True)]), max_size=4),
    st.integers(0, 8),
)
def test_calls_that_tell_nothing_do_not_spoil_the_search(case, faults, skip):
    world = fresh(case, alias_to_nothing)
    for fault in faults:
        world.strict.faults.inject(fault, WRITE, count=1, skip=skip)
    world.strict.faults.inject(UNREADABLE, WRITE)
    assert searched(world, case) <= case.bound


def test_a_change_made_meanwhile_does_not_wait_for_the_end_of_a_search():
    case = Case(200, frozenset(range(0, 200, 4)))
    world = fresh(case, alias_to_nothing, replace(SETTINGS, budget=BudgetSettings()))
    world.strict.faults.inject(UNREADABLE, WRITE)
    world.sync()
    world.run(10.0)
    before = world.strict.calls[WRITE]
    assert "new.example.com A" not in world.values()
    world.put(route("new", ["new.example.com"]))
    world.run(2.0)
    assert "new.example.com A" in world.values()
    world.run(1.0)
    assert world.strict.calls[WRITE] > before + 4, "the search was over"


def test_what_is_tried_again_is_not_in_the_way_of_a_true_change():
    case = Case(8, frozenset(range(1, 8)))
    world = fresh(case, alias_to_nothing)
    world.strict.faults.inject(UNREADABLE, WRITE)
    searched(world, case)
    begun = len(world.facts)
    for turn in range(600):
        world.put(route("n000", [name(0)], annotations={"ttl": str(60 + turn)}))
        world.run(0.5)
    batches = [{group.name for group in fact.carried} for _, fact in world.facts[begun:] if isinstance(fact, Called) and fact.carried]
    assert sum(batch <= case.poisoned for batch in batches) > 10
    assert all(batch == {name(0)} or batch <= case.poisoned for batch in batches)


@pytest.mark.parametrize("denied", [frozenset({0, 1, 2}), frozenset({0, 1, 2, 3})])
def test_retries_of_what_is_denied_do_not_starve_what_was_not_tried_yet(denied):
    case = Case(4, denied)
    world = fresh(case, None, SETTINGS)
    world.strict.policies = allowing({name(number) for number in range(case.count)} - case.poisoned)
    assert searched(world, case, 48 * 3600) <= case.bound
