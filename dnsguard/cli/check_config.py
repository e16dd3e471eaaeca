"""`dnsguard check-config`: is this config file right, and what does it come to?"""

import os
from pathlib import Path

import click

from dnsguard.settings import load, schema


@click.command("check-config", short_help="Check a config file, or print its JSON schema.")
@click.option("--config", "path", type=click.Path(path_type=Path), default=Path("config/dnsguard.yaml"), show_default=True)
@click.option("--schema", "as_schema", is_flag=True, help="Print the JSON schema of the config file instead.")
def check_config(path: Path, *, as_schema: bool) -> None:
    """Check a config file: exit 0 if it is right, 2 with one sentence if not."""
    if as_schema:
        import json

        click.echo(json.dumps(schema(), indent=2))
        return
    settings = load(path, os.environ)
    zones = "; ".join(", ".join(entry.domains) or "all zones of the account" for entry in settings.zones)
    click.echo(f"{path} is right: owner {settings.ownership.owner}, policy {settings.policy}, zones {zones}")
