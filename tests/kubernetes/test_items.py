"""The items of a list are read as its body goes by, however it is cut, and no more of it is held than one item."""

import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.kubernetes.decode import BROKEN
from dnsguard.kubernetes.items import Items, Unpacked
from dnsguard.kubernetes.reduction import table_of
from tests.kubernetes.test_frames import chunks


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


def custom(items, version="7", token=""):
    """A list as the API server writes one of a custom resource: keys in order, metadata last."""
    return text({"apiVersion": "x/v1", "items": items, "kind": "ThingList", "metadata": {"continue": token, "resourceVersion": version}})


def builtin(items, version="7", token=""):
    """A list as it writes one of a built-in kind: metadata first, and a newline behind."""
    return (
        text({"kind": "ThingList", "apiVersion": "v1", "metadata": {"resourceVersion": version, "continue": token}, "items": items}) + b"\n"
    )


def read(body, cuts=(), longest=10_000):
    found = []

    def take(item):
        table_of(item)
        found.append(json.loads(item))

    items = Items(take, longest)
    for chunk in chunks(body, cuts):
        items.feed(chunk)
    return found, items.finish()


INNER = st.recursive(
    st.one_of(st.integers(), st.text('a}],{"\\', max_size=8), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["metadata", "apiVersion", "items"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from([custom, builtin]), st.lists(INNER, max_size=6), st.lists(st.integers(0, 2000)), st.sampled_from(["", "next"]))
def test_every_item_is_read_once_however_the_body_is_cut(form, inners, cuts, token):
    first = "apiVersion" if form is custom else "metadata"
    items = [{first: "x/v1", "zone": inner} for inner in inners]
    found, around = read(form(items, "12", token), cuts)

    assert found == items
    assert (around.kind, around.metadata.version, around.metadata.continue_) == ("ThingList", "12", token)


@pytest.mark.parametrize("body", [custom([]), builtin([]), builtin(None), custom(None)])
def test_an_empty_list_has_no_items(body):
    found, around = read(body, range(0, len(body), 7))
    assert found == []
    assert around.metadata.version == "7"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"k8s\x00binary",
        b'{"kind":"Status","code":500',
        custom([{"a": 1}, {"a": 2}])[:-1],
        custom([{"a": 1}])[:40],
        custom([1, 2]),
        b'{"items":[x',
        custom([{"a": 1}, 2]),
        b'{"items":[ {"a":1}, {"a":2}]}',
        b"x" * 100_000,
        b'{"items":[' + b'{"a":' * 200_000,
    ],
)
def test_what_is_no_such_list_is_given_up(body):
    found, around = read(body, range(0, len(body), 1000))
    assert around is None or found == []


def test_an_item_that_is_too_long_makes_the_list_be_given_up():
    body = custom([{"a": "x" * 200_000}, {"a": 1}])
    assert read(body, range(0, len(body), 1000), longest=10_000)[1] is None
    assert read(body, range(0, len(body), 1000), longest=1_000_000)[1] is not None


def test_an_item_full_of_what_looks_like_the_next_one_does_not_cost_without_end():
    tries = []

    def take(item):
        tries.append(len(item))
        table_of(item)

    items = Items(take)
    items.feed(custom([{"a": [{"a": 1}] * 2000}]))
    assert items.finish() is None
    assert len(tries) < 300


def test_a_body_that_is_packed_is_unpacked_as_it_comes():
    body = custom([{"a": number, "b": "c" * 100} for number in range(50_000)])
    for pack in (gzip.compress, zlib.compress):
        packed = pack(body)
        unpacked, found = Unpacked(packed=True), []
        parts = [part for at in range(0, len(packed), 1000) for part in unpacked.feed(packed[at : at + 1000])]
        assert b"".join(parts) == body
        assert max(map(len, parts)) <= 2**20
        items = Items(lambda item, found=found: found.append(table_of(item)))
        for part in parts:
            items.feed(part)
        assert items.finish() is not None
        assert len(found) == 50_000


def test_a_body_that_is_not_packed_as_it_says_is_told():
    with pytest.raises(zlib.error):
        list(Unpacked(packed=True).feed(b"plain"))
    assert list(Unpacked(packed=False).feed(b"plain")) == [b"plain"]


def test_broken_items_are_not_read():
    with pytest.raises(BROKEN):
        table_of(b"{")
