"""`dnsguard scorecard`: what the running service did or, under shadow, would have done."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from rich.table import Table

from dnsguard.cli.asking import Service, asks
from dnsguard.cli.tables import console
from dnsguard.web.scorecard import PATH

SHOWN = 50
"""Held deletions, and divergences, that are shown as text."""
REASONS = {"held": "status lost", "grace": "grace", "parked": "breaker", "doubtful": "vanished without proof"}
SHADOW_OUTCOMES = {"standing": "still held", "called-back": "called back", "deleted": "would have gone", "gone": "deleted by somebody else"}
OUTCOMES = {**SHADOW_OUTCOMES, "deleted": "deleted"}


@click.command("scorecard", short_help="Show what the running service did or, under shadow, would have done.")
@click.option("--json", "as_json", is_flag=True, help="Print the scorecard as JSON.")
@asks
def scorecard(service: Service, *, as_json: bool) -> None:
    """Show what the running service counted since it began: events, calls, deletions held back, divergences."""
    card = service.get(PATH)
    if as_json:
        json.dump(card, sys.stdout, indent=2)
        click.echo()
        return
    shadow = card["policy"] == "shadow"
    click.echo(f"since {card['since']} ({span(card['seconds'])}), policy {card['policy']}\n")
    table = Table(show_header=False, show_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for label, value in _rows(card, shadow=shadow):
        table.add_row(label, str(value))
    console().print(table)
    for title, lines in (("deletions held back", _held(card, shadow=shadow)), ("divergences", _divergences(card))):
        shown = list(lines)
        if shown:
            click.echo(f"\n{title}:")
            click.echo("\n".join(shown[:SHOWN]))
        if len(shown) > SHOWN:
            click.echo(f"  and {len(shown) - SHOWN} more (--json)")


def _rows(card: dict[str, Any], *, shadow: bool) -> Iterator[tuple[str, Any]]:
    deletions, calls = card["deletions"], card["calls"]
    yield "events", card["events"]["total"]
    yield "  stopped as irrelevant", card["events"]["stopped"]
    yield "calls that read", sum(count for action, count in calls.items() if action != "ChangeResourceRecordSets")
    if shadow:
        yield "  only to look what somebody else did", card["looks"]
    yield "calls that would have written, at least" if shadow else "calls that wrote", card["writes"]
    for kind, count in card["changes"].items():
        yield f"  record sets {kind}", count
    if shadow:
        yield "changes that somebody else made likewise", card["agreed"]
    yield "deletions held back", deletions["held"]
    for outcome, count in (("standing", "standing"), ("called-back", "called_back"), ("deleted", "deleted"), ("gone", "gone")):
        yield f"  {(SHADOW_OUTCOMES if shadow else OUTCOMES)[outcome]}", deletions[count]
    yield "  seen deleted by somebody else meanwhile", deletions["seen_gone"]
    yield "  held longest", span(deletions["longest_seconds"])
    yield f"divergences of more than {span(card['divergences']['patience_seconds'])}", card["divergences"]["total"]
    yield "  that stand", card["divergences"]["standing"]


def _held(card: dict[str, Any], *, shadow: bool) -> Iterator[str]:
    outcomes = SHADOW_OUTCOMES if shadow else OUTCOMES
    for held in card["deletions"]["listed"]:
        reasons = ", then ".join(REASONS.get(reason, reason) for reason in held["reasons"])
        seen = f"; seen deleted by somebody else at {held['gone_at']}" if held["gone_at"] else ""
        seen += f" and back at {held['back_at']}" if held["back_at"] else ""
        yield f"  {_row(held)}: {reasons}: {span(held['seconds'])} since {held['since']}: {outcomes[held['outcome']]}{seen}"


def _divergences(card: dict[str, Any]) -> Iterator[str]:
    for found in card["divergences"]["listed"]:
        wanted = f", wanted is {found['wanted']}" if found["wanted"] else ""
        until = f" until {found['until']}" if found["until"] else ", still"
        yield f"  {found['name']}: {found['reason']}: {found['stands']}{wanted}: since {found['since']}{until}"


def _row(held: dict[str, Any]) -> str:
    set_id = f" ({held['set_identifier']})" if held["set_identifier"] else ""
    return f"{held['name']}{' ' + held['type'] if held['type'] else ''}{set_id}"


def span(seconds: float) -> str:
    """Return *seconds* in its two largest units."""
    left = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
