"""`dnsguard lab`: the strict Route53, the tape server, the contract suite and the churn generators, each alone."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from dnsguard.cli.running import run_until_told


@click.group("lab")
def lab() -> None:
    """Things to try dnsguard and other programs against (needs the extra dnsguard[lab])."""


@lab.command("route53")
@click.option("--listen", default="127.0.0.1:5353", show_default=True, help="host:port")
@click.option("--zone", "zones", multiple=True, default=("example.com",), show_default=True, help="Public zone to begin with.")
@click.option(
    "--profile", type=click.Choice(["legacy-5", "cbt-10", "none"]), default="cbt-10", show_default=True, help="The account's limits."
)
def route53(listen: str, zones: tuple[str, ...], profile: Any) -> None:
    """Serve a strict Route53 over HTTP."""
    from dnsguard.lab.route53_server import Route53Server
    from dnsguard.lab.strict import StrictRoute53

    strict = StrictRoute53(None if profile == "none" else profile)
    host, port = _address(listen)
    server = Route53Server(strict, host, port)
    try:
        server.start()
    except OSError as error:
        raise click.ClickException(f"nothing can listen at {listen}: {error.strerror}") from error
    for name in zones:
        click.echo(f"zone {name}: {strict.create_zone(name)}")
    click.echo(f"a strict Route53 at {server.url}: set AWS_ENDPOINT_URL_ROUTE_53 to it, and any credentials")
    run_until_told(_until_told())
    server.stop()


@lab.command("cluster")
@click.option("--tape", type=click.Path(path_type=Path), required=True, help="A recorded stream, NAME.jsonl.gz.")
@click.option("--listen", default="127.0.0.1:8001", show_default=True, help="host:port")
@click.option("--speed", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Times real time; 0 is as fast as it goes.")
def cluster(tape: Path, listen: str, speed: float) -> None:
    """Serve a tape as a Kubernetes API server."""
    from dnsguard.lab.cluster import TapeServer

    host, port = _address(listen)

    async def serve() -> None:
        server = TapeServer(tape, speed=speed or None)
        try:
            url = await server.listen(host, port)
        except OSError as error:
            raise click.ClickException(f"nothing can listen at {listen}: {error.strerror}") from error
        click.echo(f"{tape.name} as a cluster at {url}; its clock starts with the first watch")
        try:
            await _until_told()
        finally:
            await server.close()

    run_until_told(serve())


@lab.command("verify")
@click.option("--zone-id", required=True, help="A scratch zone: record sets are made and deleted in it.")
@click.option("--endpoint-url", default="", help="Another endpoint than AWS's.")
@click.option("--transcript", type=click.Path(path_type=Path), help="Where every request and answer is written.")
def verify(zone_id: str, endpoint_url: str, transcript: Path | None) -> None:
    """Hold a real Route53 zone against the contract that the strict one keeps."""
    from dnsguard.lab.verification import verify_zone

    lines: list[str] = []
    results = verify_zone(zone_id, endpoint_url, lines.append)
    if transcript is not None:
        transcript.write_text("\n".join(lines) + "\n")
    for result in results:
        if not result.holds:
            click.echo(f"{result.name} ({result.source}): {result.problem}")
    failed = sum(not result.holds for result in results)
    click.echo(f"{len(results) - failed} of {len(results)} cases hold")
    sys.exit(1 if failed else 0)


@lab.command("churn")
@click.argument("profile")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The tape to write, NAME.jsonl.gz.")
@click.option("--routes", type=click.IntRange(min=1), help="How many routes.")
@click.option("--seconds", type=click.FloatRange(min=1), help="How long the stream is.")
@click.option("--seed", type=int, default=0, show_default=True)
def churn(profile: str, output: Path, routes: int | None, seconds: float | None, seed: int) -> None:
    """Write a stream with the churn of PROFILE as a tape (a wrong name lists the right ones)."""
    from msgspec.structs import replace

    from dnsguard.lab.churn import PROFILES, write_tape

    if profile not in PROFILES:
        raise click.ClickException(f"{profile!r} is no profile; there are {', '.join(sorted(PROFILES))}")
    found = PROFILES[profile]
    scale = replace(found.scale, seed=seed)
    scale = replace(scale, routes=routes) if routes else scale
    scale = replace(scale, seconds=seconds) if seconds else scale
    write_tape(output, found.lines(scale))
    click.echo(f"{output}: {found.what}")


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise click.ClickException(f"--listen is {listen!r}, allowed is host:port such as 127.0.0.1:5353")
    return host, int(port)


async def _until_told() -> None:
    await asyncio.Event().wait()
