"""Tapes become events with their times, and what is wrong in one is said with its line."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

import dnsguard.lab
from dnsguard.errors import ConfigError
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import events, read_tape
from dnsguard.model.events import Deleted, Listed, Unreadable, Upserted
from dnsguard.model.objects import Ref

TAPES = sorted((Path(dnsguard.lab.__file__).parent / "tapes").glob("*.jsonl.gz"))
ROUTES = "gateway.networking.k8s.io/v1/httproutes"
HEADER = {"t": 0, "resource": "", "op": "header", "data": {"tape": 1, "wall": 0.5, "resources": [ROUTES]}}
ROUTE = {"kind": "HTTPRoute", "metadata": {"name": "a", "namespace": "n", "resourceVersion": "2"}, "spec": {}}
REF = Ref("HTTPRoute", "n", "a")


def line(seconds, op, data, resource=ROUTES):
    return {"t": seconds, "resource": resource, "op": op, "data": data}


def listed(*items, **metadata):
    return line(0.25, "list", {"items": items, "metadata": {"resourceVersion": "1", **metadata}})


def frame(seconds, kind, obj=ROUTE):
    return line(seconds, "frame", {"type": kind, "object": obj})


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        path = tmp_path / "a.jsonl"
        path.write_bytes(b"".join((item if isinstance(item, bytes) else json.dumps(item).encode()) + b"\n" for item in lines))
        return path

    return write


@pytest.mark.parametrize("path", TAPES, ids=lambda path: path.name)
def test_a_recorded_tape_is_understood_whole(path):
    found = Counter(type(event) for _, event in events(path, RESOURCES))
    frames = [item for item in read_tape(path).lines if item.op == "frame" and b'"BOOKMARK"' not in bytes(item.data)[:30]]

    assert found[Unreadable] == 0
    assert found[Listed] == len(RESOURCES)
    assert found[Upserted] + found[Deleted] >= len(frames)


def test_all_tapes_are_there():
    assert len(TAPES) == 6


def test_a_list_is_concluded_and_frames_follow_in_time(write):
    tape = write(HEADER, listed(ROUTE), frame(1.5, "MODIFIED"), frame(2.5, "DELETED"))

    found = list(events(tape, ["HTTPRoute"]))

    assert [seconds for seconds, _ in found] == [0.25, 0.25, 1.5, 2.5]
    assert [type(event) for _, event in found] == [Upserted, Listed, Upserted, Deleted]
    assert found[1][1] == Listed("HTTPRoute", frozenset({REF}))


def test_an_unreadable_object_of_a_list_counts_as_there(write):
    found = [event for _, event in events(write(HEADER, listed({**ROUTE, "spec": 3})), ["HTTPRoute"])]

    assert isinstance(found[0], Unreadable)
    assert found[1] == Listed("HTTPRoute", frozenset({REF}))


def test_a_kind_that_the_tape_does_not_have_was_listed_empty(write):
    assert list(events(write(HEADER), ["HTTPRoute", "Gateway"])) == [
        (0.0, Listed("HTTPRoute", frozenset())),
        (0.0, Listed("Gateway", frozenset())),
    ]


def test_kinds_that_are_not_asked_for_are_passed_over(write):
    other = line(1, "frame", {"anything": 1}, "other/v1/things")

    assert [type(event) for _, event in events(write(HEADER, listed(), other, frame(2, "BOOKMARK")), ["HTTPRoute"])] == [Listed]


def test_bookmarks_and_error_frames_are_no_events(write):
    expired = frame(2, "ERROR", {"code": 410, "message": "too old"})

    assert [type(event) for _, event in events(write(HEADER, listed(), frame(1, "BOOKMARK"), expired), ["HTTPRoute"])] == [Listed]


def test_a_tape_may_be_gzipped(write, tmp_path):
    plain = write(HEADER, listed(ROUTE))
    zipped = tmp_path / "b"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))

    assert list(events(zipped, ["HTTPRoute"])) == list(events(plain, ["HTTPRoute"]))


def test_data_is_kept_byte_for_byte(write):
    odd = b'{"t":1,"resource":"r","op":"frame","data":{ "type" :"X",\t"object": 1.0e0 } }'

    assert bytes(read_tape(write(HEADER, odd)).lines[0].data) == b'{ "type" :"X",\t"object": 1.0e0 }'


@pytest.mark.parametrize(
    ("lines", "number", "why"),
    [
        ([], 1, "The tape is empty."),
        ([b"nonsense"], 1, "This is no line of a tape: JSON is malformed"),
        ([listed()], 1, "This is no line of a tape: the first line has to be the header"),
        ([{**HEADER, "data": {"tape": 2, "wall": 0, "resources": []}}], 1, "and only 1 is known"),
        ([{**HEADER, "data": {}}], 1, "Object missing required field `tape`"),
        ([HEADER, HEADER], 2, "A second header."),
        ([HEADER, b"{"], 2, "Input data was truncated"),
        ([HEADER, b"\xff"], 2, "This is no line of a tape"),
        ([HEADER, {"t": "x"}], 2, "Expected `float`, got `str` - at `$.t`"),
        ([HEADER, line(1, "noise", {})], 2, "Invalid enum value 'noise'"),
        ([HEADER, frame(2, "ADDED"), frame(1, "ADDED")], 3, "The time goes back."),
        ([HEADER, line(0, "list", {"items": []})], 2, "missing required field `metadata`"),
        ([HEADER, listed(**{"continue": "x"})], 2, "The list is not whole"),
        ([HEADER, listed(), frame(1, "ADDED"), frame(2, "SUBTRACTED")], 4, "unknown type 'SUBTRACTED'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(write, lines, number, why):
    path = write(*lines)

    with pytest.raises(ConfigError) as caught:
        list(events(path, ["HTTPRoute"]))

    assert str(caught.value).startswith(f"{path}:{number}: ")
    assert why in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"none.jsonl: The tape cannot be read: "):
        read_tape(tmp_path / "none.jsonl")


def test_a_file_that_was_cut_off_is_said_with_the_line(tmp_path):
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(TAPES[0].read_bytes()[:5000])

    with pytest.raises(ConfigError, match=r"cut.jsonl.gz:\d+: The tape cannot be read: "):
        read_tape(path)
