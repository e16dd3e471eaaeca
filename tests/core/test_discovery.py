"""A round of looking for zones asks for no more than its entries need, and finds what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.discovery import TAGS_PER_CALL, Discovery
from dnsguard.core.zones import matches, tags_match
from dnsguard.model.changes import ChangeInfo, GetZone, ListTags, ListZones, Tags, ZoneFound, ZonePage
from dnsguard.model.records import Zone
from dnsguard.model.settings import ZoneEntry


def zone(number, name="example.com", *, private=False, linked=False):
    return ZoneFound(f"Z{number:02}", name, private, linked)


class Account:
    """An account's zones with their tags, listed by *most* a page; the marker is the next zone's id, as Route53's."""

    def __init__(self, zones, tags=(), most=100):
        self.zones = {found.id: found for found in zones}
        self.tags = dict(tags)
        self.most = most
        self.calls = []

    def answer(self, call):
        self.calls.append(call)
        match call:
            case GetZone(id_):
                return ZonePage((self.zones[id_],)) if id_ in self.zones else None
            case ListZones(marker):
                rest = [id_ for id_ in sorted(self.zones) if id_ >= marker]
                following = rest[self.most] if len(rest) > self.most else ""
                return ZonePage(tuple(self.zones[id_] for id_ in rest[: self.most]), following)
            case ListTags(ids):
                return Tags({id_: self.tags.get(id_, {}) for id_ in ids})

    def look(self, discovery):
        while (call := discovery.next_call()) is not None:
            result = self.answer(call)
            if result is None:
                discovery.no_such_zone()
            else:
                discovery.take_in(call, result)
        return [found.id for found in discovery.found]


def round_of(*entries):
    return Discovery(list(enumerate(entries)))


def test_entries_that_all_name_ids_ask_for_those_zones_alone():
    account = Account([zone(1), zone(2), zone(3)])
    assert account.look(round_of(ZoneEntry(ids=("Z03",)), ZoneEntry(ids=("Z01", "Z03")))) == ["Z01", "Z03"]
    assert account.calls == [GetZone("Z01"), GetZone("Z03")]


def test_one_entry_without_ids_makes_it_the_list_of_all_zones():
    account = Account([zone(1), zone(2, "other.org")])
    assert account.look(round_of(ZoneEntry(ids=("Z01",)), ZoneEntry(domains=("other.org",)))) == ["Z01", "Z02"]
    assert account.calls == [ListZones("")]


@given(st.integers(0, 30), st.integers(1, 7))
def test_the_list_is_followed_page_by_page_to_its_end(count, most):
    account = Account([zone(number) for number in range(count)], most=most)
    assert account.look(round_of(ZoneEntry())) == [f"Z{number:02}" for number in range(count)]
    assert len(account.calls) == max(1, -(-count // most))


@given(st.integers(0, 35))
def test_tags_are_read_ten_zones_a_call_and_only_of_zones_that_tags_decide(count):
    wanted = [zone(number) for number in range(count)]
    account = Account([*wanted, zone(98, "other.org"), zone(99, linked=True)], {"Z00": {"env": "prod"}, "Z10": {"env": "dev"}})
    found = account.look(round_of(ZoneEntry(domains=("example.com",), tags=("env=prod",))))
    assert found == ["Z00"][:count]
    asked = [call.zones for call in account.calls if isinstance(call, ListTags)]
    assert all(1 <= len(zones) <= TAGS_PER_CALL == 10 for zones in asked)
    assert [id_ for zones in asked for id_ in zones] == [found.id for found in wanted]
    assert len(asked) == -(-count // TAGS_PER_CALL)


def test_without_tags_in_the_config_none_are_read():
    account = Account([zone(1)])
    account.look(round_of(ZoneEntry()))
    assert not [call for call in account.calls if isinstance(call, ListTags)]


ENTRIES = st.lists(
    st.builds(
        ZoneEntry,
        domains=st.sampled_from([(), ("example.com",), ("other.org",)]),
        ids=st.sampled_from([(), (), ("Z00", "Z02"), ("Z07",)]),
        type=st.sampled_from(["", "public", "private"]),
        tags=st.sampled_from([(), (), ("env",), ("env=prod",)]),
    ),
    min_size=1,
    max_size=3,
)
FOUND = st.lists(st.tuples(st.sampled_from(["example.com", "a.example.com", "other.org"]), st.booleans(), st.booleans()), max_size=6)
TAGS = st.dictionaries(st.sampled_from([f"Z{n:02}" for n in range(6)]), st.sampled_from([{"env": "prod"}, {"env": "dev"}, {}]))


@given(ENTRIES, FOUND, TAGS, st.integers(1, 4))
def test_what_is_found_is_what_some_entry_means_and_belongs_to_the_first_that_does(entries, found, tags, most):
    zones = [zone(number, name, private=private, linked=linked) for number, (name, private, linked) in enumerate(found)]
    discovery = round_of(*entries)
    Account(zones, tags, most).look(discovery)
    expected = set()
    for one in zones:
        fitting = [index for index, entry in enumerate(entries) if matches(entry, one) and tags_match(entry, tags.get(one.id, {}))]
        if fitting:
            expected.add(Zone(one.id, one.name, one.private, fitting[0]))
    assert set(discovery.found) == expected
    assert list(discovery.found) == sorted(discovery.found, key=lambda one: (one.name, one.id))
    assert set(discovery.missing) == {id_ for entry in entries for id_ in entry.ids} - {one.id for one in expected}


@pytest.mark.parametrize("others", [(), (ZoneEntry(domains=("other.org",)),)])
def test_an_id_of_the_config_that_is_not_there_or_not_meant_is_missing(others):
    discovery = round_of(ZoneEntry(ids=("Z01", "Z02", "Z03"), type="public"), *others)
    assert Account([zone(1), zone(2, private=True)]).look(discovery) == ["Z01"]
    assert discovery.missing == ("Z02", "Z03")


def test_the_last_complete_round_stays_in_use_until_the_next_is_complete():
    account = Account([zone(1), zone(2)], most=1)
    discovery = round_of(ZoneEntry())
    assert discovery.found is None
    account.look(discovery)
    assert (discovery.complete, discovery.next_call()) == (True, None)
    del account.zones["Z01"]
    discovery.restart()
    assert discovery.next_call() == ListZones("")
    assert [one.id for one in discovery.found] == ["Z01", "Z02"]
    assert account.look(discovery) == ["Z02"]


def test_a_round_that_is_begun_again_asks_from_the_start():
    account = Account([zone(1), zone(2), zone(3)], most=1)
    discovery = round_of(ZoneEntry(tags=("env",)))
    for _ in range(3):
        call = discovery.next_call()
        discovery.take_in(call, account.answer(call))
    assert isinstance(discovery.next_call(), ListTags)
    discovery.restart()
    assert discovery.next_call() == ListZones("")


def test_an_answer_that_fits_no_question_is_a_fault_of_ours():
    with pytest.raises(AssertionError):
        round_of(ZoneEntry()).take_in(ListZones(""), ChangeInfo("C1"))
