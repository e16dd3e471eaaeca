"""Writers are told by the times and fields of managedFields, and by the entries of statuses that differ."""

import pytest

from dnsguard.core.diagnosis.moves import moves
from dnsguard.core.diagnosis.writers import Voices, Writer, writer_of
from dnsguard.model.objects import Ref

STATUS = {"f:status": {".": {}, "f:parents": {}}}
SPEC = {"f:spec": {".": {}, "f:hostnames": {}}}
ADDRESSES = {"f:status": {"f:addresses": {}}}
CONDITIONS = {"f:status": {"f:conditions": {'k:{"type":"Accepted"}': {"f:lastTransitionTime": {}, "f:message": {}}}}}


def entry(manager, fields, time, subresource="status"):
    return {"manager": manager, "operation": "Update", "subresource": subresource, "fieldsV1": fields, "time": time}


def seen(fields, *, parents=(), addresses=(), conditions=()):
    status = {"parents": list(parents), "addresses": list(addresses), "conditions": list(conditions)}
    return {"metadata": {"name": "a", "managedFields": fields}, "status": status}


def parent(controller, time="1"):
    return {"controllerName": controller, "parentRef": {"name": "public"}, "conditions": [{"type": "A", "status": "T", "time": time}]}


def writer(old, new):
    return writer_of(old, new, moves(old, new))


def test_the_manager_whose_time_moved_wrote():
    old = seen([entry("kubectl", SPEC, "1", ""), entry("traefik", STATUS, "2")], parents=[parent("t/c")])
    new = seen([entry("kubectl", SPEC, "1", ""), entry("traefik", STATUS, "3")], parents=[parent("t/c", "2")])
    assert writer(old, new) == Writer("traefik", ("t/c",))


def test_of_two_owners_it_is_the_one_whose_time_moved():
    before = [entry("one", STATUS, "1"), entry("other", STATUS, "2")]
    after = [entry("one", STATUS, "2"), entry("other", STATUS, "2")]
    assert writer(seen(before, parents=[parent("t/c")]), seen(after, parents=[parent("t/c", "2")])).manager == "one"


def test_a_manager_that_only_lost_fields_did_not_write():
    old = seen([entry("traefik", {"f:status": {"f:addresses": {}, "f:parents": {}}}, "2")], addresses=["1"])
    new = seen([entry("traefik", STATUS, "2"), entry("curl", ADDRESSES, "2")])
    assert writer(old, new).manager == "curl"


def test_within_one_second_it_is_the_owner_of_what_moved():
    fields = [entry("kubectl", SPEC, "9", ""), entry("traefik", STATUS, "2"), entry("other", ADDRESSES, "3")]
    assert writer(seen(fields, parents=[parent("t/c")]), seen(fields, parents=[parent("t/c", "2")])).manager == "traefik"
    assert writer(seen(fields), seen(fields, addresses=["1"])).manager == "other"


def test_where_nobody_owns_what_moved_it_is_the_latest_of_all():
    fields = [entry("kubectl", SPEC, "1", ""), entry("traefik", STATUS, "2")]
    assert writer(seen(fields), {**seen(fields), "data": 1}).manager == "traefik"


def test_fields_of_keyed_entries_are_owned_one_by_one():
    fields = [entry("traefik", CONDITIONS, "1"), entry("other", ADDRESSES, "2")]
    old = seen(fields, conditions=[{"type": "Accepted", "status": "True", "message": "a"}])
    new = seen(fields, conditions=[{"type": "Accepted", "status": "True", "message": "b"}])
    assert writer(old, new).manager == "traefik"


@pytest.mark.parametrize("fields", [[], None, 7, ["x"], [{"manager": 3, "fieldsV1": "no"}]])
def test_without_managed_fields_the_manager_is_unknown(fields):
    assert writer(seen(fields, parents=[parent("t/c")]), seen(fields, parents=[parent("t/c", "2")])) == Writer("", ("t/c",))


@pytest.mark.parametrize(
    ("old", "new", "controllers"),
    [
        ([parent("a/b"), parent("c/d")], [parent("a/b"), parent("c/d", "2")], ("c/d",)),
        ([parent("a/b")], [parent("a/b"), parent("c/d")], ("c/d",)),
        ([parent("a/b"), parent("c/d")], [parent("a/b")], ("c/d",)),
        ([parent("a/b"), parent("c/d")], [parent("c/d"), parent("a/b")], ("a/b", "c/d")),
        ([parent("a/b")], [parent("a/b")], ()),
        (["nonsense"], [None], ()),
    ],
    ids=["changed", "added", "removed", "order", "same", "nonsense"],
)
def test_controllers_are_those_whose_entries_differ(old, new, controllers):
    assert writer(seen([], parents=old), seen([], parents=new)).controllers == controllers


def test_who_owns_most_of_a_controllers_statuses_is_that_controller():
    voices = Voices()
    for number in range(3):
        voices.hear(Ref("HTTPRoute", "n", f"r{number}"), seen([entry("traefik", STATUS, "1")], parents=[parent("t/c")]))
    voices.hear(Ref("HTTPRoute", "n", "r3"), seen([entry("curl", STATUS, "1")], parents=[parent("t/c")]))
    assert voices.own(Writer("traefik", ("t/c",))) == ("t/c",)
    assert voices.own(Writer("curl", ("t/c",))) == ()
    assert voices.own(Writer("", ("t/c",))) == ("t/c",)
    assert set(voices.of_parent(Ref("Gateway", "n", "public"))) == {"t/c"}


def test_a_route_of_two_controllers_tells_of_neither():
    voices = Voices()
    voices.hear(Ref("HTTPRoute", "n", "r"), seen([entry("curl", STATUS, "1")], parents=[parent("t/c"), parent("e/f")]))
    assert voices.own(Writer("traefik", ("t/c",))) == ("t/c",)
