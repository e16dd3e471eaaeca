"""Tables for people, on standard output."""

from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dnsguard.model.facts import Gate

WIDE = 10_000
"""Columns where no terminal says how many there are: nothing is folded or cut in a file or a pipe."""


def replay_table(reports: Sequence[dict[str, Any]]) -> None:
    """Print replay reports side by side."""
    table = Table(show_edge=False)
    table.add_column("", no_wrap=True)
    for report in reports:
        table.add_column(report["tape"].removesuffix(".jsonl.gz"), justify="right", overflow="fold")
    for label, values in _rows(reports):
        table.add_row(label, *values)
    console().print(table)
    for report in reports:
        for sentence in (*report["problems"], *report["alerts"]):
            click.echo(f"{report['tape']}: {sentence}", err=True)


def console() -> Console:
    """Return where tables are printed: as wide as the terminal, or without an end."""
    found = Console()
    return found if found.is_terminal else Console(width=WIDE)


def _rows(reports: Sequence[dict[str, Any]]) -> Iterable[tuple[str, list[str]]]:
    yield "events in the watch", [str(report["events"]["total"]) for report in reports]
    yield "  stopped as irrelevant", [str(report["events"]["irrelevant"]) for report in reports]
    for kind in ("created", "replaced", "deleted"):
        yield f"record sets {kind}", [str(report["changes"][kind]) for report in reports]
    for reason in sorted({reason for report in reports for reason in report["suppressed"]} - {gate.value for gate in Gate}):
        yield f"record sets withheld: {reason}", [str(report["suppressed"].get(reason, 0)) for report in reports]
    for action in sorted({action for report in reports for action in report["calls"]}):
        yield f"calls {action}", [str(report["calls"].get(action, 0)) for report in reports]
    yield "least writes possible", [str(report["least_calls"]) for report in reports]
    yield "throttled", [str(report["throttled"]) for report in reports]
    yield "refused", [str(report["refused"]) for report in reports]
    yield "seconds from event to call (median)", [_seconds(report["latency_s"]["p50"]) for report in reports]
    yield "seconds from event to call (max)", [_seconds(report["latency_s"]["max"]) for report in reports]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def demo_table(report: dict[str, Any]) -> None:
    """Print the demo's report."""
    events, changes = report["events"], report["changes"]
    seen = Table(title="what came in", show_header=False, show_edge=False, title_justify="left")
    seen.add_column()
    seen.add_column(justify="right")
    for label, value in (
        ("events seen", events["total"]),
        *((f"  stopped at {gate}", count) for gate, count in report["stopped"].items()),
        ("  that asked for something else", events["relevant"]),
        ("record sets created", changes["created"]),
        ("record sets replaced", changes["replaced"]),
        ("record sets deleted", changes["deleted"]),
        ("seconds from an edit's event to its call, median", _seconds(report["latency_s"]["p50"])),
    ):
        seen.add_row(label, str(value))
    out = console()
    out.print()
    out.print(seen)
    out.print()
    out.print(_calls(report))
    click.echo(f"\ncalls from timestamp-only events: {report['useless_calls']}; throttled calls: {report['throttled']}")
    click.echo("external-dns was measured on the same stream, with its defaults and tuned: both of its caches on.")
    click.echo("Its writes are fewer because it deletes at once; here every deletion waits out its grace, and goes alone.")
    click.echo("GetChange follows a sample of the batches to all name servers, with calls that nobody else wants.")


def _calls(report: dict[str, Any]) -> Table:
    table = Table(title="Route53 calls on this stream", show_edge=False, title_justify="left")
    columns = {
        "dnsguard": report["calls"],
        "external-dns": report["external_dns"]["untuned"],
        "external-dns, tuned": report["external_dns"]["tuned"],
    }
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    for action in ("ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets", "GetChange"):
        table.add_row(action, *(str(calls.get(action, 0)) for calls in columns.values()))
    table.add_row("together", *(str(sum(calls.values())) for calls in columns.values()), end_section=True)
    table.add_row("least writes possible", str(report["least_calls"]))
    return table
