"""Every churn profile is a tape that can be read, replayed and served, and does what its name says."""

import pytest

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import events, read_tape
from dnsguard.lab.churn import PROFILES, Scale, tape_of, write_tape
from dnsguard.model.events import Deleted, Listed, Unreadable, Upserted
from dnsguard.model.objects import GatewayView, RouteView

SMALL = Scale(routes=12, replicas=2, seconds=40.0, seed=3)


def stream(name, scale=SMALL):
    return [event for _, event in events(tape_of(name, PROFILES[name].lines(scale)), RESOURCES)]


def views(name, kind):
    """Return the views of every object of *kind* in their order, by ref."""
    found = {}
    for event in stream(name):
        if isinstance(event, Upserted) and isinstance(event.view, kind):
            found.setdefault(event.view.ref, []).append(event.view)
    return found


def test_the_profiles_are_those_of_the_field():
    assert list(PROFILES) == [
        "traefik-3.1.0",
        "traefik-duo",
        "linkerd-order",
        "istio-multirev",
        "istio-waypoint",
        "eg-empty",
        "eg-unassigned",
        "eg-lost-parents",
        "eg-one-parent",
        "eg-old-parent",
        "eg-stale-refusal",
        "gke-badroute",
        "gke-unhealthy",
        "kic-4004",
        "real-edits",
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_understood_and_begins_with_whole_lists(name):
    found = stream(name)

    assert not any(isinstance(event, Unreadable) for event in found)
    assert sum(isinstance(event, Listed) for event in found) == len(RESOURCES)
    assert len(found) > len(RESOURCES) + SMALL.routes


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
@pytest.mark.parametrize("name", PROFILES)
def test_a_written_profile_reads_as_it_was_made(name, suffix, tmp_path):
    path = tmp_path / f"{name}.{suffix}"
    write_tape(path, PROFILES[name].lines(SMALL))

    assert read_tape(path) == tape_of(str(path), PROFILES[name].lines(SMALL))


@pytest.mark.parametrize("name", PROFILES)
def test_every_frame_has_a_version_of_its_own(name):
    versions = [event.version for event in stream(name) if isinstance(event, Upserted)]

    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("scale", [Scale(routes=1, replicas=1, seconds=5.0), Scale(routes=4, replicas=1, seconds=0.5)])
def test_a_small_scale_makes_a_tape_too(name, scale):
    assert stream(name, scale)


def test_restamping_changes_no_view():
    assert {len(set(map(repr, seen))) for seen in views("traefik-3.1.0", RouteView).values()} == {1}


def test_a_write_that_changes_nothing_makes_no_frame():
    restamped = stream("traefik-3.1.0", Scale(routes=1, replicas=1, seconds=10.0))

    assert sum(isinstance(event, Upserted) and isinstance(event.view, RouteView) for event in restamped) == 10


def test_the_contest_alternates_between_two_addresses():
    (seen,) = views("traefik-duo", GatewayView).values()
    addresses = [view.status.addresses[0].value for view in seen]

    assert addresses[:4] == ["203.0.113.10", "203.0.113.20", "203.0.113.10", "203.0.113.20"]
    assert len(addresses) > 38 * 38


def test_reordering_changes_the_order_alone():
    for seen in views("linkerd-order", RouteView).values():
        assert len({frozenset((parent.parent_ref, frozenset(parent.conditions)) for parent in view.status.parents) for view in seen}) == 1


def test_parents_vanish_and_come_back():
    for seen in views("istio-multirev", RouteView).values():
        assert [bool(view.status.parents) for view in seen[:4]] == [True, False, True, False]


def test_addresses_vanish_and_are_back_at_the_end():
    (seen,) = views("eg-empty", GatewayView).values()

    assert [bool(view.status.addresses) for view in seen[:2]] == [True, False]
    assert seen[-1].status.addresses


def test_every_route_is_rejected_and_stays_so():
    for seen in views("gke-badroute", RouteView).values():
        assert [view.status.parents[0].conditions[0].status for view in seen] == ["True", "False"]


def test_the_storm_hides_one_rename():
    changed = {ref.name: {view.spec for view in seen} for ref, seen in views("kic-4004", RouteView).items()}

    assert [name for name, specs in changed.items() if len(specs) > 1] == ["app-0"]
    assert {spec.hostnames for spec in changed["app-0"]} == {("app-0.example.com",), ("app-0-renamed.example.com",)}


def test_real_edits_end_as_they_say():
    last = {ref.name: seen[-1] for ref, seen in views("real-edits", RouteView).items()}
    (gateway,) = views("real-edits", GatewayView).values()

    assert last["app-0"].spec.hostnames == ("app-0-second.example.com",)
    assert last["app-1"].annotations == {"external-dns.kubernetes.io/ttl": "60"}
    assert last["app-2"].status.parents[0].parent_ref.section_name == "inner"
    assert last["app-12"].status.parents
    assert [event.ref.name for event in stream("real-edits") if isinstance(event, Deleted)] == ["app-3"]
    assert gateway[-1].status.addresses[0].value == "203.0.113.20"
