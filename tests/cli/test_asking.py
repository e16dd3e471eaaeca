"""The commands that ask a running service: where it is, what it says, and one sentence for whatever goes wrong."""

import getpass
import json
import re
import socket

import pytest
from aiohttp import web

from dnsguard.cli.asking import who
from dnsguard.core.breaker import checksum_of
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.strict import Busy, Throttle
from dnsguard.lab.world import World
from dnsguard.model.events import SourceLost, Unreadable
from dnsguard.model.facts import Ordered
from dnsguard.model.objects import Ref
from dnsguard.model.orders import Freeze
from dnsguard.model.settings import Flap, Guard, Ownership, Settings, ZoneEntry
from dnsguard.model.webhook import HookChanges, HookEndpoint
from dnsguard.modes.driver import Driver
from dnsguard.modes.service import Service
from dnsguard.web.api import make_api
from tests.cli.conftest import threaded

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", guard=Guard(flap=Flap(turns=2)))
TOKEN = "0123456789abcdef0123456789abcdef"
COMMANDS = [
    ["status"],
    ["status", "--verdicts", "held"],
    ["explain", "n1.example.com"],
    ["approve"],
    ["approve", "--zone", "example.com", "--max", "3"],
    ["freeze", "--reason", "x"],
    ["thaw"],
    ["repair", "n1.example.com"],
    ["undo", "1-1"],
    ["undo", "1-1", "--checksum", "00000000"],
    ["restore", "--zone", "example.com", "--to", "10m"],
]


class WorldClock:
    def __init__(self, world):
        self.now = lambda: world.now

    async def wait(self, event, until):
        raise AssertionError("nobody runs this driver")


class Running:
    """A world that stands still, with its API; *heard* are the facts that orders made."""

    def __init__(self):
        self.world = World(SETTINGS)
        self.heard = []
        self.world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{n}", [f"n{n}.example.com"]) for n in range(40)))
        self.world.sync()
        self.world.run(10)
        driver = Driver(self.world.engine, None, WorldClock(self.world), [lambda fact, _: self.heard.append(fact)])
        self.service = Service(self.world.engine, driver, WorldClock(self.world))
        self.zone = self.world.zones["example.com"]
        self.api = ""

    def drop(self, count):
        self.world.drop(*(Ref("HTTPRoute", "team", f"n{n}") for n in range(count)))
        self.world.run(400)


@pytest.fixture
def running():
    made = Running()
    with threaded(make_api(made.service)) as made.api:
        yield made


@pytest.fixture
def ask(running, call):
    return lambda *arguments: call(*arguments, "--api", running.api)


# Status


def test_a_quiet_service_is_told_in_a_few_lines(ask, running):
    ended = ask("status")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "controller, owner me, policy sync, ready",
        "source HTTPRoute: 40 objects",
        "source Gateway: 1 objects",
        "source Namespace: 1 objects",
        f"zone example.com ({running.zone}, public): 82 record sets, 40 names are ours; read 10s ago",
    ]


def test_whatever_is_wrong_has_a_line(ask, running):
    world = running.world
    world.put(route("n1", ["n1.example.com"], accepted=False))
    world.order(Freeze(pattern="n2.example.com", until=world.now + 7200, reason="move", by="ann"))
    world.tell(Unreadable(Ref("HTTPRoute", "team", "n3"), "spec.hostnames is a number"))
    world.tell(SourceLost("Namespace", "403"))
    for n in range(7):
        world.put(gateway([f"192.0.2.{n % 2 + 1}"]))
        world.run(1)
    world.run(100)
    world.strict.faults.inject(Busy(), "ChangeResourceRecordSets")
    world.put(route("new", ["new.example.com"]))
    world.run(20)
    lines = ask("status").out.splitlines()
    for said in (
        r"source Namespace: 1 objects, out of reach since 2m\d+s: 403",
        r"contested: Gateway edge/public: 192\.0\.2\.1 by unknown against 192\.0\.2\.2 by unknown; 192\.0\.2\.\d stays published",
        r"not understood: HTTPRoute team/n3: spec\.hostnames is a number",
        r"zone example\.com \(\w+, public\): .*; 1 names wait to be sent, the oldest is due since \d+s; no write for \d+s; read .* ago",
        r"withheld: held: 1, the oldest for 2m\d+s \(dnsguard status --verdicts held\)",
        r"frozen: n2\.example\.com by ann: move, for 1h57m more \(dnsguard thaw\)",
    ):
        assert any(re.fullmatch(said, line) for line in lines), f"{said} is not in:\n" + "\n".join(lines)


def test_a_throttled_account_is_told_with_its_rates(ask, running):
    running.world.strict.faults.inject(Throttle(), "ChangeResourceRecordSets", count=1)
    running.world.put(route("new", ["new.example.com"]))
    running.world.run(2)
    (line,) = [line for line in ask("status").out.splitlines() if line.startswith("throttled")]
    assert re.fullmatch(r"throttled: the default account: 1 times, the last \ds ago; rates: .*ChangeResourceRecordSets at \d+%.*", line)


def test_objects_that_vanished_without_proof_are_counted(ask, running):
    running.world.relist("HTTPRoute", [Ref("HTTPRoute", "team", f"n{n}") for n in range(30)])
    running.world.run(5)
    assert "doubtful: 30 objects vanished without proof: what they ask for stays" in ask("status").out


def test_verdicts_of_a_reason_are_listed_with_age_way_out_and_objects(ask, running):
    running.world.put(route("n1", ["n1.example.com"], accepted=False))
    running.world.run(60)
    assert ask("status", "--verdicts", "held").out == (
        "n1.example.com: for 1m: a spec still claims it, although no status publishes it: the last value stays"
        " (it moves again when a status publishes it, and may go when the spec stops claiming it) [HTTPRoute team/n1]\n"
    )
    assert ask("status", "--verdicts", "orphan").out == "nothing is withheld for that reason\n"


def test_the_facts_are_printed_as_json(ask):
    assert json.loads(ask("status", "--json").out)["owner"] == "me"
    assert json.loads(ask("status", "--json", "--verdicts", "held").out) == {"total": 0, "verdicts": []}
    assert json.loads(ask("explain", "n1.example.com", "--json").out)["facts"]["name"] == "n1.example.com"


# Explain


def test_a_name_is_explained(ask, running):
    assert ask("explain", "n1.example.com").out.splitlines() == [
        "n1.example.com: A 192.0.2.1 (TTL 300), as it is asked for",
        f"  It belongs to the zone example.com ({running.zone}, public).",
        "  There stands A 192.0.2.1 (TTL 300); ours by its TXT (httproute/team/n1).",
        "  HTTPRoute team/n1 asks for it through Gateway edge/public (listener web) and publishes 192.0.2.1.",
        "  Last sent 10s ago: create A 192.0.2.1 (TTL 300); it was accepted.",
    ]


# Approve


def test_what_is_parked_is_listed_with_the_command_that_lets_exactly_it_go(ask, running):
    assert ask("approve").out == "nothing is parked\n"
    running.drop(20)
    names = sorted(f"n{n}.example.com" for n in range(20))
    lines = ask("approve").out.splitlines()
    assert lines[0] == f"example.com ({running.zone}): 20 names would lose their records, where 4 of 40 may; all of them wait since 6m40s:"
    assert lines[1:-1] == [f"  {name}" for name in names]
    says, _, command = lines[-1].partition(": dnsguard ")
    assert (says, command) == ("to let exactly these go", f"approve --zone {running.zone} --checksum {checksum_of(names)}")
    assert ask("approve", "--zone", "example.com").out.splitlines() == lines
    ended = ask(*command.split())
    assert (ended.status, ended.out) == (0, "20 deletions in example.com are approved\n")
    running.world.run(10)
    assert len(running.world.values()) == 20


def test_an_approval_that_is_declined_is_status_1(ask, running):
    running.drop(20)
    ended = ask("approve", "--zone", "example.com", "--checksum", "00000000")
    assert (ended.status, ended.out) == (1, "")
    assert "are others now: 20, checksum" in ended.sentence
    assert ask("approve", "--zone", "example.com", "--max", "19").status == 1
    assert ask("approve", "--zone", "example.com", "--max", "25", "--for", "10m").status == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["approve", "--checksum", "00000000"], "Missing option '--zone'"),
        (["approve", "--max", "3"], "Missing option '--zone'"),
        (["approve", "--max", "0"], "--max"),
        (["approve", "--for", "10m"], "--for goes with --max"),
        (["approve", "--zone", "example.com", "--checksum", "x"], "checksum is 'x', allowed are eight digits"),
        (["approve", "--zone", "example.com", "--checksum", "00000000", "--max", "3"], "an approval has either checksum or max"),
        (["approve", "--zone", "example.com", "--max", "3", "--for", "10"], "for is '10' is not a duration"),
        (["freeze"], "Missing option '--reason'"),
        (["freeze", "--reason", "x", "--for", "soon"], "for is 'soon' is not a duration"),
        (["freeze", "--reason", "a\tb"], "reason holds a control character"),
        (["status", "--verdicts", "bored"], "reason is 'bored', allowed are held, grace"),
        (["explain", "a..b"], "'a..b' has an empty label"),
        (["repair"], "Missing argument 'HOST'"),
    ],
)
def test_bad_input_is_status_2_and_one_sentence(ask, running, arguments, sentence):
    ended = ask(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.sentence
    assert running.heard == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["approve", "--zone", "nowhere", "--max", "3"], "no zone in use is called 'nowhere'"),
        (["approve", "--zone", "nowhere"], "no zone in use is called 'nowhere'"),
        (["freeze", "a.*.b", "--reason", "x"], "has a * elsewhere"),
        (["thaw"], "everything is not frozen"),
        (["repair", "n1.example.com"], "nobody is known to have changed or deleted n1.example.com"),
    ],
)
def test_what_cannot_be_done_is_status_1_and_one_sentence(ask, arguments, sentence):
    ended = ask(*arguments)
    assert (ended.status, ended.out) == (1, "")
    assert sentence in ended.sentence


# Orders


def test_an_order_is_the_user_s_unless_somebody_else_is_named(ask, running):
    assert ask("freeze", "--reason", "x").status == 0
    assert ask("freeze", "--zone", "example.com", "--for", "2h", "--reason", "y", "--by", "ann").status == 0
    assert ask("thaw").status == 0
    orders = [fact.order for fact in running.heard if isinstance(fact, Ordered)]
    assert [(type(order).__name__, order.by) for order in orders] == [("Freeze", who()), ("Freeze", "ann"), ("Thaw", who())]
    assert orders[1].until == running.world.now + 7200


def test_who_orders_is_the_user_of_the_operating_system(monkeypatch):
    assert who() == getpass.getuser()
    monkeypatch.setenv("LOGNAME", "ann")
    assert who() == "ann"


# Where the service is


@pytest.fixture
def file(tmp_path):
    def file(http):
        path = tmp_path / "dnsguard.yaml"
        path.write_text(f"zones: [{{domains: [example.com]}}]\nownership: {{owner: me}}\npolicy: sync\nhttp: {{{http}}}\n")
        return path

    return file


def test_a_config_file_says_where_it_is_and_where_the_token_is(running, call, file, tmp_path):
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with threaded(make_api(running.service, lambda: TOKEN)) as api:
        port = api.rpartition(":")[2]
        for host in ("127.0.0.1", "0.0.0.0"):
            path = file(f"api: '{host}:{port}', token_file: '{token}'")
            assert call("status", "--config", path).status == 0
        assert call("status", "--api", api).sentence == f"dnsguard: {api}/api/status answered 401: {MISSING}"
        assert call("status", "--api", api, "--token-file", token).status == 0
        # What is said on the command line goes before the file.
        elsewhere = file(f"token_file: '{token}'")
        assert call("status", "--api", api, "--config", elsewhere).status == 0


MISSING = "the header Authorization: Bearer TOKEN is missing or wrong"


def test_the_environment_says_it_too(running, call, file, monkeypatch):
    monkeypatch.setenv("DNSGUARD_CONFIG", str(file(f"api: '127.0.0.1:{running.api.rpartition(':')[2]}'")))
    assert call("status").status == 0
    monkeypatch.setenv("DNSGUARD_API", "http://127.0.0.1:9")
    assert call("status").status == 1


@pytest.mark.parametrize(
    ("http", "sentence"),
    [("api: ''", "http.api is empty, so the service has no API to ask"), ("api: nonsense", "http.api is 'nonsense', allowed is host:port")],
)
def test_a_config_file_without_an_api_is_bad_input(call, file, http, sentence):
    ended = call("status", "--config", file(http))
    assert ended.status == 2
    assert sentence in ended.sentence


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_service_that_does_not_answer_is_one_sentence_and_status_1(call, command):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        ended = call(*command, "--api", f"http://127.0.0.1:{port}")
    assert (ended.status, ended.out) == (1, "")
    assert ended.sentence.startswith(f"dnsguard: no answer from http://127.0.0.1:{port}/api/")


@pytest.mark.parametrize("how", [["--yes"], ["--checksum", "00000000"]])
def test_a_plan_as_json_is_for_looking(ask, how):
    ended = ask("undo", "1-1", "--json", *how)
    assert (ended.status, "--json is for looking, without --yes and --checksum" in ended.sentence) == (2, True)


def test_a_service_without_a_journal_knows_nothing_of_the_past(ask):
    ended = ask("undo", "1-1")
    assert ended.status == 2
    assert ended.sentence == "dnsguard: the service keeps no journal (state.path is empty), so it does not know what it did"


def test_a_token_file_that_cannot_be_read_is_bad_input(ask):
    ended = ask("status", "--token-file", "/nowhere")
    assert (ended.status, "--token-file /nowhere cannot be read" in ended.sentence) == (2, True)


@pytest.mark.parametrize(("status", "text"), [(200, "<html>"), (200, "5"), (500, "oops"), (404, "[]")])
def test_what_is_not_dnsguard_is_told(call, status, text):
    async def answer(_):
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_get("/api/status", answer)
    with threaded(app) as api:
        ended = call("status", "--api", api)
    assert ended.status == 1
    assert f"{api}/api/status answered {status}" in ended.sentence


# What external-dns asked


@pytest.fixture
def asked(call):
    """A sidecar whose zone holds one name, asked to delete it and to write another; and what asks it."""
    made = Running.__new__(Running)
    made.world, made.heard = World(SETTINGS, asked=False), []
    made.world.run(10)
    made.world.ask(HookChanges(create=(HookEndpoint("old.example.com", ("192.0.2.1",), "A"),)))
    made.world.run(10)
    made.world.ask(
        HookChanges(
            create=(HookEndpoint("new.example.com", ("192.0.2.1",), "A"), HookEndpoint("bad.example.com", ("nowhere",), "A")),
            delete=(HookEndpoint("old.example.com", ("192.0.2.1",), "A"),),
        )
    )
    made.world.engine.take(made.world.now)
    made.world.now += 90
    driver = Driver(made.world.engine, None, WorldClock(made.world), [])
    made.service = Service(made.world.engine, driver, WorldClock(made.world))
    with threaded(make_api(made.service)) as made.api:
        yield lambda *arguments: call(*arguments, "--api", made.api)


def test_what_was_accepted_and_is_not_carried_out_is_listed_with_its_age_and_reason(asked):
    ended = asked("status", "--unapplied")
    assert ended.status == 0
    old, new, bad = ended.out.splitlines()
    assert re.fullmatch(r"delete A old\.example\.com: for 1m30s: grace: external-dns asks to delete it: .*\(.*\)", old)
    assert re.fullmatch(r"write A new\.example\.com: for 1m30s: (waiting|on its way)", new)
    assert re.fullmatch(r"change A bad\.example\.com: for 1m30s: invalid: .*nowhere.*; external-dns is told that it does not stand", bad)
    assert json.loads(asked("status", "--unapplied", "--json").out)["total"] == 3


def test_the_status_tells_how_much_is_not_carried_out_and_for_how_long(asked):
    lines = asked("status").out.splitlines()
    assert lines[0].startswith("webhook, owner me")
    assert "accepted and not carried out: 3 names, the oldest for 1m30s (dnsguard status --unapplied)" in lines


def test_a_controller_says_that_nobody_asks_it(ask):
    ended = ask("status", "--unapplied")
    assert ended.status != 0
    assert "nobody asks here: this is not webhook mode" in ended.err
