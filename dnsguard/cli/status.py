"""`dnsguard status`: how the running service stands, and what is withheld."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from dnsguard.cli.asking import Service, asks
from dnsguard.cli.scorecard import span
from dnsguard.core.durations import spell


@click.command("status", short_help="Show how the running service stands.")
@click.option("--verdicts", "reason", default="", help="Show what is withheld for this reason (held, parked, grace, ...), oldest first.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@asks
def status(service: Service, reason: str, *, as_json: bool) -> None:
    """Show sources, zones, what is withheld and for how long, parked deletions, freezes and disputes."""
    if reason:
        found = service.get("/api/verdicts", {"reason": reason})
        lines = _verdicts(found)
    else:
        found = service.get("/api/status")
        lines = _lines(found)
    if as_json:
        json.dump(found, sys.stdout, indent=2)
        click.echo()
        return
    for line in lines:
        click.echo(line)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    state = "ready" if found["ready"] else "not ready: not every source is listed and resolved"
    yield f"owner {found['owner']}, policy {found['policy']}, {state}"
    for source in found["sources"]:
        trouble = f": {source['trouble']}" if source["trouble"] else ""
        yield f"source {source['kind']}: {source['objects']} objects" + ("" if source["listed"] else ", not listed yet") + trouble
    for zone in found["zones"]:
        yield from _zone(zone, found["now"])
    for reason in found["verdicts"]:
        oldest = f", the oldest for {span(reason['oldest'][0]['age'])}" if reason["oldest"] else ""
        yield f"withheld: {reason['reason']}: {reason['count']}{oldest} (dnsguard status --verdicts {reason['reason']})"
    for freeze in found["freezes"]:
        ends = "" if freeze["until"] is None else f", for {span(freeze['until'] - found['now'])} more"
        what = " ".join(part for part in (freeze["pattern"], freeze["zone"]) if part) or "everything"
        out = f"take the annotation of ConfigMap {freeze['sheet']} away" if freeze["sheet"] else "dnsguard thaw"
        yield f"frozen: {what} by {freeze['by'] or 'somebody'}: {freeze['reason']}{ends} ({out})"
    for contested in found["contested"]:
        sides = " against ".join(f"{', '.join(side['value'])} by {', '.join(side['writers']) or 'unknown'}" for side in contested["sides"])
        yield f"contested: {contested['object']}: {sides}; {', '.join(contested['published'])} stays published"


def _zone(zone: dict[str, Any], now: float) -> Iterator[str]:
    parts = [f"{zone['record_sets']} record sets, {zone['owned_names']} names are ours"]
    if not zone["read"]:
        parts = ["not read yet"]
    if zone["dirty"]:
        parts.append(f"{zone['dirty']} names wait to be sent")
    if zone["verified_at"] is not None:
        parts.append(f"read {span(now - zone['verified_at'])} ago")
    if zone["in_doubt"]:
        parts.append("a batch of unknown fate is looked after")
    for key, what in (("backoff_until", "no write"), ("read_backoff_until", "no read"), ("full_until", "full: no creation")):
        if zone[key] is not None and zone[key] > now:
            parts.append(f"{what} for {span(zone[key] - now)}")
    yield f"zone {zone['name']} ({zone['id']}, {zone['visibility']}): {'; '.join(parts)}"
    breaker = zone["breaker"]
    if breaker["tripped_since"] is not None:
        yield (
            f"  PARKED: {breaker['parked']} deletions wait for a word since {spell(round(now - breaker['tripped_since']))}"
            f" (at most {breaker['limit']} of {breaker['owned']} names may go):"
            f" {', '.join(breaker['first'])}{' ...' if breaker['parked'] > len(breaker['first']) else ''}"
        )
        yield f"  to let exactly these go: dnsguard approve --zone {zone['id']} --checksum {breaker['checksum']}"


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    for verdict in found["verdicts"]:
        row = " ".join(part for part in (verdict["type"], verdict["name"], verdict["set_id"]) if part)
        objects = f" [{', '.join(verdict['objects'])}]" if verdict["objects"] else ""
        yield f"{row}: for {span(verdict['age'])}: {verdict['text']} ({verdict['way_out']}){objects}"
    if found["total"] > len(found["verdicts"]):
        yield f"and {found['total'] - len(found['verdicts'])} more"
    if not found["total"]:
        yield "nothing is withheld for that reason"
