"""toolreg resume."""

from pathlib import Path

import click

from reconciler.cli.databases import open_target
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, registry_option
from reconciler.cli.output import note, put
from reconciler.cli.reading import choose_used_target
from reconciler.guards import suspension
from reconciler.render.terminal import safe


@click.command(cls=Command)
@database_option
@registry_option
def resume(database: str | None, registry: Path) -> None:
    """End a suspension.

    Applies run again, except in the freeze windows of registry.yaml. Exits with 0 even without a suspension.

    \b
    Example:
        toolreg resume
    """
    with open_target(choose_used_target(database, registry)) as connect, connect() as conn:
        ended = suspension.resume_applies(conn)
    if ended is None:
        note("Nothing to do: applying is not suspended.")
    else:
        put(f"Resumed. It was suspended {safe(str(ended), 500)}")
