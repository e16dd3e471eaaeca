"""Both ends of the watches that `bench.proxy` measures: a server that sends frames, and clients that take them. Processes of their own.

    python -m bench.streams source PORT            answers every watch: `flood=N` frames at once, or `rate=R` frames/s
    python -m bench.streams drink PORT W SECONDS RATE   W watches for so long; prints latencies as JSON
    python -m bench.streams swallow PORT W FRAMES  W watches of so many frames each, as fast as they come; prints the seconds

Rules kept here:
- Frames are the HTTPRoutes of a recorded Traefik without managedFields, about 1 kB, each a chunk of its own, as the API server
  sends them. Nothing but a time and the version differs from frame to frame of an object.
- The version of a frame is when it was sent, in ns of the clock that all processes of a machine share, so that a bookmark in its
  place tells that, too.
"""

import asyncio
import json
import random
import re
import sys
import time
from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dnsguard.lab
from dnsguard.kubernetes.tape import read_tape

TAPE = Path(dnsguard.lab.__file__).parent / "tapes" / "traefik-3.1.0-duo.jsonl.gz"
WATCH = "/apis/gateway.networking.k8s.io/v1/httproutes?watch=true&allowWatchBookmarks=true&resourceVersion=5"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
TICK = 0.001
VERSION = re.compile(rb'"resourceVersion":"(\d+)"')
_MARK = b"0" * 19


def frames() -> list[tuple[bytes, bytes]]:
    """Return the frames, each in two parts between which its version belongs."""
    found = []
    for line in read_tape(TAPE).lines:
        frame = json.loads(bytes(line.data))
        if line.op != "frame" or not line.resource.endswith("httproutes") or frame["type"] != "MODIFIED":
            continue
        frame["object"]["metadata"].pop("managedFields")
        frame["object"]["metadata"]["resourceVersion"] = _MARK.decode()
        before, _, after = json.dumps(frame, separators=(",", ":")).encode().partition(_MARK)
        found.append((before, after + b"\n"))
    return found


def chunk(parts: tuple[bytes, bytes]) -> bytes:
    """Return a frame that is sent now, as a chunk."""
    data = parts[0] + b"%019d" % time.monotonic_ns() + parts[1]
    return b"%x\r\n%s\r\n" % (len(data), data)


async def source(port: int) -> None:
    """Serve watches for ever."""
    made = frames()
    blob = b"".join(map(chunk, made[:1000]))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(2**16)
        if not head:
            writer.close()
            return
        line = head.split(b"\r\n", 1)[0].decode()
        said = parse_qs(urlsplit(line.split()[1]).query)
        writer.write(HEAD)
        try:
            if "flood" in said:
                for _ in range(int(said["flood"][0]) // 1000):
                    writer.write(blob)
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
                await writer.drain()
            else:
                await paced(writer, float(said["rate"][0]))
        except OSError:
            pass
        finally:
            writer.close()

    async def paced(writer: asyncio.StreamWriter, rate: float) -> None:
        # Watches do not all get their frames at the same moment.
        began, sent, turn = time.monotonic() - random.random() / rate, 0, cycle(made)
        while True:
            due = int((time.monotonic() - began) * rate)
            if writer.is_closing():
                return
            writer.write(b"".join(chunk(next(turn)) for _ in range(due - sent)))
            sent = due
            await writer.drain()
            await asyncio.sleep(max(TICK, (sent + 1) / rate - (time.monotonic() - began)))

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=2**20)
    await server.serve_forever()


async def drink(port: int, watchers: int, seconds: float, rate: float) -> list[float]:
    """Take frames for *seconds*, *rate* a second over all watches; return how long each was on its way, in ms."""
    latencies: list[float] = []

    async def one(end: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_ask(f"&rate={rate / watchers}"))
        rest = b""
        while (left := end - time.monotonic()) > 0:
            try:
                data = await asyncio.wait_for(reader.read(2**18), left)
            except TimeoutError:
                break
            now = time.monotonic_ns()
            data = rest + data
            last = 0
            for found in VERSION.finditer(data):
                latencies.append((now - int(found[1])) / 1e6)
                last = found.end()
            rest = data[max(last, len(data) - 60) :]
        writer.transport.abort()

    await asyncio.gather(*(one(time.monotonic() + seconds) for _ in range(watchers)))
    return latencies


async def swallow(port: int, watchers: int, number: int) -> float:
    """Take *number* frames through each watch; return the seconds."""

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        writer.write(_ask(f"&flood={number}"))
        lines = 0
        while data := await reader.read(2**18):
            lines += data.count(b'"resourceVersion":')
        writer.close()
        assert lines >= number * 0.99, f"only {lines} of {number} frames"

    began = time.monotonic()
    await asyncio.gather(*(one() for _ in range(watchers)))
    return time.monotonic() - began


def _ask(more: str) -> bytes:
    head = (f"GET {WATCH}{more} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: bench", "Accept: application/json", "Connection: close")
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def main(what: str, *arguments: str) -> None:
    """Be one of the ends."""
    port, *numbers = map(float, arguments)
    if what == "source":
        asyncio.run(source(int(port)))
    elif what == "drink":
        print(json.dumps(asyncio.run(drink(int(port), int(numbers[0]), numbers[1], numbers[2]))))
    else:
        print(asyncio.run(swallow(int(port), int(numbers[0]), int(numbers[1]))))


if __name__ == "__main__":
    main(*sys.argv[1:])
