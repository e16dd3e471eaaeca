"""`dnsguard plan`: what would be sent now, with old and new value; nothing is."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dnsguard.app import Controller
from dnsguard.cli.running import run_until_told
from dnsguard.core.said import value
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.facts import Cleared, Fact, Reason, Verdict, Withheld
from dnsguard.modes.tally import is_txt, kind_of
from dnsguard.settings import load

TO_DO = 3
"""Exit status when there is something to do."""


@click.command("plan")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan(path: Path, *, as_json: bool) -> None:
    """Show what would be sent now: exit 0 if nothing, 3 if something, 1 if it could not be found out."""
    waiting = _Waiting()
    controller = Controller(load(path, os.environ), dry=True, listeners=(waiting.tell,))
    run_until_told(controller.run(once=True, probes=False))
    if not controller.engine.idle():
        click.echo("dnsguard: the plan could not be made; the lines above say why", err=True)
        sys.exit(1)
    changes = [change for _, _, units in controller.engine.planned() for unit in units for change in unit]
    found = [_described(change) for change in changes if not is_txt(change)]
    if as_json:
        json.dump({"changes": found, "waiting": [_verdict(verdict) for verdict in waiting.verdicts]}, sys.stdout, indent=2)
        click.echo()
    else:
        for line in _lines(found, waiting.verdicts, len(changes) - len(found)):
            click.echo(line)
    sys.exit(TO_DO if changes else 0)


class _Waiting:
    """The verdicts that stand."""

    def __init__(self) -> None:
        self.verdicts: dict[Verdict, None] = {}

    def tell(self, fact: Fact, _: float) -> None:
        match fact:
            case Withheld(verdict) if verdict.reason is not Reason.SHADOW:
                self.verdicts[verdict] = None
            case Cleared(verdict):
                self.verdicts.pop(verdict, None)
            case _:
                pass


def _described(change: Change) -> dict[str, Any]:
    record = change.before.value if isinstance(change, Delete) else change.after
    return {
        "change": kind_of(change),
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
    signs = {"created": "+", "replaced": "~", "deleted": "-"}
    for change in found:
        sides = " -> ".join(side for side in (change["old"], change["new"]) if side)
        name = change["name"] + (f" ({change['set_identifier']})" if change["set_identifier"] else "")
        yield f"{signs[change['change']]} {name}  {sides}"
    for verdict in verdicts:
        yield f"  {verdict.name}: {verdict.text} ({verdict.reason.value}; {verdict.way_out})"
    counts = [f"{sum(change['change'] == kind for change in found)} {kind}" for kind in signs]
    yield f"{', '.join(counts)}, with {texts} changes of ownership TXT" if found or texts else "nothing to do"
