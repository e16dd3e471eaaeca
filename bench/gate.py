"""How fast a frame that tells DNS nothing is stopped, beside client-go's typed decode of the same bytes in the same run.

    python -m bench.gate [--quick] [--json] [--rounds N] [--without go|counting]...

It prints frames per second of CPU time on one core, their ratios, and instructions per frame where the machine can count
them. Nothing fails when a bar is missed.

Rules kept here:
- The programs take turns, one short slice each, so that what else the machine does meets all of them.
- A ratio is taken within a turn; its median is what counts, and its spread is told.
- Frame for frame: bytes of a frame against bytes of a frame, a stream against a stream.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench import clientgo, instructions
from bench.clientgo import NoPeer, Peer
from bench.frames import TAPE, Frames, pick_frames
from bench.instructions import NotCounted
from bench.ways import WAYS, rate

BAR = 15.0
"""What the way to gate 1 has to be, in typed decodes of client-go."""
RATIOS = {"decode": clientgo.OBJECT, "gate": clientgo.OBJECT, "stream": clientgo.STREAM, "observe": clientgo.OBJECT}
"""What each way is compared with."""
COUNTED = ("decode", "gate", "observe")
SLICES = {False: (31, 10, 1), True: (5, 1, 1)}
"""Turns, and rounds over all frames per turn for us and for client-go; by whether it has to be quick."""

Rates = dict[str, list[float]]


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print what was found."""
    asked = _arguments().parse_args(words)
    report = measure(asked.tape, turns=asked.rounds, quick=asked.quick, without=frozenset(asked.without))
    if asked.json:
        print(json.dumps(report, indent=2))
    else:
        print("\n".join(told(report)))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few turns, and no counting of instructions")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=None, metavar="N", help="turns, at least 1")
    parser.add_argument("--without", action="append", default=[], choices=("go", "counting"), help="what to leave out")
    parser.add_argument("--tape", type=Path, default=TAPE, help="another tape")
    return parser


def measure(tape: Path, *, turns: int | None = None, quick: bool = False, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Measure the frames of *tape*; return the report."""
    frames = pick_frames(tape)
    slices = SLICES[quick]
    turns = slices[0] if turns is None else max(1, turns)
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "frames"
        lines.write_bytes(frames.text)
        ours, theirs, why = _rates(frames, lines, (turns, *slices[1:]), go="go" not in without)
        counting = not quick and "counting" not in without
        counts = _counts(frames, tape, lines, go=not why) if counting else {"not_counted": "left out"}
    ratios = {} if why else {name: _spread([a / b for a, b in zip(ours[name], theirs[peer], strict=True)]) for name, peer in RATIOS.items()}
    return {
        "tape": tape.name,
        "frames": len(frames.lines),
        "of": frames.in_all,
        "bytes_per_frame": round(frames.size),
        "turns": turns,
        "machine": {"cpu": _cpu(), "cpus": os.cpu_count(), "python": platform.python_version(), "go": None if why else clientgo.version()},
        "frames_per_s": {name: _spread(found, 0) for name, found in ours.items()},
        "clientgo_frames_per_s": {"not_measured": why} if why else {name: _spread(found, 0) for name, found in theirs.items()},
        "ratios": ratios,
        "bar": BAR,
        "bar_met": ratios["gate"]["median"] >= BAR if ratios else None,
        "instructions_per_frame": counts,
    }


def _rates(frames: Frames, lines: Path, slices: tuple[int, int, int], *, go: bool) -> tuple[Rates, Rates, str]:
    """Return our frames per second by way, client-go's, and why there are none of the latter."""
    turns, our_rounds, their_rounds = slices
    ways = {name: make(frames) for name, make in WAYS.items()}
    ours: Rates = {name: [] for name in ways}
    theirs: Rates = {clientgo.OBJECT: [], clientgo.STREAM: []}

    def turn() -> None:
        for name, way in ways.items():
            ours[name].append(rate(way, len(frames.lines), our_rounds))

    try:
        with Peer(clientgo.built(wanted=go), lines) as peer:
            peer.rates(1)
            for _ in range(turns):
                turn()
                for name, found in peer.rates(their_rounds).items():
                    theirs[name].append(found)
    except NoPeer as error:
        for _ in range(turns):
            turn()
        return ours, theirs, str(error)
    return ours, theirs, ""


def _counts(frames: Frames, tape: Path, lines: Path, *, go: bool) -> dict[str, Any]:
    try:
        counter = instructions.counter()
        counts: dict[str, Any] = {"counter": counter.name}
        for name in COUNTED:
            counts[name] = round(instructions.of_way(counter, name, tape.resolve(), len(frames.lines)))
        if go:
            counts["clientgo"] = round(instructions.of_peer(counter, clientgo.built(), lines, len(frames.lines)))
            counts["ratios"] = {name: round(counts["clientgo"] / counts[name], 1) for name in COUNTED}
    except NotCounted as error:
        return {"not_counted": str(error)}
    return counts


def _spread(numbers: Sequence[float], digits: int = 1) -> dict[str, float]:
    return {
        "median": round(median(numbers), digits),
        "best": round(max(numbers), digits),
        "worst": round(min(numbers), digits),
    }


def _cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    except OSError:
        return platform.machine()


def told(report: dict[str, Any]) -> list[str]:
    """Return the report as lines for people."""
    theirs, counts, machine = report["clientgo_frames_per_s"], report["instructions_per_frame"], report["machine"]
    lines = [
        f"{report['frames']} of {report['of']} HTTPRoute frames of {report['tape']}, {report['bytes_per_frame']} bytes, all irrelevant",
        f"{machine['cpu']}, {machine['cpus']} CPUs; Python {machine['python']}; {machine['go'] or 'no Go'}; {report['turns']} turns",
        "",
        "frames per second of CPU time      median       best      worst    client-go    ratio (worst to best turn)",
    ]
    for name, found in report["frames_per_s"].items():
        row = f"  {_SAID[name]:<30}{found['median']:>10,.0f} {found['best']:>10,.0f} {found['worst']:>10,.0f}"
        if report["ratios"]:
            ratio = report["ratios"][name]
            row += f"   {theirs[RATIOS[name]]['median']:>10,.0f}   {ratio['median']:>6} ({ratio['worst']} to {ratio['best']})"
        lines.append(row)
    if not report["ratios"]:
        lines.append(f"  client-go: not measured ({theirs['not_measured']})")
    else:
        lines.append(f'  the bar: {BAR:g} x for "{_SAID["gate"]}": {"met" if report["bar_met"] else "missed"}')
    lines += ["", *_told_counts(counts)]
    return lines


def _told_counts(counts: dict[str, Any]) -> list[str]:
    if "not_counted" in counts:
        return [f"instructions per frame: not counted ({counts['not_counted']})"]
    lines = [f"instructions per frame, user space, counted by {counts['counter']}"]
    for name in COUNTED:
        ratio = f"   client-go spends {counts['ratios'][name]} x" if "ratios" in counts else ""
        lines.append(f"  {_SAID[name]:<30}{counts[name]:>10,}{ratio}")
    if "clientgo" in counts:
        lines.append(f"  {'client-go, typed decode':<30}{counts['clientgo']:>10,}")
    return lines


_SAID = {
    "decode": "decode",
    "gate": "decode, gate 1",
    "stream": "split the stream, decode, gate 1",
    "observe": "decode, engine.observe",
}


if __name__ == "__main__":
    main(sys.argv[1:])
