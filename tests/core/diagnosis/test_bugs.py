"""Every known bug is recognised by each of its signs, on the kinds and by the writers that it names, and by no others."""

import re
from pathlib import Path

import pytest

from dnsguard.core.diagnosis.bugs import suspicions, unexplained
from dnsguard.core.diagnosis.known import PICTURES
from dnsguard.model.findings import Evidence, Sign

NAMES = {
    "Traefik": ("traefik", "traefik.io/gateway-controller"),
    "Linkerd": ("policy.linkerd.io", "linkerd.io/policy-controller"),
    "Istio": ("pilot-discovery", "istio.io/gateway-controller"),
    "Envoy Gateway": ("envoy-gateway", "gateway.envoyproxy.io/gatewayclass-controller"),
    "GKE Gateway": ("gke-gateway-controller", "networking.gke.io/gateway"),
    "Kong Operator": ("manager", "konghq.com/gateway-operator"),
    "Kong Ingress Controller": ("manager", "konghq.com/kic-gateway-controller"),
    "Cilium": ("cilium-operator-generic", "io.cilium/gateway-controller"),
    "Kuma": ("kuma-cp", "gateways.kuma.io/controller"),
    "Pomerium": ("manager", "pomerium.io/gateway-controller"),
    "Kuadrant MCP Gateway": ("mcp-controller", "mcp.kuadrant.io/controller"),
    "kgateway": ("kgateway", "kgateway.dev/kgateway"),
    "AWS Gateway API Controller": ("manager", "application-networking.k8s.aws/gateway-api-controller"),
    "Cloudflare Tunnel Gateway Controller": ("manager", "cf.k8s.lex.la/cloudflare-tunnel-gateway-controller"),
}
CASES = [(picture, sign, kind) for picture in PICTURES for sign in picture.signs for kind in picture.kinds]


def evidence(sign, kind, *names, text="seen"):
    return Evidence(sign, kind, tuple(str(each) for each in names), names, text)


def identity(case):
    return case.bug.reference if hasattr(case, "bug") else getattr(case, "name", case)


@pytest.mark.parametrize(("picture", "sign", "kind"), CASES, ids=identity)
def test_a_bug_is_recognised_by_each_of_its_signs(picture, sign, kind):
    names = NAMES[picture.bug.project]
    for known in (names, names[1:]):
        found = list(suspicions([evidence(sign, kind, known)]))
        assert picture.bug in {suspicion.bug for suspicion in found}
        assert all(suspicion.because == ("seen",) and suspicion.kinds == (kind,) for suspicion in found)


@pytest.mark.parametrize(("picture", "sign", "kind"), CASES, ids=identity)
def test_a_bug_is_not_seen_in_a_stranger_nor_on_another_kind(picture, sign, kind):
    stranger = evidence(sign, kind, ("gateway-controller", "example.com/gateway-controller"))
    assert list(suspicions([stranger])) == []
    assert list(unexplained([stranger])) == [stranger]
    elsewhere = evidence(sign, "Namespace", NAMES[picture.bug.project])
    assert picture.bug not in {suspicion.bug for suspicion in suspicions([elsewhere])}


@pytest.mark.parametrize("picture", PICTURES, ids=identity)
def test_every_row_is_whole(picture):
    bug = picture.bug
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+", bug.url)
    assert bug.url.endswith(f"/{bug.reference.rpartition('#')[2]}")
    assert all((bug.what, bug.affected, bug.meanwhile))
    assert not any(text.endswith(".") for text in (bug.what, bug.affected, bug.fixed, bug.meanwhile))


def test_every_row_is_of_its_own():
    assert len({picture.bug.url for picture in PICTURES}) == len(PICTURES)


def test_two_installs_have_to_be_of_one_project():
    one, other = NAMES["Traefik"], ("speaker", "metallb.io/controller")
    both = list(suspicions([evidence(Sign.ADDRESSES_TURN, "Gateway", one)]))
    mixed = evidence(Sign.ADDRESSES_TURN, "Gateway", one, other)
    assert [suspicion.bug.reference for suspicion in both] == ["Traefik #13743"]
    assert list(suspicions([mixed])) == []
    assert list(unexplained([mixed])) == [mixed]


def test_of_rivals_one_is_enough():
    rivals = evidence(Sign.RIVALS, "HTTPRoute", NAMES["Cilium"], NAMES["Kong Ingress Controller"])
    assert "Cilium #34754" in {suspicion.bug.reference for suspicion in suspicions([rivals])}


def test_what_else_a_suspect_does_is_not_unknown():
    churn = evidence(Sign.RESTAMPED, "HTTPRoute", NAMES["Traefik"])
    more = evidence(Sign.STORM, "HTTPRoute", NAMES["Traefik"])
    elsewhere = evidence(Sign.STORM, "Gateway", NAMES["Traefik"])
    assert list(unexplained([churn, more, elsewhere])) == [elsewhere]


@pytest.mark.parametrize("picture", PICTURES, ids=identity)
def test_the_guide_lists_every_bug_with_its_versions(picture):
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "doctor.md").read_text()
    (row,) = [line for line in guide.splitlines() if f"({picture.bug.url})" in line]
    assert all(text in row for text in (picture.bug.affected, picture.bug.fixed or "none known", *(sign.value for sign in picture.signs)))
