"""Cases: a batch is atomic, ordered, and strict about what stands in the zone."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_batch, invalid_input
from dnsguard.lab.contract.changes import a, alias, batch, cname, create, delete, txt, upsert, weighted

_EXISTS = "Tried to create resource record set [name='{n}', type='A'] but it already exists"
_ABSENT = "Tried to delete resource record set [name='{n}', type='A'] but it was not found"
_OTHER = "Tried to delete resource record set [name='{n}', type='A'] but the values provided do not match the current values"
_REPEATED = "The request contains an invalid set of changes for a resource record set 'A {n}'"
_FOREIGN = "RRSet with DNS name outside{z} is not permitted in zone {z}"

CASES = (
    Case(
        "a refused batch leaves nothing behind",
        "batch atomic",
        Evidence.DOCUMENTED,
        (batch(create(a()), create(a(name="outside{z}")), expect=invalid_batch(_FOREIGN)), Stands()),
    ),
    Case(
        "an unknown action is refused and leaves nothing behind",
        "batch atomic",
        Evidence.OBSERVED,
        (batch(create(a()), {"Action": "MERGE", "ResourceRecordSet": a(name="b.{n}")}, expect=invalid_input()), Stands()),
    ),
    Case(
        "CREATE of what exists is refused",
        "CREATE existing, identical; text 1",
        Evidence.OBSERVED,
        (batch(create(a())), batch(create(a()), expect=invalid_batch(_EXISTS)), Stands((a(),))),
    ),
    Case(
        "CREATE of what exists with other values is refused",
        "CREATE existing, other value/TTL; text 1",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(create(a("192.0.2.2")), expect=invalid_batch(_EXISTS)),
            batch(create(a(ttl=60)), expect=invalid_batch(_EXISTS)),
            Stands((a(),)),
        ),
    ),
    Case(
        "CREATE twice in one batch is refused",
        "CREATE twice in one batch; text 8",
        Evidence.INFERRED,
        (batch(create(a()), create(a("192.0.2.2")), expect=invalid_batch(_REPEATED)), Stands()),
    ),
    Case(
        "what was deleted can be created again, whatever sorts after it",
        "CREATE identical after DELETE",
        Evidence.DOCUMENTED,
        (
            batch(create(a()), create(a(name="z.{n}"))),
            batch(delete(a())),
            Stands((a(name="z.{n}"),)),
            batch(create(a())),
            Stands((a(), a(name="z.{n}"))),
        ),
    ),
    Case(
        "DELETE and CREATE of one set replace it",
        "[DELETE x, CREATE same x] in a batch",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(delete(a()), create(a("192.0.2.2"))),
            batch(delete(a("192.0.2.2")), create(a("192.0.2.2"))),
            Stands((a("192.0.2.2"),)),
        ),
    ),
    Case(
        "DELETE of what is not there is refused",
        "DELETE missing; text 2",
        Evidence.OBSERVED,
        (batch(delete(a()), expect=invalid_batch(_ABSENT)),),
    ),
    Case(
        "DELETE with other values is refused",
        "DELETE value/TTL mismatch; text 3",
        Evidence.OBSERVED,
        (
            batch(create(a("192.0.2.1", "192.0.2.2"))),
            batch(delete(a("192.0.2.3")), expect=invalid_batch(_OTHER)),
            batch(delete(a("192.0.2.1")), expect=invalid_batch(_OTHER)),
            batch(delete(a("192.0.2.1", "192.0.2.2", ttl=60)), expect=invalid_batch(_OTHER)),
            Stands((a("192.0.2.1", "192.0.2.2"),)),
        ),
    ),
    Case(
        "DELETE with the values from before an UPSERT is refused",
        "DELETE with OLD values after UPSERT; text 3",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(upsert(a("192.0.2.2"))),
            batch(delete(a()), expect=invalid_batch(_OTHER)),
            Stands((a("192.0.2.2"),)),
        ),
    ),
    Case(
        "DELETE of what was deleted is refused",
        "DELETE already deleted set; text 2",
        Evidence.OBSERVED,
        (batch(create(a())), batch(delete(a())), batch(delete(a()), expect=invalid_batch(_ABSENT)), Stands()),
    ),
    Case(
        "DELETE twice in one batch is refused",
        "DELETE same set twice in batch",
        Evidence.DOCUMENTED,
        (batch(create(a())), batch(delete(a()), delete(a()), expect=invalid_batch()), Stands((a(),))),
    ),
    Case(
        "DELETE does not mind the order of values",
        "DELETE same values other order",
        Evidence.DOCUMENTED,
        (batch(create(a("192.0.2.1", "192.0.2.2"))), batch(delete(a("192.0.2.2", "192.0.2.1"))), Stands()),
    ),
    Case(
        "CREATE and then DELETE of one set in a batch is refused",
        "[CREATE x, DELETE x]; text 8",
        Evidence.INFERRED,
        (batch(create(a()), delete(a()), expect=invalid_batch(_REPEATED)), Stands()),
    ),
    Case(
        "DELETE of an alias needs its target",
        "DELETE alias with other AliasTarget / no values",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="t.{n}")), create(a(name="u.{n}")), create(alias("t.{n}"))),
            batch(delete(alias("u.{n}")), expect=invalid_batch(_OTHER)),
            batch(delete({"Name": "{n}", "Type": "A"}), expect=invalid_input("but found none in Change with [Action=DELETE, ")),
            batch(delete(a()), expect=invalid_batch(_OTHER)),
            batch(delete(alias("t.{n}"))),
            Stands((a(name="t.{n}"), a(name="u.{n}"))),
        ),
    ),
    Case(
        "DELETE with an identifier deletes one set of one name",
        "DELETE with SetIdentifier",
        Evidence.DOCUMENTED,
        (
            batch(create(weighted("one")), create(weighted("two")), create(weighted("one", name="b.{n}"))),
            batch(delete(weighted("one"))),
            Stands((weighted("two"), weighted("one", name="b.{n}"))),
        ),
    ),
    Case(
        "DELETE needs the weight too",
        "DELETE value/TTL mismatch; text 3",
        Evidence.DOCUMENTED,
        (
            batch(create(weighted("one"))),
            batch(delete(weighted("one", weight=20)), expect=invalid_batch()),
            Stands((weighted("one"),)),
        ),
    ),
    Case(
        "DELETE without an identifier does not touch a weighted group",
        "DELETE without SetIdentifier on weighted group; text 2",
        Evidence.INFERRED,
        (
            batch(create(weighted("one")), create(weighted("two"))),
            batch(delete(a()), expect=invalid_batch(_ABSENT)),
            Stands((weighted("one"), weighted("two"))),
        ),
    ),
    Case(
        "UPSERT creates, and replaces by name, type and identifier",
        "UPSERT",
        Evidence.DOCUMENTED,
        (
            batch(upsert(weighted("one")), upsert(txt('"x"'))),
            batch(upsert(weighted("one", "192.0.2.9", weight=20)), upsert(weighted("two"))),
            Stands((weighted("one", "192.0.2.9", weight=20), weighted("two"), txt('"x"'))),
        ),
    ),
    Case(
        "UPSERT takes a name in any spelling",
        "UPSERT",
        Evidence.DOCUMENTED,
        (batch(create(a(name="b.{n}"))), batch(upsert(a("192.0.2.2", name="\\102.{n}"))), Stands((a("192.0.2.2", name="b.{n}"),))),
    ),
    Case(
        "every faulty change gets its message",
        "InvalidChangeBatch, texts 1 and 2",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(create(a()), delete(a(name="b.{n}")), expect=invalid_batch(_EXISTS, _ABSENT.replace("{n}", "b.{n}"))),
        ),
    ),
    Case(
        "changes are applied in order: DELETE before CREATE swaps CNAME and A",
        "batch order; text 5",
        Evidence.OBSERVED,
        (
            batch(create(cname())),
            batch(
                create(a()),
                delete(cname()),
                expect=invalid_batch(
                    "RRSet of type A with DNS name {n} is not permitted because a conflicting RRSet of type CNAME "
                    "with the same DNS name already exists in zone {z}"
                ),
            ),
            batch(delete(cname()), create(a())),
            batch(delete(a()), create(cname())),
            Stands((cname(),)),
        ),
    ),
    Case(
        "a change of nothing but a trailing dot is ignored",
        "values: known bug (boto3 3579)",
        Evidence.OBSERVED,
        (
            batch(create(cname("target.example.net."))),
            batch(upsert(cname("target.example.net"))),
            Stands((cname("target.example.net."),)),
        ),
    ),
)
