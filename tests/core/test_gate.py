"""Gate 1: views and the projection; what is the same to DNS does not pass twice."""

from msgspec.structs import replace

from dnsguard.core.gate import Gate
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.rules import GatewayRules
from dnsguard.lab.objects import namespace, route
from dnsguard.model.objects import Condition, Ref, RouteParent, RouteStatus

ROUTE = route("www", ["www.example.com"], annotations={"ttl": "60"})


def a_gate():
    return Gate(Projection(GatewayRules()))


def test_the_order_of_a_mapping_is_no_difference():
    gate = a_gate()
    one, other = (replace(namespace("team"), labels=dict(pairs)) for pairs in ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]))
    assert gate.admit(one) is not None
    assert gate.admit(other) is None


def test_a_new_view_is_admitted_reduced_and_put_in_force():
    gate = a_gate()
    noisy = replace(ROUTE, uid="u", labels={"x": "y"}, annotations={**ROUTE.annotations, "note": "x"})
    admitted = gate.admit(noisy)
    assert admitted is gate.views[ROUTE.ref]
    assert (admitted.uid, admitted.labels, dict(admitted.annotations)) == ("", {}, dict(ROUTE.annotations))


def test_the_same_view_and_one_that_reduces_to_the_same_are_stopped():
    gate = a_gate()
    gate.admit(ROUTE)
    assert gate.admit(ROUTE) is None
    assert gate.admit(replace(ROUTE, uid="another")) is None
    assert gate.admit(ROUTE) is None


def test_a_view_that_comes_back_is_admitted_again():
    gate = a_gate()
    other = route("www", ["else.example.com"])
    assert all(gate.admit(view) is not None for view in (ROUTE, other, ROUTE))


def test_what_was_forgotten_is_new():
    gate = a_gate()
    gate.admit(ROUTE)
    gate.forget(ROUTE.ref)
    gate.forget(Ref("HTTPRoute", "team", "never"))
    assert gate.views == {}
    assert gate.admit(ROUTE) is not None


def test_of_the_conditions_the_first_accepted_counts_and_whether_it_is_true():
    def reduced(*conditions):
        parent = RouteParent(ROUTE.spec.parent_refs[0], "anybody", conditions)
        return Projection(GatewayRules()).reduce(replace(ROUTE, status=RouteStatus((parent,)))).status.parents[0].conditions

    true, false, unknown = (Condition("Accepted", status) for status in ("True", "False", "Unknown"))
    other = Condition("ResolvedRefs", "True")
    assert reduced(true) == reduced(other, true, false) == (true,)
    assert reduced() == reduced(other) == reduced(false, true) == reduced(unknown) == reduced(false) is None
