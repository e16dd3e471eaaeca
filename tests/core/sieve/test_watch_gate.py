"""What becomes of each frame, by what its client holds; and who takes over what a client holds."""

import pytest

from dnsguard.core.sieve.gate import Gate, Scope, Seen, Shelf

A, B = b"a", b"b"
SCOPE = Scope("client", "/path")


def modified(digest, version="2", key=A, *, pending=False):
    return Seen("MODIFIED", key, version, digest, "writer", pending)


def test_a_frame_that_says_nothing_new_is_the_same_and_moves_the_version():
    gate = Gate("1", {A: b"x"})
    assert gate.judge(modified(b"x", "7")) == "same"
    assert gate.version == "7"


@pytest.mark.parametrize(
    ("seen", "why", "held"),
    [
        (modified(b"y"), "changed", {A: b"y"}),
        (modified(b"x", key=B), "unseen", {A: b"x", B: b"x"}),
        (modified(b"x", pending=True), "pending", {A: b"x"}),
        (modified(b"y", pending=True), "changed", {A: b"y"}),
        (Seen("ADDED", B, "2", b"z"), "added", {A: b"x", B: b"z"}),
        (Seen("DELETED", A, "2", b"x"), "deleted", {}),
        (Seen("DELETED", B, "2", b"x"), "deleted", {A: b"x"}),
        (Seen("BOOKMARK", b"", "2", b""), "bookmark", {A: b"x"}),
        (Seen("ERROR", b"", "", b""), "error", {A: b"x"}),
    ],
)
def test_everything_else_passes_and_is_taken_in(seen, why, held):
    gate = Gate("1", {A: b"x"})
    assert gate.judge(seen) == why
    assert gate.held == held
    assert gate.version == (seen.version or "1")


def test_for_a_client_that_did_not_ask_for_bookmarks_every_frame_passes():
    gate = Gate("1", {A: b"x"}, bookmarks=False)
    assert gate.judge(modified(b"x")) == "no-bookmarks"


def test_what_passed_and_came_back_passes_again():
    gate = Gate("1", {A: b"x"})
    assert [gate.judge(modified(digest)) for digest in (b"y", b"x", b"x")] == ["changed", "changed", "same"]


def test_what_passes_unread_makes_the_gate_forget():
    gate = Gate("1", {A: b"x"})
    gate.forget()
    assert not gate.settled
    assert gate.judge(modified(b"x")) == "unseen"
    assert gate.judge(modified(b"x")) == "same"


@pytest.mark.parametrize(("version", "settled"), [("", False), ("0", False), ("5", True)])
def test_a_watch_that_begins_with_the_present_state_is_settled_by_its_first_frame_that_is_not_added(version, settled):
    gate = Gate(version)
    gate.judge(Seen("ADDED", A, "9", b"x"))
    gate.judge(Seen("ERROR", b"", "", b""))
    assert gate.settled is settled
    gate.judge(Seen("BOOKMARK", b"", "10", b""))
    assert gate.settled


def test_a_gate_is_taken_over_at_exactly_the_version_of_its_scope_and_once():
    shelf = Shelf()
    shelf.put(SCOPE, "5", {A: b"x"})
    assert shelf.take(SCOPE, "6") is None
    assert shelf.take(Scope("client", "/path", "app=x"), "5") is None
    assert shelf.take(Scope("other", "/path"), "5") is None
    assert shelf.take(SCOPE, "5") == {A: b"x"}
    assert shelf.take(SCOPE, "5") is None


def test_two_informers_of_one_client_take_over_one_gate_each():
    shelf = Shelf()
    first, second = {A: b"x"}, {A: b"x"}
    shelf.put(SCOPE, "5", first)
    shelf.put(SCOPE, "5", second)
    assert {id(shelf.take(SCOPE, "5")), id(shelf.take(SCOPE, "5"))} == {id(first), id(second)}


@pytest.mark.parametrize("version", ["", "0"])
def test_a_version_that_is_none_is_not_kept(version):
    shelf = Shelf()
    shelf.put(SCOPE, version, {A: b"x"})
    assert shelf.gates == 0


def test_the_oldest_gates_make_room_for_new_ones_by_number_and_by_objects():
    shelf = Shelf(most=2, objects=10)
    for version in "123":
        shelf.put(SCOPE, version, {A: b"x"})
    assert [shelf.take(SCOPE, version) is None for version in "123"] == [True, False, False]
    for version, count in (("4", 6), ("5", 6)):
        shelf.put(SCOPE, version, {bytes([number]): b"x" for number in range(count)})
    assert [shelf.take(SCOPE, version) is None for version in "45"] == [True, False]
    shelf.put(SCOPE, "6", {bytes([number]): b"x" for number in range(10)})
    assert shelf.gates == 1
