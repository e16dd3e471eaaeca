"""`dnsguard demo`: what dnsguard does, on this machine, without AWS and without a cluster."""

import json
import sys
import time

import click

from dnsguard.cli.running import INTERRUPTED, run_until_told


@click.command("demo", short_help="Show on this machine what dnsguard does.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--speed", default=16.0, show_default=True, type=click.FloatRange(1, 64), help="How many times as fast as recorded.")
def demo(*, as_json: bool, speed: float) -> None:
    """Play a recorded Traefik v3.1.0 stream over HTTP into an embedded strict Route53, and show what it cost."""
    # The lab is an extra: a production image does without it.
    from dnsguard.cli.tables import demo_table
    from dnsguard.lab.demo import lend_credentials, play

    lend_credentials()
    report: dict[str, object] = {}
    shown = _Progress()

    async def work() -> None:
        report.update(await play(speed, shown.show))

    if not as_json:
        click.echo("A recorded stream of Traefik v3.1.0 (200 routes, two replicas, 12 edits) flows over HTTP into a strict Route53.")
        click.echo(
            f"Everything lives {speed:g} times as fast; deletions wait out their grace of 5 minutes, so it takes about {480 / speed:.0f} s."
        )
    run_until_told(work())
    shown.end()
    if not report:
        sys.exit(INTERRUPTED)
    if as_json:
        json.dump(report, sys.stdout, indent=2)
        click.echo()
    else:
        demo_table(report)


class _Progress:
    """Says how far the demo is, on standard error: one line that moves on a terminal, a line every few seconds elsewhere."""

    def __init__(self) -> None:
        self._moving = sys.stderr.isatty()
        self._next = 0.0
        self._done = False

    def show(self, part: float, tally: object) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if self._done or (now < self._next and part < 1.0):
            return
        self._done = part >= 1.0
        self._next = now + (0.2 if self._moving else 5.0)
        stopped = sum(getattr(tally, "stopped", {}).values())
        calls = sum(getattr(tally, "calls", {}).values())
        line = f"{part:4.0%}  {stopped + getattr(tally, 'absorbed', 0)} events seen, {stopped} stopped, {calls} Route53 calls"
        click.echo(f"\r{line}   " if self._moving else line, err=True, nl=not self._moving)

    def end(self) -> None:
        """Leave the moving line."""
        if self._moving:
            click.echo("", err=True)
