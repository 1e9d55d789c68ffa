"""toolreg history."""

import sys
from pathlib import Path
from typing import Final

import click

from reconciler.assets import contract
from reconciler.cli.commands import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import note, palette
from reconciler.cli.reading import NOTHING_YET, opened, resource_of, show, terminal_width
from reconciler.core.contract import Kind
from reconciler.database import Connection
from reconciler.read import changes, is_whole, past, revisions
from reconciler.render import json_document, reading_json, reading_text

_MOST: Final = 1_000_000


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[KIND/NAME]")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=_MOST),
    default=20,
    show_default=True,
    metavar="N",
    help="Show the last N only.",
)
@database_option
@registry_option
@output_option("table", "json")
def history(words: tuple[str, ...], limit: int, database: str | None, registry: Path, output: str) -> None:
    """Show revisions, or the versions of one resource.

    The newest stands first. A resource is followed through renames, under any name that it ever had, and after it was
    deleted.

    \b
    Example:
        toolreg history tool/process_payment
    """
    asked = resource_of(words, contract()) if words else None
    with opened(database, registry) as conn:
        if asked:
            _versions(conn, *asked, limit, output)
        else:
            _revisions(conn, limit, output)


def _revisions(conn: Connection, limit: int, output: str) -> None:
    found = revisions(conn, limit + 1)
    shown = found[:limit]
    if output == "json":
        click.echo(json_document.document([reading_json.revision(one) for one in shown]))
    elif shown:
        show(reading_text.revisions(shown, terminal_width(), palette(sys.stdout)))
    else:
        note(NOTHING_YET)
    _note_older(len(found), limit)


def _versions(conn: Connection, kind: Kind, name: str, limit: int, output: str) -> None:
    found, versions = past(conn, kind, name)
    newest_first = changes(versions)[::-1]
    shown = newest_first[:limit]
    if output == "json":
        click.echo(json_document.document(reading_json.history(found, shown)))
    else:
        show(reading_text.history(found, shown, terminal_width(), palette(sys.stdout)))
    _note_older(len(newest_first), limit)
    if len(shown) == len(versions) and not is_whole(versions):
        note(f"What it was before revision {versions[0].revision.number} is not kept.")


def _note_older(found: int, limit: int) -> None:
    if found > limit:
        note(f"Older ones are left out; --limit {min(limit * 2, _MOST)} shows more.")
