"""The manifests, policies and config files that ship fit the code, the API server's rules and each other."""

import json
from pathlib import Path
from typing import get_args

import pytest
import yaml

from dnsguard.core.addresses import host_in, is_loopback
from dnsguard.core.inspection import LABEL
from dnsguard.core.permissions import ASSUME_ROLE, ASSUMING, READING, WRITING, file_for
from dnsguard.kubernetes.refusals import ROLE
from dnsguard.kubernetes.resources import EVENTS, RESOURCES, SHEETS
from dnsguard.lab.selection import wanted_labels
from dnsguard.lab.strict import Policies
from dnsguard.model.changes import ACTIONS, Delete, GetChange, GetZone, ListRecords, ListTags, ListZones, Write
from dnsguard.model.records import RecordSet, Stored
from dnsguard.model.settings import Cluster, Policy
from dnsguard.route53.wire import to_params
from dnsguard.settings import load

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
KUSTOMIZE = CONFIG / "kustomize"
CONFIGS = sorted(CONFIG.glob("*.yaml"))


def documents(path):
    return list(yaml.safe_load_all(path.read_text()))


def manifest(kind):
    found = [each for path in sorted(KUSTOMIZE.rglob("*.yaml")) for each in documents(path) if each.get("kind") == kind]
    assert len(found) == 1
    return found[0]


def container():
    (only,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    return only


# Files


@pytest.mark.parametrize("path", sorted(KUSTOMIZE.rglob("*.yaml")), ids=lambda path: path.name)
def test_every_manifest_parses_and_is_named_by_a_kustomization(path):
    assert all(isinstance(each, dict) for each in documents(path))
    if path.name == "kustomization.yaml":
        return
    (kustomization,) = documents(path.parent / "kustomization.yaml")
    generated = [name for generator in kustomization.get("configMapGenerator", ()) for name in generator["files"]]
    assert path.name in [*kustomization["resources"], *generated]


@pytest.mark.parametrize("folder", [path.parent for path in sorted(KUSTOMIZE.rglob("kustomization.yaml"))], ids=lambda folder: folder.name)
def test_what_a_kustomization_names_is_there(folder):
    (kustomization,) = documents(folder / "kustomization.yaml")
    named = [*kustomization["resources"], *kustomization.get("components", ())]
    assert [name for name in named if not (folder / name).exists()] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_file_loads(path):
    assert load(path, {}).zones


def test_the_config_of_the_deployment_loads_takes_the_pods_cluster_and_writes_nothing_yet():
    settings = load(KUSTOMIZE / "dnsguard.yaml", {})
    assert (settings.policy, settings.cluster, settings.http.listen) == ("shadow", Cluster(), "0.0.0.0:8080")


# The deployment


def test_the_deployment_mounts_the_config_where_it_is_told_to_read_it():
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    (mount,) = container()["volumeMounts"]
    volumes = {volume["name"]: volume["configMap"]["name"] for volume in pod["volumes"]}
    (generator,) = manifest("Kustomization")["configMapGenerator"]
    assert volumes[mount["name"]] == generator["name"]
    assert container()["args"] == ["run", "--config", f"{mount['mountPath']}/{generator['files'][0]}"]


def test_who_runs_a_command_in_the_pod_finds_the_service_by_the_same_config_which_is_not_served_outside():
    (variable,) = container()["env"]
    assert container()["args"] == ["run", "--config", variable["value"]]
    assert variable["name"] == "DNSGUARD_CONFIG"
    http = load(KUSTOMIZE / "dnsguard.yaml", {}).http
    assert (is_loopback(host_in(http.api)), http.token_file) == (True, "")
    assert [port["name"] for port in container()["ports"]] == ["http"]
    assert [port["port"] for port in manifest("Service")["spec"]["ports"]] == [8080]


def test_the_probes_ask_the_port_that_the_config_opens():
    (port,) = container()["ports"]
    _, _, listening = load(KUSTOMIZE / "dnsguard.yaml", {}).http.listen.rpartition(":")
    assert port == {"name": "http", "containerPort": int(listening)}
    probes = {name: container()[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")}
    assert probes == {"livenessProbe": {"path": "/healthz", "port": "http"}, "readinessProbe": {"path": "/readyz", "port": "http"}}


def test_the_pod_keeps_the_restricted_pod_security_standard():
    # Kubernetes, "Pod Security Standards", profile restricted.
    assert manifest("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"hostNetwork", "hostPID", "hostIPC"} & pod.keys() == set()
    assert [volume for volume in pod["volumes"] if "configMap" not in volume] == []


def test_the_pod_says_what_it_needs_and_there_is_one_writer():
    assert container()["resources"]["requests"].keys() == {"cpu", "memory"}
    assert container()["resources"]["limits"].keys() == {"memory"}
    spec = manifest("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_user_and_entry_point_are_those_of_the_image():
    dockerfile = (ROOT / "Dockerfile").read_text()
    security = manifest("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert f"USER {security['runAsUser']}:{security['runAsGroup']}" in dockerfile
    assert 'ENTRYPOINT ["dnsguard"]' in dockerfile
    assert container()["image"].startswith("dnsguard:")


def test_selectors_meet_the_pods_labels():
    pod = manifest("Deployment")["spec"]["template"]["metadata"]["labels"]
    service, monitor = manifest("Service"), manifest("ServiceMonitor")
    assert manifest("Deployment")["spec"]["selector"]["matchLabels"] == pod
    assert service["spec"]["selector"] == pod
    assert monitor["spec"]["selector"]["matchLabels"] == service["metadata"]["labels"]
    assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == [port["name"] for port in service["spec"]["ports"]]


# Permissions


def granted(kind):
    return {
        (group, resource, verb)
        for rule in manifest(kind)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_cluster_role_allows_reading_exactly_what_is_watched_and_writing_events():
    reading = {(each.group, each.plural, verb) for each in RESOURCES.values() for verb in ("get", "list", "watch")}
    assert granted("ClusterRole") == reading | {(EVENTS.group, EVENTS.plural, verb) for verb in ("create", "patch")}


def test_the_role_allows_reading_orders_in_the_pods_own_namespace():
    assert granted("Role") == {(SHEETS.group, SHEETS.plural, verb) for verb in ("get", "list", "watch")}
    assert manifest("RoleBinding")["subjects"] == manifest("ClusterRoleBinding")["subjects"]
    assert manifest("RoleBinding")["roleRef"]["name"] == manifest("Role")["metadata"]["name"]


def test_the_configmap_for_orders_has_the_label_and_orders_nothing():
    metadata = manifest("ConfigMap")["metadata"]
    assert metadata["labels"] == wanted_labels(SHEETS.selector)
    assert "annotations" not in metadata
    assert metadata["name"] in (ROOT / "docs" / "guides" / "steering.md").read_text()


def test_the_role_is_bound_to_the_pods_service_account():
    binding = manifest("ClusterRoleBinding")
    namespace = manifest("Kustomization")["namespace"]
    account = manifest("ServiceAccount")["metadata"]["name"]
    assert binding["roleRef"]["name"] == manifest("ClusterRole")["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": namespace}]
    assert manifest("Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == account
    assert namespace == manifest("Namespace")["metadata"]["name"]


def actions(name):
    statements = json.loads((CONFIG / "iam" / name).read_text())["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Allow"}
    listed = [action for each in statements for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])]
    assert len(listed) == len(set(listed))
    return set(listed)


# A write's answer says all that is waited for: no change is asked about again.
USED = {f"route53:{action}" for action in ACTIONS.values()}


def test_the_policy_for_writing_names_exactly_the_actions_that_are_used():
    assert actions("sync.json") == USED


def test_the_policy_for_shadow_names_the_same_without_the_write():
    assert actions("shadow.json") == USED - {"route53:ChangeResourceRecordSets", "route53:GetChange"}


ON_ZONES = {"route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"}


@pytest.mark.parametrize("name", ["sync.json", "shadow.json"])
def test_actions_on_zones_have_zones_as_resource_on_changes_changes_and_the_others_everything(name):
    # AWS, "Actions, resources, and condition keys for Amazon Route 53": ListHostedZones has no resource type.
    for statement in json.loads((CONFIG / "iam" / name).read_text())["Statement"]:
        for action in [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]:
            zones = "arn:aws:route53:::hostedzone/" + ("ZONE_ID" if name == "sync.json" else "*")
            other = "arn:aws:route53:::change/*" if action == "route53:GetChange" else "*"
            assert statement["Resource"] == (zones if action in ON_ZONES else other)


def test_the_policy_for_roles_of_other_accounts_allows_to_assume_them_and_nothing_else():
    assert actions("assume-role.json") == {ASSUME_ROLE}


def test_the_files_that_alerts_name_are_there():
    assert [path for path in (READING, WRITING, ASSUMING, ROLE) if not (ROOT / path).is_file()] == []
    assert {file_for(policy) for policy in get_args(Policy)} == {READING, WRITING}
    assert file_for("shadow") == READING


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("name", ["sync.json", "shadow.json", "assume-role.json"])
def test_one_substitution_makes_a_policy_for_another_partition(name, partition):
    text = (CONFIG / "iam" / name).read_text()
    assert f"sed 's/arn:aws:/arn:{partition}:/'" in (CONFIG / "iam" / "README.md").read_text() or partition == "aws"
    here = text.replace("arn:aws:", f"arn:{partition}:").replace("ZONE_ID", "Z1")
    granted = Policies(json.loads(here), partition=partition)
    refused = granted.refusal("GetHostedZone", {"Id": "Z1"})
    assert (refused is None) is (name != "assume-role.json")
    elsewhere = Policies(json.loads(here), partition="aws-iso")
    assert elsewhere.refusal("GetHostedZone", {"Id": "Z1"}) is not None


def test_the_policies_allow_what_is_called_and_the_write_that_is_asked_for():
    granted = Policies(json.loads((CONFIG / "iam" / "sync.json").read_text().replace("ZONE_ID", "Z1")))
    record = RecordSet(f"{LABEL}.example.com", "TXT", ttl=300, values=("nobody's",))
    calls = (ListZones(), GetZone("Z1"), ListTags(("Z1",)), ListRecords("Z1"), Write("Z1", (Delete(Stored(record)),)))
    assert {type(call) for call in calls} == ACTIONS.keys() - {GetChange}
    assert [call for call in calls if granted.refusal(*to_params(call)) is not None] == []
    assert f"`{LABEL}.ZONE`" in (CONFIG / "iam" / "README.md").read_text()


def test_the_policy_for_writing_narrows_to_the_managed_types():
    statements = json.loads((CONFIG / "iam" / "sync.json").read_text())["Statement"]
    (condition,) = [each["Condition"] for each in statements if "Condition" in each]
    managed = load(CONFIG / "dnsguard.yaml", {}).records.managed_types
    conditions = condition["ForAllValues:StringEquals"]
    assert conditions["route53:ChangeResourceRecordSetsRecordTypes"] == [*managed, "TXT"]
    assert conditions["route53:ChangeResourceRecordSetsActions"] == ["CREATE", "UPSERT", "DELETE"]


def test_the_journal_has_a_writable_volume_of_its_own_where_the_settings_say_it_is():
    (component,) = documents(KUSTOMIZE / "components" / "journal" / "kustomization.yaml")
    (claim,) = documents(KUSTOMIZE / "components" / "journal" / "claim.yaml")
    added = {step["path"]: step["value"] for step in yaml.safe_load(component["patches"][0]["patch"])}
    volume = added["/spec/template/spec/volumes/-"]
    mount = added["/spec/template/spec/containers/0/volumeMounts/-"]
    variable = added["/spec/template/spec/containers/0/env/-"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert (volume["name"], mount.get("readOnly", False)) == (mount["name"], False)
    settings = load(KUSTOMIZE / "dnsguard.yaml", {variable["name"]: variable["value"]})
    assert settings.state.path.startswith(f"{mount['mountPath']}/")
    assert container()["securityContext"]["readOnlyRootFilesystem"]
    # It is appended: what the deployment says of its own environment stays.
    assert container()["env"]


# The sidecar of external-dns

WEBHOOK = CONFIG / "webhook"


def sidecar():
    (deployment,) = documents(WEBHOOK / "deployment.yaml")
    pod = deployment["spec"]["template"]["spec"]
    return pod, pod["initContainers"][0], pod["containers"][0]


def test_the_sidecar_is_started_before_external_dns_and_asked_whether_it_is_synced():
    _, dnsguard, external_dns = sidecar()
    assert dnsguard["restartPolicy"] == "Always"
    settings = load(WEBHOOK / "dnsguard.yaml", {})
    (port,) = dnsguard["ports"]
    assert port == {"name": "http-webhook", "containerPort": int(settings.http.listen.rpartition(":")[2])}
    assert dnsguard["startupProbe"]["httpGet"] == {"path": "/readyz", "port": "http-webhook"}
    assert dnsguard["startupProbe"]["failureThreshold"] * dnsguard["startupProbe"]["periodSeconds"] >= 600
    assert f"--webhook-provider-url=http://localhost:{settings.webhook.listen.rpartition(':')[2]}" in external_dns["args"]
    assert "--provider=webhook" in external_dns["args"]
    assert f"--txt-owner-id={settings.ownership.owner}" in external_dns["args"]


def test_the_sidecar_finds_its_config_and_has_a_place_for_its_journal():
    pod, dnsguard, _ = sidecar()
    mounts = {mount["name"]: mount["mountPath"] for mount in dnsguard["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounts.keys() == volumes.keys()
    assert dnsguard["args"] == ["webhook", "--config", f"{mounts['config']}/dnsguard.yaml"]
    assert load(WEBHOOK / "dnsguard.yaml", {}).state.path.rstrip("/") == mounts["journal"]
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"]


def test_both_containers_keep_the_restricted_standard_as_the_controller_does():
    pod, *containers = sidecar()
    controller = manifest("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert controller.items() <= pod["securityContext"].items()
    assert [each["securityContext"] for each in containers] == [container()["securityContext"]] * 2


def test_external_dns_may_read_what_the_sidecar_looks_at():
    role = next(each for each in documents(WEBHOOK / "rbac.yaml") if each["kind"] == "ClusterRole")
    reading = [rule for rule in manifest("ClusterRole")["rules"] if rule["verbs"] == ["get", "list", "watch"]]
    assert role["rules"] == reading


def test_the_values_for_external_dns_chart_say_what_the_deployment_says():
    (values,) = documents(WEBHOOK / "values.yaml")
    _, dnsguard, external_dns = sidecar()
    webhook = values["provider"]["webhook"]
    assert webhook["args"] == dnsguard["args"]
    assert webhook["env"] == dnsguard["env"]
    assert webhook["resources"] == dnsguard["resources"]
    assert f"{webhook['image']['repository']}:{webhook['image']['tag']}" == dnsguard["image"]
    assert dnsguard["securityContext"].items() <= webhook["securityContext"].items()
    assert f"--txt-owner-id={values['txtOwnerId']}" in external_dns["args"]
    assert {each["name"] for each in webhook["extraVolumeMounts"]} == {each["name"] for each in values["extraVolumes"]}


def test_what_the_overlay_names_is_there_and_its_config_writes_nothing_yet():
    (kustomization,) = documents(WEBHOOK / "kustomization.yaml")
    assert [name for name in kustomization["resources"] if not (WEBHOOK / name).exists()] == []
    settings = load(WEBHOOK / "dnsguard.yaml", {})
    assert (settings.policy, settings.cluster, settings.webhook.watch) == ("shadow", Cluster(), "auto")


def test_the_compose_file_lets_external_dns_reach_the_webhook_by_its_loopback_address():
    services = documents(ROOT / "docker-compose.yml")[0]["services"]
    external_dns, webhook = services["external-dns"], services["webhook"]
    assert external_dns["network_mode"] == "service:webhook"
    assert external_dns["depends_on"] == {"webhook": {"condition": "service_healthy"}}
    assert [each["profiles"] for each in (external_dns, webhook, services["route53-webhook"])] == [["webhook"]] * 3
    assert load(CONFIG / "compose-webhook.yaml", {}).webhook.listen == "127.0.0.1:8888"
