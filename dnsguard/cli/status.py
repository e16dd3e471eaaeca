"""`dnsguard status`: how the running service stands, and what is withheld."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from dnsguard.cli.asking import Service, asks
from dnsguard.core.durations import howlong

MOST = "1000"
"""Verdicts that are listed."""


@click.command("status", short_help="Show how the running service stands.")
@click.option("--verdicts", "reason", default="", help="Show what is withheld for this reason (held, parked, grace, ...), oldest first.")
@click.option("--unapplied", is_flag=True, help="Show what external-dns asked, was accepted, and is not carried out, oldest first.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@asks
def status(service: Service, reason: str, *, unapplied: bool, as_json: bool) -> None:
    """Show sources, zones, what is withheld and for how long, parked deletions, freezes and disputes."""
    if unapplied:
        found = service.get("/api/unapplied", {"limit": MOST})
        lines = _unapplied(found)
    elif reason:
        found = service.get("/api/verdicts", {"reason": reason, "limit": MOST})
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
    now = found["now"]
    state = "ready" if found["ready"] else "not ready: not every source is listed and resolved"
    yield f"{found['mode']}, owner {found['owner']}, policy {found['policy']}, {state}"
    for source in found["sources"]:
        yield _source(source, now)
    yield from _objects(found)
    for zone in found["zones"]:
        yield from _zone(zone, now)
    if not found["zones"]:
        yield "no hosted zone is in use"
    waiting = found["unapplied"]
    if waiting is not None and waiting["total"]:
        since = howlong(waiting["age"])
        yield f"accepted and not carried out: {waiting['total']} names, the oldest for {since} (dnsguard status --unapplied)"
    for reason in found["verdicts"]:
        oldest = f", the oldest for {howlong(reason['oldest'][0]['age'])}" if reason["oldest"] else ""
        yield f"withheld: {reason['reason']}: {reason['count']}{oldest} (dnsguard status --verdicts {reason['reason']})"
    for freeze in found["freezes"]:
        ends = "" if freeze["until"] is None else f", for {howlong(freeze['until'] - now)} more"
        what = " ".join(part for part in (freeze["pattern"], freeze["zone"]) if part) or "everything"
        out = f"take the annotation of ConfigMap {freeze['sheet']} away" if freeze["sheet"] else "dnsguard thaw"
        yield f"frozen: {what} by {freeze['by'] or 'somebody'}: {freeze['reason']}{ends} ({out})"
    for undone in found.get("undone", ()):
        yield _undone(undone, now)
    for budget in found["budgets"]:
        yield from _budget(budget, now)


def _undone(undone: dict[str, Any], now: float) -> str:
    what = f"undo of {undone['what']}" if undone["kind"] == "undo" else f"restore to {undone['what']}"
    names = ", ".join(undone["first"]) + (" ..." if undone["names"] > len(undone["first"]) else "")
    return (
        f"undone: {undone['names']} names of {undone['zone_name']} by {undone['by']} {howlong(now - undone['at'])} ago ({what}): {names};"
        f" they stay so until dnsguard thaw --undone {undone['what']}"
    )


def _source(source: dict[str, Any], now: float) -> str:
    said = f"source {source['kind']}: {source['objects']} objects"
    if not source["listed"]:
        said += ", not listed yet"
    if source["lost_since"] is not None:
        said += f", out of reach since {howlong(now - source['lost_since'])}: {source['trouble']}"
    return said


def _objects(found: dict[str, Any]) -> Iterator[str]:
    for contested in found["contested"]:
        sides = " against ".join(f"{', '.join(side['value'])} by {', '.join(side['writers']) or 'unknown'}" for side in contested["sides"])
        yield f"contested: {contested['object']}: {sides}; {', '.join(contested['published'])} stays published"
    for ref, why in found["unreadable"]:
        yield f"not understood: {ref}: {why}"
    for key, what in (("contested", "are contested"), ("unreadable", "are not understood")):
        more = found[f"{key}_total"] - len(found[key])
        if more:
            yield f"{more} more objects {what}"
    if found["doubtful"]:
        yield f"doubtful: {found['doubtful']} objects vanished without proof: what they ask for stays"


def _zone(zone: dict[str, Any], now: float) -> Iterator[str]:
    parts = [f"{zone['record_sets']} record sets, {zone['owned_names']} names are ours"]
    if not zone["read"]:
        parts = ["not read yet"]
    if zone["dirty"]:
        due = "" if zone["due_since"] is None else f", the oldest is due since {howlong(now - zone['due_since'])}"
        parts.append(f"{zone['dirty']} names wait to be sent{due}")
    if zone["searched"]:
        parts.append(f"{zone['searched']} of them go apart, for their batch was refused for a reason that names nobody")
    if zone["sent_at"] is not None:
        doubt = "of unknown fate, is looked after" if zone["in_doubt"] else "is on its way"
        parts.append(f"a batch that left {howlong(now - zone['sent_at'])} ago {doubt}")
    for key, what in (("backoff_until", "no write"), ("read_backoff_until", "no read"), ("full_until", "full: no creation")):
        if zone[key] is not None:
            parts.append(f"{what} for {howlong(zone[key] - now)}")
    if zone["denied"]:
        parts.append(f"{zone['denied']} names in a row were denied")
    if zone["verified_at"] is not None:
        parts.append(f"read {howlong(now - zone['verified_at'])} ago")
    yield f"zone {zone['name']} ({zone['id']}, {zone['visibility']}): {'; '.join(parts)}"
    breaker = zone["breaker"]
    if breaker["tripped_since"] is not None:
        yield (
            f"  PARKED: {breaker['parked']} deletions wait for a word since {howlong(now - breaker['tripped_since'])}"
            f" (at most {breaker['limit']} of {breaker['owned']} names may go):"
            f" {', '.join(breaker['first'])}{' ...' if breaker['parked'] > len(breaker['first']) else ''}"
        )
        yield f"  to let exactly these go: dnsguard approve --zone {zone['id']} --checksum {breaker['checksum']}"


def _budget(budget: dict[str, Any], now: float) -> Iterator[str]:
    whose = budget["account"] or "the default account"
    slow = [f"{bucket['name']} at {bucket['factor']:.0%}" for bucket in budget["buckets"] if bucket["factor"] < 1]
    debts = [bucket["name"] for bucket in budget["buckets"] if bucket["tokens"] < 0]
    if budget["throttles"]:
        rates = f"; rates: {', '.join(slow)}" if slow else ""
        yield f"throttled: {whose}: {budget['throttles']} times, the last {howlong(now - budget['throttled_at'])} ago{rates}"
    if debts:
        yield f"budget of {whose} in debt: {', '.join(debts)}"


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    for verdict in found["verdicts"]:
        row = " ".join(part for part in (verdict["type"], verdict["name"], verdict["set_id"]) if part)
        objects = f" [{', '.join(verdict['objects'])}]" if verdict["objects"] else ""
        yield f"{row}: for {howlong(verdict['age'])}: {verdict['text']} ({verdict['way_out']}){objects}"
    if found["total"] > len(found["verdicts"]):
        yield f"and {found['total'] - len(found['verdicts'])} more"
    if not found["total"]:
        yield "nothing is withheld for that reason"


def _unapplied(found: dict[str, Any]) -> Iterator[str]:
    for each in found["requests"]:
        row = " ".join(part for part in (each["type"], each["name"], each["set_id"]) if part)
        what = "change" if each["reason"] == "invalid" else "delete" if each["wanted"] is None else "write"
        why = f"{each['reason']}: {each['text']} ({each['way_out']})" if each["text"] else each["reason"]
        shown = "" if each["told"] else "; external-dns is told that it does not stand"
        yield f"{what} {row}: for {howlong(each['age'])}: {why}{shown}"
    if not found["total"]:
        yield "all that external-dns asked is carried out"
