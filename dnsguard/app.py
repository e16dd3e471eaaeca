"""The composition root: the only place that makes engines, clocks and clients, and joins them."""

from random import Random

from dnsguard.core.engine import Engine
from dnsguard.core.gate import Gate
from dnsguard.core.projection import Projection
from dnsguard.core.resolve.gateway_api import Resolver
from dnsguard.core.resolve.rules import compile_rules
from dnsguard.model.settings import Settings


def kinds_of(settings: Settings) -> tuple[str, ...]:
    """Return the kinds of objects that the configured sources read."""
    sets = ("ListenerSet",) if settings.sources.gateway.listener_sets else ()
    return ("HTTPRoute", "Gateway", *sets, "Namespace")


def build_engine(settings: Settings, chance: Random, now: float, *, ride: bool = True, dry: bool = False) -> Engine:
    """Make the engine of *settings*; *ride* and *dry* as there."""
    rules = compile_rules(settings.sources, settings.zones)
    return Engine(settings, Gate(Projection(rules)), Resolver(rules).resolve, kinds_of(settings), chance, now, ride=ride, dry=dry)
