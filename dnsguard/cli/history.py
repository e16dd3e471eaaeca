"""`dnsguard history`: what was changed, who wanted it, and what became of it, out of the journal."""

import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from dnsguard.cli.tables import console
from dnsguard.core.ledger import record_of
from dnsguard.core.names import canonical
from dnsguard.core.said import value
from dnsguard.errors import ConfigError, DnsguardError
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.past import Past
from dnsguard.settings import load
from dnsguard.store.database import file_of, look_into
from dnsguard.store.history import read_history


@click.command("history", short_help="What was changed, who wanted it, what became of it.")
@click.argument("host", default="")
@click.option("--config", "path", type=click.Path(path_type=Path), required=True, envvar="DNSGUARD_CONFIG", help="The config file.")
@click.option("--last", default=100, show_default=True, type=click.IntRange(1), help="How many changes at most.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each change.")
def history(host: str, path: Path, last: int, *, as_json: bool) -> None:
    """Show the last changes, of HOST alone if it is given, the newest first: read from the journal (state.path), which stays as it is."""
    state = load(path, os.environ).state
    if not state.path:
        raise ConfigError(f"{path}: state.path is empty, so there is no journal and no history")
    file = file_of(state.path)
    if not file.exists():
        raise DnsguardError(f"there is no journal {file}")
    try:
        name = canonical(host) if host else ""
        with look_into(file) as base:
            found = list(read_history(base, name, last))
    except ValueError as error:
        raise ConfigError(f"HOST is {host!r}: {error}") from error
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise DnsguardError(f"the journal {file} cannot be read: {error}") from error
    if as_json:
        for past in found:
            click.echo(json.dumps(_fields(past)))
    elif found:
        _show(found)
    else:
        click.echo(f"nothing is known of {name}" if name else "nothing was changed yet")


def _show(found: list[Past]) -> None:
    table = Table(show_edge=False)
    for heading in ("when", "name", "change", "wanted by", "outcome", "batch"):
        table.add_column(heading, overflow="fold")
    for past in found:
        lines = [_line(change) for change in past.deed.changes if record_of(change).type != "TXT"] or ["ownership TXT alone"]
        outcome = past.outcome if past.insync is None else f"{past.outcome}, everywhere after {past.insync:.0f} s"
        table.add_row(_moment(past.at), past.name, "\n".join(lines), "\n".join(past.deed.causes), outcome, past.batch)
    console().print(table)


def _line(change: Change) -> str:
    match change:
        case Create(after):
            return f"+ {value(after)}"
        case Delete(before):
            return f"- {value(before.value)}"
        case _:
            return f"~ {value(change.before.value)} -> {value(change.after)}"


def _fields(past: Past) -> dict[str, Any]:
    return {
        "at": _moment(past.at),
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


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
