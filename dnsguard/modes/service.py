"""The service: the running engine as people ask it, through the API or otherwise."""

from pathlib import Path

from dnsguard.core.engine import Engine
from dnsguard.model.explanation import Explanation
from dnsguard.model.facts import Reason
from dnsguard.model.orders import Order, Reply
from dnsguard.model.requests import UnappliedPage
from dnsguard.model.status import ParkedZone, Status, VerdictPage
from dnsguard.modes.driver import Clock, Driver
from dnsguard.modes.timemachine import TimeMachine


class Service:
    """Answers for *engine*, which *driver* runs; looking never wakes the driver, an order does.

    *journal* is the file that has the history, None: there is none; *blind*: writes overwrite what stands without naming it.
    """

    def __init__(self, engine: Engine, driver: Driver, clock: Clock, journal: Path | None = None, *, blind: bool = False) -> None:
        self._engine = engine
        self._driver = driver
        self.now = clock.now
        self.time_machine = TimeMachine(engine, driver, clock, journal, blind=blind)

    def status(self) -> Status:
        """Return how everything stands."""
        return self._engine.status(self.now())

    def verdicts(self, most: int, reason: Reason | None = None, zone: str | None = None, name: str | None = None) -> VerdictPage:
        """Return the oldest verdicts of a reason, a zone (bare id) and a canonical name, None for any."""
        return self._engine.picture.verdicts(self.now(), most, reason, zone, name)

    def parked(self, most: int, zone: str | None = None) -> tuple[ParkedZone, ...]:
        """Return what is parked in every zone, or in one (bare id), with at most *most* names of each."""
        return self._engine.picture.parked(self.now(), most, zone)

    def unapplied(self, most: int) -> UnappliedPage | None:
        """Return what external-dns asked and is not carried out, at most *most* record sets; None outside of webhook mode."""
        reception = self._engine.reception
        return None if reception is None else reception.unapplied(self.now(), most)

    def explain(self, name: str) -> Explanation:
        """Return all that is known of the canonical *name*."""
        return self._engine.explain(name, self.now())

    def zones_called(self, text: str) -> tuple[str, ...]:
        """Return the ids of the zones in use that *text* names, by bare id or name."""
        return self._engine.picture.zones_called(text)

    def order(self, order: Order) -> Reply:
        """Carry out an order."""
        return self._driver.order(order)
