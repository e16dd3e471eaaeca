"""A server on the wire: it answers with the bytes that it is told to, in the pieces that it is told to.

Rules kept here:
- What it is asked is kept, head and body, as it came; every answer is written as it is given, framing and all.
- A piece is bytes, seconds to wait, or `STAY`: keep the connection open until somebody ends it. Without it, the connection ends
  after the last piece.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, Self

STAY = None

Piece = bytes | float | None


class Asked(NamedTuple):
    """One request."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class WireServer:
    """Answers every request with what *answer* makes of it; use it as an asynchronous context manager."""

    def __init__(self, answer: Callable[[Asked], Sequence[Piece]]) -> None:
        self._answer = answer
        self._writers: set[asyncio.StreamWriter] = set()
        self._moved = asyncio.Event()
        self.asked: list[Asked] = []
        self.written = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await self.until(lambda: not self._writers)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._writers)

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until *so*, which is asked whenever a connection has come, gone or been written to."""
        while not so():
            self._moved.clear()
            await self._moved.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = await _read(reader)
            self.asked.append(asked)
            for piece in self._answer(asked):
                match piece:
                    case bytes():
                        writer.write(piece)
                        await writer.drain()
                        self.written += len(piece)
                        self._moved.set()
                    case None:
                        self._moved.set()
                        await reader.read()
                    case seconds:
                        await asyncio.sleep(seconds)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self._writers.discard(writer)
        self._moved.set()


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole answer with *body*."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + body


def opened(*headers: str) -> bytes:
    """Return the head of an answer in chunks of JSON."""
    head = ("HTTP/1.1 200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked", *headers)
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Return *data* as one chunk; without data, it is the last."""
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (each.partition(":") for each in lines))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Asked(line, headers, await reader.readexactly(length))
