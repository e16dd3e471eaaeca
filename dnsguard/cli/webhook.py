"""`dnsguard webhook`: the sidecar of an unmodified external-dns."""

import os
import sys
from pathlib import Path

import click

from dnsguard.cli.running import run_until_told
from dnsguard.settings import load
from dnsguard.sidecar import attend


@click.command("webhook", short_help="Answer external-dns as its webhook provider.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
def webhook(path: Path) -> None:
    """Carry out what external-dns (--provider=webhook) asks, until SIGTERM or SIGINT."""
    run_until_told(attend(load(path, os.environ), sys.stderr))
