"""The calls: what leaves, in what order and at what price, and what has to come back before more may leave."""

from dnsguard.core.budget import PROFILES
from dnsguard.core.settlement import DEADLINE
from dnsguard.model.changes import ACTIONS, Accepted, Job, ListRecords, Replace, Uncertain, Write
from dnsguard.model.facts import Answered, Fact
from dnsguard.model.settings import Bucket, Settings

SLACK = 1e-6


class Purse:
    """A token bucket as AWS describes it, that is never asked to wait."""

    def __init__(self, size: Bucket, share: float, now: float) -> None:
        self.rate, self.burst = size.rate * share, max(1.0, size.burst * share)
        self.level, self.at = self.burst, now

    def pay(self, need: float, now: float) -> bool:
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        fair = self.level >= min(need, self.burst) - SLACK
        self.level -= need
        return fair


class Calls:
    """Watches the calls of one engine: its budget, its writes and its doubts."""

    def __init__(self, settings: Settings, now: float) -> None:
        self.wrongs: list[str] = []
        self._settings = settings.budget
        self.restarted(now)

    def remembered(self) -> None:
        """Go on: what was under way is in doubt."""
        self._doubt |= {zone: self._left[job] + DEADLINE for zone, job in self._flying.items()}
        self._flying.clear()

    def restarted(self, now: float) -> None:
        """Begin anew: a new engine has full buckets, and knows of no call under way."""
        requests, actions, changes = PROFILES[self._settings.profile]
        share = self._settings.share
        self._requests = Purse(self._settings.requests or requests, share, now)
        self._changes = Purse(self._settings.changes or changes, share, now)
        self._action = self._settings.actions or actions
        self._actions: dict[str, Purse] = {}
        self._flying: dict[str, int] = {}
        self._doubt: dict[str, float] = {}
        self._left: dict[int, float] = {}
        self.reading: dict[str, float] = {}

    def leaves(self, job: Job, now: float) -> None:
        """Judge a call at the moment at which it leaves."""
        action = ACTIONS[type(job.call)]
        self._left[job.id] = now
        purse = self._actions.setdefault(action, Purse(self._action, self._settings.share, now))
        fair = [self._requests.pay(1, now), purse.pay(1, now)]
        match job.call:
            case Write(zone, changes):
                need = sum(2 if isinstance(change, Replace) else 1 for change in changes)
                fair.append(self._changes.pay(need, now))
                if zone in self._flying:
                    self.wrongs.append(f"a write left for {zone} while another was under way")
                if zone in self._doubt:
                    self.wrongs.append(f"a write left for {zone} while the fate of the last one was not known")
                self._flying[zone] = job.id
            case ListRecords(zone, start, limit):
                if start is None and limit == 300:
                    self.reading[zone] = now
            case _:
                pass
        if not all(fair):
            self.wrongs.append(f"a call of {action} left without its tokens")

    def told(self, fact: Fact) -> None:
        """Take in what came back."""
        if not isinstance(fact, Answered):
            return
        match fact.call:
            case Write(zone):
                assert self._flying.pop(zone) == fact.job
                if isinstance(fact.outcome, Uncertain):
                    self._doubt[zone] = self._left[fact.job] + DEADLINE
            case ListRecords(zone, start, limit) if zone in self._doubt and isinstance(fact.outcome, Accepted):
                early = self._left[fact.job] < self._doubt[zone] - SLACK
                if limit == 1 and early:
                    self.wrongs.append(f"{zone} was asked what became of a write that could still take effect")
                if limit == 1 or (start is None and limit == 300 and not early):
                    # A start reads the whole zone, which tells as well.
                    del self._doubt[zone]
            case _:
                pass
