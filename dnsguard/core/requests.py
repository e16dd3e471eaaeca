"""Requests that were accepted and are not carried out: what external-dns asks of record sets.

Rules kept here:

- The last word counts. What is asked for again is as old as before.
- A request is made of what its asker was told. It holds against the set that stood then, and against what we make of it; when
  somebody else changes the set, all of its group lapses: whoever asks is told what stands, and asks anew or not.
- A group is over when all of it stands as asked.
- Who is told that something was refused asks for it again, every time, or gave it up: what nobody asked for since then of
  a refused group lapses when it is told the next time.
- Groups that stand in another way than before are marked as changed, for whoever keeps a copy.
"""

from collections.abc import Callable, Iterable, Mapping

from dnsguard.core.ledger import Key, Ledger
from dnsguard.model.entries import AskedKept, AskKept
from dnsguard.model.records import RecordSet

Place = tuple[str, str]
"""(bare zone id, name of the group)."""

ASKER = "external-dns"
"""The cause of what it asks, as reports name it."""

BASES = 8
"""Sets that a request holds against, the last ones: each of them was asked for since the first was carried out."""


class Ask:
    """One record set that is asked for: *after*, None for none, in the place of any of *bases*; *problem*: it is not understood.

    *asked* is the round in which it was asked for last.
    """

    __slots__ = ("after", "asked", "bases", "problem")

    def __init__(self, after: RecordSet | None, bases: tuple[RecordSet | None, ...], problem: str = "") -> None:
        self.after = after
        self.bases = bases
        self.problem = problem
        self.asked = 0

    def merged(self, after: RecordSet | None, held: RecordSet | None, problem: str) -> "Ask":
        """Return the request that takes the place of this one, where *held* stands."""
        mine = self.bases if self.problem else (*self.bases, self.after)
        return Ask(after, tuple(dict.fromkeys((*mine, held)))[-BASES:], problem)


class Asked:
    """What is asked of one group: since when (seconds), and in which round it was told to be refused last."""

    __slots__ = ("asks", "shown", "since")

    def __init__(self, since: float) -> None:
        self.asks: dict[Key, Ask] = {}
        self.since = since
        self.shown = 0


class Requests:
    """The requests of all zones; a round begins whenever the accepted state is told."""

    def __init__(self) -> None:
        self._groups: dict[Place, Asked] = {}
        self._names: dict[str, dict[str, dict[Key, str]]] = {}
        self._round = 0
        self.changed: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def places(self) -> Iterable[Place]:
        """Return every group of which something is asked, the oldest first."""
        return self._groups.keys()

    def of(self, place: Place) -> Mapping[Key, Ask]:
        """Return what is asked of a group, by the keys of its record sets."""
        asked = self._groups.get(place)
        return {} if asked is None else asked.asks

    def since(self, place: Place) -> float:
        """Return since when something is asked of a group of which something is."""
        return self._groups[place].since

    def names(self, zone: str) -> Iterable[str]:
        """Return the names of the record sets that are asked for in a zone."""
        return self._names.get(zone, {})

    def at(self, zone: str, name: str) -> Mapping[Key, str]:
        """Return the groups of the record sets of *name* that are asked for."""
        return self._names.get(zone, {}).get(name, {})

    def put(self, place: Place, key: Key, after: RecordSet | None, held: RecordSet | None, now: float, problem: str = "") -> None:
        """Take in that the set of *key* is to be *after*, where *held* stands now."""
        other = self.at(place[0], key[0]).get(key, place[1])
        if other != place[1]:
            self.drop((place[0], other))
        asked = self._groups.get(place)
        if asked is None:
            asked = self._groups[place] = Asked(now)
        known = asked.asks.get(key)
        ask = Ask(after, (held,), problem) if known is None else known.merged(after, held, problem)
        if known is None or (known.after, known.bases, known.problem) != (ask.after, ask.bases, ask.problem):
            asked.asks[key] = ask
            self._names.setdefault(place[0], {}).setdefault(key[0], {})[key] = place[1]
            self.changed[place] = None
        asked.asks[key].asked = self._round

    def settle(self, place: Place, ledger: Ledger) -> None:
        """Forget a group that stands as asked, or that somebody else changed."""
        pairs = [(ask, _value(ledger, key)) for key, ask in self.of(place).items() if not ask.problem]
        over = len(pairs) == len(self.of(place)) and all(held == ask.after for ask, held in pairs)
        if over or any(held != ask.after and held not in ask.bases for ask, held in pairs):
            self.drop(place)

    def next_round(self, refused: Callable[[Place], bool]) -> list[Place]:
        """Begin a round; return the groups of which something lapsed, because nobody asked again for what was told to be refused."""
        self._round += 1
        lapsed: list[Place] = []
        for place, asked in list(self._groups.items()):
            if not refused(place):
                asked.shown = 0
                continue
            given_up = [key for key, ask in asked.asks.items() if ask.asked < asked.shown]
            if given_up:
                lapsed.append(place)
            if len(given_up) == len(asked.asks):
                self.drop(place)
                continue
            asked.shown = self._round
            for key in given_up:
                del asked.asks[key]
                self._unname(place[0], key)
                self.changed[place] = None
        return lapsed

    def drop(self, place: Place) -> None:
        """Forget what is asked of a group."""
        asked = self._groups.pop(place, None)
        if asked is None:
            return
        self.changed[place] = None
        for key in asked.asks:
            self._unname(place[0], key)

    def kept(self, place: Place) -> AskedKept | None:
        """Return what has to survive of a group, None if nothing is asked of it."""
        asked = self._groups.get(place)
        if asked is None:
            return None
        asks = (AskKept(*key, ask.after, ask.bases, ask.problem) for key, ask in asked.asks.items())
        return AskedKept(*place, asked.since, tuple(asks))

    def recall(self, kept: AskedKept) -> None:
        """Take in what was asked of a group before a restart."""
        place = kept.zone, kept.name
        asked = self._groups[place] = Asked(kept.since)
        for each in kept.asks:
            key = each.name, each.type, each.set_id
            asked.asks[key] = Ask(each.after, each.bases, each.problem)
            self._names.setdefault(kept.zone, {}).setdefault(each.name, {})[key] = kept.name

    def _unname(self, zone: str, key: Key) -> None:
        names = self._names[zone]
        del names[key[0]][key]
        if not names[key[0]]:
            del names[key[0]]


def _value(ledger: Ledger, key: Key) -> RecordSet | None:
    held = ledger.find(key)
    return None if held is None else held.value
