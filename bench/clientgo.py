"""client-go, beside us: builds the Go program of the folder `clientgo` and lets it work in turns with ours.

Rules kept here:
- The program is built once per source and Go version, into `.ci-cache/`, with what go.sum pins.
- Without Go, or without its modules, there is no peer and the reason is said; nothing else fails.
"""

import json
import subprocess
from hashlib import blake2b
from pathlib import Path
from shutil import which
from types import TracebackType
from typing import Self

SOURCE = Path(__file__).parent / "clientgo"
CACHE = Path(__file__).parents[1] / ".ci-cache" / "bench"
OBJECT = "object"
STREAM = "stream"


class NoPeer(Exception):
    """There is nothing to compare with here; the text says why."""


def version() -> str:
    """Return what Go there is; raise NoPeer without one."""
    go = which("go")
    if go is None:
        raise NoPeer("no Go here")
    return subprocess.run([go, "env", "GOVERSION"], cwd=SOURCE, capture_output=True, text=True, check=True).stdout.strip()


def built(*, wanted: bool = True) -> Path:
    """Return the program, built if need be; raise NoPeer if it cannot be, or is not *wanted*."""
    if not wanted:
        raise NoPeer("left out")
    mark = blake2b(version().encode(), digest_size=8)
    for name in ("go.mod", "go.sum", "main.go"):
        mark.update((SOURCE / name).read_bytes())
    program = CACHE / f"clientgo-{mark.hexdigest()}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        order = [str(which("go")), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(program), "."]
        done = subprocess.run(order, cwd=SOURCE, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoPeer(f"go build failed: {(done.stderr.strip().splitlines() or ['it did not say why'])[-1]}")
    return program


class Peer:
    """The running program; to be used in a `with` statement."""

    def __init__(self, program: Path, frames: Path) -> None:
        order = [str(program), str(frames), OBJECT, STREAM]
        self._process = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Closes its input, which ends it.
        self._process.communicate()

    def rates(self, rounds: int) -> dict[str, float]:
        """Let it decode all frames *rounds* times each way; return the frames per second of CPU time by way."""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("the pipes were asked for")
        self._process.stdin.write(f"{rounds}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the Go program ended with status {self._process.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer
