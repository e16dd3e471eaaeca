"""The doctor knows what the recorded tapes and the churn profiles are about, and says no more than it sees."""

from functools import cache
from importlib.resources import files

import msgspec
import pytest
from msgspec import Raw

from dnsguard.app import build_diagnosis, kinds_of
from dnsguard.core.diagnosis.aspects import ADDRESSES, MESSAGES, PARENTS, REFUSED
from dnsguard.core.diagnosis.sentences import sentences
from dnsguard.kubernetes.tape import Line, events, read_tape
from dnsguard.lab.churn import PROFILES, Scale, tape_of
from dnsguard.lab.churn.profile import ENVOY, KONG, LINKERD
from dnsguard.lab.churn.scene import SOMEBODY, Scene, Writer, accept, address, stamp
from dnsguard.lab.rehearsal import later_writes, rehearse
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.modes.doctor import examine

SETTINGS = Settings(zones=(ZoneEntry(domains=("example.com",)),), ownership=Ownership(owner="lab"), policy="sync")
KINDS = kinds_of(SETTINGS)
TRAEFIK = "traefik.io/gateway-controller"

TAPES = {
    # name: updates, useless, bugs, contested fields, lost fields
    "traefik-3.1.0-solo": (308, 297, {"Traefik #10939"}, set(), set()),
    "traefik-3.1.0-duo": (1778, 1762, {"Traefik #10939"}, set(), set()),
    "traefik-3.1.2-duo": (43, 27, set(), set(), set()),
    "traefik-3.1.0-status-loss": (312, 160, {"Traefik #10939"}, set(), {ADDRESSES, PARENTS, REFUSED}),
    "traefik-3.1.2-contested": (595, 21, {"Traefik #13743"}, {ADDRESSES}, set()),
    "traefik-3.6-contested": (5596, 21, {"Traefik #13743"}, {ADDRESSES}, set()),
}
CHURN = {
    "traefik-3.1.0": (590, 590, {"Traefik #10939"}, set(), set()),
    "traefik-duo": (2242, 0, {"Traefik #13743"}, {ADDRESSES}, set()),
    "linkerd-order": (513, 513, {"Linkerd #13327"}, set(), set()),
    "istio-multirev": (4000, 0, {"Istio #57734"}, {PARENTS}, {PARENTS}),
    "eg-empty": (8, 0, {"Envoy Gateway #8065", "Envoy Gateway #8953"}, {ADDRESSES}, {ADDRESSES}),
    "istio-waypoint": (12, 0, {"Istio #54475"}, {ADDRESSES}, {ADDRESSES}),
    "eg-unassigned": (60, 0, {"Envoy Gateway #8065", "Envoy Gateway #8953"}, {ADDRESSES}, {ADDRESSES}),
    "eg-lost-parents": (201, 0, {"Envoy Gateway #9536"}, set(), {PARENTS}),
    "eg-one-parent": (2400, 0, {"Envoy Gateway #7067", "Envoy Gateway #9536"}, {PARENTS}, set()),
    # What these two say is legal, and only their spec tells that it is old: no sign in the stream.
    "eg-old-parent": (2, 0, set(), set(), set()),
    "eg-stale-refusal": (1, 0, set(), set(), {REFUSED}),
    "gke-unhealthy": (201, 200, {"external-dns #4023"}, set(), {REFUSED, ADDRESSES}),
    "gke-badroute": (200, 0, {"external-dns #4023"}, set(), {REFUSED}),
    "kic-4004": (
        32450,
        32449,
        {"Kong Operator #4004", "Kong Ingress Controller #4456", "Kong Ingress Controller #7031"},
        set(),
        set(),
    ),
    "real-edits": (11, 4, set(), set(), set()),
}


def diagnosed(tape, written=None, settings=SETTINGS):
    diagnosis = build_diagnosis(settings)
    examine(tape, diagnosis, kinds_of(settings))
    return diagnosis.findings(tape.seconds, written)


def packaged(name):
    return read_tape(str(files("dnsguard.lab") / "tapes" / f"{name}.jsonl.gz"))


@cache
def recorded(name):
    return diagnosed(packaged(name))


@cache
def generated(name):
    return diagnosed(tape_of(name, PROFILES[name].lines()))


def summary(found):
    return (
        found.updates,
        found.useless,
        {suspicion.bug.reference for suspicion in found.suspicions},
        {contest.field for contest in found.contests},
        {loss.field for loss in found.losses},
    )


def test_every_profile_has_its_expectation():
    assert set(CHURN) == set(PROFILES)


@pytest.mark.parametrize("name", TAPES)
def test_a_recorded_tape_is_diagnosed(name):
    assert summary(recorded(name)) == TAPES[name]


@pytest.mark.parametrize("name", CHURN)
def test_a_churn_profile_is_diagnosed(name):
    assert summary(generated(name)) == CHURN[name]


@pytest.mark.parametrize("name", [name for name in TAPES if "contested" not in name])
def test_useless_is_what_the_engine_stops(name):
    tally = rehearse(SETTINGS, lambda: events(packaged(name), KINDS)).tally
    found = recorded(name)
    assert found.useless == tally.stopped["same-view"] + tally.stopped["same-wish"]
    assert sum(writing.same_view for writing in found.writings) == tally.stopped["same-view"]


def test_the_writer_of_churn_is_named_with_its_field():
    writing, *_ = recorded("traefik-3.1.0-duo").writings
    assert (writing.kind, writing.manager, writing.controllers) == ("HTTPRoute", "traefik-3.1.0", (TRAEFIK,))
    assert (writing.updates, writing.useless, writing.objects) == (1761, 1759, 202)
    assert writing.moved[0].field == "status.parents[].conditions[].lastTransitionTime"
    assert writing.per_second == pytest.approx(9.79, abs=0.01)


def test_a_writer_that_writes_in_one_entry_or_another_is_one_writer():
    (writing,) = generated("linkerd-order").writings
    assert writing.manager == LINKERD.manager
    assert set(writing.controllers) == {SOMEBODY.controller, LINKERD.controller}


def test_a_fight_is_noise_to_external_dns_although_dns_sees_it():
    contested, quiet = recorded("traefik-3.6-contested").cost, recorded("traefik-3.1.2-duo").cost
    assert contested.noise > 0.25 * contested.bills[0].calls
    assert quiet.noise < 0.1 * quiet.bills[0].calls


@pytest.mark.parametrize(
    ("name", "manager", "turns", "longer"),
    [("traefik-3.1.2-contested", "traefik-3.1.2", 557, 56.5), ("traefik-3.6-contested", "traefik-3.6", 5558, 30.9)],
)
def test_a_contested_gateway_is_named_with_both_values_and_both_writers(name, manager, turns, longer):
    (contest,) = recorded(name).contests
    assert (contest.kind, contest.examples, contest.objects, contest.turns) == ("Gateway", ("Gateway edge/public",), 1, turns)
    assert {side.value for side in contest.sides} == {"203.0.113.10", "203.0.113.20"}
    assert contest.sides[0].seconds == pytest.approx(longer, abs=0.1)
    assert contest.one_name
    assert {writer for side in contest.sides for writer in side.writers} == {f"{manager} (controller {TRAEFIK})"}
    assert any(f"two writers both called {manager}" in sentence for sentence in sentences(recorded(name)))


def test_a_lost_status_has_its_culprit_and_its_length():
    losses = {loss.field: loss for loss in recorded("traefik-3.1.0-status-loss").losses}
    assert {field: (loss.objects, loss.times, loss.still_lost) for field, loss in losses.items()} == {
        ADDRESSES: (1, 1, 0),
        PARENTS: (25, 25, 0),
        REFUSED: (50, 50, 0),
    }
    assert {loss.writer for loss in losses.values()} == {f"python-requests (overwriting {TRAEFIK})"}
    assert losses[ADDRESSES].longest == pytest.approx(20, abs=0.5)
    assert {evidence.writers for evidence in recorded("traefik-3.1.0-status-loss").unknown} == {(losses[PARENTS].writer,)}


def test_a_quiet_tape_is_said_to_be_quiet():
    said = list(sentences(recorded("traefik-3.1.2-duo")))
    assert "Nothing here looks like a controller that churns." in said
    assert not any("Looks like" in sentence for sentence in said)


@pytest.mark.parametrize("name", [*TAPES, *CHURN])
def test_it_says_looks_like_and_never_is(name):
    found = recorded(name) if name in TAPES else generated(name)
    said = list(sentences(found))
    for suspicion in found.suspicions:
        (sentence,) = [sentence for sentence in said if suspicion.bug.url in sentence]
        assert sentence.startswith(f"Looks like {suspicion.bug.reference} ({suspicion.bug.affected}): ")
        assert suspicion.bug.fixed in sentence


@pytest.mark.parametrize("name", ["traefik-3.1.0-solo", "traefik-3.1.0-duo", "traefik-3.1.0-status-loss", "traefik-3.1.2-duo"])
def test_what_dnsguard_spends_is_counted_by_the_engine_and_lies_within_the_bound(name):
    written = later_writes(SETTINGS, lambda: events(packaged(name), KINDS))
    bound, counted = recorded(name).cost.bills[-1], diagnosed(packaged(name), written).cost.bills[-1]
    assert (bound.at_most, counted.at_most) == (True, False)
    assert counted.writes * recorded(name).seconds / 3600 == pytest.approx(written)
    assert counted.writes <= bound.writes
    # Everything beyond the first fill, which is one write on all of these.
    whole = rehearse(SETTINGS, lambda: events(packaged(name), KINDS)).tally.calls["ChangeResourceRecordSets"]
    assert written == whole - 1


def test_useless_updates_cost_dnsguard_nothing():
    bill = diagnosed(tape_of("churn", PROFILES["traefik-3.1.0"].lines(Scale(routes=20))), 0).cost.bills[-1]
    assert (bill.writes, bill.at_most) == (0, False)
    assert generated("traefik-3.1.0").cost.bills[-1].writes == 0


def test_the_untuned_cost_is_about_what_was_measured_beside_the_tape():
    untuned, _, tuned, _ = recorded("traefik-3.1.0-duo").cost.bills
    hours = recorded("traefik-3.1.0-duo").seconds / 3600
    assert untuned.reads * hours == pytest.approx(72 + 63, rel=0.2)
    assert tuned.reads * hours == pytest.approx(20, abs=4)
    assert untuned.writes * hours == pytest.approx(9, abs=3)


def parents_of(route, *entries):
    """Let the status of *route* have entries of (Gateway, controller, message)."""
    route["status"] = {"parents": []}
    for name, controller, message in entries:
        other = {"spec": {"parentRefs": [{"name": name, "namespace": "edge"}]}, "metadata": {"generation": 1}}
        accept(other, 0, controller)
        other["status"]["parents"][0]["conditions"][0]["message"] = message
        route["status"]["parents"] += other["status"]["parents"]


def staged(writer, change, *, beats=40, routes=2, rivals=()):
    """Return what is found in a stream in which *change* is made of the scene at every beat, by *writer* and its rivals in turn."""
    scene = Scene(Scale(routes=routes), writer)

    def lines():
        yield from scene.opening()
        for beat in range(beats):
            scene.writer = (writer, *rivals)[beat % (1 + len(rivals))]
            for item in change(scene, beat):
                yield from scene.write(item, 1.0 + beat / 4)

    return diagnosed(tape_of("staged", lines()))


def test_two_controllers_that_take_turns_are_named_both():
    cilium = Writer("cilium-operator-generic", "io.cilium/gateway-controller")

    def change(scene, beat):
        parents_of(scene.routes[0], ("public", scene.writer.controller, f"said {beat}"))
        return [scene.routes[0]]

    found = staged(cilium, change, rivals=(KONG,))
    (rivalry,) = found.rivalries
    assert rivalry.examples == ("HTTPRoute team-0/app-0",)
    assert rivalry.turns == 39
    assert {writer.partition(" ")[0] for writer in rivalry.writers} == {"cilium-operator-generic", "manager"}
    assert "Cilium #34754" in {suspicion.bug.reference for suspicion in found.suspicions}
    assert any("took turns" in sentence for sentence in sentences(found))


def test_a_writer_takes_no_turns_with_itself():
    def change(scene, beat):
        parents_of(scene.routes[0], ("public", LINKERD.controller, f"said {beat}"), ("public", "a/b", f"said {beat // 2}"))
        return [scene.routes[0]]

    found = staged(LINKERD, change)
    assert len(found.writings) == 1
    assert not found.rivalries


def test_a_parent_that_switches_is_contested():
    def change(scene, beat):
        name = ("public", "private")[beat % 2]
        parents_of(scene.routes[0], (name, ENVOY.controller, f"this is {name}"))
        return [scene.routes[0]]

    found = staged(ENVOY, change)
    assert {contest.field for contest in found.contests} == {PARENTS}
    assert "Envoy Gateway #7067" in {suspicion.bug.reference for suspicion in found.suspicions}


def test_messages_that_alternate_are_contested_although_dns_sees_none_of_it():
    mcp = Writer("mcp-controller", "mcp.kuadrant.io/controller")

    def change(scene, beat):
        parents_of(scene.routes[0], ("public", mcp.controller, ("one", "other")[beat % 2]))
        return [scene.routes[0]]

    found = staged(mcp, change)
    assert found.useless >= found.updates - 1
    assert {contest.field for contest in found.contests} == {MESSAGES}
    assert {suspicion.bug.reference for suspicion in found.suspicions} == {"Kuadrant MCP Gateway #304"}


def test_a_gateway_whose_timestamps_move_is_recognised():
    cloudflare = Writer("manager", "cf.k8s.lex.la/cloudflare-tunnel-gateway-controller")

    def change(scene, beat):
        for condition in scene.gateway["status"]["conditions"]:
            condition["lastTransitionTime"] = stamp(beat)
        return [scene.gateway]

    found = staged(cloudflare, change)
    assert {suspicion.bug.reference for suspicion in found.suspicions} == {"Cloudflare Tunnel Gateway Controller #646"}


def test_churn_that_nobody_reported_is_said_to_be_unknown():
    def change(scene, beat):
        scene.routes[0]["metadata"].setdefault("annotations", {})["example.com/heartbeat"] = str(beat)
        return [scene.routes[0]]

    found = staged(SOMEBODY, change)
    assert not found.suspicions
    assert [evidence.text for evidence in found.unknown] == [
        "something else moves that DNS cannot see in 40 of 40 HTTPRoute updates",
        "HTTPRoute team-0/app-0 is written 3.7 times a second",
    ]
    assert found.writings[0].moved[-1].field == "metadata.annotations.example.com/heartbeat"
    assert any(sentence.startswith("Looks like no bug that is known here: ") for sentence in sentences(found))


def test_a_parent_without_routes_has_a_writer_all_the_same():
    found = staged(LINKERD, lambda scene, beat: [address(scene.gateway, f"203.0.113.{beat}")] and [scene.gateway], routes=0)
    assert found.writings[0].writer == LINKERD.manager
    assert found.cost.hosts == 0


def test_a_person_who_thinks_better_of_it_is_no_contest():
    def change(scene, beat):
        address(scene.gateway, ("203.0.113.20", "203.0.113.10")[beat % 2])
        return [scene.gateway]

    assert not staged(SOMEBODY, change, beats=3).contests
    assert staged(SOMEBODY, change, beats=4).contests


def test_record_sets_are_those_of_the_end_of_a_fight():
    def change(scene, beat):
        address(scene.gateway, "203.0.113.10", *([] if beat % 2 else ["2001:db8::1"]))
        return [scene.gateway]

    assert staged(SOMEBODY, change, beats=4).cost.record_sets == 2 * 2
    assert staged(SOMEBODY, change, beats=5).cost.record_sets == 2 * 4


def test_a_stream_in_which_nothing_happens_is_diagnosed():
    found = diagnosed(tape_of("quiet", Scene(Scale(routes=1)).opening()))
    assert (found.updates, found.suspicions) == (0, ())
    assert next(iter(sentences(found))).startswith("No object was updated")


DEEP = b'"junk":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b',"k":'


def test_objects_that_are_nested_without_end_do_no_harm():
    scene = Scene(Scale(routes=1))
    lines = list(scene.opening())
    for number in range(2):
        (line,) = scene.write({**scene.routes[0], "junk": number}, 1.0 + number)
        lines.append(Line(line.seconds, line.resource, line.op, Raw(bytes(line.data).replace(b'"junk":', DEEP))))
    found = diagnosed(tape_of("deep", lines))
    assert found.events == 2
    assert found.notes == ("HTTPRoute team-0/app-0 is nested too deeply: its fields are not compared",)


def test_an_object_that_cannot_be_understood_is_noted():
    scene = Scene(Scale(routes=1))
    lines = list(scene.opening())
    (line,) = scene.write({**scene.routes[0], "spec": {"hostnames": 5}}, 1.0)
    found = diagnosed(tape_of("bad", [*lines, line]))
    (note,) = found.notes
    assert "app-0" in note
    assert (found.updates, found.useless) == (1, 1)


def test_names_outside_of_the_zones_are_noted_and_not_counted():
    elsewhere = Settings(zones=(ZoneEntry(domains=("elsewhere.org",)),), ownership=Ownership(owner="lab"), policy="sync")
    found = diagnosed(packaged("traefik-3.1.0-solo"), settings=elsewhere)
    assert found.notes == ("21 names lie in no zone of the config, and are not counted",)
    assert (found.cost.hosts, found.cost.record_sets) == (0, 0)


def test_findings_are_json_and_the_same_each_time():
    first, second = (msgspec.json.encode(diagnosed(packaged("traefik-3.1.2-contested"))) for _ in range(2))
    assert first == second
    assert msgspec.json.decode(first)["suspicions"][0]["bug"]["reference"] == "Traefik #13743"
