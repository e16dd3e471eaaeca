import pytest

from dnsguard.lab.strict import ApiError, StrictRoute53


def same(record_type, one, other):
    """Return whether a set with the value *one* is deleted by *other*."""
    strict = StrictRoute53()
    zone = strict.create_zone("example.com")
    for action, value in (("CREATE", one), ("DELETE", other)):
        raw = {"Name": "a.example.com", "Type": record_type, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": raw}]}
        try:
            strict.call("ChangeResourceRecordSets", {"HostedZoneId": zone, "ChangeBatch": batch}, 0.0)
        except ApiError:
            if action == "CREATE":
                raise
            return False
    return True


@pytest.mark.parametrize(
    ("record_type", "one", "other", "expected"),
    [
        ("CNAME", "www.Example.net", "WWW.example.net.", True),
        ("CNAME", "www.example.net", "ww.example.net", False),
        ("MX", "10 mail.example.net.", "10  MAIL.example.net", True),
        ("MX", "10 mail.example.net.", "20 mail.example.net.", False),
        ("MX", "0 .", "0 .", True),
        ("SRV", "1 2 3 .", "1 2 3 .", True),
        ("SRV", "1 2 443 a.example.net", "1 2 444 a.example.net", False),
        ("AAAA", "2001:db8::1", "2001:DB8:0:0::1", True),
        ("TXT", '"ab"', '"a" "b"', False),
        ("TXT", '"a" "b"', '"a"   "b"', True),
        ("TXT", '"\\141"', '"a"', True),
        ("CAA", '0 issue "ca.example.net"', '0 issue "ca.example.net"', True),
    ],
)
def test_values_are_the_same_when_they_mean_the_same(record_type, one, other, expected):
    assert same(record_type, one, other) is expected


@pytest.mark.parametrize(
    ("record_type", "value"),
    [
        ("A", "192.0.2.256"),
        ("A", ""),
        ("AAAA", "fe80::1%eth0"),
        ("CNAME", "a b.example.net"),
        ("CNAME", "."),
        ("MX", "mail.example.net"),
        ("MX", "65536 mail.example.net"),
        ("MX", "ten mail.example.net"),
        ("SRV", "1 2 3 a..example.net"),
        ("TXT", ""),
        ("TXT", '"a""b"'),
        ("TXT", '"a'),
        ("TXT", '"\u00e4"'),
        ("TXT", '"a\tb"'),
    ],
)
def test_what_is_no_value_of_its_type_is_refused(record_type, value):
    with pytest.raises(ApiError, match="InvalidChangeBatch"):
        same(record_type, value, value)
