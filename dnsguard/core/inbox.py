"""The inbox: orders that stand in ConfigMaps, given one by one as they come, change and go.

Rules kept here:

- A freeze lasts while a sheet says so: it is given when it is read and taken back when it is no longer there, whatever others
  ordered by HTTP. What a sheet said last counts while it cannot be read, also before it was read for the first time: a freeze that
  a journal remembered is taken back only when all sheets are known and none says so.
- A name without a `*` that is the name of a zone in use means the zone as a whole. So nothing is given before the zones are known,
  before which nothing is written either, and what other zones make of it is seen again.
- An approval is given once for its text: one by checksum when its zone's deletions are parked, and again only when they are parked
  anew and it came to nothing; one for so many names at once.
- What is wrong with a sheet is told once.
"""

from collections.abc import Iterable, Iterator

from dnsguard.core.sheets import APPROVE, EVERYTHING, FREEZE, UNTIL, Approval, Sheet, read_sheet, shown
from dnsguard.model.facts import Fact, Misunderstood, Remembered, Tripped, Untripped, ZonesFound
from dnsguard.model.objects import Ref, SheetView
from dnsguard.model.orders import Approve, Freeze, Order, Reply, Thaw

CALM = 5.0
"""Seconds after a breaker tripped in which what is parked may still grow, and no checksum fits."""

Cover = tuple[Ref, str, str]
Item = tuple[Ref, Approval]


class Inbox:
    """The sheets that there are, and what was given of them; *standing*: the freezes in force at the start."""

    def __init__(self, standing: Iterable[Freeze] = ()) -> None:
        self._sheets: dict[Ref, Sheet] = {}
        self._told: dict[Ref, frozenset[str]] = {}
        self._zones: dict[str, str] | None = None
        self._tripped: dict[str, float] = {}
        self._recalled: dict[Cover, Freeze] = {(_ref(each.sheet), each.zone, each.pattern): each for each in standing if each.sheet}
        self._frozen = dict(self._recalled)
        self._tried: dict[Item, float] = {}
        self._spent: dict[Item, float] = {}
        self._asked: dict[Order, Item] = {}
        self._later: float | None = None
        self._facts: list[Fact] = []

    # What comes in

    def put(self, view: SheetView, now: float) -> None:
        """Take in a sheet that came or changed."""
        old, sheet = self._sheets.get(view.ref), read_sheet(view)
        self._sheets[view.ref] = sheet
        if sheet.freezes and sheet.until is not None and sheet.until <= now and (old is None or old.until != sheet.until):
            text = f"{UNTIL} is {shown(view.annotations[UNTIL])}, which lies in the past: nothing is frozen by it"
            self._facts.append(Misunderstood(view.ref, text))
        for approval in sheet.approvals:
            if _over(approval, now) and (old is None or approval not in old.approvals):
                text = f"{APPROVE} lets {approval.most} names of {approval.zone} go until a moment that lies in the past: none goes by it"
                self._facts.append(Misunderstood(view.ref, text))

    def drop(self, ref: Ref) -> None:
        """Take in that a sheet is gone."""
        self._sheets.pop(ref, None)
        self._told.pop(ref, None)

    def listed(self, refs: frozenset[Ref]) -> None:
        """Take in that these are all sheets that there are."""
        for ref in [ref for ref in self._sheets if ref not in refs]:
            self.drop(ref)
        self._recalled.clear()

    def hear(self, fact: Fact, now: float) -> bool:
        """Take in what happened; return whether it may matter."""
        match fact:
            case ZonesFound(zones):
                self._zones = {zone: name for zone, name, _ in zones}
            case Tripped(zone):
                self._tripped[zone] = now
            case Remembered(zone, parked=parked) if parked:
                # It tripped before the restart.
                self._tripped[zone] = now
            case Untripped(zone):
                self._tripped.pop(zone, None)
            case _:
                return False
        return True

    def answered(self, order: Order, reply: Reply) -> None:
        """Take in what became of an order."""
        item = self._asked.pop(order, None)
        if item is not None and isinstance(order, Approve) and (reply.done or order.most):
            self._spent[item] = order.until or 0.0

    # What goes out

    def wake_at(self) -> float | None:
        """Return when there may be orders to give although nothing came in."""
        return self._later

    def facts(self) -> list[Fact]:
        """Hand over what there is to say."""
        facts, self._facts = self._facts, []
        return facts

    def take(self, now: float) -> list[Order]:
        """Return the orders to give now, of each of which `answered` has to tell."""
        self._later = None
        orders: list[Order] = []
        complaints = {ref: list(sheet.complaints) for ref, sheet in self._sheets.items()}
        if self._zones is not None:
            orders += self._freezes(now, self._zones, complaints)
            orders += self._approvals(now, self._zones, complaints)
        for ref, texts in complaints.items():
            self._facts += [Misunderstood(ref, text) for text in texts if text not in self._told.get(ref, ())]
            self._told[ref] = frozenset(texts)
        return orders

    def _freezes(self, now: float, zones: dict[str, str], complaints: dict[Ref, list[str]]) -> Iterator[Order]:
        wanted: dict[Cover, Freeze] = {}
        for ref, sheet in self._sheets.items():
            for item in sheet.freezes if sheet.until is None or sheet.until > now else ():
                places = list(_meant(item, zones))
                if not places:
                    complaints[ref].append(f"{FREEZE} has {shown(item)}, which is neither all, nor a zone in use, nor a host name")
                for zone, pattern in places:
                    wanted[ref, zone, pattern] = Freeze(zone, pattern, sheet.until, sheet.reason, sheet.by, _place(ref))
        wanted = self._recalled | wanted
        before, self._frozen = self._frozen, wanted
        yield from (freeze for cover, freeze in wanted.items() if before.get(cover) != freeze)
        for cover, freeze in before.items():
            # What has ended by itself need not be taken back.
            if cover not in wanted and (freeze.until is None or freeze.until > now):
                yield Thaw(freeze.zone, freeze.pattern, sheet=freeze.sheet)

    def _approvals(self, now: float, zones: dict[str, str], complaints: dict[Ref, list[str]]) -> Iterator[Order]:
        items = {(ref, approval): sheet for ref, sheet in self._sheets.items() for approval in sheet.approvals}
        # What lets so many names go stays spent until its moment, even if it goes from the sheet and comes back.
        self._spent = {item: until for item, until in self._spent.items() if item in items or until > now}
        self._tried = {item: at for item, at in self._tried.items() if item in items}
        for item, sheet in items.items():
            ref, approval = item
            named = [zone for zone, name in zones.items() if approval.zone in {zone, name}]
            if item in self._spent or _over(approval, now):
                continue
            if not named:
                known = ", ".join(sorted(f"{name} ({zone})" for zone, name in zones.items())) or "none"
                complaints[ref].append(f"no zone in use is called {shown(approval.zone)}; there are {known}")
            elif approval.most or self._parked(item, named, now):
                order = Approve(approval.zone, approval.checksum, approval.most, approval.until, sheet.approved_by, _place(ref))
                self._asked[order] = item
                yield order

    def _parked(self, item: Item, zones: list[str], now: float) -> bool:
        """Return whether an approval by checksum may fit now, and note that it is tried."""
        tripped = max((self._tripped[zone] for zone in zones if zone in self._tripped), default=None)
        if tripped is None or self._tried.get(item) == tripped:
            return False
        if tripped + CALM > now:
            self._later = min(self._later or tripped + CALM, tripped + CALM)
            return False
        self._tried[item] = tripped
        return True


def _place(ref: Ref) -> str:
    return f"{ref.namespace}/{ref.name}"


def _ref(place: str) -> Ref:
    namespace, _, name = place.partition("/")
    return Ref("ConfigMap", namespace, name)


def _over(approval: Approval, now: float) -> bool:
    return approval.until is not None and approval.until <= now


def _meant(item: str, zones: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the zone id and pattern of each freeze that an item means; none if it means nothing."""
    named = [zone for zone, name in zones.items() if item in {zone, name}]
    if item == EVERYTHING:
        yield "", ""
    elif named:
        yield from ((zone, "") for zone in named)
    elif "." in item or "*" in item:
        yield "", item
