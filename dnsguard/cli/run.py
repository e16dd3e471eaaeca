"""`dnsguard run`: controller mode."""

import os
import sys
from pathlib import Path

import click

from dnsguard.app import Controller
from dnsguard.cli.running import INTERRUPTED, run_until_told
from dnsguard.cli.troubles import Standing, Troubles
from dnsguard.model.settings import Settings
from dnsguard.modes.tally import Counts, Tally
from dnsguard.settings import load


@click.command("run", short_help="Keep Route53 as the cluster's routes ask for it.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--once", is_flag=True, help="Do what is due now and leave: exit 0, or 1 if some of it failed.")
def run(path: Path, *, once: bool) -> None:
    """Keep Route53 as the cluster's routes ask for it, until SIGTERM or SIGINT."""
    settings = load(path, os.environ)
    if once:
        _once(settings)
    else:
        run_until_told(Controller(settings, log=sys.stderr).run())


def _once(settings: Settings) -> None:
    troubles, standing, tally = Troubles(), Standing(), Tally(float(settings.debounce.longest))
    controller = Controller(settings, listeners=(troubles.tell, standing.tell, tally.tell), log=sys.stderr)
    if run_until_told(controller.run(once=True, probes=False)):
        sys.exit(INTERRUPTED)
    counts = tally.counts()
    done = f"{counts.created} record sets created, {counts.replaced} replaced, {counts.deleted} deleted"
    if not controller.engine.idle():
        what = "nothing could be done" if counts == Counts() else f"{done}, and the rest could not be done"
        click.echo(f"dnsguard: {what}: {troubles.why()}", err=True)
        sys.exit(1)
    failed = standing.failed()
    if failed:
        click.echo(f"dnsguard: {done}, and {len(failed)} names were refused, such as {failed[0].name}: {failed[0].text}", err=True)
        sys.exit(1)
    click.echo(done)
