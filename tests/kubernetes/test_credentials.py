"""Credentials are found where kubectl and client-go find them, and read again when they change."""

import base64
import json
import ssl
import sys
from contextlib import asynccontextmanager

import aiohttp
import pytest
import yaml
from aiohttp import web

from dnsguard.errors import ClusterUnavailable, ConfigError
from dnsguard.kubernetes.access import Access
from dnsguard.kubernetes.client import ApiServer
from dnsguard.kubernetes.credentials import own_namespace, reach
from dnsguard.kubernetes.kubeconfig import Kubeconfig
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.model.settings import Cluster
from tests.interop.authority import Authority

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
URL = "https://cluster.example:6443"


CA = Authority()


def bearer(access):
    return access.headers.get("Authorization")


def inline(data):
    return base64.b64encode(data).decode()


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def write(path, user, cluster=None, contexts=("here",)):
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[0],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in contexts],
        "clusters": [{"name": name, "cluster": cluster or {"server": URL if name == "here" else f"{URL}/{name}"}} for name in contexts],
        "users": [{"name": "me", "user": user}],
    }
    path.write_text(yaml.safe_dump(document))
    return str(path)


def plugin(tmp_path, status, version="client.authentication.k8s.io/v1"):
    """Write a credential plugin that appends a line to `runs` each time; return the user that names it."""
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    script = tmp_path / "plugin.py"
    script.write_text(f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); print({answer!r})")
    return {"exec": {"apiVersion": version, "command": sys.executable, "args": [str(script)]}}


def runs(tmp_path):
    return len((tmp_path / "runs").read_text())


async def test_a_named_server_is_reached_without_credentials():
    url, credentials = await reach(Cluster(server="http://127.0.0.1:8001"), POD)

    assert url == "http://127.0.0.1:8001"
    assert await credentials.current() == Access()


@pytest.mark.parametrize(("host", "url"), [("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443")])
async def test_in_a_pod_the_service_account_is_used_and_its_files_are_read_again(tmp_path, host, url):
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "ca.crt").write_bytes(CA.certificate)

    found, credentials = await reach(Cluster(), {**POD, "KUBERNETES_SERVICE_HOST": host}, tmp_path)
    first = await credentials.current()
    (tmp_path / "token").write_text("second")
    second = await credentials.current()
    (tmp_path / "ca.crt").write_bytes(CA.certificate + Authority().certificate)
    third = await credentials.renewed(second)

    assert found == url
    assert [bearer(each) for each in (first, second, third)] == ["Bearer first", "Bearer second", "Bearer second"]
    assert first.ssl is second.ssl
    assert [len(each.ssl.get_ca_certs()) for each in (first, third)] == [1, 2]


async def test_a_service_account_that_cannot_be_read_is_said_at_once_and_waited_for_later(tmp_path):
    with pytest.raises(ConfigError, match=r"its service account cannot be used: .*token"):
        await reach(Cluster(), POD, tmp_path)

    (tmp_path / "token").write_text("first")
    (tmp_path / "ca.crt").write_bytes(CA.certificate)
    _, credentials = await reach(Cluster(), POD, tmp_path)
    (tmp_path / "token").unlink()
    with pytest.raises(ClusterUnavailable, match="cannot be read"):
        await credentials.current()


async def test_a_kubeconfig_or_context_that_is_named_is_used_in_a_pod_too(tmp_path):
    path = write(tmp_path / "config", {"token": "secret"}, contexts=("here", "there"))

    named = await reach(Cluster(kubeconfig=path), POD)
    context = await reach(Cluster(context="there"), {**POD, "KUBECONFIG": path})

    assert [named[0], context[0]] == [URL, f"{URL}/there"]


async def test_outside_of_a_cluster_the_default_kubeconfig_is_used(tmp_path):
    (tmp_path / ".kube").mkdir()
    write(tmp_path / ".kube" / "config", {"token": "home"})
    other = write(tmp_path / "other", {"token": "environment"})

    _, home = await reach(Cluster(), {"HOME": str(tmp_path)})
    _, environment = await reach(Cluster(), {"HOME": str(tmp_path), "KUBECONFIG": f"{tmp_path / 'absent'}:{other}"})

    assert bearer(await home.current()) == "Bearer home"
    assert bearer(await environment.current()) == "Bearer environment"


async def test_without_any_credentials_it_is_said_what_to_set(tmp_path):
    with pytest.raises(ConfigError, match=r"set cluster\.kubeconfig or cluster\.server, or run in a cluster"):
        await reach(Cluster(), {"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ("", "gives no credentials"),
        ("a: [", "gives no credentials"),
        ("{clusters: [], contexts: [], users: []}", "current-context"),
        ("{clusters: [], contexts: [], users: [], current-context: here}", "here"),
    ],
)
async def test_a_kubeconfig_that_cannot_be_used_is_said_with_its_path(tmp_path, text, said):
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError, match=rf"^cluster\.kubeconfig: .*{path}.*{said}"):
        await reach(Cluster(kubeconfig=str(path)), {})


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "secret"}, "Bearer secret"),
        ({"username": "me", "password": "secret"}, "Basic bWU6c2VjcmV0"),
        ({}, None),
    ],
)
async def test_users_are_understood(tmp_path, user, header):
    credentials = Kubeconfig(write(tmp_path / "config", user), "", {})

    assert bearer(await credentials.current()) == header


async def test_everything_that_a_cluster_says_of_the_way_to_it_is_kept(tmp_path):
    cluster = {
        "server": URL,
        "certificate-authority-data": inline(CA.certificate),
        "tls-server-name": "api.internal",
        "proxy-url": "http://proxy:3128",
    }
    access = await Kubeconfig(write(tmp_path / "config", {"token": "secret"}, cluster), "", {}).current()

    assert (access.server_hostname, access.proxy) == ("api.internal", "http://proxy:3128")
    assert access.ssl.verify_mode == ssl.CERT_REQUIRED
    assert len(access.ssl.get_ca_certs()) == 1


async def test_a_server_is_left_unverified_only_if_the_kubeconfig_says_so(tmp_path):
    cluster = {"server": URL, "insecure-skip-tls-verify": True}
    access = await Kubeconfig(write(tmp_path / "config", {"token": "secret"}, cluster), "", {}).current()

    assert (access.ssl.verify_mode, access.ssl.check_hostname) == (ssl.CERT_NONE, False)


async def test_a_proxy_that_cannot_be_spoken_to_is_refused(tmp_path):
    cluster = {"server": URL, "proxy-url": "socks5://proxy:1080"}

    with pytest.raises(ConfigError, match=r"socks5://proxy:1080 is neither"):
        await Kubeconfig(write(tmp_path / "config", {"token": "secret"}, cluster), "", {}).server()


async def test_a_token_file_is_read_again_after_a_minute_and_after_a_401(tmp_path):
    token, clock = tmp_path / "token", Clock()
    token.write_text("first\n")
    credentials = Kubeconfig(write(tmp_path / "config", {"tokenFile": "token"}), "", {}, clock)

    first = await credentials.current()
    token.write_text("second")
    kept = await credentials.current()
    renewed = await credentials.renewed(kept)
    token.write_text("third")
    clock.now = 61.0

    assert [bearer(each) for each in (first, kept, renewed)] == ["Bearer first", "Bearer first", "Bearer second"]
    assert await credentials.renewed(first) is renewed, "somebody else has renewed them since"
    assert bearer(await credentials.current()) == "Bearer third"


async def test_what_has_not_changed_stays_the_same_value(tmp_path):
    clock = Clock()
    credentials = Kubeconfig(write(tmp_path / "config", {"token": "secret"}), "", {}, clock)
    first = await credentials.current()
    clock.now = 61.0

    assert await credentials.current() is first


async def test_a_plugin_without_expiry_is_asked_again_only_after_a_401(tmp_path):
    clock = Clock()
    credentials = Kubeconfig(write(tmp_path / "config", plugin(tmp_path, {"token": "one"})), "", {}, clock)
    first = await credentials.current()
    clock.now = 10_000.0
    await credentials.current()
    before = runs(tmp_path)
    plugin(tmp_path, {"token": "two"})

    assert (bearer(first), before) == ("Bearer one", 1)
    assert bearer(await credentials.renewed(first)) == "Bearer two"
    assert runs(tmp_path) == 2


@pytest.mark.parametrize(("expiry", "times"), [("2000-01-01T00:00:00Z", 2), ("2999-01-01T00:00:00Z", 1)])
async def test_a_plugin_is_asked_again_when_its_token_has_expired(tmp_path, expiry, times):
    clock = Clock()
    user = plugin(tmp_path, {"token": "one", "expirationTimestamp": expiry})
    credentials = Kubeconfig(write(tmp_path / "config", user), "", {}, clock)
    await credentials.current()
    clock.now = 61.0
    await credentials.current()

    assert runs(tmp_path) == times


async def test_a_plugin_that_fails_is_said_at_the_start_and_waited_for_later(tmp_path):
    user = plugin(tmp_path, {"token": "one"})
    credentials = Kubeconfig(write(tmp_path / "config", user), "", {})
    access = await credentials.current()
    (tmp_path / "plugin.py").write_text("raise SystemExit('locked out')")

    with pytest.raises(ClusterUnavailable, match="locked out"):
        await credentials.renewed(access)
    with pytest.raises(ConfigError, match="locked out"):
        await reach(Cluster(kubeconfig=str(tmp_path / "config")), {})


@pytest.mark.parametrize("way", ["inline", "files", "plugin"])
async def test_a_client_certificate_is_shown(tmp_path, way):
    certificate, key = CA.issue("me", "team")
    (tmp_path / "me.crt").write_bytes(certificate)
    (tmp_path / "me.key").write_bytes(key)
    user = {
        "inline": lambda: {"client-certificate-data": inline(certificate), "client-key-data": inline(key)},
        "files": lambda: {"client-certificate": "me.crt", "client-key": "me.key"},
        "plugin": lambda: plugin(tmp_path, {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}),
    }[way]()
    shown = []

    async def answer(request):
        shown.append(dict(pair[0] for pair in request.transport.get_extra_info("peercert")["subject"]))
        return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []})

    async with served_with_tls(tmp_path, answer) as server:
        cluster = {"server": server, "certificate-authority-data": inline(CA.certificate), "tls-server-name": "api.internal"}
        url, credentials = await reach(Cluster(kubeconfig=write(tmp_path / "config", user, cluster)), {})
        async with aiohttp.ClientSession() as session:
            await ApiServer(session, url, credentials).list_page(RESOURCES["HTTPRoute"])

    assert shown == [{"commonName": "me", "organizationName": "team"}]


@asynccontextmanager
async def served_with_tls(tmp_path, answer):
    certificate, key = CA.issue("server", hosts=["api.internal"])
    for name, data in (("server.crt", certificate), ("server.key", key), ("ca.crt", CA.certificate)):
        (tmp_path / name).write_bytes(data)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tmp_path / "ca.crt")
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("cluster", "environ", "namespace"),
    [
        (Cluster(), POD, "dnsguard"),
        (Cluster(), {}, ""),
        (Cluster(server="http://127.0.0.1:8001"), POD, ""),
        (Cluster(kubeconfig="elsewhere"), POD, ""),
        (Cluster(context="elsewhere"), POD, ""),
    ],
)
def test_the_namespace_is_the_pods_own_where_the_cluster_is(tmp_path, cluster, environ, namespace):
    (tmp_path / "namespace").write_text("dnsguard\n")
    assert own_namespace(cluster, environ, tmp_path) == namespace


def test_a_pod_without_its_files_has_no_namespace(tmp_path):
    assert own_namespace(Cluster(), POD, tmp_path) == ""
