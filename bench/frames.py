"""The frames that are measured: those of a tape's HTTPRoutes that tell DNS nothing new, again and again.

Rules kept here:
- The bytes are those that the API server sent.
- A frame counts if its reduced view is the one in force when the tape ends: after that it is irrelevant however often it
  comes, so it can be repeated. (A frame from before an edit would open the gate once a round.)
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from msgspec import Struct

import dnsguard.lab
from dnsguard.core.engine import Engine
from dnsguard.core.gate import Gate
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.kubernetes.decode import Decoder
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Tape, events, read_tape
from dnsguard.model.events import Deleted, Upserted
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

TAPE = Path(dnsguard.lab.__path__[0]) / "tapes" / "traefik-3.1.0-duo.jsonl.gz"
ROUTE = RESOURCES["HTTPRoute"]
SETTINGS = Settings(zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync")


class Frames(Struct, frozen=True):
    """The irrelevant *lines*, of so many frames *in_all*, and the gate as the end of the tape leaves it."""

    tape: Tape
    lines: tuple[bytes, ...]
    in_all: int
    gate: Gate

    @property
    def size(self) -> float:
        """The mean number of bytes of a frame."""
        return sum(map(len, self.lines)) / len(self.lines)

    @property
    def text(self) -> bytes:
        """The frames as a stream of the API server has them: a line each."""
        return b"".join(line + b"\n" for line in self.lines)


def pick_frames(path: Path = TAPE) -> Frames:
    """Read a tape and return what is to be measured of it; raise ConfigError if it is none."""
    tape = read_tape(path)
    projection = Projection(compile_rules(SETTINGS.sources, SETTINGS.zones))
    gate = Gate(projection)
    for _, event in events(tape, (ROUTE.kind,)):
        if isinstance(event, Upserted):
            gate.admit(event.view)
        elif isinstance(event, Deleted):
            gate.forget(event.ref)
    watched = [bytes(line.data) for line in tape.lines if line.op == "frame" and line.resource == ROUTE.tape_name]
    return Frames(tape, tuple(_irrelevant(watched, projection, gate)), len(watched), gate)


def _irrelevant(lines: list[bytes], projection: Projection, gate: Gate) -> Iterator[bytes]:
    decoder = Decoder(ROUTE)
    for line in lines:
        frame = decoder.frame(line)
        if isinstance(frame, Upserted):
            reduced = projection.reduce(frame.view)
            if gate.views.get(reduced.ref) == reduced:
                yield line


def engine_after(tape: Tape) -> tuple[Engine, float]:
    """Replay *tape* against a simulated Route53; return the engine as it is then, and the virtual time."""
    # Slow to import, and only this needs them.
    from dnsguard.app import build_engine, kinds_of
    from dnsguard.lab.rehearsal import account_for
    from dnsguard.lab.simulation import Simulation
    from dnsguard.modes.replay import replay

    strict, _ = account_for(SETTINGS)
    engine = build_engine(SETTINGS, Random(0), 0.0)
    now = replay(engine, events(tape, kinds_of(SETTINGS)), Simulation(strict), lambda _fact, _now: None)
    return engine, now
