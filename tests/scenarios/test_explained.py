"""What `explain` answers amid the churn of every known controller: the value that stands, why, and who asks for it."""

import re

import pytest

from dnsguard.app import kinds_of
from dnsguard.core.telling import tell
from dnsguard.kubernetes.tape import events
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.world import START, World
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="lab"), policy="sync")
SCALE = Scale(routes=12, replicas=2, seconds=60.0, seed=3)
WANTED = "A 203.0.113.10 (TTL 300), as it is asked for"
HELD = "A 203.0.113.10 (TTL 300), held, for no status publishes it now"
ASKS = "HTTPRoute team-0/app-0 asks for it through Gateway edge/public (listener web) and publishes"
NEW = "HTTPRoute team-0/app-12 asks for it through Gateway edge/public (listener web) and never published anything"
SILENT = "its status says nothing of Gateway edge/public"
REFUSED = "its status is not Accepted for Gateway edge/public"
EMPTY = "Gateway edge/public publishes no address"
LAST = "the last value counts: 203.0.113.10."

ANSWERS = {
    "traefik-3.1.0": [(40.0, "app-0", WANTED, f"{ASKS} 203.0.113.10.")],
    "traefik-duo": [
        (
            40.0,
            "app-0",
            f"{WANTED}, while its Gateway is contested",
            (
                "The addresses of Gateway edge/public are contested: 203.0.113.10 (written by traefik) against"
                " 203.0.113.20 (written by traefik); 203.0.113.10 counts until it has been calm for ...."
            ),
        )
    ],
    "linkerd-order": [(40.0, "app-0", WANTED, f"{ASKS} 203.0.113.10.")],
    "istio-multirev": [
        (20.0, "app-0", HELD, f"{ASKS} nothing for 1s: {SILENT}; {LAST}"),
        (61.0, "app-0", WANTED, f"{ASKS} 203.0.113.10."),
    ],
    "istio-waypoint": [
        (12.0, "app-0", HELD, f"{ASKS} nothing for 1s: {EMPTY}; {LAST}"),
        (61.0, "app-0", WANTED, f"{ASKS} 203.0.113.10."),
    ],
    "eg-empty": [
        (20.0, "app-0", HELD, f"{ASKS} nothing for 19s: {EMPTY}; {LAST}"),
        (20.0, "app-0", HELD, "Held for 19s: a spec still claims it, although no status publishes it: the last value stays."),
        (40.0, "app-0", WANTED, f"{ASKS} 203.0.113.10."),
    ],
    "eg-unassigned": [
        (21.5, "app-0", HELD, f"{ASKS} nothing for 0s: {EMPTY}; {LAST}"),
        (61.0, "app-0", WANTED, f"{ASKS} 203.0.113.10."),
    ],
    "eg-lost-parents": [
        (40.0, "app-0", HELD, f"{ASKS} nothing for 25s: {SILENT}; {LAST}"),
        (40.0, "app-12", "nothing stands there, although somebody asks for it", f"{NEW}: {SILENT}."),
        (61.0, "app-0", WANTED, f"{ASKS} 203.0.113.10."),
        (61.0, "app-12", WANTED, "There stands A 203.0.113.10 (TTL 300); ours by its TXT (httproute/team-0/app-12)."),
    ],
    "eg-one-parent": [
        (
            40.0,
            "app-0",
            "A 203.0.113.10, 203.0.113.20 (TTL 300), held, for not every status publishes it now",
            f"{ASKS} nothing for 4s: {SILENT}; {LAST}",
        ),
        (
            40.0,
            "app-0",
            "A 203.0.113.10, 203.0.113.20 (TTL 300), held, for not every status publishes it now",
            "HTTPRoute team-0/app-0 asks for it through Gateway edge/second (listener web) and publishes 203.0.113.20.",
        ),
    ],
    "eg-old-parent": [
        (
            40.0,
            "app-0",
            "A 203.0.113.20 (TTL 300), as it is asked for",
            "HTTPRoute team-0/app-0 asks for it through Gateway edge/second (listener web) and publishes 203.0.113.20.",
        ),
    ],
    "eg-stale-refusal": [
        (40.0, "app-0", HELD, f"{ASKS} nothing for 25s: {REFUSED}; {LAST}"),
        (40.0, "app-12", "nothing stands there, although somebody asks for it", f"{NEW}: {REFUSED}."),
    ],
    "gke-badroute": [(61.0, "app-0", HELD, f"{ASKS} nothing for 46s: {REFUSED}; {LAST}")],
    "gke-unhealthy": [(61.0, "app-0", HELD, f"{ASKS} nothing for 46s: {REFUSED}; {EMPTY}; {LAST}")],
    "kic-4004": [
        (40.0, "app-0-renamed", WANTED, f"{ASKS} 203.0.113.10."),
        (
            40.0,
            "app-0",
            "A 203.0.113.10 (TTL 300), to be deleted when its grace is over",
            "HTTPRoute team-0/app-0 gave it up 10s ago: its spec, or a parent, grants it the name no longer.",
        ),
        (
            40.0,
            "app-0",
            "A 203.0.113.10 (TTL 300), to be deleted when its grace is over",
            "Next, in 4m50s: the grace of the deletion ends.",
        ),
    ],
    "real-edits": [
        (40.0, "app-0", "A 203.0.113.10 (TTL 300), to be deleted when its grace is over", "HTTPRoute team-0/app-0 gave it up 31s ago: ..."),
        (61.0, "app-12", "A 203.0.113.20 (TTL 300), as it is asked for", "HTTPRoute team-0/app-12 ... and publishes 203.0.113.20."),
    ],
}
"""By profile: the seconds into its stream, the name in example.com, the short answer, and a sentence that has to follow."""


def played(profile, until):
    world = World(SETTINGS)
    for at, event in events(tape_of(profile, PROFILES[profile].lines(SCALE)), kinds_of(SETTINGS)):
        if at > until:
            break
        world.run(max(0.0, START + at - world.now))
        world.tell(event)
    world.run(max(0.0, START + until - world.now))
    return world


def test_every_profile_has_its_answers():
    assert set(ANSWERS) == set(PROFILES)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_answer_is_right_amid_the_churn(profile):
    worlds = {}
    for until, host, answer, sentence in ANSWERS[profile]:
        world = worlds.get(until) or played(profile, until)
        worlds[until] = world
        found = tell(world.engine.explain(f"{host}.example.com", world.now))
        assert found[0] == f"{host}.example.com: {answer}", "\n".join(found)
        pattern = re.compile(".*".join(map(re.escape, sentence.split("..."))))
        assert any(pattern.fullmatch(each) for each in found), f"{sentence} is not in:\n" + "\n".join(found)
