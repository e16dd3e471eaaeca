from contextlib import suppress

import pytest

from dnsguard.lab.strict import ApiError, StrictRoute53
from dnsguard.model.settings import Bucket


def calls(strict, operation, count, now):
    """Return how many of *count* calls at *now* are let through."""
    before = sum(one.outcome == "Throttling" for one in strict.log)
    for _ in range(count):
        # A second deletion of the zone is refused, but not for its rate.
        with suppress(ApiError):
            strict.call(operation, {"HostedZoneId": "Z1", "Id": "Z1"}, now)
    return count - sum(one.outcome == "Throttling" for one in strict.log) + before


@pytest.fixture
def legacy():
    strict = StrictRoute53("legacy-5")
    strict.create_zone("example.com", zone_id="Z1")
    return strict


@pytest.fixture
def modern():
    strict = StrictRoute53("cbt-10")
    strict.create_zone("example.com", zone_id="Z1")
    return strict


def test_legacy_gives_five_requests_and_five_per_second(legacy):
    assert calls(legacy, "ListResourceRecordSets", 10, 0.0) == 5
    assert calls(legacy, "GetHostedZone", 10, 0.2) == 1
    assert calls(legacy, "GetHostedZone", 10, 1.2) == 5
    assert calls(legacy, "GetHostedZone", 10, 100.0) == 5


def test_cbt_gives_fifty_requests_and_ten_per_second(modern):
    assert calls(modern, "ListResourceRecordSets", 60, 0.0) == 50
    assert calls(modern, "ListResourceRecordSets", 60, 1.0) == 10


def test_cbt_has_a_bucket_per_action_beside_the_accounts(modern):
    assert calls(modern, "DeleteHostedZone", 60, 0.0) == 40
    assert calls(modern, "ListHostedZones", 60, 0.0) == 10


def test_a_request_that_is_throttled_takes_no_token(modern):
    calls(modern, "DeleteHostedZone", 60, 0.0)

    assert calls(modern, "ListHostedZones", 60, 0.0) == 10


def test_without_a_profile_nothing_is_throttled():
    strict = StrictRoute53()
    strict.create_zone("example.com", zone_id="Z1")

    assert calls(strict, "GetHostedZone", 1000, 0.0) == 1000


def send(strict, names, now):
    sets = [{"Name": f"{name}.example.com", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "192.0.2.1"}]} for name in names]
    changes = [{"Action": "UPSERT", "ResourceRecordSet": raw} for raw in sets]
    return strict.call("ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": changes}}, now)


def test_changes_are_paid_for_one_by_one():
    strict = StrictRoute53(changes=Bucket(rate=10, burst=20))
    strict.create_zone("example.com", zone_id="Z1")
    send(strict, range(15), 0.0)

    with pytest.raises(ApiError, match="Throttling"):
        send(strict, range(6), 0.0)
    send(strict, range(5), 0.0)
    send(strict, range(10), 1.0)


def test_a_batch_larger_than_the_bucket_waits_for_a_full_one_and_leaves_it_in_debt():
    strict = StrictRoute53(changes=Bucket(rate=10, burst=20))
    strict.create_zone("example.com", zone_id="Z1")
    send(strict, range(1), 0.0)

    with pytest.raises(ApiError, match="Throttling"):
        send(strict, range(40), 0.0)
    send(strict, range(40), 0.1)
    with pytest.raises(ApiError, match="Throttling"):
        send(strict, range(1), 2.1)
    send(strict, range(1), 2.2)


def test_reads_pay_nothing_for_changes():
    strict = StrictRoute53(changes=Bucket(rate=1, burst=1))
    strict.create_zone("example.com", zone_id="Z1")
    send(strict, range(1), 0.0)

    assert calls(strict, "ListResourceRecordSets", 5, 0.0) == 5


def test_a_throttled_call_is_answered_in_route53s_words(legacy):
    calls(legacy, "GetHostedZone", 5, 0.0)

    with pytest.raises(ApiError) as caught:
        legacy.call("GetHostedZone", {"Id": "Z1"}, 0.0)

    assert (caught.value.status, caught.value.code, caught.value.message) == (400, "Throttling", "Rate exceeded")
