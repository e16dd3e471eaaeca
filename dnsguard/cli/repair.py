"""`dnsguard repair`: put back what somebody else edited or deleted."""

import click

from dnsguard.cli.asking import Service, asks, who


@click.command("repair", short_help="Put back what somebody else edited or deleted.")
@click.argument("host")
@click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")
@asks
def repair(service: Service, host: str, by: str) -> None:
    """Put back what is wanted of HOST: exit 0 if that is under way, 1 if nobody is known to have touched it."""
    service.order("repair", {"name": host, "by": by or who()})
