"""Frames and pages decode into the events that they mean, and what is broken stays by itself."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.errors import UnreadableObject
from dnsguard.kubernetes.decode import LONGEST, Bookmark, Decoder, Expired, Failed, Versioned
from dnsguard.kubernetes.resources import RESOURCES, SHEETS
from dnsguard.model.events import Deleted, Unreadable, Upserted
from dnsguard.model.objects import (
    Address,
    Condition,
    GatewaySpec,
    GatewayStatus,
    GatewayView,
    Listener,
    ListenerSetSpec,
    ListenerSetStatus,
    ListenerSetView,
    NamespaceView,
    ParentRef,
    Ref,
    RouteParent,
    RouteSpec,
    RouteStatus,
    RouteView,
    SheetView,
)

ROUTES = Decoder(RESOURCES["HTTPRoute"])
GATEWAYS = Decoder(RESOURCES["Gateway"])
SETS = Decoder(RESOURCES["ListenerSet"])
NAMESPACES = Decoder(RESOURCES["Namespace"])
REF = Ref("HTTPRoute", "team", "web")
PARENT = {"name": "public", "namespace": "edge", "sectionName": "https", "port": 443, "weight": 7}
ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {
        "name": "web",
        "namespace": "team",
        "uid": "u-1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "resourceVersion": "7",
        "labels": {"app": "web"},
        "annotations": {"example.com/note": "x"},
        "managedFields": [{"manager": "somebody", "fieldsV1": {"f:spec": {}}}],
        "deletionTimestamp": "2026-01-02T00:00:00Z",
    },
    "spec": {"hostnames": ["web.example.com"], "parentRefs": [PARENT], "rules": [{"matches": [{"path": {"value": "/"}}]}]},
    "status": {
        "parents": [
            {
                "parentRef": {"name": "public"},
                "controllerName": "example.com/c",
                "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            }
        ]
    },
}
VIEW = RouteView(
    REF,
    "u-1",
    "2026-01-01T00:00:00Z",
    {"app": "web"},
    {"example.com/note": "x"},
    RouteSpec(("web.example.com",), (ParentRef("public", namespace="edge", section_name="https", port=443),)),
    RouteStatus((RouteParent(ParentRef("public"), "example.com/c", (Condition("Accepted", "True"),)),)),
)


def frame(kind, obj):
    return json.dumps({"type": kind, "object": obj}).encode()


def with_(obj, path, value):
    """Return a copy of *obj* in which the field at *path* is *value*."""
    head, _, rest = path.partition(".")
    return {**obj, head: with_(obj[head], rest, value) if rest else value}


def without(obj, path):
    head, _, rest = path.partition(".")
    return {**obj, head: without(obj[head], rest)} if rest else {key: value for key, value in obj.items() if key != head}


@pytest.mark.parametrize("kind", ["ADDED", "MODIFIED"])
def test_a_whole_route_becomes_its_view(kind):
    assert ROUTES.frame(frame(kind, ROUTE)) == Upserted(VIEW, "7")


def test_the_order_of_the_fields_of_a_frame_does_not_matter():
    line = json.dumps({"object": dict(reversed(ROUTE.items())), "type": "MODIFIED"}).encode()

    assert ROUTES.frame(line) == Upserted(VIEW, "7")


def test_a_gateway_becomes_its_view():
    obj = {
        "metadata": {"name": "public", "namespace": "edge", "resourceVersion": "9", "creationTimestamp": None, "labels": None},
        "spec": {"gatewayClassName": "c", "listeners": [{"name": "web", "hostname": "*.example.com", "port": 80, "protocol": "HTTP"}]},
        "status": {"addresses": [{"type": "IPAddress", "value": "203.0.113.10"}]},
    }
    view = GatewayView(
        Ref("Gateway", "edge", "public"),
        "",
        "",
        {},
        {},
        GatewaySpec((Listener("web", "*.example.com", 80, "HTTP"),)),
        GatewayStatus((Address("203.0.113.10"),)),
    )

    assert GATEWAYS.frame(frame("ADDED", obj)) == Upserted(view, "9")


def test_a_listener_set_becomes_its_view():
    obj = {"metadata": {"name": "more", "namespace": "team"}, "spec": {"parentRef": {"name": "public"}, "listeners": None}, "status": None}
    view = ListenerSetView(Ref("ListenerSet", "team", "more"), "", "", {}, {}, ListenerSetSpec(ParentRef("public")), ListenerSetStatus())

    assert SETS.frame(frame("ADDED", obj)) == Upserted(view, "")


def test_a_namespace_becomes_its_view():
    obj = {"metadata": {"name": "team", "labels": {"a": "b"}, "resourceVersion": "3"}, "spec": {"finalizers": ["kubernetes"]}}

    assert NAMESPACES.frame(frame("ADDED", obj)) == Upserted(NamespaceView(Ref("Namespace", "", "team"), "", "", {"a": "b"}), "3")


def test_timestamps_and_versions_make_no_other_view():
    later = with_(ROUTE, "metadata.resourceVersion", "8")
    later["status"] = json.loads(json.dumps(ROUTE["status"]).replace("2026-01-01", "2026-02-01"))

    assert ROUTES.frame(frame("MODIFIED", later)) == Upserted(VIEW, "8")


@pytest.mark.parametrize(
    ("obj", "why"),
    [
        (with_(ROUTE, "spec.hostnames", ["a", 1]), "spec.hostnames[1]: expected `str`, got `int`"),
        (with_(ROUTE, "spec.hostnames", "a"), "spec.hostnames: expected `array | null`, got `str`"),
        (with_(ROUTE, "spec.parentRefs", [{}]), "spec.parentRefs[0]: object missing required field `name`"),
        (with_(ROUTE, "spec", None), "spec: expected `object`, got `null`"),
        (without(ROUTE, "spec"), "Object missing required field `spec`"),
        (with_(ROUTE, "status", "Failure"), "status: expected `object | null`, got `str`"),
        (with_(ROUTE, "metadata.labels", {"a": 1}), "metadata.labels[...]: expected `str`, got `int`"),
        (with_(ROUTE, "metadata.annotations", []), "metadata.annotations: expected `object | null`, got `array`"),
    ],
)
def test_an_object_of_wrong_types_is_unreadable_and_says_where(obj, why):
    text = f"HTTPRoute team/web cannot be understood: {why}."

    assert ROUTES.frame(frame("MODIFIED", obj)) == Versioned(Unreadable(REF, text), "7")


def test_a_listener_set_without_a_parent_is_unreadable():
    obj = {"metadata": {"name": "more", "namespace": "team", "resourceVersion": "4"}, "spec": {}}
    text = "ListenerSet team/more cannot be understood: spec: object missing required field `parentRef`."

    assert SETS.frame(frame("ADDED", obj)) == Versioned(Unreadable(Ref("ListenerSet", "team", "more"), text), "4")


@pytest.mark.parametrize("kind", ["PartialObjectMetadata", "Table"])
def test_an_object_of_another_kind_is_unreadable(kind):
    text = "HTTPRoute team/web came as an object of another kind."

    assert ROUTES.frame(frame("MODIFIED", with_(ROUTE, "kind", kind))) == Versioned(Unreadable(REF, text), "7")


@pytest.mark.parametrize("obj", [ROUTE, with_(ROUTE, "spec", 3), without(ROUTE, "spec")])
def test_a_deletion_is_understood_whatever_state_its_object_is_in(obj):
    assert ROUTES.frame(frame("DELETED", obj)) == Versioned(Deleted(REF), "7")


@pytest.mark.parametrize(
    ("decoder", "obj", "end"),
    [
        (ROUTES, {"kind": "HTTPRoute", "metadata": {"resourceVersion": "7"}}, False),
        (SETS, {"kind": "ListenerSet", "metadata": {"resourceVersion": "7"}, "spec": {}}, False),
        (NAMESPACES, {"metadata": {"resourceVersion": "7", "creationTimestamp": None}, "spec": {}, "status": {}}, False),
        (ROUTES, {"metadata": {"resourceVersion": "7", "annotations": {"k8s.io/initial-events-end": "true"}}}, True),
        (ROUTES, {"metadata": {"resourceVersion": "7", "annotations": {"k8s.io/initial-events-end": "false"}}}, False),
    ],
)
def test_a_bookmark_moves_the_version(decoder, obj, end):
    assert decoder.frame(frame("BOOKMARK", obj)) == Bookmark("7", end)


def test_an_error_410_means_that_the_version_expired():
    status = {"kind": "Status", "metadata": {}, "status": "Failure", "message": "too old resource version: 1 (2)", "code": 410}

    assert ROUTES.frame(frame("ERROR", status)) == Expired("too old resource version: 1 (2)")


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        ({"status": "Failure", "message": "etcd is away", "code": 500}, Failed(500, "etcd is away")),
        ({"status": "Failure", "reason": "Timeout", "code": 504}, Failed(504, "Timeout")),
        ({}, Failed(500, "The server gave no reason")),
    ],
)
def test_another_error_frame_keeps_its_code(status, failed):
    assert ROUTES.frame(frame("ERROR", status)) == failed


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"type":"ADDED"}',
        b'{"type":"RENAMED","object":{}}',
        b'{"type":"ADDED","object":{"metadata":{"name":4}}}',
        b'{"type":"ADDED","object":{"metadata":{"name":"a"},"spec":{}}}',
        b'{"type":"ADDED","object":{"metadata":{"name":"\xff","namespace":"b"},"spec":{}}}',
        b'{"type":"DELETED","object":{"metadata":{}}}',
        b'{"type":"BOOKMARK","object":{"metadata":{}}}',
        b'{"type":"ERROR","object":7}',
        b'{"type":"ADDED","object":' + b"[" * 100_000,
        b" " * (LONGEST + 1),
    ],
    ids=range(15),
)
def test_a_line_that_names_no_object_has_failed_with_a_sentence(line):
    failed = ROUTES.frame(line)

    assert isinstance(failed, Failed)
    assert failed.code == 0
    assert failed.text.startswith("A frame ")
    assert failed.text.endswith(".")


def test_every_truncation_of_a_frame_has_failed():
    whole = frame("MODIFIED", ROUTE)

    assert {type(ROUTES.frame(whole[:end])) for end in range(len(whole))} == {Failed}


def test_an_object_of_10_megabytes_is_read():
    big = with_(ROUTE, "spec.rules", [{"name": "x" * 1000}] * 10_000)
    line = frame("MODIFIED", big)

    assert len(line) > 10_000_000
    assert ROUTES.frame(line) == Upserted(VIEW, "7")


def page(items, **metadata):
    body = {"kind": "HTTPRouteList", "metadata": {"resourceVersion": "9", **metadata}, "items": items}
    return json.dumps(body).encode()


def test_a_page_gives_its_objects_its_version_and_its_continue_token():
    assert ROUTES.page(page([ROUTE], **{"continue": "more"})) == ((Upserted(VIEW, "7"),), "9", "more")


def test_a_bad_object_does_not_spoil_its_page():
    bad = with_(with_(ROUTE, "metadata.name", "bad"), "spec.hostnames", 3)
    text = "HTTPRoute team/bad cannot be understood: spec.hostnames: expected `array | null`, got `int`."

    assert ROUTES.page(page([bad, ROUTE])).events == (Unreadable(Ref("HTTPRoute", "team", "bad"), text), Upserted(VIEW, "7"))


def test_an_object_of_another_kind_in_a_page_is_unreadable():
    text = "HTTPRoute team/web came as a PartialObjectMetadata."

    assert ROUTES.page(page([with_(ROUTE, "kind", "PartialObjectMetadata")])).events == (Unreadable(REF, text),)


@pytest.mark.parametrize("body", [b'{"metadata":{"resourceVersion":"9"},"items":null}', b'{"metadata":{"resourceVersion":"9"},"items":[]}'])
def test_a_page_may_be_empty(body):
    assert ROUTES.page(body) == ((), "9", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"items":[]}',
        b'{"metadata":{"resourceVersion":"9"}}',
        b'{"kind":"Table","metadata":{"resourceVersion":"9"},"items":[]}',
        b'{"kind":"GatewayList","metadata":{"resourceVersion":"9"},"items":[]}',
        page([{"metadata": {}, "spec": {}}]),
        page([{"metadata": {"name": 3}, "spec": {}}]),
        page([3]),
        page([ROUTE])[:-5],
    ],
)
def test_a_page_that_may_lack_objects_is_no_page(body):
    with pytest.raises(UnreadableObject, match=r"\w"):
        ROUTES.page(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "spec", "metadata", "x"]), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["managedFields", "x", "apiVersion", "generateName"]), JSON))
def test_unknown_fields_change_nothing(more):
    obj = {**ROUTE, "x": more, "metadata": {**more, **ROUTE["metadata"]}, "spec": {**more, **ROUTE["spec"]}}

    assert ROUTES.frame(msgspec.json.encode({"type": "ADDED", "object": obj, "y": more})) == Upserted(VIEW, "7")


@settings(max_examples=60)
@given(st.sampled_from(["metadata", "spec", "status", "kind", "metadata.labels", "spec.parentRefs", "status.parents"]), JSON)
def test_any_value_in_any_place_is_answered_with_a_frame(path, value):
    assert isinstance(
        ROUTES.frame(msgspec.json.encode({"type": "ADDED", "object": with_(ROUTE, path, value)})), Upserted | Versioned | Failed
    )


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_are_answered_with_a_frame(line):
    assert isinstance(ROUTES.frame(line), Failed)


def written(manager, time, *keys, part="f:annotations"):
    return {"manager": manager, "time": time, "fieldsV1": {"f:metadata": {part: {f"f:{key}": {} for key in keys}}}}


@pytest.mark.parametrize(
    ("fields", "writers"),
    [
        (None, {}),
        ([], {}),
        ([written("ann", "2026-01-01T00:00:00Z", "a", "b")], {"a": "ann", "b": "ann"}),
        (
            [written("new", "2026-01-02T00:00:00Z", "a"), written("old", "2026-01-01T00:00:00Z", "a", "b")],
            {"a": "new", "b": "old"},
        ),
        ([written("ann", "2026-01-01T00:00:00Z", "a", part="f:labels")], {}),
        ([{"manager": "ann", "fieldsV1": 5}, {"manager": "bob", "fieldsV1": {"f:metadata": []}}, {"manager": "eve"}], {}),
    ],
)
def test_a_configmap_is_its_annotations_and_who_wrote_each(fields, writers):
    metadata = {"name": "orders", "namespace": "dnsguard", "uid": "u", "annotations": {"a": "1"}, "managedFields": fields}
    item = {"kind": "ConfigMap", "metadata": metadata, "data": {"big": "x" * 1000}}
    body = json.dumps({"kind": "ConfigMapList", "metadata": {"resourceVersion": "1"}, "items": [item]}).encode()
    (event,) = Decoder(SHEETS).page(body).events
    assert event.view == SheetView(Ref("ConfigMap", "dnsguard", "orders"), "u", {"a": "1"}, writers)
