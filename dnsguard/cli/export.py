"""`dnsguard history export`: all that the history knows, one line of JSON for each name of each batch."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from dnsguard.core.moments import spelled
from dnsguard.errors import ConfigError, DnsguardError
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.past import Past
from dnsguard.settings import load
from dnsguard.store.database import file_of, look_into
from dnsguard.store.history import read_all

CONFIG = click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")


@click.command("export", short_help="All that is known, as JSON lines.")
@CONFIG
def export(path: Path) -> None:
    """Print all that the history knows, the oldest first, one line of JSON for each name of each batch."""
    with looking_into(path) as base:
        for past in read_all(base):
            click.echo(json.dumps(fields(past)))


@contextmanager
def looking_into(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the journal that the config file *path* names, to be read; ConfigError or DnsguardError with one sentence."""
    state = load(path, os.environ).state
    if not state.path:
        raise ConfigError(f"{path}: state.path is empty, so there is no journal and no history")
    file = file_of(state.path)
    if not file.exists():
        raise DnsguardError(f"there is no journal {file}")
    try:
        with look_into(file) as base:
            yield base
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise DnsguardError(f"the journal {file} cannot be read: {error}") from error


def fields(past: Past) -> dict[str, Any]:
    """Return what is known of a name in a batch, as JSON has it."""
    return {
        "at": spelled(past.at),
        "zone": past.zone,
        "name": past.name,
        "changes": [_change(change) for change in past.deed.changes],
        "causes": list(past.deed.causes),
        "outcome": past.outcome,
        "batch": past.batch,
        "change_id": past.change,
        "call_seconds": past.seconds,
        "insync_seconds": past.insync,
    }


def _change(change: Change) -> dict[str, Any]:
    before = None if isinstance(change, Create) else msgspec.to_builtins(change.before.value)
    after = None if isinstance(change, Delete) else msgspec.to_builtins(change.after)
    return {"action": type(change).__name__.lower(), "before": before, "after": after}
