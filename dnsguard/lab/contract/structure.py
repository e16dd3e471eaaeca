"""Cases: what is refused as InvalidInput before any record set is looked at."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_input
from dnsguard.lab.contract.changes import a, alias, batch, create

_BODY = "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], "
_WHERE = " in Change with [Action=CREATE, Name={n}, Type=A, SetIdentifier="
_ROUTE = "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], "

CASES = (
    Case(
        "a set without values or alias target is refused",
        "alias: none of them",
        Evidence.OBSERVED,
        (
            batch(create({"Name": "{n}", "Type": "A"}), expect=invalid_input(_BODY + "but found none" + _WHERE + "null]")),
            batch(create({"Name": "{n}", "Type": "A", "TTL": 60}), expect=invalid_input(_BODY + "but found none")),
        ),
    ),
    Case(
        "a set with values and an alias target is refused",
        "alias: TTL+RR+AliasTarget together",
        Evidence.INFERRED,
        (batch(create({**alias("t.{n}"), **a()}), expect=invalid_input(_BODY + "but found more than one")), Stands()),
    ),
    Case(
        "a routing policy without an identifier is refused",
        "routing: weight without id",
        Evidence.OBSERVED,
        (
            batch(create(a(Weight=1)), expect=invalid_input("Invalid request: Missing field 'SetIdentifier'" + _WHERE + "null]")),
            Stands(),
        ),
    ),
    Case(
        "an identifier without a routing policy is refused",
        "routing: id without policy",
        Evidence.OBSERVED,
        (batch(create(a(SetIdentifier="x")), expect=invalid_input(_ROUTE + "but found none" + _WHERE + "x]")), Stands()),
    ),
    Case(
        "two routing policies in one set are refused",
        "routing: mixed policies",
        Evidence.INFERRED,
        (
            batch(
                create(a(SetIdentifier="x", Weight=1, Region="eu-west-1")),
                expect=invalid_input(_ROUTE + "but found more than one"),
            ),
            Stands(),
        ),
    ),
    Case(
        "a weight is at most 255",
        "routing",
        Evidence.DOCUMENTED,
        (batch(create(a(SetIdentifier="x", Weight=256)), expect=invalid_input()), Stands()),
    ),
    Case(
        "an unknown type is refused",
        "Type 'ALIAS'",
        Evidence.DOCUMENTED,
        (batch(create({**a(), "Type": "ALIAS"}), expect=invalid_input()), Stands()),
    ),
    Case(
        "a TTL is from 0 to 2147483647",
        "TTL 99999999999",
        Evidence.DOCUMENTED,
        (
            batch(create(a(ttl=99999999999)), expect=invalid_input()),
            batch(create(a(ttl=0)), create(a(ttl=2147483647, name="b.{n}"))),
            Stands((a(ttl=0), a(ttl=2147483647, name="b.{n}"))),
        ),
    ),
)
