"""Proxy mode needs nothing about zones, and refuses what would hide a field that external-dns reads."""

import pytest

from dnsguard.core.sieve.kinds import KINDS
from dnsguard.errors import ConfigError
from dnsguard.model.settings import Proxy, ProxyKind
from dnsguard.settings import load, load_proxy

A_PATH = "allowed is a path such as status.parents[].conditions[].message or metadata.annotations[example.com/team]"
A_KIND = f"{', '.join(list(KINDS)[:-1])} or DNSEndpoint"
HIDES, OTHER = ", which would hide what is read of kind", ", allowed is any other path"


def loaded(tmp_path, text, environ=None):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return load_proxy(path, environ or {})


@pytest.mark.parametrize("text", ["", "proxy:\n", "log: {format: json}\n", "zones: [{domains: [example.com]}]\npolicy: sync\n"])
def test_nothing_about_zones_is_needed(tmp_path, text):
    assert loaded(tmp_path, text).proxy == Proxy()


def test_other_modes_still_need_zones(tmp_path):
    (tmp_path / "c.yaml").write_text("proxy: {preset: strict}\n")
    with pytest.raises(ConfigError, match="zones is missing"):
        load(tmp_path / "c.yaml", {})


def test_file_and_environment_say_what_is_dropped(tmp_path):
    text = "proxy: {preset: strict, kinds: [{kind: Node, preset: lenient, drop: [status.images]}, {kind: Pod, preset: 'off'}]}\n"
    environ = {"DNSGUARD_PROXY_DROP": "status.x, metadata.annotations[a/b]", "DNSGUARD_PROXY_LISTEN": "[::1]:1"}
    assert loaded(tmp_path, text, environ).proxy == Proxy(
        listen="[::1]:1",
        preset="strict",
        drop=("status.x", "metadata.annotations[a/b]"),
        kinds=(ProxyKind(kind="Node", preset="lenient", drop=("status.images",)), ProxyKind(kind="Pod", preset="off")),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("listen: 0.0.0.0:8001", "proxy.listen is '0.0.0.0:8001', allowed is a loopback address such as 127.0.0.1:8001"),
        ("listen: 10.0.0.1:8001", "proxy.listen is '10.0.0.1:8001', allowed is a loopback address such as 127.0.0.1:8001"),
        ("listen: 127.0.0.1:99999", "proxy.listen is '127.0.0.1:99999', allowed is a loopback address such as 127.0.0.1:8001"),
        ("preset: strictest", "proxy.preset is 'strictest', allowed is lenient or strict"),
        ("summary: 0s", "proxy.summary is '0s', allowed is a duration over 0s, or never"),
        ("resources: [Pods]", "proxy.resources[0] is 'Pods', allowed is a resource such as httproutes.gateway.networking.k8s.io"),
        ("writes: [events, '*']", "proxy.writes[1] is '*', allowed is a resource such as httproutes.gateway.networking.k8s.io"),
        (
            "drop: ['a b']",
            f"proxy.drop[0] is 'a b', {A_PATH}",
        ),
        (
            "kinds: [{kind: Secret}]",
            f"proxy.kinds[0].kind is 'Secret', allowed is {A_KIND}",
        ),
        ("kinds: [{kind: Pod}, {kind: Pod}]", "proxy.kinds[1].kind is 'Pod' for the second time, allowed is once"),
        (
            "kinds: [{kind: Pod, keep: [x..y]}]",
            f"proxy.kinds[0].keep[0] is 'x..y', {A_PATH}",
        ),
        (
            "drop: [status.x, spec]",
            f"proxy.drop[1] is 'spec'{HIDES} HTTPRoute by external-dns, which needs spec.hostnames{OTHER}",
        ),
        (
            "kinds: [{kind: Gateway, drop: [status.addresses]}]",
            f"proxy.kinds[0].drop[0] is 'status.addresses'{HIDES} Gateway by external-dns, which needs status.addresses{OTHER}",
        ),
        (
            "templates: ['{{ .Object.x }}']",
            (
                "proxy.templates may read metadata.managedFields of kind HTTPRoute, which the preset lenient drops, "
                "allowed is a template that does not, or proxy.keep"
            ),
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(tmp_path, text, sentence):
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, f"proxy:\n  {text}\n")
    assert str(error.value) == f"{tmp_path / 'c.yaml'}:2: {sentence}"


def test_a_filter_that_cannot_be_read_is_said_where_it_stands(tmp_path):
    with pytest.raises(ConfigError, match=r"c.yaml:1: sources.label_filter is 'a in'"):
        loaded(tmp_path, "sources: {label_filter: a in}\nproxy: {drop: [metadata.labels]}\n")
