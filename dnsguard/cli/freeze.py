"""`dnsguard freeze` and `dnsguard thaw`: write nothing for a while, and go on."""

import click

from dnsguard.cli.asking import Service, asks, who


@click.command("freeze", short_help="Write nothing: of everything, a zone, or some names.")
@click.argument("pattern", default="")
@click.option("--zone", default="", help="Only this zone, by id or name.")
@click.option("--for", "howlong", default="", help="How long, such as 2h; until `dnsguard thaw` if it is not said.")
@click.option("--reason", required=True, help="Why, for whoever looks at it.")
@click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")
@asks
def freeze(service: Service, pattern: str, zone: str, howlong: str, reason: str, by: str) -> None:
    """Write nothing of the names that PATTERN means (a.example.com, *.example.com; none: all). What would be sent is shown."""
    service.order("freeze", {"pattern": pattern, "zone": zone, "for": howlong, "reason": reason, "by": by or who()})


@click.command("thaw", short_help="End a freeze, or release what was undone.")
@click.argument("pattern", default="")
@click.option("--zone", default="", help="The zone that was frozen.")
@click.option("--undone", default="", help="Release what was undone with this: a batch, or the moment a zone was restored to.")
@click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")
@asks
def thaw(service: Service, pattern: str, zone: str, undone: str, by: str) -> None:
    """End the freeze of the same PATTERN and zone.

    Where there is none, release the names that PATTERN means and that were undone: what objects ask for counts again.
    """
    service.order("thaw", {"pattern": pattern, "zone": zone, "undone": undone, "by": by or who()})
