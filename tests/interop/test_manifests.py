"""The Kustomize base, built by the real kustomize, is what the real API server takes and what Pod Security `restricted` admits."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.interop import building
from tests.interop.cluster import GATEWAY_API, Cluster, Refused

BASE = Path(__file__).parents[2] / "config" / "kustomize"
COLLECTIONS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}


def built(folder):
    """Return the objects that kustomize makes of *folder*."""
    done = subprocess.run([str(building.program("kustomize")), "build", str(folder)], capture_output=True, text=True, check=True)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


@pytest.fixture(scope="module")
def objects():
    return built(BASE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory, objects):
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        cluster.install()
        for thing in objects:
            cluster.create(COLLECTIONS[thing["kind"]].format(thing["metadata"].get("namespace", "")), thing)
        yield cluster


def pod_of(objects):
    (deployment,) = [thing for thing in objects if thing["kind"] == "Deployment"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "trial", "namespace": deployment["metadata"]["namespace"]},
        "spec": json.loads(json.dumps(deployment["spec"]["template"]["spec"])),
    }


def test_the_api_server_takes_everything_and_the_pod_is_admitted_as_restricted(installed, objects):
    pod = pod_of(objects)
    assert installed.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?dryRun=All", pod)["spec"]["serviceAccountName"]


def test_the_namespace_really_admits_nothing_less(installed, objects):
    pod = pod_of(objects)
    del pod["spec"]["containers"][0]["securityContext"]
    with pytest.raises(Refused, match="violates PodSecurity"):
        installed.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?dryRun=All", pod)


@pytest.mark.parametrize(
    "path", [f"{GATEWAY_API}/httproutes", f"{GATEWAY_API}/gateways", f"{GATEWAY_API}/listenersets", "/api/v1/namespaces"]
)
def test_the_service_account_may_list_what_dnsguard_reads_and_delete_nothing_of_it(installed, path):
    account = "system:serviceaccount:dnsguard:dnsguard"
    assert "items" in installed.request("GET", path, acting_as=account)
    with pytest.raises(Refused, match="403"):
        installed.request("DELETE", path, acting_as=account)


def test_the_config_map_is_a_config_that_dnsguard_takes(objects, tmp_path):
    from dnsguard.settings import load

    (config,) = [thing for thing in objects if thing["kind"] == "ConfigMap" and "data" in thing]
    path = tmp_path / "dnsguard.yaml"
    path.write_text(config["data"]["dnsguard.yaml"])
    assert load(path, {}).policy == "shadow"


@pytest.mark.parametrize("component", sorted(path.name for path in (BASE / "components").iterdir()))
def test_every_component_builds_on_the_base(component, tmp_path):
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    base = overlay / "base"
    base.symlink_to(BASE)
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["base"], "components": [f"base/components/{component}"]}))
    made = subprocess.run([str(building.program("kustomize")), "build", str(overlay)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert len(list(yaml.safe_load_all(made.stdout))) > len(built(BASE))


# The sidecar of external-dns

WEBHOOK = BASE.parent / "webhook"


def test_the_api_server_takes_the_sidecar_overlay_and_admits_its_pod_as_restricted(installed):
    objects = built(WEBHOOK)
    for thing in objects:
        installed.create(COLLECTIONS[thing["kind"]].format(thing["metadata"].get("namespace", "")), thing)
    pod = pod_of(objects)
    made = installed.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?dryRun=All", pod)
    assert made["spec"]["initContainers"][0]["restartPolicy"] == "Always"
    assert made["spec"]["initContainers"][0]["startupProbe"]


def test_every_value_for_external_dns_chart_is_one_that_it_knows():
    done = subprocess.run(
        ["go", "mod", "download", "-json", "sigs.k8s.io/external-dns"],
        cwd=building.PEERS / "externaldns",
        check=True,
        capture_output=True,
        text=True,
    )
    chart = Path(json.loads(done.stdout)["Dir"]) / "charts" / "external-dns" / "values.yaml"
    known = yaml.safe_load(chart.read_text())

    def strange(values, place, path):
        if not place:
            # What is empty there is free: lists of containers' own fields, resources, security contexts.
            return
        for key, value in values.items():
            if key not in place:
                yield f"{path}{key}"
            elif isinstance(value, dict) and isinstance(place[key], dict):
                yield from strange(value, place[key], f"{path}{key}.")

    assert list(strange(yaml.safe_load((WEBHOOK / "values.yaml").read_text()), known, "")) == []
