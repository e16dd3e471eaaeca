"""Halving: the groups of batches that were refused for a reason without a name, sent apart until it has one.

Rules kept here:

- A refused batch is halved and each half sent as it is; what is refused alone is the culprit. The search for k culprits
  among n groups takes at most 2k(log2 n + 1) calls, the refused batch included.
- When one half of a refused batch is accepted, the other holds a culprit: it is halved without being sent as a whole. A
  group alone is always sent: nobody is found guilty by inference.
- Where so many are guilty that a half is hardly clean, it is halved before it is sent, so that a search does not take many
  more calls than groups. Guesses that were wrong too often are not made any more: the bound holds all the same.
- A denied permission does not say whether it concerns a name or the zone. Until something is accepted, single groups are
  tried, far from one another; when these are all denied, the rest waits.
"""

from collections import deque
from collections.abc import Sequence

GOLDEN = 0.618034
"""Part of a batch between one group that is tried alone and the next: any first few lie far from one another."""


HARDLY = 0.4
"""Likelihood of being clean below which a half is not sent as a whole."""
KNOWN = 3
"""Culprits that have to be known before their share among all counts."""


class Half:
    """Groups to be sent as one batch.

    *twin* is the other half of the same refused batch while neither was touched; *guessed* the other half of a batch that was
    never sent, with whether it turned out *clean*.
    """

    __slots__ = ("clean", "guessed", "names", "twin")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.twin: Half | None = None
        self.guessed: Half | None = None
        self.clean = False


class Halving:
    """The halves of one zone's refused batches, in the order in which they are to be sent.

    *not_before* is the moment (seconds) up to which they wait; *proven* tells that something was accepted since the search
    began; *denials* counts the groups denied alone since then; *apart* are the groups of all halves.
    """

    def __init__(self) -> None:
        self.not_before = 0.0
        self.proven = False
        self.denials = 0
        self.apart: set[str] = set()
        self._queue: deque[Half] = deque()
        self._picks = 0
        self._guilty = 0
        self._cleared = 0
        self._wrong = 0

    def __len__(self) -> int:
        return len(self._queue)

    def choose(self) -> tuple[str, ...]:
        """Decide what is to be sent next, and return its groups; IndexError if there is nothing."""
        while self._is_hardly_clean(self._queue[0]):
            half = self._queue.popleft()
            _part(half)
            first, second = _halves(half.names, twins=False)
            first.guessed, second.guessed = second, first
            self._queue.extendleft((second, first))
        return self._queue[0].names

    def ready(self, now: float) -> bool:
        """Return whether a half may leave."""
        return bool(self._queue) and self.not_before <= now

    def begin(self) -> None:
        """Note that a batch was refused that is no half: unless others are searched, nothing is known yet."""
        if not self._queue:
            self.not_before = 0.0
            self.proven = False
            self.denials = self._guilty = self._cleared = self._wrong = 0

    def found(self) -> None:
        """Note that a group was refused alone."""
        self._guilty += 1

    def halve(self, names: Sequence[str], *, certain: bool = True) -> None:
        """Have the halves of a refused batch sent next; *certain*: whatever is in neither half was not the reason."""
        self.apart.update(names)
        self._queue.extendleft(reversed(_halves(names, twins=certain)))

    def single_out(self, names: Sequence[str]) -> None:
        """Have one group of a refused batch sent, and then the rest, after what waits: retries must not starve it."""
        single, rest = self._picked(names)
        self.apart.update(names)
        single.twin, rest.twin = rest, single
        self._queue.extend((single, rest))

    def single_out_next(self) -> None:
        """Have one group of what would be sent next tried before the rest of it."""
        if self._queue and len(self._queue[0].names) > 1:
            half = self._queue.popleft()
            _part(half)
            self._queue.extendleft(reversed(self._picked(half.names)))

    def take(self, rest: Sequence[str] = ()) -> Half:
        """Take the next half, which is cut; *rest* are those of its groups for which there was no room."""
        half = self._queue.popleft()
        self.apart.difference_update(half.names)
        if rest:
            self.apart.update(rest)
            _part(half)
            self._queue.appendleft(Half(rest))
        return half

    def put_back(self, half: Half) -> None:
        """Have a half sent again: its call told nothing."""
        self.apart.update(half.names)
        self._queue.appendleft(half)

    def accepted(self, half: Half | None) -> None:
        """Note that a batch was accepted: *half*, or one that is none."""
        self.proven = True
        self.not_before = 0.0
        self.denials = 0
        if half is None:
            return
        half.clean = True
        self._cleared += len(half.names)
        self._wrong += half.guessed is not None and half.guessed.clean
        twin = half.twin
        if twin is None or len(twin.names) < 2 or twin not in self._queue:
            return
        at = self._queue.index(twin)
        del self._queue[at]
        for piece in reversed(_halves(twin.names, twins=True)):
            self._queue.insert(at, piece)

    def _is_hardly_clean(self, half: Half) -> bool:
        if len(half.names) < 2 or self._guilty < KNOWN or 2 * self._wrong >= self._guilty:
            return False
        clean = self._cleared / (self._cleared + self._guilty)
        return clean ** len(half.names) < HARDLY

    def _picked(self, names: Sequence[str]) -> tuple[Half, Half]:
        at = int(len(names) * (self._picks * GOLDEN % 1.0))
        self._picks += 1
        return Half((names[at],)), Half((*names[:at], *names[at + 1 :]))


def _halves(names: Sequence[str], *, twins: bool) -> tuple[Half, Half]:
    middle = len(names) // 2
    first, second = Half(names[:middle]), Half(names[middle:])
    if twins:
        first.twin, second.twin = second, first
    return first, second


def _part(half: Half) -> None:
    """Let *half* have no twin: it is not sent as a whole."""
    twin, half.twin = half.twin, None
    if twin is not None:
        twin.twin = None
