"""Random histories of what external-dns asks, faults, foreign hands and restarts: it converges, and nothing goes before its time."""

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dnsguard.lab.asker import Asker
from dnsguard.lab.strict import ApiError, Busy, Dropped, ServerError, Throttle
from dnsguard.lab.world import World
from dnsguard.model.changes import Call, Delete, Write
from dnsguard.model.settings import Deletes, Duration, Guard, Ownership, Settings, ZoneEntry
from dnsguard.model.webhook import HookEndpoint

GRACE = 300.0
CONFIG = Settings(
    zones=(ZoneEntry(domains=("example.com",)),),
    ownership=Ownership(owner="lab"),
    policy="sync",
    guard=Guard(delete_grace=Duration(GRACE), deletes=Deletes(share=1.0, cap=0)),
)
NAMES = ["a", "b", "*.w", "a.b"]
TARGETS = [
    ("A", ("192.0.2.1",)),
    ("A", ("192.0.2.1", "192.0.2.2")),
    ("CNAME", ("lb.example.net",)),
    ("CNAME", ("x.us-east-1.elb.amazonaws.com",)),
]
FAULTS = [Throttle(), Busy(), ServerError(503), ServerError(500), ServerError(500, applied=True), Dropped(), Dropped(applied=True)]


class ReceptionMachine(RuleBasedStateMachine):
    """External-dns and its sidecar; *wanted* is what external-dns is to bring about, *last* when each name was wanted last."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.world = World(CONFIG, seed=seed, witness=self.witness, asked=False)
        self.asker = Asker()
        self.wanted: dict[str, HookEndpoint] = {}
        self.last: dict[str, float] = {}
        self.meddled: set[str] = set()
        self.wrongs: list[str] = []
        self.world.run(5.0)

    def witness(self, call: Call, now: float) -> None:
        """Before each call: whether what it deletes for good was asked to go, and for long enough."""
        if not isinstance(call, Write):
            return
        coming = {change.after.name for change in call.changes if not isinstance(change, Delete)}
        for change in call.changes:
            if not isinstance(change, Delete) or change.before.value.type == "TXT" or change.before.value.name in coming:
                continue
            name = change.before.value.name
            if name in self.wanted and not self.changed_type(name, change.before.value.type):
                self.wrongs.append(f"deletes {name}, which is wanted")
            elif now - self.last.get(name, 0.0) < GRACE - 1e-6 and name not in self.wanted:
                self.wrongs.append(f"deletes {name} {now - self.last[name]} s after it was wanted last")

    def changed_type(self, name: str, kind: str) -> bool:
        wanted = self.asker.plan((), [self.wanted[name]]).create or ()
        return kind not in {each.type for each in wanted}

    @rule(name=st.sampled_from(NAMES), what=st.sampled_from(TARGETS), ttl=st.sampled_from([0, 60]))
    def want(self, name: str, what: tuple[str, tuple[str, ...]], ttl: int) -> None:
        self.note_wanted()
        host = f"{name}.example.com"
        self.wanted[host] = HookEndpoint(host, what[1], what[0], "", ttl)

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        self.note_wanted()
        self.wanted.pop(f"{name}.example.com", None)

    @rule(seconds=st.sampled_from([0.0, 0.22, 5.0]))
    def loop(self, seconds: float) -> None:
        if not self.world.reception.reasons():
            self.ask()
        self.wait(seconds)

    @rule()
    def look(self) -> None:
        if not self.world.reception.reasons():
            self.world.told()

    @rule(seconds=st.sampled_from([5.0, 60.0, 299.0, 301.0, 1900.0]))
    def wait_long(self, seconds: float) -> None:
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        self.note_wanted()
        self.world.run(seconds)
        self.note_wanted()

    @rule(fault=st.sampled_from(FAULTS), count=st.integers(1, 3))
    def fault(self, fault: object, count: int) -> None:
        self.world.strict.faults.inject(fault, "ChangeResourceRecordSets", count=count)

    @rule(name=st.sampled_from(NAMES), value=st.sampled_from(["198.51.100.9", "198.51.100.8"]))
    def foreign_upsert(self, name: str, value: str) -> None:
        record = {"Name": f"{name}.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        try:
            self.world.change("UPSERT", record)
        except ApiError as error:
            note(str(error))
        else:
            self.meddled.add(f"{name}.example.com")

    @rule(remembering=st.booleans())
    def restart(self, *, remembering: bool) -> None:
        self.note_wanted()
        self.world.restart(remembering=remembering)

    def ask(self) -> None:
        changes = self.asker.plan(self.world.told(), self.wanted.values())
        if changes.create or changes.update_new or changes.delete:
            self.world.ask(changes)

    def note_wanted(self) -> None:
        self.last.update(dict.fromkeys(self.wanted, self.world.now))

    @invariant()
    def nothing_wrong_was_done(self) -> None:
        assert not getattr(self, "wrongs", ()), self.wrongs

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.strict.faults.clear()
        for _ in range(150):
            self.note_wanted()
            self.world.run(60.0)
            self.ask()
        assert not self.wrongs, self.wrongs
        # What stands is what external-dns's own loop would leave alone: it has nothing more to ask, or of what others took.
        left = self.asker.plan(self.world.told(), self.wanted.values())
        foreign = {each.name for each in (*left.create, *left.update_new, *left.delete)} - self.meddled
        assert not {name for name in foreign if not name.startswith(("a-", "aaaa-", "cname-"))}, left
        stands = {record["Name"].rstrip(".").replace("\\052", "*") for record in self.world.records() if record["Type"] != "TXT"}
        assert stands - self.meddled == set(self.wanted) - self.meddled
        writes = self.world.strict.calls["ChangeResourceRecordSets"]
        for _ in range(10):
            self.world.run(60.0)
            self.ask()
        assert self.world.strict.calls["ChangeResourceRecordSets"] - writes <= 2 * len(self.meddled)


TestReception = ReceptionMachine.TestCase
TestReception.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
