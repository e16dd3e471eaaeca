"""Watches and lists as they go through: what is handed on, what the client holds then, and who takes that over."""

import gzip
import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.sieve.gate import Gate, Scope, Shelf
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.sieves import Sieves
from dnsguard.kubernetes.frames import Reader
from dnsguard.kubernetes.sifting import Listed, Pages, Plain, Sifted
from dnsguard.model.settings import Proxy, Sources
from tests.kubernetes.test_reduction import changed, text

SCOPE = Scope("client", "/path")
READER = Reader(Sieves(Proxy(), Sources()).of(KINDS["HTTPRoute"]), "v1")


def route(version, hostname="a.example.com", written="t", uid="u-1"):
    """A route at *version*; *written* is the time of its status, which nobody acts on."""
    one = changed(("status", "parents", 0, "conditions", 0, "lastTransitionTime"), written)
    one["metadata"] |= {"resourceVersion": version, "uid": uid}
    one["spec"]["hostnames"] = [hostname]
    return one


def frame(kind, value):
    return text({"type": kind, "object": value}) + b"\n"


def bookmark(version):
    return READER.bookmark(version) + b"\n"


class Watch:
    """A sifted watch, and what it counted."""

    def __init__(self, gate=None, shelf=None):
        self.gate = gate or Gate("1")
        self.shelf = shelf or Shelf()
        self.counts = Counter()
        self.sifted = Sifted(READER, self.gate, self.shelf, SCOPE, lambda _, why: self.counts.update([why]))

    def feed(self, *frames):
        return self.sifted.feed(b"".join(frames))

    def end(self):
        return self.sifted.end(whole=True)


CHURN = [frame("MODIFIED", route(str(number), written=f"t-{number}")) for number in range(2, 5)]


def test_the_first_modified_of_an_object_passes_and_those_that_say_nothing_new_are_bookmarks():
    watch = Watch()
    assert watch.feed(*CHURN) == CHURN[0] + bookmark("3") + bookmark("4")
    edit = frame("MODIFIED", route("5", "b.example.com"))
    assert watch.feed(edit) == edit
    assert watch.counts == {"unseen": 1, "same": 2, "changed": 1}


def test_a_writer_counts_with_what_became_of_its_frame():
    heard = []
    Sifted(READER, Gate("1"), Shelf(), SCOPE, lambda *said: heard.append(said)).feed(b"".join(CHURN))
    assert heard == [("traefik", "unseen"), ("traefik", "same"), ("traefik", "same")]


def test_a_client_without_bookmarks_gets_every_byte():
    watch = Watch(Gate("1", bookmarks=False))
    assert watch.feed(*CHURN) == b"".join(CHURN)


PASSING = [
    frame("ADDED", route("2")),
    frame("DELETED", route("3")),
    frame("ERROR", {"kind": "Status", "code": 410}),
    frame("BOOKMARK", {"kind": "HTTPRoute", "apiVersion": "gateway.networking.k8s.io/v1", "metadata": {"resourceVersion": "4"}}),
    frame("MODIFIED", {"kind": "Table", "rows": []}),
    frame("MODIFIED", {**route("2"), "kind": "PartialObjectMetadata"}),
    b"k8s\x00\x01\x02 binary\n",
    b"\n",
    b"  \n",
    b'{"type":"MODIFIED","object":{"kind":"HTTPRoute"\n',
]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(PASSING)), st.lists(st.integers(0, 9000)), st.binary(max_size=30).map(lambda rest: rest.replace(b"\n", b" "))
)
def test_everything_but_modified_passes_byte_for_byte_wherever_chunks_end(frames, cuts, rest):
    stream = b"".join(frames) + rest
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    watch = Watch()
    out = [watch.feed(stream[start:end]) for start, end in pairwise(edges)]
    assert b"".join(out) + watch.end() == stream


HISTORY = st.lists(st.tuples(st.sampled_from(["u-1", "u-2"]), st.sampled_from(["a", "b"]), st.sampled_from(["t", "s"])), max_size=12)


@settings(max_examples=300)
@given(HISTORY, st.lists(st.integers(0, 30_000)))
def test_what_a_client_ends_up_with_is_what_the_server_has_up_to_what_is_dropped(history, cuts):
    frames = [frame("MODIFIED", route(str(at + 2), host, written, uid)) for at, (uid, host, written) in enumerate(history)]
    stream = b"".join(frames)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    watch = Watch()
    out = b"".join(watch.feed(stream[start:end]) for start, end in pairwise(edges)).splitlines()

    assert len(out) == len(history)
    held, version = {}, "1"
    for line in map(json.loads, out):
        version = line["object"]["metadata"]["resourceVersion"]
        if line["type"] == "MODIFIED":
            held[line["object"]["metadata"]["uid"]] = line["object"]["spec"]["hostnames"][0]
    assert held == {uid: host for uid, host, _ in history}
    assert version == (str(len(history) + 1) if history else "1")


def test_a_line_that_is_too_long_passes_and_its_object_is_not_judged_by_what_was_before():
    watch = Watch(Gate("1"))
    watch.feed(frame("MODIFIED", route("2")))
    huge = frame("MODIFIED", {**route("3", "b.example.com"), "data": "x" * 2**24})
    out = b"".join(watch.feed(huge[at : at + 2**18]) for at in range(0, len(huge), 2**18))
    assert out == huge
    assert watch.counts == {"unseen": 1, "unread": 1}
    back = frame("MODIFIED", route("4"))
    assert watch.feed(back) == back


def test_what_passes_unread_is_not_judged_by_what_was_before():
    watch = Watch(Gate("1"))
    first, odd, back = frame("MODIFIED", route("2")), b'{"type":"MODIFIED","object":{"odd":1}}\n', frame("MODIFIED", route("4"))
    assert watch.feed(first, odd, back) == first + odd + back
    assert watch.counts["unread"] == 1


# From one watch to the next


def test_the_next_watch_at_exactly_the_version_last_delivered_takes_over():
    watch = Watch()
    watch.feed(*CHURN)
    watch.end()
    held = watch.shelf.take(SCOPE, "4")
    again = Watch(Gate("4", held))
    assert again.feed(frame("MODIFIED", route("5", written="later"))) == bookmark("5")


def test_a_watch_that_was_cut_within_a_frame_leaves_nothing():
    watch = Watch()
    watch.feed(*CHURN, b'{"type":"MODI')
    assert watch.end() == b'{"type":"MODI'
    assert watch.shelf.gates == 0


def test_a_watch_that_was_cut_while_the_state_was_still_coming_leaves_nothing():
    watch = Watch(Gate("0"))
    watch.feed(frame("ADDED", route("9")), frame("ADDED", route("5", uid="u-2")))
    watch.end()
    assert watch.shelf.gates == 0


def test_synthetic_added_frames_are_what_the_client_holds():
    watch = Watch(Gate(""))
    end = {"kind": "HTTPRoute", "apiVersion": "gateway.networking.k8s.io/v1", "metadata": {"resourceVersion": "9"}}
    end["metadata"]["annotations"] = {"k8s.io/initial-events-end": "true"}
    initial = [frame("ADDED", route("9")), frame("BOOKMARK", end)]
    assert watch.feed(*initial, frame("MODIFIED", route("10", written="x"))) == b"".join(initial) + bookmark("10")


# Lists


def page(items, version="1", token="", kind="HTTPRouteList"):
    metadata = {"continue": token, "resourceVersion": version}
    return text({"apiVersion": "gateway.networking.k8s.io/v1", "items": items, "kind": kind, "metadata": metadata})


def listed(pages, shelf, *bodies, whole=True, packed=False):
    """Let *bodies*, each (token it was asked with, body), go through."""
    for token, body in bodies:
        sent = gzip.compress(body) if packed else body
        through = Listed(READER, "HTTPRoute", pages, SCOPE, token, packed=packed)
        chunks = [sent[at : at + 100] for at in range(0, len(sent), 100)]
        assert [through.feed(chunk) for chunk in chunks] == chunks
        assert through.end(whole=whole) == b""
    return shelf


@pytest.mark.parametrize("packed", [False, True])
def test_the_watch_that_continues_a_list_lets_no_object_of_it_through_for_nothing(packed):
    shelf = Shelf()
    listed(Pages(shelf), shelf, ("", page([route("1"), route("1", uid="u-2")])), packed=packed)
    watch = Watch(Gate("1", shelf.take(SCOPE, "1")))
    frames = [frame("MODIFIED", route("2", written="x")), frame("MODIFIED", route("3", "b", uid="u-2"))]
    assert watch.feed(*frames) == bookmark("2") + frames[1]


def test_a_list_is_all_of_its_pages():
    shelf = Shelf()
    pages = Pages(shelf)
    first, second = ("", page([route("1")], token="t1")), ("t1", page([route("1", uid="u-2")], token="t2"))
    listed(pages, shelf, first, second)
    assert shelf.gates == 0
    listed(pages, shelf, ("t2", page([route("1", uid="u-3")])))
    assert sorted(shelf.take(SCOPE, "1")) == [b'"u-1"', b'"u-2"', b'"u-3"']


@pytest.mark.parametrize(
    "bodies",
    [
        [("unknown", page([route("1")]))],
        [("", page([route("1")], token="t")), ("t", page([route("1", uid="u-2")], version="2"))],
        [("", b'{"kind":"Status","apiVersion":"v1","code":500}')],
        [("", page([route("1")], kind="Table"))],
        [("", page([route("1")])[:-20])],
        [("", page([{"no": "object"}, 3]))],
    ],
    ids=["no first page", "another version", "error", "table", "cut off", "odd items"],
)
def test_what_is_no_whole_list_tells_nothing(bodies):
    shelf = Shelf()
    assert listed(Pages(shelf), shelf, *bodies).gates == 0


def test_a_list_that_broke_off_tells_nothing():
    shelf = Shelf()
    assert listed(Pages(shelf), shelf, ("", page([route("1")])), whole=False).gates == 0


def test_a_body_that_is_not_packed_as_it_says_goes_through_and_tells_nothing():
    shelf = Shelf()
    through = Listed(READER, "HTTPRoute", Pages(shelf), SCOPE, "", packed=True)
    assert through.feed(b"plain") == b"plain"
    through.end(whole=True)
    assert shelf.gates == 0


def test_lists_that_are_never_finished_do_not_pile_up():
    pages = Pages(Shelf())
    for number in range(100):
        pages.told(SCOPE, "1", f"token-{number}", {})
    assert pages.begun(SCOPE, "token-0") is None
    assert pages.begun(SCOPE, "token-99") is not None


def test_what_nobody_looks_at_goes_through():
    assert Plain().feed(b"x\n\n") == b"x\n\n"
    assert Plain().end(whole=False) == b""
