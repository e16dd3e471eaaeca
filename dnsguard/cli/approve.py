"""`dnsguard approve`: show which deletions are parked, and let them go."""

from collections.abc import Iterator
from typing import Any

import click

from dnsguard.cli.asking import Service, asks, who
from dnsguard.core.durations import howlong as spoken

MOST = "1000"
"""Names of a zone that are listed."""


@click.command("approve", short_help="Show which deletions are parked, and let them go.")
@click.option("--zone", default="", help="Its id, or its name where only one zone has it; needed to let something go.")
@click.option("--checksum", default="", help="That of the parked names, as this command shows it: exactly these go.")
@click.option("--max", "most", type=click.IntRange(min=1), help="Instead: at most so many names.")
@click.option("--for", "howlong", default="", help="With --max: names that come within this time (10m) may go, too.")
@click.option("--by", default="", help="Who says so; the user of this machine if it is not said.")
@asks
def approve(service: Service, zone: str, checksum: str, most: int | None, howlong: str, by: str) -> None:
    """Let parked deletions of a zone go: exit 0 if they may, 1 if that was declined.

    Without --checksum and --max: list what is parked, and how to let exactly that go.
    """
    if checksum or most:
        if not zone:
            raise click.UsageError("Missing option '--zone': an approval is for one zone")
        service.order("approve", {"zone": zone, "checksum": checksum, "max": most, "for": howlong, "by": by or who()})
    if howlong:
        raise click.UsageError("--for goes with --max")
    status = service.get("/api/status")
    for line in _lines(service.get("/api/parked", {"limit": MOST} | ({"zone": zone} if zone else {})), status["now"]):
        click.echo(line)


def _lines(found: dict[str, Any], now: float) -> Iterator[str]:
    if not found["zones"]:
        yield "nothing is parked"
    for zone in found["zones"]:
        breaker, names = zone["breaker"], zone["names"]
        since = spoken(now - breaker["tripped_since"])
        yield (
            f"{zone['name']} ({zone['id']}): {breaker['parked']} names would lose their records, where {breaker['limit']} of"
            f" {breaker['owned']} may; all of them wait since {since}:"
        )
        yield from (f"  {name}" for name in names)
        if breaker["parked"] > len(names):
            yield f"  and {breaker['parked'] - len(names)} more"
        yield f"to let exactly these go: dnsguard approve --zone {zone['id']} --checksum {breaker['checksum']}"
