"""The command line. The only place that prints or exits."""

import sys

import click

from reconciler.cli.exits import exit_code_of, let_signals_end
from reconciler.cli.group import Commands
from reconciler.cli.output import prepare_streams

# Colour is decided in one place, `palette`; click would strip it again from what is no terminal.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "color": True}


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.version_option(package_name="toolreg", message="%(prog)s %(version)s")
def toolreg() -> None:
    """Keep a registry of AI tools in git, and make PostgreSQL match it.

    Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 invalid or failed, 2 changes present (with
    --detailed-exitcode), 3 refused by a guard, 4 temporary, try again, 64 wrong usage.
    """


def main() -> None:
    """Run the command line and exit."""
    prepare_streams()
    code = exit_code_of(lambda: toolreg.main(prog_name="toolreg", standalone_mode=False))
    let_signals_end()
    sys.exit(code)
