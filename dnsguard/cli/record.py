"""`dnsguard record`: make a tape of a live cluster."""

import asyncio
import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import click

from dnsguard.app import connected
from dnsguard.cli.running import run_until_told
from dnsguard.errors import ConfigError
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.modes.record import Spool
from dnsguard.modes.record import record as record_stream
from dnsguard.settings import load


@click.command("record", short_help="Record a live cluster as a tape.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The tape to write, NAME.jsonl.gz.")
@click.option("--seconds", type=click.FloatRange(min=1), help="How long; without it, until it is interrupted.")
def record(path: Path, output: Path, seconds: float | None) -> None:
    """Record the routes, Gateways, ListenerSets and Namespaces of a cluster as a tape for `dnsguard replay`."""
    settings = load(path, os.environ)
    resources = tuple(RESOURCES.values())

    def tell(text: str) -> None:
        click.echo(text, err=True)

    try:
        file = gzip.open(output, "wb")  # noqa: SIM115 -- it is entered below, apart from this error
    except OSError as error:
        raise ConfigError(f"--output {output}: {error.strerror}") from error
    with file:
        spool = Spool(file.write, resources, time.time)

        async def work() -> None:
            async with connected(settings) as api, asyncio.TaskGroup() as tasks:
                flushing = tasks.create_task(_flush(file.flush))
                await record_stream(api, resources, spool, Random(), tell, seconds)
                flushing.cancel()

        run_until_told(work())
    click.echo(f"{output}: {spool.lists} lists and {spool.frames} frames")


async def _flush(flush: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(1.0)
        flush()
