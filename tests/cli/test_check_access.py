"""`dnsguard check-access` prints one line for each permission, changes nothing, and its exit status tells whether all are there."""

import json
from pathlib import Path

import pytest

from dnsguard.lab.strict import Policies
from dnsguard.model.access import State

IAM = Path(__file__).parents[2] / "config" / "iam"
WRITE = "ChangeResourceRecordSets"
CLUSTER = [
    f"granted       {verb} {resource}"
    for resource in (
        "httproutes.gateway.networking.k8s.io on all namespaces",
        "gateways.gateway.networking.k8s.io on all namespaces",
        "namespaces",
    )
    for verb in ("list", "watch")
] + [f"granted       {verb} events.events.k8s.io on all namespaces" for verb in ("create", "patch")]


def grant(house, name, *without):
    """Let the caller do what a policy file grants for the zone of *house*, less some actions."""
    text = (IAM / name).read_text().replace("ZONE_ID", house.zone)
    for action in without:
        text = text.replace(f'"route53:{action}"', '"route53:Nothing"')
    house.strict.policies = Policies(json.loads(text))


def append(house, line):
    house.path.write_text(house.path.read_text() + line + "\n")


def test_all_that_is_granted_is_one_line_each_and_status_0_and_nothing_is_changed(call, house):
    grant(house, "sync.json")
    ended = call("check-access", "--config", house.path)
    zone = f"zone example.com ({house.zone})"
    assert ended.out.splitlines() == [
        *CLUSTER,
        "granted       route53:ListHostedZones",
        f"granted       route53:ListResourceRecordSets on {zone}",
        f"granted       route53:ChangeResourceRecordSets on {zone}",
        "11 granted, 0 missing, 0 not found out",
    ]
    assert (ended.status, ended.err) == (0, "")
    assert not house.records()
    assert house.strict.calls == {"ListHostedZones": 1, "ListResourceRecordSets": 1, WRITE: 1}


def test_a_permission_that_is_missing_at_aws_is_named_with_who_lacks_it_and_where_it_goes(call, house):
    grant(house, "sync.json", WRITE)
    ended = call("check-access", "--config", house.path)
    user = "arn:aws:sts::123456789012:assumed-role/dnsguard/lab"
    *_, line, last = ended.out.splitlines()
    assert line.startswith(
        f"missing       route53:{WRITE} on zone example.com ({house.zone}): {user} lacks it, config/iam/sync.json grants it: "
        f"AccessDenied: User: {user} is not authorized to perform: route53:{WRITE} on resource: arn:aws:route53:::hostedzone/{house.zone} "
    )
    assert last == "10 granted, 1 missing, 0 not found out"
    assert ended.status == 1


def test_under_shadow_the_smaller_policy_is_enough(call, house):
    grant(house, "shadow.json")
    house.path.write_text(house.path.read_text().replace("policy: sync", "policy: shadow"))
    ended = call("check-access", "--config", house.path)
    assert ended.status == 0
    assert not house.strict.calls[WRITE]
    assert "events" not in ended.out


def test_orders_in_configmaps_are_asked_for_where_they_are_read(call, house):
    append(house, "orders: {namespace: dnsguard}\nevents: {emit: false}")
    ended = call("check-access", "--config", house.path)
    granted = [f"granted       {verb} configmaps on namespace dnsguard" for verb in ("list", "watch")]
    assert ended.out.splitlines()[6:8] == granted
    assert ended.status == 0


def test_it_can_be_json(call, house):
    grant(house, "sync.json", "ListHostedZones")
    ended = call("check-access", "--config", house.path, "--json")
    found = json.loads(ended.out)["permissions"]
    assert {each["state"] for each in found} == {state.value for state in State}
    assert all(each.keys() == {"permission", "on", "state", "who", "where", "text"} for each in found)
    (missing,) = [each for each in found if each["state"] == "missing"]
    assert (missing["permission"], missing["where"]) == ("route53:ListHostedZones", "config/iam/sync.json")
    assert ended.status == 1


def test_without_a_cluster_aws_is_asked_all_the_same(call, house):
    house.path.write_text(house.path.read_text().replace(house.cluster, "http://127.0.0.1:9"))
    ended = call("check-access", "--config", house.path)
    lines = ended.out.splitlines()
    assert [line[:13] for line in lines[:8]] == ["not found out"] * 8
    assert all("127.0.0.1" in line for line in lines[:8])
    assert lines[-1] == "3 granted, 0 missing, 8 not found out"
    assert ended.status == 1


def test_without_credentials_it_is_not_found_out(call, house, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ended = call("check-access", "--config", house.path)
    assert "not found out route53:ListHostedZones: no credentials for Route53: Unable to locate credentials" in ended.out.splitlines()
    assert ended.status == 1


def test_listener_sets_may_be_missing_and_are_said(call, house):
    append(house, "sources: {gateway: {listener_sets: true}}")
    ended = call("check-access", "--config", house.path)
    optional = "granted       resource listenersets.gateway.networking.k8s.io: not served: counts as empty until its CRD is installed"
    assert optional in ended.out.splitlines()
    assert ended.status == 0


def test_many_zones_are_told_of_on_standard_error(call, house):
    for number in range(12):
        house.strict.create_zone(f"zone-{number:02}.example.com")
    append(house, "budget: {requests: {rate: 1000, burst: 1000}, actions: {rate: 1000, burst: 1000}}")
    ended = call("check-access", "--config", house.path)
    assert ended.status == 0
    assert ended.err.splitlines() == ["dnsguard: 20 of 27 calls to AWS made"]


def test_a_wrong_file_is_bad_input(call, config):
    ended = call("check-access", "--config", config("polcy: sync"))
    assert ended.status == 2
    assert "polcy" in ended.sentence


def test_a_profile_that_does_not_exist_is_bad_input(call, house):
    house.path.write_text(house.path.read_text().replace("aws: {", "aws: {profile: nobody, "))
    ended = call("check-access", "--config", house.path)
    assert (ended.status, ended.out) == (2, "")
    assert "nobody" in ended.sentence


def test_no_cluster_to_be_found_is_bad_input(call, house, monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    house.path.write_text("\n".join(line for line in house.path.read_text().splitlines() if not line.startswith("cluster:")) + "\n")
    ended = call("check-access", "--config", house.path)
    assert ended.status == 2
    assert "none" in ended.sentence


@pytest.mark.parametrize("name", ["sync.json", "shadow.json"])
def test_what_a_policy_file_grants_is_enough_to_run(call, house, name):
    grant(house, name)
    if name == "shadow.json":
        assert call("plan", "--config", house.path).status == 3
        return
    assert call("run", "--once", "--config", house.path).status == 0
    assert len(house.records()) > 20
    assert {logged.outcome for logged in house.strict.log} == {"accepted"}


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("ListHostedZones", "the hosted zones cannot be listed"),
        ("ListResourceRecordSets", "zone example.com (ZONE) cannot be read"),
        (WRITE, "and perhaps more, cannot be written in zone example.com (ZONE)"),
    ],
)
def test_a_run_names_the_permission_that_is_missing_in_its_last_sentence(call, house, action, what):
    grant(house, "sync.json", action)
    ended = call("run", "--once", "--config", house.path)
    assert ended.status == 1
    last = ended.err.splitlines()[-1]
    named = f"{what.replace('ZONE', house.zone)}: route53:{action} is missing (config/iam/sync.json grants it): AccessDenied: User: "
    assert named in last
    assert sum("alert=" in line for line in ended.err.splitlines()) <= 2


def test_an_account_without_any_policy_is_named_line_by_line(call, house):
    house.strict.policies = Policies()
    ended = call("check-access", "--config", house.path)
    assert [line[:13].strip() for line in ended.out.splitlines()[len(CLUSTER) : -1]] == ["missing", "not found out", "not found out"]
