"""Every churn profile on the engine under virtual time: the zone comes to what its outcome says, and to no call more."""

from importlib.resources import files
from random import Random

import pytest

from dnsguard.app import build_engine, kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.objects import UNBOUND
from dnsguard.lab.simulation import Simulation
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.changes import Replace, Write
from dnsguard.model.facts import Called, Cleared, Contested, Settled, Side, Withheld
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Guard, Ownership, Settings, ZoneEntry
from dnsguard.modes.replay import replay
from dnsguard.modes.tally import Tally

SETTINGS = Settings(
    zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync", guard=Guard(deletes=UNBOUND)
)
PUBLIC = Ref("Gateway", "edge", "public")


class Run:
    """A stream on the engine: what was told, and the zone that it left."""

    def __init__(self, tape):
        self.facts = []
        self.tally = Tally(2.0)
        self.strict = StrictRoute53("legacy-5")
        self.zone = self.strict.create_zone("example.com")
        self.engine = build_engine(SETTINGS, Random(0), 0.0)
        replay(self.engine, events(tape, kinds_of(SETTINGS)), Simulation(self.strict), self._hear)

    def _hear(self, fact, now):
        self.facts.append((now, fact))
        self.tally.tell(fact, now)

    def of(self, kind):
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def standing(self):
        verdicts = {}
        for fact in self.of((Withheld, Cleared)):
            verdicts.pop(fact.verdict, None)
            if isinstance(fact, Withheld):
                verdicts[fact.verdict] = None
        return {verdict.reason for verdict in verdicts}

    def writes(self):
        return [now for now, fact in self.facts if isinstance(fact, Called) and isinstance(fact.call, Write)]


def expected(outcome, routes):
    moved = routes if outcome.moved else 0
    return {"created": routes + outcome.created, "replaced": outcome.replaced + moved, "deleted": outcome.deleted}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_comes_to_its_outcome(name):
    profile = PROFILES[name]
    run = Run(tape_of(name, profile.lines()))
    outcome = profile.outcome
    counts = {kind: run.tally.changes[kind] for kind in ("created", "replaced", "deleted")}
    assert counts == expected(outcome, profile.scale.routes)
    assert run.standing() == outcome.standing
    assert len({fact.ref for fact in run.of(Contested)}) == outcome.contested
    assert (run.tally.throttled, run.tally.refused, run.tally.misunderstood, run.tally.alerts) == (0, 0, [], [])


@pytest.mark.parametrize("name", [name for name, profile in PROFILES.items() if not (profile.outcome.created or profile.outcome.replaced)])
def test_a_profile_that_asks_for_nothing_costs_no_write_after_the_first_fill(name):
    run = Run(tape_of(name, PROFILES[name].lines()))
    assert max(run.writes()) < 2.0


def test_a_true_change_in_a_storm_leaves_in_one_batch_within_its_debounce():
    run = Run(tape_of("kic-4004", PROFILES["kic-4004"].lines()))
    renames = [at for at in run.writes() if 29.0 < at < 40.0]
    assert len(renames) == 1
    assert renames[0] - 30.0 <= 0.2 + 0.05
    assert len(run.writes()) == 3


def test_what_was_held_is_released_without_a_call_when_the_status_returns():
    run = Run(tape_of("eg-unassigned", PROFILES["eg-unassigned"].lines()))
    assert len(run.of(Cleared)) == len(run.of(Withheld)) > 0
    assert len(run.writes()) == 1


@pytest.mark.parametrize("tape", ["traefik-3.1.2-contested", "traefik-3.6-contested"])
def test_a_recorded_dispute_names_one_gateway_with_both_writers_and_writes_for_true_edits_alone(tape):
    run = Run(str(files("dnsguard.lab") / "tapes" / f"{tape}.jsonl.gz"))
    told = run.of(Contested)
    assert {fact.ref for fact in told} == {PUBLIC}
    writer = tape.removesuffix("-contested")
    assert told[-1].sides == (Side(("203.0.113.10",), (writer,)), Side(("203.0.113.20",), (writer,)))
    assert [fact.why for fact in run.of(Settled)] == ["it has been calm"] * len(run.of(Settled))
    answers = {record["ResourceRecords"][0]["Value"] for record in run.strict.records(run.zone) if record["Type"] == "A"}
    assert len(answers) == 1
    calm = max(now for now, fact in run.facts if isinstance(fact, Settled))
    replaced = [
        change
        for now, fact in run.facts
        if now < calm and isinstance(fact, Called) and isinstance(fact.call, Write)
        for change in fact.call.changes
        if isinstance(change, Replace) and change.after.type == "A"
    ]
    # While it lasts nothing but the two edits of a TTL replaces anything; when it is over the last word is published.
    assert [change.after.ttl for change in replaced] == [60, 120]


def test_every_small_scale_comes_to_its_outcome_too():
    scale = Scale(routes=4, replicas=1, seconds=24.0)
    for name, profile in PROFILES.items():
        run = Run(tape_of(name, profile.lines(scale)))
        assert run.tally.changes["deleted"] == profile.outcome.deleted, name
        assert run.standing() == profile.outcome.standing, name
