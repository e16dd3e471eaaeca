"""The `dnsguard` command, and how every command fails: one sentence on standard error.

Exit status: 2 for bad input, 1 for what could not be done, 130 for what was interrupted.
"""

import sys
from typing import NoReturn

import click

from dnsguard import __version__
from dnsguard.cli.approve import approve
from dnsguard.cli.check_access import check_access
from dnsguard.cli.check_config import check_config
from dnsguard.cli.demo import demo
from dnsguard.cli.doctor import doctor
from dnsguard.cli.explain import explain
from dnsguard.cli.freeze import freeze, thaw
from dnsguard.cli.handback import handback
from dnsguard.cli.history import history
from dnsguard.cli.lab import lab
from dnsguard.cli.plan import plan
from dnsguard.cli.record import record
from dnsguard.cli.repair import repair
from dnsguard.cli.replay import replay
from dnsguard.cli.run import run
from dnsguard.cli.scorecard import scorecard
from dnsguard.cli.status import status
from dnsguard.cli.undo import restore, undo
from dnsguard.cli.webhook import webhook
from dnsguard.errors import ConfigError, DnsguardError

LAB_PACKAGES = frozenset({"moto", "werkzeug"})
"""What a production image does without: the extra dnsguard[lab]."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dnsguard")
def dnsguard() -> None:
    """Keep Route53 right, fast and cheap while Kubernetes controllers churn."""


_RUNNING = (run, webhook, status, explain, approve, freeze, thaw, repair, undo, restore, scorecard)
_LOOKING = (plan, handback, history, record, replay, doctor, check_config, check_access, demo, lab)
for command in (*_RUNNING, *_LOOKING):
    dnsguard.add_command(command)


def main() -> None:
    """Run the command line."""
    try:
        sys.exit(dnsguard.main(standalone_mode=False) or 0)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        sys.exit(2)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "dnsguard"
        _fail(f"{path}: {error.format_message().rstrip('.')}; see {path} --help", 2)
    except click.ClickException as error:
        _fail(f"dnsguard: {error.format_message()}", 2)
    except ConfigError as error:
        _fail(f"dnsguard: {error}", 2)
    except DnsguardError as error:
        _fail(f"dnsguard: {error}", 1)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in LAB_PACKAGES:
            raise
        _fail(f"dnsguard: this needs the extra dnsguard[lab]: {error}", 2)


def _fail(sentence: str, status: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(status)
