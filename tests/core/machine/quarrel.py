"""The quarrels about statuses, told a second time: what a Gateway publishes while two writers turn its status back and forth."""

from dnsguard.model.objects import GatewayView

Value = tuple[str, ...]


def value_of(view: GatewayView) -> Value:
    return tuple(sorted({address.value for address in view.status.addresses or ()}))


class Quarrel:
    """The history of one Gateway's status under one spec; *force* is what stays published while it is contested."""

    def __init__(self, view: GatewayView, now: float, turns: int, window: float) -> None:
        self.view = view
        self.needed = turns
        self.window = window
        self.told = [(now, value_of(view))]
        self.turns: list[float] = []
        self.force: Value | None = None

    def tell(self, view: GatewayView, now: float) -> None:
        self.view = view
        value = value_of(view)
        if not value or value == self.told[-1][1]:
            return
        before = self.told[-1][1]
        if value in self.stood(now):
            self.turns.append(now)
        self.told.append((now, value))
        if self.force is not None:
            self.force = self._longest(self.force, now)
        elif len([at for at in self.turns if at > now - self.window]) >= self.needed:
            self.force = self._longest(before, now)

    def settle(self, now: float) -> bool:
        """End it if nothing turned for a whole window; say whether it ended."""
        if self.force is None or self.turns[-1] + self.window > now:
            return False
        self.force = None
        self.turns.clear()
        return True

    def stood(self, now: float) -> dict[Value, float]:
        """Return for how long each value stood within the window."""
        found: dict[Value, float] = {}
        ends = [since for since, _ in self.told[1:]] + [now]
        for place in reversed(range(len(self.told))):
            since, value = self.told[place]
            begin = max(since, now - self.window)
            found[value] = found.get(value, 0.0) + ends[place] - begin
            if begin > since:
                break
        return found

    def _longest(self, force: Value, now: float) -> Value:
        stood = self.stood(now)
        best = max(sorted(stood), key=lambda value: stood[value])
        return best if stood[best] > 2 * stood.get(force, 0.0) else force
