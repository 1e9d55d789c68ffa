"""toolreg doctor."""

import sys
from pathlib import Path

import click

from reconciler.cli.databases import target_of
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import palette, put
from reconciler.cli.reading import show, terminal_width
from reconciler.core.state.finding import Level
from reconciler.operating.doctor import examine
from reconciler.render import doctor_text, json_document


@click.command(cls=Command)
@database_option
@registry_option
@output_option("text", "json")
def doctor(database: str | None, registry: Path, output: str) -> int:
    """Check the database, git and the registry, and say what to do.

    Writes nothing and shows no secret. Ends with 0 where nothing is worse than a warning, 1 where something is, and 4
    where the database is away.

    \b
    Example:
        toolreg doctor --database postgresql://reader@db.example.com/tools
    """
    found = [*examine(target_of(database, registry), registry)]
    if output == "json":
        put(json_document.document(doctor_text.document(found)))
    else:
        show(doctor_text.lines(found, terminal_width(), palette(sys.stdout)))
    if any(one.is_temporary for one in found):
        return ExitCode.TEMPORARY
    return ExitCode.FAILED if any(one.level is Level.ERROR for one in found) else ExitCode.DONE
