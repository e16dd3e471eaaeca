"""Same inputs, same times, same seed: the same jobs and facts, byte for byte, whatever the hash seed."""

import os
import subprocess
import sys

import pytest

TAPE = """
from pathlib import Path
from random import Random
from dnsguard import lab
from dnsguard.app import build_engine, kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.lab.rehearsal import account_for
from dnsguard.lab.simulation import Simulation
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.modes.replay import replay

settings = Settings(zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync")
strict, zones = account_for(settings)
simulation = Simulation(strict)

class Port:
    def carry_out(self, call, now):
        print(now, call)
        return simulation.carry_out(call, now)

tape = Path(lab.__file__).parent / "tapes" / "traefik-3.1.0-duo.jsonl.gz"
replay(build_engine(settings, Random(7), 0.0), events(tape, kinds_of(settings)), Port(), lambda fact, now: print(now, fact))
print(strict.records(zones[0]))
"""

TROUBLE = """
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Busy, Dropped, ServerError, Throttle
from dnsguard.lab.world import World
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Duration, Guard, Ownership, Settings, ZoneEntry

settings = Settings(
    zones=(ZoneEntry(domains=("example.com",)),),
    ownership=Ownership(owner="lab"),
    policy="sync",
    guard=Guard(delete_grace=Duration(30)),
)
world = World(settings, ("example.com", "sub.example.com"), seed=7)
for place in range(12):
    hosts = [f"{letter}{place}.example.com" for letter in "abcde"] + [f"x{place}.sub.example.com"]
    world.put(route(f"r{place}", hosts, annotations={"set-identifier": "s", "aws-weight": "1"} if place % 3 else {}))
world.put(gateway(["192.0.2.1", "2001:db8::1"]), namespace("team"))
world.change("CREATE", {"Name": "a3.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.9"}]})
world.sync()
for fault in (Throttle(), Busy(), ServerError(500, applied=True), Dropped()):
    world.strict.faults.inject(fault, "ChangeResourceRecordSets", count=2)
    world.run(3)
    world.put(gateway(["192.0.2.2"]), *(route(f"r{place}", [f"n{place}.example.com", "shared.example.com"]) for place in range(6)))
    world.run(10)
    world.put(*(route(f"r{place}", [f"{letter}{place}.example.com" for letter in "edc"]) for place in range(6)))
    world.run(40)
for place in range(4):
    world.change("UPSERT", {"Name": f"n{place}.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.9"}]})
world.put(gateway(["192.0.2.3"]))
world.run(60)
world.drop(*list(world.objects))
world.run(4000)
print(*world.jobs, *world.facts, sep="\\n")
print(world.records(), world.records("sub.example.com"))
"""


def output(program: str, hash_seed: int) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout


@pytest.mark.parametrize("program", [TAPE, TROUBLE], ids=["tape", "trouble"])
def test_the_same_history_gives_the_same_jobs_and_facts_whatever_the_hash_seed(program):
    first = output(program, 1)
    assert first.count(b"Write(") > 5
    assert output(program, 2) == first
