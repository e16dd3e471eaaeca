"""The lanes are those of the zones in use; rounds are repeated, and a failed one is begun again after a while."""

from random import Random

import pytest

from dnsguard.core.backoff import DENIED, UNAVAILABLE
from dnsguard.core.survey import EVERY, Survey
from dnsguard.core.zones import Zones
from dnsguard.model.changes import (
    Accepted,
    Busy,
    GetZone,
    ListTags,
    ListZones,
    Refusal,
    Refused,
    Tags,
    Throttled,
    Unavailable,
    Uncertain,
    Why,
    ZoneFound,
    ZonePage,
)
from dnsguard.model.facts import Alert, ZonesFound
from dnsguard.model.settings import Ownership, Settings, ZoneEntry

NOW = 1000.0
ONE = ZoneFound("Z1", "example.com", private=False)
TWO = ZoneFound("Z2", "other.org", private=True)
NO_ZONE = Refused((Refusal(Why.NO_ZONE, "no such zone"),))
FORBIDDEN = Refused((Refusal(Why.DENIED, "not allowed"),))


def survey(*entries, policy="sync"):
    settings = Settings(zones=entries or (ZoneEntry(),), ownership=Ownership(owner="lab"), policy=policy)
    return Survey(settings, Zones(settings.zones), Random(1))


def asked(lanes, outcome, account=0, now=NOW):
    """Make the account's next call, and take in this outcome."""
    return lanes.settle(account, lanes.next_call(account), outcome, now)


def page(*zones, following=""):
    return Accepted(ZonePage(zones, following))


def test_every_account_is_asked_at_once_and_again_every_hour():
    lanes = survey()
    assert (len(lanes), lanes.due(0), lanes.known) == (1, 0.0, False)
    assert lanes.next_call(0) == ListZones("")
    assert lanes.due(0) is None
    facts, changed = lanes.settle(0, ListZones(""), page(ONE, TWO), NOW)
    assert changed
    assert facts == [ZonesFound((("Z1", "example.com", "public"), ("Z2", "other.org", "private")))]
    assert (lanes.known, list(lanes.lanes), lanes.due(0), lanes.failing()) == (True, ["Z1", "Z2"], NOW + EVERY, False)
    assert lanes.next_call(0) == ListZones("")


def test_nothing_is_known_before_the_last_page():
    lanes = survey()
    assert asked(lanes, page(ONE, following="Z2")) == ([], False)
    assert (lanes.known, lanes.due(0)) == (False, 0.0)
    assert lanes.next_call(0) == ListZones("Z2")
    lanes.settle(0, ListZones("Z2"), page(TWO), NOW)
    assert list(lanes.lanes) == ["Z1", "Z2"]


def test_nothing_is_known_before_every_account_has_answered():
    lanes = survey(ZoneEntry(), ZoneEntry(role_arn="arn:b"))
    assert asked(lanes, page(ONE)) == ([], False)
    assert not lanes.known
    _, changed = asked(lanes, page(TWO), account=1)
    assert changed
    assert {id_: lane.account for id_, lane in lanes.lanes.items()} == {"Z1": 0, "Z2": 1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_account_that_fails_from_the_start_keeps_back_only_its_own_names(order):
    lanes = survey(ZoneEntry(domains=("example.com",)), ZoneEntry(domains=("other.org", "sub.example.com"), role_arn="arn:b"))
    outcomes = {0: page(ONE), 1: Unavailable("no credentials")}
    facts = [fact for account in order for fact in asked(lanes, outcomes[account], account=account)[0]]
    said = "the hosted zones cannot be listed: no credentials; names in other.org, sub.example.com wait for that"
    assert [fact for fact in facts if isinstance(fact, Alert)] == [Alert("no-survey 1", said)]
    assert (lanes.known, list(lanes.lanes), lanes.failing()) == (True, ["Z1"], True)
    chosen = {name: [zone.id for zone in lanes.zones.choose(name)] for name in ("a.example.com", "a.sub.example.com", "other.org")}
    assert chosen == {"a.example.com": ["Z1"], "a.sub.example.com": [], "other.org": []}
    _, changed = asked(lanes, page(TWO), account=1)
    assert changed
    assert [zone.id for zone in lanes.zones.choose("a.sub.example.com")] == ["Z1"]
    facts, changed = asked(lanes, Unavailable("gone"), account=1)
    assert (facts, changed) == ([Alert("no-survey 1", "the hosted zones cannot be listed: gone")], False)
    assert [zone.id for zone in lanes.zones.choose("a.sub.example.com")] == ["Z1"]


def test_an_account_whose_zones_turn_out_to_be_none_keeps_nothing_back_any_more():
    lanes = survey(ZoneEntry(domains=("example.com",)), ZoneEntry(role_arn="arn:b"))
    asked(lanes, Unavailable("no credentials"), account=1)
    asked(lanes, page(ONE))
    assert lanes.zones.choose("a.example.com") == ()
    _, changed = asked(lanes, page(), account=1)
    assert changed
    assert [zone.id for zone in lanes.zones.choose("a.example.com")] == ["Z1"]


def test_no_account_that_answers_is_no_zone_and_no_word_about_the_config():
    lanes = survey(ZoneEntry(), ZoneEntry(role_arn="arn:b"))
    for account in (0, 1):
        facts, changed = asked(lanes, Unavailable("x"), account=account)
        said = "the hosted zones cannot be listed: x; names in every domain wait for that"
        assert (facts, changed, lanes.known) == ([Alert(f"no-survey {account}", said)], False, False)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_zone_that_two_accounts_find_belongs_to_the_first_entry_that_means_it(order):
    lanes = survey(ZoneEntry(domains=("example.com",)), ZoneEntry(role_arn="arn:b"))
    for account in order:
        asked(lanes, page(ONE, TWO), account=account)
    assert (lanes.lanes["Z1"].account, lanes.lanes["Z1"].zone.entry) == (0, 0)
    assert (lanes.lanes["Z2"].account, lanes.lanes["Z2"].zone.entry) == (1, 1)


def test_a_later_entry_of_the_first_account_gives_way_to_an_earlier_one_of_another():
    lanes = survey(ZoneEntry(domains=("other.org",)), ZoneEntry(role_arn="arn:b"), ZoneEntry(domains=("example.com",)))
    for account in (0, 1):
        asked(lanes, page(ONE), account=account)
    assert (lanes.lanes["Z1"].account, lanes.lanes["Z1"].zone.entry) == (1, 1)


def test_a_round_that_finds_the_same_changes_nothing():
    lanes = survey()
    asked(lanes, page(ONE))
    lane = lanes.lanes["Z1"]
    assert asked(lanes, page(ONE)) == ([], False)
    assert lanes.lanes["Z1"] is lane


def test_a_zone_that_stays_keeps_its_lane_one_that_goes_leaves_and_one_that_is_other_begins_anew():
    lanes = survey()
    asked(lanes, page(ONE, TWO))
    kept, other = lanes.lanes["Z1"], lanes.lanes["Z2"]
    facts, changed = asked(lanes, page(ONE, ZoneFound("Z2", "other.org", private=False)))
    assert changed
    assert facts == [ZonesFound((("Z1", "example.com", "public"), ("Z2", "other.org", "public")))]
    assert lanes.lanes["Z1"] is kept
    assert lanes.lanes["Z2"] is not other
    asked(lanes, page(TWO))
    assert list(lanes.lanes) == ["Z2"]
    assert list(lanes.zones.by_id) == ["Z2"]


def test_no_zone_at_all_is_an_alert():
    lanes = survey()
    facts, _ = asked(lanes, page())
    assert [fact.key for fact in facts if isinstance(fact, Alert)] == ["no-zones"]
    assert lanes.known


def test_an_id_that_does_not_exist_is_an_alert_and_keeps_nobody_from_the_others():
    lanes = survey(ZoneEntry(ids=("Z0", "Z1")))
    assert asked(lanes, NO_ZONE) == ([], False)
    assert not lanes.failing()
    facts, changed = asked(lanes, page(ONE))
    assert changed
    assert [fact.key for fact in facts if isinstance(fact, Alert)] == ["no-zone Z0"]
    assert list(lanes.lanes) == ["Z1"]


def test_a_throttle_is_no_failure_and_the_same_call_is_made_again():
    lanes = survey(ZoneEntry(ids=("Z1",)))
    assert asked(lanes, Throttled("Rate exceeded")) == ([], False)
    assert (lanes.due(0), lanes.failing()) == (0.0, False)
    assert lanes.next_call(0) == GetZone("Z1")


@pytest.mark.parametrize(
    ("outcome", "backoff", "text"),
    [
        (FORBIDDEN, DENIED, "route53:ListHostedZones is missing (config/iam/sync.json grants it): not allowed"),
        (NO_ZONE, DENIED, "no such zone"),
        (Unavailable("503"), UNAVAILABLE, "503"),
        (Uncertain("500"), UNAVAILABLE, "500"),
        (Busy("busy"), UNAVAILABLE, "busy"),
    ],
)
def test_a_failed_round_is_begun_again_after_a_back_off_that_grows(outcome, backoff, text):
    lanes = survey()
    asked(lanes, page(ONE, following="Z2"))
    for failures in (1, 2, 3):
        facts, changed = asked(lanes, outcome)
        full = min(backoff.longest, backoff.first * 2 ** (failures - 1))
        assert NOW + full / 2 <= lanes.due(0) <= NOW + full
        assert lanes.failing()
        assert (facts, changed) == ([Alert("no-survey 0", f"the hosted zones cannot be listed: {text}")], False)
    assert lanes.next_call(0) == ListZones("")
    lanes.settle(0, ListZones(""), page(ONE), NOW)
    assert not lanes.failing()


@pytest.mark.parametrize("policy", ["sync", "shadow"])
@pytest.mark.parametrize(
    ("entry", "calls", "said", "action"),
    [
        (ZoneEntry(ids=("Z1",)), (), "the hosted zone Z1 cannot be looked up", "GetHostedZone"),
        (ZoneEntry(tags=("env",)), (page(ONE),), "the tags of hosted zones cannot be read", "ListTagsForResources"),
    ],
)
def test_a_denied_look_names_the_permission_and_the_file_that_grants_it(entry, calls, said, action, policy):
    lanes = survey(entry, policy=policy)
    for outcome in calls:
        asked(lanes, outcome)
    (alert,), _ = asked(lanes, FORBIDDEN)
    assert alert == Alert("no-survey 0", f"{said}: route53:{action} is missing (config/iam/{policy}.json grants it): not allowed")


def test_a_zone_that_goes_before_its_tags_are_read_does_not_stop_the_survey_for_ever():
    """ListTagsForResources is refused as a whole then; only a new list knows better."""
    lanes = survey(ZoneEntry(tags=("env",)))
    asked(lanes, page(ONE, TWO))
    assert lanes.next_call(0) == ListTags(("Z1", "Z2"))
    lanes.settle(0, ListTags(("Z1", "Z2")), NO_ZONE, NOW)
    asked(lanes, page(ONE))
    _, changed = asked(lanes, Accepted(Tags({"Z1": {"env": "prod"}})))
    assert changed
    assert list(lanes.lanes) == ["Z1"]


def test_what_was_found_stays_in_use_while_a_later_round_fails():
    lanes = survey()
    asked(lanes, page(ONE))
    asked(lanes, Unavailable())
    assert (lanes.known, list(lanes.lanes)) == (True, ["Z1"])
