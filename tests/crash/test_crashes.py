"""`kill -9` at every point of the way of a change: what begins again knows what it did, and does the rest once.

`make crash` kills at every point, over and over, at least 200 times; a plain run of the tests at a few.
DNSGUARD_KILLS is the number.
"""

import json
import os
import pickle
import select
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.route53_server import Route53Server
from dnsguard.lab.strict import StrictRoute53
from dnsguard.model.objects import ParentRef

KILLS = int(os.environ.get("DNSGUARD_KILLS", "4"))
ROOT = Path(__file__).parents[2]
SPEED = 10.0
WRITE = "ChangeResourceRecordSets"
PATIENCE = 60.0
FOREIGN = [
    {"Name": "mail.example.com.", "Type": "MX", "TTL": 300, "ResourceRecords": [{"Value": "10 mx.example.net"}]},
    {"Name": "other.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "198.51.100.1"}]},
    {
        "Name": "a-other.example.com.",
        "Type": "TXT",
        "TTL": 300,
        "ResourceRecords": [{"Value": '"heritage=external-dns,external-dns/owner=them,external-dns/resource=httproute/x/y"'}],
    },
    {"Name": "nobody.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "198.51.100.2"}]},
]


class Account(StrictRoute53):
    """A strict Route53 that remembers every change that it carried out, and can be slow before or after it."""

    def __init__(self):
        super().__init__()
        self.changes = []
        self.before = self.after = 0.0
        self.arrived = 0
        self.done = 0

    def call(self, operation, params, now):
        if operation == WRITE:
            self.arrived += 1
            time.sleep(self.before)
        result = super().call(operation, params, now)
        if operation == WRITE:
            for change in params["ChangeBatch"]["Changes"]:
                record = change["ResourceRecordSet"]
                values = tuple(sorted(value["Value"] for value in record["ResourceRecords"]))
                self.changes.append((change["Action"], record["Name"].rstrip("."), record["Type"], values))
            self.done += 1
            time.sleep(self.after)
        return result


class Story:
    """One zone, one journal, and life after life of the controller that keeps them."""

    def __init__(self, folder):
        self.folder = folder
        self.anchor = time.time()
        self.account = Account()
        self.zone = self.account.create_zone("example.com")
        self.account.load(self.zone, FOREIGN)
        self.server = Route53Server(self.account, clock=lambda: self.anchor + (time.time() - self.anchor) * SPEED)
        self.objects = {view.ref: view for view in (namespace("team"), *(self.gateway(number, 0) for number in range(3)))}
        for number in range(9):
            made = route(f"r{number}", [f"r{number}.example.com"], parents=[ParentRef(name=f"g{number % 3}", namespace="edge")])
            self.objects[made.ref] = made
        self.life = 0
        self.zygote = None

    @staticmethod
    def gateway(number, turn):
        return gateway([f"192.0.{2 + turn // 80}.{1 + (turn % 80) * 3 + number}"], f"g{number}")

    def __enter__(self):
        self.server.start()
        self.zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.life"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(self, *_):
        self.zygote.stdin.close()
        self.zygote.wait(30)
        self.zygote.stdout.close()
        self.server.stop()

    def answer(self):
        ready, _, _ = select.select([self.zygote.stdout], [], [], PATIENCE)
        assert ready, f"life {self.life} does not end: {self.points()[-5:]}"
        return json.loads(self.zygote.stdout.readline())

    def live(self, *, edits=(), gone=(), kill_at=0, when=None):
        """Live once; *when*, beside the life, says when to kill it. Return whether it was killed."""
        self.life += 1
        before = list(self.objects.values())
        self.objects.update({view.ref: view for view in edits})
        for ref in gone:
            del self.objects[ref]
        scene = self.folder / "objects"
        scene.write_bytes(pickle.dumps((before, edits, gone)))
        task = {
            "url": self.server.url,
            "state": str(self.folder / "journal.sqlite"),
            "objects": str(scene),
            "points": str(self.folder / f"points-{self.life}"),
            "anchor": self.anchor,
            "speed": SPEED,
            "kill_at": kill_at,
        }
        self.zygote.stdin.write(json.dumps(task) + "\n")
        pid = self.answer()["pid"]
        if when is not None:
            deadline = time.monotonic() + PATIENCE
            while not when():
                assert time.monotonic() < deadline
                time.sleep(0.002)
            os.kill(pid, 9)
        return self.answer()["killed"]

    def points(self):
        path = self.folder / f"points-{self.life}"
        return path.read_text().splitlines() if path.exists() else []

    def in_flight(self):
        base = sqlite3.connect(self.folder / "journal.sqlite")
        count = base.execute("SELECT count(*) FROM kept WHERE kind = 'flight'").fetchone()[0]
        base.close()
        return count

    def turn(self, number):
        """Return the edits of one turn: another address of three names, a new name, and one that goes."""
        new = route(f"t{number}", [f"t{number}.example.com"], parents=[ParentRef(name="g0", namespace="edge")])
        gone = [ref for ref in self.objects if ref.name.startswith("t") and ref.kind == "HTTPRoute"]
        return [self.gateway(number % 3, number), new], gone

    def wanted(self):
        addresses = {ref.name: view.status.addresses[0].value for ref, view in self.objects.items() if ref.kind == "Gateway"}
        routes = [view for ref, view in self.objects.items() if ref.kind == "HTTPRoute"]
        return {(view.spec.hostnames[0], "A"): (addresses[view.spec.parent_refs[0].name],) for view in routes}

    def check(self):
        """Look at the zone, and at all that was ever carried out."""
        records = [record for record in self.account.records(self.zone) if record["Type"] not in {"NS", "SOA"}]
        assert all(record in records for record in FOREIGN), "a foreign record was touched"
        ours = [record for record in records if record not in FOREIGN]
        values = {
            (record["Name"].rstrip("."), record["Type"]): tuple(value["Value"] for value in record["ResourceRecords"])
            for record in ours
            if record["Type"] == "A"
        }
        assert values == self.wanted()
        owned = {record["Name"].rstrip(".").removeprefix("a-") for record in ours if record["Type"] == "TXT"}
        assert owned == {name for name, _ in values}
        # Every value of an A record is one of a kind, so a change that is there twice was applied twice.
        counts = Counter(change for change in self.account.changes if change[2] == "A")
        assert [change for change, times in counts.items() if times > 1] == []

    def recover(self):
        """Live once to the end after a kill, and check what that took."""
        flights = self.in_flight()
        assert self.live() is False
        reads = [point for point in self.points() if point.startswith("call ListResourceRecordSets") and point.endswith("leaves")]
        assert all(" of 1:" in point for point in reads), f"the zone was listed: {reads}"
        assert len(reads) <= flights <= 1
        assert self.in_flight() == 0
        self.check()


@pytest.fixture
def story(tmp_path):
    with Story(tmp_path) as made:
        assert made.live() is False
        made.check()
        yield made


@pytest.mark.timeout(3600)
def test_whatever_the_point_of_a_kill_the_rest_is_done_once(story):
    edits, gone = story.turn(1)
    assert story.live(edits=edits, gone=gone) is False
    path = story.points()
    kinds = Counter(point.split(":")[0] for point in path)
    assert {"keep batch", "keep outcome", f"call {WRITE}"} <= kinds.keys()
    story.check()
    points = range(1, len(path) + 1)
    # A few of all: those about the first batch that carries edits.
    first = path.index("keep batch: begins") + 1
    chosen = points if len(points) <= KILLS else range(first, first + KILLS)
    killed = Counter()
    turn = 1
    while killed.total() < KILLS:
        for place in chosen:
            turn += 1
            edits, gone = story.turn(turn)
            if story.live(edits=edits, gone=gone, kill_at=place):
                killed[story.points()[-1]] += 1
                story.recover()
            else:
                story.check()
            print(f"\r{killed.total()} kills at {len(killed)} kinds of points, {len(story.account.changes)} changes", end="", flush=True)
    print("\n" + "\n".join(f"{count:4} {point}" for point, count in sorted(killed.items())))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("applied", [False, True], ids=["on its way", "carried out, not answered"])
def test_a_kill_while_a_batch_is_in_flight_is_told_by_one_read(story, applied):
    for turn in range(2, 2 + max(1, KILLS // 20)):
        edits, gone = story.turn(turn)
        seen = story.account.done if applied else story.account.arrived
        story.account.before, story.account.after = (0.0, 0.1) if applied else (0.1, 0.0)
        assert story.live(edits=edits, gone=gone, when=lambda seen=seen: (story.account.done if applied else story.account.arrived) > seen)
        story.account.before = story.account.after = 0.0
        story.recover()
