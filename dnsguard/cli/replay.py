"""`dnsguard replay`: a recorded stream through the engine, against a simulated zone, under virtual time."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from dnsguard.app import kinds_of
from dnsguard.kubernetes.tape import events
from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.settings import load


@click.command("replay", short_help="Replay tapes against a simulated Route53 and report.")
@click.argument("tapes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--config", "path", type=click.Path(path_type=Path), help="Config file; without it owner lab, policy sync, zone example.com.")
@click.option("--zone", "zones", multiple=True, help="Name of a zone to simulate, instead of those the config names.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--records", "with_records", is_flag=True, help="With --json: the record sets that the zones end with.")
@click.option("--seed", default=0, show_default=True, help="Seed of the jitter.")
def replay(tapes: tuple[Path, ...], path: Path | None, zones: tuple[str, ...], *, as_json: bool, with_records: bool, seed: int) -> None:
    """Replay TAPES through the engine, each into an empty simulated Route53, and report what it cost and why."""
    if with_records and not as_json:
        raise click.UsageError("--records goes with --json only")
    # The lab is an extra: a production image does without it.
    from dnsguard.lab.rehearsal import least, rehearse, report

    settings = load(path, os.environ) if path is not None else defaults(zones)
    reports: list[dict[str, Any]] = []
    for tape in tapes:

        def stream(tape: Path = tape) -> Any:
            return events(tape, kinds_of(settings))

        run = rehearse(settings, stream, zones, seed)
        found = {"tape": tape.name, **report(run, least(settings, stream, zones, seed))}
        if with_records:
            found["records"] = run.records()
        reports.append(found)
    if as_json:
        json.dump(reports[0] if len(reports) == 1 else reports, sys.stdout, indent=2)
        click.echo()
        return
    from dnsguard.cli.tables import replay_table

    replay_table(reports)


def defaults(zones: tuple[str, ...] = ()) -> Settings:
    """Return the settings of a command that has a tape and no config file."""
    return Settings(zones=(ZoneEntry(domains=zones or ("example.com",)),), ownership=Ownership(owner="lab"), policy="sync")
