"""Gateway rules: the part of the settings that decides which objects count, compiled once."""

from msgspec import Struct

from dnsguard.core.selectors import EVERYTHING, Selector, parse
from dnsguard.errors import ConfigError
from dnsguard.model.endpoints import EVERY_ENTRY
from dnsguard.model.settings import Sources, ZoneEntry


class GatewayRules(Struct, frozen=True):
    """Which routes, Gateways and ListenerSets count, and which zone entries take what comes through a Gateway.

    Empty *namespaces*, *gateway_name* and *gateway_namespace* mean any. *entries* holds the `gateway_label_filter` of
    every zone entry, and is empty if none has one.
    """

    namespaces: frozenset[str] = frozenset()
    labels: Selector = EVERYTHING
    annotations: Selector = EVERYTHING
    prefixes: tuple[str, ...] = Sources().annotation_prefixes
    gateway_name: str = ""
    gateway_namespace: str = ""
    gateway_labels: Selector = EVERYTHING
    listener_sets: bool = False
    entries: tuple[Selector, ...] = ()

    def scope(self, labels: dict[str, str]) -> int:
        """Return the bit mask of the zone entries that take what comes through a Gateway with *labels*."""
        if not self.entries:
            return EVERY_ENTRY
        return sum(1 << index for index, selector in enumerate(self.entries) if selector.matches(labels))


def compile_rules(sources: Sources, entries: tuple[ZoneEntry, ...]) -> GatewayRules:
    """Compile the settings; raises ConfigError with a sentence that names the field and its value."""
    for prefix in sources.annotation_prefixes:
        if not prefix.endswith("/"):
            raise ConfigError(f"sources.annotation_prefixes: {prefix!r} does not end with a slash")
    filters = tuple(_selector(f"zones[{index}].gateway_label_filter", entry.gateway_label_filter) for index, entry in enumerate(entries))
    return GatewayRules(
        namespaces=frozenset(sources.namespaces),
        labels=_selector("sources.label_filter", sources.label_filter),
        annotations=_selector("sources.annotation_filter", sources.annotation_filter),
        prefixes=sources.annotation_prefixes,
        gateway_name=sources.gateway.name,
        gateway_namespace=sources.gateway.namespace,
        gateway_labels=_selector("sources.gateway.label_filter", sources.gateway.label_filter),
        listener_sets=sources.gateway.listener_sets,
        entries=filters if any(each.expressions for each in filters) else (),
    )


def _selector(field: str, text: str) -> Selector:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(f"{field}: {text!r} is not a label selector: {error}") from error
