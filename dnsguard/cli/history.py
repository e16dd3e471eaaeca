"""`dnsguard history`: what was changed, who wanted it, and what became of it, out of the journal."""

import json
from pathlib import Path

import click
from rich.table import Table

from dnsguard.cli.export import CONFIG, export, fields, looking_into
from dnsguard.cli.tables import console
from dnsguard.core.ledger import record_of
from dnsguard.core.moments import spelled
from dnsguard.core.names import canonical
from dnsguard.core.said import value
from dnsguard.errors import ConfigError
from dnsguard.model.changes import Change, Create, Delete
from dnsguard.model.past import Past
from dnsguard.store.history import read_history


class History(click.Group):
    """A group whose first word may be a host name: what is none of its commands is shown."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in that is not said."""
        asks = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if asks else ["show", *args])


@click.group("history", cls=History, short_help="What was changed, who wanted it, what became of it.")
def history() -> None:
    """Show the last changes (`dnsguard history HOST`: of one name; `show --help` has the options), or export all.

    It is read from the journal (state.path), which stays as it is.
    """


@history.command("show", short_help="The last changes; understood where no command is said.")
@click.argument("host", default="")
@CONFIG
@click.option("--last", default=100, show_default=True, type=click.IntRange(1), help="How many changes at most.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each change.")
def show(host: str, path: Path, last: int, *, as_json: bool) -> None:
    """Show the last changes, of HOST alone if it is given, the newest first."""
    if host in history.commands:
        raise click.UsageError(f"{host} comes before the options: dnsguard history {host} --config FILE")
    try:
        name = canonical(host) if host else ""
    except ValueError as error:
        raise ConfigError(f"HOST is {host!r}: {error}") from error
    with looking_into(path) as base:
        found = list(read_history(base, name, last))
    if as_json:
        for past in found:
            click.echo(json.dumps(fields(past)))
    elif found:
        _show(found)
    else:
        click.echo(f"nothing is known of {name}" if name else "nothing was changed yet")


history.add_command(export)


def _show(found: list[Past]) -> None:
    table = Table(show_edge=False)
    for heading in ("when", "name", "change", "wanted by", "outcome", "batch"):
        table.add_column(heading, overflow="fold")
    for past in found:
        lines = [_line(change) for change in past.deed.changes if record_of(change).type != "TXT"] or ["ownership TXT alone"]
        outcome = past.outcome if past.insync is None else f"{past.outcome}, everywhere after {past.insync:.0f} s"
        table.add_row(spelled(past.at), past.name, "\n".join(lines), "\n".join(past.deed.causes), outcome, past.batch)
    console().print(table)


def _line(change: Change) -> str:
    match change:
        case Create(after):
            return f"+ {value(after)}"
        case Delete(before):
            return f"- {value(before.value)}"
        case _:
            return f"~ {value(change.before.value)} -> {value(change.after)}"
