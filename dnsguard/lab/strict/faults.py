"""Faults to inject, by operation and by count or probability.

Rules:
1. Rules are tried in the order in which they were added; the first that fires is the fault of this attempt.
2. A rule fires at most *count* times (None: without limit), after letting *skip* attempts of its operation pass, each time
   with *probability* drawn from the seeded generator.
3. Latency is drawn apart from the rest, so that an attempt may be slow and fail as well; likewise what is done to the text
   of a refusal, which needs one.
"""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Throttle:
    """Answer Throttling; nothing is carried out."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Answer PriorRequestNotComplete; nothing is carried out."""


@dataclass(frozen=True, slots=True)
class ServerError:
    """Answer a 5xx *status*, and carry the call out nevertheless if *applied*."""

    status: int = 503
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """End the connection without an answer, before the call is carried out or, if *applied*, after it."""

    applied: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Refuse with an error of this *status*, *code* and *message*; nothing is carried out."""

    status: int = 400
    code: str = "InvalidChangeBatch"
    message: str = "[Something that nobody has heard of]"


@dataclass(frozen=True, slots=True)
class Latency:
    """Wait *seconds* before the call is carried out."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reworded:
    """Refuse what is to be refused with *text* in place of what is to be said."""

    text: str


@dataclass(frozen=True, slots=True)
class Curtailed:
    """Say the first *most* messages of a refused batch alone."""

    most: int


Refusing = Throttle | Busy | ServerError | Dropped | Refusal
Wording = Reworded | Curtailed
Fault = Refusing | Latency | Wording


@dataclass(slots=True)
class _Rule:
    fault: Fault
    operation: str | None
    left: float
    probability: float
    skip: int

    def fires(self, operation: str, chance: random.Random) -> bool:
        if self.left <= 0 or self.operation not in {None, operation}:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1.0 and chance.random() >= self.probability:
            return False
        self.left -= 1
        return True


class Faults:
    """The faults that a strict Route53 injects; *seed* decides every draw of a probability."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self._rules: list[_Rule] = []

    def inject(
        self,
        fault: Fault,
        operation: str | None = None,
        *,
        count: int | None = None,
        probability: float = 1.0,
        skip: int = 0,
    ) -> None:
        """Add a rule: *fault* for calls of *operation* (None: of any)."""
        self._rules.append(_Rule(fault, operation, math.inf if count is None else count, probability, skip))

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def delay(self, operation: str) -> float:
        """Return the seconds that this attempt has to wait before it is carried out."""
        for rule in self._rules:
            match rule.fault:
                case Latency(seconds) if rule.fires(operation, self._chance):
                    return seconds
                case _:
                    continue
        return 0.0

    def strike(self, operation: str) -> Refusing | None:
        """Return the fault that keeps this attempt from being answered as it should be."""
        for rule in self._rules:
            match rule.fault:
                case Throttle() | Busy() | ServerError() | Dropped() | Refusal() as fault if rule.fires(operation, self._chance):
                    return fault
                case _:
                    continue
        return None

    def wording(self, operation: str) -> Wording | None:
        """Return what is done to the text with which this attempt is refused."""
        for rule in self._rules:
            match rule.fault:
                case Reworded() | Curtailed() as fault if rule.fires(operation, self._chance):
                    return fault
                case _:
                    continue
        return None
