"""Handing back lists what external-dns would do at once, by its own rules and a fresh look."""

from typing import Any

import pytest
from msgspec.structs import replace

from dnsguard.lab.objects import UNBOUND, gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.events import Listed, Unreadable
from dnsguard.model.handback import Handback
from dnsguard.model.objects import Ref, View
from dnsguard.model.settings import Guard, Ownership, Records, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(deletes=UNBOUND))
GATEWAY = gateway(["192.0.2.1"])
WWW = "www.example.com"
WWW_ROUTE = Ref("HTTPRoute", "team", "www")


def a(name: str = WWW, value: str = "192.0.2.1", ttl: int = 300, kind: str = "A", **more: Any) -> dict[str, Any]:
    return {"Name": f"{name}.", "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}], **more}


def text(name: str = f"a-{WWW}", owner: str = "me", resource: str = "httproute/team/www", **more: Any) -> dict[str, Any]:
    value = f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}"'
    return {"Name": f"{name}.", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}], **more}


def looked(*views: View, records: tuple[dict[str, Any], ...] = (), settings: Settings = SETTINGS, zones=("example.com",)) -> Handback:
    """Return what a fresh look at these objects and record sets finds."""
    world = World(replace(settings, policy="shadow"), zones)
    for record in records:
        world.change("CREATE", record)
    world.put(*(views or (GATEWAY,)), namespace("team"))
    world.sync()
    world.run(10)
    return world.engine.handback(world.now)


def steps(found: Handback) -> list[tuple[str, str, str, str, str]]:
    return [(step.kind, step.name, step.type, step.stands, step.wants) for step in found.steps]


IN_ORDER = (a(), text())
ADDRESS = "A 192.0.2.1 (TTL 300)"


def test_what_is_as_it_is_published_is_left():
    assert looked(GATEWAY, route("www", [WWW]), records=IN_ORDER) == Handback((), {})


@pytest.mark.parametrize(
    ("views", "why"),
    [
        ((gateway([]), route("www", [WWW])), "held: a spec still claims it"),
        ((GATEWAY, route("www", [WWW], accepted=False)), "held: a spec still claims it"),
        ((GATEWAY,), "orphan: ours by its TXT (httproute/team/www)"),
    ],
    ids=["the address was lost", "the route is not accepted", "the route is gone"],
)
def test_what_is_kept_although_nothing_publishes_it_would_be_deleted(views, why):
    found = looked(*views, records=IN_ORDER)
    assert steps(found) == [("delete", WWW, "A", ADDRESS, "")]
    assert found.steps[0].why.startswith(why)


def test_a_type_that_is_not_published_any_more_would_be_deleted():
    records = (*IN_ORDER, a(kind="AAAA", value="2001:db8::1"), text(f"aaaa-{WWW}"))
    assert steps(looked(GATEWAY, route("www", [WWW]), records=records)) == [("delete", WWW, "AAAA", "AAAA 2001:db8::1 (TTL 300)", "")]


def test_another_target_would_be_changed_and_dnsguard_would_do_so_too():
    found = looked(GATEWAY, route("www", [WWW]), records=(a(value="192.0.2.9"), text()))
    assert steps(found) == [("change", WWW, "A", "A 192.0.2.9 (TTL 300)", ADDRESS)]
    assert found.steps[0].why.endswith("dnsguard would do so too")


def test_a_target_that_dnsguard_keeps_from_coming_would_come():
    found = looked(gateway(["10.0.0.1"]), route("www", [WWW]), records=IN_ORDER)
    assert steps(found) == [("change", WWW, "A", ADDRESS, "A 10.0.0.1 (TTL 300)")]
    assert found.steps[0].why.startswith("target: ")


@pytest.mark.parametrize(
    ("annotations", "ttl", "changed"),
    [({}, 60, False), ({"ttl": "60"}, 60, False), ({"ttl": "120"}, 60, True), ({"ttl": "300"}, 60, True)],
    ids=["no annotation", "as it is", "another", "the default, asked for"],
)
def test_a_ttl_counts_only_where_an_annotation_asks_for_one(annotations, ttl, changed):
    found = looked(GATEWAY, route("www", [WWW], annotations=annotations), records=(a(ttl=ttl), text()))
    assert [step.kind for step in found.steps] == ["change"] * changed


def test_what_is_published_and_absent_would_be_created():
    assert steps(looked(GATEWAY, route("www", [WWW]))) == [("create", WWW, "A", "", ADDRESS)]


def test_what_dnsguard_cannot_own_would_be_created_all_the_same():
    found = looked(GATEWAY, route("www", ["example.com"]))
    assert steps(found) == [("create", "example.com", "A", "", ADDRESS)]
    assert found.steps[0].why.startswith("unownable: ")


def test_another_type_would_take_the_place_of_what_is_ours():
    found = looked(gateway(["lb.example.net"]), route("www", [WWW]), records=IN_ORDER)
    assert steps(found) == [("delete", WWW, "A", ADDRESS, ""), ("create", WWW, "CNAME", "", "CNAME lb.example.net (TTL 300)")]


@pytest.mark.parametrize("owner", ["them", None], ids=["another owner", "nobody"])
def test_what_is_not_ours_would_be_left_and_nothing_created_beside_it(owner):
    records = (a(value="192.0.2.9"), *([text(owner=owner)] if owner else ()))
    views = (gateway(["192.0.2.1", "2001:db8::1"]), route("www", [WWW]))
    assert steps(looked(*views, records=records)) == []


def test_an_old_form_of_txt_would_be_written_again():
    found = looked(GATEWAY, route("www", [WWW]), records=(a(), text(WWW)))
    assert [(step.kind, step.why.partition(",")[0]) for step in found.steps] == [("change", "its ownership TXT has not the present form")]


def test_a_txt_without_a_record_would_be_left():
    assert steps(looked(records=(text(),))) == []


def test_what_other_sources_keep_is_not_judged():
    found = looked(records=(a(), text(resource="service/team/www")))
    assert found == Handback((), {"other-source": 1})


def test_what_an_unreadable_object_asks_for_is_listed_as_it_looks_to_external_dns():
    world = World(SETTINGS)
    for record in IN_ORDER:
        world.change("CREATE", record)
    world.put(GATEWAY, namespace("team"))
    world.tell(Unreadable(WWW_ROUTE, "spec.hostnames is a number"))
    for kind in ("Gateway", "Namespace"):
        world.relist(kind)
    world.tell(Listed("HTTPRoute", frozenset({WWW_ROUTE})))
    world.run(10)
    (step,) = world.engine.handback(world.now).steps
    assert (step.kind, step.why.partition(":")[0]) == ("delete", "doubtful")


def test_types_that_are_not_managed_are_invisible():
    settings = replace(SETTINGS, records=Records(managed_types=("AAAA",)))
    assert steps(looked(GATEWAY, route("www", [WWW]), records=IN_ORDER, settings=settings)) == []


def test_rows_of_a_name_are_judged_apart():
    weighted = [{"SetIdentifier": each, "Weight": 1} for each in ("blue", "green")]
    records = [record for more in weighted for record in (a(**more), text(**more))]
    blue = {"set-identifier": "blue", "aws-weight": "1"}
    found = looked(GATEWAY, route("www", [WWW], annotations=blue), records=tuple(records))
    assert [(step.kind, step.set_id) for step in found.steps] == [("delete", "green")]
