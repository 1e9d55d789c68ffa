"""toolreg adopt."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, database_option, registry_option
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reading import open_for_reading, parse_resource, resource_argument
from reconciler.exchange.adopt import NotAdopted, prepare_adoption, write_adopted
from reconciler.render import diagnostics
from reconciler.render.terminal import safe


@click.command(cls=Command)
@resource_argument
@registry_option
@database_option
def adopt(words: tuple[str, ...], registry: Path, database: str | None) -> None:
    """Write the manifest of a resource found only in the database.

    For a row inserted by hand: the content of the row is written to a file in the folder of its kind. Review, commit
    and apply the file, and the registry owns the row, which keeps its identity. An invalid manifest is not written,
    since the row may hold data that does not belong in git; the problems are shown instead.

    \b
    Example:
        toolreg adopt node/worker-7
    """
    known = load_contract()
    kind, name = parse_resource(words, known)
    source = choose_source(registry, None, worktree=True)
    with open_for_reading(database, registry) as conn:
        adopted = prepare_adoption(conn, kind, name, source, known)
    if adopted.problems:
        for problem in adopted.problems:
            note(diagnostics.render_diagnostic(problem, choose_palette(sys.stderr)))
        raise NotAdopted(
            f"the row of {adopted.ref} is no valid manifest, so nothing was written."
            f" Mend the row, or write the file by hand: toolreg get {adopted.ref} -o yaml shows what there is"
        )
    write_adopted(adopted, registry)
    put(safe(adopted.path, 2000))
    note(f"Written. Review it, commit it and run toolreg apply: then the registry owns {adopted.ref}.")
