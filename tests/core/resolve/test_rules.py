"""Rules are the settings, compiled; what is wrong in them is said with its field and value."""

import pytest

from dnsguard.core.resolve.rules import GatewayRules, compile_rules
from dnsguard.core.selectors import parse
from dnsguard.errors import ConfigError
from dnsguard.model.settings import GatewaySource, Sources, ZoneEntry


def test_default_settings_are_the_default_rules() -> None:
    """Without settings everything counts."""
    assert compile_rules(Sources(), (ZoneEntry(), ZoneEntry())) == GatewayRules()


def test_every_setting_is_compiled() -> None:
    """Each field of the sources has its place."""
    sources = Sources(
        namespaces=("one", "two"),
        label_filter="a=b",
        annotation_filter="c",
        annotation_prefixes=("x.example/",),
        gateway=GatewaySource(name="edge", namespace="infra", label_filter="!d", listener_sets=True),
    )

    assert compile_rules(sources, (ZoneEntry(), ZoneEntry(gateway_label_filter="e"))) == GatewayRules(
        namespaces=frozenset({"one", "two"}),
        labels=parse("a=b"),
        annotations=parse("c"),
        prefixes=("x.example/",),
        gateway_name="edge",
        gateway_namespace="infra",
        gateway_labels=parse("!d"),
        listener_sets=True,
        entries=(parse(""), parse("e")),
    )


@pytest.mark.parametrize(
    ("sources", "entries", "field"),
    [
        (Sources(label_filter="a>b"), (), "sources.label_filter: 'a>b'"),
        (Sources(annotation_filter="="), (), "sources.annotation_filter: '='"),
        (Sources(gateway=GatewaySource(label_filter="a,")), (), "sources.gateway.label_filter: 'a,'"),
        (
            Sources(),
            (ZoneEntry(), ZoneEntry(gateway_label_filter="(")),
            "zones[1].gateway_label_filter: '('",
        ),
        (Sources(annotation_prefixes=("x/", "y")), (), "sources.annotation_prefixes: 'y' does not end with a slash"),
    ],
)
def test_what_is_wrong_is_named(sources: Sources, entries: tuple[ZoneEntry, ...], field: str) -> None:
    """The sentence starts with the field and quotes its value."""
    with pytest.raises(ConfigError) as refusal:
        compile_rules(sources, entries)

    assert str(refusal.value).startswith(field)


def test_scope_numbers_the_entries_from_the_lowest_bit() -> None:
    """Bit i is entry i."""
    rules = compile_rules(Sources(), (ZoneEntry(gateway_label_filter="a"), ZoneEntry(gateway_label_filter="b")))

    assert [rules.scope(labels) for labels in ({"a": ""}, {"b": ""}, {"a": "", "b": ""}, {})] == [1, 2, 3, 0]
    assert compile_rules(Sources(), (ZoneEntry(),)).scope({}) == -1
