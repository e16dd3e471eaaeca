"""`dnsguard check-access`: is all that a configuration needs allowed, at AWS and in the cluster?"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

import click
from msgspec.structs import asdict

from dnsguard.app import check_access as ask
from dnsguard.cli.running import INTERRUPTED, run_until_told
from dnsguard.model.access import Finding, State
from dnsguard.settings import load

EVERY = 20
"""Calls between two lines that say how far it is."""


@click.command("check-access", short_help="Say which permission is missing, at AWS or in the cluster.")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--json", "as_json", is_flag=True, help="Print the permissions as JSON.")
def check_access(path: Path, *, as_json: bool) -> None:
    """Ask for everything that a configuration needs, one line each: exit 0 if it is all granted, 1 if not, 2 for a wrong file.

    Nothing is changed: the write that is asked for is the deletion of a TXT that does not exist.
    """
    settings = load(path, os.environ)
    findings: list[Finding] = []

    def tell(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))

    if run_until_told(ask(settings, tell, _progress)):
        sys.exit(INTERRUPTED)
    counts = Counter(finding.state for finding in findings)
    if as_json:
        json.dump({"permissions": [{**asdict(finding), "state": finding.state.value} for finding in findings]}, sys.stdout, indent=2)
        click.echo()
    else:
        click.echo(", ".join(f"{counts[state]} {state.value}" for state in State))
    sys.exit(0 if counts.total() == counts[State.GRANTED] else 1)


def _line(finding: Finding) -> str:
    said = [" on ".join(part for part in (finding.permission, finding.on) if part)]
    if finding.state is State.MISSING:
        said.append(f"{finding.who} lacks it, {finding.where} grants it")
    if finding.text:
        said.append(finding.text)
    return f"{finding.state.value:<13} {': '.join(said)}"


def _progress(asked: int, total: int) -> None:
    if asked % EVERY == 0:
        click.echo(f"dnsguard: {asked} {f'of {total} ' if total else ''}calls to AWS made", err=True)
