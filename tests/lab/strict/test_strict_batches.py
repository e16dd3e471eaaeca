from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.lab.strict import ApiError, StrictRoute53

NAMES = [f"{label}.example.com." for label in ("a", "b", "\\052")]
SETS = st.builds(
    lambda name, kind, ttl: {
        "Name": name,
        "Type": kind,
        "TTL": ttl,
        "ResourceRecords": [{"Value": {"A": "192.0.2.1", "AAAA": "2001:db8::1", "TXT": '"x"'}[kind]}],
    },
    st.sampled_from(NAMES),
    st.sampled_from(["A", "AAAA", "TXT"]),
    st.sampled_from([60, 300]),
)
CHANGE = st.tuples(st.sampled_from(["CREATE", "UPSERT", "DELETE"]), SETS)


def key(raw):
    return raw["Name"], raw["Type"]


def after(model, changes):
    """Return what *model* is after a batch, or None where the batch has to be refused."""
    seen = {}
    found = dict(model)
    for action, raw in changes:
        one = key(raw)
        if one in seen and (seen[one], action) != ("DELETE", "CREATE"):
            return None
        seen[one] = "both" if one in seen else action
        if (action == "CREATE" and one in found) or (action == "DELETE" and found.get(one) != raw):
            return None
        if action == "DELETE":
            del found[one]
        else:
            found[one] = raw
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CHANGE, min_size=1, max_size=5), max_size=8))
def test_any_batches_leave_the_zone_as_a_mapping_of_keys_would_be(batches):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    model = {}
    for changes in batches:
        expected = after(model, changes)
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": raw} for action, raw in changes]}
        call = partial(strict.call, "ChangeResourceRecordSets", {"HostedZoneId": zone, "ChangeBatch": batch}, 0.0)
        if expected is None:
            with pytest.raises(ApiError, match="InvalidChangeBatch"):
                call()
        else:
            call()
            model = expected
        standing = strict.records(zone)[2:]
        assert {key(raw): raw for raw in standing} == model
        assert strict.call("GetHostedZone", {"Id": zone}, 0.0)["HostedZone"]["ResourceRecordSetCount"] == len(model) + 2


@settings(max_examples=60, deadline=None)
@given(st.lists(SETS, min_size=1, max_size=8, unique_by=key), st.randoms(use_true_random=False))
def test_what_was_created_in_any_order_is_deleted_in_any_other(sets, chance):
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    for action in ("CREATE", "DELETE"):
        chance.shuffle(sets)
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": raw} for raw in sets]}
        strict.call("ChangeResourceRecordSets", {"HostedZoneId": zone, "ChangeBatch": batch}, 0.0)

    assert [found["Type"] for found in strict.records(zone)] == ["NS", "SOA"]
