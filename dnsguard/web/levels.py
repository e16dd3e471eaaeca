"""Service levels: gauges that are read off a picture of the engine whenever somebody asks for the metrics.

Rules kept here:

- Nothing is kept between two scrapes: what a zone or account that is gone had said is gone, too.
- What waits longest is told by its age; 0 where nothing waits, so that an alert can tell nothing from unknown.
- No label holds a host name: zone ids, accounts and buckets are few.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dnsguard import __version__
from dnsguard.model.status import BudgetStatus, Status, ZoneStatus


class LevelCollector(Collector):
    """Makes gauges of what *status* tells."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges as of now."""
        status = self._status()
        yield gauge("dnsguard_info", "Version and policy of this process", [("version", __version__), ("policy", status.policy)], 1)
        yield from _ages(status)
        yield from _zones(status.zones, status.now)
        yield from _budgets(status.budgets)


def _ages(status: Status) -> Iterator[GaugeMetricFamily]:
    levels = status.levels
    oldest = GaugeMetricFamily("dnsguard_oldest_seconds", "Age of what waits longest, 0 where nothing does", labels=["what"])
    unapplied = status.unapplied
    ages = {"due": levels.due, "held": levels.held, "parked": levels.parked, "quarantined": levels.quarantined}
    ages["unapplied"] = None if unapplied is None else unapplied.age
    for what, age in ages.items():
        oldest.add_metric([what], age or 0.0)
    yield oldest
    names = 0 if unapplied is None else unapplied.total
    yield gauge("dnsguard_unapplied_names", "Names of which external-dns asked what was accepted and is not carried out", [], names)
    yield gauge("dnsguard_freezes", "Freezes in force, what was undone included", [], len(status.freezes) + len(status.undone))


def _zones(zones: tuple[ZoneStatus, ...], now: float) -> Iterator[GaugeMetricFamily]:
    read = GaugeMetricFamily("dnsguard_zone_read", "1 once a zone was read completely", labels=["zone"])
    age = GaugeMetricFamily("dnsguard_zone_read_age_seconds", "Since a zone was last read completely", labels=["zone"])
    dirty = GaugeMetricFamily("dnsguard_zone_dirty_names", "Names of a zone that wait to be sent", labels=["zone"])
    for zone in zones:
        read.add_metric([zone.id], float(zone.read))
        dirty.add_metric([zone.id], zone.dirty)
        if zone.verified_at is not None:
            age.add_metric([zone.id], max(0.0, now - zone.verified_at))
    yield from (read, age, dirty)


def _budgets(budgets: tuple[BudgetStatus, ...]) -> Iterator[GaugeMetricFamily]:
    labels = ["account", "bucket"]
    level = GaugeMetricFamily("dnsguard_budget_level", "Tokens of a bucket as a part of a full one; below 0: in debt", labels=labels)
    factor = GaugeMetricFamily("dnsguard_budget_factor", "Rate as a part of the full one: below 1 after throttling", labels=labels)
    for budget in budgets:
        for bucket in budget.buckets:
            level.add_metric([budget.account, bucket.name], bucket.tokens / bucket.burst)
            factor.add_metric([budget.account, bucket.name], bucket.factor)
    yield from (level, factor)


def gauge(name: str, says: str, labels: list[tuple[str, str]], value: float) -> GaugeMetricFamily:
    """Return a gauge with one sample."""
    family = GaugeMetricFamily(name, says, labels=[label for label, _ in labels])
    family.add_metric([text for _, text in labels], value)
    return family
