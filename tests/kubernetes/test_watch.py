"""Chunks fall into lines however they are cut, and requests ask for what a resumable stream needs."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.watch import Lines, TooLong, list_params, stream_params, watch_params

STREAM = b'{"a":1}\n\n{"b":"\xc3\xa9"}\r\n{"c":3}\n'
SPLIT = [b'{"a":1}', b'{"b":"\xc3\xa9"}\r', b'{"c":3}']


def feed(lines, chunks):
    return [line for chunk in chunks for line in lines.feed(chunk)]


def test_a_stream_in_one_chunk_falls_into_its_lines():
    assert Lines().feed(STREAM) == SPLIT


def test_a_stream_byte_by_byte_falls_into_the_same_lines():
    assert feed(Lines(), [STREAM[at : at + 1] for at in range(len(STREAM))]) == SPLIT


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\n", b" "))), st.lists(st.integers(0, 200)), st.integers(1, 20))
def test_any_chunking_gives_the_same_lines(texts, cuts, longest):
    stream = b"".join(text + b"\n" for text in texts)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    lines = Lines(longest)
    found = feed(lines, [stream[start:end] for start, end in pairwise(edges)])

    assert found == [text if len(text) <= longest else TooLong(len(text)) for text in texts if text]
    assert lines.unfinished == 0


def test_what_has_no_newline_yet_is_kept():
    lines = Lines()

    assert lines.feed(b"ab") == []
    assert lines.unfinished == 2
    assert lines.feed(b"c\nd") == [b"abc"]
    assert lines.unfinished == 1


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_whole():
    assert feed(Lines(4), [b"12", b"345", b"678\n1234\n", b"12345\nab\n"]) == [TooLong(8), b"1234", TooLong(5), b"ab"]


def test_a_list_is_asked_for_in_pages_and_without_a_version():
    assert list_params() == {"limit": "500"}
    assert list_params(500, "token") == {"limit": "500", "continue": "token"}
    assert list_params(0) == {}


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, "300"), (0.5, "450"), (1.0, "600")])
def test_a_watch_asks_for_bookmarks_and_lasts_5_to_10_minutes(jitter, seconds):
    assert watch_params("7", jitter) == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "7",
        "timeoutSeconds": seconds,
    }


@pytest.mark.parametrize(
    ("kind", "namespace", "path"),
    [
        ("HTTPRoute", "", "/apis/gateway.networking.k8s.io/v1/httproutes"),
        ("HTTPRoute", "team", "/apis/gateway.networking.k8s.io/v1/namespaces/team/httproutes"),
        ("Gateway", "a/b", "/apis/gateway.networking.k8s.io/v1/namespaces/a%2Fb/gateways"),
        ("ListenerSet", "", "/apis/gateway.networking.k8s.io/v1/listenersets"),
        ("Namespace", "", "/api/v1/namespaces"),
        ("Namespace", "team", "/api/v1/namespaces"),
    ],
)
def test_a_resource_knows_its_path(kind, namespace, path):
    assert RESOURCES[kind].path(namespace) == path


def test_a_resource_knows_its_name_in_a_tape():
    assert [resource.tape_name for resource in RESOURCES.values()] == [
        "gateway.networking.k8s.io/v1/httproutes",
        "gateway.networking.k8s.io/v1/gateways",
        "gateway.networking.k8s.io/v1/listenersets",
        "core/v1/namespaces",
    ]


def test_a_streaming_list_is_a_watch_of_the_newest_state():
    assert stream_params(0.0) == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "",
        "timeoutSeconds": "300",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
