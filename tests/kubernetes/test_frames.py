"""Frames come out whole and in order with no byte lost, and what cannot be read is not read."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.sieve.gate import Seen
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.sieves import Sieves
from dnsguard.kubernetes.frames import Frames, Part, Reader
from dnsguard.model.settings import Proxy, Sources
from tests.kubernetes.test_reduction import ENDPOINT, ROUTE, changed, text


def chunks(stream, cuts):
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    return [stream[start:end] for start, end in pairwise(edges)]


def together(found, rest):
    return b"".join(each.data if isinstance(each, Part) else each + b"\n" for each in found) + rest


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=12)), st.lists(st.integers(0, 300)), st.integers(1, 20))
def test_however_the_stream_is_cut_nothing_of_it_is_lost(lines, cuts, longest):
    stream = b"\n".join(lines)
    frames = Frames(longest)
    found = [each for chunk in chunks(stream, cuts) for each in frames.feed(chunk)]
    rest = frames.rest()

    assert together(found, rest) == stream
    assert len(rest) <= longest
    assert all(b"\n" not in each for each in found if isinstance(each, bytes))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_line_is_too_long_from_one_byte_more_on_wherever_chunks_end(size):
    stream = b"1234567890\n12345678901\n"
    frames = Frames(10)
    found = [each for at in range(0, len(stream), size) for each in frames.feed(stream[at : at + size])]
    assert found[0] == b"1234567890"
    assert together(found[1:], b"") == b"12345678901\n"
    assert [each.begins for each in found[1:] if isinstance(each, Part)][:1] == [True]
    assert sum(each.begins for each in found[1:]) == 1


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b" "))), st.lists(st.integers(0, 300)))
def test_lines_of_a_usual_length_come_out_whole(lines, cuts):
    stream = b"".join(line + b"\n" for line in lines)
    frames = Frames()
    assert [each for chunk in chunks(stream, cuts) for each in frames.feed(chunk)] == lines


def test_a_line_that_is_too_long_is_handed_on_as_it_comes_and_not_held():
    frames = Frames(10)
    assert frames.feed(b"12345") == []
    assert frames.feed(b"678901") == [Part(b"12345678901", begins=True)]
    assert frames.feed(b"2345") == [Part(b"2345")]
    assert frames.feed(b"6\nnext\nla") == [Part(b"6\n"), b"next"]
    assert frames.rest() == b"la"


def reader(kind="HTTPRoute", version="v1"):
    return Reader(Sieves(Proxy(), Sources()).of(KINDS[kind]), version)


def frame(kind, value):
    return text({"type": kind, "object": value})


def test_a_frame_tells_its_type_object_version_and_writer():
    seen = reader().frame(frame("MODIFIED", ROUTE))
    assert (seen.type, seen.key, seen.version, seen.manager, seen.pending) == ("MODIFIED", b'"u-1"', "7", "traefik", False)
    assert reader().frame(frame("ADDED", ROUTE))._replace(type="MODIFIED", manager="traefik") == seen
    assert reader().item(text(ROUTE)).digest == seen.digest


def test_the_group_of_core_kinds_has_no_name():
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"uid": "u", "resourceVersion": "3", "name": "n"}}
    assert reader("Namespace").frame(frame("ADDED", namespace)).version == "3"


def test_a_bookmark_and_an_error_are_known():
    bookmark = {
        "kind": "HTTPRoute",
        "apiVersion": "gateway.networking.k8s.io/v1",
        "metadata": {"resourceVersion": "9", "creationTimestamp": None},
    }
    assert reader().frame(frame("BOOKMARK", bookmark)) == Seen("BOOKMARK", b"", "9", b"")
    assert reader().frame(frame("ERROR", {"kind": "Status", "code": 410})) == Seen("ERROR", b"", "", b"")


TABLE = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "7"}, "rows": []}
PARTIAL = {**ROUTE, "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"{}",
        b"[]",
        b'{"type":"MODIFIED"}',
        b'{"type":"MODIFIED","object":[]}',
        b"k8s\x00\x0a\x0b",
        b'{"type":"MODIFIED","object":{"kind":"HTTPRoute"\xff}}',
        frame("RENAMED", ROUTE),
        frame("modified", ROUTE),
        frame("MODIFIED", TABLE),
        frame("MODIFIED", PARTIAL),
        frame("MODIFIED", {**ROUTE, "apiVersion": "gateway.networking.k8s.io/v1beta1"}),
        frame("MODIFIED", {**ROUTE, "kind": "GRPCRoute"}),
        frame("MODIFIED", changed(("metadata", "uid"), None)),
        frame("MODIFIED", changed(("metadata",), None)),
        frame("MODIFIED", changed(("metadata", "resourceVersion"), 7)),
        frame("MODIFIED", ROUTE)[:-5],
        frame("MODIFIED", ROUTE) + b"}",
    ],
)
def test_what_is_unknown_is_not_read(line):
    assert reader().frame(line) is None


def test_a_dnsendpoint_is_pending_until_its_generation_is_observed():
    assert not reader("DNSEndpoint", "v1alpha1").frame(frame("MODIFIED", ENDPOINT)).pending
    assert reader("DNSEndpoint", "v1alpha1").frame(frame("MODIFIED", {**ENDPOINT, "status": {"observedGeneration": 1}})).pending


@pytest.mark.parametrize("kind", KINDS)
def test_the_bookmark_that_takes_a_frames_place_has_its_kind_and_version_and_nothing_else(kind):
    one = reader(kind, "v7")
    line = one.bookmark("12")
    group = KINDS[kind].group
    said = {"apiVersion": f"{group}/v7" if group else "v7", "kind": kind, "metadata": {"resourceVersion": "12"}}
    assert json.loads(line) == {"type": "BOOKMARK", "object": said}
    assert one.frame(line) == Seen("BOOKMARK", b"", "12", b"")
    assert b"initial-events-end" not in line
