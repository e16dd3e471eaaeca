"""Routes of the Gateway API ask for exactly the records that external-dns would publish for them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from dnsguard.core.resolve.gateway_api import Resolver, resolve
from dnsguard.core.resolve.rules import GatewayRules, compile_rules
from dnsguard.model.endpoints import Claim, Contribution, Resolution
from dnsguard.model.objects import (
    GatewaySpec,
    GatewayStatus,
    GatewayView,
    ListenerSetSpec,
    ListenerSetStatus,
    ListenerSetView,
    NamespaceView,
    Ref,
    RouteSpec,
    RouteStatus,
    RouteView,
    View,
)
from dnsguard.model.settings import Sources, ZoneEntry

CASES = yaml.safe_load(Path(__file__).with_name("gateway_api_cases.yaml").read_text())["cases"]
PREFIX = "external-dns.kubernetes.io/"
ACCEPTED = [{"type": "Accepted", "status": "True"}]


def ref(kind: str, name: str) -> Ref:
    """Read the shorthand `namespace/name`."""
    namespace, _, rest = name.partition("/")
    return Ref(kind, namespace, rest)


def meta(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """Read what views have in common."""
    annotations = {key.replace("+", PREFIX): value for key, value in case.get("annotations", {}).items()}
    identity = {"uid": "u", "created": "2026-01-01T00:00:00Z"}
    return {"ref": ref(kind, case["name"]), **identity, "labels": case.get("labels", {}), "annotations": annotations}


def gateway(case: dict[str, Any]) -> GatewayView:
    """Read a Gateway."""
    allowed = {"allowedListeners": {"namespaces": case["allowedListeners"]}} if "allowedListeners" in case else {}
    spec = {"listeners": case["listeners"], **allowed}
    status = {"addresses": [{"type": "IPAddress", "value": value} for value in case.get("addresses", [])]}
    return GatewayView(**meta("Gateway", case), spec=msgspec.convert(spec, GatewaySpec), status=msgspec.convert(status, GatewayStatus))


def listener_set(case: dict[str, Any]) -> ListenerSetView:
    """Read a ListenerSet; it and its listeners are accepted unless it has a status of its own."""
    above = ref("Gateway", case["parent"])
    spec = {"parentRef": {"name": above.name, "namespace": above.namespace}, "listeners": case["listeners"]}
    listeners = [{"name": each["name"], "conditions": ACCEPTED} for each in case["listeners"]]
    status = case.get("status", {"conditions": ACCEPTED, "listeners": listeners})
    return ListenerSetView(
        **meta("ListenerSet", case),
        spec=msgspec.convert(spec, ListenerSetSpec),
        status=msgspec.convert(status, ListenerSetStatus),
    )


def parent_ref(case: str | dict[str, Any]) -> dict[str, Any]:
    """Read a parentRef, with the optional fields of the API as they are."""
    fields = {"to": case} if isinstance(case, str) else case
    above = ref("", fields["to"])
    rest = {key: value for key, value in fields.items() if key not in {"to", "conditions"}}
    return {"name": above.name, "namespace": above.namespace, **rest}


def conditions(case: str | dict[str, Any]) -> list[dict[str, str]]:
    """Read the conditions of a status entry; it accepts unless it says otherwise."""
    if isinstance(case, str) or "conditions" not in case:
        return ACCEPTED
    return [{"type": kind, "status": status} for kind, status in case["conditions"].items()]


def route(case: dict[str, Any]) -> RouteView:
    """Read a route."""
    spec = {"hostnames": case.get("hostnames"), "parentRefs": [parent_ref(each) for each in case["parents"]]}
    parents = [{"parentRef": parent_ref(each), "conditions": conditions(each)} for each in case.get("status", case["parents"])]
    return RouteView(
        **meta(case.get("kind", "HTTPRoute"), case),
        spec=msgspec.convert(spec, RouteSpec),
        status=msgspec.convert({"parents": parents}, RouteStatus),
    )


def views_of(case: dict[str, Any]) -> dict[Ref, View]:
    """Read every object of a case but the routes."""
    views: list[View] = [
        *(gateway(each) for each in case.get("gateways", [])),
        *(listener_set(each) for each in case.get("listenerSets", [])),
        *(
            NamespaceView(ref=Ref("Namespace", "", name), uid="u", created="", labels=labels)
            for name, labels in case.get("namespaces", {}).items()
        ),
    ]
    return {view.ref: view for view in views}


def rules_of(case: dict[str, Any], entries: tuple[ZoneEntry, ...] = ()) -> GatewayRules:
    """Read the settings of a case."""
    return compile_rules(msgspec.convert(case.get("sources", {}), Sources), entries)


def record_type(target: str) -> str:
    """Tell the record type by the text of a target."""
    if ":" in target:
        return "AAAA"
    return "A" if target.replace(".", "").isdigit() else "CNAME"


def endpoints(resolutions: Iterable[Resolution]) -> set[str]:
    """Unite contributions to records, in the notation of the cases."""
    united: dict[tuple[str, str, str], set[str]] = {}
    for resolution in resolutions:
        for claim, contribution in resolution.contributions.items():
            notes = [f"ttl={contribution.ttl}"] if contribution.ttl is not None else []
            notes += [f"set={claim.set_id}"] if claim.set_id else []
            notes += [f"{key}={value}" for key, value in contribution.properties]
            for target in contribution.targets:
                united.setdefault((claim.name, record_type(target), " ".join(notes)), set()).add(target)
    return {" ".join(filter(None, (name, kind, ",".join(sorted(targets)), notes))) for (name, kind, notes), targets in united.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_routes_ask_for_the_records_of_the_case(case: dict[str, Any]) -> None:
    """Each case of the table yields exactly its records."""
    resolver, views = Resolver(rules_of(case)), views_of(case)

    found = [resolver.resolve(route(each), views) for each in case["routes"]]

    assert endpoints(found) == set(case["endpoints"])
    assert all(set(each.contributions) <= each.claims for each in found)


EDGE = {"name": "infra/edge", "labels": {"tier": "edge"}, "addresses": ["192.0.2.10"]}
OPEN = {"name": "web", "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
SELECTING = {
    "name": "web",
    "protocol": "HTTP",
    "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "one"}}}},
}
BROKEN = {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "-"}}}}
GATEWAY = Ref("Gateway", "infra", "edge")


def asked(case: dict[str, Any], entries: tuple[ZoneEntry, ...] = ()) -> Resolution:
    """Resolve the only route of a case."""
    [only] = case["routes"]
    return resolve(route(only), views_of(case), rules_of(case, entries))


def web(**fields: Any) -> dict[str, Any]:
    """Describe a route that names the Gateway infra/edge."""
    return {"name": "app/web", "hostnames": ["web.example.org"], "parents": ["infra/edge"], **fields}


def test_a_claim_needs_no_status() -> None:
    """Without any status the claim stands and nothing is published."""
    case = {"gateways": [{**EDGE, "addresses": [], "listeners": [OPEN]}], "routes": [web(status=[])]}

    found = asked(case)

    assert found.claims == {Claim("web.example.org", "", GATEWAY)}
    assert found.contributions == {}
    assert found.reads == {GATEWAY}
    assert found.problems == ()


def test_a_claim_of_a_listener_set_needs_no_status() -> None:
    """A ListenerSet that was never accepted still lets its routes claim."""
    shared = {**EDGE, "listeners": [], "allowedListeners": {"from": "All"}}
    lines = {"name": "infra/set", "parent": "infra/edge", "listeners": [OPEN], "status": {}}
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "gateways": [shared],
        "listenerSets": [lines],
        "routes": [web(parents=[{"to": "infra/set", "kind": "ListenerSet"}])],
    }

    found = asked(case)

    assert found.claims == {Claim("web.example.org", "", Ref("ListenerSet", "infra", "set"))}
    assert found.contributions == {}
    assert found.reads == {Ref("ListenerSet", "infra", "set"), GATEWAY}


def test_claims_follow_the_section_name_of_the_spec() -> None:
    """A status that speaks of all listeners publishes only what the spec asks for."""
    listeners = [{**OPEN, "name": name, "hostname": f"{name}.example.org"} for name in ("one", "two")]
    case = {
        "gateways": [{**EDGE, "listeners": listeners}],
        "routes": [web(hostnames=None, parents=[{"to": "infra/edge", "sectionName": "two"}], status=["infra/edge"])],
    }

    found = asked(case)

    claim = Claim("two.example.org", "", GATEWAY)
    assert found.claims == {claim}
    assert found.contributions == {claim: Contribution(("192.0.2.10",))}


def test_a_missing_gateway_is_read_and_named() -> None:
    """A route that names a Gateway which is not there claims nothing, and says so."""
    found = asked({"routes": [web()]})

    assert found == Resolution(frozenset(), {}, ("Gateway infra/edge does not exist",), frozenset({GATEWAY}))


@pytest.mark.parametrize(
    ("gateways", "problem"),
    [
        ([], "ListenerSet infra/set: Gateway infra/edge does not exist"),
        (
            [{**EDGE, "listeners": []}],
            "ListenerSet infra/set: Gateway infra/edge does not allow ListenerSets from the namespace infra",
        ),
    ],
)
def test_a_listener_set_that_cannot_attach_says_why(gateways: list[dict[str, Any]], problem: str) -> None:
    """The sentence names the ListenerSet and its Gateway."""
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "gateways": gateways,
        "listenerSets": [{"name": "infra/set", "parent": "infra/edge", "listeners": [OPEN]}],
        "routes": [web(parents=[{"to": "infra/set", "kind": "ListenerSet"}])],
    }

    assert asked(case).problems == (problem,)


def test_a_missing_listener_set_is_read_and_named() -> None:
    """A ListenerSet that is not there is waited for."""
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "routes": [web(parents=[{"to": "infra/set", "kind": "ListenerSet"}])],
    }

    found = asked(case)

    assert found.problems == ("ListenerSet infra/set does not exist",)
    assert found.reads == {Ref("ListenerSet", "infra", "set")}


def test_a_listener_set_that_is_not_enabled_is_named() -> None:
    """A parentRef to a ListenerSet tells that the setting is off, and nothing is read for it."""
    found = asked({"routes": [web(parents=[{"to": "infra/set", "kind": "ListenerSet"}])]})

    assert found.problems == ("ListenerSet infra/set is named as parent, and listener sets are not enabled",)
    assert found.reads == frozenset()


def test_an_object_of_another_kind_under_the_ref_is_no_gateway() -> None:
    """Views are told apart by what they are."""
    impostor = NamespaceView(ref=GATEWAY, uid="u", created="", labels={})

    assert resolve(route(web()), {GATEWAY: impostor}, GatewayRules()).claims == frozenset()


def test_selectors_make_the_namespace_a_dependency() -> None:
    """The namespace of the route is read, known or not."""
    case = {"gateways": [{**EDGE, "listeners": [SELECTING]}], "routes": [web()]}
    namespace = Ref("Namespace", "", "app")

    unknown = asked(case)
    known = asked({**case, "namespaces": {"app": {"team": "one"}}})

    assert unknown.reads == known.reads == {GATEWAY, namespace}
    assert not unknown.claims
    assert known.claims


def test_the_namespace_of_a_listener_set_is_a_dependency_where_a_gateway_selects() -> None:
    """ListenerSet, Gateway and the namespace of the ListenerSet are read."""
    shared = {**EDGE, "listeners": [], "allowedListeners": {"from": "Selector", "selector": {}}}
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "gateways": [shared],
        "listenerSets": [{"name": "rim/set", "parent": "infra/edge", "listeners": [OPEN]}],
        "routes": [web(parents=[{"to": "rim/set", "kind": "ListenerSet"}])],
    }

    assert asked(case).reads == {Ref("ListenerSet", "rim", "set"), GATEWAY, Ref("Namespace", "", "rim")}


def test_only_the_first_condition_accepted_counts() -> None:
    """A later condition Accepted does not overrule the first."""
    case = {"gateways": [{**EDGE, "listeners": [OPEN]}], "routes": [web()]}
    refused = [{"type": "Accepted", "status": "False"}, *ACCEPTED]
    status = {"parents": [{"parentRef": parent_ref("infra/edge"), "conditions": refused}]}
    web_route = msgspec.structs.replace(route(web()), status=msgspec.convert(status, RouteStatus))

    assert resolve(web_route, views_of(case), GatewayRules()).contributions == {}


def test_the_scope_has_a_bit_for_each_zone_entry_that_takes_the_gateway() -> None:
    """Entries without filter take everything; without any filter the scope is all entries."""
    case = {"gateways": [{**EDGE, "listeners": [OPEN]}], "routes": [web()]}
    core, edge, every = (ZoneEntry(gateway_label_filter=text) for text in ("tier=core", "tier=edge", ""))

    [filtered] = asked(case, (core, edge, every)).claims
    [unfiltered] = asked(case, (every, every)).claims

    assert filtered.scope == 0b110
    assert unfiltered.scope == -1


def test_a_listener_set_has_the_scope_of_its_gateway() -> None:
    """The labels of the Gateway decide, not those of the ListenerSet."""
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "gateways": [{**EDGE, "listeners": [], "allowedListeners": {"from": "All"}}],
        "listenerSets": [{"name": "infra/set", "labels": {"tier": "core"}, "parent": "infra/edge", "listeners": [OPEN]}],
        "routes": [web(parents=[{"to": "infra/set", "kind": "ListenerSet"}])],
    }
    entries = (ZoneEntry(gateway_label_filter="tier=core"), ZoneEntry(gateway_label_filter="tier=edge"))

    [claim] = asked(case, entries).claims

    assert claim.scope == 0b10


def test_problems_are_told_in_one_order() -> None:
    """First the annotations, then the hostnames, then the parents in the order of the spec, each once."""
    case = {
        "gateways": [
            {
                "name": "infra/edge",
                "annotations": {"+target": "192.0.2.1,,bad name"},
                "listeners": [{**OPEN, "hostname": "_bad"}, {**SELECTING, "allowedRoutes": BROKEN}],
            }
        ],
        "routes": [
            web(
                annotations={
                    "+ttl": "1d",
                    "+gateway-hostname-source": "none",
                    "external-dns.alpha.kubernetes.io/alias": "true",
                },
                hostnames=["a_b", "a_b"],
                parents=["infra/gone", "infra/edge", "infra/gone"],
            )
        ],
    }

    found = asked(case).problems

    assert [text.split(":")[0] for text in found] == [
        "these annotations carry a dated prefix, better is external-dns.kubernetes.io/",
        "the annotation ttl is '1d', neither a duration nor seconds from 1 to 2147483647",
        "the annotation gateway-hostname-source is 'none', neither defined-hosts-only nor annotation-only",
        "'a_b' is not a hostname",
        "Gateway infra/gone does not exist",
        "Gateway infra/edge",
        "Gateway infra/edge",
        "Gateway infra/edge",
    ]


def test_a_resolver_sees_every_change_of_a_parent() -> None:
    """What is remembered of a parent ends with its view, whether it changes, goes or comes."""
    rules, web_route = GatewayRules(), route(web())
    resolver = Resolver(rules)
    before = views_of({"gateways": [{**EDGE, "listeners": [OPEN]}]})
    after = views_of({"gateways": [{**EDGE, "listeners": [OPEN], "addresses": ["192.0.2.20"]}]})

    found = [resolver.resolve(web_route, views) for views in (before, before, after, {}, before)]

    assert found == [resolve(web_route, views, rules) for views in (before, before, after, {}, before)]
    assert [len(each.contributions) for each in found] == [1, 1, 1, 0, 1]
    assert found[0].contributions != found[2].contributions


def test_a_resolver_sees_every_change_below_a_listener_set() -> None:
    """A ListenerSet is compiled again when its Gateway comes or goes."""
    case = {
        "sources": {"gateway": {"listener_sets": True}},
        "gateways": [{**EDGE, "listeners": [], "allowedListeners": {"from": "All"}}],
        "listenerSets": [{"name": "infra/set", "parent": "infra/edge", "listeners": [OPEN]}],
    }
    whole = views_of(case)
    alone = {key: view for key, view in whole.items() if key != GATEWAY}
    resolver = Resolver(rules_of(case))
    web_route = route(web(parents=[{"to": "infra/set", "kind": "ListenerSet"}]))

    found = [resolver.resolve(web_route, views) for views in (whole, alone, whole)]

    assert [len(each.claims) for each in found] == [1, 0, 1]


def test_a_route_that_does_not_count_reads_nothing() -> None:
    """Objects out of sight depend on nothing."""
    case = {"sources": {"namespaces": ["lab"]}, "gateways": [{**EDGE, "listeners": [OPEN]}], "routes": [web()]}

    assert asked(case) == Resolution(frozenset(), {})
