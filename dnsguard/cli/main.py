"""The `dnsguard` command, and how every command fails: one sentence, exit status 2."""

import sys

import click

from dnsguard import __version__
from dnsguard.cli.check_config import check_config
from dnsguard.cli.demo import demo
from dnsguard.cli.lab import lab
from dnsguard.cli.plan import plan
from dnsguard.cli.replay import replay
from dnsguard.cli.run import run
from dnsguard.errors import ConfigError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dnsguard")
def dnsguard() -> None:
    """Keep Route53 right, fast and cheap while Kubernetes controllers churn."""


for command in (run, plan, replay, check_config, demo, lab):
    dnsguard.add_command(command)


def main() -> None:
    """Run the command line."""
    try:
        dnsguard.main(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ConfigError as error:
        click.echo(f"dnsguard: {error}", err=True)
        sys.exit(2)
