"""Moves name the fields that differ, never their places, and order apart from content."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.diagnosis.moves import WRITTEN, moves

TIMES = "status.parents[].conditions[].lastTransitionTime"


def condition(kind="Accepted", status="True", time="1", message=""):
    return {"type": kind, "status": status, "lastTransitionTime": time, "message": message}


def parent(controller="example.com/a", name="public", conditions=None):
    return {"controllerName": controller, "parentRef": {"name": name}, "conditions": conditions or [condition(), condition("ResolvedRefs")]}


def status(*parents):
    return {"status": {"parents": list(parents)}}


def said(old, new):
    return [str(move) for move in moves(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (status(parent()), status(parent(conditions=[condition(time="2"), condition("ResolvedRefs", time="2")])), [TIMES]),
        (status(parent(), parent("b/c")), status(parent("b/c"), parent()), ["status.parents[] (order)"]),
        (
            status(parent()),
            status(parent(conditions=[condition("ResolvedRefs"), condition()])),
            ["status.parents[].conditions[] (order)"],
        ),
        (status(parent()), status(parent(), parent("b/c")), ["status.parents[] (added)"]),
        (status(parent(), parent("b/c")), status(parent("b/c")), ["status.parents[] (removed)"]),
        (
            status(parent(), parent("b/c")),
            status(parent("b/c"), parent(conditions=[condition(time="2"), condition("ResolvedRefs")])),
            [TIMES, "status.parents[] (order)"],
        ),
        (status(parent()), {"status": {"parents": []}}, ["status.parents[] (removed)"]),
        ({}, status(parent()), ["status.parents[] (added)"]),
        ({"spec": {"hostnames": ["a", "b"]}}, {"spec": {"hostnames": ["b", "a"]}}, ["spec.hostnames[] (order)"]),
        ({"spec": {"hostnames": ["a", "b"]}}, {"spec": {"hostnames": ["a", "c"]}}, ["spec.hostnames[]"]),
        ({"spec": {"hostnames": ["a"]}}, {"spec": {"hostnames": ["a", "c"]}}, ["spec.hostnames[] (added)"]),
        ({"status": {"addresses": [{"value": "1"}]}}, {"status": {"addresses": [{"value": "2"}]}}, ["status.addresses[].value"]),
        ({"metadata": {"annotations": {"a.b/c": "1"}}}, {"metadata": {"annotations": {"a.b/c": "2"}}}, ["metadata.annotations.a.b/c"]),
        ({"spec": {"port": 1}}, {"spec": {"port": "1"}}, ["spec.port"]),
        ({"spec": {"port": {"a": 1}}}, {"spec": {"port": 1}}, ["spec.port"]),
        ({"spec": {"paused": [True]}}, {"spec": {"paused": [False]}}, ["spec.paused[]"]),
    ],
)
def test_what_moved_is_named(old, new, expected):
    assert sorted(said(old, new)) == sorted(expected)


def test_what_every_write_moves_counts_only_where_nothing_else_did():
    old = {"metadata": {"resourceVersion": "1", "managedFields": [1]}, "spec": 1}
    assert moves(old, {"metadata": {"resourceVersion": "2", "managedFields": [2]}, "spec": 1}) == (WRITTEN,)
    assert said(old, {"metadata": {"resourceVersion": "2", "managedFields": [2]}, "spec": 2}) == ["spec"]


def test_conditions_that_nothing_tells_apart_are_compared_by_place():
    old = status(parent(conditions=[condition(), condition(time="5")]))
    new = status(parent(conditions=[condition(), condition(time="6")]))
    assert said(old, new) == [TIMES]


KEYS = st.sampled_from(["type", "status", "controllerName", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "True", "Accepted"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_any_two_objects_can_be_compared_and_what_differs_has_a_name(one, other):
    old, new = {"spec": one}, {"spec": other}
    kept = json.dumps([old, new])
    found = moves(old, new)
    assert json.dumps([old, new]) == kept
    assert list(found) == sorted(set(found))
    assert all(move == WRITTEN or move.path[0] == "spec" for move in found)
    assert moves(old, copy.deepcopy(old)) == (WRITTEN,)


@given(st.permutations([parent(f"c/{number}") for number in range(3)]), st.permutations([condition(kind) for kind in "abc"]))
def test_another_order_alone_moves_nothing_but_order(parents, conditions):
    old = status(*(parent(f"c/{number}", conditions=[condition(kind) for kind in "abc"]) for number in range(3)))
    new = status(*({**each, "conditions": conditions} for each in parents))
    assert {move.nature for move in moves(old, new)} - {"order"} <= ({"changed"} if old == new else set())
    assert all(move == WRITTEN or move.nature == "order" for move in moves(old, new))
