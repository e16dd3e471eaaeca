"""`dnsguard doctor`: who churns, how much of it is useless, what it costs, and which known bug it looks like."""

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import click
import msgspec

from dnsguard.app import build_diagnosis, connected, kinds_of
from dnsguard.cli.replay import defaults
from dnsguard.cli.running import run_until_told
from dnsguard.core.diagnosis.sentences import sentences
from dnsguard.core.durations import parse
from dnsguard.errors import ClusterUnavailable
from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Tape, events, read_tape
from dnsguard.model.findings import Findings
from dnsguard.model.settings import Settings
from dnsguard.modes.doctor import examine
from dnsguard.modes.record import Spool, record
from dnsguard.settings import load

CHEAP = 30_000
"""Names asked for anew up to which the engine is run on the stream, about two seconds; beyond, its writes are bounded instead."""


@click.command("doctor", short_help="Tell who churns, what it costs, and which known bug it looks like.")
@click.argument("tapes", nargs=-1, type=click.Path(path_type=Path))
@click.option("--config", "path", type=click.Path(path_type=Path), help="Config file; without it, on tapes, as `dnsguard replay`.")
@click.option("--for", "span", default="60s", show_default=True, help="Without TAPES: how long to watch the cluster of --config.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(tapes: tuple[Path, ...], path: Path | None, span: str, *, as_json: bool) -> None:
    """Tell who writes what in TAPES, or in the cluster of --config, and how much of it DNS can see.

    The cluster is only watched; Ctrl-C ends that early, and the findings are about what was seen.
    """
    if not tapes and path is None:
        raise click.UsageError("name a tape, or a cluster with --config")
    if tapes and click.get_current_context().get_parameter_source("span") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--for goes with a cluster, not with tapes")
    settings = load(path, os.environ) if path is not None else defaults()
    found = [_tape(settings, tape) for tape in tapes] if tapes else [_cluster(settings, _seconds(span))]
    if as_json:
        reports = [{"stream": stream, **_rounded(msgspec.to_builtins(each)), "sentences": list(sentences(each))} for stream, each in found]
        json.dump(reports[0] if len(reports) == 1 else reports, sys.stdout, indent=2)
        click.echo()
        return
    from dnsguard.cli.findings import show

    for stream, each in found:
        show(stream, each)


def _rounded(value: Any) -> Any:
    """Return JSON whose numbers do not claim more than three decimals."""
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value


def _tape(settings: Settings, path: Path) -> tuple[str, Findings]:
    tape = read_tape(path)
    return path.name, _diagnosed(settings, tape, tape.seconds)


def _diagnosed(settings: Settings, tape: Tape, seconds: float, notes: Iterable[str] = ()) -> Findings:
    diagnosis = build_diagnosis(settings)
    examine(tape, diagnosis, kinds_of(settings))
    written = None
    if diagnosis.effort <= CHEAP and all(entry.domains for entry in settings.zones):
        # The lab is an extra: a production image does without most of it.
        from dnsguard.lab.rehearsal import later_writes

        written = later_writes(settings, lambda: events(tape, kinds_of(settings)))
    return diagnosis.findings(seconds, written, notes)


def _cluster(settings: Settings, seconds: float) -> tuple[str, Findings]:
    """Watch a cluster for *seconds*, into a tape that is gone afterwards."""
    resources = tuple(RESOURCES[kind] for kind in kinds_of(settings))
    told: dict[str, None] = {}

    def tell(text: str) -> None:
        told[text] = None
        click.echo(text, err=True)

    with tempfile.TemporaryDirectory(prefix="dnsguard-") as folder:
        path = Path(folder) / "stream.jsonl.gz"
        with gzip.open(path, "wb", compresslevel=1) as file:
            spool, begun = Spool(file.write, resources, time.time), time.monotonic()

            async def work() -> None:
                async with connected(settings) as api:
                    click.echo(f"watching the cluster for {seconds:g} s; Ctrl-C ends it early", err=True)
                    await record(api, resources, spool, Random(), tell, seconds)

            run_until_told(work())
            passed = time.monotonic() - begun
        tape = read_tape(path)
    if not any(line.op == "list" and line.resource == RESOURCES["HTTPRoute"].tape_name for line in tape.lines):
        why = next(iter(told), "it was ended before they were")
        raise ClusterUnavailable(f"the routes could not be listed, so there is nothing to diagnose: {why.rstrip('.')}")
    return "cluster", _diagnosed(settings, tape, passed, told)


def _seconds(span: str) -> float:
    try:
        seconds = float(parse(span))
    except ValueError as error:
        raise click.UsageError(f"--for: {error}") from error
    if seconds < 1:
        raise click.UsageError(f"--for is {span!r}, allowed is at least 1s")
    return seconds
