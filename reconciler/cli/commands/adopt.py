"""toolreg adopt."""

import sys
from pathlib import Path
from typing import Final

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, database_option, registry_option
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reading import open_for_reading, parse_resource, resource_argument
from reconciler.desired.source import Source
from reconciler.exchange.adopt import NotAdopted, prepare_adoption, write_adopted
from reconciler.exchange.overwrite import Overwriting, prepare_overwriting, write_overwriting
from reconciler.render import diagnostics
from reconciler.render.terminal import safe

_MOST_COMMENTS: Final = 20


@click.command(cls=Command)
@resource_argument
@registry_option
@database_option
@click.option("--overwrite", is_flag=True, help="Write a row changed by hand into its existing file, comments kept.")
def adopt(words: tuple[str, ...], registry: Path, database: str | None, overwrite: bool) -> None:
    """Write the manifest of a resource found only in the database.

    For a row inserted by hand: the content of the row is written to a file in the folder of its kind. Review, commit
    and apply the file, and the registry owns the row, which keeps its identity. An invalid manifest is not written,
    since the row may hold data that does not belong in git; the problems are shown instead.

    With --overwrite, for a row changed by hand: its content is written into its file, which must be committed and as it
    was applied. A hotfix made in SQL then goes through a pull request.

    \b
    Examples:
        toolreg adopt node/worker-7
        toolreg adopt tool/process_payment --overwrite
    """
    known = load_contract()
    kind, name = parse_resource(words, known)
    source = choose_source(registry, None, worktree=True)
    with open_for_reading(database, registry) as conn:
        prepare = prepare_overwriting if overwrite else prepare_adoption
        adopted = prepare(conn, kind, name, source, known)
    if adopted.problems:
        for problem in adopted.problems:
            note(diagnostics.render_diagnostic(problem, choose_palette(sys.stderr)))
        raise NotAdopted(
            f"the row of {adopted.ref} is no valid manifest, so nothing was written."
            f" Mend the row, or write the file by hand: toolreg get {adopted.ref} -o yaml shows what there is"
        )
    if isinstance(adopted, Overwriting):
        _overwrite(adopted, source)
        return
    write_adopted(adopted, registry)
    put(safe(adopted.path, 2000))
    note(f"Written. Review it, commit it and run toolreg apply: then the registry owns {adopted.ref}.")


def _overwrite(file: Overwriting, source: Source) -> None:
    write_overwriting(file, source.top)
    put(safe(file.path, 2000))
    for comment in file.lost[:_MOST_COMMENTS]:
        note(f"A comment was lost with the value that it stood beside: {safe(comment, 200)}")
    note(f"Written. Review it (git diff), commit it and merge it: once applied, {file.ref} is as it is declared.")
