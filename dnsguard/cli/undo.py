"""`dnsguard undo` and `dnsguard restore`: show what going back would do, and do exactly that."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from dnsguard.cli.asking import Service, asks, who

SHOWN = 1000
"""Names of each kind that are listed."""
PATIENCE = 330.0
"""Seconds for an answer: the service may have to read a large zone first."""
SIGNS = {"create": "+", "replace": "~", "delete": "-"}

_CHECKSUM = click.option("--checksum", default="", help="That of the plan, as this command shows it: exactly that is done.")
_YES = click.option("--yes", is_flag=True, help="Show the plan and do exactly that at once.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
_BY = click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")


@click.command("undo", short_help="Show what undoing a batch would do, and do it.")
@click.argument("batch")
@_CHECKSUM
@_YES
@_JSON
@_BY
@asks
def undo(service: Service, batch: str, checksum: str, by: str, *, yes: bool, as_json: bool) -> None:
    """Turn back what BATCH (as `dnsguard history` names it) changed: exit 0 if that is under way or shown, 1 if it was declined.

    Without --checksum and --yes: show what would be done, what is left alone and why, and how to do exactly that.
    """
    _go_back(service, "undo", {"batch": batch}, f"dnsguard undo {batch}", checksum, by, yes=yes, as_json=as_json)


@click.command("restore", short_help="Show what restoring a zone to a moment would do, and do it.")
@click.option("--zone", required=True, help="Its id, or its name where only one zone has it.")
@click.option("--to", required=True, help="The moment (2026-11-25T14:00:00Z), or how long ago (10m).")
@_CHECKSUM
@_YES
@_JSON
@_BY
@asks
def restore(service: Service, zone: str, to: str, checksum: str, by: str, *, yes: bool, as_json: bool) -> None:
    """Turn back what was changed in a zone since a moment: exit 0 if that is under way or shown, 1 if it was declined.

    Without --checksum and --yes: show what would be done, what is left alone and why, and how to do exactly that.
    """
    _go_back(service, "restore", {"zone": zone, "to": to}, "dnsguard restore", checksum, by, yes=yes, as_json=as_json)


def _go_back(service: Service, kind: str, asked: dict[str, str], command: str, checksum: str, by: str, *, yes: bool, as_json: bool) -> None:
    if as_json and (yes or checksum):
        raise click.UsageError("--json is for looking, without --yes and --checksum")
    order = {"by": by or who(), "checksum": checksum}
    if checksum:
        service.order(kind, asked | order, PATIENCE)
    found = service.get(f"/api/{kind}", asked, PATIENCE)
    if "text" in found:
        click.echo(found["text"], err=True)
        sys.exit(1)
    if kind == "restore":
        # The moment itself: how long ago means another one when it is ordered.
        asked = {"zone": found["zone"], "to": found["what"]}
        command += f" --zone {found['zone']} --to {found['what']}"
    if as_json:
        json.dump(found, sys.stdout, indent=2)
        click.echo()
    else:
        for line in _lines(found):
            click.echo(line)
        if found["checksum"] and not yes:
            click.echo(f"to do exactly this: {command} --checksum {found['checksum']}")
    if yes and found["checksum"]:
        service.order(kind, asked | order | {"checksum": found["checksum"]}, PATIENCE)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    back, left = found["back"], sorted(found["left"], key=lambda each: each["why"] == "already")
    what = f"undo of {found['what']}" if found["kind"] == "undo" else f"restore to {found['what']}"
    yield (
        f"{what} in {found['zone_name']} ({found['zone']}): {_count(len(back), 'name')} would be turned back,"
        f" {_count(len(left), 'record set')} left alone"
    )
    for name in back[:SHOWN]:
        # The TXT of a record set says nothing new.
        changes = [change for change in name["changes"] if change["type"] != "TXT"] or name["changes"]
        yield from (_change(name["name"], change) for change in changes)
    yield from _more(len(back))
    if left:
        yield "left alone:"
    for each in left[:SHOWN]:
        set_id = f" ({each['set_id']})" if each["set_id"] else ""
        yield f"  {each['name']} {each['type']}{set_id}: {each['text']}"
    yield from _more(len(left))
    if back:
        yield f"it would stay so, whatever objects ask for, until dnsguard thaw --undone {found['what']}"


def _change(name: str, change: dict[str, Any]) -> str:
    sides = " -> ".join(side for side in (change["before"], change["after"]) if side)
    set_id = f" ({change['set_id']})" if change["set_id"] else ""
    return f"  {SIGNS[change['change']]} {name}{set_id}  {sides}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _more(count: int) -> Iterator[str]:
    if count > SHOWN:
        yield f"  and {count - SHOWN} more (--json has all)"
