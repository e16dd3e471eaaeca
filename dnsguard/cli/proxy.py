"""`dnsguard proxy`: proxy mode."""

import os
import sys
from pathlib import Path

import click

from dnsguard.app import run_proxy
from dnsguard.cli.running import run_until_told
from dnsguard.settings import load_proxy


@click.command("proxy", short_help="Stand between an external-dns and the API server.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
def proxy(path: Path) -> None:
    """Stand between any external-dns and the API server, until SIGTERM or SIGINT.

    Point external-dns at it with --server=http://127.0.0.1:8001: an update that DNS cannot see reaches it as a bookmark, and no
    resync follows. The config file needs nothing about zones.
    """
    run_until_told(run_proxy(load_proxy(path, os.environ), sys.stderr))
