"""The register: every verdict that stands, by reason and zone, oldest first.

Rules kept here:

- Counting, and finding the oldest, do not cost more when more of them stand.
- A verdict that only says its reason in other words keeps its place: it is as old as before.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice

from dnsguard.model.facts import Reason, Verdict

Since = tuple[float, Verdict]
Key = tuple[str, str, str]


class Register:
    """The verdicts that stand, each with the moment since when."""

    def __init__(self) -> None:
        # Dictionaries keep the order of arrival, which is that of age but for alarms that ring a moment late.
        self._lists: dict[Reason, dict[str, dict[Key, Since]]] = {}

    def put(self, verdict: Verdict, since: float) -> None:
        """Note that *verdict* stands since a moment, or says the same in other words now."""
        self._lists.setdefault(verdict.reason, {}).setdefault(verdict.zone, {})[_key(verdict)] = since, verdict

    def change(self, before: Iterable[Verdict], after: Mapping[Verdict, float]) -> None:
        """Put what stands *after* in the place of what stood *before*, of one name in one zone."""
        staying = {(verdict.reason, _key(verdict)) for verdict in after}
        for verdict in before:
            if (verdict.reason, _key(verdict)) not in staying:
                self.drop(verdict)
        for verdict, since in after.items():
            self.put(verdict, since)

    def drop(self, verdict: Verdict) -> None:
        """Note that *verdict* no longer stands."""
        by_zone = self._lists.get(verdict.reason, {})
        found = by_zone.get(verdict.zone, {})
        if found.pop(_key(verdict), None) is None or found:
            return
        del by_zone[verdict.zone]
        if not by_zone:
            del self._lists[verdict.reason]

    def get(self, verdict: Verdict) -> Since:
        """Return *verdict*, which stands, with the moment since when."""
        return self._lists[verdict.reason][verdict.zone][_key(verdict)]

    def reasons(self) -> list[Reason]:
        """Return the reasons for which something stands, in the order in which reasons are defined."""
        return [reason for reason in Reason if reason in self._lists]

    def count(self, reason: Reason | None = None, zone: str | None = None) -> int:
        """Return how many stand, of one reason and one zone, or (None) of any."""
        return sum(map(len, self._chosen(reason, zone)))

    def oldest(self, reason: Reason) -> float | None:
        """Return since when the oldest verdict of a reason stands, None if there is none."""
        return min((since for found in self._chosen(reason, None) for since, _ in islice(found.values(), 1)), default=None)

    def first(self, most: int, reason: Reason | None = None, zone: str | None = None) -> list[Since]:
        """Return the oldest of those that `count` counts, at most *most*."""
        lists: Iterable[Iterator[Since]] = (islice(found.values(), most) for found in self._chosen(reason, zone))
        return sorted(islice(merge(*lists, key=_age), most), key=_age)

    def _chosen(self, reason: Reason | None, zone: str | None) -> Iterator[dict[Key, Since]]:
        for by_zone in self._lists.values() if reason is None else (self._lists.get(reason, {}),):
            if zone is None:
                yield from by_zone.values()
            elif zone in by_zone:
                yield by_zone[zone]


def _key(verdict: Verdict) -> Key:
    return verdict.name, verdict.type, verdict.set_id


def _age(entry: Since) -> tuple[float, str]:
    return entry[0], entry[1].name
