"""A shared informer of client-go behind the proxy holds the same as one that asks the server itself, up to what is dropped.

Every history is random: edits among churn, watches that end, connections that break on either side of the proxy, versions that
expire as a status or within the stream, servers with and without streaming lists. `DNSGUARD_HISTORIES` says how many; 20 if not set.
"""

import asyncio
import json
import os
import random
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from dnsguard.app import proxying
from dnsguard.lab.cluster import TapeServer
from dnsguard.model.settings import Cluster, Ownership, Proxy, Settings
from tests.interop import building
from tests.interop.histories import LAST, History, without_what_is_dropped

HISTORIES = int(os.environ.get("DNSGUARD_HISTORIES") or 20)
AT_ONCE = 20
PATIENCE = 60.0


class Informers:
    """The Go program with its informers."""

    def __init__(self, process):
        self._process = process
        self._turn = asyncio.Lock()

    async def tell(self, **said):
        self._process.stdin.write(json.dumps(said).encode() + b"\n")
        await self._process.stdin.drain()

    async def store(self, name):
        """The objects in the store, and how many events its handler has had."""
        told = await self._ask(name=name, dump=True)
        return told["objects"], told["events"]

    async def stop(self, name):
        """End an informer, and all of its connections."""
        await self._ask(name=name, stop=True)

    async def _ask(self, **said):
        async with self._turn:
            await self.tell(**said)
            return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def informers(folder):
    with (folder / "informer.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            building.program("informer"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, limit=2**26
        )
        try:
            yield Informers(process)
        finally:
            process.kill()
            await process.wait()


class Cable:
    """A TCP connection between a client and the proxy that can be cut in the middle of anything, with much still on its way."""

    def __init__(self, port):
        self._port = port
        self._open = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self):
        for writer in list(self._open):
            writer.transport.abort()
        self._flows.set()

    def stall(self):
        """Let nothing through until it is cut."""
        self._flows.clear()

    async def _serve(self, reader, writer):
        ends = {writer}
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            ends.add(back)
            self._open.add(back)
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        except OSError:
            pass
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader, writer):
        while data := await reader.read(700):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


def settings(server):
    return Settings(
        zones=(), ownership=Ownership(owner="x"), policy="shadow", cluster=Cluster(server=server.url), proxy=Proxy(listen="127.0.0.1:0")
    )


async def faults(server, cable, chance, counts):
    """Do to a server and a cable what happens to them, and let the tape go on meanwhile."""
    kinds = {"none": 5, "end": 2, "drop": 1, "cut": 2, "expire": 1, "expire in stream": 1, "refuse": 1}
    for _ in range(4):
        await asyncio.sleep(chance.uniform(0.1, 0.9))
        kind = chance.choices([*kinds], [*kinds.values()])[0]
        counts[kind] += 1
        match kind:
            case "end":
                server.end_watches()
            case "drop":
                server.drop_connections()
            case "cut":
                cable.stall()
                await asyncio.sleep(chance.uniform(0.0, 0.4))
                cable.cut()
            case "expire" | "expire in stream":
                server.expire_in_stream = kind != "expire"
                server.expire()
                server.end_watches()
            case "refuse":
                server.refuse(chance.choice([500, 503, 429]), times=1)
                server.end_watches()


async def play(program, number, seed, counts):
    """Play one history to both informers; return what each held and had, and what the proxy did."""
    chance = random.Random(seed)
    history = History(chance)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TapeServer(history.tape, speed=1.0, streaming=chance.random() < 0.5))
        proxy, url = await stack.enter_async_context(proxying(settings(server), lambda _: None))
        cable = await stack.enter_async_context(Cable(int(url.rpartition(":")[2])))
        names = (f"{number} direct", f"{number} proxied")
        await program.tell(name=names[0], server=server.url)
        await program.tell(name=names[1], server=cable.url)
        await faults(server, cable, chance, counts)
        stores = [await until_last(program, name, f"seed {seed}, requests {dict(proxy.requests)}") for name in names]
        for name in names:
            await program.stop(name)
        return history, stores, list(proxy.tally.lines())


async def until_last(program, name, what):
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        objects, events = await program.store(name)
        if any(LAST in one["metadata"].get("annotations", {}) for one in objects):
            return objects, events
        assert asyncio.get_running_loop().time() < end, (
            f"{name} has not seen the last edit: {what}, {len(objects)} objects, {events} events"
        )
        await asyncio.sleep(0.2)


@pytest.mark.timeout(120 + HISTORIES * 12)
async def test_an_informer_behind_the_proxy_holds_what_one_that_asks_the_server_itself_holds(tmp_path):
    first = random.randrange(2**32)
    print(f"{HISTORIES} histories from seed {first} on")
    counts, replaced, seen, events, turn = Counter(), 0, 0, Counter(), asyncio.Semaphore(AT_ONCE)
    async with informers(tmp_path) as program:

        async def one(number):
            async with turn:
                return first + number, await play(program, number, first + number, counts)

        for done in asyncio.as_completed([one(number) for number in range(HISTORIES)]):
            seed, (history, ((direct, of_direct), (proxied, of_proxied)), lines) = await done
            truth = without_what_is_dropped(history.state.values())
            assert without_what_is_dropped(direct) == truth, f"seed {seed}: the direct informer"
            assert without_what_is_dropped(proxied) == truth, f"seed {seed}: the informer behind the proxy"
            replaced += sum(line.replaced for line in lines)
            seen += sum(line.seen for line in lines)
            events += Counter(direct=of_direct, proxied=of_proxied)
    print(f"{seen} frames, {replaced} replaced; events of the handlers: {dict(events)}; faults: {dict(counts)}")
    assert replaced > seen / 4
    assert events["proxied"] < events["direct"]
