"""How a verdict ended is told by what stands of its row, and by the plan that took its place."""

import pytest

from dnsguard.core.ending import end_of
from dnsguard.core.plan import Plan
from dnsguard.model.changes import Create, Delete, Replace
from dnsguard.model.facts import End, Reason, Verdict
from dnsguard.model.records import RecordSet, Stored

NAME = "www.example.com"
A, AAAA, BLUE, MX = (
    Stored(RecordSet(NAME, "A", ttl=300, values=("192.0.2.1",))),
    Stored(RecordSet(NAME, "AAAA", ttl=300, values=("2001:db8::1",))),
    Stored(RecordSet(NAME, "A", "blue", ttl=300, values=("192.0.2.1",))),
    Stored(RecordSet(NAME, "MX", ttl=300, values=("10 mail.example.com",))),
)
CNAME = RecordSet(NAME, "CNAME", ttl=300, values=("lb.example.net",))
TEXT = Stored(RecordSet(f"a-{NAME}", "TXT", ttl=300, values=("owner",)))
GONE = (Delete(A), Delete(TEXT))


@pytest.mark.parametrize(
    ("kind", "standing", "units", "end"),
    [
        ("", [A], (), End.OVER),
        ("", [A], (GONE,), End.LEAVES),
        ("", [], (), End.GONE),
        ("", [MX], (), End.GONE),
        ("", [A, MX], (GONE,), End.LEAVES),
        ("", [BLUE], (), End.GONE),
        ("", [A, BLUE], ((Delete(BLUE),),), End.OVER),
        ("", [A], ((Replace(A, A.value),),), End.OVER),
        ("", [A], ((*GONE, Create(CNAME)),), End.OVER),
        ("AAAA", [A], (), End.GONE),
        ("AAAA", [A, AAAA], (), End.OVER),
        ("AAAA", [A, AAAA], ((Delete(AAAA),),), End.LEAVES),
        ("AAAA", [A, AAAA], (GONE,), End.OVER),
    ],
)
def test_the_end_is_that_of_the_row_or_type_that_the_verdict_names(kind, standing, units, end):
    verdict = Verdict("Z1", NAME, kind, "", Reason.GRACE, "why", "")
    assert end_of(verdict, standing, Plan(units)) is end
