"""Lives of a controller that end by `kill -9` at a point of the way of a change, one forked process each.

Reads one task a line (JSON: see `Task`) and answers with one line when that life is over: {"killed": true} or {"killed": false}.
Each life writes its points to a file of its own, one a line, before they come.

The points of the send path, in order: taken > `keep` begins > the transaction begins > is about to be committed > `keep` is done >
the call leaves > (in flight) > it is back > its outcome is taken in > `keep` begins, and so on. What is kept says which pass it is.
"""

import asyncio
import os
import pickle
import signal
import sys
import time
from pathlib import Path

import msgspec

from dnsguard.app import Controller, kinds_of
from dnsguard.lab.demo import lend_credentials
from dnsguard.lab.objects import UNBOUND
from dnsguard.model.changes import ACTIONS, ListRecords
from dnsguard.model.entries import FlightKept, Gone
from dnsguard.model.events import Deleted, Listed, Upserted
from dnsguard.model.settings import Aws, Cluster, Drift, Duration, Guard, Ownership, Settings, State, ZoneEntry
from dnsguard.modes.clock import SteadyClock

GRACE = 10.0


class Task(msgspec.Struct):
    """One life: where everything is, the objects as pickled (before, edits, gone), and the point at which it ends (0: none)."""

    url: str
    state: str
    objects: str
    points: str
    anchor: float
    speed: float
    kill_at: int = 0


class Anchored(SteadyClock):
    """A fast clock that all lives share, as they would the wall's."""

    def __init__(self, anchor, speed):
        super().__init__(speed)
        self._anchor, self._fast = anchor, speed

    def now(self):
        return self._anchor + (time.time() - self._anchor) * self._fast


class Points:
    """Counts the points, notes each, and ends the process at the one that it was told."""

    def __init__(self, path, kill_at):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._kill_at = kill_at
        self._count = 0

    def come(self, name):
        self._count += 1
        os.write(self._file, f"{name}\n".encode())
        if self._count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortal(Controller):
    """A controller whose cluster is a pickled list, and whose every await on the way of a change is a point."""

    def __init__(self, settings, clock, points, scene):
        super().__init__(settings, clock=clock)
        self._points = points
        self._scene = scene
        self._what = "nothing"
        self.over = asyncio.Event()
        self.witness = self._statement

    def port(self, route53):
        async def carry_out(job):
            call = job.call
            page = f" of {call.limit}" if isinstance(call, ListRecords) else ""
            self._points.come(f"call {ACTIONS[type(call)]}{page}: leaves")
            outcome = await route53.carry_out(job)
            self._points.come(f"call {ACTIONS[type(call)]}: {type(outcome).__name__}")
            return outcome

        return carry_out

    def keeper(self, journal):
        outer = self

        class Watched:
            async def keep(self, entries):
                outer._what = of(entries)
                outer._points.come(f"keep {outer._what}: begins")
                again = await journal.keep(entries)
                outer._points.come(f"keep {outer._what}: done")
                return again

        return Watched()

    def _statement(self, text):
        if text.startswith(("BEGIN", "COMMIT")):
            self._points.come(f"keep {self._what}: {text.split()[0]}")

    def _sources(self, _, driver):
        yield Scene(self, driver)


def of(entries):
    """Return in a word what is kept."""
    if any(isinstance(entry, FlightKept) for entry in entries):
        return "batch"
    if any(isinstance(entry, Gone) and entry.kind == "flight" for entry in entries):
        return "outcome"
    return "more" if entries else "nothing"


class Scene:
    """The cluster of one life: everything is listed, and when that is done the edits come."""

    def __init__(self, controller, driver):
        self._controller = controller
        self._driver = driver

    async def run(self):
        before, edits, gone = self._controller._scene
        for kind in kinds_of(self._controller.settings):
            found = [view for view in before if view.ref.kind == kind]
            for view in found:
                self._driver.observe(Upserted(view, "1"))
            self._driver.observe(Listed(kind, frozenset(view.ref for view in found)))
        await self._rest()
        for view in edits:
            self._driver.observe(Upserted(view, "2"))
        for ref in gone:
            self._driver.observe(Deleted(ref))
        await self._rest()
        self._controller.over.set()

    async def _rest(self):
        engine = self._controller.engine
        while not (engine.idle() and engine.busy_until() is None):
            await asyncio.sleep(0.005)


def settings(url, state):
    """Return the settings of every life."""
    return Settings(
        zones=(ZoneEntry(domains=("example.com",)),),
        ownership=Ownership(owner="me"),
        policy="sync",
        cluster=Cluster(server="http://127.0.0.1:9"),
        aws=Aws(endpoint_url=url, region="us-east-1"),
        guard=Guard(delete_grace=Duration(GRACE), deletes=UNBOUND),
        drift=Drift(period="never"),
        state=State(path=state),
    )


async def live(task):
    """Live until everything is done."""
    points = Points(task.points, task.kill_at)
    scene = pickle.loads(Path(task.objects).read_bytes())
    controller = Mortal(settings(task.url, task.state), Anchored(task.anchor, task.speed), points, scene)
    work = asyncio.ensure_future(controller.run(probes=False))
    over = asyncio.ensure_future(controller.over.wait())
    await asyncio.wait((work, over), return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        work.result()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


def main():
    """Fork a life for each task."""
    lend_credentials()
    for line in sys.stdin:
        task = msgspec.json.decode(line, type=Task)
        child = os.fork()
        if child == 0:
            asyncio.run(live(task))
            os._exit(0)
        print(f'{{"pid": {child}}}', flush=True)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed and status:
            raise SystemExit(f"a life ended with {status}")
        print(f'{{"killed": {"true" if killed else "false"}}}', flush=True)


if __name__ == "__main__":
    main()
