"""`dnsguard scorecard` shows what the running service counted, or says in one sentence why it cannot."""

import json

import pytest
from aiohttp import web
from msgspec.structs import replace

from dnsguard.cli.scorecard import SHOWN, span
from dnsguard.core.scorecard import Scorekeeper
from dnsguard.model.changes import Create, ListRecords
from dnsguard.model.facts import Called, Cleared, Reason, Unsent, Verdict, Withheld
from dnsguard.model.records import RecordSet
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.web.scorecard import PATH, document, route
from tests.cli.conftest import threaded

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="shadow")
BEGUN = 1_770_000_000.0


def verdict(name, reason=Reason.HELD, text="why"):
    return Verdict("Z1", name, "", "", reason, text, "")


def told(*facts, settings=SETTINGS, seconds=4000.0):
    keeper = Scorekeeper(settings, BEGUN)
    for after, fact in facts:
        keeper.tell(fact, BEGUN + after)
    return keeper.card(BEGUN + seconds)


CARD = told(
    (1.0, Called(1, ListRecords("Z1", None, 20))),
    (5.0, Withheld(verdict("a.example.com"))),
    (12.0, Unsent("Z1", "a.example.com", BEGUN + 12, (Create(RecordSet("a.example.com", "A", ttl=300, values=("192.0.2.1",))),))),
    (22.0, Unsent("Z1", "a.example.com", BEGUN + 22, ())),
    (25.0, Cleared(verdict("a.example.com"))),
    (30.0, Withheld(verdict("b.example.com", Reason.GRACE))),
    (40.0, Unsent("Z1", "c.example.com", BEGUN + 40, (Create(RecordSet("c.example.com", "A", ttl=60, values=("192.0.2.2",))),))),
    (50.0, Withheld(verdict("d.example.com", Reason.FOREIGN, "owned by 'x': it is left alone"))),
    (900.0, Cleared(verdict("d.example.com", Reason.FOREIGN, "owned by 'x': it is left alone"))),
)


def service(routes):
    """Serve *routes* from a thread of their own; give the address."""
    app = web.Application()
    app.add_routes(routes)
    return threaded(app)


def test_the_card_is_shown_with_its_counts_and_names(call):
    with service([route(lambda: CARD)]) as url:
        ended = call("scorecard", "--api", url)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "since 2026-02-02T02:40:00.000Z (1 h 6 min), policy shadow"
    shown = {label.strip(): value.strip() for label, _, value in (line.partition("│") for line in lines) if value}
    assert (shown["calls that would have written, at least"], shown["only to look what somebody else did"]) == ("1", "1")
    assert (shown["deletions held back"], shown["still held"], shown["called back"]) == ("2", "1", "1")
    assert shown["seen deleted by somebody else meanwhile"] == "1"
    assert shown["divergences of more than 5 min 0 s"] == "2"
    assert (
        "  a.example.com: status lost: 20 s since 2026-02-02T02:40:05.000Z: called back; "
        "seen deleted by somebody else at 2026-02-02T02:40:12.000Z and back at 2026-02-02T02:40:22.000Z"
    ) in lines
    assert any(line.startswith("  b.example.com: grace: 1 h 6 min since") and line.endswith(": still held") for line in lines)
    assert "  c.example.com: shadow: nothing, wanted is A 192.0.2.2 (TTL 60): since 2026-02-02T02:40:40.000Z, still" in lines
    assert (
        "  d.example.com: foreign: owned by 'x': it is left alone: since 2026-02-02T02:40:50.000Z until 2026-02-02T02:55:00.000Z"
    ) in lines


def test_the_card_is_printed_as_json(call):
    with service([route(lambda: CARD)]) as url:
        ended = call("scorecard", "--json", "--api", f"{url}/")
    assert (ended.status, json.loads(ended.out)) == (0, document(CARD))


def test_under_a_policy_that_writes_the_words_are_of_what_was_done(call):
    card = told(
        (5.0, Withheld(verdict("a.example.com"))), (25.0, Cleared(verdict("a.example.com"))), settings=replace(SETTINGS, policy="sync")
    )
    with service([route(lambda: card)]) as url:
        out = call("scorecard", "--api", url).out
    assert "calls that wrote" in out
    assert "would" not in out


def test_many_names_are_cut_short_in_text(call):
    card = told(*((5.0, Withheld(verdict(f"n{number}.example.com"))) for number in range(SHOWN + 7)))
    with service([route(lambda: card)]) as url:
        assert call("scorecard", "--api", url).out.splitlines()[-1] == "  and 7 more (--json)"


async def refusing(_):
    return web.Response(status=503, text="not now")


async def talking(_):
    return web.Response(text="hello")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusing, f"{PATH} answered 503 with something that is not dnsguard's: 'not now'"),
        (talking, "answered 200 with something that is not dnsguard's: 'hello'"),
    ],
    ids=["an error", "something else"],
)
def test_what_is_no_scorecard_is_one_sentence(answer, said, call):
    with service([web.get(PATH, answer)]) as url:
        ended = call("scorecard", "--api", url)
    assert (ended.status, ended.out) == (1, "")
    assert said in ended.sentence


@pytest.mark.parametrize("api", ["http://127.0.0.1:9", "127.0.0.1:9", "http://", "nonsense://x"])
def test_without_a_service_it_is_one_sentence_and_status_1(api, call):
    ended = call("scorecard", "--api", api)
    assert (ended.status, ended.out) == (1, "")
    assert "is dnsguard running there (--api)?" in ended.sentence


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.4, "0 s"), (59.7, "1 min 0 s"), (3700, "1 h 1 min"), (86400 * 3 + 7200, "3 d 2 h")],
)
def test_a_span_is_told_in_its_two_largest_units(seconds, said):
    assert span(seconds) == said
