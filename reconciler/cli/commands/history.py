"""toolreg history."""

import sys
from pathlib import Path
from typing import Final

import click

from reconciler.assets import contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, full_option, is_full, output_option, registry_option
from reconciler.cli.output import note, palette, put
from reconciler.cli.reading import (
    NOTHING_YET,
    TIME,
    found_time,
    kind_of,
    opened,
    resource_of,
    show,
    terminal_width,
)
from reconciler.core.manifest.contract import Kind
from reconciler.database.connection import Connection
from reconciler.observed.resources import Chosen, changes, is_whole, past, revisions
from reconciler.observed.revision_names import Time
from reconciler.render import json_document, reading_json, reading_text
from reconciler.render.terminal import safe

_MOST: Final = 1_000_000


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[KIND/NAME]")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=_MOST),
    default=20,
    show_default=True,
    metavar="N",
    help="Show only the last N entries.",
)
@click.option("--since", type=TIME, metavar="TIME", help="Only entries since TIME: a time, or an age such as 7d.")
@click.option("--author", metavar="TEXT", help="Only entries with TEXT in the name or address of the author.")
@click.option("--kind", metavar="KIND", help="Only revisions that changed a resource of this kind.")
@database_option
@registry_option
@full_option
@output_option("table", "json")
def history(
    words: tuple[str, ...],
    limit: int,
    since: Time | None,
    author: str | None,
    kind: str | None,
    database: str | None,
    registry: Path,
    output: str,
) -> None:
    """Show revisions, or the versions of a resource.

    The newest entry comes first. A resource can be named by any present or former name, is followed through renames,
    and keeps its history after deletion. A time without an offset is read in the time zone of the database session.

    \b
    Example:
        toolreg history tool/process_payment
        toolreg history --since 7d --author ada --kind tool
    """
    asked = resource_of(words, contract()) if words else None
    if asked and kind:
        raise click.UsageError("KIND/NAME is one resource, which has one kind; --kind is for the list of revisions")
    changed = kind_of(kind, contract()).name if kind else None
    with opened(database, registry) as conn:
        chosen = Chosen(found_time(conn, since) if since else None, author, changed)
        if asked:
            _show_versions(conn, *asked, chosen, limit, output)
        else:
            _show_revisions(conn, chosen, limit, output)


def _show_revisions(conn: Connection, chosen: Chosen, limit: int, output: str) -> None:
    matches = revisions(conn, limit + 1, chosen=chosen)
    is_new = not matches and not revisions(conn, 1)
    shown = matches[:limit]
    if output == "json":
        put(json_document.document([reading_json.revision(revision) for revision in shown]))
    elif shown:
        show(reading_text.revisions(shown, terminal_width(), palette(sys.stdout)))
    if not matches:
        note(NOTHING_YET if is_new else "There are no such revisions.")
    _note_older(len(matches), limit)


def _show_versions(conn: Connection, kind: Kind, name: str, chosen: Chosen, limit: int, output: str) -> None:
    identity, versions = past(conn, kind, name)
    newest_first = [change for change in changes(versions, contract().compare)[::-1] if chosen.takes(change[0])]
    shown = newest_first[:limit]
    if output == "json":
        put(json_document.document(reading_json.history(identity, shown)))
    elif shown:
        show(reading_text.history(identity, shown, terminal_width(), palette(sys.stdout), full=is_full()))
    if not shown:
        note(f"There are no such versions of {safe(str(identity.ref))}.")
    _note_older(len(newest_first), limit)
    if len(shown) == len(versions) and not is_whole(versions):
        note(f"What it was before revision {versions[0].revision.number} is not kept.")


def _note_older(count: int, limit: int) -> None:
    if count > limit:
        note(f"Older ones are left out; --limit {min(limit * 2, _MOST)} shows more.")
