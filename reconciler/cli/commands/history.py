"""toolreg history."""

import sys
from pathlib import Path
from typing import Final

import click

from reconciler.assets import load_contract
from reconciler.cli.completing import complete_resource
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, full_option, is_full, output_option, registry_option
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reading import (
    NOTHING_YET,
    TIME,
    find_named_registry,
    find_time,
    measure_terminal,
    open_for_reading,
    parse_kind,
    parse_resource,
    print_lines,
)
from reconciler.core.manifest.contract import Kind
from reconciler.database.connection import Connection
from reconciler.observed.resources import Chosen, compare_versions, is_whole, list_revisions, read_past
from reconciler.observed.revision_names import Time
from reconciler.render import json_document, reading_json, reading_text
from reconciler.render.terminal import safe

_MOST: Final = 1_000_000


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[KIND/NAME]", shell_complete=complete_resource)
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
    asked = parse_resource(words, load_contract()) if words else None
    if asked and kind:
        raise click.UsageError("KIND/NAME is one resource, which has one kind; --kind is for the list of revisions")
    changed = parse_kind(kind, load_contract()).name if kind else None
    with open_for_reading(database, registry) as conn:
        chosen = Chosen(find_time(conn, since) if since else None, author, changed, find_named_registry(conn))
        if asked:
            _show_versions(conn, *asked, chosen, limit, output)
        else:
            _show_revisions(conn, chosen, limit, output)


def _show_revisions(conn: Connection, chosen: Chosen, limit: int, output: str) -> None:
    matches = list_revisions(conn, limit + 1, chosen=chosen)
    is_new = not matches and not list_revisions(conn, 1)
    shown = matches[:limit]
    if output == "json":
        put(json_document.render_json([reading_json.make_revision_document(revision) for revision in shown]))
    elif shown:
        print_lines(reading_text.render_revisions(shown, measure_terminal(), choose_palette(sys.stdout)))
    if not matches:
        note(NOTHING_YET if is_new else "There are no such revisions.")
    _note_older(len(matches), limit)


def _show_versions(conn: Connection, kind: Kind, name: str, chosen: Chosen, limit: int, output: str) -> None:
    identity, versions = read_past(conn, kind, name)
    newest_first = [
        change for change in compare_versions(versions, load_contract().compare)[::-1] if chosen.accepts(change[0])
    ]
    shown = newest_first[:limit]
    if output == "json":
        put(json_document.render_json(reading_json.make_history_document(identity, shown)))
    elif shown:
        print_lines(
            reading_text.render_history(identity, shown, measure_terminal(), choose_palette(sys.stdout), full=is_full())
        )
    if not shown:
        note(f"There are no such versions of {safe(str(identity.ref))}.")
    _note_older(len(newest_first), limit)
    if len(shown) == len(versions) and not is_whole(versions):
        note(f"What it was before revision {versions[0].revision.number} is not kept.")


def _note_older(count: int, limit: int) -> None:
    if count > limit:
        note(f"Older ones are left out; --limit {min(limit * 2, _MOST)} shows more.")
