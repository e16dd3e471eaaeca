"""`dnsguard explain`: why a name points where it does, or why it does not."""

import json
import sys

import click

from dnsguard.cli.asking import Service, asks


@click.command("explain", short_help="Say why a name points where it does, or why not.")
@click.argument("host")
@click.option("--json", "as_json", is_flag=True, help="Print the sentences and the facts as JSON.")
@asks
def explain(service: Service, host: str, *, as_json: bool) -> None:
    """Say all that the running service knows of HOST: who asks for it, what stands there, what keeps it, what comes next."""
    found = service.get("/api/explain", {"host": host})
    if as_json:
        json.dump(found, sys.stdout, indent=2)
        click.echo()
        return
    answer, *others = found["sentences"]
    click.echo(answer)
    for sentence in others:
        click.echo(f"  {sentence}")
