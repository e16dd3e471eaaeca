"""Facts become sentences: a table of what is said of each."""

import pytest
from msgspec.structs import replace

from dnsguard.core.telling import IN_SHORT, LONGEST, headline, tell
from dnsguard.core.verdicts import WAYS_OUT
from dnsguard.model.explanation import Asking, Explanation, GivenUp, LastSent, Moment, Record, Step, Unmet, ZoneAnswer
from dnsguard.model.facts import Reason, Side
from dnsguard.model.status import BreakerStatus, ContestedStatus, StandingVerdict

NOW = 100_000.0
A = "A 192.0.2.1 (TTL 300)"
BY = "HTTPRoute team/www asks for it through Gateway edge/public"
KNOWN = "as far as its objects can be understood"
RECORD = Record("A", "", A, managed=True, ours=True, owner="me", object="httproute/team/www")
ASKING = Asking("HTTPRoute team/www", "2026-01-01T00:00:00Z", "Gateway edge/public", ("web",), "", live=True, targets=("192.0.2.1",))
ZONE = ZoneAnswer("Z1", "example.com", "public", True, "", "", (RECORD,), (), (), (), ())
PLAIN = Explanation("www.example.com", NOW, True, (), (ZONE,), (ASKING,), 1, (), (), ())
EMPTY = replace(PLAIN, asking=(), asking_total=0)
CREATE = Step("create", "A", "", "", A)
TEXT = Step("create", "TXT", "", "", "TXT heritage=external-dns (TTL 300)")
REPLACE = Step("replace", "A", "", A, "A 192.0.2.2 (TTL 300)")
DELETE = Step("delete", "A", "", A, "")


def verdict(reason, text="it stays", age=60.0, **more):
    return StandingVerdict(
        reason, PLAIN.name, "Z1", more.pop("type", ""), more.pop("set_id", ""), text, "do something", NOW - age, age, **more
    )


def zoned(**changes):
    return replace(PLAIN, zones=(replace(ZONE, **changes),))


def asked(**changes):
    return replace(PLAIN, asking=(replace(ASKING, **changes),))


def test_every_reason_has_short_words_and_a_way_out():
    assert set(IN_SHORT) == set(WAYS_OUT) == set(Reason)


@pytest.mark.parametrize(
    ("explanation", "said"),
    [
        (PLAIN, f"{A}, as it is asked for"),
        (
            replace(zoned(verdicts=(verdict(Reason.HELD),)), asking=(replace(ASKING, live=False),)),
            f"{A}, held, for no status publishes it now",
        ),
        (zoned(records=()), "nothing stands there, although somebody asks for it"),
        (replace(EMPTY, zones=(replace(ZONE, records=()),)), "nothing stands there, and nobody asks for it"),
        (EMPTY, f"{A}, and nobody asks for it"),
        (zoned(state="unread", records=()), "nothing stands there, and its zone is not read yet"),
        (zoned(state="waiting"), f"{A}, a change waits"),
        (zoned(state="on its way"), f"{A}, a change is on its way"),
        (zoned(state="in doubt"), f"{A}, a change is in doubt"),
        (
            zoned(verdicts=(verdict(Reason.HELD), verdict(Reason.HELD, type="A"), verdict(Reason.FROZEN)), state="waiting"),
            f"{A}, held, for not every status publishes it now, frozen, a change waits",
        ),
        (zoned(records=(RECORD, replace(RECORD, answer="AAAA 2001:db8::1"))), f"{A} and AAAA 2001:db8::1, as it is asked for"),
        (zoned(records=(replace(RECORD, type="MX", managed=False),)), "only MX there, as it is asked for"),
        (replace(EMPTY, zones=()), "no zone in use holds it"),
        (replace(EMPTY, zones=(replace(ZONE, belongs=False, apart="another zone takes it"),)), "it belongs to no zone in use"),
        (replace(EMPTY, surveyed=False, zones=()), "the hosted zones have not been found yet"),
        (replace(EMPTY, stands_for=("a.example.com", "b.example.com")), "the ownership TXT of a.example.com, b.example.com"),
        (
            replace(PLAIN, zones=(ZONE, replace(ZONE, id="Z2", visibility="private", records=()))),
            (
                f"in example.com (Z1, public) {A}, as it is asked for;"
                " in example.com (Z2, private) nothing stands there, although somebody asks for it"
            ),
        ),
        (replace(PLAIN, troubles=(("Gateway edge/public", "no spec"),)), f"{A}, as it is asked for, {KNOWN}"),
    ],
)
def test_the_short_answer(explanation, said):
    assert headline(explanation) == f"www.example.com: {said}"
    assert tell(explanation)[0] == headline(explanation)


@pytest.mark.parametrize(
    ("explanation", "sentence"),
    [
        # Records
        (zoned(records=(replace(RECORD, set_id="blue"),)), f"There stands {A} (blue); ours by its TXT (httproute/team/www)."),
        (zoned(records=(replace(RECORD, object=""),)), f"There stands {A}; ours by its TXT (without an object)."),
        (zoned(records=(replace(RECORD, ours=False, owner="x"),)), f"There stands {A}; owned by 'x', not ours."),
        (
            zoned(records=(replace(RECORD, ours=False, owner=None),)),
            f"There stands {A}; no TXT says whose it is, so it is not ours.",
        ),
        (
            zoned(records=(replace(RECORD, type="MX", answer="MX 10 mx", managed=False),)),
            "There stands MX 10 mx; its type is not one that is written here.",
        ),
        (
            zoned(records=(replace(RECORD, confirmed="A 192.0.2.9 (TTL 300)"),)),
            (f"There stands {A}, where A 192.0.2.9 (TTL 300) was left: somebody else changed it; ours by its TXT (httproute/team/www)."),
        ),
        (zoned(lost=(A,)), f"Somebody else deleted {A}."),
        # Who asks
        (
            asked(set_id="blue", listeners=("a", "b")),
            "HTTPRoute team/www asks for it as 'blue' through Gateway edge/public (listeners a, b) and publishes 192.0.2.1.",
        ),
        (asked(listeners=()), f"{BY} and publishes 192.0.2.1."),
        (
            asked(live=False, lost_since=NOW - 3700, why="its status is silent"),
            (f"{BY} (listener web) and publishes nothing for 1h1m: its status is silent; the last value counts: 192.0.2.1."),
        ),
        (
            asked(live=False, targets=None, lost_since=NOW - 5),
            f"{BY} (listener web) and never published anything.",
        ),
        (
            asked(doubtful=True, problems=("no ttl",)),
            (
                f"{BY} (listener web) and publishes 192.0.2.1; it vanished without proof:"
                " a list lacked more than half of what was known, or its kind cannot be had any more; not understood: no ttl."
            ),
        ),
        (
            replace(PLAIN, asking=(ASKING, replace(ASKING, object="HTTPRoute x", listeners=()))),
            "HTTPRoute x (created 2026-01-01T00:00:00Z) asks for it through Gateway edge/public and publishes 192.0.2.1.",
        ),
        (replace(PLAIN, asking_total=30), "29 more ask for it."),
        (EMPTY, "Nobody asks for it."),
        (replace(EMPTY, missing=("Gateway",)), "Nobody asks for it, as far as is known."),
        (replace(EMPTY, missing=("Gateway",)), "Nothing is written yet: Gateway was not listed yet."),
        (replace(EMPTY, missing=("Gateway", "HTTPRoute")), "Nothing is written yet: Gateway, HTTPRoute were not listed yet."),
        (replace(EMPTY, unmet=(Unmet("HTTPRoute team/x", "no way"),)), "HTTPRoute team/x names it and gets nothing of it: no way."),
        (replace(EMPTY, unmet=(Unmet("HTTPRoute team/x", ""),)), "HTTPRoute team/x names it and gets nothing of it."),
        (replace(EMPTY, given_up=GivenUp("HTTPRoute team/x", NOW - 90, gone=True)), "HTTPRoute team/x gave it up 1m30s ago: it is gone."),
        (
            replace(EMPTY, given_up=GivenUp("HTTPRoute team/x", NOW - 90, gone=False)),
            "HTTPRoute team/x gave it up 1m30s ago: its spec, or a parent, grants it the name no longer.",
        ),
        (
            replace(PLAIN, troubles=(("Gateway edge/public", "no spec."),)),
            "Gateway edge/public is there and cannot be understood: no spec; what was last understood of it counts.",
        ),
        (
            replace(
                PLAIN,
                contested=(ContestedStatus("Gateway e/p", ("a",), (Side(("a",), ("x", "y")), Side(("b",), ())), NOW + 30),),
            ),
            (
                "The addresses of Gateway e/p are contested: a (written by x, y) against b (written by nobody known);"
                " a counts until it has been calm for 30s."
            ),
        ),
        # Verdicts, plans, what comes
        (zoned(verdicts=(verdict(Reason.HELD),)), "Held for 1m: it stays."),
        (zoned(verdicts=(verdict(Reason.FOREIGN, type="A", set_id="blue"),)), "Foreign (A) of 'blue' for 1m: it stays."),
        (zoned(verdicts=(verdict(Reason.HELD),)), "The way out: do something."),
        (replace(EMPTY, zones=(), homeless=verdict(Reason.NO_ZONE)), "No-zone for 1m: it stays."),
        (
            zoned(breaker=BreakerStatus(20, 4, 40, NOW, 20, "00ff00ff")),
            (
                "20 names of example.com are parked, where 4 may go: look at them with dnsguard approve --zone Z1,"
                " let them go with --checksum 00ff00ff."
            ),
        ),
        (zoned(plan=(CREATE, TEXT), state="waiting"), f"To be sent: create {A}."),
        (zoned(plan=(TEXT,), state="waiting"), "To be sent: create TXT heritage=external-dns (TTL 300)."),
        (
            zoned(plan=(REPLACE, DELETE), verdicts=(verdict(Reason.FROZEN),)),
            f"Kept back: replace {A} by A 192.0.2.2 (TTL 300); delete {A}.",
        ),
        (zoned(state="on its way"), "On its way: a change."),
        (zoned(state="in doubt", plan=(DELETE,)), f"Sent, and no answer came: delete {A}; a read will tell."),
        (zoned(causes=("Gateway e/p", "HTTPRoute t/w")), "What caused it: Gateway e/p, HTTPRoute t/w."),
        (
            zoned(sent=LastSent(NOW - 86400 * 2, (CREATE,), "refused", "no.")),
            f"Last sent 2d ago: create {A}; it was refused: no.",
        ),
        (zoned(next=(Moment(NOW + 90, "the grace ends"),)), "Next, in 1m30s: the grace ends."),
        (zoned(next=(Moment(NOW, "it may be sent"),)), "Next, at once: it may be sent."),
        # Zones
        (PLAIN, "It belongs to the zone example.com (Z1, public)."),
        (zoned(belongs=False, apart="no"), "The zone example.com (Z1, public) could hold it, but no."),
        (replace(EMPTY, zones=()), "No hosted zone is in use at all: see zones in the config."),
        (replace(EMPTY, zones=(), in_use=("a.org", "b.org")), "Zones in use: a.org, b.org."),
        (replace(EMPTY, zones=(), nearest=("a.org",), in_use=("b.org",)), "A zone in use has a name much like it: a.org."),
        (
            zoned(records=(), wildcard="*.example.com", wildcard_records=(RECORD, replace(RECORD, type="TXT", answer="TXT x"))),
            (f"While nothing stands there, *.example.com answers for it: {A}; dnsguard explain '*.example.com' says more."),
        ),
    ],
)
def test_what_is_said_of_a_fact(explanation, sentence):
    assert sentence in tell(explanation)


def test_who_gave_a_name_up_is_not_told_while_somebody_asks_for_it():
    assert not any("gave it up" in sentence for sentence in tell(replace(PLAIN, given_up=GivenUp("HTTPRoute x", NOW - 9, gone=True))))


def test_what_belongs_to_one_of_several_zones_says_so():
    other = replace(ZONE, id="Z2", visibility="private", sent=LastSent(NOW - 5, (CREATE,), "accepted"), plan=(DELETE,), state="waiting")
    found = tell(replace(PLAIN, zones=(ZONE, other)))
    assert f"Last sent in example.com (Z2, private) 5s ago: create {A}; it was accepted." in found
    assert f"To be sent in example.com (Z2, private): delete {A}." in found


def test_a_zone_that_only_could_hold_it_and_holds_nothing_is_not_told_beside_one_that_does():
    other = replace(ZONE, id="Z2", name="com", belongs=False, apart="the longer zone takes it", records=())
    assert not any("Z2" in sentence for sentence in tell(replace(PLAIN, zones=(ZONE, other))))


def test_long_values_are_cut():
    long = ", ".join(f"192.0.2.{n}" for n in range(200))
    found = tell(zoned(records=(replace(RECORD, answer=long),)))
    assert max(map(len, found)) < LONGEST + 100
    assert any("..." in sentence for sentence in found)
