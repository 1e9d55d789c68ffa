"""toolreg status."""

import sys
from pathlib import Path

import click

from reconciler.assets import contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import palette, put
from reconciler.cli.reading import show, used
from reconciler.operating.status import status as status_of
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
    target = used(database, registry)
    with target.opened() as connect, connect() as conn:
        report = status_of(conn, str(target.folder) if target.conninfo is None else None)
    if output == "json":
        put(json_document.document(status_text.document(report, contract())))
    else:
        show(status_text.lines(report, contract(), palette(sys.stdout)))
