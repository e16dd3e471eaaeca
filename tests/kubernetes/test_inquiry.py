"""What a request asks for, and that nothing with two readings is read at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.kubernetes.inquiry import inquiry_of, tells_of_server

ROUTES = "/apis/gateway.networking.k8s.io/v1"


@pytest.mark.parametrize(
    ("method", "path", "query", "verb", "resource"),
    [
        ("GET", f"{ROUTES}/httproutes", "", "list", "httproutes.gateway.networking.k8s.io"),
        ("GET", f"{ROUTES}/namespaces/team/httproutes", "limit=500", "list", "httproutes.gateway.networking.k8s.io"),
        ("GET", f"{ROUTES}/httproutes", "watch=true", "watch", "httproutes.gateway.networking.k8s.io"),
        ("GET", f"{ROUTES}/namespaces/team/httproutes/app", "", "get", "httproutes.gateway.networking.k8s.io"),
        ("PUT", f"{ROUTES}/namespaces/team/httproutes/app/status", "", "update", "httproutes.gateway.networking.k8s.io/status"),
        ("GET", "/api/v1/namespaces", "", "list", "namespaces"),
        ("GET", "/api/v1/namespaces/team", "", "get", "namespaces"),
        ("PUT", "/api/v1/namespaces/team/finalize", "", "update", "namespaces/finalize"),
        ("GET", "/api/v1/namespaces/team/status", "", "get", "namespaces/status"),
        ("GET", "/api/v1/namespaces/team/pods", "", "list", "pods"),
        ("GET", "/api/v1/namespaces/team/pods/x/log", "", "get", "pods/log"),
        ("GET", "/api/v1/pods", "watch=1", "watch", "pods"),
        ("GET", "/api/v1/nodes/a", "", "get", "nodes"),
        ("POST", "/apis/events.k8s.io/v1/namespaces/team/events", "", "create", "events.events.k8s.io"),
        ("PATCH", "/api/v1/namespaces/team/events/x", "", "patch", "events"),
        ("DELETE", "/api/v1/namespaces/team/pods/x", "", "delete", "pods"),
        ("DELETE", "/api/v1/namespaces/team/pods", "", "deletecollection", "pods"),
        ("GET", "/api/v1/watch/pods", "", "get", "watch"),
        ("GET", "/api/v1/pods/x", "watch=true", "other", "pods"),
        ("OPTIONS", "/api/v1/pods", "", "other", "pods"),
    ],
)
def test_a_request_is_a_verb_on_a_resource(method, path, query, verb, resource):
    found = inquiry_of(method, path, query)
    assert (found.verb, found.resource) == (verb, resource)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api",
        "/api/v1",
        "/apis/x/v1",
        "/metrics",
        "/logs/x",
        "/api/v1/namespaces/team/services/x/proxy/deeper",
        "/api/v1/pods/",
        "/api/v1//pods",
        "/api/v1/../v1/secrets",
        "/api/v1/pods/..",
        "/api/v1/pods/%2e%2e",
        "/api/v1/namespaces%2Fteam/secrets",
        "/api/v1/pods;x",
        "//api/v1/pods",
        "/api/v1/pods\\x",
    ],
)
def test_a_path_of_another_form_is_nothing_that_we_know(path):
    assert inquiry_of("GET", path, "") is None


@given(st.text("abz./%:-_ \\;?#\n\x00é", max_size=30))
def test_no_path_with_odd_parts_is_known(tail):
    found = inquiry_of("GET", f"/api/v1/{tail}", "")
    assert found is None or all(part.strip(".") and "%" not in part for part in tail.split("/"))


@pytest.mark.parametrize(
    ("query", "so"),
    [("watch=true", True), ("watch=1", True), ("watch=TRUE", False), ("watch=", False), ("watch", False), ("watch=false", False)],
)
def test_it_is_certain_to_be_a_watch_only_where_that_is_said_plainly(query, so):
    found = inquiry_of("GET", "/api/v1/pods", query)
    assert (found.verb, found.watching) == ("watch", so)


@pytest.mark.parametrize(
    ("query", "so"),
    [("allowWatchBookmarks=true", True), ("allowWatchBookmarks=1", True), ("allowWatchBookmarks=false", False), ("", False)],
)
def test_bookmarks_are_asked_for_or_not(query, so):
    assert inquiry_of("GET", "/api/v1/pods", query).bookmarks is so


def test_a_parameter_that_stands_twice_makes_the_query_unclear():
    assert not inquiry_of("GET", "/api/v1/pods", "labelSelector=a&labelSelector=b").clear
    assert inquiry_of("GET", "/api/v1/pods", "labelSelector=a%3Db&fieldSelector=c").clear


@pytest.mark.parametrize(
    "path",
    [
        "/version",
        "/version/",
        "/readyz",
        "/livez/ping",
        "/healthz",
        "/api",
        "/apis",
        "/api/v1",
        "/apis/apps",
        "/apis/gateway.networking.k8s.io/v1",
        "/openapi/v2",
        "/openapi/v3/apis/apps/v1",
    ],
)
def test_discovery_and_health_tell_of_the_server(path):
    assert tells_of_server(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/api/v1/pods",
        "/apis/apps/v1/deployments",
        "/openapi/v3/../../api/v1/secrets",
        "/logs",
        "/debug/pprof",
        "/version/x",
    ],
)
def test_everything_else_does_not(path):
    assert not tells_of_server(path)
