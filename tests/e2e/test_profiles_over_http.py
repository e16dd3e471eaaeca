"""Every churn profile once over real HTTP: a cluster that plays it, the controller, and a strict Route53."""

import pytest

from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.objects import UNBOUND
from dnsguard.model.facts import Contested
from dnsguard.model.settings import Duration, Flap, Guard

SCALE = Scale(routes=5, replicas=1, seconds=24.0)
"""Small enough for a clock that runs fast; an odd number of routes, so that halves differ."""

GUARD = Guard(delete_grace=Duration(10.0), deletes=UNBOUND, flap=Flap(window=Duration(60.0)))
"""Short, so that a test need not wait long for what is over after a while."""


@pytest.mark.parametrize("name", PROFILES)
async def test_a_profile_comes_to_its_outcome_over_http(name, stage):
    profile = PROFILES[name]
    outcome = profile.outcome
    # How long values stand decides a dispute: a busy machine must not blur that.
    speed = 8.0 if outcome.contested else 16.0
    async with stage(tape_of(name, profile.lines(SCALE)), speed=speed, guard=GUARD) as house:
        house.cluster.pause()
        house.start()
        await house.until(lambda: house.engine.idle() and len(house.addresses()) == SCALE.routes, "the first fill")
        house.cluster.resume()
        await house.settled()
        moved = SCALE.routes if outcome.moved else 0
        counts = {kind: house.tally.changes[kind] for kind in ("created", "replaced", "deleted")}
        made = SCALE.routes + outcome.created
        assert counts == {"created": made, "replaced": outcome.replaced + moved, "deleted": outcome.deleted}, house.log.getvalue()
        assert {verdict.reason for verdict in house.standing()} == outcome.standing
        assert len({fact.ref for fact in house.of(Contested)}) == outcome.contested
        assert house.tally.alerts == []
