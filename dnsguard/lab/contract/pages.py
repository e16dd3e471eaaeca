"""Cases: the order of a listing and its cursor."""

from dnsguard.lab.contract.case import ABSENT, Case, Done, Evidence, Stands, invalid_input
from dnsguard.lab.contract.changes import a, batch, create, listed, txt, weighted

CASES = (
    Case(
        "a page holds at most 300 sets",
        "list MaxItems",
        Evidence.DOCUMENTED,
        (listed(Done({"MaxItems": "300"}), MaxItems="1000"),),
    ),
    Case("a page of none is refused", "list MaxItems", Evidence.INFERRED, (listed(invalid_input(), MaxItems="0"),)),
    Case(
        "a page that ends inside a group goes on with the identifier",
        "list StartRecordIdentifier / NextRecordIdentifier",
        Evidence.DOCUMENTED,
        (
            batch(create(weighted("a")), create(weighted("b")), create(weighted("c"))),
            listed(
                Done(
                    {
                        "ResourceRecordSets": [weighted("a")],
                        "IsTruncated": True,
                        "NextRecordName": "{n}",
                        "NextRecordType": "A",
                        "NextRecordIdentifier": "b",
                    }
                ),
                StartRecordName="{n}",
                MaxItems="1",
            ),
            listed(
                Done({"ResourceRecordSets": [weighted("b"), weighted("c")]}),
                StartRecordName="{n}",
                StartRecordType="A",
                StartRecordIdentifier="b",
                MaxItems="2",
            ),
        ),
    ),
    Case(
        "a page that ends between names goes on without an identifier",
        "list StartRecordIdentifier / NextRecordIdentifier",
        Evidence.DOCUMENTED,
        (
            batch(create(a()), create(txt('"x"'))),
            listed(
                Done({"IsTruncated": True, "NextRecordName": "{n}", "NextRecordType": "TXT", "NextRecordIdentifier": ABSENT}),
                StartRecordName="{n}",
                MaxItems="1",
            ),
        ),
    ),
    Case(
        "a listing starts at the first set that is not before the cursor",
        "list order",
        Evidence.DOCUMENTED,
        (
            batch(create(a(name="a.{n}")), create(txt('"x"', name="c.{n}"))),
            listed(Done({"ResourceRecordSets": [txt('"x"', name="c.{n}")]}), StartRecordName="b.{n}", MaxItems="1"),
            listed(
                Done({"ResourceRecordSets": [txt('"x"', name="c.{n}")]}),
                StartRecordName="a.{n}",
                StartRecordType="AAAA",
                MaxItems="1",
            ),
        ),
    ),
    Case(
        "names stand in the order of their reversed labels with the dot, then type, then identifier",
        "list order",
        Evidence.DOCUMENTED,
        (
            batch(
                create(weighted("2", name="a.{n}")),
                create(weighted("1", name="a.{n}")),
                create(a(name="x.a.{n}")),
                create(a(name="a-b.{n}")),
                create(txt('"x"', name="a-b.{n}")),
            ),
            Stands(
                (
                    a(name="a-b.{n}"),
                    txt('"x"', name="a-b.{n}"),
                    weighted("1", name="a.{n}"),
                    weighted("2", name="a.{n}"),
                    a(name="x.a.{n}"),
                )
            ),
        ),
    ),
    Case(
        "a wildcard stands between digits and letters",
        "list order of '\\052'",
        Evidence.INFERRED,
        (
            batch(create(a(name="a.{n}")), create(a(name="*.{n}")), create(a(name="0.{n}"))),
            Stands((a(name="0.{n}"), a(name="\\052.{n}"), a(name="a.{n}"))),
        ),
    ),
    Case(
        "a zone begins with the NS and SOA sets of its apex",
        "SOA/NS auto",
        Evidence.DOCUMENTED,
        (
            listed(
                Done({"ResourceRecordSets": [{"Name": "{z}", "Type": "NS"}, {"Name": "{z}", "Type": "SOA"}]}),
                StartRecordName="{z}",
                MaxItems="2",
            ),
        ),
    ),
    Case(
        "a start type needs a start name",
        "start type without name",
        Evidence.DOCUMENTED,
        (listed(invalid_input("The input is not valid"), StartRecordType="A"),),
    ),
)
