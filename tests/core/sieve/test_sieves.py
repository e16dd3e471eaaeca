"""What each preset takes out, and which settings are refused because they would hide what external-dns reads."""

import pytest

from dnsguard.core.sieve.cut import Cut, Kept, compile_cut
from dnsguard.core.sieve.kinds import KINDS
from dnsguard.core.sieve.paths import parse, spell
from dnsguard.core.sieve.sieves import OWN_ANNOTATIONS, OWN_LABELS, Sieves
from dnsguard.model.settings import GatewaySource, Proxy, ProxyKind, Sources

PLAIN = Sources()
CONDITION = ["lastTransitionTime", "message", "observedGeneration", "reason"]


def dropped(cut, at=()):
    """Every path that *cut* drops, as people write it."""
    found = [spell((*at, key)) for key in cut.dropped]
    for key, inner in cut.below.items():
        found += dropped(inner, (*at, key))
    if cut.items:
        found += dropped(cut.items, (*at, ""))
    return sorted(found)


def of(kind, proxy=None, sources=PLAIN):
    return Sieves(proxy or Proxy(), sources).of(KINDS[kind])


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"])
def test_lenient_takes_of_routes_who_wrote_when_and_in_which_words(kind):
    conditions = [f"status.parents[].conditions[].{field}" for field in CONDITION]
    assert dropped(of(kind).cut) == sorted(["metadata.managedFields", "metadata.resourceVersion", *conditions])


@pytest.mark.parametrize("kind", ["Gateway", "ListenerSet"])
def test_lenient_takes_of_gateways_how_many_routes_are_attached_as_well(kind):
    conditions = [f"{where}[].{field}" for where in ("status.conditions", "status.listeners[].conditions") for field in CONDITION]
    others = ["metadata.managedFields", "metadata.resourceVersion", "status.listeners[].attachedRoutes"]
    assert dropped(of(kind).cut) == sorted([*others, *conditions])


@pytest.mark.parametrize("kind", ["Namespace", "Service", "Ingress", "EndpointSlice", "Node", "Pod", "DNSEndpoint"])
def test_lenient_takes_of_other_kinds_who_wrote_and_the_version(kind):
    assert dropped(of(kind).cut) == ["metadata.managedFields", "metadata.resourceVersion"]


def test_strict_takes_the_generation_but_not_of_what_external_dns_writes_back():
    strict = Proxy(preset="strict")
    assert {kind for kind in KINDS if "metadata.generation" not in dropped(of(kind, strict).cut)} == {"DNSEndpoint"}
    assert {kind for kind in KINDS if of(kind, strict).written} == {"DNSEndpoint"}


def test_strict_leaves_labels_and_annotations_that_filters_and_external_dns_read():
    sources = Sources(
        label_filter="app in (a, b),!old",
        annotation_filter="team=x",
        gateway=GatewaySource(label_filter="edge"),
        annotation_prefixes=("x/",),
    )
    metadata = of("HTTPRoute", Proxy(preset="strict", keep=("metadata.labels[mine]",)), sources).cut.below["metadata"]
    assert metadata.below["labels"].kept == Kept(frozenset({"app", "old", "edge", "mine", *OWN_LABELS}))
    assert metadata.below["annotations"].kept == Kept(frozenset({"team", *OWN_ANNOTATIONS}), ("x/",))


@pytest.mark.parametrize("kind", ["Namespace", "Node", "Pod", "EndpointSlice"])
def test_strict_leaves_all_labels_of_what_others_select(kind):
    metadata = of(kind, Proxy(preset="strict")).cut.below["metadata"]
    assert "labels" not in metadata.below
    assert "annotations" in metadata.below


@pytest.mark.parametrize(("word", "left"), [(".Labels.x", "labels"), ('index .Annotations "a"', "annotations")])
def test_labels_and_annotations_stay_whole_where_a_template_names_them(word, left):
    metadata = of("HTTPRoute", Proxy(preset="strict", templates=(f"{{{{ {word} }}}}.example.com",))).cut.below["metadata"]
    assert {"labels", "annotations"} - metadata.below.keys() == {left}


def test_what_is_kept_keeps_what_is_below_it():
    metadata = of("HTTPRoute", Proxy(preset="strict", keep=("metadata",))).cut.below
    assert "metadata" not in metadata


def test_lists_that_the_api_declares_as_maps_have_no_order_and_under_strict_parents_have_none():
    def unordered(cut, at=()):
        found = [spell(at)] if cut.unordered else []
        for key, inner in cut.below.items():
            found += unordered(inner, (*at, key))
        return found + (unordered(cut.items, (*at, "")) if cut.items else [])

    assert unordered(of("HTTPRoute").cut) == ["status.parents[].conditions"]
    assert sorted(unordered(of("HTTPRoute", Proxy(preset="strict")).cut)) == ["status.parents", "status.parents[].conditions"]
    lists = ["spec.listeners", "status.conditions", "status.listeners", "status.listeners[].conditions"]
    assert sorted(unordered(of("Gateway").cut)) == lists
    assert sorted(unordered(of("Gateway", Proxy(preset="strict")).cut)) == sorted([*lists, "status.addresses"])


def test_a_kind_has_its_own_preset_and_paths_and_off_lets_all_pass():
    proxy = Proxy(
        drop=("status.x",),
        keep=("metadata.managedFields",),
        kinds=(
            ProxyKind(kind="Node", preset="strict", drop=("status.images",), keep=("metadata.annotations",)),
            ProxyKind(kind="Pod", preset="off"),
        ),
    )
    assert dropped(of("Node", proxy).cut) == ["metadata.generation", "metadata.resourceVersion", "status.images", "status.x"]
    assert "annotations" not in of("Node", proxy).cut.below["metadata"].below
    assert dropped(of("Service", proxy).cut) == ["metadata.resourceVersion", "status.x"]
    assert of("Pod", proxy) is None


def test_a_path_below_a_dropped_one_is_dropped_with_it():
    assert compile_cut([parse("a"), parse("a.b")]) == Cut(frozenset({"a"}))


# What is refused


def written(path):
    return spell(parse(path))


def hidden(drop=(), sources=PLAIN, **proxy):
    return [(spell(each.drop), each.kind, each.entry, each.index) for each in Sieves(Proxy(drop=drop, **proxy), sources).hidden()]


@pytest.mark.parametrize("preset", ["lenient", "strict"])
def test_no_preset_hides_anything_that_external_dns_reads(preset):
    assert hidden(preset=preset) == []
    for kind in KINDS.values():
        cut, paths = of(kind.name, Proxy(preset=preset)).cut, dropped(of(kind.name, Proxy(preset=preset)).cut)
        assert cut
        assert [(spell(read), path) for read in kind.read for path in paths if spell(read).startswith(path)] == []


@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        "metadata.name",
        "metadata.uid",
        "apiVersion",
        "metadata.annotations",
        "metadata.annotations[external-dns.kubernetes.io/ttl]",
    ],
)
def test_what_external_dns_reads_of_every_kind_cannot_be_dropped(path):
    assert [kind for _, kind, _, _ in hidden((path,))] == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("HTTPRoute", "spec"),
        ("HTTPRoute", "spec.hostnames"),
        ("HTTPRoute", "spec.hostnames[]"),
        ("HTTPRoute", "status.parents"),
        ("HTTPRoute", "status.parents[].conditions[].status"),
        ("HTTPRoute", "status.parents[].parentRef.sectionName"),
        ("Gateway", "status.addresses[].value"),
        ("Gateway", "spec.listeners[].hostname"),
        ("Gateway", "spec.allowedListeners"),
        ("ListenerSet", "status.listeners[].conditions"),
        ("Namespace", "metadata.labels[team]"),
        ("Pod", "metadata.labels"),
        ("Service", "status.loadBalancer.ingress"),
        ("DNSEndpoint", "status.observedGeneration"),
        ("DNSEndpoint", "metadata.generation"),
    ],
)
def test_what_external_dns_reads_of_one_kind_cannot_be_dropped(kind, path):
    assert hidden(kinds=(ProxyKind(kind=kind, drop=("status.other", path)),)) == [(written(path), kind, 0, 1)]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("HTTPRoute", "spec.rules"),
        ("HTTPRoute", "status.parents[].controllerName"),
        ("HTTPRoute", "metadata.annotations[team]"),
        ("HTTPRoute", "metadata.labels"),
        ("Gateway", "status.listeners"),
        ("Node", "status.images"),
        ("Node", "status.conditions[].lastHeartbeatTime"),
        ("DNSEndpoint", "metadata.labels"),
    ],
)
def test_what_external_dns_does_not_read_can_be_dropped(kind, path):
    assert hidden(kinds=(ProxyKind(kind=kind, drop=(path,)),)) == []


@pytest.mark.parametrize(
    ("path", "sources"),
    [
        ("metadata.labels", Sources(label_filter="app=x")),
        ("metadata.labels[app]", Sources(label_filter="app=x")),
        ("metadata.labels[edge]", Sources(gateway=GatewaySource(label_filter="edge"))),
        ("metadata.annotations[team]", Sources(annotation_filter="team")),
        ("metadata.annotations[own/ttl]", Sources(annotation_prefixes=("own/",))),
    ],
)
def test_what_a_filter_reads_cannot_be_dropped(path, sources):
    kinds = (ProxyKind(kind="HTTPRoute", drop=(path,)),)
    assert hidden(kinds=kinds, sources=sources) == [(written(path), "HTTPRoute", 0, 0)]
    assert hidden(kinds=kinds) == []


@pytest.mark.parametrize(
    "template",
    [
        "{{ .Object.spec.x }}.example.com",
        "{{ toJson .Status }}",
        "{{ range .Status.Listeners }}{{ .AttachedRoutes }}{{ end }}",
        '{{ index .Object "a" }}',
        "{{ . }}",
        '{{ printf "%v" . }}',
        "{{ $ }}",
    ],
)
def test_a_template_that_may_read_what_a_preset_drops_is_refused(template):
    assert ("status.listeners[].attachedRoutes", "Gateway", -1, -1) in hidden(templates=(template,))


def test_a_template_is_allowed_once_what_it_reads_is_kept():
    template = "{{ range .Status.Listeners }}{{ .AttachedRoutes }}{{ end }}"
    assert hidden(templates=(template,), keep=("status.listeners[].attachedRoutes",)) == []


@pytest.mark.parametrize(
    "template", ["{{ .Name }}.example.com", "{{ range .Spec.Hostnames }}{{ . }}{{ end }}", "plain.example.com", "{{ .Spec.X }}.{{ $x.Y }}"]
)
def test_a_template_that_reads_nothing_of_it_is_allowed(template):
    assert hidden(templates=(template,)) == []


def test_what_a_template_names_cannot_be_dropped():
    assert hidden(("spec.rules",), templates=("{{ (index .Spec.Rules 0).Name }}.example.com",))
    assert hidden(("spec.weights",), templates=("{{ .Name }}.example.com",)) == hidden(("spec.weights",))
