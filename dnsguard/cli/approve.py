"""`dnsguard approve`: let parked deletions go."""

import click

from dnsguard.cli.asking import Service, asks, who


@click.command("approve", short_help="Let parked deletions of a zone go.")
@click.option("--zone", required=True, help="Its id, or its name where only one zone has it.")
@click.option("--checksum", default="", help="That of the parked names, as `dnsguard status` shows it: exactly these go.")
@click.option("--max", "most", default=0, type=click.IntRange(min=0), help="Instead: at most so many names.")
@click.option("--for", "howlong", default="", help="With --max: names that come within this time (10m) may go, too.")
@click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")
@asks
def approve(service: Service, zone: str, checksum: str, most: int, howlong: str, by: str) -> None:
    """Let parked deletions of a zone go: exit 0 if they may, 1 if that was declined."""
    service.order("approve", {"zone": zone, "checksum": checksum, "max": most, "for": howlong, "by": by or who()})
