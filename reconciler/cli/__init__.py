"""The command line: only this package prints and exits."""

import sys

import click

from reconciler.cli.exits import let_signals_end, run_and_report
from reconciler.cli.group import Commands
from reconciler.cli.output import prepare_streams, put

# `palette` alone decides about colour: by default click strips colour from output to a file or a pipe.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "color": True}


def _show_versions(context: click.Context, _: click.Parameter, value: bool) -> None:
    """Print the versions of toolreg, of the manifest contract and of the storage schema."""
    if not value or context.resilient_parsing:
        return
    # Imported late: only --version needs these functions.
    from importlib.metadata import version  # noqa: PLC0415

    from reconciler.assets import contract_version, storage_version  # noqa: PLC0415

    put(f"toolreg {version('toolreg')}\ncontract {contract_version()}\nstorage {storage_version()}")
    context.exit()


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_versions,
    help="Show the versions of toolreg, contract and storage.",
)
def toolreg() -> None:
    """Keep a registry of AI tools in git, and make PostgreSQL match the registry.

    Results go to stdout, all other output to stderr. Exit codes: 0 done, 1 invalid or failed, 2 changes present (with
    --detailed-exitcode), 3 refused by a guard, 4 temporary failure (try again), 64 wrong usage.
    """


def main() -> None:
    """Run the command line and exit."""
    prepare_streams()
    code = run_and_report(lambda: toolreg.main(prog_name="toolreg", standalone_mode=False))
    let_signals_end()
    sys.exit(code)
