"""Cases: alias records."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_batch
from dnsguard.lab.contract.changes import a, alias, batch, create, delete, rrset, txt, upsert

_START = "Tried to create an alias that targets {}, type A in zone {{id}}, but "
_NOWHERE = _START + "that target was not found"
_OUTSIDE = _START + "the alias target name does not lie within the target zone"

CASES = (
    Case(
        "an alias is listed without TTL, its target in lower case with a trailing dot",
        "alias: 5.2.1 LISTS alias with TTL 0",
        Evidence.INFERRED,
        (batch(create(a(name="t.{n}")), create(alias("T.{n}"))), Stands((alias("t.{n}"), a(name="t.{n}")))),
    ),
    Case(
        "an alias needs its target",
        "alias: missing target; text 21",
        Evidence.OBSERVED,
        (batch(create(alias("t.{n}")), expect=invalid_batch(_NOWHERE.format("t.{n}"))), Stands()),
    ),
    Case(
        "an alias needs a target of its own type",
        "alias: wrong type; text 21",
        Evidence.OBSERVED,
        (
            batch(create(txt('"x"', name="t.{n}"))),
            batch(create(alias("t.{n}")), expect=invalid_batch(_NOWHERE.format("t.{n}"))),
        ),
    ),
    Case(
        "an alias stays inside the zone that it names",
        "alias: wrong-zone target; text 20",
        Evidence.OBSERVED,
        (
            batch(create(alias("www.example.net.")), expect=invalid_batch(_OUTSIDE.format("www.example.net."))),
            Stands(),
        ),
    ),
    Case(
        "in a batch the target comes first",
        "alias order; text 21",
        Evidence.TOOLS,
        (
            batch(create(alias("t.{n}")), create(a(name="t.{n}")), expect=invalid_batch(_NOWHERE.format("t.{n}"))),
            Stands(),
            batch(create(a(name="t.{n}")), create(alias("t.{n}"))),
        ),
    ),
    Case(
        "an alias does not find a target that is UPSERTed after it",
        "alias order; text 21",
        Evidence.TOOLS,
        (
            batch(create(a(name="t.{n}"))),
            batch(
                create(alias("t.{n}")),
                upsert(a("192.0.2.2", name="t.{n}")),
                expect=invalid_batch(_NOWHERE.format("t.{n}")),
            ),
            batch(upsert(a("192.0.2.2", name="t.{n}")), create(alias("t.{n}"))),
        ),
    ),
    Case(
        "an alias and its target go in one batch",
        "alias order",
        Evidence.TOOLS,
        (
            batch(create(a(name="t.{n}")), create(alias("t.{n}"))),
            batch(delete(alias("t.{n}")), delete(a(name="t.{n}"))),
            Stands(),
        ),
    ),
    Case(
        "there is no alias of type NS",
        "alias: wrong type",
        Evidence.DOCUMENTED,
        (
            batch(create(rrset("NS", "ns.example.net.", name="t.{n}"))),
            batch(create(alias("t.{n}", "NS")), expect=invalid_batch()),
        ),
    ),
    Case(
        "a multivalue answer set is no alias",
        "alias: multivalue",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="t.{n}"))),
            batch(create(alias("t.{n}", SetIdentifier="x", MultiValueAnswer=True)), expect=invalid_batch()),
        ),
    ),
    Case(
        "a failover alias evaluates its target's health",
        "alias: failover",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="t.{n}"))),
            batch(create(alias("t.{n}", SetIdentifier="x", Failover="PRIMARY")), expect=invalid_batch()),
        ),
    ),
)
