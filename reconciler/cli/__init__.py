"""The command line. The only place that prints or exits."""

import sys

import click

from reconciler.cli.exits import exit_code_of, let_signals_end
from reconciler.cli.group import Commands
from reconciler.cli.output import prepare_streams, put

# Colour is decided in one place, `palette`; click would strip it again from what is no terminal.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "color": True}


def _show_versions(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the versions of the program, of the manifest format that it reads, and of the storage that it writes."""
    if not value or context.resilient_parsing:
        return
    # No other command needs them.
    from importlib.metadata import version  # noqa: PLC0415

    from reconciler.assets import contract_version, storage_version  # noqa: PLC0415

    put(f"toolreg {version('toolreg')}\ncontract {contract_version()}\nstorage {storage_version()}")
    context.exit()


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_versions, help="Show versions."
)
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
