"""The ledger holds what Route53 confirmed, exactly as it came, and remembers who edited what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.ledger import Ledger, key_of
from dnsguard.model.changes import Create, Delete, Replace, Upsert
from dnsguard.model.records import RecordSet, Stored, Weighted

NAMES = ("a", "b")


def record(name="a", value="192.0.2.1", *, kind="A", set_id=""):
    return RecordSet(name, kind, set_id, 300, (value,), routing=Weighted(1) if set_id else None)


def ledger(*sets):
    held = Ledger()
    for name in sorted({stored.value.name for stored in sets}):
        held.correct(name, [stored for stored in sets if stored.value.name == name], {})
    return held


SETS = st.builds(
    record,
    name=st.sampled_from(NAMES),
    value=st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    kind=st.sampled_from(["A", "AAAA", "TXT"]),
    set_id=st.sampled_from(["", "x"]),
)


@given(st.data())
def test_accepted_changes_move_it_as_they_move_the_zone(data):
    """Beside a dictionary by key, which is what a zone is."""
    held, zone = Ledger(), {}
    for _ in range(data.draw(st.integers(0, 12))):
        after = data.draw(SETS)
        if zone and data.draw(st.booleans()):
            before = Stored(zone.pop(data.draw(st.sampled_from(sorted(zone)))))
            change = data.draw(st.sampled_from([Delete(before), Replace(before, after), Upsert(before, after)]))
        else:
            change = Create(after)
        if not isinstance(change, Delete):
            zone[key_of(after)] = after
        held.move([change])
        assert len(held) == len(zone)
        assert sorted(held) == sorted({name for name, _, _ in zone})
        for name in NAMES:
            assert (name in held) == any(key[0] == name for key in zone)
            assert [stored.value for stored in held.at(name)] == [zone[key] for key in sorted(zone) if key[0] == name]


def test_a_set_is_kept_as_route53_returned_it():
    odd = Stored(record(), b'{"Name": "\\\\141."}')
    held = ledger(odd)
    assert held.find(("a", "A", "")) is odd
    assert held.find(("a", "A", "x")) is None
    assert held.find(("b", "A", "")) is None


def test_first_seen_counts_as_confirmed():
    held = ledger(Stored(record()))
    assert held.edited == {}


@pytest.mark.parametrize("kind", ["the value comes back", "a write of ours lands", "the set goes", "we delete it"])
def test_an_edit_is_remembered_with_the_confirmed_value_until_it_ends(kind):
    ours, theirs, third = record(), record(value="192.0.2.2"), record(value="192.0.2.3")
    key = key_of(ours)
    held = ledger(Stored(ours))
    for value in (theirs, third, theirs):
        held.correct("a", [Stored(value)], {})
        assert held.edited == {key: ours}
        assert held.find(key) == Stored(value)
    match kind:
        case "the value comes back":
            held.correct("a", [Stored(ours)], {})
        case "a write of ours lands":
            held.move([Replace(Stored(theirs), third)])
        case "the set goes":
            held.correct("a", [], {})
        case _:
            held.move([Delete(Stored(theirs))])
    assert held.edited == {}


def test_a_value_that_a_write_of_unknown_fate_may_have_left_is_no_edit():
    ours, sent, other = record(), record(value="192.0.2.2"), record(value="192.0.2.3")
    for found, edited in ((sent, {}), (ours, {}), (other, {key_of(ours): ours})):
        held = ledger(Stored(ours))
        held.correct("a", [Stored(found)], {key_of(ours): [sent]})
        assert held.edited == edited


def test_a_read_makes_a_name_known_and_takes_away_what_is_gone():
    held = ledger(Stored(record()), Stored(record(kind="TXT")), Stored(record("b")))
    held.unknown["a"] = None
    held.unknown["b"] = None
    held.correct("a", [Stored(record(kind="TXT"))], {})
    assert list(held.unknown) == ["b"]
    assert (len(held), held.at("a")) == (2, (Stored(record(kind="TXT")),))
    held.correct("a", [], {})
    assert (len(held), "a" in held, held.at("a")) == (1, False, ())
