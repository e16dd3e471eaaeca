"""The findings of `dnsguard doctor` for people: short tables, then sentences."""

import click
from rich.table import Table

from dnsguard.cli.tables import console
from dnsguard.core.diagnosis.sentences import sentences
from dnsguard.core.diagnosis.words import percent, seconds
from dnsguard.model.findings import Cost, Findings

WRITERS = 8
"""Writers that are shown."""
FIELDS = 8
"""Fields that are shown."""


def show(stream: str, found: Findings) -> None:
    """Print *found* of *stream*."""
    out = console()
    pace = found.events / found.seconds if found.seconds else 0.0
    turned = (
        f", and {found.turned_back:,} ({percent(found.turned_back, found.updates)}) only turn a value back" if found.turned_back else ""
    )
    click.echo(
        f"{stream}: {found.events:,} events in {seconds(found.seconds)} ({pace:.1f} a second); of {found.updates:,} updates"
        f" {found.useless:,} ({percent(found.useless, found.updates)}) change nothing DNS can see{turned}"
    )
    cost = found.cost
    needs = f"{cost.hosts:,} names, {cost.record_sets:,} record sets, zones: {cost.zones:,}"
    tables = [("who writes", _writers(found)), ("what moves", _fields(found))] if found.writings else []
    for title, table in (*tables, (f"Route53 calls an hour, if it goes on like this ({needs})", _bills(cost))):
        click.echo(f"\n{title}")
        out.print(table)
    click.echo()
    for sentence in sentences(found):
        click.echo(sentence)
    click.echo("Assumed of the calls:")
    for assumption in found.cost.assumptions:
        click.echo(f"- {assumption}")
    for note in found.notes:
        click.echo(f"{stream}: {note}", err=True)


def _writers(found: Findings) -> Table:
    table = Table(show_edge=False)
    table.add_column("kind")
    table.add_column("writer", overflow="fold")
    for label in ("updates", "useless", "", "a second", "objects"):
        table.add_column(label, justify="right")
    for writing in found.writings[:WRITERS]:
        share = percent(writing.useless, writing.updates)
        counts = f"{writing.updates:,}", f"{writing.useless:,}", share, f"{writing.per_second:.2f}", f"{writing.objects:,}"
        table.add_row(writing.kind, writing.writer, *counts)
    return table


def _fields(found: Findings) -> Table:
    table = Table(show_edge=False)
    table.add_column("field", overflow="fold")
    table.add_column("kind")
    table.add_column("in useless updates", justify="right")
    table.add_column("in others", justify="right")
    rows: dict[tuple[str, str], tuple[int, int]] = {}
    for writing in found.writings:
        for moved in writing.moved:
            useless, relevant = rows.get((moved.field, writing.kind), (0, 0))
            rows[moved.field, writing.kind] = useless + moved.useless, relevant + moved.relevant
    for (field, kind), (useless, relevant) in sorted(rows.items(), key=lambda row: (-sum(row[1]), row[0]))[:FIELDS]:
        table.add_row(field, kind, f"{useless:,}", f"{relevant:,}")
    return table


def _bills(cost: Cost) -> Table:
    table = Table(show_edge=False)
    table.add_column("")
    for label in ("reads", "writes", "together", *(f"of {limit:g}/s" for limit in cost.limits)):
        table.add_column(label, justify="right")
    for bill in cost.bills:
        bound = "at most " if bill.at_most else ""
        shares = (f"{bound}{percent(bill.calls, limit * 3600)}" for limit in cost.limits)
        table.add_row(bill.program, f"{bill.reads:,.0f}", f"{bound}{bill.writes:,.0f}", f"{bound}{bill.calls:,.0f}", *shares)
    return table
