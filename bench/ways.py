"""The ways that a frame goes in dnsguard until it is stopped, each a little longer than the one before.

Rules kept here:
- Each way is what production does, called as production calls it, with the garbage collector on.
- A frame that is not stopped where it should be ends the program: what is measured is the usual way.
- CPU time counts, so that a busy machine spoils the numbers less; on a core of one's own it is the time of the wall.
"""

from collections.abc import Callable
from time import process_time

from bench.frames import ROUTE, Frames, engine_after
from dnsguard.kubernetes.decode import Decoder
from dnsguard.kubernetes.watch import Lines
from dnsguard.model.events import Upserted
from dnsguard.model.facts import Gate as Stop
from dnsguard.model.facts import Stopped

CHUNK = 64 * 1024
"""Bytes that come at once in a stream that is behind; asyncio reads up to 256 KiB."""

Way = Callable[[], None]


def decode_only(frames: Frames) -> Way:
    """Bytes to a typed view."""
    decode, lines = Decoder(ROUTE).frame, frames.lines

    def go() -> None:
        for line in lines:
            if decode(line).__class__ is not Upserted:
                raise AssertionError("a frame was not understood")

    return go


def decode_and_gate(frames: Frames) -> Way:
    """Bytes to "irrelevant": decoded, projected, compared."""
    decode, lines, admit = Decoder(ROUTE).frame, frames.lines, frames.gate.admit

    def go() -> None:
        for line in lines:
            frame = decode(line)
            if not isinstance(frame, Upserted) or admit(frame.view) is not None:
                raise AssertionError("a frame was not stopped")

    return go


def stream_and_gate(frames: Frames) -> Way:
    """The same from chunks of the stream, which have to be split into lines first."""
    decode, admit, text = Decoder(ROUTE).frame, frames.gate.admit, frames.text
    chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]

    def go() -> None:
        lines = Lines()
        for chunk in chunks:
            for line in lines.feed(chunk):
                frame = decode(line) if isinstance(line, bytes) else None
                if not isinstance(frame, Upserted) or admit(frame.view) is not None:
                    raise AssertionError("a frame was not stopped")

    return go


def decode_and_observe(frames: Frames) -> Way:
    """Bytes to the engine's fact that nothing happened, in an engine that has replayed the whole tape."""
    engine, now = engine_after(frames.tape)
    decode, lines, observe = Decoder(ROUTE).frame, frames.lines, engine.observe

    def go() -> None:
        for line in lines:
            frame = decode(line)
            facts = observe(frame, now) if isinstance(frame, Upserted) else []
            if len(facts) != 1 or not isinstance(facts[0], Stopped) or facts[0].gate is not Stop.SAME_VIEW:
                raise AssertionError("a frame was not stopped at gate 1")

    return go


WAYS: dict[str, Callable[[Frames], Way]] = {
    "decode": decode_only,
    "gate": decode_and_gate,
    "stream": stream_and_gate,
    "observe": decode_and_observe,
}


def rate(way: Way, frames: int, rounds: int) -> float:
    """Return the frames per second of CPU time of *rounds* rounds over *frames* frames."""
    begin = process_time()
    for _ in range(rounds):
        way()
    return frames * rounds / (process_time() - begin)
