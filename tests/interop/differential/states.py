"""Random valid states of a cluster's Gateway API objects: the same seed makes the same state.

Rules kept here:
- A state has namespaces and a sub-domain of its own, so that many states share one cluster and one zone.
- The API server takes every object: the validation rules of the custom resource definitions are kept, not tried out.
- Most states hold only what external-dns and dnsguard are meant to agree on. A few are free: different TTL, different kinds
  of targets at one name. A few carry one oddity: what `docs/differences.md` says is treated otherwise.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.interop.objects import CONTROLLER, GROUP, condition

PREFIX = "external-dns.kubernetes.io/"
DATED = "external-dns.alpha.kubernetes.io/"
ZONE = "example.com"
ODD = 0.07
"""Share of the states that carry an oddity."""
FREE = 0.04
"""Share of the states that mix what collides."""

WORDS = ("", "*", "*.w", "*.x.w", "*.a", "q.w", "r.x.w", "b.a", "d.a", "e.f.b", *"acghijklstuvyz", "web-1", "web-2", "0")
ROUTED = ("m", "n", "o.m", "*.p")
"""Names for record sets with a set identifier: beside plain ones Route53 refuses them."""
TEAMS = ("blue", "red", "green")
BALANCERS = (
    "front-1.eu-west-1.elb.amazonaws.com",
    "dualstack.front-2.us-east-1.elb.amazonaws.com",
    "net-3-0123456789abcdef.elb.eu-central-1.amazonaws.com",
    "abc.execute-api.eu-west-1.amazonaws.com",
    "a0123.awsglobalaccelerator.com",
)
CLOUDFRONT = "d111111abcdef8.cloudfront.net"
NAMES = ("edge.other.example", "lb.other.example", "a.very.long.name.other.example", "front.elb.other.example")
POLICIES = {
    "weighted": ({"aws-weight": "10"}, {"aws-weight": "0"}, {"aws-weight": "many"}),
    "latency": ({"aws-region": "eu-west-1"}, {"aws-region": "us-east-1"}, {"aws-region": "ap-south-1"}),
    "failover": ({"aws-failover": "PRIMARY"}, {"aws-failover": "SECONDARY"}),
    "multivalue": ({"aws-multi-value-answer": ""}, {"aws-multi-value-answer": ""}),
    "geolocation": (
        {"aws-geolocation-continent-code": "EU"},
        {"aws-geolocation-country-code": "US", "aws-geolocation-subdivision-code": "CA"},
        {"aws-geolocation-country-code": "*"},
    ),
}
TTLS = ("60", "10m", "1h", "20.5s", "1m30s", "7200", "1", "2147483647")
NO_TTLS = ("0", "soon", "1d", "-5", "0.5s", "2147483648")
ODDITIES = (
    "several names",
    "bad target",
    "CloudFront",
    "alias of addresses",
    "alias of a stranger",
    "policy without identifier",
    "identifier without policy",
    "two policies",
    "heavy weight",
    "failover in lower case",
    "section that no parentRef names",
    "empty host name",
    "capitals in a balancer's name",
    "capitals and zeros in IPv6",
    "dated prefix",
    "Gateway of another controller",
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Everything that one seed made; the objects carry the status that is to be written to them."""

    seed: int
    oddity: str
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    gateways: list[Json] = field(default_factory=list)
    routes: list[Json] = field(default_factory=list)

    @property
    def domain(self) -> str:
        """The sub-domain that all its names lie in."""
        return f"s{self.seed}.{ZONE}"

    @property
    def listener_hosts(self) -> set[str]:
        """The hostnames of all listeners."""
        return {each.get("hostname", "") for gateway in self.gateways for each in gateway["spec"]["listeners"]}


def make(seed: int, labels: dict[str, str]) -> State:
    """Make the state of *seed*; its routes carry *labels*."""
    return _Maker(seed, labels).state


def ref(thing: Json) -> str:
    """Return NAMESPACE/NAME of an object."""
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


class _Maker:
    """The drawing of one state."""

    def __init__(self, seed: int, labels: dict[str, str]) -> None:
        self._rng = rng = random.Random(seed)
        self._labels = labels
        oddity = rng.choice(ODDITIES) if rng.random() < ODD else ""
        self.state = State(seed, oddity)
        self._free = not oddity and rng.random() < FREE
        self._ttl = rng.choice((*TTLS, *NO_TTLS)) if rng.random() < 0.4 else None
        self._kind = "names" if oddity == "alias of a stranger" else rng.choices(("addresses", "names", "balancers"), (6, 2, 2))[0]
        if oddity in {"alias of addresses", "bad target", "capitals and zeros in IPv6"}:
            self._kind = "addresses"
        # A multivalue answer is neither an alias nor a CNAME; a few states have one, and neither program publishes it.
        policies = POLICIES if self._kind == "addresses" or self._chance(0.1) else POLICIES.keys() - {"multivalue"}
        self._policy = rng.choice(sorted(policies))
        self._name = rng.choice(NAMES if self._kind == "names" else BALANCERS)
        for letter in "abc"[: rng.randint(1, 3)]:
            team = {"team": rng.choice(TEAMS)} if self._chance(0.8) else {}
            self.state.namespaces[f"s{seed}-{letter}"] = team
        self._gateways(rng.randint(1, 3))
        for number in range(rng.randint(1, 6)):
            self.state.routes.append(self._route(number))

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

    def _is(self, oddity: str) -> bool:
        return self.state.oddity == oddity

    def _namespace(self) -> str:
        return self._rng.choice(list(self.state.namespaces))

    def _host(self, words: Iterable[str] = WORDS) -> str:
        word = self._rng.choice(list(words))
        return f"{word}.{self.state.domain}" if word else self.state.domain

    # Gateways

    def _gateways(self, count: int) -> None:
        for number in range(count):
            metadata = {"name": f"gw-{number}", "namespace": self._namespace(), "annotations": self._gateway_notes()}
            spec = {"gatewayClassName": "interop", "listeners": self._listeners()}
            addresses = [{"type": _type(value), "value": value} for value in self._addresses()]
            status = {"addresses": addresses} if addresses or self._chance(0.5) else {}
            body = {"apiVersion": f"{GROUP}/v1", "kind": "Gateway", "metadata": metadata, "spec": spec, "status": status}
            self.state.gateways.append(body)

    def _gateway_notes(self) -> dict[str, str]:
        notes = {}
        if self._is("Gateway of another controller"):
            notes["controller"] = "somebody"
        elif self._chance(0.06):
            notes["controller"] = "dns-controller"
        if self._is("bad target"):
            notes["target"] = self._rng.choice(("192.0.2.7, not_a_host!", "192.0.2.300,192.0.2.8", "fe80::1%eth0,192.0.2.9"))
        elif self._is("capitals in a balancer's name"):
            notes["target"] = "Front-1.EU-West-1.ELB.amazonaws.com"
        elif self._chance(0.15):
            notes["target"] = self._target()
        return {PREFIX + key: value for key, value in notes.items()}

    def _target(self) -> str:
        if self._kind == "addresses":
            return self._rng.choice(("203.0.113.1", "203.0.113.1, 203.0.113.2", "2001:db8::99,203.0.113.3", "203.0.113.4,203.0.113.4"))
        return self._name if self._chance(0.7) else f"{self._name}."

    def _addresses(self) -> list[str]:
        rng = self._rng
        if self._is("several names"):
            return rng.sample(NAMES, 2)
        if self._is("CloudFront"):
            return [CLOUDFRONT]
        if self._chance(0.08):
            return []
        kind = rng.choice(("addresses", "names", "balancers")) if self._free else self._kind
        if kind == "addresses":
            return self._numbers()
        return [rng.choice(NAMES if kind == "names" else BALANCERS)] if self._free else [self._name]

    def _numbers(self) -> list[str]:
        rng = self._rng
        four = [f"192.0.2.{rng.randint(1, 250)}" for _ in range(rng.choice((0, 1, 1, 2)))]
        document = "0DB8" if self._is("capitals and zeros in IPv6") else "db8"
        six = [f"2001:{document}::{rng.randint(1, 4000):x}" for _ in range(rng.choice((0, 0, 1, 2)))]
        found = [*four, *six]
        rng.shuffle(found)
        return list(dict.fromkeys(found))

    def _listeners(self) -> list[Json]:
        listeners: list[Json] = []
        taken = set()
        for number in range(self._rng.randint(1, 4)):
            protocol = self._rng.choices(("HTTP", "HTTPS", "TLS", "TCP"), (5, 5, 1, 1))[0]
            host = self._listener_host() if protocol != "TCP" else ""
            port = {"HTTP": 80, "HTTPS": 443, "TLS": 8443, "TCP": 5432}[protocol] + self._rng.choice((0, 0, 1))
            if (port, protocol, host) in taken:
                continue
            taken.add((port, protocol, host))
            listener: Json = {"name": f"l{number}", "port": port, "protocol": protocol}
            if host:
                listener["hostname"] = host
            if protocol in {"HTTPS", "TLS"}:
                listener["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": "certificate"}]}
            allowed = self._allowed()
            if allowed:
                listener["allowedRoutes"] = allowed
            listeners.append(listener)
        return listeners

    def _listener_host(self) -> str:
        draw = self._rng.random()
        if draw < 0.35:
            return ""
        if draw < 0.6:
            return f"*.{self.state.domain}"
        return self._host()

    def _allowed(self) -> Json:
        draw, allowed = self._rng.random(), {}
        if draw < 0.6:
            allowed["namespaces"] = {"from": "All"}
        elif draw < 0.7:
            allowed["namespaces"] = {"from": "Same"}
        elif draw < 0.9:
            allowed["namespaces"] = {"from": "Selector", "selector": self._selector()}
        if self._chance(0.15):
            kinds = ("HTTPRoute", "GRPCRoute", "TLSRoute")
            allowed["kinds"] = [{"kind": kind} for kind in self._rng.sample(kinds, self._rng.randint(1, 2))]
            if self._chance(0.1):
                allowed["kinds"].append({"group": "other.example", "kind": "HTTPRoute"})
        return allowed

    def _selector(self) -> Json:
        team = self._rng.choice(TEAMS)
        return self._rng.choice(
            (
                {"matchLabels": {"team": team}},
                {"matchExpressions": [{"key": "team", "operator": "In", "values": [team, "blue"]}]},
                {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": [team]}]},
                {"matchExpressions": [{"key": "team", "operator": "Exists"}]},
                {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
                {"matchLabels": {"kubernetes.io/metadata.name": self._namespace()}},
                {},
            )
        )

    # Routes

    def _route(self, number: int) -> Json:
        namespace = self._namespace()
        routed = self._chance(0.15)
        words = ROUTED if routed else WORDS
        hosts = list(dict.fromkeys(self._host(words) for _ in range(self._rng.choice((0, 1, 1, 1, 2, 2, 3, 4)))))
        if routed and not hosts:
            hosts = [self._host(words)]
        if self._chance(0.04):
            hosts.append("elsewhere.example.net")
        notes = self._notes(routed, words)
        refs = self._parent_refs(namespace)
        spec: Json = {}
        if hosts:
            spec["hostnames"] = hosts
        if refs:
            spec["parentRefs"] = refs
        metadata = {"name": f"r-{number}", "namespace": namespace, "annotations": notes, "labels": self._labels}
        parents = self._statuses(refs)
        status = {"status": {"parents": parents}} if parents or self._chance(0.5) else {}
        return {"apiVersion": f"{GROUP}/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec, **status}

    def _notes(self, routed: bool, words: tuple[str, ...]) -> dict[str, str]:  # noqa: FBT001
        rng, notes = self._rng, {}
        if self._chance(0.2):
            notes["hostname"] = self._annotated(words)
        if self._ttl is not None:
            notes["ttl"] = self._ttl
        if self._free and self._chance(0.5):
            notes["ttl"] = rng.choice(TTLS)
        if self._chance(0.12):
            notes["gateway-hostname-source"] = rng.choice(("defined-hosts-only", "annotation-only", "Annotation-Only", "sometimes"))
        if self._chance(0.06):
            notes["controller"] = rng.choice(("dns-controller", "somebody"))
        if self._kind == "balancers":
            notes.update(self._alias_notes())
        if routed:
            number = rng.randrange(len(POLICIES[self._policy]))
            notes |= {"set-identifier": f"id-{number}", **POLICIES[self._policy][number]}
        # Two routes that ask for one name with and without `alias` are a matter of chance over there.
        if self.state.oddity.startswith("alias") or self._chance(0.5):
            notes = self._odd(notes)
        prefix = DATED if self._is("dated prefix") and self._chance(0.5) else PREFIX
        return {prefix + key: value for key, value in notes.items()}

    def _annotated(self, words: tuple[str, ...]) -> str:
        hosts = [self._host(words) for _ in range(self._rng.randint(1, 3))]
        if self._chance(0.2):
            hosts[0] = hosts[0].upper()
        if self._chance(0.1):
            hosts.append(self._rng.choice(("192.0.2.1", "under_score.example.com", "-x.example.com")))
        if self._is("empty host name"):
            hosts.append("")
        return self._rng.choice((",", ", ", " , ")).join(hosts)

    def _alias_notes(self) -> dict[str, str]:
        notes = {}
        # What differs between two routes that share a name is decided by chance over there: one value for a state.
        if self.state.seed % 3 == 0:
            notes["aws-evaluate-target-health"] = "false" if self.state.seed % 2 else "true"
        if self.state.seed % 5 == 0:
            notes["alias"] = "true" if self.state.seed % 2 else "maybe"
        return notes

    def _odd(self, notes: dict[str, str]) -> dict[str, str]:
        match self.state.oddity:
            case "alias of addresses" | "alias of a stranger":
                return notes | {"alias": "true"}
            case "policy without identifier":
                return {key: value for key, value in notes.items() if key != "set-identifier"} | {"aws-weight": "5"}
            case "identifier without policy":
                return {key: value for key, value in notes.items() if not key.startswith("aws-")} | {"set-identifier": "alone"}
            case "two policies":
                return notes | {"set-identifier": "both", "aws-weight": "5", "aws-region": "eu-west-1"}
            case "heavy weight":
                kept = {key: value for key, value in notes.items() if not key.startswith("aws-")}
                return kept | {"set-identifier": "heavy", "aws-weight": "256"}
            case "failover in lower case":
                kept = {key: value for key, value in notes.items() if not key.startswith("aws-")}
                return kept | {"set-identifier": "first", "aws-failover": "primary"}
            case "empty host name":
                return {"hostname": self._annotated(WORDS)} | notes
        return notes

    def _parent_refs(self, namespace: str) -> list[Json]:
        rng = self._rng
        refs: list[Json] = []
        count = min(rng.choice((1, 1, 1, 2, 2, 3)), len(self.state.gateways))
        for gateway in rng.sample(self.state.gateways, count):
            refs += self._refs_to(gateway, namespace)
        if self._chance(0.06):
            refs.append({"name": "missing"})
        if self._chance(0.05):
            refs.append({"group": "", "kind": "Service", "name": "mesh"})
        return [] if self._chance(0.03) else refs

    def _refs_to(self, gateway: Json, namespace: str) -> list[Json]:
        home, listeners = gateway["metadata"]["namespace"], gateway["spec"]["listeners"]
        known: Json = {"name": gateway["metadata"]["name"]}
        if home != namespace or self._chance(0.2):
            known["namespace"] = home
        if self._chance(0.3):
            known |= {"group": GROUP, "kind": "Gateway"}
        if self._chance(0.3):
            chosen = self._rng.sample(listeners, self._rng.randint(1, min(2, len(listeners))))
            found = [known | {"sectionName": each["name"]} for each in chosen]
            return [each | {"port": listener["port"]} if self._chance(0.2) else each for each, listener in zip(found, chosen, strict=True)]
        if self._chance(0.1):
            return [known | {"port": self._rng.choice((*[each["port"] for each in listeners], 9999))}]
        return [known | ({"sectionName": "nowhere"} if self._chance(0.05) else {})]

    def _statuses(self, refs: list[Json]) -> list[Json]:
        parents = [self._parent(each) for each in refs if not self._chance(0.06)]
        if self._chance(0.08):
            parents.append(self._parent({"name": "stale"}))
        if self._chance(0.06):
            # Of a parent that the spec does not name.
            gateway = self._rng.choice(self.state.gateways)["metadata"]
            other = {"name": gateway["name"], "namespace": gateway["namespace"]}
            if all(each["name"] != gateway["name"] for each in refs):
                parents.append(self._parent(other))
        if self._is("section that no parentRef names") and refs:
            bare = {key: value for key, value in refs[0].items() if key not in {"sectionName", "port"}}
            parents = [self._parent(bare, "True")]
        self._rng.shuffle(parents)
        return parents

    def _parent(self, parent_ref: Json, status: str = "") -> Json:
        status = status or self._rng.choices(("True", "False", "Unknown", ""), (20, 1, 1, 1))[0]
        conditions = [self._noisy(condition("ResolvedRefs", self._rng.choice(("True", "False"))))]
        if status:
            conditions.append(self._noisy(condition("Accepted", status)))
        self._rng.shuffle(conditions)
        named = {"group": GROUP, "kind": "Gateway"} | parent_ref
        return {"parentRef": named, "controllerName": CONTROLLER, "conditions": conditions}

    def _noisy(self, found: Json) -> Json:
        return found | {"observedGeneration": self._rng.choice((0, 1, 2, 77))} if self._chance(0.5) else found


def _type(value: str) -> str:
    return "IPAddress" if value[-1].isdigit() or ":" in value else "Hostname"
