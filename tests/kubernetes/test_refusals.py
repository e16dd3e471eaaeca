"""An answer that is no success means what the API server means by it."""

import json

import pytest

from dnsguard.errors import ClusterUnavailable, SourceGone, VersionExpired
from dnsguard.kubernetes.refusals import LONGEST_WAIT, NotStreaming, Rejected, ResourceMissing, refusal_of

PATH = "/apis/gateway.networking.k8s.io/v1/httproutes"
TOO_LARGE = json.dumps({"message": "Too large resource version: 9", "details": {"causes": [{"reason": "ResourceVersionTooLarge"}]}})


@pytest.mark.parametrize(
    ("status", "body", "watching", "error"),
    [
        (410, "", False, VersionExpired),
        (410, "", True, VersionExpired),
        (400, "", True, VersionExpired),
        (400, "", False, ClusterUnavailable),
        (504, TOO_LARGE, True, VersionExpired),
        (504, "", True, ClusterUnavailable),
        (404, "404 page not found", False, ResourceMissing),
        (403, "", True, SourceGone),
        (401, "", False, ClusterUnavailable),
        (302, "", False, ClusterUnavailable),
        (429, "", False, ClusterUnavailable),
        (500, "\xff", True, ClusterUnavailable),
        (503, '{"details":null}', True, ClusterUnavailable),
    ],
)
def test_every_status_has_its_meaning(status, body, watching, error):
    assert isinstance(refusal_of(status, body.encode("latin-1"), PATH, watching=watching), error)


@pytest.mark.parametrize("status", [400, 422])
def test_an_invalid_streaming_list_is_one_that_the_server_does_not_have(status):
    assert isinstance(refusal_of(status, b"", PATH, watching=True, streaming=True), NotStreaming)
    assert isinstance(refusal_of(410, b"", PATH, watching=True, streaming=True), VersionExpired)


def test_forbidden_is_not_missing():
    assert not isinstance(refusal_of(403, b"", PATH), ResourceMissing)


def test_the_sentence_names_the_path_and_repeats_the_server():
    error = refusal_of(500, b'{"message":"httproutes is\\n broken"}', PATH)

    assert str(error) == f"GET {PATH} was answered with 500: httproutes is broken."


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (PATH, "httproutes.gateway.networking.k8s.io"),
        ("/apis/gateway.networking.k8s.io/v1/namespaces/gateways/httproutes", "httproutes.gateway.networking.k8s.io"),
        ("/apis/gateway.networking.k8s.io/v1/gateways", "gateways.gateway.networking.k8s.io"),
        ("/apis/gateway.networking.k8s.io/v1/listenersets", "listenersets.gateway.networking.k8s.io"),
        ("/api/v1/namespaces", "namespaces"),
    ],
)
@pytest.mark.parametrize(("watching", "streaming", "verb"), [(False, False, "list"), (True, False, "watch"), (True, True, "watch")])
def test_what_is_forbidden_names_the_verb_the_resource_and_the_file_that_grants_it(path, resource, watching, streaming, verb):
    error = refusal_of(403, b'{"message":"it is forbidden"}', path, watching=watching, streaming=streaming)

    granted = f"No permission to {verb} {resource} (config/kustomize/rbac.yaml grants it)"
    assert str(error) == f"{granted}: GET {path} was answered with 403: it is forbidden."


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", 0.0), ("soon", 0.0), ("-1", 0.0), ("٣", 0.0), ("86400", LONGEST_WAIT)])
def test_the_wait_that_the_server_asks_for_is_kept_within_reason(header, seconds):
    assert refusal_of(429, b"", PATH, retry_after=header).retry_after == seconds


EVENTS = "/apis/events.k8s.io/v1/namespaces/team/events"
ENDING = json.dumps({"message": "it is being terminated", "details": {"causes": [{"reason": "NamespaceTerminating"}]}})


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, "", Rejected),
        (409, "", Rejected),
        (413, "", Rejected),
        (415, "", Rejected),
        (422, "", Rejected),
        (403, ENDING, Rejected),
        (403, "", SourceGone),
        (404, "", ResourceMissing),
        (429, "", ClusterUnavailable),
        (500, "", ClusterUnavailable),
    ],
)
def test_every_status_of_a_write_has_its_meaning(method, status, body, error):
    assert isinstance(refusal_of(status, body.encode(), EVENTS, method=method), error)


@pytest.mark.parametrize(("method", "path", "verb"), [("POST", EVENTS, "create"), ("PATCH", f"{EVENTS}/app.1", "patch")])
def test_a_write_that_is_forbidden_names_its_verb(method, path, verb):
    error = refusal_of(403, b"", path, method=method)
    granted = f"No permission to {verb} events.events.k8s.io (config/kustomize/rbac.yaml grants it)"
    assert str(error) == f"{granted}: {method} {path} was answered with 403: no reason given."


def test_a_configmap_that_is_forbidden_is_named():
    assert "to list configmaps (" in str(refusal_of(403, b"", "/api/v1/namespaces/dnsguard/configmaps"))
