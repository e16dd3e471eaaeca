"""An object is reduced to what a cut leaves of it, exactly; what is odd counts as it is."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.sieve.cut import Cut, Kept, compile_cut
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.paths import parse
from dnsguard.core.sieve.sieves import Sieves
from dnsguard.kubernetes.decode import BROKEN
from dnsguard.kubernetes.reduction import reduce, table_of
from dnsguard.model.settings import Proxy, Sources

ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {
        "annotations": {"external-dns.kubernetes.io/ttl": "60", "team": "x"},
        "generation": 1,
        "labels": {"app": "a"},
        "managedFields": [
            {"manager": "kubectl", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}},
            {"manager": "traefik", "operation": "Update", "time": "2026-01-02T00:00:00Z", "subresource": "status"},
            {"manager": "old", "operation": "Update", "time": "2025-01-02T00:00:00Z"},
        ],
        "name": "app",
        "namespace": "team",
        "resourceVersion": "7",
        "uid": "u-1",
    },
    "spec": {"hostnames": ["a.example.com"], "rules": [{"x": 1}]},
    "status": {
        "parents": [
            {
                "conditions": [
                    {
                        "lastTransitionTime": "t",
                        "message": "m",
                        "observedGeneration": 1,
                        "reason": "r",
                        "status": "True",
                        "type": "Accepted",
                    },
                    {
                        "lastTransitionTime": "t",
                        "message": "m",
                        "observedGeneration": 1,
                        "reason": "r",
                        "status": "True",
                        "type": "ResolvedRefs",
                    },
                ],
                "controllerName": "c",
                "parentRef": {"name": "public"},
            },
            {"conditions": [{"status": "True", "type": "Accepted"}], "controllerName": "d", "parentRef": {"name": "other"}},
        ]
    },
}
ENDPOINT = {
    "apiVersion": "externaldns.k8s.io/v1alpha1",
    "kind": "DNSEndpoint",
    "metadata": {"generation": 2, "name": "e", "namespace": "n", "resourceVersion": "7", "uid": "u-2"},
    "spec": {"endpoints": []},
    "status": {"observedGeneration": 2},
}


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


def digest(value, kind="HTTPRoute", **proxy):
    found = reduce(table_of(text(value)), Sieves(Proxy(**proxy), Sources()).of(KINDS[kind]).cut)
    assert found is not None
    return found.digest


def changed(path, value, whole=ROUTE):
    """A copy of *whole* with something else at *path*; None takes it away."""
    found = inner = copy.deepcopy(whole)
    for part in path[:-1]:
        inner = inner[part]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return found


CONDITION = ("status", "parents", 0, "conditions", 0)


@pytest.mark.parametrize(
    "path",
    [
        ("metadata", "managedFields"),
        *((*CONDITION, field) for field in ("lastTransitionTime", "message", "observedGeneration", "reason")),
    ],
)
@pytest.mark.parametrize("value", ["something else", ["x"], {"y": 1}, None])
def test_what_is_dropped_does_not_count_whatever_it_is(path, value):
    assert digest(changed(path, value)) == digest(ROUTE)


def test_the_version_does_not_count():
    assert digest(changed(("metadata", "resourceVersion"), "8")) == digest(ROUTE)


@pytest.mark.parametrize(
    "path",
    [
        ("metadata", "annotations", "external-dns.kubernetes.io/ttl"),
        ("metadata", "annotations", "team"),
        ("metadata", "labels", "app"),
        ("metadata", "generation"),
        ("metadata", "name"),
        ("spec", "hostnames"),
        ("spec", "rules", 0, "x"),
        ("status", "parents", 1, "controllerName"),
        ("status", "parents", 0, "parentRef"),
        (*CONDITION, "status"),
        (*CONDITION, "type"),
        ("status",),
    ],
)
@pytest.mark.parametrize("value", ["something else", None])
def test_everything_else_counts(path, value):
    assert digest(changed(path, value)) != digest(ROUTE)


def test_a_field_that_nobody_knows_counts_wherever_it_stands():
    for path in (("new",), ("metadata", "new"), ("status", "new"), (*CONDITION, "new")):
        assert digest(changed(path, "x")) != digest(ROUTE)


def test_order_counts_unless_the_cut_says_otherwise():
    conditions = changed(CONDITION[:-1], ROUTE["status"]["parents"][0]["conditions"][::-1])
    parents = changed(("status", "parents"), ROUTE["status"]["parents"][::-1])
    assert digest(conditions) == digest(ROUTE)
    assert digest(parents) != digest(ROUTE)
    assert digest(parents, preset="strict") == digest(ROUTE, preset="strict")


def test_the_order_of_addresses_counts_under_lenient_alone():
    one, other = ({**ROUTE, "status": {"addresses": addresses}} for addresses in ([{"value": "a"}, 3], [3, {"value": "a"}]))
    assert digest(one, "Gateway") != digest(other, "Gateway")
    assert digest(one, "Gateway", preset="strict") == digest(other, "Gateway", preset="strict")


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        (("metadata", "generation"), 2, True),
        (("metadata", "labels"), {"app": "b", "c": "d"}, True),
        (("metadata", "labels"), None, True),
        (("metadata", "annotations", "team"), None, True),
        (("metadata", "annotations", "external-dns.kubernetes.io/ttl"), "61", False),
        (("metadata", "annotations"), None, False),
    ],
)
def test_strict_leaves_what_filters_and_external_dns_read(path, value, same):
    assert (digest(changed(path, value), preset="strict") == digest(ROUTE, preset="strict")) is same


def test_an_item_of_a_list_that_names_no_kind_is_like_the_object_of_a_frame_that_does():
    item = changed(("kind",), None)
    del item["apiVersion"]
    assert digest(item) == digest(ROUTE)


@pytest.mark.parametrize("odd", ["text", 7, None, [], [1, [2]], {"conditions": 3}, {"conditions": [4, "x", {"message": []}]}])
def test_a_value_of_another_type_than_expected_is_left_as_it_is(odd):
    odd_one = {**ROUTE, "status": {"parents": [odd]}}
    assert digest(odd_one) == digest(odd_one)
    assert digest(odd_one) != digest(ROUTE)
    assert digest({**ROUTE, "status": odd}) != digest({**ROUTE, "status": "another"})


@pytest.mark.parametrize("metadata", [None, {}, {"uid": "u"}, {"resourceVersion": "1"}])
def test_an_object_without_uid_or_version_is_not_understood(metadata):
    fields = {"spec": {}} if metadata is None else {"metadata": metadata}
    assert reduce(table_of(text(fields)), Cut()) is None


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b'{"metadata":3}', b'{"metadata":{"uid":"u","resourceVersion":7}}', b'{"a":\xff}'])
def test_what_is_no_object_is_told_as_broken(broken):
    with pytest.raises(BROKEN):
        reduce(table_of(broken), compile_cut([parse("metadata.managedFields")]))


def test_the_writer_is_the_manager_with_the_latest_entry():
    assert reduce(table_of(text(ROUTE)), Cut(), manager=True).manager == "traefik"
    assert reduce(table_of(text(changed(("metadata", "managedFields"), None))), Cut(), manager=True).manager == ""


@pytest.mark.parametrize(
    ("status", "pending"), [({"observedGeneration": 2}, False), ({"observedGeneration": 1}, True), ({}, True), (None, True)]
)
def test_a_status_is_yet_to_be_written_while_it_has_not_observed_the_generation(status, pending):
    assert reduce(table_of(text(changed(("status",), status, ENDPOINT))), Cut(), written=True).pending is pending


def test_what_external_dns_writes_into_a_dnsendpoint_counts():
    for preset in ("lenient", "strict"):
        for path in (("status", "observedGeneration"), ("metadata", "generation")):
            assert digest(changed(path, 3, ENDPOINT), "DNSEndpoint", preset=preset) != digest(ENDPOINT, "DNSEndpoint", preset=preset)


# Against another way to do the same

NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("xy", max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=12,
)
PATHS = st.lists(st.lists(st.one_of(NAMES, st.just("")), max_size=3), max_size=4).map(lambda paths: [("spec", *path) for path in paths])


def cut_plainly(value, drops, unordered, kept, at=()):
    """What the cut leaves of plain JSON."""
    if (
        isinstance(value, dict)
        and not any(path[: len(at)] == at and path[len(at) : len(at) + 1] == ("",) for path in (*drops, *unordered))
        and at not in unordered
    ):
        left = {
            key: cut_plainly(each, drops, unordered, kept, (*at, key))
            for key, each in value.items()
            if (*at, key) not in drops and (at not in kept or kept[at].holds(key))
        }
        return {key: each for key, each in left.items() if (*at, key) not in kept or each != {}}
    if isinstance(value, list) and (at in unordered or any(path[: len(at) + 1] == (*at, "") for path in (*drops, *unordered, *kept))):
        left = [cut_plainly(each, drops, unordered, kept, (*at, "")) for each in value]
        return sorted(left, key=json.dumps) if at in unordered else left
    return value


@settings(max_examples=300)
@given(
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=3),
    st.booleans(),
)
def test_two_objects_have_one_digest_exactly_if_the_cut_leaves_the_same_of_them(one, other, drops, keep):
    paths = frozenset(("spec", *path) for path in drops)
    kept = {("spec", "a"): Kept(frozenset({"b"}))} if keep and ("spec", "a") not in paths else {}
    cut = compile_cut(paths, (), kept)

    def of(spec):
        found = reduce(table_of(text({"metadata": {"uid": "u", "resourceVersion": "1"}, "spec": spec})), cut)
        left = cut_plainly({"spec": spec}, paths, frozenset(), kept)
        return found.digest, json.dumps(left)

    (first, left), (second, right) = of(one), of(other)
    assert (first == second) is (left == right)
