"""Instructions per event: counted by `perf`, or where a machine has no counters by `valgrind`, which executes them itself.

Rules kept here:
- Two runs of different length are counted and subtracted, so that starting up and reading the tape drop out.
- Only user space counts, and only the process that does the work.
- Valgrind is some fifty times slower, so the runs are short; Go's collector then makes client-go's count vary by some percent.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from bench.clientgo import OBJECT
from bench.frames import pick_frames
from bench.ways import WAYS

SHORT, LONG = 1, 4
"""Rounds over all frames of the two runs."""
_PERF = re.compile(r"^(\d+),,instructions:u", re.MULTILINE)
_VALGRIND = re.compile(r"I +refs: +([\d,]+)")


class NotCounted(Exception):
    """Instructions cannot be counted here; the text says why."""


class Counter:
    """A program that counts the instructions of another: its name, the *order* that goes before the other's, what it says."""

    def __init__(self, name: str, order: Sequence[str], said: re.Pattern[str]) -> None:
        self.name = name
        self._order = tuple(order)
        self._said = said

    def count(self, order: Sequence[str], text: str = "") -> int:
        """Run *order* with *text* as its input; return its instructions, or raise NotCounted."""
        with TemporaryDirectory() as folder:
            done = subprocess.run(
                [*self._order, *order], input=text, capture_output=True, text=True, check=False, cwd=folder, env=_environment()
            )
        found = self._said.search(done.stderr)
        if done.returncode or found is None:
            raise NotCounted(f"{self.name} does not work here")
        return int(found[1].replace(",", ""))


def _environment() -> dict[str, str]:
    # Hashes of strings decide how dicts collide; fixed, two runs do the same.
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(Path(__file__).parents[1]), "LC_ALL": "C"}


def counter() -> Counter:
    """Return what counts here; raise NotCounted if nothing does."""
    for name, order, said in (
        ("perf", ("perf", "stat", "-x,", "-e", "instructions:u"), _PERF),
        ("valgrind", ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"), _VALGRIND),
    ):
        if which(name) is None:
            continue
        found = Counter(name, order, said)
        try:
            found.count([sys.executable, "-c", ""])
        except NotCounted:
            continue
        return found
    raise NotCounted("neither perf nor valgrind works here")


def of_way(found: Counter, name: str, tape: Path, frames: int) -> float:
    """Return the instructions per frame of one of `WAYS`."""
    counts = [found.count([sys.executable, "-m", "bench.instructions", name, str(tape), str(rounds)]) for rounds in (SHORT, LONG)]
    return (counts[1] - counts[0]) / (LONG - SHORT) / frames


def of_peer(found: Counter, program: Path, lines: Path, frames: int) -> float:
    """Return the instructions per frame of client-go."""
    counts = [found.count([str(program), str(lines), OBJECT], f"{rounds}\n") for rounds in (SHORT, LONG)]
    return (counts[1] - counts[0]) / (LONG - SHORT) / frames


def main(name: str, tape: str, rounds: str) -> None:
    """Be the program whose instructions are counted."""
    way = WAYS[name](pick_frames(Path(tape)))
    for _ in range(int(rounds)):
        way()


if __name__ == "__main__":
    main(*sys.argv[1:])
