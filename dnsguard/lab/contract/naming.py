"""Cases: names, their spelling and the zone that they must lie in."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_batch
from dnsguard.lab.contract.changes import a, batch, create, delete, rrset

_UNSUPPORTED = "FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '{}'"

CASES = (
    Case(
        "names are kept in lower case",
        "name case",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="Upper.{n}"))),
            Stands((a(name="upper.{n}"),)),
            batch(create(a(name="uPPER.{n}")), expect=invalid_batch()),
            batch(delete(a(name="UPPER.{n}"))),
        ),
    ),
    Case(
        "a wildcard is one record under each of its spellings, printed in octal",
        "'*' / '\\052'",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="*.{n}"))),
            Stands((a(name="\\052.{n}"),)),
            batch(
                create(a(name="\\052.{n}")),
                expect=invalid_batch("Tried to create resource record set [name='\\052.{n}', type='A'] but it already exists"),
            ),
            batch(delete(a(name="\\052.{n}"))),
            Stands(),
        ),
    ),
    Case(
        "other characters come back in octal",
        "other chars raw",
        Evidence.DOCUMENTED,
        (batch(create(a(name="a@b.{n}")), create(a(name="x_y-z.{n}"))), Stands((a(name="a\\100b.{n}"), a(name="x_y-z.{n}")))),
    ),
    Case(
        "a label has at most 63 octets",
        "label>63",
        Evidence.DOCUMENTED,
        (batch(create(a(name=f"{'a' * 64}.{{n}}")), expect=invalid_batch()), batch(create(a(name=f"{'a' * 63}.{{n}}")))),
    ),
    Case(
        "a label is not empty",
        "empty label",
        Evidence.DOCUMENTED,
        (batch(create(a(name="a..{n}")), expect=invalid_batch()), Stands()),
    ),
    Case(
        "a name has at most 255 octets",
        "name>255",
        Evidence.DOCUMENTED,
        (batch(create(a(name=f"{'a234567.' * 31}{{n}}")), expect=invalid_batch()), Stands()),
    ),
    Case(
        "what is not ASCII has to be escaped",
        "'\u2764'; text 19",
        Evidence.OBSERVED,
        (batch(create(a(name="\u2764.{n}")), expect=invalid_batch(_UNSUPPORTED.format("\u2764"))), Stands()),
    ),
    Case(
        "a space has to be escaped",
        "text 19",
        Evidence.OBSERVED,
        (
            batch(create(a(name="a b.{n}")), expect=invalid_batch(_UNSUPPORTED.format(" "))),
            batch(create(a(name="a\\040b.{n}"))),
            Stands((a(name="a\\040b.{n}"),)),
        ),
    ),
    Case(
        "a name that only ends like the zone is not in it",
        "zone boundary; text 7",
        Evidence.OBSERVED,
        (batch(create(a(name="foo{z}")), expect=invalid_batch("RRSet with DNS name foo{z} is not permitted in zone {z}")),),
    ),
    Case(
        "names below a delegation can still be written",
        "delegated subzone",
        Evidence.DOCUMENTED,
        (
            batch(create(rrset("NS", "ns.example.net."))),
            batch(create(a(name="b.{n}"))),
            Stands((rrset("NS", "ns.example.net."), a(name="b.{n}"))),
        ),
    ),
    Case(
        "an NS set has no wildcard name",
        "NS wildcard",
        Evidence.DOCUMENTED,
        (batch(create(rrset("NS", "ns.example.net.", name="*.{n}")), expect=invalid_batch()), Stands()),
    ),
)
