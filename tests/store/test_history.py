"""The history says what was changed, for whom, and what became of it."""

import json
from contextlib import closing

import msgspec
import pytest
from click.testing import CliRunner

from dnsguard.cli.main import dnsguard
from dnsguard.model.changes import Accepted, Busy, ChangeInfo, Create, Delete, Refusal, Refused, Replace, Throttled, Uncertain, Why, Write
from dnsguard.model.facts import Answered, Called, Carried, Propagated
from dnsguard.model.past import SENT
from dnsguard.model.records import RecordSet, Stored
from dnsguard.store.database import Database, look_into
from dnsguard.store.history import Chronicle, batch_of, before, oldest, read_all, read_batch, read_history, read_later, read_since

OLD = RecordSet("www.example.com", "A", ttl=300, values=("192.0.2.1",))
NEW = RecordSet("www.example.com", "A", ttl=300, values=("192.0.2.2",))
TXT = RecordSet("a-www.example.com", "TXT", ttl=300, values=("heritage=external-dns",))
MADE = (Create(NEW), Create(TXT))
REFUSED = Refused((Refusal(Why.CONFLICT, "no CNAME beside it"),))


class Kept:
    """A journal in which some batches were noted."""

    def __init__(self, path, begun=1000.0, size=1 << 24):
        self.path = path
        self.chronicle = Chronicle(begun)
        self.database = Database(path, "me", size)
        self.database.open()

    def tell(self, *facts, now=1000.0):
        for fact in facts:
            self.chronicle.tell(fact, now)
        self.database.write((), self.chronicle.take())

    def batch(self, job, outcome=None, changes=MADE, name="www.example.com"):
        write = Write("Z1", changes)
        self.tell(Called(job, write, (Carried(name, 1.0, 2.0, changes, ("HTTPRoute team/www",)),)))
        if outcome is not None:
            self.tell(Answered(job, write, outcome, 0.25))

    def read(self, **how):
        return self.ask(lambda base: list(read_history(base, **how)))

    def ask(self, question):
        with look_into(self.path) as base:
            return question(base)


@pytest.fixture
def kept(tmp_path):
    made = Kept(tmp_path / "journal.sqlite")
    with closing(made.database):
        yield made


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, SENT),
        (Accepted(ChangeInfo("C1")), "accepted"),
        (REFUSED, "refused: no CNAME beside it"),
        (Uncertain("no answer"), "uncertain: no answer"),
    ],
)
def test_a_batch_shows_what_became_of_it(kept, outcome, said):
    kept.batch(1, outcome)
    (past,) = kept.read()
    assert (past.outcome, past.name, past.zone, past.deed.causes) == (said, "www.example.com", "Z1", ("HTTPRoute team/www",))
    assert past.deed.changes == (Create(NEW), Create(TXT))


@pytest.mark.parametrize("outcome", [Throttled(), Busy()])
def test_what_had_no_effect_leaves_no_trace(kept, outcome):
    kept.batch(1, outcome)
    assert kept.read() == []


def test_it_says_how_long_a_change_took_to_all_name_servers(kept):
    kept.batch(1, Accepted(ChangeInfo("C1")))
    kept.tell(Propagated("Z1", "C1", 30.0, insync=True))
    (past,) = kept.read()
    assert (past.change, past.seconds, past.insync) == ("C1", 0.25, 30.0)


def test_jobs_of_the_same_number_in_two_runs_are_two_batches(kept):
    kept.batch(1, Accepted(ChangeInfo("C1")))
    kept.chronicle = Chronicle(2000.0)
    kept.batch(1, REFUSED)
    assert [past.outcome for past in kept.read()] == ["refused: no CNAME beside it", "accepted"]


def test_the_oldest_goes_when_the_file_grows_too_large(tmp_path):
    made = Kept(tmp_path / "journal.sqlite", size=1 << 20)
    with closing(made.database):
        for job in range(3000):
            made.batch(job, Accepted(ChangeInfo(f"C{job}")))
        found = made.read(most=10000)
        assert found[0].change == "C2999"
        assert 500 < len(found) < 3000
        assert made.path.stat().st_size <= 1 << 20


def test_only_whole_batches_go(tmp_path):
    made = Kept(tmp_path / "journal.sqlite", size=1 << 20)
    with closing(made.database):
        for job in range(60):
            write = Write("Z1", MADE)
            carried = tuple(Carried(f"n{number}.example.com", 1.0, 2.0, MADE) for number in range(70))
            made.tell(Called(job, write, carried), Answered(job, write, Accepted(ChangeInfo(f"C{job}")), 0.25))
        batches = [past.batch for past in made.ask(lambda base: list(read_all(base)))]
        left = set(batches)
        assert 1 <= len(left) < 60
        assert {batches.count(batch) for batch in left} == {70}
        assert not before(batches[0], made.ask(oldest)[1])
        assert before("3e8-0", made.ask(oldest)[1])


def test_a_batch_is_found_by_its_name_and_its_change_id_with_what_came_after_it(kept):
    kept.batch(1, Accepted(ChangeInfo("C1")))
    kept.batch(2, Accepted(ChangeInfo("C2")), name="other.example.com")
    kept.batch(3, Accepted(ChangeInfo("C3")))
    assert [kept.ask(lambda base, text=text: batch_of(base, text)) for text in ("f4240-1", "C1", "/change/C1", "", "nonsense")] == [
        "f4240-1",
        "f4240-1",
        "f4240-1",
        None,
        None,
    ]
    assert [past.change for past in kept.ask(lambda base: read_batch(base, "f4240-1"))] == ["C1"]
    assert [past.change for past in kept.ask(lambda base: read_later(base, "f4240-1"))] == ["C3"]
    assert kept.ask(oldest) == (1000.0, "f4240-1")


def test_what_left_in_a_moment_or_later_is_found_by_zone(kept):
    for number in range(4):
        write = Write("Z1", MADE)
        kept.tell(Called(number, write, (Carried("a.example.com", 1.0, 2.0, MADE),)), now=1000.0 + number)
    assert [past.at for past in kept.ask(lambda base: read_since(base, "Z1", 1002.0))] == [1002.0, 1003.0]
    assert kept.ask(lambda base: read_since(base, "Z2", 0.0)) == []


@pytest.mark.parametrize(
    ("one", "other", "earlier"),
    [("a-9", "a-10", True), ("a-10", "a-9", False), ("9-1", "a-1", True), ("nonsense", "a-1", False), ("a-1-1", "a-2", False)],
)
def test_batches_have_an_order_by_their_names(one, other, earlier):
    assert before(one, other) is earlier


def ask(kept, *arguments, state=None):
    config = kept.path.with_name("dnsguard.yaml")
    path = kept.path if state is None else state
    config.write_text(f"zones: [{{domains: [example.com]}}]\nownership: {{owner: me}}\npolicy: sync\nstate: {{path: '{path}'}}\n")
    first = ["history", *arguments] if arguments[:1] == ("export",) else ["history", "--config", str(config), *arguments]
    return CliRunner().invoke(dnsguard, [*first, *(["--config", str(config)] if arguments[:1] == ("export",) else [])])


def plain(record):
    return json.loads(msgspec.json.encode(record))


def test_the_command_shows_a_table_and_json_beside_the_writer(kept):
    kept.batch(1, Accepted(ChangeInfo("C1")), (Replace(Stored(OLD), NEW),))
    kept.batch(2, None, (Delete(Stored(NEW)),), name="other.example.com")
    shown = ask(kept).output
    assert "~ A 192.0.2.1 (TTL 300) -> A 192.0.2.2 (TTL 300)" in shown
    assert shown.index("other.example.com") < shown.index("www.example.com")
    (line,) = ask(kept, "WWW.example.com.", "--json").output.splitlines()
    said = json.loads(line)
    assert (said["name"], said["outcome"], said["change_id"], said["at"]) == (
        "www.example.com",
        "accepted",
        "C1",
        "1970-01-01T00:16:40.000Z",
    )
    (change,) = said["changes"]
    assert (change["action"], change["before"]["values"], change["after"]["values"]) == ("replace", ["192.0.2.1"], ["192.0.2.2"])


def test_the_export_has_all_of_it_the_oldest_first_one_line_each(kept):
    kept.batch(1, Accepted(ChangeInfo("C1")), (Replace(Stored(OLD), NEW), Create(TXT)))
    kept.batch(2, REFUSED, (Delete(Stored(NEW)),), name="other.example.com")
    first, second = map(json.loads, ask(kept, "export").output.splitlines())
    assert first == {
        "at": "1970-01-01T00:16:40.000Z",
        "zone": "Z1",
        "name": "www.example.com",
        "changes": [
            {"action": "replace", "before": plain(OLD), "after": plain(NEW)},
            {"action": "create", "before": None, "after": plain(TXT)},
        ],
        "causes": ["HTTPRoute team/www"],
        "outcome": "accepted",
        "batch": "f4240-1",
        "change_id": "C1",
        "call_seconds": 0.25,
        "insync_seconds": None,
    }
    assert (second["outcome"], second["changes"][0]["after"]) == ("refused: no CNAME beside it", None)


def test_a_command_behind_the_options_is_no_host(kept):
    config = kept.path.with_name("dnsguard.yaml")
    ended = CliRunner().invoke(dnsguard, ["history", "--config", str(config), "export"])
    assert (ended.exit_code, "export comes before the options: dnsguard history export" in ended.output) == (2, True)


def test_the_command_says_that_there_is_nothing(kept):
    assert ask(kept, "export").output == ""
    assert ask(kept).output == "nothing was changed yet\n"
    assert ask(kept, "x.example.com").output == "nothing is known of x.example.com\n"


@pytest.mark.parametrize(("state", "said"), [("", "state.path is empty"), ("/nowhere/at/all.sqlite", "there is no journal")])
def test_the_command_says_why_it_cannot(kept, state, said):
    result = ask(kept, state=state)
    assert result.exit_code != 0
    assert said in str(result.exception)


def test_the_command_reads_no_other_file(kept, tmp_path):
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"what is this" * 1000)
    assert "cannot be read" in str(ask(kept, state=other).exception)
