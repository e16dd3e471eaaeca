"""Troubles of a command that runs once: what went wrong, and what is left standing."""

import sys
import time

from dnsguard.model.changes import Busy, Refused, Throttled, Unavailable, Uncertain
from dnsguard.model.facts import Alert, Answered, Cleared, Fact, Reason, SourceFailed, SourceTroubled, Verdict, Withheld
from dnsguard.model.settings import Settings
from dnsguard.modes.driver import Listener
from dnsguard.web.log import Log


class Troubles:
    """Remembers why a run that is to happen once may have failed."""

    def __init__(self) -> None:
        self._alert = self._trouble = ""

    def tell(self, fact: Fact, _: float) -> None:
        """Take in one fact."""
        match fact:
            case Alert(_, text):
                self._alert = self._alert or text
            case SourceFailed(kind, text) | SourceTroubled(kind, text):
                self._note(f"{kind}: {text}")
            case Answered(_, _, Refused(refusals)):
                self._note(refusals[0].text)
            case Answered(_, _, Throttled(text) | Busy(text) | Unavailable(text) | Uncertain(text)):
                self._note(text)
            case _:
                pass

    def why(self) -> str:
        """Return the first thing that a person should look at, or else the first that went wrong."""
        return (self._alert or self._trouble or "nothing said why").rstrip(".")

    def _note(self, text: str) -> None:
        self._trouble = self._trouble or text


class Standing:
    """The verdicts that stand, in the order in which they came."""

    def __init__(self) -> None:
        self.verdicts: dict[Verdict, None] = {}

    def tell(self, fact: Fact, _: float) -> None:
        """Take in one fact."""
        match fact:
            case Withheld(verdict) if verdict.reason is not Reason.SHADOW:
                self.verdicts[verdict] = None
            case Cleared(verdict):
                self.verdicts.pop(verdict, None)
            case _:
                pass

    def failed(self) -> list[Verdict]:
        """Return those that stand because Route53 said no."""
        return [verdict for verdict in self.verdicts if verdict.reason in {Reason.QUARANTINED, Reason.ZONE_FULL}]


def warnings(settings: Settings) -> Listener:
    """Return a log, on standard error, of what a person has to do something about; verdicts are told elsewhere."""
    log = Log(sys.stderr, settings.log.format, "warning", time.time)

    def tell(fact: Fact, now: float) -> None:
        if not isinstance(fact, Withheld):
            log.tell(fact, now)

    return tell
