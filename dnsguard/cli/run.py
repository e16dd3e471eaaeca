"""`dnsguard run`: controller mode."""

import os
import sys
from pathlib import Path

import click

from dnsguard.app import Controller
from dnsguard.cli.running import run_until_told
from dnsguard.settings import load


@click.command("run")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--once", is_flag=True, help="Do what is due now and leave: exit 0, or 1 if some of it failed.")
def run(path: Path, *, once: bool) -> None:
    """Keep Route53 as the cluster's routes ask for it."""
    controller = Controller(load(path, os.environ))
    run_until_told(controller.run(once=once, probes=not once))
    if once and not controller.engine.idle():
        sys.exit(1)
