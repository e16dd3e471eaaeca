"""`dnsguard check-config`: is this config file right, and what does it come to?"""

import os
from pathlib import Path

import click

from dnsguard.settings import load, load_proxy, schema


@click.command("check-config", short_help="Check a config file, or print its JSON schema.")
@click.option("--config", "path", type=click.Path(path_type=Path), default=Path("config/dnsguard.yaml"), show_default=True)
@click.option("--schema", "as_schema", is_flag=True, help="Print the JSON schema of the config file instead.")
@click.option("--proxy", "for_proxy", is_flag=True, help="Check it for proxy mode, which needs nothing about zones.")
def check_config(path: Path, *, as_schema: bool, for_proxy: bool) -> None:
    """Check a config file: exit 0 if it is right, 2 with one sentence if not."""
    if as_schema:
        import json

        click.echo(json.dumps(schema(), indent=2))
        return
    if for_proxy:
        proxy = load_proxy(path, os.environ).proxy
        click.echo(f"{path} is right for the proxy: listens at {proxy.listen}, preset {proxy.preset}")
        return
    settings = load(path, os.environ)
    zones = "; ".join(", ".join(entry.domains) or "all zones of the account" for entry in settings.zones)
    click.echo(f"{path} is right: owner {settings.ownership.owner}, policy {settings.policy}, zones {zones}")
