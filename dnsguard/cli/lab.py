"""`dnsguard lab`: the strict Route53, the tape server, the contract suite and the churn generators, each alone."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dnsguard.cli.running import run_until_told


@click.group("lab", short_help="Things to try dnsguard and other programs against.")
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
    from dnsguard.lab.rehearsal import create_zone
    from dnsguard.lab.route53_server import Route53Server
    from dnsguard.lab.strict import StrictRoute53

    strict = StrictRoute53(None if profile == "none" else profile)
    made = [(name, create_zone(strict, name)) for name in zones]
    host, port = _address(listen)
    server = Route53Server(strict, host, port)
    try:
        server.start()
    except OSError as error:
        raise _deaf(listen, error) from error
    for name, zone in made:
        click.echo(f"zone {name}: {zone}")
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
            raise _deaf(listen, error) from error
        click.echo(f"{tape.name} as a cluster at {url}; its clock starts with the first watch")
        try:
            await _until_told()
        finally:
            await server.close()

    run_until_told(serve())


@lab.command("verify", short_help="Hold a real zone against the lab's contract.")
@click.option("--zone-id", required=True, help="A scratch zone: record sets are made and deleted in it.")
@click.option("--endpoint-url", default="", help="Another endpoint than AWS's.")
@click.option("--transcript", type=click.Path(path_type=Path), help="Where every request and answer is written.")
def verify(zone_id: str, endpoint_url: str, transcript: Path | None) -> None:
    """Hold a real Route53 zone against the contract that the strict one keeps."""
    from dnsguard.lab.verification import verify_zone

    with _written(transcript) as tell:
        results = verify_zone(zone_id, endpoint_url, tell)
    for result in results:
        if not result.holds:
            click.echo(f"{result.name} ({result.source}): {result.problem}")
    failed = sum(not result.holds for result in results)
    click.echo(f"{len(results) - failed} of {len(results)} cases hold")
    sys.exit(1 if failed else 0)


@lab.command("churn", short_help="Write the churn of a known controller as a tape.")
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
    try:
        write_tape(output, found.lines(scale))
    except OSError as error:
        raise click.ClickException(f"--output {output} cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {found.what}")


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.ClickException(f"--listen is {listen!r}, allowed is host:port such as 127.0.0.1:5353")
    return host.strip("[]"), int(port)


def _deaf(listen: str, error: OSError) -> click.ClickException:
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else (error.strerror or "").partition(" (while")[0]
    return click.ClickException(f"nothing can listen at {listen}: {why}")


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Give what writes a line to the file *path*, or nowhere."""
    if path is None:
        yield lambda _: None
        return
    try:
        file = path.open("w")
    except OSError as error:
        raise click.ClickException(f"--transcript {path} cannot be written: {error.strerror}") from error
    with file:
        yield lambda line: print(line, file=file, flush=True)


async def _until_told() -> None:
    await asyncio.Event().wait()
