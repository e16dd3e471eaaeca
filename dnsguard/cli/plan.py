"""`dnsguard plan`: what would be sent now, with old and new value; nothing is."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dnsguard.app import Controller
from dnsguard.cli.running import INTERRUPTED, run_until_told
from dnsguard.cli.troubles import Standing, Troubles, warnings
from dnsguard.core.ledger import record_of
from dnsguard.core.said import value
from dnsguard.model.changes import Change, Create, Delete, Replace, Upsert
from dnsguard.model.facts import Verdict
from dnsguard.modes.tally import is_txt
from dnsguard.settings import load

TO_DO = 3
"""Exit status when there is something to do."""
_KINDS: dict[type[Change], str] = {Create: "create", Replace: "replace", Upsert: "replace", Delete: "delete"}


@click.command("plan", short_help="Show what would be sent now, with old and new value.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan(path: Path, *, as_json: bool) -> None:
    """Show what would be sent now: exit 0 if nothing, 3 if something, 1 if it could not be found out."""
    settings = load(path, os.environ)
    troubles, standing = Troubles(), Standing()
    controller = Controller(settings, dry=True, listeners=(troubles.tell, standing.tell, warnings(settings)))
    if run_until_told(controller.run(once=True, probes=False)):
        sys.exit(INTERRUPTED)
    if not controller.engine.idle():
        click.echo(f"dnsguard: the plan could not be made: {troubles.why()}", err=True)
        sys.exit(1)
    changes = [change for _, _, units in controller.engine.planned() for unit in units for change in unit]
    found = [_described(change) for change in changes if not is_txt(change)]
    if as_json:
        json.dump({"changes": found, "waiting": [_verdict(verdict) for verdict in standing.verdicts]}, sys.stdout, indent=2)
        click.echo()
    else:
        for line in _lines(found, standing.verdicts, len(changes) - len(found)):
            click.echo(line)
    sys.exit(TO_DO if changes else 0)


def _described(change: Change) -> dict[str, Any]:
    record = record_of(change)
    return {
        "change": _KINDS[type(change)],
        "name": record.name,
        "type": record.type,
        "set_identifier": record.set_id,
        "old": None if isinstance(change, Create) else value(change.before.value),
        "new": None if isinstance(change, Delete) else value(change.after),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "type": verdict.type,
        "set_identifier": verdict.set_id,
        "reason": verdict.reason.value,
        "text": verdict.text,
        "way_out": verdict.way_out,
    }


def _lines(found: list[dict[str, Any]], verdicts: dict[Verdict, None], texts: int) -> Iterator[str]:
    signs = {"create": "+", "replace": "~", "delete": "-"}
    for change in found:
        sides = " -> ".join(side for side in (change["old"], change["new"]) if side)
        name = change["name"] + (f" ({change['set_identifier']})" if change["set_identifier"] else "")
        yield f"{signs[change['change']]} {name}  {sides}"
    for verdict in verdicts:
        yield f"  {verdict.name}: {verdict.text} ({verdict.reason.value}; {verdict.way_out})"
    counts = [f"{sum(change['change'] == kind for change in found)} to {kind}" for kind in signs]
    yield f"{', '.join(counts)}, with {texts} changes of ownership TXT" if found or texts else "nothing to do"
