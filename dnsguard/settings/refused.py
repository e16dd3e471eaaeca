"""What is refused by name: features of external-dns and of the design that are not built, and flags with another name here.

A key is looked up by its path (`guard.flap`), then by its own name as a flag (`--fqdn-template`, `fqdn_template`).
"""

from dnsguard.settings.shapes import Path, dotted

NOT_BUILT = {
    # external-dns: names and targets
    "fqdn_template": "write the names into spec.hostnames, or into the hostname annotation",
    "combine_fqdn_annotation": "write the names into spec.hostnames, or into the hostname annotation",
    "target_template": "set the target annotation on the Gateway",
    "fqdn_target_template": "write the names into spec.hostnames and the target annotation on the Gateway",
    "ignore_hostname_annotation": "narrow the objects with sources.annotation_filter",
    "target_net_filter": "choose Gateways with sources.gateway.label_filter or a zone's gateway_label_filter",
    "exclude_target_net": "choose Gateways with sources.gateway.label_filter or a zone's gateway_label_filter",
    "default_targets": "set the target annotation on the Gateway",
    "force_default_targets": "set the target annotation on the Gateway",
    "create_ptr": "write PTR records by other means; record sets that are not ours are left alone",
    "nat64_networks": "write A targets into the target annotation of the Gateway",
    "resolve_service_load_balancer_hostname": "let the load balancer's host name stand; an alias record follows it",
    # external-dns: zones
    "regex_domain_filter": "list the domains in zones[].domains",
    "regex_domain_exclusion": "list the domains in zones[].exclude_domains",
    "aws_zone_match_parent": "name the zones by zones[].ids or zones[].domains",
    # external-dns: ownership
    "migrate_from_txt_owner": "let external-dns change the owner first, then start dnsguard with the new ownership.owner",
    "registry": "leave the key out: ownership always stands in TXT records, as with external-dns's --registry=txt",
    "dynamodb_table": "let external-dns move ownership to TXT records first (--registry=txt)",
    "dynamodb_region": "let external-dns move ownership to TXT records first (--registry=txt)",
    # external-dns: other sources and providers
    "ingress_class": "use HTTPRoutes, and keep external-dns for Ingresses under another owner",
    "service_type_filter": "use HTTPRoutes, and keep external-dns for Services under another owner",
    "publish_internal_services": "use HTTPRoutes, and keep external-dns for Services under another owner",
    "crd_source_kind": "use HTTPRoutes, and keep external-dns for DNSEndpoints under another owner",
    "traefik_enable_legacy": "use HTTPRoutes, and keep external-dns for IngressRoutes under another owner",
    "provider": "leave the key out: Route53 is the only provider",
    "webhook_provider_url": "leave it to external-dns, and set webhook.listen to where it points (dnsguard webhook)",
    "prefer_alias": "set the alias annotation, or leave records.prefer_cname false",
    # external-dns: what dnsguard does by itself
    "provider_cache_time": "leave the key out: the zones are mirrored, so that reading them again costs nothing",
    "txt_cache_interval": "leave the key out: the zones are mirrored, so that reading them again costs nothing",
    "aws_zones_cache_duration": "leave the key out: the zones are mirrored, so that reading them again costs nothing",
    "interval": "leave the key out: changes are taken from the watch stream as they come; see debounce and budget",
    "events": "leave the key out: changes are taken from the watch stream as they come; see debounce and budget",
    "once": "use policy: shadow to see what would be done",
    "aws_batch_change_size": "leave the key out: batches are cut at Route53's own limits",
    "aws_batch_change_size_bytes": "leave the key out: batches are cut at Route53's own limits",
    "aws_batch_change_size_values": "leave the key out: batches are cut at Route53's own limits",
    "aws_batch_change_interval": "set budget.share, or budget.requests",
    "aws_api_retries": "leave the key out: the budget counts every attempt",
    # the design's later steps
    "guard.alert_after": "alert on the metric dnsguard_withheld",
    "proxy": "let dnsguard watch the cluster itself (dnsguard run)",
}
"""What is not built, and what to do instead."""

ELSEWHERE = {
    "txt_owner_id": "ownership.owner",
    "txt_prefix": "ownership.prefix",
    "txt_suffix": "ownership.suffix",
    "txt_wildcard_replacement": "ownership.wildcard_replacement",
    "txt_encrypt_enabled": "ownership.encrypt_key_file, the path of a file with the key,",
    "txt_encrypt_aes_key": "ownership.encrypt_key_file, the path of a file with the key,",
    "domain_filter": "zones[].domains",
    "exclude_domains": "zones[].exclude_domains",
    "zone_id_filter": "zones[].ids",
    "aws_zone_type": "zones[].type",
    "aws_zone_tags": "zones[].tags",
    "aws_assume_role": "zones[].role_arn",
    "aws_assume_role_external_id": "zones[].external_id",
    "aws_profile": "aws.profile",
    "aws_prefer_cname": "records.prefer_cname",
    "aws_evaluate_target_health": "records.evaluate_target_health",
    "managed_record_types": "records.managed_types",
    "exclude_record_types": "records.managed_types",
    "min_ttl": "records.default_ttl",
    "source": "sources.kinds",
    "kubeconfig": "cluster.kubeconfig",
    "namespace": "sources.namespaces",
    "annotation_prefix": "sources.annotation_prefixes",
    "gateway_name": "sources.gateway.name",
    "gateway_namespace": "sources.gateway.namespace",
    "gateway_listener_sets": "sources.gateway.listener_sets",
    "min_event_sync_interval": "debounce.quiet and debounce.longest",
    "dry_run": "policy: shadow",
    "events_emit": "events.emit",
    "metrics_address": "http.listen",
    "log_level": "log.level",
    "log_format": "log.format",
}
"""Flags of external-dns whose meaning has another key here."""

KINDS = frozenset(
    {
        "ambassador-host",
        "connector",
        "contour-httpproxy",
        "crd",
        "empty",
        "f5-transportserver",
        "f5-virtualserver",
        "fake",
        "gateway-grpcroute",
        "gateway-tcproute",
        "gateway-tlsroute",
        "gateway-udproute",
        "gloo-proxy",
        "ingress",
        "istio-gateway",
        "istio-virtualservice",
        "kong-tcpingress",
        "node",
        "openshift-route",
        "pod",
        "service",
        "skipper-routegroup",
        "traefik-proxy",
        "unstructured",
    }
)
"""external-dns's other sources."""


def refused_key(path: Path) -> str | None:
    """Return what is to be said of the key at *path* (or of a flag, as a path of one part), None if it is not known here."""
    own = str(path[-1]).lstrip("-").replace("-", "_").lower()
    whole = dotted(tuple(part for part in (*path[:-1], own) if isinstance(part, str)))
    for name in (whole, own.removeprefix("no_"), own):
        if name in NOT_BUILT:
            return f"is not built; instead {NOT_BUILT[name]}"
        if name in ELSEWHERE:
            return f"is called {ELSEWHERE[name]} here"
    return next((f"is not built; instead {NOT_BUILT[key]}" for key in NOT_BUILT if own == key.replace(".", "_")), None)


def refused_value(path: Path, text: str) -> str | None:
    """Return what is to be said of the value *text* at *path*, None if nothing special."""
    if path[:2] == ("sources", "kinds") and text in KINDS:
        return "a source that is not built; instead use gateway-httproute, and keep external-dns for the others under another owner"
    return None
