"""Cases: which types may stand beside each other, and what the apex needs."""

from dnsguard.lab.contract.case import Case, Evidence, Refused, Stands, invalid_batch
from dnsguard.lab.contract.changes import a, batch, cname, create, delete, rrset, txt, upsert

_SOA = "ns.example.net. hostmaster.example.net. 1 7200 900 1209600 86400"
_TAKEN = (
    "RRSet of type {} with DNS name {{n}} is not permitted because a conflicting RRSet of type  CNAME "
    "with the same DNS name already exists in zone {{z}}"
)

CASES = (
    Case(
        "a CNAME does not stand beside other types",
        "CNAME conflict; text 4",
        Evidence.OBSERVED,
        (
            batch(create(a())),
            batch(
                create(cname()),
                expect=invalid_batch(
                    "RRSet of type CNAME with DNS name {n} is not permitted as it conflicts with other records "
                    "with the same DNS name in zone {z}"
                ),
            ),
            Stands((a(),)),
        ),
    ),
    Case(
        "other types do not stand beside a CNAME",
        "CNAME conflict; text 5",
        Evidence.OBSERVED,
        (
            batch(create(cname())),
            batch(create(a()), expect=invalid_batch(_TAKEN.format("A"))),
            batch(upsert(txt('"x"')), expect=invalid_batch(_TAKEN.format("TXT"))),
            Stands((cname(),)),
        ),
    ),
    Case(
        "the apex has no CNAME",
        "apex CNAME; text 6",
        Evidence.OBSERVED,
        (
            batch(
                create(cname(name="{z}")),
                # The apex has NS and SOA sets as well, so text 4 may stand beside text 6.
                expect=Refused(
                    400,
                    "InvalidChangeBatch",
                    holds="RRSet of type CNAME with DNS name {z} is not permitted at apex in zone {z}",
                ),
            ),
        ),
    ),
    Case(
        "a CNAME has one value",
        "CNAME with 2 values",
        Evidence.DOCUMENTED,
        (batch(create(rrset("CNAME", "a.example.net.", "b.example.net.")), expect=invalid_batch()), Stands()),
    ),
    Case(
        "the zone keeps its SOA set",
        "apex NS/SOA: delete; text 22",
        Evidence.OBSERVED,
        (batch(delete("{SOA}"), expect=invalid_batch("A HostedZone must contain exactly one SOA record.")),),
    ),
    Case(
        "the zone keeps its NS set",
        "apex NS/SOA: delete; text 23",
        Evidence.OBSERVED,
        (
            batch(
                delete("{NS}"),
                expect=invalid_batch("A HostedZone must contain at least one NS record for the zone itself."),
            ),
        ),
    ),
    Case(
        "the zone has no second SOA set",
        "apex NS/SOA: second SOA CREATE; text 22",
        Evidence.INFERRED,
        (
            batch(create(rrset("SOA", _SOA, name="{z}")), expect=invalid_batch()),
            batch(create(rrset("SOA", _SOA)), expect=invalid_batch()),
            Stands(),
        ),
    ),
)
