"""Rules over settings that are well-formed: values, and values that have to go together.

Rules kept here:

- A TTL is 1 to 2147483647 seconds (RFC 2181 8).
- The owner stands in a TXT without any escaping (external-dns), so it holds nothing that a TXT or its reader would take
  apart: no comma, quote, equals sign, backslash or white space.
- Prefix and suffix exclude one another, and hold no template but one `%{record_type}` (external-dns's TXT registry).
- A key file can be read and holds a key.
- A role comes as an ARN of IAM; an external id without a role means nothing.
- Who does not ask for a token, as the webhook cannot, answers this machine alone; a token file can be read and holds a token.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from dnsguard.core.addresses import host_in, is_loopback
from dnsguard.core.durations import spell
from dnsguard.core.names import canonical
from dnsguard.core.patterns import pattern_of
from dnsguard.core.selectors import parse
from dnsguard.model.settings import (
    BudgetSettings,
    Cluster,
    Debounce,
    Guard,
    Http,
    Ownership,
    Records,
    Settings,
    Sources,
    State,
    Webhook,
    ZoneEntry,
)
from dnsguard.settings.complaints import Complaint
from dnsguard.settings.key_file import read_key
from dnsguard.settings.shapes import Path
from dnsguard.settings.token_file import read_token

LONGEST_TTL = 2**31 - 1
MOST_TURNS = 100
SMALLEST_JOURNAL, LARGEST_JOURNAL = 16, 65536
TEMPLATE = "%{record_type}"

_OWNER = re.compile(r"[^\s,\"'`=\\\x00-\x20\x7f-\U0010ffff]+")
_AFFIX = re.compile(r"[a-z0-9_.-]*")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_ZONE_ID = re.compile(r"(/hostedzone/)?[A-Za-z0-9]{1,32}")
_LISTEN = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", re.ASCII)


def check(settings: Settings) -> Iterator[Complaint]:
    """Iterate over what is wrong with *settings*."""
    yield from _zones(settings.zones)
    yield from _ownership(settings.ownership)
    yield from _sources(settings.sources)
    yield from _records(settings.records)
    yield from _debounce(settings.debounce)
    yield from _budget(settings.budget)
    yield from _guard(settings.guard)
    if settings.drift.period != "never" and not settings.drift.period > 0:
        yield _not(("drift", "period"), "0s", "a duration over 0s, or never")
    yield from _state(settings.state)
    yield from _cluster(settings.cluster)
    if settings.orders.namespace and not _is_namespace(settings.orders.namespace):
        yield _not(("orders", "namespace"), settings.orders.namespace, "the name of a namespace, or nothing")
    yield from _url(("aws", "endpoint_url"), settings.aws.endpoint_url)
    yield from _http(settings.http)
    yield from _webhook(settings.webhook)


def _http(http: Http) -> Iterator[Complaint]:
    if not _is_listener(http.listen):
        yield _not(("http", "listen"), http.listen, "host:port such as 0.0.0.0:8080 or [::]:8080")
    if http.api and not _is_listener(http.api):
        yield _not(("http", "api"), http.api, "host:port such as 127.0.0.1:8081, or nothing")
    elif http.api and not http.token_file and not is_loopback(host_in(http.api)):
        allowed = "a loopback address such as 127.0.0.1:8081 as long as there is no http.token_file"
        yield _not(("http", "api"), http.api, allowed)
    if http.token_file:
        try:
            read_token(http.token_file)
        except ValueError as error:
            yield Complaint(("http", "token_file"), str(error))


def _webhook(webhook: Webhook) -> Iterator[Complaint]:
    if not _is_listener(webhook.listen) or not is_loopback(host_in(webhook.listen)):
        yield _not(("webhook", "listen"), webhook.listen, "a loopback address such as 127.0.0.1:8888, since the protocol knows no password")


def _cluster(cluster: Cluster) -> Iterator[Complaint]:
    yield from _url(("cluster", "server"), cluster.server)
    if cluster.server and (cluster.kubeconfig or cluster.context):
        yield Complaint(("cluster", "server"), f"is {cluster.server!r}, allowed is nothing beside cluster.kubeconfig or cluster.context")


def _zones(entries: tuple[ZoneEntry, ...]) -> Iterator[Complaint]:
    if not entries:
        yield Complaint(("zones",), "is empty, allowed is a list of at least one section such as {domains: [example.com]}")
    for index, entry in enumerate(entries):
        path = ("zones", index)
        yield from _each((*path, "domains"), entry.domains, _is_domain, "a domain such as example.com or .example.com")
        yield from _each((*path, "exclude_domains"), entry.exclude_domains, _is_domain, "a domain such as example.com or .example.com")
        yield from _each((*path, "ids"), entry.ids, _is_zone_id, "the id of a hosted zone such as Z0123456789ABCDEFGHIJ")
        yield from _each((*path, "tags"), entry.tags, _is_tag, "a tag such as key=value or key")
        yield from _selector((*path, "gateway_label_filter"), entry.gateway_label_filter)
        if entry.role_arn and not _ROLE.fullmatch(entry.role_arn):
            yield _not((*path, "role_arn"), entry.role_arn, "the ARN of a role such as arn:aws:iam::123456789012:role/dns")
        if entry.external_id and not entry.role_arn:
            yield Complaint((*path, "external_id"), f"is {entry.external_id!r} without a role_arn, allowed is both or neither")


def _ownership(ownership: Ownership) -> Iterator[Complaint]:
    if not _OWNER.fullmatch(ownership.owner):
        allowed = "visible ASCII text without comma, quote, equals sign, backslash and white space"
        yield _not(("ownership", "owner"), ownership.owner, allowed)
    if ownership.prefix and ownership.suffix:
        yield Complaint(("ownership", "suffix"), f"is {ownership.suffix!r} beside the prefix {ownership.prefix!r}, allowed is one of them")
    for key, affix, before, after in (
        ("prefix", ownership.prefix, "", "a-www.example.com"),
        ("suffix", ownership.suffix, "a-www", ".example.com"),
    ):
        if not _is_affix(affix.lower(), before, after):
            yield _not(("ownership", key), affix, f"letters, digits, '-', '_', '.' and once {TEMPLATE}, so that a domain name results")
    if ownership.wildcard_replacement and not _LABEL.fullmatch(ownership.wildcard_replacement.lower()):
        yield _not(("ownership", "wildcard_replacement"), ownership.wildcard_replacement, "one label such as any or wildcard")
    if ownership.encrypt_key_file:
        try:
            read_key(ownership.encrypt_key_file)
        except ValueError as error:
            yield Complaint(("ownership", "encrypt_key_file"), str(error))


def _sources(sources: Sources) -> Iterator[Complaint]:
    path = ("sources",)
    if not sources.kinds:
        yield Complaint((*path, "kinds"), "is empty, allowed is a list such as [gateway-httproute]")
    if not sources.annotation_prefixes:
        yield Complaint((*path, "annotation_prefixes"), "is empty, allowed is a list such as [external-dns.kubernetes.io/]")
    yield from _each((*path, "kinds"), sources.kinds, bool, "a source")
    yield from _each((*path, "namespaces"), sources.namespaces, _is_namespace, "the name of a namespace")
    yield from _each((*path, "annotation_prefixes"), sources.annotation_prefixes, _is_prefix, "a prefix that ends with a slash")
    yield from _selector((*path, "label_filter"), sources.label_filter)
    yield from _selector((*path, "annotation_filter"), sources.annotation_filter)
    yield from _selector((*path, "gateway", "label_filter"), sources.gateway.label_filter)
    if sources.gateway.namespace and not _is_namespace(sources.gateway.namespace):
        yield _not((*path, "gateway", "namespace"), sources.gateway.namespace, "the name of a namespace, or nothing")


def _records(records: Records) -> Iterator[Complaint]:
    if not records.managed_types:
        yield Complaint(("records", "managed_types"), "is empty, allowed is a list of A, AAAA or CNAME")
    yield from _each(("records", "managed_types"), records.managed_types, bool, "a type")
    if not 1 <= records.default_ttl <= LONGEST_TTL:
        yield _not(("records", "default_ttl"), str(records.default_ttl), f"seconds from 1 to {LONGEST_TTL}")


def _debounce(debounce: Debounce) -> Iterator[Complaint]:
    if debounce.quiet > debounce.longest:
        longest = spell(debounce.longest)
        yield Complaint(("debounce", "quiet"), f"is {spell(debounce.quiet)!r}, allowed is at most debounce.longest, which is {longest}")


def _budget(budget: BudgetSettings) -> Iterator[Complaint]:
    if not 0 < budget.share <= 1:
        yield _not(("budget", "share"), f"{budget.share:g}", "a number over 0 and at most 1")
    for key, bucket in (("requests", budget.requests), ("actions", budget.actions), ("changes", budget.changes)):
        for name, value in (("rate", bucket.rate), ("burst", bucket.burst)) if bucket else ():
            if not (value > 0 and math.isfinite(value)):
                yield _not(("budget", key, name), f"{value:g}", "a number over 0")


def _guard(guard: Guard) -> Iterator[Complaint]:
    path = ("guard",)
    deletes, flap = guard.deletes, guard.flap
    if not 0 <= deletes.share <= 1:
        yield _not((*path, "deletes", "share"), f"{deletes.share:g}", "a number from 0 to 1")
    for key, number in (("cap", deletes.cap), ("always", deletes.always)):
        if number < 0:
            yield _not((*path, "deletes", key), str(number), "a whole number from 0 up")
    if 0 < deletes.cap < deletes.always:
        said = f"is '{deletes.cap}', allowed is 0, or at least guard.deletes.always, which is {deletes.always}"
        yield Complaint((*path, "deletes", "cap"), said)
    yield from _each((*path, "deletes", "exempt"), deletes.exempt, _is_pattern, "a name such as a.example.com or *.preview.example.com")
    if not 0 <= flap.turns <= MOST_TURNS:
        yield _not((*path, "flap", "turns"), str(flap.turns), f"a whole number from 0 to {MOST_TURNS}")
    for section, window in (("deletes", deletes.window), ("flap", flap.window)):
        if not window > 0:
            yield _not((*path, section, "window"), spell(window), "a duration over 0s")


def _state(state: State) -> Iterator[Complaint]:
    if not SMALLEST_JOURNAL <= state.max_size <= LARGEST_JOURNAL:
        yield _not(("state", "max_size"), str(state.max_size), f"megabytes from {SMALLEST_JOURNAL} to {LARGEST_JOURNAL}")


def _each(path: Path, values: tuple[str, ...], sound: Callable[[str], bool], allowed: str) -> Iterator[Complaint]:
    counts = Counter(values)
    for index, value in enumerate(values):
        if not sound(value):
            yield _not((*path, index), value, allowed)
        elif counts[value] > 1 and value in values[:index]:
            yield Complaint((*path, index), f"is {value!r} for the second time, allowed is once")


def _selector(path: Path, text: str) -> Iterator[Complaint]:
    try:
        parse(text)
    except ValueError as error:
        yield _not(path, text, f"a label selector such as app=web,tier in (a, b): {error}")


def _url(path: Path, text: str) -> Iterator[Complaint]:
    if text and not _is_url(text):
        yield _not(path, text, "a URL such as http://127.0.0.1:8001")


def _not(path: Path, value: str, allowed: str) -> Complaint:
    return Complaint(path, f"is {value!r}, allowed is {allowed}")


def _is_domain(text: str) -> bool:
    name = text.removeprefix(".")
    try:
        return not canonical(name).startswith(("*", "."))
    except ValueError:
        return False


def _is_pattern(text: str) -> bool:
    try:
        return bool(pattern_of(text))
    except ValueError:
        return False


def _is_affix(affix: str, before: str, after: str) -> bool:
    written = affix.replace(TEMPLATE, "cname", 1)
    try:
        canonical(before + written + after)
    except ValueError:
        return False
    return _AFFIX.fullmatch(written) is not None


def _is_zone_id(text: str) -> bool:
    return _ZONE_ID.fullmatch(text) is not None


def _is_tag(text: str) -> bool:
    return text.partition("=")[0].strip() != ""


def _is_namespace(text: str) -> bool:
    return _NAMESPACE.fullmatch(text) is not None


def _is_prefix(text: str) -> bool:
    return text.endswith("/") and len(text) > 1


def _is_listener(text: str) -> bool:
    found = _LISTEN.fullmatch(text)
    return found is not None and int(found[1]) <= 65535


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in {"http", "https"} and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False
