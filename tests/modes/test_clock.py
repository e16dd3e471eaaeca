"""A steady clock goes with the wall's, faster if it is told to, and wakes whoever waits."""

import asyncio
import time

from dnsguard.modes.clock import SteadyClock


def test_it_begins_with_the_wall_and_never_goes_back():
    before = time.time()
    clock = SteadyClock(speed=1000.0)
    moments = [clock.now() for _ in range(100)]
    assert moments[0] >= before
    assert moments == sorted(moments)


async def test_a_faster_clock_wakes_at_its_own_moment():
    clock = SteadyClock(speed=1000.0)
    until = clock.now() + 50.0
    await clock.wait(asyncio.Event(), until)
    assert clock.now() >= until


async def test_an_event_wakes_before_the_moment():
    clock, event = SteadyClock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    until = clock.now() + 600.0
    await clock.wait(event, until)
    assert clock.now() < until


async def test_without_a_moment_only_the_event_wakes():
    clock, event = SteadyClock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    await clock.wait(event, None)
    assert event.is_set()


async def test_a_moment_that_has_passed_lets_others_have_their_turn():
    clock, turns = SteadyClock(), []
    other = asyncio.create_task(asyncio.sleep(0, turns.append("other")))
    await clock.wait(asyncio.Event(), clock.now() - 1.0)
    assert turns == ["other"]
    await other
