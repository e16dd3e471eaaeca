"""Explain gives the right answer for each situation that churn and people bring a name into."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.app import kinds_of
from dnsguard.core.explain import FEW, OBJECTS
from dnsguard.core.telling import tell
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Busy, Dropped, Policies
from dnsguard.lab.world import World
from dnsguard.model.events import Listed, SourceLost, Unreadable
from dnsguard.model.explanation import Explanation
from dnsguard.model.objects import ParentRef, Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Drift, Duration, Guard, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync")
DRIFTING = replace(SETTINGS, drift=Drift(period=Duration(600.0)))
WRITE = "ChangeResourceRecordSets"
NAME = "n1.example.com"
SICK = {"aws-health-check-id": "none-such", "set-identifier": "x", "aws-weight": "1"}


def ref(name: str) -> Ref:
    return Ref("HTTPRoute", "team", name)


def begun(count: int = 3, settings: Settings = SETTINGS, zones: tuple[str, ...] = ("example.com",)) -> World:
    world = World(settings, zones)
    world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{n}", [f"n{n}.example.com"]) for n in range(count)))
    world.sync()
    world.run(10)
    return world


def explained(world: World, name: str = NAME) -> Explanation:
    return world.engine.explain(name, world.now)


def told(world: World, name: str = NAME) -> tuple[str, ...]:
    return tell(explained(world, name))


def a(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value}]}


def holds(world: World, *sentences: str, name: str = NAME) -> None:
    """Check that the answer holds these sentences, in this order, with `...` for any text in them."""
    found = told(world, name)
    place = 0
    for sentence in sentences:
        pattern = re.compile(".*".join(map(re.escape, sentence.split("..."))))
        match = [n for n, each in enumerate(found) if n >= place and pattern.fullmatch(each)]
        assert match, f"{sentence!r} is not among, or not in its place in:\n" + "\n".join(found)
        place = match[0]


# As it is wanted


def test_a_name_that_is_as_it_is_asked_for():
    world = begun()
    zone = world.zones["example.com"]
    assert told(world) == (
        "n1.example.com: A 192.0.2.1 (TTL 300), as it is asked for",
        f"It belongs to the zone example.com ({zone}, public).",
        "There stands A 192.0.2.1 (TTL 300); ours by its TXT (httproute/team/n1).",
        "HTTPRoute team/n1 asks for it through Gateway edge/public (listener web) and publishes 192.0.2.1.",
        "Last sent 10s ago: create A 192.0.2.1 (TTL 300); it was accepted.",
    )


def test_the_facts_say_the_same_for_machines():
    (zone,) = explained(begun()).zones
    assert (zone.belongs, zone.state, zone.plan, zone.verdicts, zone.next) == (True, "", (), (), ())
    assert [(record.type, record.ours, record.owner, record.object) for record in zone.records] == [("A", True, "me", "httproute/team/n1")]
    (asking,) = explained(begun()).asking
    assert (asking.object, asking.parent, asking.listeners, asking.targets) == (
        "HTTPRoute team/n1",
        "Gateway edge/public",
        ("web",),
        ("192.0.2.1",),
    )


def test_a_change_that_waits_tells_what_caused_it_what_became_of_it_and_when_it_goes():
    world = begun()
    world.strict.faults.inject(Busy(), WRITE)
    world.put(gateway(["192.0.2.2"]))
    world.run(4)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), a change waits",
        "To be sent: replace A 192.0.2.1 (TTL 300) by A 192.0.2.2 (TTL 300).",
        "What caused it: Gateway edge/public.",
        "Last sent ... ago: replace A 192.0.2.1 (TTL 300) by A 192.0.2.2 (TTL 300); it was busy: PriorRequestNotComplete...",
        "Next, in ...s: it may be sent.",
    )


def test_a_change_under_way_one_in_doubt_and_its_end():
    world = begun()
    world.strict.faults.inject(Dropped(), WRITE, count=1)
    world.put(gateway(["192.0.2.2"]))
    world.run(0.21)
    holds(world, "n1.example.com: A 192.0.2.1 (TTL 300), a change is on its way", "On its way: replace A 192.0.2.1...")
    world.run(5.5)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), a change is in doubt",
        "Sent, and no answer came: replace A 192.0.2.1 (TTL 300) by A 192.0.2.2 (TTL 300); a read will tell.",
        "Last sent 6s ago: ...; it was uncertain: connection dropped before the call was carried out: a read will tell.",
    )
    world.run(10)
    holds(world, "n1.example.com: A 192.0.2.2 (TTL 300), as it is asked for", "Last sent ...; it was accepted.")


def test_what_a_read_found_after_an_uncertain_write_is_told():
    world = begun()
    world.strict.faults.inject(Dropped(applied=True), WRITE, count=1)
    world.put(gateway(["192.0.2.2"]))
    world.run(20)
    holds(world, "Last sent ... ago: replace ...", "Last sent ...; it was accepted: a read found it.")


# Held


def test_a_status_that_is_not_accepted_any_more():
    world = begun()
    world.put(route("n1", [NAME], accepted=False))
    world.run(600)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), held, for no status publishes it now",
        "HTTPRoute team/n1 asks for it through Gateway edge/public (listener web) and publishes nothing for 10m:"
        " its status is not Accepted for Gateway edge/public; the last value counts: 192.0.2.1.",
        "Held for 10m: a spec still claims it, although no status publishes it: the last value stays.",
        "The way out: it moves again when a status publishes it, and may go when the spec stops claiming it.",
    )


def test_a_gateway_without_an_address():
    world = begun()
    world.put(gateway([]))
    world.run(60)
    holds(world, "HTTPRoute team/n1 ... publishes nothing for 1m: Gateway edge/public publishes no address; ...", "Held for 1m: ...")


def test_a_status_that_says_nothing_of_the_parent():
    world = begun()
    view = world.objects[ref("n1")]
    world.put(replace(view, status=replace(view.status, parents=())))
    world.run(60)
    holds(world, "HTTPRoute team/n1 ... publishes nothing for 1m: its status says nothing of Gateway edge/public; ...")


def test_a_route_that_no_status_ever_accepted():
    world = begun()
    world.put(route("new", ["new.example.com"], accepted=False))
    world.run(60)
    holds(
        world,
        "new.example.com: nothing stands there, although somebody asks for it",
        "HTTPRoute team/new ... and never published anything: its status is not Accepted for Gateway edge/public.",
        name="new.example.com",
    )


def test_a_hold_with_a_deadline_tells_it():
    world = begun(settings=replace(SETTINGS, guard=Guard(status_loss=Duration(600.0))))
    world.put(route("n1", [NAME], accepted=False))
    world.run(60)
    holds(world, "Next, in 9m: the hold ends, and a deletion begins its grace.")


# Contested, target, conflict


def contested() -> World:
    world = begun()
    for n in range(20):
        world.put(replace(gateway([f"192.0.2.{n % 2 + 1}"]), writers=(f"install-{n % 2}",)))
        world.run(0.01 if n % 2 else 0.19)
    return world


def test_a_contested_gateway_names_both_sides_and_the_value_in_force():
    holds(
        contested(),
        "n1.example.com: A 192.0.2.1 (TTL 300), as it is asked for, while its Gateway is contested",
        "The addresses of Gateway edge/public are contested: 192.0.2.1 (written by install-0)"
        " against 192.0.2.2 (written by install-1); 192.0.2.1 counts until it has been calm for 10m.",
    )


def test_a_contested_gateway_that_has_nothing_to_do_with_the_name_is_not_told():
    world = contested()
    world.put(gateway(["192.0.2.7"], name="calm"), route("calm", ["calm.example.com"], parents=(ParentRef(name="calm", namespace="edge"),)))
    world.run(5)
    assert explained(world, "calm.example.com").contested == ()


def test_a_target_that_must_not_come():
    world = begun()
    world.put(gateway(["127.0.0.1"]))
    world.run(60)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), kept, for the new target must not take its place",
        "HTTPRoute team/n1 ... and publishes 127.0.0.1.",
        "Target for 1m: 127.0.0.1 is not reachable from outside, and a public target stands: it stays.",
        "The way out: correct the target, or choose another guard.targets.",
    )


def test_a_conflict_names_who_won_and_the_rule():
    world = begun()
    world.put(route("late", [NAME], annotations={"ttl": "60"}, created="2027-01-01T00:00:00Z"))
    world.run(20)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), asked for in ways that exclude one another",
        "HTTPRoute team/late (created 2027-01-01T00:00:00Z) asks for it ...",
        "HTTPRoute team/n1 (created 2026-01-01T00:00:00Z) asks for it ...",
        "Conflict for 20s: HTTPRoute team/late wants another TTL than httproute/team/n1, which is older.",
        "The rule: addresses go before names, then the object that was created first, then the one whose name comes first.",
    )


# Deletions


def test_a_deletion_within_its_grace_names_who_gave_the_name_up():
    world = begun(10)
    world.drop(ref("n1"))
    world.run(60)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), to be deleted when its grace is over",
        "Nobody asks for it.",
        "HTTPRoute team/n1 gave it up 1m ago: it is gone.",
        "Grace for 1m: nobody claims it any more (last: httproute/team/n1): it is deleted after the grace.",
        "The way out: it is called back when somebody claims it again.",
        "Next, in 4m: the grace of the deletion ends.",
    )


def test_a_name_that_left_a_spec_is_told_apart_from_an_object_that_is_gone():
    world = begun(10)
    world.put(route("n1", ["other.example.com"]))
    world.run(60)
    holds(world, "HTTPRoute team/n1 gave it up 1m ago: its spec, or a parent, grants it the name no longer.", "Grace for 1m: ...")


def test_a_parked_mass_deletion_says_how_many_wait_and_how_to_let_them_go():
    world = begun(40)
    world.drop(*(ref(f"n{n}") for n in range(20)))
    world.run(400)
    zone = world.zones["example.com"]
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), its deletion waits for an approval",
        "HTTPRoute team/n1 gave it up 6m40s ago: it is gone.",
        "Parked for 6m40s: more names of example.com are to be deleted than guard.deletes lets pass: all of them wait for a word.",
        f"20 names of example.com are parked, where 4 may go: look at them with dnsguard approve --zone {zone}, let them go with ....",
    )
    # A name of the zone that nobody wants to delete is not told of it.
    assert not any("parked" in sentence for sentence in told(world, "n30.example.com"))


def test_an_orphan():
    world = begun()
    del world.objects[ref("n1")]
    world.restart()
    world.sync()
    world.run(10)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), an orphan: ours, and nobody was seen to ask for it",
        "Nobody asks for it.",
        "Orphan for 10s: ours by its TXT (httproute/team/n1), and no claim of it was seen: it stays.",
    )


def test_a_list_that_lacks_too_much_leaves_its_objects_in_doubt():
    world = begun(6)
    world.relist("HTTPRoute", [ref(f"n{n}") for n in range(5)])
    world.run(20)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), kept, for who asks for it vanished without proof or cannot be understood",
        "HTTPRoute team/n1 ...; it vanished without proof: a list lacked more than half of what was known, ...",
        "Doubtful for 20s: the object that claims it vanished without proof: it stays.",
        "The way out: it ends when the object is seen again, or a DELETED frame names it.",
    )


def test_what_went_with_its_kind_is_in_doubt_as_well():
    world = begun(6)
    world.drop(*(ref(f"n{n}") for n in range(6)))
    world.tell(SourceLost("HTTPRoute", "404"))
    world.run(20)
    holds(world, "HTTPRoute team/n1 ... or its kind cannot be had any more.", "Doubtful for ...")


# Frozen, refused, edited, missing, foreign


def test_a_frozen_name_says_by_whom_and_what_is_kept_back():
    world = begun()
    world.order(Freeze(pattern=NAME, until=world.now + 600, reason="move", by="ann"))
    world.put(gateway(["192.0.2.9"]))
    world.run(60)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), frozen",
        "Frozen for 1m: frozen by ann: move.",
        "Kept back: replace A 192.0.2.1 (TTL 300) by A 192.0.2.9 (TTL 300).",
        "Next, in 9m: the freeze ends.",
    )


def test_a_quarantined_name_tells_what_route53_said_and_when_it_is_tried_again():
    world = begun()
    world.put(route("sick", ["sick.example.com"], annotations=SICK))
    world.run(20)
    holds(
        world,
        "sick.example.com: nothing stands there, refused by Route53, and tried again later",
        "HTTPRoute team/sick asks for it as 'x' through ...",
        "Quarantined for 20s: NoSuchHealthCheck: The specified health check does not exist: none-such.",
        "Kept back: create A 192.0.2.1 (TTL 300, weight 1, health check none-such).",
        "Last sent 20s ago: create A 192.0.2.1 (TTL 300, weight 1, health check none-such); it was refused: NoSuchHealthCheck: ...",
        "Next, in ...s: it is tried again.",
        name="sick.example.com",
    )


def test_what_went_down_with_another_name_says_so_until_it_is_sent_again():
    world = begun()
    world.change("CREATE", a("bad.example.com", "198.51.100.1"))
    world.strict.faults.inject(Busy(), WRITE, count=1)
    world.put(route("pair", ["bad.example.com", "good.example.com"]))
    seen = set()
    for _ in range(60):
        world.run(0.1)
        sent = world.engine.explain("good.example.com", world.now).zones[0].sent
        seen.add(None if sent is None else (sent.outcome, sent.text.partition(":")[0]))
    assert seen == {None, ("busy", "PriorRequestNotComplete"), ("refused", "another name of the same batch was refused"), ("accepted", "")}
    holds(world, "bad.example.com: A 198.51.100.1 (TTL 300), not ours", name="bad.example.com")


def test_what_waits_because_its_batch_was_refused_without_a_name_says_so():
    world = begun(12)
    world.strict.policies = Policies({"Statement": {"Effect": "Allow", "Action": ["route53:List*", "route53:Get*"], "Resource": "*"}})
    world.put(gateway(["192.0.2.2"]))
    world.run(120)
    answers = [told(world, f"n{n}.example.com") for n in range(12)]
    waiting = [found for found in answers if "a change waits" in found[0]]
    assert waiting
    assert all(any(each.startswith("To be sent: replace A 192.0.2.1") for each in found) for found in waiting)
    assert any("it may be sent, apart from others: its batch was refused for a reason that names nobody." in found[-1] for found in waiting)


def test_an_edited_record_says_what_it_was():
    world = begun(settings=DRIFTING)
    world.change("UPSERT", a(NAME, "198.51.100.1"))
    world.run(700)
    holds(
        world,
        "n1.example.com: A 198.51.100.1 (TTL 300), edited by somebody else",
        "There stands A 198.51.100.1 (TTL 300), where A 192.0.2.1 (TTL 300) was left: somebody else changed it; ours by its TXT ...",
        "Edited (A) for ...: somebody else changed it to A 198.51.100.1 (TTL 300); wanted is A 192.0.2.1 (TTL 300).",
        "The way out: undo the edit, ... set drift.modified to repair.",
    )


def test_a_missing_record_says_what_was_there():
    world = begun(settings=replace(SETTINGS, drift=Drift(period=Duration(600.0), missing="report")))
    world.change("DELETE", a(NAME, "192.0.2.1"))
    world.run(700)
    holds(
        world,
        "n1.example.com: nothing stands there, deleted by somebody else",
        "Somebody else deleted A 192.0.2.1 (TTL 300).",
        "Missing for ...: somebody else deleted it; wanted is A 192.0.2.1 (TTL 300).",
        "The way out: order a repair ...",
    )


def test_a_foreign_record_says_whose_it_is():
    world = begun()
    owner = "heritage=external-dns,external-dns/owner=them,external-dns/resource=ingress/x/y"
    world.change("CREATE", a("f.example.com", "198.51.100.7"))
    world.change("CREATE", {"Name": "a-f.example.com", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": f'"{owner}"'}]})
    world.restart()
    world.sync()
    world.put(route("f", ["f.example.com"]))
    world.run(20)
    holds(
        world,
        "f.example.com: A 198.51.100.7 (TTL 300), not ours",
        "There stands A 198.51.100.7 (TTL 300); owned by 'them', not ours.",
        "Foreign (A) for 20s: owned by 'them': it is left alone.",
        name="f.example.com",
    )


def test_a_record_without_a_txt_is_nobody_s():
    world = begun()
    world.change("CREATE", a("f.example.com", "198.51.100.7"))
    world.restart()
    world.sync()
    world.run(20)
    holds(
        world,
        "f.example.com: A 198.51.100.7 (TTL 300), and nobody asks for it",
        "There stands A 198.51.100.7 (TTL 300); no TXT says whose it is, so it is not ours.",
        name="f.example.com",
    )


# What cannot be understood


def test_an_object_that_cannot_be_understood_any_more_counts_as_it_was():
    world = begun()
    world.tell(Unreadable(ref("n1"), "spec.hostnames is a number"))
    world.run(20)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), as it is asked for, as far as its objects can be understood",
        "HTTPRoute team/n1 asks for it ...",
        "HTTPRoute team/n1 is there and cannot be understood: spec.hostnames is a number; what was last understood of it counts.",
    )


def test_an_object_that_was_never_understood_is_found_by_the_txt():
    world = begun()
    del world.objects[ref("n1")]
    world.restart()
    world.tell(Unreadable(ref("n1"), "spec.hostnames is a number"))
    for kind in kinds_of(SETTINGS):
        world.relist(kind)
        if kind == "HTTPRoute":
            world.tell(Unreadable(ref("n1"), "spec.hostnames is a number"))
            world.tell(Listed(kind, frozenset({ref("n0"), ref("n1"), ref("n2")})))
    world.run(20)
    holds(
        world,
        "n1.example.com: A 192.0.2.1 (TTL 300), kept, for who asks for it vanished without proof or cannot be understood, as far as ...",
        "HTTPRoute team/n1 is there and cannot be understood: spec.hostnames is a number; ...",
        "Doubtful for ...: httproute/team/n1, or what it depends on, is there and cannot be understood: it stays.",
    )


def test_an_annotation_that_cannot_be_understood_is_told_with_its_object():
    world = begun()
    world.put(route("n1", [NAME], annotations={"ttl": "soon"}))
    world.run(5)
    holds(world, "HTTPRoute team/n1 ... and publishes 192.0.2.1; not understood: the annotation ttl is 'soon', ...")


# Zones


def test_a_name_that_no_zone_holds():
    world = begun()
    world.put(route("far", ["www.example.net"]))
    world.run(20)
    holds(
        world,
        "www.example.net: no zone in use holds it",
        "Zones in use: example.com.",
        "HTTPRoute team/far asks for it ...",
        "No-zone for 20s: no zone in use holds this name.",
        "The way out: add a zone entry that holds it, or ignore this.",
        name="www.example.net",
    )


def test_a_name_that_an_excluded_domain_keeps_out():
    world = begun(settings=replace(SETTINGS, zones=(ZoneEntry(domains=("example.com",), exclude_domains=("dev.example.com",)),)))
    world.put(route("dev", ["a.dev.example.com"]))
    world.run(10)
    zone = world.zones["example.com"]
    for name, last in (("a.dev.example.com", "No-zone for 10s: ..."), ("b.dev.example.com", "Nobody asks for it.")):
        holds(
            world,
            f"{name}: it belongs to no zone in use",
            f"The zone example.com ({zone}, public) could hold it, but zones[].exclude_domains keeps dev.example.com out of it.",
            last,
            name=name,
        )


def test_a_name_belongs_to_the_longest_public_zone_and_what_stands_in_another_is_told():
    world = begun()
    world.put(route("x", ["x.sub.example.com"]))
    world.run(10)
    world.zones["sub.example.com"] = world.strict.create_zone("sub.example.com")
    world.run(3700)
    holds(
        world,
        "x.sub.example.com: A 192.0.2.1 (TTL 300), as it is asked for",
        "It belongs to the zone sub.example.com ...",
        "The zone example.com (...) could hold it, but the longer zone sub.example.com takes it.",
        "There stands A 192.0.2.1 (TTL 300); ours by its TXT (httproute/team/x).",
        "Occluded ...",
        name="x.sub.example.com",
    )


def test_a_name_in_a_public_and_a_private_zone_is_told_for_both():
    world = World(SETTINGS)
    inner = world.strict.create_zone("example.com", private=True)
    world.put(gateway(["192.0.2.1"]), namespace("team"), route("n1", [NAME]))
    world.sync()
    world.run(10)
    outer = world.zones["example.com"]
    (headline, *_) = told(world)
    for zone, visibility in ((inner, "private"), (outer, "public")):
        assert f"in example.com ({zone}, {visibility}) A 192.0.2.1 (TTL 300), as it is asked for" in headline
    assert any(sentence.startswith(f"Last sent in example.com ({inner}, private)") for sentence in told(world))


def test_a_gateway_that_no_zone_entry_takes():
    settings = replace(SETTINGS, zones=(ZoneEntry(gateway_label_filter="exposure=public"),))
    world = begun(settings=settings)
    holds(
        world,
        "n1.example.com: it belongs to no zone in use",
        "The zone ... could hold it, but no Gateway through which it is asked for matches the gateway_label_filter of its entry.",
    )


# Names that nobody knows


def test_a_name_that_nobody_knows():
    holds(begun(), "x.y.example.com: nothing stands there, and nobody asks for it", "Nobody asks for it.", name="x.y.example.com")


def test_a_slip_of_the_pen_is_met_with_the_zone_that_may_have_been_meant():
    holds(
        begun(),
        "www.exmaple.com: no zone in use holds it",
        "A zone in use has a name much like it: example.com.",
        "Nobody asks for it.",
        name="www.exmaple.com",
    )


def test_a_wildcard_answers_for_what_does_not_stand_unless_something_stands_in_between():
    world = begun()
    world.put(route("wild", ["*.example.com"]))
    world.run(10)
    holds(
        world,
        "While nothing stands there, *.example.com answers for it: A 192.0.2.1 (TTL 300); dnsguard explain '*.example.com' says more.",
        name="x.y.example.com",
    )
    assert explained(world, "x.n1.example.com").zones[0].wildcard == ""
    assert explained(world, "*.example.com").zones[0].wildcard == ""
    holds(world, "*.example.com: A 192.0.2.1 (TTL 300), as it is asked for", name="*.example.com")


def test_the_name_of_an_ownership_txt_says_for_what_it_stands():
    holds(begun(), "a-n1.example.com: the ownership TXT of n1.example.com", name="a-n1.example.com")


def test_the_apex_of_a_zone():
    holds(begun(), "example.com: only NS, SOA there, and nobody asks for it", name="example.com")


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        (ParentRef(name="nope", namespace="edge"), "Gateway edge/nope does not exist"),
        (ParentRef(name="public", namespace="edge", section_name="tls"), "Gateway edge/public has no listener called tls for an HTTPRoute"),
        (ParentRef(name="svc", kind="Service", group=""), "its parent Service svc is neither a Gateway nor a ListenerSet"),
    ],
)
def test_a_spec_that_names_the_host_and_gets_nothing_is_found_with_the_reason(parent, why):
    world = begun()
    world.put(route("lost", ["lost.example.com"], parents=(parent,)))
    world.run(5)
    holds(
        world,
        "lost.example.com: nothing stands there, and nobody asks for it",
        f"HTTPRoute team/lost names it and gets nothing of it: {why}.",
        name="lost.example.com",
    )
    world.put(route("lost", ["lost.example.com"]))
    world.run(5)
    assert explained(world, "lost.example.com").unmet == ()
    world.put(route("lost", ["lost.example.com"], parents=(parent,)))
    world.drop(ref("lost"))
    assert explained(world, "lost.example.com").unmet == ()


def test_of_many_objects_the_first_are_told_and_the_others_counted():
    world = begun()
    world.put(*(route(f"r{n:02}", ["many.example.com"]) for n in range(OBJECTS + 7)))
    world.put(*(route(f"u{n:02}", ["unmet.example.com"], parents=()) for n in range(FEW + 3)))
    world.run(5)
    found = explained(world, "many.example.com")
    assert (len(found.asking), found.asking_total) == (OBJECTS, OBJECTS + 7)
    holds(world, "7 more ask for it.", name="many.example.com")
    assert len(explained(world, "unmet.example.com").unmet) == FEW


# Before everything is known


def test_before_the_zones_are_found_and_the_kinds_are_listed():
    world = World(SETTINGS)
    assert told(world) == (
        "n1.example.com: the hosted zones have not been found yet",
        "Nothing is written yet: HTTPRoute, Gateway, Namespace were not listed yet.",
        "Nobody asks for it, as far as is known.",
    )


def test_a_zone_that_cannot_be_read_is_told():
    world = World(SETTINGS)
    world.strict.faults.inject(Busy(), "ListResourceRecordSets")
    world.put(gateway(["192.0.2.1"]), namespace("team"), route("n1", [NAME]))
    world.sync()
    world.run(5)
    holds(
        world,
        "n1.example.com: nothing stands there, and its zone is not read yet",
        "The zone example.com was not read yet: what stands there is not known.",
    )


def test_under_shadow_it_says_what_would_be_sent():
    world = begun(settings=replace(SETTINGS, policy="shadow"))
    holds(
        world,
        "n1.example.com: nothing stands there, and nothing is written under the policy shadow",
        "Kept back: create A 192.0.2.1 (TTL 300).",
    )


def test_looking_changes_nothing():
    one, other = begun(20), begun(20)
    for world in (one, other):
        world.drop(*(ref(f"n{n}") for n in range(9)))
        world.put(gateway(["192.0.2.2"]), route("late", [NAME], annotations={"ttl": "60"}))
        for _ in range(40):
            world.run(11.3)
            if world is one:
                for name in (NAME, "n12.example.com", "nobody.example.com", "www.example.net"):
                    told(world, name)
    assert (one.jobs, one.facts) == (other.jobs, other.facts)
