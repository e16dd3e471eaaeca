"""The alert rules that ship speak of metrics that there are, and each has its section in the runbook."""

import re
from pathlib import Path

import pytest
import yaml

from dnsguard.app import Controller
from dnsguard.cli.main import dnsguard
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.facts import Journaled, Reason, Tripped
from dnsguard.model.settings import Cluster, Ownership, Settings, ZoneEntry
from dnsguard.web.levels import LevelCollector
from dnsguard.web.metrics import Metrics

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "config" / "alerts" / "dnsguard.yaml"
RULE = ROOT / "config" / "kustomize" / "components" / "alerts" / "prometheusrule.yaml"
RUNBOOK = ROOT / "docs" / "runbook.md"
GROUPS = yaml.safe_load(ALERTS.read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
SITUATIONS = {"down", "wrong", "throttled", "tripped", "frozen", "contested", "stale", "denied", "drift"}
DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")
METRIC = re.compile(r"\bdnsguard_\w+")
MATCHER = re.compile(r'(\w+)(=~?|!=|!~)"([^"]*)"')


def ids(rule):
    return rule["alert"]


@pytest.fixture(scope="module")
def series():
    """The series of a controller that has done some work: names of samples, each with its labels."""
    world = World(
        Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", cluster=Cluster(server="http://127.0.0.1:9"))
    )
    world.put(gateway(["192.0.2.1"]), namespace("team"), route("www", ["www.example.com"]))
    world.sync()
    world.run(4000)
    registry = Controller(world.settings).registry
    # What a controller registers is what is asked; its engine is the world's here.
    metrics = Metrics(registry := type(registry)())
    registry.register(LevelCollector(lambda: world.engine.status(world.now)))
    for now, fact in world.facts:
        metrics.tell(fact, now)
    metrics.tell(Journaled("kept", works=True), world.now)
    metrics.tell(Tripped(world.zones["example.com"], "example.com", 5, 3, 10), world.now)
    found = {}
    for family in registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_has_the_form_of_one(rule):
    assert re.fullmatch(r"Dnsguard[A-Z]\w+", rule["alert"])
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert DURATION.fullmatch(rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_metric_that_a_rule_names_is_there_with_the_labels_it_asks_for(rule, series):
    assert METRIC.findall(rule["expr"])
    for name, matchers in re.findall(r"(dnsguard_\w+)(?:\{([^}]*)\})?", rule["expr"]):
        assert name in series
        for label, _, _ in MATCHER.findall(matchers):
            assert all(label in labels for labels in series[name]), f"{name} has no label {label}"


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_value_that_a_rule_asks_for_is_one_that_there_is(rule, series):
    # Labels whose values are all there from the start: the others come with what happens.
    closed = {
        ("dnsguard_withheld", "reason"),
        ("dnsguard_oldest_seconds", "what"),
        ("dnsguard_refusals_total", "why"),
        ("dnsguard_calls_total", "outcome"),
    }
    for name, matchers in re.findall(r"(dnsguard_\w+)\{([^}]*)\}", rule["expr"]):
        for label, _, wanted in MATCHER.findall(matchers):
            if (name, label) in closed:
                assert set(wanted.split("|")) <= {labels[label] for labels in series[name]}


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_labels_that_a_text_speaks_of_are_left_by_the_expression(rule, series):
    texts = " ".join(rule["annotations"].values())
    grouped = re.search(r"sum by \((\w+)\)", rule["expr"])
    for label in re.findall(r"\$labels\.(\w+)", texts):
        names = METRIC.findall(rule["expr"])
        assert (grouped and grouped[1] == label) or any(label in labels for name in names for labels in series[name])


def test_no_two_rules_have_one_name():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_the_operators_rules_are_the_same():
    manifest = yaml.safe_load(RULE.read_text())
    assert (manifest["apiVersion"], manifest["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert manifest["spec"]["groups"] == GROUPS


# The runbook


def sections():
    """The sections of the runbook, by anchor."""
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    return {heading.lower().replace(" ", "-"): body for heading, body in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_rule_has_its_section_which_names_it(rule):
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert ROOT / path == RUNBOOK
    assert rule["alert"] in sections()[anchor]


def test_every_situation_has_a_section_with_what_to_see_do_and_expect():
    told = sections()
    assert SITUATIONS | {"going-back"} <= told.keys()
    for anchor in SITUATIONS:
        for part in ("**You see**", "**It means**", "**By itself**", "**Do**", "**Over**"):
            assert part in told[anchor], f"{anchor} lacks {part}"


def test_every_reason_that_the_runbook_speaks_of_is_one():
    named = set(re.findall(r'reason=~?"([\w|-]+)"', RUNBOOK.read_text()))
    assert {each for text in named for each in text.split("|")} <= {reason.value for reason in Reason}


def test_every_metric_that_the_runbook_names_is_there(series):
    assert {name for name in METRIC.findall(RUNBOOK.read_text()) if name not in series} == set()


def test_every_command_that_the_runbook_names_is_there_with_its_options():
    lines = re.findall(r"(?:^    |`|-- )dnsguard ([a-z][a-z-]+)([^`\n]*)", RUNBOOK.read_text(), flags=re.MULTILINE)
    assert {"status", "explain", "approve", "freeze", "thaw", "repair", "check-access", "doctor", "handback"} <= {name for name, _ in lines}
    for name, rest in lines:
        options = {option for parameter in dnsguard.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, f"dnsguard {name}{rest}"
