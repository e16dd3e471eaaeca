"""What the proxy tells: log lines, metrics, and the summary by client, resource and writer.

Rules kept here:
- No label holds the name of an object: clients and writers are few (`core/sieve/tally.py`).
- Frames that were replaced and those that passed add up to those that came.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dnsguard import __version__
from dnsguard.core.sieve.gate import Shelf, Why
from dnsguard.core.sieve.tally import Line, Tally
from dnsguard.web.sayings import Level, Saying

PATH = "/summary"
_COLUMNS = ("seen", "replaced", "passed", "client", "resource", "writer", "passed because")
_WIDTHS = (10, 10, 10, 32, 42, 28)
WORDS: Mapping[Why, str] = {
    "same": "nothing new in it",
    "changed": "changed",
    "unseen": "object not seen before",
    "pending": "status yet to be written",
    "no-bookmarks": "client takes no bookmarks",
    "added": "added",
    "deleted": "deleted",
    "bookmark": "bookmark",
    "error": "error",
    "unread": "could not be read",
}
"""Why a frame was replaced or passed, for people."""


class Counts(Protocol):
    """What there is to report."""

    tally: Tally
    requests: Counter[tuple[str, str]]
    """By verb and status."""
    watches: Counter[tuple[str, str]]
    """Open ones, by client and resource."""
    shelf: Shelf
    trouble: str


def listening(url: str, preset: str) -> Saying:
    """Say where the proxy listens."""
    return Saying(Level.INFO, f"the proxy listens at {url}", {"url": url, "preset": preset})


def refused(client: str, what: str) -> Saying:
    """Say that a client asked for what it may not."""
    return Saying(Level.WARNING, f"{client} was refused: {what}", {"client": client})


def unreachable(why: str) -> Saying:
    """Say that the API server does not answer."""
    return Saying(Level.ERROR, why, {})


def reachable() -> Saying:
    """Say that the API server answers again."""
    return Saying(Level.INFO, "the API server answers again", {})


def summed(line: Line) -> Saying:
    """Say what became of the frames of one writer."""
    passed = ", ".join(f"{number} {WORDS[why]}" for why, number in line.passed.items())
    who = f" by {line.writer}" if line.writer != "-" else ""
    text = f"{line.replaced} of {line.seen} frames of {line.resource}{who} were replaced" + (f"; passed: {passed}" if passed else "")
    fields = {"client": line.client, "resource": line.resource, "writer": line.writer, "seen": line.seen, "replaced": line.replaced}
    return Saying(Level.INFO, text, fields)


def table(lines: Iterable[Line]) -> str:
    """Return the summary as text."""
    rows = [_COLUMNS, *(_cells(line) for line in lines)]
    return "".join(_row(cells).rstrip() + "\n" for cells in rows)


def summary_route(counts: Counts) -> web.RouteDef:
    """Make the route of the summary."""

    async def summary(_: web.Request) -> web.Response:
        return web.Response(text=table(counts.tally.lines()))

    return web.get(PATH, summary)


class ProxyCollector(Collector):
    """Makes metrics of what *counts* tells."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as of now."""
        counts = self._counts
        labels = ["client", "resource", "writer", "outcome", "reason"]
        frames = CounterMetricFamily("dnsguard_proxy_frames", "Frames of sifted watches, by what became of them and why", labels=labels)
        for (client, resource, writer, why), number in sorted(counts.tally.frames.items()):
            frames.add_metric([client, resource, writer, "replaced" if why == "same" else "passed", why], number)
        yield frames
        requests = CounterMetricFamily("dnsguard_proxy_requests", "Requests by verb and status", labels=["verb", "code"])
        for pair, number in sorted(counts.requests.items()):
            requests.add_metric(list(pair), number)
        yield requests
        watches = GaugeMetricFamily("dnsguard_proxy_watches", "Open watches", labels=["client", "resource"])
        for pair, number in sorted(counts.watches.items()):
            watches.add_metric(list(pair), number)
        yield watches
        gates = GaugeMetricFamily("dnsguard_proxy_gates", "Gates that wait for a watch to take them over")
        gates.add_metric([], counts.shelf.gates)
        yield gates
        up = GaugeMetricFamily("dnsguard_proxy_up", "1 while the API server answers")
        up.add_metric([], float(not counts.trouble))
        yield up
        info = GaugeMetricFamily("dnsguard_info", "Version and policy of this process", labels=["version", "policy"])
        info.add_metric([__version__, "proxy"], 1)
        yield info


def _cells(line: Line) -> tuple[str, ...]:
    passed = ", ".join(f"{WORDS[why]} {number}" for why, number in line.passed.items())
    return (str(line.seen), str(line.replaced), str(line.seen - line.replaced), line.client, line.resource, line.writer, passed)


def _row(cells: tuple[str, ...]) -> str:
    *columns, last = cells
    return (
        " ".join(cell.rjust(width) if width == 10 else cell.ljust(width) for cell, width in zip(columns, _WIDTHS, strict=True)) + f" {last}"
    )
