"""Cases: values of resource records."""

from dnsguard.lab.contract.case import Case, Evidence, Stands, invalid_batch
from dnsguard.lab.contract.changes import a, batch, create, delete, rrset, txt

_UNQUOTED = (
    "Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '{}''"
)
_TOO_LONG = "Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '{}''"
_SEGMENT = f'"{"x" * 255}"'

CASES = (
    Case(
        "an A value is an IPv4 address",
        "value syntax: A 'not-an-ip'",
        Evidence.INFERRED,
        (batch(create(a("not-an-ip")), expect=invalid_batch()), batch(create(a("::1")), expect=invalid_batch()), Stands()),
    ),
    Case(
        "an AAAA value is an IPv6 address, in any spelling",
        "value syntax",
        Evidence.INFERRED,
        (
            batch(create(rrset("AAAA", "192.0.2.1")), expect=invalid_batch()),
            batch(create(rrset("AAAA", "2001:DB8::1"))),
            batch(delete(rrset("AAAA", "2001:db8:0::1"))),
        ),
    ),
    Case(
        "a TXT value stands in quotation marks",
        "value syntax: unquoted TXT; text 18",
        Evidence.OBSERVED,
        (batch(create(txt("x")), expect=invalid_batch(_UNQUOTED.format("x"))), Stands()),
    ),
    Case(
        "a TXT segment has at most 255 octets, a value several segments",
        "value syntax: 300-char segment; text 17",
        Evidence.OBSERVED,
        (
            batch(create(txt(f'"{"x" * 300}"')), expect=invalid_batch(_TOO_LONG.format(f'"{"x" * 300}"'))),
            batch(create(txt(f"{_SEGMENT} {_SEGMENT}"))),
            Stands((txt(f"{_SEGMENT} {_SEGMENT}"),)),
        ),
    ),
    Case(
        "a TXT value comes back as it was sent, escapes and case included",
        "value syntax",
        Evidence.DOCUMENTED,
        (
            batch(create(txt('"Mixed \\"quoted\\" \\\\ \\303\\244"'))),
            Stands((txt('"Mixed \\"quoted\\" \\\\ \\303\\244"'),)),
            batch(delete(txt('"mixed \\"quoted\\" \\\\ \\303\\244"')), expect=invalid_batch()),
        ),
    ),
    Case(
        "one value twice in a set is refused",
        "value syntax: dup values",
        Evidence.INFERRED,
        (batch(create(a("192.0.2.1", "192.0.2.1")), expect=invalid_batch()), Stands()),
    ),
)
