"""Run the machine for as long as one likes: `python -m tests.core.machine [--steps N] [--seed N] [--chunk N] [--raw]`.

Runs chunks of histories of 40 steps, each chunk under a seed of its own that follows from the first, and says after each how
far it is. At the first history that breaks an invariant it stops, with the shortest such history that Hypothesis finds (which
takes minutes; `--raw`: with that history as it is) and the command that runs that chunk again.
"""

import argparse
import random
import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.machine.machine import EngineMachine

LENGTH = 40
"""Steps of a history."""
HISTORIES = 25
"""Histories of a chunk."""


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def chunk(number: int, histories: int, *, shrink: bool) -> int:
    """Run the histories of one seed; return how many steps they made; raises at the first that breaks an invariant."""
    machine = seed(number)(type("EngineMachine", (EngineMachine,), {"steps": 0}))
    options = settings(
        max_examples=histories,
        stateful_step_count=LENGTH,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=options)
    return int(machine.steps)


def run(steps: int, first: int, histories: int, *, raw: bool) -> None:
    """Run chunks until so many *steps* were made; raises at the first history that breaks an invariant."""
    begun, done, number = time.monotonic(), 0, first
    while done < steps:
        try:
            done += chunk(number, histories, shrink=False)
        except Exception:
            say(f"broken; the same again: make machine STEPS=1 SEED={number}")
            if raw:
                raise
            say("looking for a shorter history that breaks the same, which takes minutes")
            chunk(number, histories, shrink=True)
            raise
        say(f"{done:>9} steps, {time.monotonic() - begun:.0f} s; seed of this chunk {number}")
        number += 1


def main() -> None:
    """Run, and say how to run the same again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--chunk", type=int, default=HISTORIES, help="histories of a chunk")
    parser.add_argument("--raw", action="store_true", help="do not look for a shorter history that breaks the same")
    chosen = parser.parse_args()
    say(f"seed {chosen.seed}: make machine STEPS={chosen.steps} SEED={chosen.seed} runs the same again")
    run(chosen.steps, chosen.seed, chosen.chunk, raw=chosen.raw)


if __name__ == "__main__":
    main()
