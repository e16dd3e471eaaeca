"""Letters become Events that an API server takes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.kubernetes.notices import event_of, name_of, path_of, series_of
from dnsguard.lab.event_log import EventLog
from dnsguard.model.notices import Letter
from dnsguard.model.objects import Ref

ROUTE = Ref("HTTPRoute", "team", "app")
LETTER = Letter(ROUTE, "Held", "Withheld", "www.example.com: why", True, "", 1.5, 2.25)


def test_an_event_regards_its_object_and_says_who_and_when():
    assert json.loads(event_of(LETTER, "app.1", "u-1", "dnsguard-0")) == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "app.1", "namespace": "team"},
        "eventTime": "1970-01-01T00:00:01.500000Z",
        "reportingController": "dnsguard",
        "reportingInstance": "dnsguard-0",
        "action": "Withheld",
        "reason": "Held",
        "type": "Warning",
        "note": "www.example.com: why",
        "regarding": {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "namespace": "team",
            "name": "app",
            "uid": "u-1",
        },
    }


def test_an_object_without_a_namespace_is_told_of_in_default():
    letter = replace(LETTER, ref=Ref("Namespace", "", "team"), warning=False)
    event = json.loads(event_of(letter, "team.1", "", "dnsguard-0"))
    assert (event["metadata"]["namespace"], event["type"]) == ("default", "Normal")
    assert event["regarding"] == {"apiVersion": "v1", "kind": "Namespace", "name": "team"}
    assert path_of(letter) == "/apis/events.k8s.io/v1/namespaces/default/events"


def test_a_repetition_is_a_patch_of_the_first_event():
    letter = replace(LETTER, name="app.1", count=3)
    assert path_of(letter) == "/apis/events.k8s.io/v1/namespaces/team/events/app.1"
    assert json.loads(series_of(letter)) == {"series": {"count": 3, "lastObservedTime": "1970-01-01T00:00:02.250000Z"}}


@pytest.mark.parametrize("name", ["a", "a" * 253, "a" * 235 + "." + "b" * 17])
def test_the_name_of_an_event_is_that_of_its_object_and_stays_a_name(name):
    found = name_of(replace(LETTER, ref=Ref("HTTPRoute", "team", name)), 255)
    assert found.endswith(".00000000000000ff")
    assert len(found) <= 253
    assert ".." not in found
    assert found.startswith(name[:200])


@given(
    st.sampled_from(["HTTPRoute", "Gateway", "ListenerSet", "Namespace", "ConfigMap"]),
    st.text(min_size=1),
    st.text(max_size=300),
    st.text(max_size=200),
    st.floats(0, 4e9),
)
def test_whatever_is_told_an_api_server_takes_it(kind, name, note, instance, at):
    namespace = "" if kind == "Namespace" else "team"
    letter = Letter(Ref(kind, namespace, name), "Held", "Withheld", note, False, "", at, at)
    log = EventLog()
    place = namespace or "default"
    event = name_of(letter, 1)
    status, said = log.create(place, event_of(letter, event, "", instance), dry=False)
    assert status == 201, said
    path = path_of(replace(letter, name=event, count=2))
    assert path.startswith(f"/apis/events.k8s.io/v1/namespaces/{place}/events/")
    status, said = log.merge(place, event, "application/merge-patch+json", series_of(replace(letter, count=2)), dry=False)
    assert status == 200, said


def test_the_name_of_the_pod_is_cut_by_its_bytes():
    event = json.loads(event_of(LETTER, "n", "", "\N{MATHEMATICAL SCRIPT SMALL V}" * 100))
    assert event["reportingInstance"] == "\N{MATHEMATICAL SCRIPT SMALL V}" * 32
