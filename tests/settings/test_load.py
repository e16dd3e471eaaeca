"""Settings are read from the file and the environment, and what is wrong is said in one sentence."""

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dnsguard.errors import ConfigError
from dnsguard.model.settings import Bucket, Duration, Ownership, Settings, ZoneEntry
from dnsguard.settings import load

LEAST = "zones: [{domains: [example.com]}]\nownership: {owner: me}\npolicy: sync\n"


@pytest.fixture
def said(tmp_path):
    """Load a text and environment; returns the settings, or the sentence without the directory."""

    def loaded(text, environ=None):
        path = tmp_path / "c.yaml"
        path.write_text(text)
        try:
            return load(path, environ or {})
        except ConfigError as error:
            sentence = str(error).replace(f"{tmp_path}/", "")
        assert "\n" not in sentence
        return sentence

    return loaded


def test_what_is_not_said_stands_at_its_default(said):
    zone = ZoneEntry(domains=("example.com",))
    assert said(LEAST) == Settings(zones=(zone,), ownership=Ownership(owner="me"), policy="sync")


def test_every_kind_of_value_is_read(said):
    settings = said(
        LEAST
        + "writes: upsert\ndebounce: {quiet: 500ms, longest: 1m}\nguard: {status_loss: 1h30m}\n"
        + "records: {prefer_cname: true, default_ttl: 60}\n"
        + "budget: {share: 0.25, requests: {rate: 3, burst: 4.5}}\nsources: {namespaces: [a, b], gateway: {listener_sets: true}}\n"
    )
    assert (settings.writes, settings.debounce.quiet, settings.debounce.longest) == ("upsert", 0.5, 60)
    assert settings.guard.status_loss == 5400
    assert isinstance(settings.guard.status_loss, Duration)
    assert (settings.records.prefer_cname, settings.records.default_ttl) == (True, 60)
    assert (settings.budget.share, settings.budget.requests) == (0.25, Bucket(rate=3, burst=4.5))
    assert (settings.sources.namespaces, settings.sources.gateway.listener_sets) == (("a", "b"), True)


def test_a_key_without_a_value_counts_as_absent(said):
    assert said(LEAST + "writes:\ndebounce:\nguard: {status_loss: ~}\n") == said(LEAST)


def test_names_ids_and_affixes_are_brought_into_canonical_form(said):
    settings = said(
        "zones: [{domains: [Example.COM., .Bücher.example], ids: [/hostedzone/Z1]}]\n"
        "ownership: {owner: me, prefix: 'X-%{Record_Type}.', wildcard_replacement: Any}\npolicy: shadow\n"
    )
    assert settings.zones[0].domains == ("example.com", ".xn--bcher-kva.example")
    assert settings.zones[0].ids == ("Z1",)
    assert (settings.ownership.prefix, settings.ownership.wildcard_replacement) == ("x-%{record_type}.", "any")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("debounce:\n  quiet: 5\n", "c.yaml:5: debounce.quiet is '5', allowed is a duration such as 200ms, 2s, 10m"),
        ("debounce: {quiet: 0.2}\n", "c.yaml:4: debounce.quiet is '0.2', allowed is a duration such as 200ms, 2s, 10m"),
        ("debounce: {quiet: 5s}\n", "c.yaml:4: debounce.quiet is '5s', allowed is at most debounce.longest, which is 2s"),
        ("debounce: {longest: 100ms}\n", "c.yaml:4: debounce.quiet is '200ms', allowed is at most debounce.longest, which is 100ms"),
        ("debounce: 5s\n", "c.yaml:4: debounce is '5s', allowed is a section with quiet and longest"),
        ("debounce: {quite: 5s}\n", "c.yaml:4: debounce.quite is no setting, the nearest is debounce.quiet"),
        ("polici: sync\n", "c.yaml:4: polici is no setting, the nearest is policy"),
        ("owner: me\n", "c.yaml:4: owner is no setting, the nearest is ownership.owner"),
        ("debounce_quiet: 1s\n", "c.yaml:4: debounce_quiet is no setting, the nearest is debounce.quiet"),
        ("log: {}\nlog: {}\n", "c.yaml:5: the key 'log' stands here for the second time, the first time was at c.yaml:4"),
        ("writes: blind\n", "c.yaml:4: writes is 'blind', allowed is compare-and-swap or upsert"),
        (
            "guard: {status_loss: always}\n",
            "c.yaml:4: guard.status_loss is 'always', allowed is a duration such as 200ms, 2s, 10m or never",
        ),
        ("guard: {delete_grace: -5m}\n", "c.yaml:4: guard.delete_grace is '-5m', allowed is a duration such as 200ms, 2s, 10m"),
        ("records: {default_ttl: 0}\n", "c.yaml:4: records.default_ttl is '0', allowed is seconds from 1 to 2147483647"),
        ("records: {default_ttl: 2147483648}\n", "c.yaml:4: records.default_ttl is '2147483648', allowed is seconds from 1 to 2147483647"),
        ("records: {default_ttl: 1h}\n", "c.yaml:4: records.default_ttl is '1h', allowed is a whole number"),
        ("records: {prefer_cname: yes}\n", "c.yaml:4: records.prefer_cname is 'yes', allowed is true or false"),
        ("records: {managed_types: []}\n", "c.yaml:4: records.managed_types is empty, allowed is a list of A, AAAA or CNAME"),
        ("records: {managed_types: [A, A]}\n", "c.yaml:4: records.managed_types[1] is 'A' for the second time, allowed is once"),
        ("records: {managed_types: A}\n", "c.yaml:4: records.managed_types is 'A', allowed is a list of A, AAAA or CNAME"),
        ("records:\n  managed_types:\n  - A\n  - TXT\n", "c.yaml:7: records.managed_types[1] is 'TXT', allowed is A, AAAA or CNAME"),
        ("budget: {share: 0}\n", "c.yaml:4: budget.share is '0', allowed is a number over 0 and at most 1"),
        ("budget: {share: 1.5}\n", "c.yaml:4: budget.share is '1.5', allowed is a number over 0 and at most 1"),
        ("budget: {share: nan}\n", "c.yaml:4: budget.share is 'nan', allowed is a number over 0 and at most 1"),
        ("budget: {requests: {rate: 0, burst: 1}}\n", "c.yaml:4: budget.requests.rate is '0', allowed is a number over 0"),
        ("budget: {changes: {rate: 1, burst: .inf}}\n", "c.yaml:4: budget.changes.burst is '.inf', allowed is a number such as 0.5"),
        ("budget:\n  requests: {rate: 1}\n", "c.yaml:5: budget.requests.burst is missing, allowed is a number such as 0.5"),
        ("state: {max_size: 1}\n", "c.yaml:4: state.max_size is '1', allowed is megabytes from 16 to 65536"),
        ("http: {listen: '8080'}\n", "c.yaml:4: http.listen is '8080', allowed is host:port such as 0.0.0.0:8080 or [::]:8080"),
        ("http: {listen: 'a:65536'}\n", "c.yaml:4: http.listen is 'a:65536', allowed is host:port such as 0.0.0.0:8080 or [::]:8080"),
        ("cluster: {server: localhost}\n", "c.yaml:4: cluster.server is 'localhost', allowed is a URL such as http://127.0.0.1:8001"),
        ("sources: {kinds: []}\n", "c.yaml:4: sources.kinds is empty, allowed is a list such as [gateway-httproute]"),
        (
            "sources: {annotation_prefixes: [x]}\n",
            "c.yaml:4: sources.annotation_prefixes[0] is 'x', allowed is a prefix that ends with a slash",
        ),
        (
            "sources: {gateway: {namespace: A_b}}\n",
            "c.yaml:4: sources.gateway.namespace is 'A_b', allowed is the name of a namespace, or nothing",
        ),
        (
            "sources: {annotation_prefixes: []}\n",
            "c.yaml:4: sources.annotation_prefixes is empty, allowed is a list such as [external-dns.kubernetes.io/]",
        ),
        (
            "aws: {endpoint_url: 'http://a:x'}\n",
            "c.yaml:4: aws.endpoint_url is 'http://a:x', allowed is a URL such as http://127.0.0.1:8001",
        ),
        ("sources: {namespaces: [A_b]}\n", "c.yaml:4: sources.namespaces[0] is 'A_b', allowed is the name of a namespace"),
    ],
)
def test_a_wrong_setting_is_named_with_line_value_and_what_is_allowed(said, text, sentence):
    assert said(LEAST + text) == sentence


@pytest.mark.parametrize("key", ["sources: {label_filter: 'a in b'}", "sources: {gateway: {label_filter: 'a in b'}}"])
def test_a_label_selector_has_to_parse(said, key):
    assert "is 'a in b', allowed is a label selector such as app=web,tier in (a, b): " in said(f"{LEAST}{key}\n")


@pytest.mark.parametrize("owner", ["a,b", 'a"b', "a'b", "a=b", "a b", "a\\b", "a\tb", "", "ä"])
def test_an_owner_that_a_txt_would_take_apart_is_refused(said, owner):
    assert "c.yaml: ownership.owner is " in said(
        yaml.safe_dump({"zones": [{}], "policy": "sync"}), {"DNSGUARD_OWNERSHIP_OWNER": owner}
    ).replace("DNSGUARD_OWNERSHIP_OWNER:", "c.yaml:")


@pytest.mark.parametrize("affix", ["%{type}.", "%", "%{record_type}%{record_type}", "a b", ".", "a..b", "é", '"'])
@pytest.mark.parametrize("key", ["prefix", "suffix"])
def test_an_affix_that_makes_no_name_is_refused(said, key, affix):
    sentence = said(LEAST, {f"DNSGUARD_OWNERSHIP_{key.upper()}": affix})
    assert sentence == (
        f"DNSGUARD_OWNERSHIP_{key.upper()}: ownership.{key} is {affix!r}, allowed is letters, digits, '-', '_', '.' "
        "and once %{record_type}, so that a domain name results"
    )


def test_a_wildcard_replacement_is_one_label(said):
    sentence = said(LEAST, {"DNSGUARD_OWNERSHIP_WILDCARD_REPLACEMENT": "a.b"})
    assert sentence.endswith("ownership.wildcard_replacement is 'a.b', allowed is one label such as any or wildcard")


def test_a_label_filter_of_a_zone_has_to_parse(said):
    assert "zones[0].gateway_label_filter is '=', allowed is a label selector" in said(
        LEAST, {"DNSGUARD_ZONES": "[{gateway_label_filter: '='}]"}
    )


def test_prefix_and_suffix_exclude_one_another(said):
    assert said("zones: [{}]\npolicy: sync\nownership:\n  owner: me\n  prefix: x.\n  suffix: -y\n") == (
        "c.yaml:6: ownership.suffix is '-y' beside the prefix 'x.', allowed is one of them"
    )


@pytest.mark.parametrize(
    ("zone", "sentence"),
    [
        ("domains: ['*.example.com']", "zones[0].domains[0] is '*.example.com', allowed is a domain such as example.com or .example.com"),
        ("exclude_domains: [a..b]", "zones[0].exclude_domains[0] is 'a..b', allowed is a domain such as example.com or .example.com"),
        ("ids: [a-b]", "zones[0].ids[0] is 'a-b', allowed is the id of a hosted zone such as Z0123456789ABCDEFGHIJ"),
        ("type: secret", "zones[0].type is 'secret', allowed is nothing, public or private"),
        ("tags: [=x]", "zones[0].tags[0] is '=x', allowed is a tag such as key=value or key"),
        ("role_arn: admin", "zones[0].role_arn is 'admin', allowed is the ARN of a role such as arn:aws:iam::123456789012:role/dns"),
        ("external_id: x", "zones[0].external_id is 'x' without a role_arn, allowed is both or neither"),
        ("domain: x", "zones[0].domain is no setting, the nearest is zones[0].domains"),
    ],
)
def test_a_wrong_zone_entry_is_named(said, zone, sentence):
    assert said(f"policy: sync\nownership: {{owner: me}}\nzones:\n- {zone}\n") == f"c.yaml:4: {sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ownership: {owner: me}\npolicy: sync\n", "c.yaml: zones is missing, allowed is a list of sections"),
        ("zones: [{}]\npolicy: sync\n", "c.yaml: ownership.owner is missing, allowed is text"),
        ("zones: [{}]\nownership: {}\npolicy: sync\n", "c.yaml:2: ownership.owner is missing, allowed is text"),
        ("zones: [{}]\nownership: {owner: me}\n", "c.yaml: policy is missing, allowed is sync, upsert-only, create-only or shadow"),
        (
            "zones: []\nownership: {owner: me}\npolicy: sync\n",
            "c.yaml:1: zones is empty, allowed is a list of at least one section such as {domains: [example.com]}",
        ),
    ],
)
def test_what_is_required_is_missed_by_name(said, text, sentence):
    assert said(text) == sentence


def test_of_several_errors_the_first_line_is_told(said):
    assert said(LEAST + "log: {level: loud}\ndebounce: {quiet: 5}\nx: 1\n").startswith("c.yaml:4: log.level is 'loud'")


def test_a_variable_wins_over_the_file(said):
    environ = {"DNSGUARD_POLICY": "shadow", "DNSGUARD_DEBOUNCE_QUIET": "1s", "DNSGUARD_SOURCES_GATEWAY_NAME": "edge", "HOME": "/"}
    settings = said(LEAST + "debounce: {quiet: nonsense}\n", environ)
    assert (settings.policy, settings.debounce.quiet, settings.sources.gateway.name) == ("shadow", 1, "edge")


def test_everything_can_come_from_the_environment(said):
    environ = {"DNSGUARD_ZONES": '[{"domains": ["example.com"]}]', "DNSGUARD_OWNERSHIP_OWNER": "me", "DNSGUARD_POLICY": "sync"}
    assert said("", environ) == said(LEAST)


def test_lists_are_comma_separated_in_variables(said):
    assert said(LEAST, {"DNSGUARD_SOURCES_NAMESPACES": "a, b,"}).sources.namespaces == ("a", "b")
    assert said(LEAST + "sources: {namespaces: [x]}\n", {"DNSGUARD_SOURCES_NAMESPACES": ""}).sources.namespaces == ()


def test_a_wrong_variable_is_named(said):
    assert (
        said(LEAST, {"DNSGUARD_BUDGET_SHARE": "2"})
        == "DNSGUARD_BUDGET_SHARE: budget.share is '2', allowed is a number over 0 and at most 1"
    )
    assert said(LEAST, {"DNSGUARD_DEBOUNCE_QIET": "1s"}) == (
        "DNSGUARD_DEBOUNCE_QIET: debounce_qiet names no setting, the nearest is DNSGUARD_DEBOUNCE_QUIET"
    )
    assert said(LEAST, {"DNSGUARD_ZONES": "[{]"}).startswith("DNSGUARD_ZONES: this is not one YAML document")
    assert said(LEAST, {"DNSGUARD_ZONES": "x"}) == "DNSGUARD_ZONES: zones is 'x', allowed is a list of sections"


def test_variables_that_kubernetes_makes_of_services_are_left_alone(said):
    links = [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_HTTP",
        "PORT",
        "PORT_8080_TCP",
        "PORT_8080_TCP_ADDR",
        "METRICS_SERVICE_HOST",
        "CONFIG",
    ]
    assert said(LEAST, {f"DNSGUARD_{link}": "x" for link in links}) == said(LEAST)


@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["zones", "policy", "domains", "quiet", "x"]) | st.text(max_size=5), inner)
        ),
    ),
    st.sampled_from(["zones", "ownership", "policy", "debounce", "budget", "sources", "log", "writes"]),
)
def test_whatever_stands_in_the_file_gives_settings_or_one_sentence(said, value, key):
    base = yaml.safe_load(LEAST)
    assert isinstance(said(yaml.safe_dump({**base, key: value}, allow_unicode=True)), (Settings, str))


def test_settings_are_frozen(said):
    with pytest.raises(AttributeError):
        said(LEAST).policy = "shadow"
    assert msgspec.structs.replace(said(LEAST), policy="shadow").policy == "shadow"
