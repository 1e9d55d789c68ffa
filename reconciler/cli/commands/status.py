"""toolreg status."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, put
from reconciler.cli.reading import choose_used_target, print_lines
from reconciler.operating.status import read_status
from reconciler.render import json_document, status_text


@click.command(cls=Command)
@database_option
@registry_option
@output_option("text", "json")
def status(database: str | None, registry: Path, output: str) -> None:
    """Show the applied revision, drift and pending migrations.

    Also shows overrides in effect, and late or silent nodes. The changes of a commit are shown by toolreg plan. Writes
    no data, and needs only the role toolreg_reader. Exits with 0 whenever the status could be read.

    \b
    Example:
        toolreg status -o json
    """
    target = choose_used_target(database, registry)
    with target.open() as connect, connect() as conn:
        report = read_status(conn, str(target.folder) if target.conninfo is None else None)
    if output == "json":
        put(json_document.render_json(status_text.make_status_document(report, load_contract())))
    else:
        print_lines(status_text.render_status(report, load_contract(), choose_palette(sys.stdout)))
