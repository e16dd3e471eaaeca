"""Every error answer of Route53 has an outcome that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.lab.strict import ApiError, StrictRoute53
from dnsguard.model.changes import (
    Busy,
    Create,
    Delete,
    ListRecords,
    Refusal,
    Refused,
    Replace,
    Throttled,
    Unavailable,
    Uncertain,
    Upsert,
    Why,
    Write,
)
from dnsguard.model.records import Alias, RecordSet, Stored, Weighted
from dnsguard.route53.refusals import outcome_of
from dnsguard.route53.wire import to_params

READ = ListRecords("Z1")
EMPTY = Write("Z1", ())
A = RecordSet("a.example.com", "A", ttl=300, values=("192.0.2.1",))

STALE, CONFLICT, BAD, UNKNOWN = Why.STALE, Why.CONFLICT, Why.BAD_VALUE, Why.UNKNOWN
ABSENT = "but it was not found"
WEIGHTED = "cannot be created as weighted sets must contain the same TTL."
LATENCY = "cannot be created because a latency RRSet with the same name, type and region already exists."
TOLD = "FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'x'"
ODD_CHARACTER = "FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with ' '"

TEXTS = [
    ("Tried to create resource record set [name='a.example.com.', type='A'] but it already exists", STALE, "a.example.com", "A", ""),
    (
        "Tried to create resource record set [name='\\052.example.com.', type='A', set-identifier='x, [y]'] but it already exists",
        STALE,
        "*.example.com",
        "A",
        "x, [y]",
    ),
    (f"Tried to delete resource record set [name='a.example.com.', type='CNAME'] {ABSENT}", STALE, "a.example.com", "CNAME", ""),
    (f"Tried to delete resource record set [name='a.b.', type='TXT', set-identifier='s'] {ABSENT}", STALE, "a.b", "TXT", "s"),
    (
        "Tried to delete resource record set [name='a.b.', type='A'] but the values provided do not match the current values",
        STALE,
        "a.b",
        "A",
        "",
    ),
    (
        (
            "Tried to delete resource record set [name='a.b.', type='A', set-identifier='s'] "
            "but the values provided do not match the current values"
        ),
        STALE,
        "a.b",
        "A",
        "s",
    ),
    (
        "RRSet of type CNAME with DNS name a.b. is not permitted as it conflicts with other records with the same DNS name in zone b.",
        CONFLICT,
        "a.b",
        "CNAME",
        "",
    ),
    *(
        (
            (
                f"RRSet of type A with DNS name a\\100c.b. is not permitted because a conflicting RRSet of type{gap}CNAME "
                "with the same DNS name already exists in zone b."
            ),
            CONFLICT,
            "a@c.b",
            "A",
            "",
        )
        for gap in (" ", "  ")
    ),
    ("RRSet of type CNAME with DNS name b. is not permitted at apex in zone b.", CONFLICT, "b", "CNAME", ""),
    ("RRSet with DNS name a.c. is not permitted in zone b.", BAD, "a.c", "", ""),
    (
        "The request contains an invalid set of changes for a resource record set 'CNAME n.example.net.'",
        STALE,
        "n.example.net",
        "CNAME",
        "",
    ),
    ("The request contains an invalid set of changes for a resource record set 'A n.b. s'", STALE, "n.b", "A", "s"),
    (
        "RRSet with DNS name a.b., type A, SetIdentifier s one cannot be created as a non-weighted set exists with the same name and type.",
        CONFLICT,
        "a.b",
        "A",
        "s one",
    ),
    (
        (
            "RRSet with DNS name a.b., type A, SetIdentifier s cannot be created as a non-multivalue answer set exists "
            "with the same name and type."
        ),
        CONFLICT,
        "a.b",
        "A",
        "s",
    ),
    (
        "RRSet with DNS name a.b., type CNAME cannot be created as other RRSets exist with the same name and type.",
        CONFLICT,
        "a.b",
        "CNAME",
        "",
    ),
    (f"RRSet with DNS name a.b. and type A, SetIdentifier s {WEIGHTED}", CONFLICT, "a.b", "A", "s"),
    (f"RRSet with DNS name a.b. and type A, SetIdentifier s, t {WEIGHTED}", CONFLICT, "a.b", "A", "s, t"),
    (f"RRSet with DNS name a.b., type A, SetIdentifier s, and Region Name=eu-west-1 {LATENCY}", CONFLICT, "a.b", "A", "s"),
    ("Number of records limit of 1000 exceeded.", Why.TOO_LARGE, "", "", ""),
    ("RDATA character limit of 32000 exceeded.", Why.TOO_LARGE, "", "", ""),
    ("Exceeded limit MAX_RRSETS_BY_ZONE for zone: Z3HTIAEKH5JU4F", Why.ZONE_FULL, "", "", ""),
    ("Cannot have more than 400 records in a RRSet.", Why.SET_FULL, "", "", ""),
    ("Cannot have more than 100 records in a RRSet.", Why.SET_FULL, "", "", ""),
    (
        "Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '\"a, [b] \\\"'\"''",
        BAD,
        "",
        "",
        "",
    ),
    (f"Invalid Resource Record: '{TOLD}'", BAD, "", "", ""),
    ("FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with ' '", BAD, "", "", ""),
    ("FATAL problem: DomainNameEmpty (Domain name is empty) encountered with ''", BAD, "", "", ""),
    (f"{ODD_CHARACTER} ; FATAL problem: DomainNameEmpty (Domain name is empty) encountered with ''", BAD, "", "", ""),
    (f"Invalid Resource Record: '{ODD_CHARACTER} ; {TOLD}'", BAD, "", "", ""),
    (
        "Tried to create an alias that targets t.b., type A in zone Z1, but the alias target name does not lie within the target zone",
        CONFLICT,
        "",
        "",
        "",
    ),
    ("Tried to create an alias that targets t.b., type A in zone b., but that target was not found", CONFLICT, "", "", ""),
    ("A HostedZone must contain exactly one SOA record.", UNKNOWN, "", "", ""),
    ("A HostedZone must contain at least one NS record for the zone itself.", UNKNOWN, "", "", ""),
    ("RRSet of type A with DNS name a.b. is not to our taste.", UNKNOWN, "a.b", "A", ""),
    (
        "RRSet with DNS name a.b., type A, SetIdentifier s cannot be created as there are 100 RRSets with the same name and type.",
        UNKNOWN,
        "a.b",
        "A",
        "s",
    ),
    ("Tried to rename resource record set [name='a.b.', type='A'] but it would not", UNKNOWN, "a.b", "A", ""),
    ("Something new, and [strange]", UNKNOWN, "", "", ""),
]
INDISTINCT = {"Something new, and [strange]"}


def refused(text, why, name, kind, set_id):
    return Refusal(why, text, name, kind, set_id)


@pytest.mark.parametrize("shape", ["{}", "[{}]"])
@pytest.mark.parametrize("row", TEXTS)
def test_every_message_is_understood_alone(row, shape):
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", shape.format(row[0])) == Refused((refused(*row),))


@pytest.mark.parametrize("row", [row for row in TEXTS if row[0] not in INDISTINCT])
def test_every_message_is_understood_among_others(row):
    first = ("RRSet with DNS name first. is not permitted in zone b.", BAD, "first", "", "")
    last = ("RRSet with DNS name last. is not permitted in zone b.", BAD, "last", "", "")
    message = f"[{first[0]}, {row[0]}, {last[0]}]"
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", message) == Refused((refused(*first), refused(*row), refused(*last)))


def test_all_known_messages_at_once_are_told_apart():
    rows = [row for row in TEXTS if row[0] not in INDISTINCT]
    message = f"[{', '.join(row[0] for row in rows)}]"
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", message) == Refused(tuple(refused(*row) for row in rows))


def test_an_unknown_message_after_a_known_one_is_not_lost():
    known = TEXTS[0]
    other = TEXTS[1]
    message = f"[{known[0]}, Something new, {other[0]}]"
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", message) == Refused(
        (refused(*known), Refusal(UNKNOWN, "Something new"), refused(*other))
    )


@given(st.lists(st.sampled_from([row for row in TEXTS if row[0] not in INDISTINCT]), min_size=1, max_size=8, unique=True), st.booleans())
def test_messages_are_told_apart_in_any_order_and_with_a_strange_one_after_any_of_them(rows, strange):
    # What follows a value in quotes, or a sentence that is not known, cannot be told from it.
    tells_its_end = not rows[-1][0].endswith("'") and rows[-1][1] is not UNKNOWN
    odd = ["Something new, and [strange]"] if strange and tells_its_end else []
    message = f"[{', '.join([*(row[0] for row in rows), *odd])}]"
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", message) == Refused(
        (*(refused(*row) for row in rows), *(Refusal(UNKNOWN, text) for text in odd))
    )


def test_a_value_may_hold_line_breaks():
    text = "Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '\"a\nb\"''"
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", f"[{text}]") == Refused((Refusal(BAD, text),))


def test_a_thousand_messages_are_told_apart_however_they_are_joined():
    names = [f"n{number}.b" for number in range(1000)]
    message = ",\n".join(f"RRSet with DNS name {name}. is not permitted in zone c." for name in names)
    assert [one.name for one in outcome_of(EMPTY, 400, "InvalidChangeBatch", message).refusals] == names


def test_a_message_said_twice_is_one_refusal():
    text = TEXTS[0][0]
    assert outcome_of(EMPTY, 400, "InvalidChangeBatch", f"[{text}, {text}]") == Refused((refused(*TEXTS[0]),))


@pytest.mark.parametrize("code", ["InvalidChangeBatch", ""])
def test_a_batch_refused_without_a_message_is_refused_for_reasons_unknown(code):
    assert outcome_of(EMPTY, 400, code, "").refusals[0].why is UNKNOWN


def test_the_modeled_form_has_no_code_and_is_understood():
    assert outcome_of(EMPTY, 400, "", f"[{TEXTS[0][0]}]") == Refused((refused(*TEXTS[0]),))


WHERE = "in Change with [Action=DELETE, Name=\\052.b., Type=A, SetIdentifier={}]"
NONE = (
    "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none"
)


@pytest.mark.parametrize(
    ("text", "name", "kind", "set_id"),
    [
        (f"{NONE} {WHERE.format('null')}", "*.b", "A", ""),
        (f"{NONE} {WHERE.format('s')}", "*.b", "A", "s"),
        (f"Invalid request: Missing field 'SetIdentifier' {WHERE.format('null')}", "*.b", "A", ""),
        ("Invalid XML ; cvc-maxLength-valid: Value 'x, y' with length = '1' is not facet-valid", "", "", ""),
        ("The input is not valid", "", "", ""),
    ],
)
def test_invalid_input_is_a_bad_value_of_the_set_that_it_names(text, name, kind, set_id):
    assert outcome_of(EMPTY, 400, "InvalidInput", text) == Refused((Refusal(BAD, text, name, kind, set_id),))


def test_a_bad_alias_target_is_blamed_on_the_aliases_that_have_it():
    def alias(name, target, kind="A"):
        return RecordSet(name, kind, alias=Alias("Z1", target, evaluate_health=False))

    call = Write(
        "Z1",
        (
            Create(alias("x.b", "t.b")),
            Replace(Stored(A), alias("y.b", "t.b")),
            Create(alias("z.b", "other.b")),
            Create(alias("x.b", "t.b", "AAAA")),
            Create(A),
        ),
    )
    text = "Tried to create an alias that targets t.b., type A in zone Z1, but that target was not found"
    assert outcome_of(call, 400, "InvalidChangeBatch", f"[{text}]") == Refused(
        (Refusal(CONFLICT, text, "x.b", "A"), Refusal(CONFLICT, text, "y.b", "A"))
    )


def test_a_bad_value_is_blamed_on_the_sets_that_have_it():
    bad = RecordSet("x.b", "TXT", ttl=1, values=('say "x"',))
    text = "Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) encountered with '\"say \\\"x\\\"\"''"
    outcome = outcome_of(Write("Z1", (Create(A), Upsert(Stored(bad), bad))), 400, "InvalidChangeBatch", f"[{text}]")
    assert outcome == Refused((Refusal(BAD, text, "x.b", "TXT"),))


def test_too_many_values_are_blamed_on_the_set_that_has_them():
    crowd = RecordSet("x.b", "A", ttl=1, values=tuple(f"192.0.{n // 250}.{n % 250}" for n in range(401)))
    text = "Cannot have more than 400 records in a RRSet."
    outcome = outcome_of(Write("Z1", (Create(A), Create(crowd))), 400, "InvalidChangeBatch", f"[{text}]")
    assert outcome == Refused((Refusal(Why.SET_FULL, text, "x.b", "A"),))


def test_of_several_problems_the_first_tells_the_set():
    bad = RecordSet("x.b", "CNAME", ttl=1, values=("odd",))
    first = TOLD.replace("'x'", "'odd'")
    text = f"Invalid Resource Record: '{first} ; {TOLD}'"
    outcome = outcome_of(Write("Z1", (Create(A), Create(bad))), 400, "InvalidChangeBatch", f"[{text}]")
    assert outcome == Refused((Refusal(BAD, text, "x.b", "CNAME"),))


@pytest.mark.parametrize(
    ("member", "record"),
    [
        ("99999999999", RecordSet("x.b", "A", ttl=99999999999, values=("192.0.2.1",))),
        ("s" * 129, RecordSet("x.b", "A", "s" * 129, 60, ("192.0.2.1",), None, Weighted(1))),
        ("h" * 65, RecordSet("x.b", "A", "s", 60, ("192.0.2.1",), None, Weighted(1), "h" * 65)),
        ("Z" * 33, RecordSet("x.b", "A", alias=Alias("Z" * 33, "t.b", evaluate_health=False))),
    ],
)
@pytest.mark.parametrize("length", ["", "with length = '129' "])
def test_what_the_schema_does_not_take_is_blamed_on_the_set_that_has_it(member, record, length):
    text = f"Invalid XML ; cvc-some-valid: Value '{member}' {length}is not facet-valid with respect to some '1' for type 'Some'."
    outcome = outcome_of(Write("Z1", (Create(A), Create(record))), 400, "InvalidInput", text)
    assert outcome == Refused((Refusal(BAD, text, "x.b", record.type, record.set_id),))


def test_a_missing_health_check_is_blamed_on_the_sets_that_name_it():
    checked = RecordSet("x.b", "A", "s", 60, ("192.0.2.1",), None, Weighted(1), "hc-1")
    message = "A health check with ID hc-1 does not exist."
    text = f"NoSuchHealthCheck: {message}"
    call = Write("Z1", (Create(A), Create(checked), Delete(Stored(checked))))
    assert outcome_of(call, 404, "NoSuchHealthCheck", message) == Refused((Refusal(Why.NO_HEALTH_CHECK, text, "x.b", "A", "s"),))
    assert outcome_of(Write("Z1", (Create(A),)), 404, "NoSuchHealthCheck", message) == Refused((Refusal(Why.NO_HEALTH_CHECK, text),))


def checked(name, check):
    return Create(RecordSet(name, "A", "s", 60, ("192.0.2.1",), None, Weighted(1), check))


@pytest.mark.parametrize(
    ("checks", "message", "blamed"),
    [
        (("hc-1", "hc-12", "hc-1-2"), "The specified health check does not exist: hc-1", {"n0.b"}),
        (("hc-1", "hc-12", "hc-1-2"), "hc-1-2 is not there.", {"n2.b"}),
        (("hc-1", "hc-1"), "A health check is not there.", {"n0.b", "n1.b"}),
        (("hc-1", "hc-2"), "A health check is not there.", {""}),
    ],
)
def test_a_health_check_is_told_by_its_whole_id_or_by_being_the_only_one(checks, message, blamed):
    call = Write("Z1", (Create(A), *(checked(f"n{number}.b", check) for number, check in enumerate(checks))))
    assert {one.name for one in outcome_of(call, 404, "NoSuchHealthCheck", message).refusals} == blamed


@pytest.mark.parametrize("call", [READ, EMPTY])
@pytest.mark.parametrize(
    ("status", "code", "message", "outcome"),
    [
        (400, "Throttling", "Rate exceeded", Throttled("Throttling: Rate exceeded")),
        (
            400,
            "Throttling",
            "Rate for operation ChangeResourceRecordSets exceeded",
            Throttled("Throttling: Rate for operation ChangeResourceRecordSets exceeded"),
        ),
        (400, "ThrottlingException", "Rate exceeded", Throttled("ThrottlingException: Rate exceeded")),
        (429, "429", "Too Many Requests", Throttled("429: Too Many Requests")),
        (400, "PriorRequestNotComplete", "still processing", Busy("PriorRequestNotComplete: still processing")),
        (403, "ExpiredToken", "expired", Unavailable("ExpiredToken: expired")),
        (403, "InvalidClientTokenId", "x", Unavailable("InvalidClientTokenId: x")),
        (403, "SignatureDoesNotMatch", "x", Unavailable("SignatureDoesNotMatch: x")),
        (403, "UnrecognizedClientException", "x", Unavailable("UnrecognizedClientException: x")),
        (403, "InvalidSignatureException", "x", Unavailable("InvalidSignatureException: x")),
        (503, "ServiceUnavailable", "x", Unavailable("ServiceUnavailable: x")),
        (503, "503", "", Unavailable("503")),
        (404, "404", "Not Found", Unavailable("HTTP 404 from something that is not Route53: Not Found")),
        (407, "", "", Unavailable("HTTP 407 from something that is not Route53: no message")),
        (403, "AccessDenied", "User: x", Refused((Refusal(Why.DENIED, "AccessDenied: User: x"),))),
        (403, "AccessDeniedException", "x", Refused((Refusal(Why.DENIED, "AccessDeniedException: x"),))),
        (404, "NoSuchHostedZone", "Z1", Refused((Refusal(Why.NO_ZONE, "NoSuchHostedZone: Z1"),))),
        (404, "NoSuchChange", "C1", Refused((Refusal(UNKNOWN, "NoSuchChange: C1"),))),
        (400, "Weather", "rain", Refused((Refusal(UNKNOWN, "Weather: rain"),))),
    ],
)
def test_codes_decide(call, status, code, message, outcome):
    assert outcome_of(call, status, code, message) == outcome


@pytest.mark.parametrize(("status", "code"), [(500, "InternalFailure"), (502, "502"), (504, "504")])
def test_after_other_server_errors_a_write_is_in_doubt_and_a_read_is_not(status, code):
    assert outcome_of(EMPTY, status, code, "x") == Uncertain(f"{code}: x")
    assert outcome_of(READ, status, code, "x") == Unavailable(f"{code}: x")


def test_what_the_strict_route53_refuses_is_understood():
    route53 = StrictRoute53()
    zone = route53.create_zone("example.com")
    weighted = RecordSet("w.example.com", "A", "one", 60, ("192.0.2.1",), None, Weighted(1))
    cname = RecordSet("c.example.com", "CNAME", ttl=60, values=("x.example.net",))
    route53.call(*to_params(Write(zone, (Create(A), Create(weighted), Create(cname)))), 0.0)
    changes = (
        Create(A),
        Delete(Stored(RecordSet("none.example.com", "A", ttl=1, values=("192.0.2.1",)))),
        Delete(Stored(RecordSet("c.example.com", "CNAME", ttl=61, values=("x.example.net",)))),
        Create(RecordSet("c.example.com", "A", ttl=1, values=("192.0.2.1",))),
        Create(RecordSet("*.elsewhere.org", "A", ttl=1, values=("192.0.2.1",))),
        Create(RecordSet("example.com", "CNAME", ttl=1, values=("x.example.net",))),
        Create(RecordSet("w.example.com", "A", "two", 61, ("192.0.2.1",), None, Weighted(1))),
        Create(RecordSet("w.example.com", "A", ttl=60, values=("192.0.2.1",))),
        Create(RecordSet("al.example.com", "A", alias=Alias(zone, "nowhere.example.com", evaluate_health=False))),
    )
    call = Write(zone, changes)
    with pytest.raises(ApiError) as caught:
        route53.call(*to_params(call), 0.0)
    outcome = outcome_of(call, caught.value.status, caught.value.code, caught.value.message)
    assert {(one.name, one.type, one.set_id, one.why) for one in outcome.refusals} == {
        ("a.example.com", "A", "", STALE),
        ("none.example.com", "A", "", STALE),
        ("c.example.com", "CNAME", "", STALE),
        ("c.example.com", "A", "", CONFLICT),
        ("*.elsewhere.org", "", "", BAD),
        ("example.com", "CNAME", "", CONFLICT),
        ("w.example.com", "A", "two", CONFLICT),
        ("w.example.com", "A", "", CONFLICT),
        ("al.example.com", "A", "", CONFLICT),
    }
