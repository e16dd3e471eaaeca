"""Shadow beside a program that deletes what no status publishes: the scorecard shows what dnsguard would have held."""

import asyncio
from contextlib import asynccontextmanager, suppress

import aiohttp

from dnsguard.app import Controller
from dnsguard.lab.rival import unguarded
from dnsguard.model.facts import Absorbed, Stopped, Unsent
from dnsguard.model.settings import Drift, Duration, Http
from dnsguard.web.scorecard import PATH, document

TAPE = "traefik-3.1.0-status-loss"
LOST = 125
"""50 names while the Gateway has no address, 50 while no route is accepted, 25 without a parent."""


@asynccontextmanager
async def rival(house):
    """Run the program that owns the zone so far, on the same cluster and account."""
    controller = Controller(unguarded(house.settings()), clock=house.clock)
    task = asyncio.create_task(controller.run(probes=False), name="rival")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_beside_a_program_that_deletes_on_lost_statuses_every_deletion_that_would_have_been_held_is_named(stage, truth):
    async with stage(TAPE, policy="shadow", drift=Drift(period=Duration(4.0)), speed=16.0) as house, rival(house):
        house.cluster.pause()
        await house.until(lambda: len(house.addresses()) == 50, "the rival has filled the zone")
        keeper = house.start().scorekeeper
        await house.until(house.engine.idle, "shadow has looked")
        house.cluster.resume()
        await house.until(lambda: house.cluster.done and house.records() == truth(TAPE), "the rival has put everything back")
        await house.until(lambda: not keeper.card(house.clock.now()).deletions.standing, "nothing is held any more")
        card = keeper.card(house.clock.now())
        others = [call for call in house.calls("ChangeResourceRecordSets") if call.outcome == "accepted"]
    found = card.deletions
    assert len(others) > 1
    # A busy machine may see only the end of a short loss: what is counted is then less, and every name is still there.
    assert 50 < found.held <= LOST
    assert (found.called_back, found.deleted, found.gone) == (found.held, 0, 0)
    assert {held.reasons[0].value for held in found.listed} == {"held"}
    assert {held.name for held in found.listed} == {name for name, kind in truth(TAPE) if kind == "A"}
    assert found.seen_gone > 0
    assert all(held.since < held.gone_at for held in found.listed if held.gone_at is not None)
    assert (card.writes, card.agreed, card.divergences.total) == (0, 0, 0)
    assert not any(type(change).__name__ == "Delete" for fact in house.of(Unsent) for change in fact.changes)
    assert 0 < card.events <= len(house.of(Absorbed)) + len(house.of(Stopped))
    assert "ChangeResourceRecordSets" not in card.calls


async def test_the_scorecard_is_served(stage, unused_tcp_port):
    async with stage(TAPE, speed=120.0, http=Http(listen="127.0.0.1:0", api=f"127.0.0.1:{unused_tcp_port}")) as house:
        keeper = house.start(probes=True).scorekeeper
        await house.settled()
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{unused_tcp_port}{PATH}") as answer:
            served = await answer.json()
        expected = document(keeper.card(house.clock.now()))
    for moving in ("until", "seconds"):
        del served[moving], expected[moving]
    assert served == expected
    assert (served["policy"], served["writes_are"], served["writes"]) == ("sync", "sent", 1)
    assert 0 < served["deletions"]["held"] == served["deletions"]["called_back"] <= LOST
