"""What is read of a zone is what stood there, whatever the pages' borders and whatever was written meanwhile."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.ledger import Ledger, key_of
from dnsguard.core.reading import NAME_PAGE, PAGE, Reading
from dnsguard.model.changes import Create, Cursor, Delete, ListRecords, Page, Replace
from dnsguard.model.records import RecordSet, Stored, Weighted

ZONE = "Z1"


def record(name, set_id="", value="192.0.2.1"):
    return RecordSet(name, "A", set_id, 300, (value,), routing=Weighted(1) if set_id else None)


def answer(zone, call, most=PAGE):
    """Return the page that Route53 gives: in order, from the cursor on, and possibly fewer than asked for."""
    start = ("", "", "") if call.start is None else (call.start.name, call.start.type, call.start.set_id)
    rest = [zone[key] for key in sorted(zone) if key >= start]
    size = min(call.limit, most)
    following = Cursor(*key_of(rest[size])) if len(rest) > size else None
    return Page(tuple(map(Stored, rest[:size])), following)


def zone_of(*records):
    return {key_of(one): one for one in records}


def read(reading, zone, most=PAGE):
    """Read until something was read; return it with the number of calls."""
    for calls in range(1, 1000):
        names = reading.take_in(answer(zone, reading.next_call(), most))
        if names is not None:
            return names, calls
    raise AssertionError("the reading has no end")


def listed(zone):
    ledger = Ledger()
    reading = Reading(ZONE, ledger)
    read(reading, zone)
    return reading, ledger


def held(ledger):
    return {key_of(stored.value): stored.value for name in ledger for stored in ledger.at(name)}


NAMES = st.sampled_from([f"{letter}.example.com" for letter in "abcdef"])
ZONES = st.lists(st.builds(record, NAMES, st.sampled_from(["", "1", "2", "3"])), max_size=15).map(lambda records: zone_of(*records))


@given(ZONES, st.integers(1, 4))
def test_a_listing_holds_all_of_the_zone_though_pages_end_amid_a_name(zone, most):
    ledger = Ledger()
    reading = Reading(ZONE, ledger)
    assert not reading.known
    names, calls = read(reading, zone, most)
    assert held(ledger) == zone
    assert sorted(names) == sorted({name for name, _, _ in zone})
    assert calls == max(1, -(-len(zone) // most))
    assert (reading.known, reading.wanted()) == (True, False)


def test_a_zone_is_listed_by_as_few_pages_as_route53_allows():
    zone = zone_of(*(record(f"n{number:04}") for number in range(2 * PAGE + 1)))
    reading = Reading(ZONE, Ledger())
    assert reading.next_call() == ListRecords(ZONE, None, 300)
    assert reading.take_in(answer(zone, ListRecords(ZONE, None, PAGE))) is None
    assert not reading.known
    assert reading.next_call() == ListRecords(ZONE, Cursor("n0300", "A"), 300)
    assert read(reading, zone)[1] == 2


def test_one_read_at_a_time_and_a_failed_one_is_asked_for_again():
    reading = Reading(ZONE, Ledger())
    assert reading.wanted()
    call = reading.next_call()
    assert not reading.wanted()
    reading.failed()
    assert reading.wanted()
    assert reading.next_call() == call


def test_a_page_that_failed_is_asked_for_again_and_not_the_whole_listing():
    zone = zone_of(record("a"), record("b"), record("c"))
    reading = Reading(ZONE, Ledger())
    reading.take_in(answer(zone, reading.next_call(), 2))
    call = reading.next_call()
    reading.failed()
    assert reading.next_call() == call == ListRecords(ZONE, Cursor("c", "A"), PAGE)


# Single names


@given(ZONES, ZONES, NAMES, st.integers(1, 4))
def test_an_unknown_name_is_read_alone_whatever_stands_behind_it(before, after, name, most):
    reading, ledger = listed(before)
    reading.doubt([name], {})
    assert reading.wanted()
    names, _ = read(reading, after, most)
    assert names == (name,)
    assert held(ledger) == {key: one for key, one in before.items() if key[0] != name} | {
        key: one for key, one in after.items() if key[0] == name
    }
    assert not reading.wanted()


def test_a_name_is_asked_for_with_a_small_page_of_its_own():
    reading, _ = listed(zone_of(record("a"), record("b")))
    reading.doubt(["b"], {})
    assert reading.next_call() == ListRecords(ZONE, Cursor("b"), NAME_PAGE)


def test_a_name_with_more_sets_than_a_page_is_read_to_its_end_and_no_further():
    zone = zone_of(*(record("b", f"{number:02}") for number in range(NAME_PAGE + 1)), record("c"))
    reading, ledger = listed({})
    reading.doubt(["b"], {})
    assert read(reading, zone) == (("b",), 2)
    assert len(ledger.at("b")) == NAME_PAGE + 1
    assert "c" not in ledger


def test_unknown_names_are_read_in_the_order_in_which_they_became_so():
    reading, _ = listed({})
    reading.doubt(["b"], {})
    reading.doubt(["a", "b"], {})
    assert [read(reading, {})[0], read(reading, {})[0]] == [("b",), ("a",)]


@pytest.mark.parametrize(("sets", "unknown", "listing"), [(0, 2, False), (0, 3, True), (PAGE, 3, False), (PAGE, 4, True)])
def test_when_more_names_are_unknown_than_the_zone_has_pages_the_zone_is_listed_anew(sets, unknown, listing):
    zone = zone_of(*(record(f"n{number:04}") for number in range(sets)))
    reading, ledger = listed(zone)
    reading.doubt([f"u{number}" for number in range(unknown)], {})
    assert (reading.next_call().start is None) is listing
    reading.failed()
    while reading.wanted():
        read(reading, zone | zone_of(record("u0")))
    assert ledger.unknown == {}
    assert held(ledger) == zone | zone_of(record("u0"))


def test_a_relisting_finds_what_is_gone_and_what_is_new():
    reading, ledger = listed(zone_of(record("a"), record("b")))
    reading.doubt(["x", "y", "z"], {})
    after = zone_of(record("b", value="192.0.2.9"), record("y"))
    names, _ = read(reading, after)
    assert sorted(names) == ["a", "b", "x", "y", "z"]
    assert held(ledger) == after


def test_a_value_that_our_own_write_may_have_left_is_no_edit_and_is_asked_once():
    ours, sent = record("a"), record("a", value="192.0.2.2")
    reading, ledger = listed(zone_of(ours))
    reading.doubt(["a"], {key_of(ours): [sent]})
    reading.doubt(["a"], {key_of(ours): [record("a", value="192.0.2.3")]})
    read(reading, zone_of(sent))
    assert ledger.edited == {}
    reading.doubt(["a"], {})
    read(reading, zone_of(record("a", value="192.0.2.3")))
    assert ledger.edited == {key_of(ours): sent}


# Writes meanwhile


@pytest.mark.parametrize("moment", ["before", "during", "over"])
def test_what_a_read_shows_of_a_name_that_was_written_meanwhile_is_thrown_away_and_read_again(moment):
    """In flight at the start, in the middle, or from start to end: the read may have seen either side."""
    reading, ledger = listed(zone_of(record("a"), record("b")))
    reading.doubt(["a"], {})
    if moment != "during":
        reading.writing({"a"})
    call = reading.next_call()
    if moment == "during":
        reading.writing({"a"})
    if moment != "over":
        reading.writing(())
    assert reading.take_in(answer({}, call)) == ()
    assert "a" in ledger
    reading.writing(())
    assert reading.wanted()
    assert read(reading, {})[0] == ("a",)
    assert "a" not in ledger


def test_a_write_of_another_name_disturbs_no_read():
    reading, ledger = listed(zone_of(record("a")))
    reading.doubt(["a"], {})
    reading.writing({"b"})
    assert read(reading, {})[0] == ("a",)
    assert "a" not in ledger


def test_a_write_that_ended_before_a_read_began_disturbs_it_not():
    reading, ledger = listed(zone_of(record("a")))
    reading.writing({"a"})
    reading.writing(())
    reading.doubt(["a"], {})
    assert read(reading, {})[0] == ("a",)
    assert "a" not in ledger


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["begin", "serve", "answer", "fail", "apply", "land", "doubt all"])),
        st.tuples(st.just("write"), NAMES, st.sampled_from(["", "1"]), st.sampled_from(["192.0.2.1", "192.0.2.2"])),
        st.tuples(st.just("doubt"), NAMES),
    ),
    max_size=60,
)


class History:
    """One zone with a write and a read under way at any moments; what a page shows is what stands when it is served."""

    def __init__(self, zone, most):
        self.zone, self.most = dict(zone), most
        self.reading, self.ledger = listed(zone)
        self.call = self.page = self.change = None
        self.applied = False

    def write(self, name, set_id, value):
        key = (name, "A", set_id)
        if self.change is None and name not in self.ledger.unknown:
            before, after = self.ledger.find(key), record(name, set_id, value)
            self.change = Create(after) if before is None else Delete(before) if before.value == after else Replace(before, after)
            self.applied = False
            self.reading.writing({name})

    def apply(self):
        if self.change is not None and not self.applied:
            self.applied = True
            if not isinstance(self.change, Create):
                del self.zone[key_of(self.change.before.value)]
            if not isinstance(self.change, Delete):
                self.zone[key_of(self.change.after)] = self.change.after

    def land(self):
        if self.change is not None:
            self.apply()
            self.ledger.move([self.change])
            self.reading.writing(())
            self.change = None

    def begin(self):
        if self.call is None and self.reading.wanted():
            self.call, self.page = self.reading.next_call(), None

    def serve(self):
        if self.call is not None and self.page is None:
            self.page = answer(self.zone, self.call, self.most)

    def answer(self):
        if self.page is not None:
            self.reading.take_in(self.page)
            self.call = self.page = None

    def fail(self):
        if self.call is not None:
            self.reading.failed()
            self.call = self.page = None

    def doubt(self, name):
        if self.change is None:
            self.reading.doubt([name], {})

    def doubt_all(self):
        for letter in "abcdef":
            self.doubt(f"{letter}.example.com")


@settings(max_examples=200)
@given(ZONES, st.integers(1, 4), STEPS)
def test_after_any_history_of_reads_and_writes_the_ledger_is_the_zone(zone, most, steps):
    """Invariant 4: for every name neither in flight nor unknown, ledger = zone."""
    history = History(zone, most)
    for verb, *arguments in steps:
        getattr(history, verb.replace(" ", "_"))(*arguments)
        busy = (
            set()
            if history.change is None
            else {(history.change.after if isinstance(history.change, Create) else history.change.before.value).name}
        )
        here, there = held(history.ledger), history.zone
        for name in {key[0] for key in (*here, *there)} - busy - set(history.ledger.unknown):
            assert {key: one for key, one in here.items() if key[0] == name} == {key: one for key, one in there.items() if key[0] == name}
    history.land()
    history.fail()
    for _ in range(200):
        history.begin()
        history.serve()
        history.answer()
    assert not history.reading.wanted()
    assert held(history.ledger) == history.zone
    assert history.ledger.edited == {}
