"""Adjustment: the endpoints that external-dns wants, as its AWS provider would report them once they stand.

Rules kept here (external-dns, `provider/aws/aws.go`, AdjustEndpoints):

- A CNAME that says nothing of being an alias is one if its target is an AWS service's and `records.prefer_cname` is off.
- A CNAME that is an alias becomes an A and an AAAA; with the alias `A` or `AAAA` only that one.
- An alias with a TTL has 300 s, since Route53 shows none, and always says whether it evaluates the health of its target.
- What is no alias says nothing of the health of its target, and an address nothing of being no alias.
- A geoproximity without a bias has 0.
- With a webhook, external-dns keeps no property but those that begin with `webhook/` (`endpoint/endpoint.go`, RetainProviderProperties;
  annotations `webhook-...`): these mean what they mean under `aws/`, which has the last word.
- Everything else passes as it is, in its order; the AAAA of aliases come at the end.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from dnsguard.core.alias import service_zone
from dnsguard.model.settings import Records
from dnsguard.model.webhook import ALIAS, HEALTH, HookEndpoint, Property

ALIAS_TTL = 300
BIAS = "aws/geoproximity-bias"
_PLACES = ("aws/geoproximity-region", "aws/geoproximity-local-zone-group", "aws/geoproximity-coordinates")
_WEBHOOK = "webhook/"
_KINDS = {"true": "A", "A": "A", "AAAA": "AAAA"}

Properties = dict[str, str]


def adjusted(endpoints: Iterable[HookEndpoint], records: Records) -> list[HookEndpoint]:
    """Return *endpoints* as they will be reported back."""
    found: list[HookEndpoint] = []
    twins: list[HookEndpoint] = []
    for endpoint in endpoints:
        properties = _ours(properties_of(endpoint))
        if endpoint.type not in {"A", "AAAA", "CNAME"}:
            found.append(_with(endpoint, properties))
            continue
        kind = _adjust(endpoint, properties, records)
        alias = kind != "CNAME" and properties.get(ALIAS) in _KINDS
        _balance(endpoint, properties)
        ttl = ALIAS_TTL if alias and endpoint.ttl > 0 else endpoint.ttl
        made = _with(replace(endpoint, type=kind, ttl=ttl), properties)
        found.append(made)
        if endpoint.type == "CNAME" and properties[ALIAS] == "true":
            twins.append(replace(made, type="AAAA"))
    return found + twins


def properties_of(endpoint: HookEndpoint) -> Properties:
    """Return the properties by name, the first of each."""
    found: Properties = {}
    for each in endpoint.properties or ():
        found.setdefault(each.name, each.value)
    return found


def _ours(properties: Properties) -> Properties:
    """Return *properties* with those for a webhook as those for AWS."""
    if not any(name.startswith(_WEBHOOK) for name in properties):
        return properties
    found: Properties = {}
    for name, value in properties.items():
        if name.startswith(_WEBHOOK):
            found.setdefault(f"aws/{name.removeprefix(_WEBHOOK).removeprefix('aws-')}", value)
        else:
            found[name] = value
    return found


def _adjust(endpoint: HookEndpoint, properties: Properties, records: Records) -> str:
    """Change *properties* of an address or a CNAME; return its type from then on."""
    kind = endpoint.type
    if kind == "CNAME":
        if properties.get(ALIAS) not in {*_KINDS, "false"}:
            properties[ALIAS] = "true" if _serves(endpoint, records) else "false"
        kind = _KINDS.get(properties[ALIAS], "CNAME")
        alias = kind != "CNAME"
    else:
        alias = properties.get(ALIAS) == "true"
        if not alias:
            properties.pop(ALIAS, None)
    if alias:
        default = "true" if records.evaluate_target_health else "false"
        properties[HEALTH] = "true" if properties.get(HEALTH, default) == "true" else "false"
    else:
        properties.pop(HEALTH, None)
    return kind


def _serves(endpoint: HookEndpoint, records: Records) -> bool:
    target = (endpoint.targets or ("",))[0]
    return not records.prefer_cname and service_zone(target.removesuffix(".")) != ""


def _balance(endpoint: HookEndpoint, properties: Properties) -> None:
    if endpoint.set_id and any(place in properties for place in _PLACES):
        properties.setdefault(BIAS, "0")


def _with(endpoint: HookEndpoint, properties: Properties) -> HookEndpoint:
    if properties == {each.name: each.value for each in endpoint.properties or ()}:
        return endpoint
    return replace(endpoint, properties=tuple(Property(name, value) for name, value in properties.items()))
