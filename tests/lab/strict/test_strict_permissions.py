import pytest

from dnsguard.lab.strict import ApiError, Permissions, StrictRoute53


def write(permissions, *changes):
    strict = StrictRoute53()
    strict.create_zone("example.com", zone_id="Z1")
    strict.permissions = permissions
    raw = [
        {"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": 1, "ResourceRecords": [{"Value": value}]}}
        for action, name, kind, value in changes
    ]
    strict.call("ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": raw}}, 0.0)


A = ("CREATE", "a.example.com", "A", "192.0.2.1")
WILD = ("CREATE", "*.Example.com.", "A", "192.0.2.1")
TXT = ("UPSERT", "t.example.com", "TXT", '"x"')


@pytest.mark.parametrize(
    ("permissions", "changes"),
    [
        (Permissions(), [A, WILD, TXT]),
        (Permissions(names=["?.example.com"]), [A, TXT]),
        (Permissions(names=["\\052.example.com"]), [WILD]),
        (Permissions(types=["A"]), [A, WILD]),
        (Permissions(actions=["CREATE", "DELETE"]), [A]),
        (Permissions(denied=["t.*"]), [A]),
    ],
)
def test_what_is_allowed_is_carried_out(permissions, changes):
    write(permissions, *changes)


@pytest.mark.parametrize(
    ("permissions", "changes"),
    [
        (Permissions(names=()), [A]),
        (Permissions(names=["a.example.com"]), [A, TXT]),
        (Permissions(types=["A"]), [A, TXT]),
        (Permissions(actions=["CREATE", "DELETE"]), [A, TXT]),
        (Permissions(denied=["t.*"]), [A, TXT]),
        (Permissions(names=()), [("CREATE", "a..example.com", "A", "no address")]),
    ],
)
def test_one_change_that_is_not_allowed_forbids_the_batch_before_anything_is_looked_at(permissions, changes):
    with pytest.raises(
        ApiError, match=r"not authorized to perform: .* on resource: arn:aws:route53:::hostedzone/Z1 (because|with)"
    ) as caught:
        write(permissions, *changes)
    assert (caught.value.status, caught.value.code) == (403, "AccessDenied")
