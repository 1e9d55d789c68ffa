"""toolreg resume."""

from pathlib import Path

import click

from reconciler.cli.databases import open_target
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, registry_option
from reconciler.cli.output import note, put
from reconciler.cli.reading import choose_used_target, find_named_registry
from reconciler.database.connection import begin_snapshot
from reconciler.database.migrate import read_storage
from reconciler.guards import suspension
from reconciler.render.terminal import safe


@click.command(cls=Command)
@database_option
@registry_option
def resume(database: str | None, registry: Path) -> None:
    """End a suspension.

    In a database with several registries, every suspension ends, or the one of the registry that --registry names.
    Applies run again, except in the freeze windows of registry.yaml. Exits with 0 even without a suspension.

    \b
    Example:
        toolreg resume
    """
    with open_target(choose_used_target(database, registry)) as connect, connect() as conn:
        with begin_snapshot(conn):
            read_storage(conn).require_current()
            only = find_named_registry(conn)
        ended = suspension.resume_applies(conn, only)
    if not ended:
        note("Nothing to do: applying is not suspended.")
    for one in ended:
        put(f"Resumed. It was suspended {safe(str(one), 500)}")
