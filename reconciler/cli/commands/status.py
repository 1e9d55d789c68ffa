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
    """Show what is applied, what drifted and what is pending.

    Shows overrides in effect, and who is late or silent, too. Pending are migrations: what a commit would change is
    shown by toolreg plan. Writes nothing, and needs no more than the role toolreg_reader. Ends with 0 whenever it could
    tell.

    \b
    Example:
        toolreg status -o json
    """
    target = used(database, registry)
    with target.opened() as connect, connect() as conn:
        found = status_of(conn, str(target.folder) if target.conninfo is None else None)
    if output == "json":
        put(json_document.document(status_text.document(found, contract())))
    else:
        show(status_text.lines(found, contract(), palette(sys.stdout)))
