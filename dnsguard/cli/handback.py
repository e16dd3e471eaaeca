"""`dnsguard handback`: what external-dns would delete, create or change at once, were it started instead of dnsguard."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec.structs import asdict

from dnsguard.app import Controller
from dnsguard.cli.running import INTERRUPTED, run_until_told
from dnsguard.cli.troubles import Troubles, warnings
from dnsguard.model.handback import Handback, Step
from dnsguard.settings import load

TO_DO = 3
"""Exit status when external-dns would do something."""
APPROXIMATE = (
    "it is what external-dns v0.22 with the same owner id and affixes, both annotation prefixes and policy sync would do for"
    " gateway-httproute; where it decides otherwise than dnsguard on purpose (docs/differences.md), this is an approximation"
)
NOT_JUDGED = {
    "other-source": "belong to other sources by their TXT: external-dns keeps them if it runs with these sources, and deletes them if not",
    "occluded": "lie in a zone that their name does not belong to",
    "invalid": "are asked for in a way that can be no record set",
}
_SIGNS = {"create": "+", "change": "~", "delete": "-"}


@click.command("handback", short_help="Show what external-dns would do at once in our place.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
def handback(path: Path, *, as_json: bool) -> None:
    """Show what external-dns would do at once in our place: exit 0 if nothing, 3 if something, 1 if it could not be found out.

    The cluster and the zones are looked at anew; nothing is written.
    """
    settings = load(path, os.environ)
    troubles = Troubles()
    controller = Controller(settings, dry=True, listeners=(troubles.tell, warnings(settings)))
    if run_until_told(controller.run(once=True, probes=False)):
        sys.exit(INTERRUPTED)
    if not controller.engine.idle():
        click.echo(f"dnsguard: what external-dns would do could not be found out: {troubles.why()}", err=True)
        sys.exit(1)
    found = controller.engine.handback(controller.clock.now())
    if as_json:
        steps = [asdict(step) for step in found.steps]
        json.dump({"steps": steps, "not_judged": found.not_judged, "approximate": APPROXIMATE}, sys.stdout, indent=2)
        click.echo()
    else:
        for line in _lines(found):
            click.echo(line)
    sys.exit(TO_DO if found.steps else 0)


def _lines(found: Handback) -> Iterator[str]:
    yield from map(_line, found.steps)
    counts = [f"{sum(step.kind == kind for step in found.steps)} to {kind}" for kind in ("delete", "change", "create")]
    yield f"{', '.join(counts)} at once" if found.steps else "external-dns would have nothing to do"
    for reason, count in found.not_judged.items():
        yield f"not judged: {count} record sets of ours {NOT_JUDGED[reason]}"
    yield APPROXIMATE


def _line(step: Step) -> str:
    sides = " -> ".join(side for side in (step.stands, step.wants) if side)
    name = step.name + (f" ({step.set_id})" if step.set_id else "")
    return f"{_SIGNS[step.kind]} {name}  {sides}  ({step.why})"
