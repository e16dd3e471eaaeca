"""Tables for people, on standard output."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def replay_table(reports: Sequence[dict[str, Any]]) -> None:
    """Print replay reports side by side."""
    table = Table(title="replay", show_edge=False)
    table.add_column("")
    for report in reports:
        table.add_column(report["tape"].removesuffix(".jsonl.gz"), justify="right")
    for label, values in _rows(reports):
        table.add_row(label, *values)
    Console().print(table)
    for report in reports:
        for sentence in (*report["problems"], *report["alerts"]):
            Console(stderr=True).print(f"{report['tape']}: {sentence}", markup=False, highlight=False)


def _rows(reports: Sequence[dict[str, Any]]) -> Iterable[tuple[str, list[str]]]:
    yield "events in the watch", [str(report["events"]["total"]) for report in reports]
    yield "  stopped as irrelevant", [str(report["events"]["irrelevant"]) for report in reports]
    for reason in sorted({reason for report in reports for reason in report["suppressed"]}):
        yield f"  {reason}", [str(report["suppressed"].get(reason, 0)) for report in reports]
    for kind in ("created", "replaced", "deleted"):
        yield f"record sets {kind}", [str(report["changes"][kind]) for report in reports]
    for action in sorted({action for report in reports for action in report["calls"]}):
        yield f"calls {action}", [str(report["calls"].get(action, 0)) for report in reports]
    yield "least writes possible", [str(report["least_calls"]) for report in reports]
    yield "throttled", [str(report["throttled"]) for report in reports]
    yield "seconds from event to call (median)", [_seconds(report["latency_s"]["p50"]) for report in reports]
    yield "seconds from event to call (max)", [_seconds(report["latency_s"]["max"]) for report in reports]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
